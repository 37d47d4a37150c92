/* SPDX-License-Identifier: BSD-3-Clause */
/* tests/unit/host/messaging/test_arena.c - nothing is shared out twice, everything comes back. */
#include <errno.h>
#include <string.h>

#include "host/base/mem.h"
#include "host/messaging/arena_priv.h"
#include "tests/support/ps_test.h"

#define BLOCKS 200

static void a_budget_of_less_than_a_page_is_refused(void)
{
    struct ps_arena arena;

    CU_ASSERT_EQUAL(ps_arena_init(&arena, 4095), -EINVAL);
    ps_arena_fini(&arena);
    CU_ASSERT_EQUAL(ps_arena_init(&arena, UINT64_C(1) << 60), -EINVAL);
    ps_arena_fini(&arena);
}

static void all_but_the_list_can_be_taken_and_no_more(void)
{
    struct ps_arena arena;
    size_t taken = 0;

    PS_REQUIRE(ps_arena_init(&arena, 1000 * 1000) == 0);
    CU_ASSERT_EQUAL(arena.bytes, 999424);
    while (ps_arena_take(&arena, 1) != NULL)
        taken++;
    CU_ASSERT_EQUAL(taken, 976 - 4);
    CU_ASSERT_EQUAL(arena.free_grains, 0);
    ps_arena_fini(&arena);
}

/* What is not a power of two costs no power of two. */
static void a_block_costs_its_grains(void)
{
    struct ps_arena arena;

    PS_REQUIRE(ps_arena_init(&arena, 1 << 20) == 0);
    const size_t all = arena.free_grains;
    void *block = ps_arena_take(&arena, 5 * PS_ARENA_GRAIN + 1);
    PS_REQUIRE(block != NULL);
    CU_ASSERT_EQUAL(arena.free_grains, all - 6);
    ps_arena_give(&arena, (uint8_t *)block + 2 * PS_ARENA_GRAIN, 4 * PS_ARENA_GRAIN);
    CU_ASSERT_EQUAL(arena.free_grains, all - 2);
    ps_arena_give(&arena, block, 2 * PS_ARENA_GRAIN);
    CU_ASSERT_EQUAL(arena.free_grains, all);
    ps_arena_fini(&arena);
}

static void blocks_of_one_size_lie_side_by_side(void)
{
    struct ps_arena arena;
    uint32_t taken = 0;

    PS_REQUIRE(ps_arena_init(&arena, 4 << 20) == 0);
    while (ps_arena_take(&arena, 37 * PS_ARENA_GRAIN) != NULL)
        taken++;
    CU_ASSERT_EQUAL(taken, arena.grains / 37);
    ps_arena_fini(&arena);
}

static void blocks_do_not_overlap_and_join_when_given_back(void)
{
    struct {
        uint8_t *at;
        size_t bytes;
    } blocks[BLOCKS] = { 0 };
    struct ps_arena arena;
    uint64_t seed = 7;

    PS_REQUIRE(ps_arena_init(&arena, 4 << 20) == 0);
    const size_t all = arena.free_grains;
    void *const largest = ps_arena_take(&arena, 2 << 20);
    PS_REQUIRE(largest != NULL);
    ps_arena_give(&arena, largest, 2 << 20);
    for (int round = 0; round < 20000; round++) {
        seed = seed * UINT64_C(6364136223846793005) + 1442695040888963407u;
        const size_t i = (seed >> 33) % BLOCKS;

        if (blocks[i].at != NULL) {
            CU_ASSERT_EQUAL(blocks[i].at[0], (uint8_t)i);
            CU_ASSERT_EQUAL(blocks[i].at[blocks[i].bytes - 1], (uint8_t)i);
            ps_arena_give(&arena, blocks[i].at, blocks[i].bytes);
            blocks[i].at = NULL;
            continue;
        }
        blocks[i].bytes = 1 + (seed >> 20) % 60000;
        blocks[i].at = ps_arena_take(&arena, blocks[i].bytes);
        if (blocks[i].at != NULL)
            memset(blocks[i].at, (int)i, blocks[i].bytes);
    }
    for (size_t i = 0; i < BLOCKS; i++)
        if (blocks[i].at != NULL)
            ps_arena_give(&arena, blocks[i].at, blocks[i].bytes);
    CU_ASSERT_EQUAL(arena.free_grains, all);
    CU_ASSERT_PTR_NOT_NULL(ps_arena_take(&arena, all * PS_ARENA_GRAIN)); /* joined again */
    ps_arena_fini(&arena);
}

int main(void)
{
    static const struct ps_test tests[] = {
        PS_TEST(a_budget_of_less_than_a_page_is_refused),
        PS_TEST(all_but_the_list_can_be_taken_and_no_more),
        PS_TEST(a_block_costs_its_grains),
        PS_TEST(blocks_of_one_size_lie_side_by_side),
        PS_TEST(blocks_do_not_overlap_and_join_when_given_back),
    };

    return ps_test_run("arena", tests, PS_ARRAY_LEN(tests));
}
