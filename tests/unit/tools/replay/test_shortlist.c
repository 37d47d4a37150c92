/* SPDX-License-Identifier: BSD-3-Clause */
/* tests/unit/tools/replay/test_shortlist.c - the tenth that is expected most. */
#include "tools/replay/shortlist.h"

#include "host/base/mem.h"
#include "tests/support/ps_test.h"

static void the_tenth_is_rounded_up_and_summed_over_ticks(void)
{
    struct replay_shortlist list = { 0 };
    struct replay_listed rows[11];

    for (uint32_t i = 0; i < 11; i++)
        rows[i] = (struct replay_listed){ .expected = i, .row = i, .happened = i >= 8 };
    replay_shortlist_add(&list, rows, 11); /* takes 10 and 9, which came; 8 came too */
    CU_ASSERT_EQUAL(list.taken, 2);
    CU_ASSERT_EQUAL(list.hits, 2);
    CU_ASSERT_EQUAL(list.happened, 3);
    rows[0] = (struct replay_listed){ .expected = 1.0 };
    replay_shortlist_add(&list, rows, 1);
    CU_ASSERT_DOUBLE_EQUAL(replay_shortlist_precision(&list), 2.0 / 3.0, 1e-12);
    CU_ASSERT_DOUBLE_EQUAL(replay_shortlist_recall(&list), 2.0 / 3.0, 1e-12);
}

static void of_equals_what_was_seen_first_is_taken(void)
{
    struct replay_shortlist list = { 0 };
    struct replay_listed rows[] = { { 1.0, 2, false }, { 1.0, 0, true }, { 1.0, 1, false } };

    replay_shortlist_add(&list, rows, 3);
    CU_ASSERT_EQUAL(list.hits, 1);
}

static void nothing_added_says_nothing(void)
{
    struct replay_shortlist list = { 0 };

    replay_shortlist_add(&list, NULL, 0);
    CU_ASSERT_EQUAL(replay_shortlist_precision(&list), 0.0);
    CU_ASSERT_EQUAL(replay_shortlist_recall(&list), 0.0);
}

int main(void)
{
    static const struct ps_test tests[] = {
        PS_TEST(the_tenth_is_rounded_up_and_summed_over_ticks),
        PS_TEST(of_equals_what_was_seen_first_is_taken),
        PS_TEST(nothing_added_says_nothing),
    };

    return ps_test_run("tools/replay/shortlist", tests, PS_ARRAY_LEN(tests));
}
