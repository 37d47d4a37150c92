/* SPDX-License-Identifier: BSD-3-Clause */
/* host/predict/curves_mix.c - see curves_mix_priv.h. */
#include "host/predict/curves_mix_priv.h"

#include <math.h>

#define KEEP_OWN   0.98 /* of losses, each interval */
#define KEEP_POOL  0.99
#define RATE_OWN   1.0 /* of a loss as large as the mix's usual error */
#define RATE_POOL  1.0
#define SCALE_GAIN 0.02
#define LEVEL_FEW  4.0 /* outcomes an interval; with fewer, levels move more slowly */
#define LOSS_MAX   4.0 /* one interval's, so that a burst does not decide for hours */

const uint32_t ps_mix_lead[PS_HORIZON_COUNT] = { 1, 3, PS_CURVES_STEPS };

uint32_t ps_mix_place(enum ps_horizon h, uint64_t interval)
{
    static const uint32_t first[PS_HORIZON_COUNT] = { 0, 1, 4 };

    return first[h] + (uint32_t)(interval % ps_mix_lead[h]);
}

struct ps_forecast *ps_mix_waiting(struct ps_mix *mix, enum ps_horizon h, uint64_t interval)
{
    return &mix->waiting[ps_mix_place(h, interval)];
}

void ps_mix_drop(struct ps_mix *mix)
{
    for (unsigned i = 0; i < PS_MIX_WAITING; i++)
        mix->waiting[i].told = NAN;
}

static double loss_of(double said, double count, double scale)
{
    return fmin(fabs(said - count) / scale, LOSS_MAX);
}

/* Losses are counted from the mix's own, which is what sleepers lose. */
static void judge_experts(struct ps_mix *mix, struct ps_pool *pool, enum ps_horizon h,
                          const struct ps_forecast *forecast, double count)
{
    const double scale = mix->scale[h] + 0.1;
    const double own = loss_of((double)forecast->direct, count, scale);

    for (unsigned e = 0; e < PS_EXPERT_COUNT; e++) {
        const double said = (double)forecast->says[e];
        const double loss = isnan(said) ? 0.0 : loss_of(said, count, scale) - own;

        mix->loss[h][e] = KEEP_OWN * mix->loss[h][e] + loss;
        pool->losses[h][e] += loss;
    }
}

void ps_mix_judge(struct ps_mix *mix, struct ps_pool *pool, uint64_t interval, double count)
{
    for (unsigned h = 0; h < PS_HORIZON_COUNT; h++) {
        const struct ps_forecast *forecast = ps_mix_waiting(mix, h, interval);
        const double told = (double)forecast->told;

        if (isnan(told))
            continue;
        judge_experts(mix, pool, h, forecast, count);
        mix->scale[h] += (mix->scale[h] == 0.0 ? 1.0 : SCALE_GAIN) *
                         (fabs((double)forecast->direct - count) - mix->scale[h]);
        ps_dispersion_learn(&mix->dispersion[h], told, (double)forecast->relative, count);
        ps_dispersion_learn(&pool->dispersion[h], told, (double)forecast->relative, count);
        for (unsigned q = 0; q < PS_CURVES_LEVELS; q++)
            pool->below[h][q] += ps_spread_below(count, (double)forecast->quantile[q]);
        pool->judged[h] += 1.0;
    }
}

void ps_pool_settle(struct ps_pool *pool)
{
    for (unsigned h = 0; h < PS_HORIZON_COUNT; h++) {
        const double judged = pool->judged[h];

        if (judged == 0.0)
            continue;
        for (unsigned e = 0; e < PS_EXPERT_COUNT; e++) {
            pool->loss[h][e] = KEEP_POOL * pool->loss[h][e] + pool->losses[h][e] / judged;
            pool->losses[h][e] = 0.0;
        }
        for (unsigned q = 0; q < PS_CURVES_LEVELS; q++)
            pool->below[h][q] /= judged;
        ps_levels_learn(&pool->levels[h], pool->below[h], sqrt(judged / (judged + LEVEL_FEW)));
        for (unsigned q = 0; q < PS_CURVES_LEVELS; q++)
            pool->below[h][q] = 0.0;
        pool->judged[h] = 0.0;
    }
}

double ps_mix_between(const double at[PS_HORIZON_COUNT], uint32_t lead)
{
    const unsigned h = lead < ps_mix_lead[1] ? 0 : 1;
    const double part =
        (double)(lead - ps_mix_lead[h]) / (double)(ps_mix_lead[h + 1] - ps_mix_lead[h]);

    return at[h] + part * (at[h + 1] - at[h]);
}

/* Weights of one horizon. */
static void weigh(const struct ps_mix *mix, const struct ps_pool *pool, enum ps_horizon h,
                  double ret[PS_EXPERT_COUNT])
{
    double least = INFINITY, sum = 0.0;

    for (unsigned e = 0; e < PS_EXPERT_COUNT; e++) {
        ret[e] = RATE_OWN * mix->loss[h][e] + RATE_POOL * pool->loss[h][e];
        least = fmin(least, ret[e]);
    }
    for (unsigned e = 0; e < PS_EXPERT_COUNT; e++) {
        ret[e] = exp(least - ret[e]);
        sum += ret[e];
    }
    for (unsigned e = 0; e < PS_EXPERT_COUNT; e++)
        ret[e] /= sum;
}

void ps_mix_weigh(const struct ps_mix *mix, const struct ps_pool *pool,
                  double ret[PS_HORIZON_COUNT][PS_EXPERT_COUNT])
{
    for (unsigned h = 0; h < PS_HORIZON_COUNT; h++)
        weigh(mix, pool, h, ret[h]);
}

double ps_mix_blend(const float says[PS_EXPERT_COUNT],
                    double weights[PS_HORIZON_COUNT][PS_EXPERT_COUNT], uint32_t lead)
{
    double sum = 0.0, awake = 0.0;

    for (unsigned e = 0; e < PS_EXPERT_COUNT; e++) {
        const double at[PS_HORIZON_COUNT] = { weights[0][e], weights[1][e], weights[2][e] };
        const double weight = ps_mix_between(at, lead);

        if (isnan(says[e]))
            continue;
        sum += weight * (double)says[e];
        awake += weight;
    }
    return sum / awake;
}
