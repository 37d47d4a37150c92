/* SPDX-License-Identifier: BSD-3-Clause */
/* tests/unit/host/predict/test_calibrate.c - what is said follows what happens, and never falls. */
#include "host/predict/calibrate_priv.h"

#include <math.h>
#include <stdint.h>

#include "host/base/mem.h"
#include "host/predict/model_priv.h"
#include "tests/support/ps_test.h"

static double random_unit(uint64_t *state)
{
    *state = *state * 6364136223846793005ull + 1442695040888963407ull;
    return (double)(*state >> 33) * 0x1p-31;
}

static void says_what_the_model_believes_before_any_outcome(void)
{
    struct ps_calibrate calibrate;

    ps_calibrate_init(&calibrate);
    for (float score = -6.0f; score < 4.0f; score += 0.1f)
        CU_ASSERT_DOUBLE_EQUAL(ps_calibrate_read(&calibrate, score),
                               ps_model_probability(exp((double)score)), 0.01);
}

static void learns_a_model_that_promises_twice_too_much(void)
{
    struct ps_calibrate calibrate;
    uint64_t state = 1;

    ps_calibrate_init(&calibrate);
    for (int tick = 0; tick < 200; tick++) {
        for (int i = 0; i < 200; i++) {
            const double score = -4.0 + 5.0 * random_unit(&state);
            const double truth = ps_model_probability(exp(score)) / 2.0;

            ps_calibrate_add(&calibrate, (float)score, 1.0, random_unit(&state) < truth);
        }
        ps_calibrate_tick(&calibrate);
    }
    for (float score = -3.5f; score < 0.8f; score += 0.25f)
        CU_ASSERT_DOUBLE_EQUAL(ps_calibrate_read(&calibrate, score),
                               ps_model_probability(exp((double)score)) / 2.0, 0.05);
}

static void never_falls_as_the_score_rises(void)
{
    struct ps_calibrate calibrate;
    uint64_t state = 2;
    float last = 0.0f;

    ps_calibrate_init(&calibrate);
    for (int i = 0; i < 3000; i++)
        ps_calibrate_add(&calibrate, (float)(-14.0 + 22.0 * random_unit(&state)), 1.0,
                         random_unit(&state) < 0.5);
    ps_calibrate_tick(&calibrate);
    for (float score = -15.0f; score < 9.0f; score += 0.01f) {
        const float said = ps_calibrate_read(&calibrate, score);

        CU_ASSERT_TRUE(said >= last);
        CU_ASSERT_TRUE(said > 0.0f && said < 1.0f);
        last = said;
    }
}

static void forgets_an_old_world(void)
{
    const float width =
        (PS_CALIBRATE_SCORE_MAX - PS_CALIBRATE_SCORE_MIN) / (float)PS_CALIBRATE_BINS;
    const float middle = PS_CALIBRATE_SCORE_MIN + 48.5f * width; /* of a bin, away from others */
    struct ps_calibrate calibrate;

    ps_calibrate_init(&calibrate);
    for (int hit = 1; hit >= 0; hit--) {
        for (int tick = 0; tick < 2000; tick++) {
            ps_calibrate_add(&calibrate, middle, 10.0, hit);
            ps_calibrate_tick(&calibrate);
        }
        CU_ASSERT_DOUBLE_EQUAL(ps_calibrate_read(&calibrate, middle), hit, 0.1);
    }
}

int main(void)
{
    static const struct ps_test tests[] = {
        PS_TEST(says_what_the_model_believes_before_any_outcome),
        PS_TEST(learns_a_model_that_promises_twice_too_much),
        PS_TEST(never_falls_as_the_score_rises),
        PS_TEST(forgets_an_old_world),
    };

    return ps_test_run("host/predict/calibrate", tests, PS_ARRAY_LEN(tests));
}
