/* SPDX-License-Identifier: BSD-3-Clause */
/* tests/unit/host/predict/test_features.c - rates are shared out over profiles, and stay sane. */
#include "host/predict/features_priv.h"

#include <math.h>

#include "host/base/clock.h"
#include "host/base/mem.h"
#include "tests/support/ps_test.h"

#define START_NS (1700000000ull * PS_NS_PER_SEC)
#define HOUR_NS  (3600 * PS_NS_PER_SEC)

struct scene {
    struct ps_overall overall;
    struct ps_moment moment;
    struct ps_tracked_media media;
    struct ps_tracked_resource resource[2]; /* profiles 1 and 2 of one media */
};

/* An hour in which everything goes to profile 1, and other media's profile 2 takes a quarter. */
static void set_scene(struct scene *scene)
{
    const struct ps_resource other[2] = { { 9, 1 }, { 9, 2 } };

    *scene = (struct scene){ .overall = { .since_ns = START_NS },
                             .media = { .key = 7, .known_ns = START_NS },
                             .resource = { { .key = { 7, 1 }, .known_ns = START_NS },
                                           { .key = { 7, 2 }, .known_ns = START_NS } } };
    for (unsigned i = 0; i < 60; i++) {
        ps_moment_set(&scene->moment, &scene->overall, 3, START_NS + i * HOUR_NS / 60);
        for (unsigned n = 0; n < 4; n++)
            ps_overall_add(&scene->overall, &scene->moment.clock, &other[n == 0], 1.0f);
        ps_overall_add(&scene->overall, &scene->moment.clock, &scene->resource[0].key, 1.0f);
        ps_rates_add(&scene->resource[0].rates, &scene->moment.clock, 1.0f);
        ps_rates_add(&scene->media.rates, &scene->moment.clock, 1.0f);
        scene->media.last_start_ns = scene->moment.clock.now_ns;
        scene->resource[0].last_start_ns = scene->moment.clock.now_ns;
    }
    ps_moment_set(&scene->moment, &scene->overall, 3, START_NS + HOUR_NS);
}

static void a_steady_rate_is_guessed_right(void)
{
    struct scene scene;
    struct ps_features features;
    float per_s;

    set_scene(&scene);
    ps_features_read(&scene.moment, &scene.overall, &scene.resource[0], &scene.media, &features,
                     &per_s);
    CU_ASSERT_DOUBLE_EQUAL(per_s * 60.0f, 1.0, 0.15);
}

static void an_unseen_profile_gets_its_usual_share(void)
{
    struct scene scene;
    struct ps_features seen, unseen;
    float seen_per_s, unseen_per_s;

    set_scene(&scene);
    ps_features_read(&scene.moment, &scene.overall, &scene.resource[0], &scene.media, &seen,
                     &seen_per_s);
    ps_features_read(&scene.moment, &scene.overall, &scene.resource[1], &scene.media, &unseen,
                     &unseen_per_s);
    CU_ASSERT_EQUAL(unseen.value[PS_FEATURE_OWN_1H], 0.0f);
    CU_ASSERT_TRUE(unseen.value[PS_FEATURE_IMPLIED_1H] > 0.0f);
    CU_ASSERT_TRUE(unseen_per_s > 0.0f && unseen_per_s < seen_per_s / 4.0f);
    CU_ASSERT_TRUE(isinf(unseen.value[PS_FEATURE_GAP]));
}

static void shares_sum_to_one(void)
{
    struct scene scene;
    float sum = 0.0f;

    set_scene(&scene);
    for (unsigned p = 0; p < scene.overall.profile_count; p++)
        sum += scene.moment.profile_share[p];
    CU_ASSERT_EQUAL(scene.overall.profile_count, 2);
    CU_ASSERT_DOUBLE_EQUAL(sum, 1.0, 1e-5);
}

static void more_profiles_than_places_share_the_last(void)
{
    struct scene scene;

    set_scene(&scene);
    for (uint64_t profile = 1; profile < 100; profile++) {
        const struct ps_resource key = { 9, profile };

        ps_overall_add(&scene.overall, &scene.moment.clock, &key, 1.0f);
    }
    CU_ASSERT_EQUAL(scene.overall.profile_count, PS_PROFILES_MAX);
    ps_moment_set(&scene.moment, &scene.overall, 3, START_NS + HOUR_NS);
}

static void knowing_nothing_still_guesses_more_than_nothing(void)
{
    const struct ps_overall overall = { 0 };
    const struct ps_tracked_media media = { .known_ns = START_NS };
    const struct ps_tracked_resource resource = { .known_ns = START_NS };
    struct ps_moment moment;
    struct ps_features features;
    float per_s;

    ps_moment_set(&moment, &overall, 1, START_NS);
    ps_features_read(&moment, &overall, &resource, &media, &features, &per_s);
    CU_ASSERT_TRUE(per_s > 0.0f && per_s < 1.0f);
    for (unsigned f = 0; f < PS_FEATURE_COUNT; f++)
        CU_ASSERT_TRUE(features.value[f] >= 0.0f);
}

int main(void)
{
    static const struct ps_test tests[] = {
        PS_TEST(a_steady_rate_is_guessed_right),
        PS_TEST(an_unseen_profile_gets_its_usual_share),
        PS_TEST(shares_sum_to_one),
        PS_TEST(more_profiles_than_places_share_the_last),
        PS_TEST(knowing_nothing_still_guesses_more_than_nothing),
    };

    return ps_test_run("host/predict/features", tests, PS_ARRAY_LEN(tests));
}
