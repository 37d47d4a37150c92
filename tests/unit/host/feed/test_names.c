/* SPDX-License-Identifier: BSD-3-Clause */
/* tests/unit/host/feed/test_names.c - the newest names are known. */
#include "host/feed/names.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "host/base/hash.h"
#include "host/base/mem.h"
#include "tests/support/ps_test.h"

static struct ps_feed_names names;

static void add(enum psd_name_kind kind, const char *text)
{
    const struct psd_name head = { .key = ps_hash64_name(text),
                                   .kind = (uint16_t)kind,
                                   .name_bytes = (uint16_t)strlen(text) };

    ps_feed_names_add(&names, &head, text);
}

static bool knows(enum psd_name_kind kind, const char *text)
{
    const struct ps_feed_name *name = ps_feed_names_find(&names, ps_hash64_name(text), kind);

    return name != NULL && name->bytes == strlen(text) &&
           memcmp(name->text, text, name->bytes) == 0;
}

static void a_name_is_found_by_key_and_kind(void)
{
    PS_REQUIRE(ps_feed_names_init(&names) == 0);
    add(PSD_NAME_MEDIA, "film");
    add(PSD_NAME_MEDIA, "film");
    CU_ASSERT_TRUE(knows(PSD_NAME_MEDIA, "film"));
    CU_ASSERT_FALSE(knows(PSD_NAME_TLS_SERVER, "film"));
    CU_ASSERT_FALSE(knows(PSD_NAME_MEDIA, "other"));
    add(PSD_NAME_TLS_SERVER, "film");
    CU_ASSERT_TRUE(knows(PSD_NAME_MEDIA, "film") && knows(PSD_NAME_TLS_SERVER, "film"));
    ps_feed_names_fini(&names);
}

static void a_flood_leaves_the_newest(void)
{
    char text[32];
    uint32_t known = 0;

    PS_REQUIRE(ps_feed_names_init(&names) == 0);
    for (uint32_t i = 0; i < 100000; i++) {
        snprintf(text, sizeof(text), "clip-%u", i);
        add(PSD_NAME_MEDIA, text);
        CU_ASSERT_TRUE(knows(PSD_NAME_MEDIA, text));
    }
    for (uint32_t i = 100000 - PS_FEED_NAMES_MAX / 2; i < 100000; i++) {
        snprintf(text, sizeof(text), "clip-%u", i);
        known += knows(PSD_NAME_MEDIA, text);
    }
    CU_ASSERT_TRUE(known > PS_FEED_NAMES_MAX / 2 * 9 / 10);
    ps_feed_names_fini(&names);
}

static void creation_survives_a_failed_allocation(void)
{
    ps_fail_alloc_after(0);
    CU_ASSERT_EQUAL(ps_feed_names_init(&names), -ENOMEM);
    ps_fail_alloc_never();
    ps_feed_names_fini(&names);
}

int main(void)
{
    static const struct ps_test tests[] = {
        PS_TEST(a_name_is_found_by_key_and_kind),
        PS_TEST(a_flood_leaves_the_newest),
        PS_TEST(creation_survives_a_failed_allocation),
    };

    return ps_test_run("host/feed/names", tests, PS_ARRAY_LEN(tests));
}
