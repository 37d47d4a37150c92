/* SPDX-License-Identifier: BSD-3-Clause */
/* tests/unit/host/predict/test_reach.c - how many first segments a title's viewers come to. */
#include "host/predict/reach_priv.h"

#include <math.h>
#include <string.h>

#include "tests/unit/host/predict/audience.h"

#define NOW_S    1700000000u
#define NEWS     3u
#define FILM     4u
#define NO_ONE   77u
#define SEGMENTS PS_PREDICT_SEGMENTS

static struct ps_reach reach;
static float share[SEGMENTS];

static void begin(void)
{
    memset(&reach, 0, sizeof(reach));
}

/* A viewer from the first segment to the one before @p end. */
static void watch(uint64_t media, uint8_t category, uint32_t end, uint32_t now_s)
{
    for (uint32_t k = 0; k < end && k < SEGMENTS; k++)
        ps_reach_add(&reach, media, category, k, now_s);
}

static const float *read_of(uint64_t media, uint8_t category)
{
    ps_reach_read(&reach, media, category, share);
    return share;
}

static void without_viewers_most_stay(void)
{
    begin();
    read_of(1, NEWS);
    for (unsigned k = 0; k < SEGMENTS; k++)
        CU_ASSERT_DOUBLE_EQUAL((double)share[k], pow((double)PS_REACH_STAYS, k), 1e-5);
}

static void what_nobody_watches_past_two_segments_ends_there(void)
{
    begin();
    for (unsigned viewer = 0; viewer < 200; viewer++)
        watch(1, NEWS, 2, NOW_S + viewer);
    read_of(1, NEWS);
    CU_ASSERT_EQUAL(share[0], 1.0f);
    CU_ASSERT_TRUE(share[1] > 0.95f);
    for (unsigned k = 2; k < SEGMENTS; k++)
        CU_ASSERT_TRUE(share[k] < 0.05f);
}

static void what_is_watched_through_is_worth_all(void)
{
    begin();
    for (unsigned viewer = 0; viewer < 200; viewer++)
        watch(1, NEWS, SEGMENTS, NOW_S + viewer);
    CU_ASSERT_TRUE(read_of(1, NEWS)[SEGMENTS - 1] > 0.95f);
}

static void half_leave_and_half_stay(void)
{
    begin();
    for (unsigned viewer = 0; viewer < 400; viewer++)
        watch(1, NEWS, viewer % 2 == 0 ? 3 : SEGMENTS, NOW_S + viewer);
    read_of(1, NEWS);
    CU_ASSERT_TRUE(share[2] > 0.95f);
    CU_ASSERT_DOUBLE_EQUAL((double)share[3], 0.5, 0.05);
    CU_ASSERT_DOUBLE_EQUAL((double)share[11], 0.5, 0.05);
}

static void a_young_title_is_like_its_category(void)
{
    begin();
    for (unsigned viewer = 0; viewer < 300; viewer++) {
        watch(1 + viewer % 30, NEWS, 2, NOW_S + viewer);
        watch(1001 + viewer % 30, FILM, SEGMENTS, NOW_S + viewer);
    }
    CU_ASSERT_TRUE(read_of(NO_ONE, NEWS)[2] < 0.1f);
    CU_ASSERT_TRUE(read_of(NO_ONE, FILM)[8] > 0.9f);
    const float others = read_of(NO_ONE, 9)[5]; /* a category that is new is like all */
    CU_ASSERT_TRUE(others > 0.4f && others < 0.7f);
    for (unsigned viewer = 0; viewer < 100; viewer++)
        watch(NO_ONE, NEWS, SEGMENTS, NOW_S + viewer);
    CU_ASSERT_TRUE(read_of(NO_ONE, NEWS)[8] > 0.9f); /* and then like itself */
}

static void shares_never_rise_and_stay_in_bounds(void)
{
    begin();
    for (unsigned viewer = 0; viewer < 300; viewer++) /* all begin in the middle */
        for (uint32_t k = 5; k < 9; k++)
            ps_reach_add(&reach, 1, NEWS, k, NOW_S + viewer);
    ps_reach_add(&reach, 1, NEWS, 0, NOW_S);
    read_of(1, NEWS);
    for (unsigned k = 0; k < SEGMENTS; k++)
        CU_ASSERT_TRUE(share[k] >= 0.0f && share[k] <= (k == 0 ? 1.0f : share[k - 1]));
}

static void habits_may_change(void)
{
    begin();
    for (unsigned viewer = 0; viewer < 5000; viewer++)
        watch(1, NEWS, SEGMENTS, NOW_S + viewer);
    for (unsigned viewer = 0; viewer < 600; viewer++)
        watch(1, NEWS, 2, NOW_S + 5000 + viewer);
    CU_ASSERT_TRUE(read_of(1, NEWS)[4] < 0.2f);
}

