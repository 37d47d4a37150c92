/* SPDX-License-Identifier: BSD-3-Clause */
#include "kernels/emu/card.h"
#include "tests/support/ps_test.h"

#include <errno.h>
#include <string.h>

static struct emu_card card;

static int check(const char *xml)
{
    card = (struct emu_card){ .cu_count = 1, .cus = { { .name = "k:k_1" } } };
    return emu_metadata_check(&card, xml, strlen(xml));
}

static void well_formed_metadata_describes_its_cus(void)
{
    CU_ASSERT_EQUAL(check("<?xml version=\"1.0\"?>\n<!-- a > b --><p><kernel name='k'>"
                          "<arg name=\"x\"/><instance name = \"k_1\"></instance></kernel ></p>\n"),
                    0);
    CU_ASSERT(card.cus[0].described);
}

static void an_instance_of_another_kernel_does_not_count(void)
{
    CU_ASSERT_EQUAL(check("<p><kernel name=\"other\"><instance name=\"k_1\"/></kernel></p>"), 0);
    CU_ASSERT_FALSE(card.cus[0].described);
    CU_ASSERT_EQUAL(check("<p><kernel name=\"k\"><instance name=\"k_2\"/></kernel></p>"), 0);
    CU_ASSERT_FALSE(card.cus[0].described);
}

static void malformed_metadata_is_refused(void)
{
    static const char *const bad[] = {
        "",
        "text",
        "<p>",
        "</p>",
        "<p></q>",
        "<p><q></p></q>",
        "<p/><p/>",
        "<p/>text",
        "<p",
        "<p a>",
        "<p a=>",
        "<p a=b>",
        "<p a=\"b>",
        "<p a=\"<\"/>",
        "<p =\"b\"/>",
        "<p></p",
        "<!-- <p/>",
        "<?xml",
        "< p/>",
        "<p/",
        "<",
        "<a><a><a><a><a><a><a><a><a><a><a><a><a><a><a><a><a></a></a></a></a></a></a></a></a></a></"
        "a>"
        "</a></a></a></a></a></a></a>", /* deeper than the limit */
    };

    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        const int rc = check(bad[i]);

        if (rc != -EINVAL)
            fprintf(stderr, "taken: %s\n", bad[i]);
        CU_ASSERT_EQUAL(rc, -EINVAL);
    }
}

/* Every prefix of good metadata but the whole is bad, and none reads behind its end. */
static void every_cut_is_refused(void)
{
    static const char good[] = "<p a=\"b\"><!-- c --><kernel name=\"k\"><instance name=\"k_1\"/>"
                               "</kernel></p>";

    for (size_t n = 0; n < sizeof(good) - 1; n++) {
        char *cut = malloc(n > 0 ? n : 1); /* no longer, for the sanitizer to watch */

        PS_REQUIRE(cut != NULL);
        memcpy(cut, good, n);
        CU_ASSERT_EQUAL(emu_metadata_check(&card, cut, n), -EINVAL);
        free(cut);
    }
    CU_ASSERT_EQUAL(check(good), 0);
}

int main(void)
{
    static const struct ps_test tests[] = {
        PS_TEST(well_formed_metadata_describes_its_cus),
        PS_TEST(an_instance_of_another_kernel_does_not_count),
        PS_TEST(malformed_metadata_is_refused),
        PS_TEST(every_cut_is_refused),
    };

    return ps_test_run("kernels/emu/metadata", tests, sizeof(tests) / sizeof(tests[0]));
}
