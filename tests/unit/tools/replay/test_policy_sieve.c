/* SPDX-License-Identifier: BSD-3-Clause */
/* tests/unit/tools/replay/test_policy_sieve.c - as a row with marks, and worked by hand. */
#include "tests/unit/tools/replay/policy_test.h"

static bool obvious(const struct made_up *made, uint32_t now, uint32_t capacity)
{
    static struct row row;
    static bool marked[OBJECTS];
    static uint32_t hand; /* steps from the newest; count: the oldest is next */

    if (now == 0) {
        row.count = hand = 0;
        memset(marked, 0, sizeof(marked));
    }
    if (row_has(&row, made->obj[now])) {
        marked[made->obj[now]] = true;
        return true;
    }
    if (row.count == capacity) {
        if (hand == UINT32_MAX || hand >= row.count)
            hand = row.count - 1;
        while (marked[row.item[hand]]) {
            marked[row.item[hand]] = false;
            hand = hand > 0 ? hand - 1 : row.count - 1;
        }
        row_take(&row, hand);
        hand--; /* on to the newer one; from the newest round to the oldest */
    } else {
        hand = UINT32_MAX;
    }
    row_push(&row, made->obj[now]);
    if (hand != UINT32_MAX)
        hand++; /* it is one step farther from the newest now */
    return false;
}

static void hits_are_those_of_a_row_with_marks(void)
{
    check_against_obvious(&replay_sieve, obvious);
}

static void the_hand_takes_marks_off_and_stays_where_it_was(void)
{
    /* d: a loses its mark, b goes. The hand goes on from there: e sends c away and f sends d, and
     * a is still there, which LRU would have lost. */
    check_by_hand(&replay_sieve, 3, "abcadefa", "...h...h");
    /* All are marked: after a whole round the oldest goes, and the hand is past it. */
    check_by_hand(&replay_sieve, 2, "ababcac", "..hh..h");
}

static void create_survives_each_failed_allocation(void)
{
    check_each_failed_allocation(&replay_sieve, 3);
}

int main(void)
{
    static const struct ps_test tests[] = {
        PS_TEST(hits_are_those_of_a_row_with_marks),
        PS_TEST(the_hand_takes_marks_off_and_stays_where_it_was),
        PS_TEST(create_survives_each_failed_allocation),
    };

    return ps_test_run("tools/replay/policy_sieve", tests, PS_ARRAY_LEN(tests));
}
