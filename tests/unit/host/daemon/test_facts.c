/* SPDX-License-Identifier: BSD-3-Clause */
/* tests/unit/host/daemon/test_facts.c - what is said of a title arrives, or changes nothing. */
#include "host/daemon/facts.h"

#include <errno.h>

#include "host/base/hash.h"
#include "host/base/mem.h"
#include "host/request/fields.h"
#include "tests/support/ps_test.h"

/* Parameters as a client sends them; NULL texts are left out. */
struct said {
    struct ps_msg_writer writer;
    struct ps_msg *msg;
};

static const struct ps_msg_value *say(struct said *said, const char *category,
                                      const char *sequel_of, uint64_t length_s)
{
    ps_msg_writer_init(&said->writer, 4096);
    ps_msg_open_map(&said->writer);
    if (category != NULL)
        ps_msg_pair_str(&said->writer, "category", category);
    if (sequel_of != NULL)
        ps_msg_pair_str(&said->writer, "sequel_of", sequel_of);
    ps_msg_pair_u64(&said->writer, "length_s", length_s);
    ps_msg_close(&said->writer);
    PS_REQUIRE(ps_msg_read(&said->msg, said->writer.data, said->writer.size_bytes) == 0);
    return ps_msg_root(said->msg);
}

static void forget(struct said *said)
{
    ps_msg_destroy(said->msg);
    ps_msg_writer_fini(&said->writer);
}

static void categories_are_alike_when_their_words_are(void)
{
    CU_ASSERT_EQUAL(ps_facts_category("news"), ps_facts_category("news"));
    CU_ASSERT_NOT_EQUAL(ps_facts_category("news"), ps_facts_category("film"));
    CU_ASSERT_NOT_EQUAL(ps_facts_category("news"), 0);
    CU_ASSERT_EQUAL(ps_facts_category(""), 0);
    CU_ASSERT_EQUAL(ps_facts_category(NULL), 0);
}

static void configuration_is_taken_over(void)
{
    static char category[] = "film", before[] = "one", bad[] = "no/id";
    struct ps_media media = { .id = "two" };
    struct ps_config_media said = { .category = category, .sequel_of = before, .born_s = 5 };

    CU_ASSERT_EQUAL(ps_facts_from_config(&media, &said), 0);
    CU_ASSERT_EQUAL(media.facts.sequel_of, ps_hash64_name("one"));
    CU_ASSERT_EQUAL(media.facts.category, ps_facts_category("film"));
    CU_ASSERT_EQUAL(media.facts.born_ns, 5 * PS_NS_PER_SEC);
    said.sequel_of = bad;
    CU_ASSERT_EQUAL(ps_facts_from_config(&media, &said), -EINVAL);
}

static void what_is_not_given_stays(void)
{
    struct ps_media media = { .id = "two",
                              .facts = { .born_ns = 7 * PS_NS_PER_SEC, .category = 3 } };
    struct said said;

    CU_ASSERT_EQUAL(ps_facts_from_params(&media, say(&said, NULL, "one", 90)), 0);
    CU_ASSERT_EQUAL(media.facts.born_ns, 7 * PS_NS_PER_SEC);
    CU_ASSERT_EQUAL(media.facts.category, 3);
    CU_ASSERT_EQUAL(media.facts.length_s, 90);
    CU_ASSERT_EQUAL(media.facts.sequel_of, ps_hash64_name("one"));
    forget(&said);
    CU_ASSERT_EQUAL(ps_facts_from_params(&media, say(&said, "", NULL, 90)), 0);
    CU_ASSERT_EQUAL(media.facts.category, 0);
    forget(&said);
    CU_ASSERT_EQUAL(ps_facts_from_params(&media, NULL), 0);
    CU_ASSERT_EQUAL(media.facts.length_s, 90);
}

static void a_bad_fact_changes_none(void)
{
    static const char *const bad[] = { "two", "", "a/b", ".." }; /* the first is the title itself */
    struct ps_media media = { .id = "two", .facts = { .length_s = 1 } };
    struct said said;

    for (size_t i = 0; i < PS_ARRAY_LEN(bad); i++) {
        CU_ASSERT_EQUAL(ps_facts_from_params(&media, say(&said, "film", bad[i], 90)), -EINVAL);
        CU_ASSERT_EQUAL(media.facts.length_s, 1);
        CU_ASSERT_EQUAL(media.facts.category, 0);
        forget(&said);
    }
}

static void the_probe_knows_the_length_unless_it_was_said(void)
{
    struct ps_media media = { .id = "two", .info = { .duration_ns = 30 * PS_NS_PER_SEC } };

    ps_facts_from_probe(&media);
    CU_ASSERT_EQUAL(media.facts.length_s, 30);
    media.facts.length_s = 99;
    ps_facts_from_probe(&media);
    CU_ASSERT_EQUAL(media.facts.length_s, 99);
}

static void a_log_fills_what_is_open_and_no_more(void)
{
    const struct ps_media_facts said = { .born_ns = 9 * PS_NS_PER_SEC, .category = 5 };
    struct ps_media media = { .id = "two", .facts = { .category = 3 } };

    CU_ASSERT_TRUE(ps_facts_from_log(&media, &said));
    CU_ASSERT_EQUAL(media.facts.category, 3);
    CU_ASSERT_EQUAL(media.facts.born_ns, 9 * PS_NS_PER_SEC);
    CU_ASSERT_FALSE(ps_facts_from_log(&media, &said)); /* no news */
}

static void a_log_spells_categories_alike(void)
{
    uint32_t logged = 0;

    PS_REQUIRE(ps_field_category((struct ps_field){ "news", 4 }, &logged));
    CU_ASSERT_EQUAL(ps_facts_category("news"), logged);
}

int main(void)
{
    static const struct ps_test tests[] = {
        PS_TEST(categories_are_alike_when_their_words_are),
        PS_TEST(configuration_is_taken_over),
        PS_TEST(what_is_not_given_stays),
        PS_TEST(a_bad_fact_changes_none),
        PS_TEST(a_log_fills_what_is_open_and_no_more),
        PS_TEST(a_log_spells_categories_alike),
        PS_TEST(the_probe_knows_the_length_unless_it_was_said),
    };

    return ps_test_run("host/daemon/facts.c", tests, PS_ARRAY_LEN(tests));
}
