/* SPDX-License-Identifier: BSD-3-Clause */
/* tests/unit/host/predict/test_curves_mix.c - who was right lately weighs most. */
#include "host/predict/curves_mix_priv.h"

#include <math.h>
#include <string.h>

#include "tests/support/ps_test.h"

enum { GOOD = 3, SLEEPER = 5 }; /* two of the experts */

static struct ps_mix mix;
static struct ps_pool pool;
static double weights[PS_HORIZON_COUNT][PS_EXPERT_COUNT];

static void fresh(void)
{
    memset(&mix, 0, sizeof(mix));
    memset(&pool, 0, sizeof(pool));
    ps_mix_drop(&mix);
}

/* All say 130 but @p good, who says 104, and the sleeper; 100 come. */
static void live(unsigned intervals, unsigned good)
{
    for (uint64_t now = 0; now < intervals; now++) {
        ps_mix_judge(&mix, &pool, now, 100.0);
        ps_pool_settle(&pool);
        ps_mix_weigh(&mix, &pool, weights);
        for (unsigned h = 0; h < PS_HORIZON_COUNT; h++) {
            struct ps_forecast *forecast = ps_mix_waiting(&mix, h, now + ps_mix_lead[h]);

            for (unsigned e = 0; e < PS_EXPERT_COUNT; e++)
                forecast->says[e] = e == SLEEPER ? NAN : e == good ? 104.0f : 130.0f;
            forecast->direct = (float)ps_mix_blend(forecast->says, weights, ps_mix_lead[h]);
            forecast->told = forecast->direct;
        }
    }
}

static double sum_of(const double of[PS_EXPERT_COUNT])
{
    double sum = 0.0;

    for (unsigned e = 0; e < PS_EXPERT_COUNT; e++)
        sum += of[e];
    return sum;
}

static void the_best_expert_wins_at_every_horizon(void)
{
    fresh();
    live(100, GOOD);
    for (unsigned h = 0; h < PS_HORIZON_COUNT; h++) {
        CU_ASSERT_DOUBLE_EQUAL(sum_of(weights[h]), 1.0, 1e-9);
        CU_ASSERT_TRUE(weights[h][GOOD] > 1e6 * weights[h][0]);
    }
}

static void a_change_of_the_best_is_noticed(void)
{
    fresh();
    live(100, GOOD);
    live(100, GOOD + 1);
    for (unsigned h = 0; h < PS_HORIZON_COUNT; h++)
        CU_ASSERT_TRUE(weights[h][GOOD + 1] > 10.0 * weights[h][GOOD]);
}

static void alike_experts_weigh_alike(void)
{
    fresh();
    live(100, PS_EXPERT_COUNT); /* nobody is better */
    for (unsigned h = 0; h < PS_HORIZON_COUNT; h++)
        for (unsigned e = 0; e < PS_EXPERT_COUNT; e++)
            CU_ASSERT_DOUBLE_EQUAL(weights[h][e], 1.0 / PS_EXPERT_COUNT, 1e-6);
}

static void a_sleeper_neither_speaks_nor_is_judged(void)
{
    float says[PS_EXPERT_COUNT];

    fresh();
    live(50, GOOD);
    CU_ASSERT_EQUAL(mix.loss[PS_HORIZON_5MIN][SLEEPER], 0.0);
    for (unsigned e = 0; e < PS_EXPERT_COUNT; e++)
        says[e] = e == SLEEPER ? NAN : 8.0f;
    CU_ASSERT_DOUBLE_EQUAL(ps_mix_blend(says, weights, 7), 8.0, 1e-9);
}

static void what_was_said_is_judged_when_its_time_has_come_only(void)
{
    fresh();
    for (unsigned h = 0; h < PS_HORIZON_COUNT; h++)
        for (uint64_t at = 1000; at < 1000 + ps_mix_lead[h]; at++)
            for (uint64_t other = at + 1; other < 1000 + ps_mix_lead[h]; other++)
                CU_ASSERT_NOT_EQUAL(ps_mix_place(h, at), ps_mix_place(h, other));
    CU_ASSERT_TRUE(ps_mix_place(PS_HORIZON_60MIN, 11) < PS_MIX_WAITING);
    live(ps_mix_lead[PS_HORIZON_60MIN], GOOD);
    CU_ASSERT_EQUAL(mix.loss[PS_HORIZON_60MIN][0], 0.0);
    CU_ASSERT_TRUE(mix.loss[PS_HORIZON_5MIN][0] > 0.0);
}

static void nothing_waits_after_a_drop(void)
{
    fresh();
    live(30, GOOD);
    ps_mix_drop(&mix);
    const double before = mix.loss[PS_HORIZON_5MIN][0];
    ps_mix_judge(&mix, &pool, 30, 1e6);
    CU_ASSERT_EQUAL(mix.loss[PS_HORIZON_5MIN][0], before);
}

static void leads_between_horizons_lie_between(void)
{
    const double at[PS_HORIZON_COUNT] = { 1.0, 3.0, 12.0 };

    for (uint32_t lead = 1; lead <= PS_CURVES_STEPS; lead++)
        CU_ASSERT_DOUBLE_EQUAL(ps_mix_between(at, lead), lead, 1e-9);
}

int main(void)
{
    static const struct ps_test tests[] = {
        PS_TEST(the_best_expert_wins_at_every_horizon),
        PS_TEST(a_change_of_the_best_is_noticed),
        PS_TEST(alike_experts_weigh_alike),
        PS_TEST(a_sleeper_neither_speaks_nor_is_judged),
        PS_TEST(what_was_said_is_judged_when_its_time_has_come_only),
        PS_TEST(nothing_waits_after_a_drop),
        PS_TEST(leads_between_horizons_lie_between),
    };

    return ps_test_run(__FILE__, tests, sizeof(tests) / sizeof(tests[0]));
}
