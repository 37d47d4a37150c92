/* SPDX-License-Identifier: BSD-3-Clause */
/* tests/unit/host/predict/test_tops.c - the hour's favourites stay, the rest passes through. */
#include "host/predict/tops_priv.h"

#include <string.h>

#include "host/base/mem.h"
#include "tests/support/ps_test.h"

#define DAY_S   86400u
#define NOW_S   (19700u * DAY_S + 20u * 3600u + 600u) /* a while after eight in the evening */
#define EVENING 20u

static struct ps_tops tops; /* large */

static void begin(void)
{
    memset(&tops, 0, sizeof(tops));
}

static void what_was_added_is_read_in_its_hour_only(void)
{
    begin();
    ps_tops_add(&tops, 7, NOW_S, 2.0f);
    ps_tops_add(&tops, 7, NOW_S + 60, 3.0f);
    for (uint8_t hour = 0; hour < PS_HOURS; hour++)
        CU_ASSERT_EQUAL(ps_tops_read(&tops, 7, hour, NOW_S), hour == EVENING ? 5.0f : 0.0f);
    CU_ASSERT_EQUAL(ps_tops_read(&tops, 8, EVENING, NOW_S), 0.0f);
}

static void counts_are_halved_every_day_until_nothing_is_left(void)
{
    begin();
    ps_tops_add(&tops, 7, NOW_S, 8.0f);
    CU_ASSERT_EQUAL(ps_tops_read(&tops, 7, EVENING, NOW_S + DAY_S), 4.0f);
    CU_ASSERT_EQUAL(ps_tops_read(&tops, 7, EVENING, NOW_S + 3 * DAY_S), 1.0f);
    CU_ASSERT_EQUAL(ps_tops_read(&tops, 7, EVENING, NOW_S + 3000 * DAY_S), 0.0f);
    ps_tops_add(&tops, 7, NOW_S + DAY_S, 1.0f);
    CU_ASSERT_EQUAL(ps_tops_read(&tops, 7, EVENING, NOW_S + DAY_S), 5.0f);
}

static void a_favourite_survives_a_thousand_one_timers(void)
{
    begin();
    ps_tops_add(&tops, 7, NOW_S, 20.0f);
    for (uint64_t media = 1000; media < 2000; media++)
        ps_tops_add(&tops, media, NOW_S, 1.0f);
    CU_ASSERT_EQUAL(ps_tops_read(&tops, 7, EVENING, NOW_S), 20.0f);
}

static void an_old_favourite_makes_room_for_new_ones(void)
{
    begin();
    ps_tops_add(&tops, 7, NOW_S, 20.0f);
    for (uint64_t media = 1000; media < 2000; media++)
        ps_tops_add(&tops, media, NOW_S + 14 * DAY_S, 1.0f);
    CU_ASSERT_EQUAL(ps_tops_read(&tops, 7, EVENING, NOW_S + 14 * DAY_S), 0.0f);
}

/* Whoever takes a place takes its count, so nobody is under-estimated; all of them together are
 * what was added. */
static void no_media_is_read_as_less_than_it_had(void)
{
    float sum = 0.0f, had[600] = { 0 };
    uint64_t random = 1;

    begin();
    for (unsigned i = 0; i < 20000; i++) {
        random = random * 6364136223846793005ull + 1442695040888963407ull;
        const uint64_t media = (random >> 33) % 600;

        had[media] += 1.0f;
        ps_tops_add(&tops, media, NOW_S, 1.0f);
    }
    for (uint64_t media = 0; media < 600; media++) {
        const float read = ps_tops_read(&tops, media, EVENING, NOW_S);

        CU_ASSERT_TRUE(read == 0.0f || read >= had[media]);
        sum += read;
    }
    CU_ASSERT_EQUAL(sum, 20000.0f);
}

static void a_media_stands_in_an_hour_once(void)
{
    unsigned places = 0;

    begin();
    for (unsigned day = 0; day < 5; day++)
        for (unsigned i = 0; i < 20; i++)
            ps_tops_add(&tops, 7, NOW_S + day * DAY_S, 1.0f);
    for (unsigned i = 0; i < PS_TOPS_MAX; i++)
        places += tops.media[EVENING][i].starts > 0.0f;
    CU_ASSERT_EQUAL(places, 1);
}

int main(void)
{
    static const struct ps_test tests[] = {
        PS_TEST(what_was_added_is_read_in_its_hour_only),
        PS_TEST(counts_are_halved_every_day_until_nothing_is_left),
        PS_TEST(a_favourite_survives_a_thousand_one_timers),
        PS_TEST(an_old_favourite_makes_room_for_new_ones),
        PS_TEST(no_media_is_read_as_less_than_it_had),
        PS_TEST(a_media_stands_in_an_hour_once),
    };

    return ps_test_run("host/predict/tops", tests, PS_ARRAY_LEN(tests));
}
