/* SPDX-License-Identifier: BSD-3-Clause */
/* tests/unit/host/predict/test_features.c - what is known of a resource, read from what was seen.
 */
#include "host/predict/features_priv.h"

#include "host/predict/predict_priv.h"
#include "tests/unit/host/predict/audience.h"

static struct ps_features features_of(struct ps_predict *predict, uint64_t media, uint64_t profile,
                                      uint64_t now_ns)
{
    const struct ps_resource resource = { media, profile };
    struct ps_candidate candidate;
    struct ps_features features;

    PS_REQUIRE(ps_predict_find(predict, &resource, now_ns, &candidate));
    ps_predict_features(predict, &candidate, &features);
    return features;
}

/* Starts in five minutes that a feature stands for. */
static double starts_of(const struct ps_features *features, unsigned f)
{
    return exp2((double)features->value[f] - 8.0) - 1.0 / 256;
}

/* An hour: media 1 in profile 1 only, once a minute; others in profiles 1 and 2, three to one. */
static uint64_t an_hour(struct ps_predict *predict)
{
    uint64_t now_ns = START_NS;

    for (unsigned minute = 0; minute < 60; minute++, now_ns += MINUTE_NS) {
        want(predict, 1, 1, 1, now_ns);
        for (unsigned i = 0; i < 4; i++)
            want(predict, 10 + i, 1 + (i == 0), 1, now_ns + i * 10 * PS_NS_PER_SEC);
    }
    return now_ns;
}

static void each_has_words_and_a_scale(void)
{
    for (unsigned f = 0; f < PS_FEATURE_COUNT; f++) {
        const char *name = ps_feature_scales.name[f];

        PS_REQUIRE(name != NULL && name[0] != '\0');
        CU_ASSERT_EQUAL(ps_feature_scales.steps[f] > 0.0f, f < PS_FEATURE_SEEN);
        CU_ASSERT_TRUE(isfinite(ps_feature_scales.gain[f]));
    }
}

static void none_is_nothing_and_doubling_is_one_more(void)
{
    CU_ASSERT_DOUBLE_EQUAL(ps_feature_log(0.0f), 0.0, 1e-4);
    CU_ASSERT_DOUBLE_EQUAL(ps_feature_log(8.0f) - ps_feature_log(4.0f), 1.0, 1e-2);
    CU_ASSERT_TRUE(ps_feature_log(1000.0f) < 18.1f);
}

static void a_steady_rate_is_read_right(void)
{
    struct ps_predict *predict = new_predict(64, 64);
    const uint64_t now_ns = an_hour(predict);
    const struct ps_features features = features_of(predict, 1, 1, now_ns);

    CU_ASSERT_DOUBLE_EQUAL(starts_of(&features, PS_FEATURE_OWN + PS_SPAN_20MIN), 5.0, 1.0);
    CU_ASSERT_DOUBLE_EQUAL(starts_of(&features, PS_FEATURE_OWN + PS_SPAN_1H), 5.0, 1.0);
    CU_ASSERT_DOUBLE_EQUAL(exp2((double)features.value[PS_FEATURE_HAWKES] - 10.0), 5.0, 1.0);
    CU_ASSERT_DOUBLE_EQUAL(features.value[PS_FEATURE_GAP], log2(61.0), 0.05);
    ps_predict_destroy(predict);
}

static void an_unseen_profile_is_implied_by_its_usual_share(void)
{
    struct ps_predict *predict = new_predict(64, 64);
    const uint64_t now_ns = an_hour(predict);
    const struct ps_features unseen = features_of(predict, 1, 2, now_ns);
    const double implied = starts_of(&unseen, PS_FEATURE_IMPLIED_1H);

    CU_ASSERT_DOUBLE_EQUAL(starts_of(&unseen, PS_FEATURE_OWN + PS_SPAN_1H), 0.0, 1e-3);
    CU_ASSERT_TRUE(implied > 0.01); /* a fifth, were it not for its own habit */
    CU_ASSERT_TRUE(implied < 1.0);
    ps_predict_destroy(predict);
}

static void age_is_from_birth_and_never_from_the_future(void)
{
    struct ps_predict *predict = new_predict(64, 64);
    const uint64_t now_ns = an_hour(predict);

    ps_predict_describe(predict, 1,
                        &(struct ps_media_facts){ .born_ns = now_ns - 1024 * PS_NS_PER_SEC });
    CU_ASSERT_DOUBLE_EQUAL(features_of(predict, 1, 1, now_ns).value[PS_FEATURE_AGE], 10.0, 0.01);
    ps_predict_describe(predict, 1,
                        &(struct ps_media_facts){ .born_ns = now_ns + 1024 * PS_NS_PER_SEC });
    CU_ASSERT_DOUBLE_EQUAL(features_of(predict, 1, 1, now_ns).value[PS_FEATURE_AGE], 0.0, 1e-3);
    ps_predict_destroy(predict);
}

