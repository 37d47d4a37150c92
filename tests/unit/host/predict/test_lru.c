/* SPDX-License-Identifier: BSD-3-Clause */
/* tests/unit/host/predict/test_lru.c - places keep their order and never get lost. */
#include "host/predict/lru_priv.h"

#include <errno.h>

#include "host/base/mem.h"
#include "tests/support/ps_test.h"

#define PLACES 8u

static void the_free_go_first_then_the_known_then_the_wanted(void)
{
    struct ps_lru lru;

    PS_REQUIRE(ps_lru_init(&lru, 3) == 0);
    const uint32_t a = ps_lru_victim(&lru);
    ps_lru_move(&lru, a, PS_LRU_WANTED);
    const uint32_t b = ps_lru_victim(&lru);
    ps_lru_move(&lru, b, PS_LRU_KNOWN);
    const uint32_t c = ps_lru_victim(&lru);
    ps_lru_move(&lru, c, PS_LRU_WANTED);
    CU_ASSERT_TRUE(a != b && b != c && a != c);
    CU_ASSERT_EQUAL(ps_lru_victim(&lru), b);
    ps_lru_move(&lru, b, PS_LRU_WANTED);
    CU_ASSERT_EQUAL(ps_lru_victim(&lru), a);
    ps_lru_move(&lru, a, PS_LRU_WANTED);
    CU_ASSERT_EQUAL(ps_lru_victim(&lru), c);
    ps_lru_fini(&lru);
}

/* Both directions of a list agree; returns its length. */
static uint32_t walk(const struct ps_lru *lru, enum ps_lru_list list)
{
    uint32_t count = 0, last = PS_LRU_NONE;

    for (uint32_t i = lru->newest[list]; i != PS_LRU_NONE && count <= PLACES;
         i = lru->links[i].older) {
        CU_ASSERT_EQUAL(lru->links[i].newer, last);
        CU_ASSERT_EQUAL(lru->links[i].list, list);
        last = i;
        count++;
    }
    CU_ASSERT_EQUAL(lru->oldest[list], last);
    return count;
}

static void any_moves_keep_every_place_in_one_list(void)
{
    struct ps_lru lru;
    uint32_t random = 1;

    PS_REQUIRE(ps_lru_init(&lru, PLACES) == 0);
    for (int i = 0; i < 2000; i++) {
        random = random * 1664525u + 1013904223u;
        ps_lru_move(&lru, (random >> 8) % PLACES,
                    (enum ps_lru_list)((random >> 16) % PS_LRU_LISTS));
        CU_ASSERT_EQUAL(
            walk(&lru, PS_LRU_FREE) + walk(&lru, PS_LRU_KNOWN) + walk(&lru, PS_LRU_WANTED), PLACES);
    }
    ps_lru_fini(&lru);
}

static void init_survives_a_failed_allocation(void)
{
    struct ps_lru lru;

    ps_fail_alloc_after(0);
    CU_ASSERT_EQUAL(ps_lru_init(&lru, PLACES), -ENOMEM);
    ps_fail_alloc_never();
}

int main(void)
{
    static const struct ps_test tests[] = {
        PS_TEST(the_free_go_first_then_the_known_then_the_wanted),
        PS_TEST(any_moves_keep_every_place_in_one_list),
        PS_TEST(init_survives_a_failed_allocation),
    };

    return ps_test_run("host/predict/lru", tests, PS_ARRAY_LEN(tests));
}
