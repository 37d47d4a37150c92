/* SPDX-License-Identifier: BSD-3-Clause */
/* tests/unit/agent/test_names.c - what has no id is not sent. */
#include "agent/names_priv.h"

#include <stdio.h>

#include "tests/unit/agent/agent_texts.h"

static struct psa_names names;
static struct psa_id id;

static void ids_have_their_alphabet(void)
{
    static const char *const bad[] = { "", ".", "..", "a/b", "a b", "a\n", "\xc3\xa4", "a%20" };
    char longest[PRESTAGE_AGENT_MEDIA_MAX + 2];

    CU_ASSERT_TRUE(psa_id_of(&id, TEXT("Az09._~-")));
    for (size_t i = 0; i < COUNT_OF(bad); i++)
        CU_ASSERT_FALSE(psa_id_of(&id, text_of(bad[i])));
    memset(longest, 'a', sizeof(longest));
    CU_ASSERT_TRUE(psa_id_of(&id, (struct psa_text){ longest, PRESTAGE_AGENT_MEDIA_MAX }));
    CU_ASSERT_EQUAL(strlen(id.text), PRESTAGE_AGENT_MEDIA_MAX);
    CU_ASSERT_FALSE(psa_id_of(&id, (struct psa_text){ longest, PRESTAGE_AGENT_MEDIA_MAX + 1 }));
}

static void keys_are_the_edges_keys(void)
{
    CU_ASSERT_EQUAL(psa_hash("clip", 4), UINT64_C(0xbc4f7ae8d6e4de43)); /* xxh3-64 */
}

static void without_a_list_ids_are_themselves(void)
{
    names.count = 0;
    names.is_set = false;
    CU_ASSERT_TRUE(psa_names_take(&names, TEXT(" clip "), &id));
    CU_ASSERT_STRING_EQUAL(id.text, "clip");
    CU_ASSERT_FALSE(psa_names_take(&names, TEXT("/home/me/clip.mp4"), &id));
    CU_ASSERT_FALSE(psa_names_find(&names, TEXT("clip"), &id));
}

static void with_a_list_only_its_ids_are(void)
{
    CU_ASSERT_EQUAL(psa_names_read(&names, TEXT("# mine\n\nclip /home/me/My clip.mp4\n"
                                                "news   The News \r\nbare\nno/id x\n")),
                    1);
    CU_ASSERT_EQUAL(names.count, 3);
    CU_ASSERT_TRUE(psa_names_find(&names, TEXT("/home/me/My clip.mp4"), &id));
    CU_ASSERT_STRING_EQUAL(id.text, "clip");
    CU_ASSERT_TRUE(psa_names_find(&names, TEXT("  The News\t"), &id));
    CU_ASSERT_STRING_EQUAL(id.text, "news");
    CU_ASSERT_FALSE(psa_names_find(&names, TEXT("the news"), &id));
    CU_ASSERT_FALSE(psa_names_find(&names, TEXT(""), &id));
    CU_ASSERT_TRUE(psa_names_take(&names, TEXT("bare"), &id));
    CU_ASSERT_FALSE(psa_names_take(&names, TEXT("holiday.mp4"), &id)); /* has the alphabet */
    const struct psa_id bare = id_of("bare"), clop = id_of("clop");
    CU_ASSERT_TRUE(psa_names_allow(&names, &bare));
    CU_ASSERT_FALSE(psa_names_allow(&names, &clop));
    names.count = 0; /* an empty list lets nothing through */
    CU_ASSERT_FALSE(psa_names_take(&names, TEXT("bare"), &id));
}

static void the_list_is_bounded(void)
{
    static char text[PSA_NAMES_MAX * 8 + 64];
    size_t used = 0;

    for (unsigned i = 0; i < PSA_NAMES_MAX + 3; i++)
        used += (size_t)snprintf(text + used, sizeof(text) - used, "m%u\n", i);
    CU_ASSERT_EQUAL(psa_names_read(&names, (struct psa_text){ text, used }), 3);
    CU_ASSERT_EQUAL(names.count, PSA_NAMES_MAX);
}

static void take_damaged(struct psa_text damaged)
{
    psa_names_read(&names, damaged);
    CU_ASSERT_TRUE(names.count <= PSA_NAMES_MAX);
}

static void damaged_lists_do_no_harm(void)
{
    with_damaged("clip /home/me/My clip.mp4\nnews The News\n# x\nbare\n", take_damaged);
}

int main(void)
{
    static const struct ps_test tests[] = {
        PS_TEST(ids_have_their_alphabet),
        PS_TEST(keys_are_the_edges_keys),
        PS_TEST(without_a_list_ids_are_themselves),
        PS_TEST(with_a_list_only_its_ids_are),
        PS_TEST(the_list_is_bounded),
        PS_TEST(damaged_lists_do_no_harm),
    };

    return ps_test_run("agent/names", tests, COUNT_OF(tests));
}
