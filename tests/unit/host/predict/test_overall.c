/* SPDX-License-Identifier: BSD-3-Clause */
/* tests/unit/host/predict/test_overall.c - shares, trends and hours of everything together. */
#include "host/predict/overall_priv.h"

#include <math.h>

#include "host/base/mem.h"
#include "tests/support/ps_test.h"

#define DAY_S   86400u
#define START_S (19700u * DAY_S) /* midnight */
#define NEWS    3u
#define FILMS   4u

static struct ps_overall overall;
static struct ps_moment moment;

/* Starts of both categories through one hour, evenly. */
static void hour_of(uint32_t hour, unsigned news, unsigned films)
{
    for (unsigned s = 0; s < 3600; s++) {
        const uint32_t now_s = START_S + hour * 3600u + s;

        if (s * news / 3600 != (s + 1) * news / 3600)
            ps_overall_add(&overall, NEWS, 0, now_s, 1.0f);
        if (s * films / 3600 != (s + 1) * films / 3600)
            ps_overall_add(&overall, FILMS, 0, now_s, 1.0f);
    }
}

static void profiles_are_numbered_as_they_come(void)
{
    ps_overall_init(&overall);
    CU_ASSERT_EQUAL(ps_overall_find_profile(&overall, 70), PS_PROFILE_NONE);
    CU_ASSERT_EQUAL(ps_overall_profile(&overall, 70), 0);
    CU_ASSERT_EQUAL(ps_overall_profile(&overall, 71), 1);
    CU_ASSERT_EQUAL(ps_overall_profile(&overall, 70), 0);
    CU_ASSERT_EQUAL(ps_overall_find_profile(&overall, 71), 1);
    CU_ASSERT_EQUAL(overall.profile_count, 2);
}

static void more_profiles_than_places_share_the_last(void)
{
    ps_overall_init(&overall);
    for (uint64_t key = 1; key <= PS_PROFILES_MAX; key++)
        CU_ASSERT_EQUAL(ps_overall_profile(&overall, key), key - 1);
    for (uint64_t key = 1000; key < 1100; key++) {
        CU_ASSERT_EQUAL(ps_overall_profile(&overall, key), PS_PROFILES_MAX - 1);
        CU_ASSERT_EQUAL(ps_overall_find_profile(&overall, key), PS_PROFILE_NONE);
    }
    CU_ASSERT_EQUAL(overall.profile_count, PS_PROFILES_MAX);
}

static void shares_of_profiles_sum_to_one(void)
{
    float sum = 0.0f;

    ps_overall_init(&overall);
    for (uint64_t key = 1; key <= 100; key++) {
        const uint8_t profile = ps_overall_profile(&overall, key);

        ps_overall_add(&overall, 0, profile, START_S + (uint32_t)key, key == 1 ? 300.0f : 1.0f);
    }
    ps_moment_set(&moment, &overall, START_S + 101);
    for (unsigned p = 0; p < overall.profile_count; p++) {
        CU_ASSERT_TRUE(moment.profile_share[p] > 0.0f);
        sum += moment.profile_share[p];
    }
    CU_ASSERT_DOUBLE_EQUAL(sum, 1.0, 1e-5);
    CU_ASSERT_TRUE(moment.profile_share[0] > 0.65f && moment.profile_share[0] < 0.76f);
}

static void shares_of_a_steady_rate_say_what_five_minutes_bring(void)
{
    ps_overall_init(&overall);
    for (uint32_t s = 0; s < 30 * DAY_S; s += 60)
        ps_overall_add(&overall, 0, 0, START_S + s, 1.0f);
    ps_moment_set(&moment, &overall, START_S + 30 * DAY_S);
    for (unsigned k = PS_SPAN_20MIN; k < PS_SPAN_COUNT; k++) {
        const float seen = ps_span_s[k] / 60.0f / 0.6931f; /* what it counts to at this rate */

        CU_ASSERT_DOUBLE_EQUAL(moment.per_all[k] * seen, 5.0, 0.7);
    }
    CU_ASSERT_DOUBLE_EQUAL(moment.trend_short, 0.0, 0.2);
    CU_ASSERT_DOUBLE_EQUAL(moment.trend_long, 0.0, 0.2);
}

