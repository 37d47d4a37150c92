/* SPDX-License-Identifier: BSD-3-Clause */
/* tests/unit/tools/generate/test_audience.c - where, when, on what, how active, how honest. */
#include "tools/generate/audience.h"

#include <math.h>

#include "host/base/mem.h"
#include "tests/support/ps_test.h"

#define USERS 4000u

static const bool all_there[GEN_CATEGORIES] = { true, true, true, true, true };

static struct gen_config new_config(void)
{
    struct gen_config cfg;

    gen_config_defaults(&cfg);
    cfg.users = USERS;
    return cfg;
}

static void start(struct gen_audience *audience, const struct gen_config *cfg)
{
    *audience = (struct gen_audience){ 0 };
    PS_REQUIRE(gen_audience_init(audience, cfg) == 0);
}

/* The busiest minute's rate over the quietest's, of zone 1. */
static double swing(const struct gen_config *cfg, double *ret_requests)
{
    struct gen_scene scene;
    double least = INFINITY, most = 0.0;

    *ret_requests = 0.0;
    for (double at_s = 0.0; at_s < (double)cfg->days * 86400.0; at_s += 600.0) {
        gen_scene_set(&scene, cfg, at_s, all_there);
        least = fmin(least, scene.rate[0]);
        most = fmax(most, scene.rate[0]);
        *ret_requests += scene.total_rate * 600.0;
    }
    return most / least;
}

static void the_hours_swing_as_deep_as_asked_and_the_sum_stays(void)
{
    struct gen_config cfg = new_config();
    double requests;

    CU_ASSERT_TRUE(swing(&cfg, &requests) > 3.0);
    CU_ASSERT_DOUBLE_EQUAL(requests / (double)cfg.requests, 1.0, 1e-6);
    cfg.hours = 0;
    CU_ASSERT_DOUBLE_EQUAL(swing(&cfg, &requests), 1.0, 1e-9);
    CU_ASSERT_DOUBLE_EQUAL(requests / (double)cfg.requests, 1.0, 1e-6);
}

static void each_zone_has_its_own_evening(void)
{
    const struct gen_config cfg = new_config();
    struct gen_scene scene;
    double best[GEN_ZONES_MAX] = { 0 }, peak_s[GEN_ZONES_MAX] = { 0 };

    for (double at_s = 0.0; at_s < 86400.0; at_s += 600.0) {
        gen_scene_set(&scene, &cfg, at_s, all_there);
        for (uint32_t z = 0; z < GEN_ZONES_MAX; z++) {
            if (scene.rate[z] <= best[z])
                continue;
            best[z] = scene.rate[z];
            peak_s[z] = at_s;
        }
    }
    CU_ASSERT_EQUAL(peak_s[0] - peak_s[1], 3600.0);
    CU_ASSERT_EQUAL(peak_s[0] - peak_s[2], 6 * 3600.0);
}

static void one_zone_has_all_viewers_and_all_requests(void)
{
    struct gen_config cfg = new_config();
    struct gen_audience audience;
    struct gen_scene scene;

    cfg.zones = 1;
    start(&audience, &cfg);
    gen_scene_set(&scene, &cfg, 0.0, all_there);
    CU_ASSERT_EQUAL(audience.first[1], USERS);
    CU_ASSERT_EQUAL(scene.rate[0], scene.total_rate);
    CU_ASSERT_EQUAL(gen_audience_pick(&audience, 1, 0.5), GEN_NONE);
    gen_audience_fini(&audience);
}

/* Part of a zone's activity that its most active tenth has. */
static double top_tenth(const struct gen_config *cfg)
{
    struct gen_audience audience;
    double top = 0.0;

    start(&audience, cfg);
    const uint32_t count = audience.first[1];
    double shares[USERS];
    for (uint32_t i = 0; i < count; i++)
        shares[i] =
            (audience.sums[i] - (i == 0 ? 0.0 : audience.sums[i - 1])) / audience.sums[count - 1];
    gen_audience_fini(&audience);
    for (uint32_t k = 0; k < count / 10; k++) {
        uint32_t best = 0;

        for (uint32_t i = 0; i < count; i++)
            best = shares[i] > shares[best] ? i : best;
        top += shares[best];
        shares[best] = 0.0;
    }
    return top;
}

