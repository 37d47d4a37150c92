/* SPDX-License-Identifier: BSD-3-Clause */
/* tests/unit/host/predict/test_curves_spread.c - quantiles hold what they promise. */
#include "host/predict/curves_spread_priv.h"

#include <math.h>

#include "tests/support/ps_test.h"

#define COUNTS 20000u

/* A negative binomial count's chance. */
static double chance_of(uint32_t count, double mean, double relative)
{
    const double n = 1.0 / fmax(relative, 1e-9);

    if (relative == 0.0)
        return exp(count * log(mean) - mean - lgamma(count + 1.0));
    return exp(lgamma(count + n) - lgamma(n) - lgamma(count + 1.0) - n * log1p(mean / n) +
               count * log(mean / (n + mean)));
}

/* Share of count + U that is below. */
static double share_below(double quantile, double mean, double relative)
{
    double sum = 0.0;

    for (uint32_t n = 0; n < COUNTS; n++)
        sum += chance_of(n, mean, relative) * ps_spread_below(n, quantile);
    return sum;
}

static void as_much_is_below_a_quantile_as_it_says(void)
{
    static const double means[] = { 0.01, 0.4, 3.0, 40.0, 250.0, 400.0 };
    static const double relatives[] = { 0.0, 0.02, 0.5 };
    double quantile[PS_CURVES_LEVELS];

    for (unsigned m = 0; m < 6; m++)
        for (unsigned r = 0; r < 3; r++) {
            ps_spread_quantiles(means[m], relatives[r], ps_curve_levels, quantile);
            for (unsigned q = 0; q < PS_CURVES_LEVELS; q++)
                CU_ASSERT_DOUBLE_EQUAL(share_below(quantile[q], means[m], relatives[r]),
                                       ps_curve_levels[q], means[m] > 300.0 ? 0.02 : 1e-3);
        }
    /* The same quantiles of a somewhat larger mean are not right. */
    ps_spread_quantiles(40.0, 0.0, ps_curve_levels, quantile);
    CU_ASSERT_TRUE(share_below(quantile[PS_CURVE_MEDIAN], 44.0, 0.0) < 0.35);
}

static void nothing_expected_is_nothing_told(void)
{
    double quantile[PS_CURVES_LEVELS];

    ps_spread_quantiles(0.0, 0.3, ps_curve_levels, quantile);
    for (unsigned q = 0; q < PS_CURVES_LEVELS; q++)
        CU_ASSERT_EQUAL(floor(quantile[q]), 0.0);
    CU_ASSERT_EQUAL(ps_spread_median(0.0, 0.3), 0.0);
}

static void quantiles_ascend_where_sums_end_and_far_beyond(void)
{
    static const double means[] = { 299.0, 301.0, 1e4, 1e9 };
    double before[PS_CURVES_LEVELS] = { 0 }, quantile[PS_CURVES_LEVELS];

    for (unsigned m = 0; m < 4; m++) {
        ps_spread_quantiles(means[m], 0.01, ps_curve_levels, quantile);
        for (unsigned q = 0; q < PS_CURVES_LEVELS; q++) {
            CU_ASSERT_TRUE(isfinite(quantile[q]) && quantile[q] > before[q]);
            CU_ASSERT_TRUE(q == 0 || quantile[q] > quantile[q - 1]);
            before[q] = quantile[q];
        }
    }
}

static double mean_error(double said, double mean)
{
    double sum = 0.0;

    for (uint32_t n = 0; n < 200; n++)
        sum += chance_of(n, mean, 0.0) * fabs(n - said);
    return sum;
}

static void no_whole_number_is_less_wrong_than_the_median(void)
{
    static const double means[] = { 0.3, 0.69, 0.7, 1.5, 8.2, 30.0 };

    for (unsigned m = 0; m < 6; m++) {
        const double median = ps_spread_median(means[m], 0.0);
        const double error = mean_error(median, means[m]);

        CU_ASSERT_TRUE(error <= mean_error(median + 1.0, means[m]) + 1e-12);
        CU_ASSERT_TRUE(error <= mean_error(fabs(median - 1.0), means[m]) + 1e-12);
    }
}

static void dispersion_is_learned(void)
{
    struct ps_dispersion wide = { 0 }, narrow = { 0 };

    for (unsigned i = 0; i < 3000; i++) {
        const double sign = i % 2 == 0 ? 1.0 : -1.0;

        ps_dispersion_learn(&wide, 100.0, 0.2, 100.0 + 40.0 * sign);
        ps_dispersion_learn(&narrow, 100.0, 0.2, 100.0 + 10.0 * sign);
    }
    CU_ASSERT_DOUBLE_EQUAL(ps_dispersion_of(&wide, 0.0), 0.15, 0.002); /* (1600 - 100) / 10000 */
    CU_ASSERT_DOUBLE_EQUAL(ps_dispersion_of(&narrow, 0.0), 0.0, 1e-9); /* as a Poisson count */
}

static void one_burst_does_not_blow_it_up(void)
{
    struct ps_dispersion dispersion = { 0 };

    for (unsigned i = 0; i < 500; i++)
        ps_dispersion_learn(&dispersion, 100.0, 0.0, 100.0);
    ps_dispersion_learn(&dispersion, 100.0, 0.0, 1e6);
    CU_ASSERT_TRUE(ps_dispersion_of(&dispersion, 0.0) < 0.01);
}

/* Counts of mean 60 while 50 is expected: only levels can mend that. */
static double below_median_after(unsigned rounds)
{
    struct ps_levels levels = { 0 };
    double wanted[PS_CURVES_LEVELS], quantile[PS_CURVES_LEVELS], below[PS_CURVES_LEVELS];

    for (unsigned i = 0; i <= rounds; i++) {
        ps_levels_get(&levels, wanted);
        ps_spread_quantiles(50.0, 0.0, wanted, quantile);
        for (unsigned q = 0; q < PS_CURVES_LEVELS; q++)
            below[q] = share_below(quantile[q], 60.0, 0.0);
        ps_levels_learn(&levels, below, 1.0);
    }
    return below[PS_CURVE_MEDIAN];
}

static void levels_mend_what_is_always_wrong(void)
{
    CU_ASSERT_TRUE(below_median_after(0) < 0.15);
    CU_ASSERT_DOUBLE_EQUAL(below_median_after(120), 0.5, 0.02);
}

static void levels_stay_in_order(void)
{
    struct ps_levels levels = { 0 };
    const double odd[PS_CURVES_LEVELS] = { 0.0, 1.0, 0.0, 1.0, 0.0, 1.0, 0.0 };
    double wanted[PS_CURVES_LEVELS];

    for (unsigned i = 0; i < 200; i++)
        ps_levels_learn(&levels, odd, 1.0);
    ps_levels_get(&levels, wanted);
    for (unsigned q = 1; q < PS_CURVES_LEVELS; q++)
        CU_ASSERT_TRUE(wanted[q] >= wanted[q - 1] && wanted[q] < 1.0);
}

int main(void)
{
    static const struct ps_test tests[] = {
        PS_TEST(as_much_is_below_a_quantile_as_it_says),
        PS_TEST(nothing_expected_is_nothing_told),
        PS_TEST(quantiles_ascend_where_sums_end_and_far_beyond),
        PS_TEST(no_whole_number_is_less_wrong_than_the_median),
        PS_TEST(dispersion_is_learned),
        PS_TEST(one_burst_does_not_blow_it_up),
        PS_TEST(levels_mend_what_is_always_wrong),
        PS_TEST(levels_stay_in_order),
    };

    return ps_test_run(__FILE__, tests, sizeof(tests) / sizeof(tests[0]));
}