static void a_crowd_is_a_trend_of_its_category_alone(void)
{
    ps_overall_init(&overall);
    for (uint32_t hour = 0; hour < 240; hour++)
        hour_of(hour, 10, 10);
    hour_of(240, 10, 80);
    ps_moment_set(&moment, &overall, START_S + 241 * 3600u);
    CU_ASSERT_TRUE(moment.category_trend[FILMS] > 1.0f);
    CU_ASSERT_DOUBLE_EQUAL(moment.category_trend[NEWS], 0.0, 0.4);
    CU_ASSERT_TRUE(moment.trend_long > 0.5f);
}

/* Films are for the evening. */
static void live(uint32_t hours)
{
    for (uint32_t hour = 0; hour < hours; hour++)
        hour_of(hour, 20, hour % 24 == 20 ? 80 : 10);
}

static void the_coming_hour_is_known_after_a_day(void)
{
    ps_overall_init(&overall);
    live(24 + 20);
    ps_moment_set(&moment, &overall, START_S + (24 + 20) * 3600u);
    CU_ASSERT_EQUAL(moment.hour, 20);
    CU_ASSERT_DOUBLE_EQUAL(moment.category_hour[FILMS], log2(82.0 / 12.0), 0.01);
    CU_ASSERT_DOUBLE_EQUAL(moment.category_hour[NEWS], 0.0, 0.01);
    ps_moment_set(&moment, &overall, START_S + (24 + 20) * 3600u + 1800u); /* half of it is over */
    CU_ASSERT_DOUBLE_EQUAL(moment.category_hour[FILMS], 0.0, 0.01);
}

static void no_hour_is_known_before_a_day_has_passed(void)
{
    ps_overall_init(&overall);
    live(20);
    ps_moment_set(&moment, &overall, START_S + 20 * 3600u);
    for (unsigned c = 0; c < PS_CATEGORIES; c++)
        CU_ASSERT_EQUAL(moment.category_hour[c], 0.0f);
}

/* The hour in which silence began keeps its starts, however long the silence. */
static void silence_moves_no_starts_to_other_hours(void)
{
    ps_overall_init(&overall);
    hour_of(20, 0, 80);
    ps_moment_set(&moment, &overall, START_S + (20 + 31) * 3600u);
    CU_ASSERT_TRUE(overall.hours[FILMS][20] > 10.0f);
    CU_ASSERT_EQUAL(overall.hours[FILMS][(20 + 31 - 24) % 24], 0.0f);
}

static void long_silence_leaves_everything_finite(void)
{
    ps_overall_init(&overall);
    live(48);
    for (uint32_t days = 10; days < 20000; days *= 3) {
        ps_moment_set(&moment, &overall, START_S + days * DAY_S);
        for (unsigned k = 0; k < PS_SPAN_COUNT; k++)
            CU_ASSERT_TRUE(isfinite(moment.per_all[k]) && moment.per_all[k] > 0.0f);
        for (unsigned c = 0; c < PS_CATEGORIES; c++)
            CU_ASSERT_TRUE(isfinite(moment.category_trend[c]) && isfinite(moment.category_hour[c]));
        CU_ASSERT_TRUE(isfinite(moment.trend_short) && isfinite(moment.trend_long));
    }
}

static void nothing_seen_is_finite_too(void)
{
    ps_overall_init(&overall);
    ps_moment_set(&moment, &overall, START_S);
    CU_ASSERT_TRUE(isfinite(moment.trend_short) && isfinite(moment.per_all[0]));
    CU_ASSERT_DOUBLE_EQUAL(moment.hour_sin * moment.hour_sin + moment.hour_cos * moment.hour_cos,
                           1.0, 1e-5);
}

int main(void)
{
    static const struct ps_test tests[] = {
        PS_TEST(profiles_are_numbered_as_they_come),
        PS_TEST(more_profiles_than_places_share_the_last),
        PS_TEST(shares_of_profiles_sum_to_one),
        PS_TEST(shares_of_a_steady_rate_say_what_five_minutes_bring),
        PS_TEST(a_crowd_is_a_trend_of_its_category_alone),
        PS_TEST(the_coming_hour_is_known_after_a_day),
        PS_TEST(no_hour_is_known_before_a_day_has_passed),
        PS_TEST(silence_moves_no_starts_to_other_hours),
        PS_TEST(long_silence_leaves_everything_finite),
        PS_TEST(nothing_seen_is_finite_too),
    };

    return ps_test_run("host/predict/overall", tests, PS_ARRAY_LEN(tests));
}