static void few_viewers_are_most_active_unless_all_are_alike(void)
{
    struct gen_config cfg = new_config();

    cfg.users = 1000;
    CU_ASSERT_DOUBLE_EQUAL(top_tenth(&cfg), 0.39, 0.08); /* of a log-normal law, deviation 1 */
    cfg.activity = 0;
    CU_ASSERT_DOUBLE_EQUAL(top_tenth(&cfg), 0.1, 0.001);
}

static uint32_t count_lies(const struct gen_config *cfg, uint8_t least, uint8_t most)
{
    struct gen_audience audience;
    uint32_t count = 0;

    start(&audience, cfg);
    for (uint32_t i = 0; i < USERS; i++)
        count += audience.users[i].lies >= least && audience.users[i].lies <= most;
    gen_audience_fini(&audience);
    return count;
}

static void agents_and_liars_are_as_many_as_asked(void)
{
    struct gen_config cfg = new_config();

    CU_ASSERT_DOUBLE_EQUAL(count_lies(&cfg, 0, 100) / (double)USERS, 0.60, 0.04);
    CU_ASSERT_DOUBLE_EQUAL(count_lies(&cfg, 80, 100) / (double)USERS, 0.06, 0.02);
    cfg.liars = 0;
    CU_ASSERT_EQUAL(count_lies(&cfg, 31, 100), 0);
    cfg.lies = 0;
    CU_ASSERT_EQUAL(count_lies(&cfg, 1, 100), 0);
    cfg.agents = 0;
    CU_ASSERT_EQUAL(count_lies(&cfg, GEN_NO_AGENT, GEN_NO_AGENT), USERS);
}

static void viewers_wish_what_is_there_and_favourites_more(void)
{
    static const bool only_film[GEN_CATEGORIES] = { [GEN_FILM] = true };
    static const bool nothing[GEN_CATEGORIES];
    const struct gen_config cfg = new_config();
    struct gen_scene scene;

    gen_scene_set(&scene, &cfg, 0.0, all_there);
    CU_ASSERT_TRUE(scene.wish[0][0][GEN_NEWS][GEN_NEWS] >
                   1.5 * scene.wish[0][0][GEN_FILM][GEN_NEWS]);
    CU_ASSERT_TRUE(scene.wish[0][GEN_TELEVISION][0][GEN_FILM] >
                   2.0 * scene.wish[0][GEN_PHONE][0][GEN_FILM]);
    gen_scene_set(&scene, &cfg, 0.0, only_film);
    CU_ASSERT_EQUAL(scene.wish[0][0][0][GEN_FILM], 1.0);
    gen_scene_set(&scene, &cfg, 0.0, nothing);
    CU_ASSERT_EQUAL(scene.wish[0][0][0][GEN_FILM], 0.0);
}

static void shares_of_devices_and_profiles_are_whole(void)
{
    struct gen_config cfg = new_config();

    for (uint32_t d = 0; d < GEN_DEVICES; d++) {
        double devices = 0.0, profiles = 0.0;

        for (uint32_t k = 0; k < GEN_DEVICES; k++)
            devices += gen_device_share(&cfg, d, k);
        for (uint32_t p = 0; p < GEN_PROFILES; p++)
            profiles += gen_profile_share(d, p);
        CU_ASSERT_DOUBLE_EQUAL(devices, 1.0, 1e-12);
        CU_ASSERT_DOUBLE_EQUAL(profiles, 1.0, 1e-12);
    }
    cfg.other_device = 0;
    CU_ASSERT_EQUAL(gen_device_share(&cfg, GEN_PHONE, GEN_TABLET), 0.0);
}

int main(void)
{
    static const struct ps_test tests[] = {
        PS_TEST(the_hours_swing_as_deep_as_asked_and_the_sum_stays),
        PS_TEST(each_zone_has_its_own_evening),
        PS_TEST(one_zone_has_all_viewers_and_all_requests),
        PS_TEST(few_viewers_are_most_active_unless_all_are_alike),
        PS_TEST(agents_and_liars_are_as_many_as_asked),
        PS_TEST(viewers_wish_what_is_there_and_favourites_more),
        PS_TEST(shares_of_devices_and_profiles_are_whole),
    };

    return ps_test_run("tools/generate/audience", tests, PS_ARRAY_LEN(tests));
}
