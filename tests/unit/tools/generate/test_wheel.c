/* SPDX-License-Identifier: BSD-3-Clause */
/* tests/unit/tools/generate/test_wheel.c - each as often as its weight says, 0 never. */
#include "tools/generate/wheel.h"

#include <math.h>

#include "host/base/mem.h"
#include "tests/support/ps_test.h"

#define DRAWS 40000

static const double sums[] = { 0.0, 1.0, 1.0, 4.0, 4.0 };
static const double weights[] = { 0.0, 1.0, 0.0, 3.0, 0.0 };

static void the_wheel_stops_by_weight_and_never_at_none(void)
{
    CU_ASSERT_EQUAL(gen_wheel(sums, 5, 0.0), 1);
    CU_ASSERT_EQUAL(gen_wheel(sums, 5, 0.2499), 1);
    CU_ASSERT_EQUAL(gen_wheel(sums, 5, 0.25), 3);
    CU_ASSERT_EQUAL(gen_wheel(sums, 5, nextafter(1.0, 0.0)), 3);
    CU_ASSERT_EQUAL(gen_wheel(&sums[1], 1, 0.999), 0);
}

static void rounding_up_to_the_total_is_no_draw_of_nothing(void)
{
    /* The greatest u times this total is the total. */
    const double tiny[] = { 0x1p-1074, 0x1p-1074 };

    CU_ASSERT_TRUE(gen_wheel(tiny, 2, nextafter(1.0, 0.0)) == 0);
}

static void a_pick_is_by_weight_and_of_nothing_is_none(void)
{
    static const double nothing[3];
    struct chance chance;
    int counts[6] = { 0 };

    chance_init(&chance, 1, 0);
    for (int i = 0; i < DRAWS; i++)
        counts[gen_pick(&chance, weights, 5)]++;
    CU_ASSERT_EQUAL(counts[1] + counts[3], DRAWS);
    CU_ASSERT_DOUBLE_EQUAL((double)counts[3] / DRAWS, 0.75, 0.02);
    CU_ASSERT_EQUAL(gen_pick(&chance, nothing, 3), 3);
}

static void percents_happen_so_often_0_never_100_always(void)
{
    struct chance chance;
    int counts[3] = { 0 };

    chance_init(&chance, 1, 0);
    for (int i = 0; i < DRAWS; i++) {
        counts[0] += gen_happens(&chance, 0.0);
        counts[1] += gen_happens(&chance, 30.0);
        counts[2] += gen_happens(&chance, 100.0);
    }
    CU_ASSERT_EQUAL(counts[0], 0);
    CU_ASSERT_DOUBLE_EQUAL((double)counts[1] / DRAWS, 0.3, 0.02);
    CU_ASSERT_EQUAL(counts[2], DRAWS);
}

int main(void)
{
    static const struct ps_test tests[] = {
        PS_TEST(the_wheel_stops_by_weight_and_never_at_none),
        PS_TEST(rounding_up_to_the_total_is_no_draw_of_nothing),
        PS_TEST(a_pick_is_by_weight_and_of_nothing_is_none),
        PS_TEST(percents_happen_so_often_0_never_100_always),
    };

    return ps_test_run("tools/generate/wheel", tests, PS_ARRAY_LEN(tests));
}
