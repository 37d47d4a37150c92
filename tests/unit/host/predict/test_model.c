/* SPDX-License-Identifier: BSD-3-Clause */
/* tests/unit/host/predict/test_model.c - starts from the guess, learns a bend, survives extremes.
 */
#include "host/predict/model_priv.h"

#include <math.h>

#include "host/base/mem.h"
#include "host/predict/calibrate_priv.h"
#include "tests/support/ps_test.h"

static struct ps_model model; /* large; zeroed by each test that learns */

static struct ps_features with_own_hour(float count)
{
    struct ps_features features = { 0 };

    features.value[PS_FEATURE_OWN_1H] = count;
    return features;
}

static void untrained_it_says_the_guess(void)
{
    const struct ps_features features = with_own_hour(3.0f);

    model = (struct ps_model){ 0 };
    CU_ASSERT_EQUAL(ps_model_score(&model, &features, -1.5f), -1.5f);
}

static void it_learns_what_one_feature_is_worth(void)
{
    const struct ps_features few = with_own_hour(0.5f), many = with_own_hour(64.0f);

    model = (struct ps_model){ 0 };
    for (int i = 0; i < 20000; i++) {
        ps_model_learn(&model, &few, ps_model_score(&model, &few, 0.0f), i % 10 == 0, 1.0f);
        ps_model_learn(&model, &many, ps_model_score(&model, &many, 0.0f), 4.0f, 1.0f);
    }
    CU_ASSERT_DOUBLE_EQUAL(exp((double)ps_model_score(&model, &few, 0.0f)), 0.1, 0.05);
    CU_ASSERT_DOUBLE_EQUAL(exp((double)ps_model_score(&model, &many, 0.0f)), 4.0, 0.5);
}

static void extremes_stay_within_bounds(void)
{
    struct ps_features features;

    model = (struct ps_model){ 0 };
    for (unsigned f = 0; f < PS_FEATURE_COUNT; f++)
        features.value[f] = f % 3 == 0 ? 0.0f : f % 3 == 1 ? INFINITY : 1e-40f;
    for (int i = 0; i < 1000; i++) {
        const float score = ps_model_score(&model, &features, 100.0f);

        CU_ASSERT_TRUE(score >= PS_CALIBRATE_SCORE_MIN && score <= PS_CALIBRATE_SCORE_MAX);
        ps_model_learn(&model, &features, score, i % 2 == 0 ? 4294967295.0f : 0.0f, 8.0f);
    }
    CU_ASSERT_EQUAL(ps_model_score(&model, &features, -100.0f), PS_CALIBRATE_SCORE_MIN);
}

static void belief_is_a_probability_that_rises(void)
{
    double last = 0.0;

    CU_ASSERT_EQUAL(ps_model_probability(0.0), 0.0);
    for (double expected = 1e-6; expected < 1e6; expected *= 2.0) {
        const double p = ps_model_probability(expected);

        CU_ASSERT_TRUE(p > last && p < 1.0);
        CU_ASSERT_TRUE(p <= expected);
        last = p;
    }
}

int main(void)
{
    static const struct ps_test tests[] = {
        PS_TEST(untrained_it_says_the_guess),
        PS_TEST(it_learns_what_one_feature_is_worth),
        PS_TEST(extremes_stay_within_bounds),
        PS_TEST(belief_is_a_probability_that_rises),
    };

    return ps_test_run("host/predict/model", tests, PS_ARRAY_LEN(tests));
}
