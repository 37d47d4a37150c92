/* SPDX-License-Identifier: BSD-3-Clause */
/* tests/unit/tools/test_chance.c - the same seed, the same numbers; and the right laws. */
#include "tools/chance.h"

#include <math.h>

#include "host/base/mem.h"
#include "tests/support/ps_test.h"

#define DRAWS 20000

static void streams_are_repeatable_and_differ_by_seed_and_purpose(void)
{
    struct chance a, b, other_seed, other_purpose;
    unsigned same_seed = 0, same_purpose = 0;

    chance_init(&a, 1, 2);
    chance_init(&b, 1, 2);
    chance_init(&other_seed, 2, 2);
    chance_init(&other_purpose, 1, 3);
    for (int i = 0; i < 1000; i++) {
        const uint32_t x = chance_below(&a, 1000000);

        CU_ASSERT_EQUAL(chance_below(&b, 1000000), x);
        same_seed += chance_below(&other_seed, 1000000) == x;
        same_purpose += chance_below(&other_purpose, 1000000) == x;
    }
    CU_ASSERT_TRUE(same_seed < 3);
    CU_ASSERT_TRUE(same_purpose < 3);
}

static void draws_stay_in_their_range(void)
{
    struct chance chance;

    chance_init(&chance, 1, 1);
    for (int i = 0; i < DRAWS; i++) {
        const double u = chance_uniform(&chance);

        CU_ASSERT_TRUE(u >= 0.0 && u < 1.0);
        CU_ASSERT_TRUE(chance_below(&chance, 7) < 7);
        CU_ASSERT_TRUE(isfinite(chance_normal(&chance)));
    }
    CU_ASSERT_EQUAL(chance_below(&chance, 1), 0);
    CU_ASSERT_EQUAL(chance_poisson(&chance, 0.0), 0);
}

static void poisson_has_its_mean_and_variance(void)
{
    static const double means[] = { 0.05, 3.0, 29.0, 100.0 };
    struct chance chance;

    chance_init(&chance, 1, 1);
    for (unsigned m = 0; m < PS_ARRAY_LEN(means); m++) {
        double sum = 0.0, squares = 0.0;

        for (int i = 0; i < DRAWS; i++) {
            const double x = chance_poisson(&chance, means[m]);

            sum += x;
            squares += x * x;
        }
        const double mean = sum / DRAWS;
        CU_ASSERT_DOUBLE_EQUAL(mean / means[m], 1.0, 0.1);
        CU_ASSERT_DOUBLE_EQUAL((squares / DRAWS - mean * mean) / means[m], 1.0, 0.1);
    }
}

int main(void)
{
    static const struct ps_test tests[] = {
        PS_TEST(streams_are_repeatable_and_differ_by_seed_and_purpose),
        PS_TEST(draws_stay_in_their_range),
        PS_TEST(poisson_has_its_mean_and_variance),
    };

    return ps_test_run("tools/chance", tests, PS_ARRAY_LEN(tests));
}
