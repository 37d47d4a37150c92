/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * tests/unit/host/predict/test_curves_tick.c - told an interval at a time, the mix keeps up with
 * the best expert, and as many counts are below a quantile as it says.
 */
#include "tests/unit/host/predict/counts.h"

#define DAYS 5u

/* Mean counts of three classes, by interval. */
typedef double (*rate)(uint32_t class, uint32_t interval);

static double steady(uint32_t class, uint32_t interval)
{
    (void)interval;
    return 4.0 + 10.0 * class;
}

static double daily(uint32_t class, uint32_t interval)
{
    return steady(class, interval) * (1.1 + sin(2.0 * M_PI * interval / DAY));
}

/* Jumps every eight hours, to who knows where. */
static double jumping(uint32_t class, uint32_t interval)
{
    uint64_t state = interval / 96 * 977 + 5;

    chance(&state);
    return steady(class, interval) * (0.2 + 3.0 * chance(&state));
}

struct score {
    double ours, expert[PS_CURVES_EXPERTS_MAX];
    double below[PS_CURVES_LEVELS], below_of_others[PS_CURVES_LEVELS], judged;
};

static uint32_t counts[3][DAYS * DAY];

static void judge(const struct ps_curves *curves, uint32_t now, struct score score[])
{
    static const uint32_t lead[PS_HORIZON_COUNT] = { 1, 3, 12 };
    struct ps_curves_opinion opinions[PS_CURVES_EXPERTS_MAX];

    for (uint32_t c = 0; c < 3; c++) {
        const struct ps_curves_class of = class_of(1, c);
        const struct ps_curve curve = tell(curves, &of);
        const uint32_t count = ps_curves_opinions(curves, &of, opinions);

        for (unsigned h = 0; h < PS_HORIZON_COUNT && now + lead[h] <= DAYS * DAY; h++) {
            const struct ps_curve_step *step = &curve.step[lead[h] - 1];
            const double came = counts[c][now + lead[h] - 1];
            const double others = counts[(c + 1) % 3][now + lead[h] - 1];

            score[h].ours += fabs(step->expected - came);
            for (uint32_t e = 0; e < count; e++)
                score[h].expert[e] += isnan(opinions[e].expected[h])
                                          ? came /* never the best */ * 1e3
                                          : fabs(opinions[e].expected[h] - came);
            for (unsigned q = 0; q < PS_CURVES_LEVELS; q++) {
                score[h].below[q] += fmin(fmax(step->quantile[q] - came, 0.0), 1.0);
                score[h].below_of_others[q] += fmin(fmax(step->quantile[q] - others, 0.0), 1.0);
            }
            score[h].judged += 1.0;
        }
    }
}

/* Judged from the second day on. */
static void live(rate mean, struct score score[PS_HORIZON_COUNT])
{
    struct ps_curves *curves = new_curves(8);
    uint64_t state = 11;

    memset(score, 0, PS_HORIZON_COUNT * sizeof(*score));
    for (uint32_t c = 0; c < 3; c++)
        for (uint32_t i = 0; i < DAYS * DAY; i++)
            counts[c][i] = draw(mean(c, i), &state);
    for (uint32_t i = 0; i < DAYS * DAY; i++) {
        if (i >= DAY)
            judge(curves, i, score);
        for (uint32_t c = 0; c < 3; c++)
            want(curves, 1, c, FIRST + i, counts[c][i]);
        pass(curves, (FIRST + i + 1ull) * INTERVAL);
    }
    ps_curves_destroy(curves);
}

static double over_best(const struct score *score)
{
    double best = INFINITY;

    for (unsigned e = 0; e < PS_CURVES_EXPERTS_MAX; e++)
        if (score->expert[e] > 0.0)
            best = fmin(best, score->expert[e]);
    return score->ours / best;
}

static double over_worst(const struct score *score)
{
    double worst = 0.0;

    for (unsigned e = 0; e < PS_CURVES_EXPERTS_MAX; e++)
        worst = fmax(worst, score->expert[e]);
    return score->ours / worst;
}

static void expect_near_best(rate mean)
{
    struct score score[PS_HORIZON_COUNT];

    live(mean, score);
    for (unsigned h = 0; h < PS_HORIZON_COUNT; h++) {
        CU_ASSERT_TRUE(over_best(&score[h]) < 1.04);
        CU_ASSERT_TRUE(over_worst(&score[h]) < 0.9); /* so that choosing matters */
    }
}

static void noise_is_told_as_well_as_by_the_best_expert(void)
{
    expect_near_best(steady);
}

static void a_daily_season_is_told_as_well_as_by_the_best_expert(void)
{
    expect_near_best(daily);
}

static void jumps_are_told_as_well_as_by_the_best_expert(void)
{
    expect_near_best(jumping);
}

static void as_many_counts_are_below_a_quantile_as_it_says(void)
{
    static const rate rates[] = { steady, daily, jumping };
    struct score score[PS_HORIZON_COUNT];

    for (unsigned r = 0; r < 3; r++) {
        double off_of_others = 0.0;

        live(rates[r], score);
        for (unsigned h = 0; h < PS_HORIZON_COUNT; h++)
            for (unsigned q = 0; q < PS_CURVES_LEVELS; q++) {
                const double level = ps_curve_levels[q];

                CU_ASSERT_DOUBLE_EQUAL(score[h].below[q] / score[h].judged, level, 0.02);
                off_of_others = fmax(off_of_others,
                                     fabs(score[h].below_of_others[q] / score[h].judged - level));
            }
        CU_ASSERT_TRUE(off_of_others > 0.1); /* quantiles of another class are of no use */
    }
}

static void weights_of_the_experts_sum_to_one(void)
{
    struct ps_curves *curves = new_curves(8);
    struct ps_curves_opinion opinions[PS_CURVES_EXPERTS_MAX];
    double sum[PS_HORIZON_COUNT] = { 0 };

    for (uint32_t i = 0; i < 2 * DAY; i++)
        want(curves, 1, i % 3, FIRST + i, i % 5);
    pass(curves, (FIRST + 2ull * DAY) * INTERVAL);
    const uint32_t count = ps_curves_opinions(curves, &total, opinions); /* some sleep */
    for (uint32_t e = 0; e < count; e++)
        for (unsigned h = 0; h < PS_HORIZON_COUNT; h++)
            sum[h] += opinions[e].weight[h];
    for (unsigned h = 0; h < PS_HORIZON_COUNT; h++)
        CU_ASSERT_DOUBLE_EQUAL(sum[h], 1.0, 1e-6);
    ps_curves_destroy(curves);
}

int main(void)
{
    static const struct ps_test tests[] = {
        PS_TEST(noise_is_told_as_well_as_by_the_best_expert),
        PS_TEST(a_daily_season_is_told_as_well_as_by_the_best_expert),
        PS_TEST(jumps_are_told_as_well_as_by_the_best_expert),
        PS_TEST(as_many_counts_are_below_a_quantile_as_it_says),
        PS_TEST(weights_of_the_experts_sum_to_one),
    };

    return ps_test_run(__FILE__, tests, sizeof(tests) / sizeof(tests[0]));
}
