/* SPDX-License-Identifier: BSD-3-Clause */
/* tests/unit/host/predict/test_audience.c - who asks for what, and how sure that is. */
#include "host/predict/audience_priv.h"

#include <math.h>

#include "host/base/mem.h"
#include "tests/support/ps_test.h"

#define NOW_S 1700000000u
#define HOUR  3600u
#define KINDS 3u /* a category */

static struct ps_audience audience;

static uint32_t read_shares(uint64_t media, uint8_t category, struct ps_audience_shares *ret)
{
    static struct ps_audience_moment moment;

    ps_audience_begin(&audience, &moment);
    return ps_audience_read(&moment, media, category, ret);
}

static void begin(void)
{
    audience = (struct ps_audience){ .now_s = 0 };
}

static struct ps_peer_class peer(uint32_t region, uint32_t device)
{
    return (struct ps_peer_class){ .region = (uint16_t)region, .device = (uint8_t)device };
}

static void want(uint64_t media, uint32_t region, uint32_t times, uint32_t now_s)
{
    const struct ps_peer_class class = peer(region, 1);

    for (uint32_t i = 0; i < times; i++)
        ps_audience_add(&audience, media, KINDS, &class, 1.0f, 2.0f, now_s);
}

/* The region's part of what a title is asked for. */
static double share_of(uint64_t media, uint32_t region)
{
    struct ps_audience_shares shares;
    const uint32_t count = read_shares(media, KINDS, &shares);
    double sum = 0.0, share = 0.0;

    for (uint32_t c = 0; c < count; c++) {
        sum += (double)shares.of[c];
        if (c != PS_AUDIENCE_OTHERS && audience.classes[c].region == region)
            share += (double)shares.of[c];
    }
    CU_ASSERT_DOUBLE_EQUAL(sum, 1.0, 1e-4);
    return share;
}

static void nobody_is_told_apart_before_anybody_came(void)
{
    struct ps_audience_shares shares;

    begin();
    CU_ASSERT_EQUAL(read_shares(1, KINDS, &shares), 0);
}

static void a_title_has_its_own_classes_and_a_new_one_those_of_its_kind(void)
{
    begin();
    for (uint32_t i = 0; i < 100; i++) {
        want(1, 1, 3, NOW_S + i);
        want(1, 2, 1, NOW_S + i);
        want(2, 2, 4, NOW_S + i);
    }
    CU_ASSERT_DOUBLE_EQUAL(share_of(1, 1), 0.75, 0.1);
    CU_ASSERT_TRUE(share_of(2, 1) < 0.1);
    CU_ASSERT_DOUBLE_EQUAL(share_of(99, 1), 300.0 / 800, 0.03);
}

static void few_starts_say_little(void)
{
    begin();
    want(1, 1, 100, NOW_S);
    want(1, 2, 100, NOW_S);
    want(2, 1, 2, NOW_S);
    CU_ASSERT_TRUE(share_of(2, 1) > 0.5);
    CU_ASSERT_TRUE(share_of(2, 1) < 0.7);
}

/* By day region 1 asks, by night region 2; a title is liked by both. In the day what is expected of
 * it is region 1's, though half of all its starts were region 2's. */
static void the_hour_tilts_shares(void)
{
    uint32_t now_s = NOW_S;

    begin();
    for (uint32_t day = 0; day < 4; day++)
        for (uint32_t hour = 0; hour < 24; hour++, now_s += HOUR) {
            want(1, hour < 12 ? 1 : 2, 20, now_s);
            want(2, hour < 12 ? 1 : 2, 20, now_s);
        }
    CU_ASSERT_TRUE(share_of(1, 2) > 0.9); /* it is night */
    for (uint32_t hour = 0; hour < 4; hour++, now_s += HOUR)
        want(2, 1, 20, now_s);
    CU_ASSERT_TRUE(share_of(1, 1) > 0.7); /* nobody asked for it yet, this morning */
}

