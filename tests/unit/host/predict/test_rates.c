/* SPDX-License-Identifier: BSD-3-Clause */
/* tests/unit/host/predict/test_rates.c - counts halve in their half-life, over epochs too. */
#include "host/predict/rates_priv.h"

#include <math.h>

#include "host/base/clock.h"
#include "host/base/mem.h"
#include "tests/support/ps_test.h"

#define START_NS (1700000000ull * PS_NS_PER_SEC)

static float read_after(const struct ps_rates *rates, double seconds, enum ps_rate_span span)
{
    struct ps_rate_clock clock;
    float counts[PS_RATE_COUNT];

    ps_rate_clock_set(&clock, START_NS + (uint64_t)(seconds * 1e9));
    ps_rates_read(rates, &clock, counts);
    return counts[span];
}

static void a_count_halves_in_its_half_life(void)
{
    struct ps_rate_clock clock;
    struct ps_rates rates = { 0 };

    ps_rate_clock_set(&clock, START_NS);
    ps_rates_add(&rates, &clock, 8.0f);
    for (unsigned k = 0; k < PS_RATE_COUNT; k++) {
        const double life_s = ps_rate_half_life_s(k);

        CU_ASSERT_DOUBLE_EQUAL(read_after(&rates, 0, k), 8.0, 1e-4);
        CU_ASSERT_DOUBLE_EQUAL(read_after(&rates, life_s, k), 4.0, 1e-4);
        CU_ASSERT_DOUBLE_EQUAL(read_after(&rates, 3 * life_s, k), 1.0, 1e-4);
    }
}

static void starts_of_many_epochs_add_up(void)
{
    struct ps_rate_clock clock;
    struct ps_rates rates = { 0 };
    double expected = 0.0;

    for (int day = 0; day <= 30; day++) {
        ps_rate_clock_set(&clock, START_NS + (uint64_t)day * 86400 * PS_NS_PER_SEC);
        ps_rates_add(&rates, &clock, 1.0f);
        expected = expected / 2.0 + 1.0;
    }
    CU_ASSERT_DOUBLE_EQUAL(read_after(&rates, 30 * 86400.0, PS_RATE_1D), expected, 1e-3);
    CU_ASSERT_DOUBLE_EQUAL(read_after(&rates, 30 * 86400.0, PS_RATE_5MIN), 1.0, 1e-3);
}

static void a_great_crowd_at_an_epochs_end_stays_finite(void)
{
    struct ps_rate_clock clock;
    struct ps_rates rates = { 0 };
    const uint64_t epoch_end_ns = (START_NS / 19200000000000ull + 1) * 19200000000000ull - 1;
    float counts[PS_RATE_COUNT];

    ps_rate_clock_set(&clock, epoch_end_ns);
    for (int i = 0; i < 1000; i++)
        ps_rates_add(&rates, &clock, 4294967295.0f);
    ps_rates_read(&rates, &clock, counts);
    CU_ASSERT_TRUE(isfinite(counts[PS_RATE_5MIN]));
    CU_ASSERT_DOUBLE_EQUAL(counts[PS_RATE_5MIN] / 4294967295.0e3, 1.0, 1e-3);
}

static void a_year_of_silence_leaves_nothing(void)
{
    struct ps_rate_clock clock;
    struct ps_rates rates = { 0 };

    ps_rate_clock_set(&clock, START_NS);
    ps_rates_add(&rates, &clock, 1e6f);
    for (unsigned k = 0; k < PS_RATE_COUNT; k++) {
        const float left = read_after(&rates, 365 * 86400.0, k);

        CU_ASSERT_TRUE(left >= 0.0f && left < 1e-6f);
    }
}

static void hours_keep_their_own_counts(void)
{
    struct ps_rate_clock clock;
    struct ps_hours hours = { 0 };

    ps_rate_clock_set(&clock, START_NS);
    const uint32_t hour = clock.hour;
    ps_hours_add(&hours, &clock, 4.0f);
    ps_rate_clock_set(&clock, START_NS + 48 * 3600 * PS_NS_PER_SEC);
    CU_ASSERT_EQUAL(clock.hour, hour);
    CU_ASSERT_DOUBLE_EQUAL(ps_hours_read(&hours, &clock, hour), 2.0, 1e-4);
    CU_ASSERT_EQUAL(ps_hours_read(&hours, &clock, (hour + 1) % PS_HOURS), 0.0f);
    ps_hours_add(&hours, &clock, 1.0f);
    CU_ASSERT_DOUBLE_EQUAL(ps_hours_read(&hours, &clock, hour), 3.0, 1e-4);
}

int main(void)
{
    static const struct ps_test tests[] = {
        PS_TEST(a_count_halves_in_its_half_life),
        PS_TEST(starts_of_many_epochs_add_up),
        PS_TEST(a_great_crowd_at_an_epochs_end_stays_finite),
        PS_TEST(a_year_of_silence_leaves_nothing),
        PS_TEST(hours_keep_their_own_counts),
    };

    return ps_test_run("host/predict/rates", tests, PS_ARRAY_LEN(tests));
}
