/* SPDX-License-Identifier: BSD-3-Clause */
/* tests/unit/host/tier/test_dram.c - runs of pages in a memfd. */
#include <string.h>

#include "host/base/mem.h"
#include "host/tier/dram_priv.h"
#include "host/tier/list_priv.h"
#include "tests/support/ps_test.h"

#define PAGE PS_TIER_PAGE_BYTES

static void runs_do_not_overlap_and_come_back(void)
{
    struct ps_tier_dram dram = { .fd = -1 };
    uint32_t page[8];

    PS_REQUIRE(ps_tier_dram_init(&dram, 200 * PAGE) == 0);
    for (unsigned round = 0; round < 50; round++) {
        for (unsigned i = 0; i < 8; i++) {
            page[i] = ps_tier_dram_take(&dram, (i + 1) * PAGE - 5);
            PS_REQUIRE(page[i] != PS_TIER_NONE);
            memset(ps_tier_dram_at(&dram, page[i]), (int)i, (i + 1) * PAGE);
        }
        CU_ASSERT_EQUAL(dram.taken_count, 36);
        for (unsigned i = 0; i < 8; i++) {
            CU_ASSERT_EQUAL(ps_tier_dram_at(&dram, page[i])[0], i);
            CU_ASSERT_EQUAL(ps_tier_dram_at(&dram, page[i])[(i + 1) * PAGE - 1], i);
            ps_tier_dram_give(&dram, page[i], (i + 1) * PAGE - 5, round % 2 == 0);
        }
        CU_ASSERT_EQUAL(dram.taken_count, 0);
    }
    ps_tier_dram_fini(&dram);
}

static void a_hole_is_found_and_too_large_a_run_is_not(void)
{
    struct ps_tier_dram dram = { .fd = -1 };

    PS_REQUIRE(ps_tier_dram_init(&dram, 130 * PAGE) == 0); /* crosses words of the bitmap */
    for (uint32_t i = 0; i < 13; i++)
        CU_ASSERT_EQUAL(ps_tier_dram_take(&dram, 10 * PAGE), i * 10);
    CU_ASSERT_EQUAL(ps_tier_dram_take(&dram, 1), PS_TIER_NONE);
    ps_tier_dram_give(&dram, 60, 10 * PAGE, false);
    ps_tier_dram_give(&dram, 120, 10 * PAGE, false);
    CU_ASSERT_EQUAL(ps_tier_dram_take(&dram, 11 * PAGE), PS_TIER_NONE);
    CU_ASSERT_EQUAL(ps_tier_dram_take(&dram, 10 * PAGE), 60);
    CU_ASSERT_EQUAL(ps_tier_dram_take(&dram, 10 * PAGE), 120);
    ps_tier_dram_fini(&dram);
}

static void a_handed_out_run_comes_back_as_new_pages(void)
{
    struct ps_tier_dram dram = { .fd = -1 };

    PS_REQUIRE(ps_tier_dram_init(&dram, PAGE) == 0);
    CU_ASSERT_EQUAL(ps_tier_dram_take(&dram, PAGE), 0);
    ps_tier_dram_at(&dram, 0)[9] = 7;
    ps_tier_dram_give(&dram, 0, PAGE, true);
    CU_ASSERT_EQUAL(ps_tier_dram_take(&dram, PAGE), 0);
    CU_ASSERT_EQUAL(ps_tier_dram_at(&dram, 0)[9], 0);
    ps_tier_dram_fini(&dram);
}

int main(void)
{
    static const struct ps_test tests[] = {
        PS_TEST(runs_do_not_overlap_and_come_back),
        PS_TEST(a_hole_is_found_and_too_large_a_run_is_not),
        PS_TEST(a_handed_out_run_comes_back_as_new_pages),
    };

    return ps_test_run("host/tier/dram", tests, PS_ARRAY_LEN(tests));
}
