/* SPDX-License-Identifier: BSD-3-Clause */
/* tests/unit/tools/replay/test_policy_lru.c - as a list that is searched; a larger buffer is never
 * worse. */
#include "tests/unit/tools/replay/policy_test.h"

static bool obvious(const struct made_up *made, uint32_t now, uint32_t capacity)
{
    static struct row row;
    uint32_t at;

    if (now == 0)
        row.count = 0;
    at = row_find(&row, made->obj[now]);
    if (at != UINT32_MAX)
        row_take(&row, at);
    else if (row.count == capacity)
        row_take_oldest(&row);
    row_push(&row, made->obj[now]);
    return at != UINT32_MAX;
}

static void hits_are_those_of_a_searched_list(void)
{
    check_against_obvious(&replay_lru, obvious);
    check_by_hand(&replay_lru, 2, "abacab", "..h.h.");
}

static void a_larger_buffer_has_every_hit_of_a_smaller(void)
{
    static struct made_up made;
    bool small[LENGTH], large[LENGTH];

    make_up(&made, 5, LENGTH, OBJECTS);
    for (uint32_t capacity = 1; capacity < OBJECTS; capacity += 4) {
        run(&replay_lru, &made, config_of(&made, capacity), small);
        run(&replay_lru, &made, config_of(&made, capacity + 4), large);
        for (uint32_t i = 0; i < LENGTH; i++)
            CU_ASSERT_TRUE(large[i] || !small[i]);
    }
}

static void create_survives_each_failed_allocation(void)
{
    check_each_failed_allocation(&replay_lru, 3);
}

int main(void)
{
    static const struct ps_test tests[] = {
        PS_TEST(hits_are_those_of_a_searched_list),
        PS_TEST(a_larger_buffer_has_every_hit_of_a_smaller),
        PS_TEST(create_survives_each_failed_allocation),
    };

    return ps_test_run("tools/replay/policy_lru", tests, PS_ARRAY_LEN(tests));
}
