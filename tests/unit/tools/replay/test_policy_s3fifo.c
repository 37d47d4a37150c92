/* SPDX-License-Identifier: BSD-3-Clause */
/* tests/unit/tools/replay/test_policy_s3fifo.c - as rows searched from end to end, and worked by
 * hand. */
#include "tests/unit/tools/replay/policy_test.h"

static struct row small, big, ghost;
static unsigned uses[OBJECTS];

static void evict_big(void)
{
    for (;;) {
        const uint32_t obj = row_take_oldest(&big);

        if (uses[obj] == 0)
            return;
        uses[obj]--;
        row_push(&big, obj);
    }
}

static void evict_small(uint32_t big_max)
{
    while (small.count > 0) {
        const uint32_t obj = row_take_oldest(&small);

        if (big_max == 0)
            return;
        if (uses[obj] < 2) {
            if (ghost.count == big_max)
                row_take_oldest(&ghost);
            row_push(&ghost, obj);
            return;
        }
        if (big.count == big_max)
            evict_big();
        uses[obj] = 0;
        row_push(&big, obj);
    }
}

static bool obvious(const struct made_up *made, uint32_t now, uint32_t capacity)
{
    const uint32_t obj = made->obj[now], small_max = capacity / 10 > 0 ? capacity / 10 : 1;

    if (now == 0)
        small.count = big.count = ghost.count = 0;
    if (row_has(&small, obj) || row_has(&big, obj)) {
        uses[obj] = uses[obj] == 3 ? 3 : uses[obj] + 1;
        return true;
    }
    while (small.count + big.count >= capacity) {
        if (small.count >= small_max)
            evict_small(capacity - small_max);
        else
            evict_big();
    }
    uses[obj] = 0;
    if (row_has(&ghost, obj)) {
        row_take(&ghost, row_find(&ghost, obj));
        row_push(&big, obj);
    } else {
        row_push(&small, obj);
    }
    return false;
}

static void hits_are_those_of_three_rows(void)
{
    check_against_obvious(&replay_s3fifo, obvious);
}

static void one_use_is_forgotten_and_coming_back_is_not(void)
{
    /* Of three, one is small. d sends a, with one use more, to the ghosts; it comes back into the
     * main queue and stays there while the once wanted pass by. */
    check_by_hand(&replay_s3fifo, 3, "aabcdaefgha", ".h........h");
    /* Two uses more bring it there without a detour. */
    check_by_hand(&replay_s3fifo, 3, "aaabcdefgha", ".hh.......h");
}

static void create_survives_each_failed_allocation(void)
{
    check_each_failed_allocation(&replay_s3fifo, 4);
}

int main(void)
{
    static const struct ps_test tests[] = {
        PS_TEST(hits_are_those_of_three_rows),
        PS_TEST(one_use_is_forgotten_and_coming_back_is_not),
        PS_TEST(create_survives_each_failed_allocation),
    };

    return ps_test_run("tools/replay/policy_s3fifo", tests, PS_ARRAY_LEN(tests));
}
