/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * host/predict/why.c - which of the things known of a resource made its answer what it is.
 *
 * By occlusion: a feature's effect is what the starts expected in 15 minutes would be without it,
 * that is with the value that it usually has.
 */
#include <math.h>

#include "host/predict/predict_priv.h"

#define OUTLOOK 2u /* 15 minutes */
#define LEAST   0.02f

static float starts_log(const struct ps_predict *predict, const struct ps_features *features)
{
    struct ps_network_output network;
    const float odds = ps_predict_blend(predict, features, &network)[OUTLOOK];

    return logf(fmaxf(ps_softplus(odds), 1e-6f));
}

/* In the unit that the name means: requests of the next 5 minutes, seconds, or a ratio. */
static double value_of(unsigned f, float value)
{
    if (f == PS_FEATURE_GAP || f == PS_FEATURE_AGE || f == PS_FEATURE_STARTS)
        return exp2((double)value) - 1.0;
    if (f == PS_FEATURE_HAWKES)
        return exp2((double)value - 10.0);
    if (f < PS_FEATURE_TREND_SHORT)
        return fmax(0.0, exp2((double)value - 8.0) - 1.0 / 256);
    return f < PS_FEATURE_HOUR_SIN ? exp2((double)value) : (double)value;
}

static void offer(struct ps_predict_why *why, const struct ps_predict_factor *factor)
{
    uint32_t at = why->count < PS_PREDICT_FACTORS_MAX ? why->count++ : PS_PREDICT_FACTORS_MAX;

    for (; at > 0 && fabs(log(why->factors[at - 1].effect)) < fabs(log(factor->effect)); at--)
        if (at < PS_PREDICT_FACTORS_MAX)
            why->factors[at] = why->factors[at - 1];
    if (at < PS_PREDICT_FACTORS_MAX)
        why->factors[at] = *factor;
}

bool ps_predict_why(struct ps_predict *predict, const struct ps_resource *resource, uint64_t now_ns,
                    struct ps_predict_why *ret_why)
{
    struct ps_candidate candidate;
    struct ps_features features;
    float all;

    ret_why->count = 0;
    if (!ps_predict_find(predict, resource, now_ns, &candidate))
        return false;
    ps_predict_features(predict, &candidate, &features);
    all = starts_log(predict, &features);
    for (unsigned f = 0; f < PS_FEATURE_COUNT; f++) {
        const float value = features.value[f];
        float effect;

        features.value[f] = predict->mind.usual.value[f];
        effect = all - starts_log(predict, &features);
        features.value[f] = value;
        if (fabsf(effect) >= LEAST)
            offer(ret_why, &(struct ps_predict_factor){ .name = ps_feature_scales.name[f],
                                                        .value = value_of(f, value),
                                                        .effect = exp((double)effect) });
    }
    return true;
}
