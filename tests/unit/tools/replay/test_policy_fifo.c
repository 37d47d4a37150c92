/* SPDX-License-Identifier: BSD-3-Clause */
/* tests/unit/tools/replay/test_policy_fifo.c - as a row; a hit changes nothing, so a larger buffer
 * may be worse. */
#include "tests/unit/tools/replay/policy_test.h"

static bool obvious(const struct made_up *made, uint32_t now, uint32_t capacity)
{
    static struct row row;

    if (now == 0)
        row.count = 0;
    if (row_has(&row, made->obj[now]))
        return true;
    if (row.count == capacity)
        row_take_oldest(&row);
    row_push(&row, made->obj[now]);
    return false;
}

static void hits_are_those_of_a_row(void)
{
    check_against_obvious(&replay_fifo, obvious);
}

/* Belady's anomaly. */
static void a_larger_buffer_may_be_worse(void)
{
    check_by_hand(&replay_fifo, 3, "abcdabeabcde", ".......hh..h");
    check_by_hand(&replay_fifo, 4, "abcdabeabcde", "....hh......");
}

static void create_survives_each_failed_allocation(void)
{
    check_each_failed_allocation(&replay_fifo, 3);
}

int main(void)
{
    static const struct ps_test tests[] = {
        PS_TEST(hits_are_those_of_a_row),
        PS_TEST(a_larger_buffer_may_be_worse),
        PS_TEST(create_survives_each_failed_allocation),
    };

    return ps_test_run("tools/replay/policy_fifo", tests, PS_ARRAY_LEN(tests));
}
