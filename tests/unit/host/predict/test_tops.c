/* SPDX-License-Identifier: BSD-3-Clause */
/* tests/unit/host/predict/test_tops.c - the hour's favourites stay, the rest passes through. */
#include "host/predict/tops_priv.h"

#include "host/base/clock.h"
#include "host/base/mem.h"
#include "tests/support/ps_test.h"

#define START_NS (1700000000ull * PS_NS_PER_SEC)

static struct ps_tops tops; /* large */

static void want(const struct ps_rate_clock *clock, struct ps_hours *hours, uint64_t media)
{
    ps_hours_add(hours, clock, 1.0f);
    ps_tops_offer(&tops, clock, media, hours);
}

static bool holds(uint32_t hour, uint64_t media)
{
    for (uint32_t i = 0; i < tops.count[hour]; i++)
        if (tops.media[hour][i].media_key == media)
            return true;
    return false;
}

static void a_favourite_survives_a_thousand_one_timers(void)
{
    struct ps_rate_clock clock;
    struct ps_hours favourite = { 0 };

    tops = (struct ps_tops){ 0 };
    ps_rate_clock_set(&clock, START_NS);
    for (int i = 0; i < 10; i++)
        want(&clock, &favourite, 7);
    for (uint64_t media = 1000; media < 2000; media++) {
        struct ps_hours once = { 0 };

        want(&clock, &once, media);
    }
    CU_ASSERT_TRUE(holds(clock.hour, 7));
    CU_ASSERT_EQUAL(tops.count[clock.hour], PS_TOPS_MAX);
    CU_ASSERT_EQUAL(tops.count[(clock.hour + 1) % PS_HOURS], 0);
}

static void an_old_favourite_makes_room_for_new_ones(void)
{
    struct ps_rate_clock clock;
    struct ps_hours old = { 0 };

    tops = (struct ps_tops){ 0 };
    ps_rate_clock_set(&clock, START_NS);
    for (int i = 0; i < 10; i++)
        want(&clock, &old, 7);
    ps_rate_clock_set(&clock, START_NS + 14 * 86400 * PS_NS_PER_SEC);
    for (uint64_t media = 1000; media < 1000 + PS_TOPS_MAX; media++) {
        struct ps_hours once = { 0 };

        want(&clock, &once, media);
    }
    CU_ASSERT_FALSE(holds(clock.hour, 7));
    CU_ASSERT_TRUE(holds(clock.hour, 1000));
}

static void a_media_stands_in_an_hour_once(void)
{
    struct ps_rate_clock clock;
    struct ps_hours hours = { 0 };

    tops = (struct ps_tops){ 0 };
    ps_rate_clock_set(&clock, START_NS);
    want(&clock, &hours, 7);
    want(&clock, &hours, 7);
    CU_ASSERT_EQUAL(tops.count[clock.hour], 1);
}

int main(void)
{
    static const struct ps_test tests[] = {
        PS_TEST(a_favourite_survives_a_thousand_one_timers),
        PS_TEST(an_old_favourite_makes_room_for_new_ones),
        PS_TEST(a_media_stands_in_an_hour_once),
    };

    return ps_test_run("host/predict/tops", tests, PS_ARRAY_LEN(tests));
}
