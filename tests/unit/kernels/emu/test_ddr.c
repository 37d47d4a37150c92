/* SPDX-License-Identifier: BSD-3-Clause */
#include "kernels/emu/ddr.h"
#include "tests/support/ps_test.h"

#define G EMU_DDR_GRANULE

static struct emu_ddr ddr;

static void ranges_are_apart_and_never_at_zero(void)
{
    uint64_t a, b;

    emu_ddr_init(&ddr, 16 * G);
    a = emu_ddr_take(&ddr, 1);
    b = emu_ddr_take(&ddr, G + 1);
    CU_ASSERT_EQUAL(a, G);
    CU_ASSERT_EQUAL(b, 2 * G);
    CU_ASSERT_EQUAL(emu_ddr_take(&ddr, 1), 4 * G);
}

static void full_is_said(void)
{
    emu_ddr_init(&ddr, 4 * G);
    CU_ASSERT_EQUAL(emu_ddr_take(&ddr, 3 * G + 1), 0);
    CU_ASSERT_NOT_EQUAL(emu_ddr_take(&ddr, 3 * G), 0);
    CU_ASSERT_EQUAL(emu_ddr_take(&ddr, 1), 0);
}

static void sizes_that_make_no_sense_are_refused(void)
{
    emu_ddr_init(&ddr, 4 * G);
    CU_ASSERT_EQUAL(emu_ddr_take(&ddr, 0), 0);
    CU_ASSERT_EQUAL(emu_ddr_take(&ddr, UINT64_MAX), 0);
    emu_ddr_init(&ddr, 0);
    CU_ASSERT_EQUAL(emu_ddr_take(&ddr, 1), 0);
}

/* Give three neighbours back in each order; the whole must be there again. */
static void holes_join_whatever_the_order(void)
{
    static const int orders[6][3] = { { 0, 1, 2 }, { 0, 2, 1 }, { 1, 0, 2 },
                                      { 1, 2, 0 }, { 2, 0, 1 }, { 2, 1, 0 } };

    for (int o = 0; o < 6; o++) {
        uint64_t at[3];

        emu_ddr_init(&ddr, 7 * G);
        for (int i = 0; i < 3; i++)
            at[i] = emu_ddr_take(&ddr, 2 * G);
        CU_ASSERT_EQUAL(ddr.hole_count, 0);
        for (int i = 0; i < 3; i++)
            emu_ddr_give(&ddr, at[orders[o][i]], 2 * G);
        CU_ASSERT_EQUAL(ddr.hole_count, 1);
        CU_ASSERT_EQUAL(emu_ddr_take(&ddr, 6 * G), G);
    }
}

static void running_out_of_holes_loses_memory_but_nothing_else(void)
{
    const uint64_t pages = 2 * (uint64_t)EMU_DDR_HOLES_MAX + 10;

    emu_ddr_init(&ddr, (pages + 1) * G);
    for (uint64_t i = 0; i < pages; i++)
        CU_ASSERT_EQUAL(emu_ddr_take(&ddr, G), (i + 1) * G);
    for (uint64_t i = 0; i < pages; i += 2)
        emu_ddr_give(&ddr, (i + 1) * G, G);
    CU_ASSERT_EQUAL(ddr.hole_count, EMU_DDR_HOLES_MAX);
    CU_ASSERT_EQUAL(emu_ddr_take(&ddr, G), G);
}

int main(void)
{
    static const struct ps_test tests[] = {
        PS_TEST(ranges_are_apart_and_never_at_zero),
        PS_TEST(full_is_said),
        PS_TEST(sizes_that_make_no_sense_are_refused),
        PS_TEST(holes_join_whatever_the_order),
        PS_TEST(running_out_of_holes_loses_memory_but_nothing_else),
    };

    return ps_test_run("kernels/emu/ddr", tests, sizeof(tests) / sizeof(tests[0]));
}
