/* SPDX-License-Identifier: BSD-3-Clause */
/* tests/unit/host/predict/test_doubt.c - how well a rate is known is learned from what came. */
#include "host/predict/doubt_priv.h"

#include <math.h>

#include "host/base/mem.h"
#include "tests/support/ps_test.h"

static struct ps_doubt doubt;

static uint64_t state = 1;

static double draw(void)
{
    state = state * 6364136223846793005ull + 1442695040888963407ull;
    return (double)(state >> 11) * 0x1p-53;
}

/* A Poisson count. */
static float count_of(double rate)
{
    double left = exp(-rate), product = draw();
    float count = 0.0f;

    for (; product > left; count += 1.0f)
        product *= draw();
    return count;
}

/* Rates that are @p apart off, up or down. */
static float learned(double expected, double apart, unsigned labels)
{
    doubt = (struct ps_doubt){ 0 };
    for (unsigned i = 0; i < labels; i++)
        ps_doubt_learn(&doubt, PS_HORIZON_15MIN, (float)expected,
                       count_of(expected * (i % 2 == 0 ? 1.0 - apart : 1.0 + apart)), 1.0f);
    return ps_doubt_read(&doubt, PS_HORIZON_15MIN, (float)expected);
}

static void what_is_known_well_is_told_from_what_is_not(void)
{
    CU_ASSERT_TRUE(learned(10.0, 0.0, 5000) < 0.04f);
    CU_ASSERT_DOUBLE_EQUAL(learned(10.0, 0.5, 5000), 0.25, 0.06);
    CU_ASSERT_TRUE(learned(10.0, 0.9, 5000) > 0.6f);
}

static void without_labels_it_is_the_usual(void)
{
    doubt = (struct ps_doubt){ 0 };
    for (unsigned h = 0; h < PS_HORIZON_COUNT; h++)
        CU_ASSERT_DOUBLE_EQUAL(ps_doubt_read(&doubt, h, 3.0f), PS_DOUBT_PRIOR, 1e-6);
}

static void horizons_and_sizes_learn_apart(void)
{
    learned(30.0, 0.0, 5000);
    CU_ASSERT_DOUBLE_EQUAL(ps_doubt_read(&doubt, PS_HORIZON_5MIN, 30.0f), PS_DOUBT_PRIOR, 1e-6);
    CU_ASSERT_DOUBLE_EQUAL(ps_doubt_read(&doubt, PS_HORIZON_15MIN, 0.1f), PS_DOUBT_PRIOR, 1e-6);
    CU_ASSERT_TRUE(ps_doubt_read(&doubt, PS_HORIZON_15MIN, 300.0f) < PS_DOUBT_PRIOR);
}

static void one_wild_count_does_not_decide(void)
{
    learned(10.0, 0.0, 2000);
    ps_doubt_learn(&doubt, PS_HORIZON_15MIN, 10.0f, 30000.0f, 1e6f);
    CU_ASSERT_TRUE(ps_doubt_read(&doubt, PS_HORIZON_15MIN, 10.0f) < 0.3f);
}

static void extremes_stay_numbers(void)
{
    doubt = (struct ps_doubt){ 0 };
    for (unsigned i = 0; i < 1000; i++) {
        ps_doubt_learn(&doubt, PS_HORIZON_60MIN, 0.0f, 5.0f, 1.0f);
        ps_doubt_learn(&doubt, PS_HORIZON_60MIN, 1e6f, 0.0f, 1.0f);
    }
    CU_ASSERT_TRUE(ps_doubt_read(&doubt, PS_HORIZON_60MIN, 0.0f) <= PS_DOUBT_MAX);
    CU_ASSERT_TRUE(ps_doubt_read(&doubt, PS_HORIZON_60MIN, 1e9f) >= 0.0f);
}

int main(void)
{
    static const struct ps_test tests[] = {
        PS_TEST(what_is_known_well_is_told_from_what_is_not),
        PS_TEST(without_labels_it_is_the_usual),
        PS_TEST(horizons_and_sizes_learn_apart),
        PS_TEST(one_wild_count_does_not_decide),
        PS_TEST(extremes_stay_numbers),
    };

    return ps_test_run("host/predict/doubt", tests, PS_ARRAY_LEN(tests));
}