static void segments_without_an_index_tell_a_rate(void)
{
    begin();
    for (unsigned i = 0; i < 20; i++)
        ps_reach_count(&reach, 1, 2, 4, NOW_S + i); /* two segments a start: half stay */
    read_of(1, NEWS);
    CU_ASSERT_TRUE(share[1] < 0.65f && share[1] > 0.45f);
    CU_ASSERT_TRUE(share[4] < 0.25f);
    for (unsigned i = 0; i < 20; i++)
        ps_reach_count(&reach, 2, 1, 0, NOW_S + i); /* starts and nothing else */
    CU_ASSERT_TRUE(read_of(2, NEWS)[1] < 0.4f);
}

static void titles_seen_often_outlive_a_flood(void)
{
    begin();
    for (unsigned viewer = 0; viewer < 50; viewer++)
        watch(1, NEWS, 2, NOW_S + viewer);
    for (uint64_t media = 1000; media < 101000; media++)
        watch(media, FILM, SEGMENTS, NOW_S + 60);
    CU_ASSERT_TRUE(read_of(1, NEWS)[3] < 0.2f);
    CU_ASSERT_TRUE(read_of(NO_ONE, FILM)[3] > 0.9f);
}

static void titles_of_long_ago_make_room(void)
{
    uint32_t found = 0;

    begin();
    for (uint64_t media = 1; media <= 20000; media++)
        for (unsigned viewer = 0; viewer < 5; viewer++)
            ps_reach_add(&reach, media, NEWS, 0, NOW_S);
    for (uint64_t media = 50001; media <= 50500; media++)
        for (unsigned viewer = 0; viewer < 2; viewer++)
            ps_reach_add(&reach, media, NEWS, 0, NOW_S + 10 * 86400);
    for (unsigned i = 0; i < PS_REACH_TITLES; i++)
        found += reach.titles[i].media_key > 50000;
    CU_ASSERT_TRUE(found > 450);
}

/* ---- through the predictor ---- */

static void the_predictor_tells_titles_apart_and_keeps_it(void)
{
    struct ps_predict *predict = new_predict(64, 64), *again = new_predict(64, 64);
    float clip[SEGMENTS], film[SEGMENTS];
    void *data = NULL;
    size_t size_bytes = 0;

    ps_predict_reached(predict, 1, 0); /* not tracked: forgotten */
    for (unsigned viewer = 0; viewer < 100; viewer++) {
        const uint64_t now_ns = START_NS + viewer * PS_NS_PER_SEC;

        want(predict, 1, 1, 1, now_ns);
        want(predict, 2, 1, 1, now_ns);
        for (int32_t k = -1; k < 40; k++) {
            if (k < 2)
                ps_predict_reached(predict, 1, k);
            ps_predict_reached(predict, 2, k);
        }
    }
    PS_REQUIRE(ps_predict_save(predict, &data, &size_bytes) == 0);
    PS_REQUIRE(ps_predict_load(again, data, size_bytes) == 0);
    free(data);
    ps_predict_reach(again, 1, clip);
    ps_predict_reach(again, 2, film);
    CU_ASSERT_TRUE(clip[1] > 0.9f && clip[2] < 0.1f);
    CU_ASSERT_TRUE(film[11] > 0.9f);
    ps_predict_destroy(predict);
    ps_predict_destroy(again);
}

static void a_log_replayed_tells_it_too(void)
{
    struct ps_predict *predict = new_predict(64, 64);
    float clip[SEGMENTS];

    for (unsigned viewer = 0; viewer < 60; viewer++) {
        struct ps_demand_sample samples[] = {
            { .starts = 1, .source = PS_DEMAND_HISTORY },
            { .segments = 1, .reached = 1, .source = PS_DEMAND_HISTORY },
            { .segments = 1, .reached = 2, .source = PS_DEMAND_HISTORY },
            { .segments = 1, .reached = UINT32_MAX, .source = PS_DEMAND_HISTORY },
        };
        const struct ps_demand demand = { .samples = samples, .capacity = 4, .count = 4 };
        const uint64_t now_ns = START_NS + viewer * PS_NS_PER_SEC;

        for (unsigned i = 0; i < PS_ARRAY_LEN(samples); i++) {
            samples[i].resource = (struct ps_resource){ 1, 1 };
            samples[i].end_ns = now_ns;
        }
        ps_predict_learn(predict, &demand, now_ns);
    }
    ps_predict_reach(predict, 1, clip);
    CU_ASSERT_TRUE(clip[1] > 0.9f && clip[2] < 0.15f);
    ps_predict_destroy(predict);
}

int main(void)
{
    static const struct ps_test tests[] = {
        PS_TEST(without_viewers_most_stay),
        PS_TEST(what_nobody_watches_past_two_segments_ends_there),
        PS_TEST(what_is_watched_through_is_worth_all),
        PS_TEST(half_leave_and_half_stay),
        PS_TEST(a_young_title_is_like_its_category),
        PS_TEST(shares_never_rise_and_stay_in_bounds),
        PS_TEST(habits_may_change),
        PS_TEST(segments_without_an_index_tell_a_rate),
        PS_TEST(titles_seen_often_outlive_a_flood),
        PS_TEST(titles_of_long_ago_make_room),
        PS_TEST(the_predictor_tells_titles_apart_and_keeps_it),
        PS_TEST(a_log_replayed_tells_it_too),
    };

    return ps_test_run("host/predict/reach.c", tests, PS_ARRAY_LEN(tests));
}
