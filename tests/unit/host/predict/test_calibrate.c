/* SPDX-License-Identifier: BSD-3-Clause */
/* tests/unit/host/predict/test_calibrate.c - what is said follows what happens, and never falls. */
#include "host/predict/calibrate_priv.h"

#include <math.h>
#include <stdint.h>

#include "host/base/mem.h"
#include "tests/support/ps_test.h"

static double random_unit(uint64_t *state)
{
    *state = *state * 6364136223846793005ull + 1442695040888963407ull;
    return (double)(*state >> 33) * 0x1p-31;
}

static double logistic(double log_odds)
{
    return 1.0 / (1.0 + exp(-log_odds));
}

static void says_what_the_experts_believe_before_any_outcome(void)
{
    struct ps_calibrate calibrate;

    ps_calibrate_init(&calibrate);
    for (float odds = -11.0f; odds < 3.5f; odds += 0.1f)
        CU_ASSERT_DOUBLE_EQUAL(ps_calibrate_read(&calibrate, odds), logistic((double)odds), 0.01);
}

static void learns_experts_that_promise_twice_too_much(void)
{
    struct ps_calibrate calibrate;
    uint64_t state = 1;

    ps_calibrate_init(&calibrate);
    for (int tick = 0; tick < 600; tick++) {
        for (int i = 0; i < 1000; i++) {
            const double odds = -4.0 + 5.0 * random_unit(&state);

            ps_calibrate_add(&calibrate, (float)odds, 1.0f,
                             random_unit(&state) < logistic(odds) / 2.0 ? 1.0f : 0.0f);
        }
        ps_calibrate_tick(&calibrate);
    }
    for (float odds = -3.5f; odds < 0.8f; odds += 0.25f)
        CU_ASSERT_DOUBLE_EQUAL(ps_calibrate_read(&calibrate, odds), logistic((double)odds) / 2.0,
                               0.02);
}

static void one_outcome_with_weight_counts_as_so_many(void)
{
    struct ps_calibrate heavy, many;

    ps_calibrate_init(&heavy);
    ps_calibrate_init(&many);
    ps_calibrate_add(&heavy, -2.0f, 400.0f, 1.0f);
    for (int i = 0; i < 400; i++)
        ps_calibrate_add(&many, -2.0f, 1.0f, 1.0f);
    ps_calibrate_tick(&heavy);
    ps_calibrate_tick(&many);
    CU_ASSERT_DOUBLE_EQUAL(ps_calibrate_read(&heavy, -2.0f), ps_calibrate_read(&many, -2.0f), 1e-5);
    CU_ASSERT_TRUE(ps_calibrate_read(&heavy, -2.0f) > (float)logistic(-2.0) + 0.1f);
}

static void never_falls_as_the_log_odds_rise(void)
{
    struct ps_calibrate calibrate;
    uint64_t state = 2;
    float last = 0.0f;

    ps_calibrate_init(&calibrate);
    for (int i = 0; i < 3000; i++)
        ps_calibrate_add(&calibrate, (float)(-14.0 + 22.0 * random_unit(&state)), 1.0f,
                         random_unit(&state) < 0.5 ? 1.0f : 0.0f);
    ps_calibrate_tick(&calibrate);
    for (float odds = -100.0f; odds < 100.0f; odds += 0.05f) {
        const float said = ps_calibrate_read(&calibrate, odds);

        CU_ASSERT_TRUE(said >= last - 1e-7f);
        CU_ASSERT_TRUE(said > 0.0f && said < 1.0f);
        last = said;
    }
}

static void certainty_is_never_said(void)
{
    struct ps_calibrate calibrate;

    ps_calibrate_init(&calibrate);
    for (int i = 0; i < 1000; i++) {
        ps_calibrate_add(&calibrate, -100.0f, 1000.0f, 0.0f);
        ps_calibrate_add(&calibrate, 100.0f, 1000.0f, 1.0f);
    }
    ps_calibrate_tick(&calibrate);
    CU_ASSERT_TRUE(ps_calibrate_read(&calibrate, -INFINITY) > 0.0f);
    CU_ASSERT_TRUE(ps_calibrate_read(&calibrate, INFINITY) < 1.0f);
}

static void forgets_an_old_world(void)
{
    const float width = (PS_CALIBRATE_MAX - PS_CALIBRATE_MIN) / (float)PS_CALIBRATE_BINS;
    const float middle = PS_CALIBRATE_MIN + 48.5f * width; /* of a bin, away from others */
    struct ps_calibrate calibrate;

    ps_calibrate_init(&calibrate);
    for (int hit = 1; hit >= 0; hit--) {
        for (int tick = 0; tick < 2000; tick++) {
            ps_calibrate_add(&calibrate, middle, 100.0f, (float)hit);
            ps_calibrate_tick(&calibrate);
        }
        CU_ASSERT_DOUBLE_EQUAL(ps_calibrate_read(&calibrate, middle), hit, 0.1);
    }
    for (int tick = 0; tick < 5000; tick++)
        ps_calibrate_tick(&calibrate); /* silence: back to what is said */
    CU_ASSERT_DOUBLE_EQUAL(ps_calibrate_read(&calibrate, middle), logistic((double)middle), 0.01);
}

int main(void)
{
    static const struct ps_test tests[] = {
        PS_TEST(says_what_the_experts_believe_before_any_outcome),
        PS_TEST(learns_experts_that_promise_twice_too_much),
        PS_TEST(one_outcome_with_weight_counts_as_so_many),
        PS_TEST(never_falls_as_the_log_odds_rise),
        PS_TEST(certainty_is_never_said),
        PS_TEST(forgets_an_old_world),
    };

    return ps_test_run("host/predict/calibrate", tests, PS_ARRAY_LEN(tests));
}