static void what_is_announced_is_read(void)
{
    struct ps_predict *predict = new_predict(64, 64);
    const uint64_t now_ns = an_hour(predict);
    const struct ps_forward_look look = { .source_key = 5,
                                          .due_ns = now_ns + 10 * MINUTE_NS,
                                          .resource = { 11, 1 },
                                          .probability = 1.0f };

    CU_ASSERT_EQUAL(ps_predict_look(predict, &look, now_ns), 0);
    const struct ps_features features = features_of(predict, 11, 1, now_ns);
    CU_ASSERT_DOUBLE_EQUAL(starts_of(&features, PS_FEATURE_LOOK + 1), 0.0, 1e-3);
    CU_ASSERT_DOUBLE_EQUAL(starts_of(&features, PS_FEATURE_LOOK + 2), 0.5, 0.01);
    CU_ASSERT_DOUBLE_EQUAL(starts_of(&features, PS_FEATURE_LOOK + 3), 0.5, 0.01);
    const struct ps_features other = features_of(predict, 12, 1, now_ns);
    CU_ASSERT_DOUBLE_EQUAL(starts_of(&other, PS_FEATURE_LOOK + 2), 0.0, 1e-3);
    ps_predict_destroy(predict);
}

static void what_is_left_out_reads_as_nothing_and_the_rest_as_ever(void)
{
    static const struct {
        uint32_t without;
        unsigned feature, untouched;
    } cases[] = {
        { PS_PREDICT_COUNTS_LONG, PS_FEATURE_OWN + PS_SPAN_1H, PS_FEATURE_OWN + PS_SPAN_20MIN },
        { PS_PREDICT_SIBLINGS, PS_FEATURE_IMPLIED_1H, PS_FEATURE_OWN + PS_SPAN_1H },
        { PS_PREDICT_AGE, PS_FEATURE_AGE, PS_FEATURE_GAP },
        { PS_PREDICT_LOOKS, PS_FEATURE_LOOK + 2, PS_FEATURE_IMPLIED_1H },
        { PS_PREDICT_CATEGORY, PS_FEATURE_CATEGORY, PS_FEATURE_AGE },
        { PS_PREDICT_HOURS, PS_FEATURE_HOUR_COS, PS_FEATURE_AGE },
        { PS_PREDICT_TREND, PS_FEATURE_TREND_LONG, PS_FEATURE_CATEGORY_TREND },
    };

    for (unsigned i = 0; i < PS_ARRAY_LEN(cases); i++) {
        const struct ps_predict_config cfg = { 64, 64, 0, cases[i].without };
        struct ps_predict *whole = new_predict(64, 64), *without = NULL;
        const struct ps_media_facts facts = { .category = 5 };
        uint64_t now_ns;

        PS_REQUIRE(ps_predict_create(&without, &cfg) == 0);
        an_hour(whole);
        now_ns = an_hour(without);
        const struct ps_forward_look look = { .source_key = 5,
                                              .due_ns = now_ns + 10 * MINUTE_NS,
                                              .resource = { 1, 1 },
                                              .probability = 1.0f };
        ps_predict_describe(whole, 1, &facts);
        ps_predict_describe(without, 1, &facts);
        CU_ASSERT_EQUAL(ps_predict_look(whole, &look, now_ns), 0);
        CU_ASSERT_EQUAL(ps_predict_look(without, &look, now_ns), 0);
        const struct ps_features all = features_of(whole, 1, 1, now_ns);
        const struct ps_features some = features_of(without, 1, 1, now_ns);
        CU_ASSERT_NOT_EQUAL(all.value[cases[i].feature], 0.0f);
        CU_ASSERT_EQUAL(some.value[cases[i].feature], 0.0f);
        CU_ASSERT_EQUAL(some.value[cases[i].untouched], all.value[cases[i].untouched]);
        ps_predict_destroy(whole);
        ps_predict_destroy(without);
    }
}

static void all_are_finite_for_what_nobody_ever_wanted(void)
{
    struct ps_predict *predict = new_predict(64, 64);

    ps_predict_know(predict, &(struct ps_resource){ 1, 1 }, START_NS);
    const struct ps_features features = features_of(predict, 1, 1, START_NS);
    for (unsigned f = 0; f < PS_FEATURES_PADDED; f++)
        CU_ASSERT_TRUE(isfinite(features.value[f]));
    ps_predict_destroy(predict);
}

int main(void)
{
    static const struct ps_test tests[] = {
        PS_TEST(each_has_words_and_a_scale),
        PS_TEST(none_is_nothing_and_doubling_is_one_more),
        PS_TEST(a_steady_rate_is_read_right),
        PS_TEST(an_unseen_profile_is_implied_by_its_usual_share),
        PS_TEST(age_is_from_birth_and_never_from_the_future),
        PS_TEST(what_is_announced_is_read),
        PS_TEST(what_is_left_out_reads_as_nothing_and_the_rest_as_ever),
        PS_TEST(all_are_finite_for_what_nobody_ever_wanted),
    };

    return ps_test_run("host/predict/features", tests, PS_ARRAY_LEN(tests));
}