static void habits_fade(void)
{
    begin();
    want(1, 1, 200, NOW_S);
    want(2, 2, 200, NOW_S);
    for (uint32_t day = 1; day < 8; day++) {
        want(1, 2, 100, NOW_S + day * 86400);
        want(2, 1, 100, NOW_S + day * 86400);
    }
    CU_ASSERT_TRUE(share_of(1, 2) > 0.8);
}

/* Counts that grow for months stay numbers. */
static void years_pass(void)
{
    begin();
    for (uint32_t week = 0; week < 200; week++) {
        want(1, 1, 3, NOW_S + week * 604800);
        want(1, 2, 1, NOW_S + week * 604800);
        CU_ASSERT_TRUE(isfinite(audience.sets[0].counts[0]));
    }
    CU_ASSERT_TRUE(share_of(1, 1) > 0.5);
    CU_ASSERT_TRUE(isfinite(audience.usual.of[1]) && isfinite(audience.lately.of[1]));
    want(1, 1, 1, NOW_S - 1000); /* time stands */
    CU_ASSERT_TRUE(share_of(1, 1) > 0.5);
}

static void classes_without_end_are_others(void)
{
    struct ps_audience_shares shares;

    begin();
    for (uint32_t region = 1; region <= 1000; region++)
        want(region % 50, region, 1, NOW_S);
    CU_ASSERT_EQUAL(audience.class_count, PS_AUDIENCE_CLASSES);
    CU_ASSERT_EQUAL(read_shares(7, KINDS, &shares), PS_AUDIENCE_CLASSES);
    CU_ASSERT_TRUE(shares.of[PS_AUDIENCE_OTHERS] > 0.8f);
}

/* A class that nobody belongs to any more gives its number to one that is new. */
static void forgotten_classes_make_room(void)
{
    begin();
    for (uint32_t region = 1; region < PS_AUDIENCE_CLASSES; region++)
        want(1, region, 1, NOW_S);
    want(1, 5000, 1, NOW_S + 2 * 86400);
    CU_ASSERT_TRUE(share_of(1, 5000) > 0.0);
    want(1, 5001, 1, NOW_S + 2 * 86400); /* not all at once */
    CU_ASSERT_EQUAL(share_of(1, 5001), 0.0);
    want(1, 5001, 1, NOW_S + 2 * 86400 + 61);
    CU_ASSERT_TRUE(share_of(1, 5001) > 0.0);
}

static void a_flood_of_titles_forgets_the_least_wanted(void)
{
    begin();
    want(1, 7, 200, NOW_S);
    for (uint64_t media = 2; media < 200000; media++)
        want(media, 1 + (uint32_t)(media % 3), 1, NOW_S);
    CU_ASSERT_TRUE(share_of(1, 7) > 0.5);
}

static void doubt_falls_with_what_is_known(void)
{
    CU_ASSERT_TRUE(ps_audience_doubt(0.1, 10) > ps_audience_doubt(0.1, 100));
    CU_ASSERT_TRUE(ps_audience_doubt(0.1, 10) > ps_audience_doubt(0.5, 10));
    CU_ASSERT_EQUAL(ps_audience_doubt(1.0, 10), 0.0);
    CU_ASSERT_TRUE(isfinite(ps_audience_doubt(0.0, 0.0)));
}

int main(void)
{
    static const struct ps_test tests[] = {
        PS_TEST(nobody_is_told_apart_before_anybody_came),
        PS_TEST(a_title_has_its_own_classes_and_a_new_one_those_of_its_kind),
        PS_TEST(few_starts_say_little),
        PS_TEST(the_hour_tilts_shares),
        PS_TEST(habits_fade),
        PS_TEST(years_pass),
        PS_TEST(classes_without_end_are_others),
        PS_TEST(forgotten_classes_make_room),
        PS_TEST(a_flood_of_titles_forgets_the_least_wanted),
        PS_TEST(doubt_falls_with_what_is_known),
    };

    return ps_test_run("host/predict/audience", tests, PS_ARRAY_LEN(tests));
}
