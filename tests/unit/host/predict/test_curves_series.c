/* SPDX-License-Identifier: BSD-3-Clause */
/* tests/unit/host/predict/test_curves_series.c - what each expert makes of a series. */
#include "host/predict/curves_series_priv.h"

#include <math.h>
#include <string.h>

#include "tests/support/ps_test.h"

static const double orphan[PS_SERIES_PARENTS] = { -1.0, -1.0, -1.0 };
static const double unknown[PS_SERIES_PARENTS] = { NAN, NAN, NAN };

static float says[PS_EXPERT_COUNT];

/* A day's hump. */
static double hump(uint64_t interval)
{
    return 100.0 + 80.0 * sin(2.0 * M_PI * (double)(interval % PS_SERIES_DAY) / PS_SERIES_DAY);
}

static double level(uint64_t interval)
{
    (void)interval;
    return 7.0;
}

static double slope(uint64_t interval)
{
    return 2.0 * (double)interval;
}

static uint64_t live(struct ps_series *series, double (*count)(uint64_t), uint64_t intervals)
{
    memset(series, 0, sizeof(*series));
    for (uint64_t i = 0; i < intervals; i++)
        ps_series_learn(series, i, count(i), orphan);
    return intervals - 1;
}

static void all_agree_on_what_never_changes(void)
{
    static struct ps_series series;
    const uint64_t last = live(&series, level, 3 * PS_SERIES_DAY);

    for (uint32_t lead = 1; lead <= PS_CURVES_STEPS; lead++) {
        ps_series_say(&series, last, lead, unknown, says);
        for (unsigned e = 0; e < PS_EXPERT_OF_TOTAL; e++)
            CU_ASSERT_DOUBLE_EQUAL(says[e], 7.0, 0.01);
    }
}

static void seasons_sleep_for_a_day(void)
{
    static struct ps_series series;
    const uint64_t last = live(&series, level, PS_SERIES_DAY - 12);

    ps_series_say(&series, last, 12, unknown, says);
    for (unsigned e = PS_EXPERT_HOLT_WINTERS; e <= PS_EXPERT_SEASON_SLOW; e++)
        CU_ASSERT_TRUE(isnan(says[e]));
    ps_series_say(&series, live(&series, level, PS_SERIES_DAY), 12, unknown, says);
    for (unsigned e = PS_EXPERT_HOLT_WINTERS; e <= PS_EXPERT_SEASON_SLOW; e++)
        CU_ASSERT_FALSE(isnan(says[e]));
}

static void a_season_is_told_an_hour_ahead(void)
{
    static struct ps_series series;
    const uint64_t last = live(&series, hump, 4 * PS_SERIES_DAY + 20);

    ps_series_say(&series, last, 12, unknown, says);
    for (unsigned e = PS_EXPERT_HOLT_WINTERS; e <= PS_EXPERT_SEASON_SLOW; e++)
        CU_ASSERT_DOUBLE_EQUAL(says[e], hump(last + 12), 2.0);
    CU_ASSERT_TRUE(fabs((double)says[PS_EXPERT_PERSISTENCE] - hump(last + 12)) > 10.0);
}

static void a_day_twice_as_busy_is_told_twice_as_busy(void)
{
    static struct ps_series series;
    uint64_t at = live(&series, hump, 3 * PS_SERIES_DAY) + 1;

    for (; at < 3 * PS_SERIES_DAY + 100; at++)
        ps_series_learn(&series, at, 2.0 * hump(at), orphan);
    ps_series_say(&series, at - 1, 12, unknown, says);
    CU_ASSERT_DOUBLE_EQUAL(says[PS_EXPERT_SEASON_FAST], 2.0 * hump(at + 11), 0.1 * hump(at + 11));
    CU_ASSERT_DOUBLE_EQUAL(says[PS_EXPERT_SEASONAL_NAIVE], hump(at + 11), 1e-3);
}

static void holt_follows_a_slope_that_means_lag_behind(void)
{
    static struct ps_series series;
    const uint64_t last = live(&series, slope, 200);

    ps_series_say(&series, last, 1, unknown, says);
    CU_ASSERT_TRUE(slope(last + 1) - (double)says[PS_EXPERT_EWMA] > 9.0);
    CU_ASSERT_TRUE(slope(last + 1) - (double)says[PS_EXPERT_HOLT_FAST] < 5.0);
    CU_ASSERT_DOUBLE_EQUAL(says[PS_EXPERT_PERSISTENCE], slope(last), 1e-3);
    CU_ASSERT_DOUBLE_EQUAL(says[PS_EXPERT_MEAN_15MIN], slope(last - 1), 1e-3);
}

static void nothing_negative_is_told_of_a_fall(void)
{
    static struct ps_series series;

    memset(&series, 0, sizeof(series));
    for (uint64_t i = 0; i < 600; i++)
        ps_series_learn(&series, i, i < 560 ? 500.0 : 500.0 - 12.0 * (double)(i - 560), orphan);
    for (uint32_t lead = 1; lead <= PS_CURVES_STEPS; lead++) {
        ps_series_say(&series, 599, lead, unknown, says);
        for (unsigned e = 0; e < PS_EXPERT_OF_TOTAL; e++)
            CU_ASSERT_TRUE(says[e] >= 0.0f);
    }
}

static void a_part_is_told_its_share_of_the_whole(void)
{
    static struct ps_series series;
    const double parents[PS_SERIES_PARENTS] = { 200.0, NAN, 60.0 };

    memset(&series, 0, sizeof(series));
    for (uint64_t i = 0; i < 300; i++)
        ps_series_learn(&series, i, 10.0, (const double[]){ 40.0, -1.0, 20.0 });
    ps_series_say(&series, 299, 5, parents, says);
    CU_ASSERT_DOUBLE_EQUAL(says[PS_EXPERT_OF_TOTAL], 50.0, 1e-3);
    CU_ASSERT_TRUE(isnan(says[PS_EXPERT_OF_REGION]));
    CU_ASSERT_DOUBLE_EQUAL(says[PS_EXPERT_OF_DEVICE], 30.0, 1e-3);
}

static void every_expert_has_a_name(void)
{
    for (unsigned e = 0; e < PS_EXPERT_COUNT; e++)
        for (unsigned f = 0; f < e; f++)
            CU_ASSERT_STRING_NOT_EQUAL(ps_expert_name(e), ps_expert_name(f));
}

int main(void)
{
    static const struct ps_test tests[] = {
        PS_TEST(all_agree_on_what_never_changes),
        PS_TEST(seasons_sleep_for_a_day),
        PS_TEST(a_season_is_told_an_hour_ahead),
        PS_TEST(a_day_twice_as_busy_is_told_twice_as_busy),
        PS_TEST(holt_follows_a_slope_that_means_lag_behind),
        PS_TEST(nothing_negative_is_told_of_a_fall),
        PS_TEST(a_part_is_told_its_share_of_the_whole),
        PS_TEST(every_expert_has_a_name),
    };

    return ps_test_run(__FILE__, tests, sizeof(tests) / sizeof(tests[0]));
}
