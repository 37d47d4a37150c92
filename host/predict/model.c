/* SPDX-License-Identifier: BSD-3-Clause */
/* host/predict/model.c - see model_priv.h. */
#include "host/predict/model_priv.h"

#include <math.h>
#include <stdint.h>
#include <string.h>

#include "host/predict/calibrate_priv.h"

#define DISPERSION 0.5f /* variance = mean + DISPERSION * mean^2 */
#define STEP       0.02f
#define SLOPE_MIN  1.0f /* keeps the first steps of a knot small */
#define LOG2_MIN   (-5.0f)

/* Where a value lies between the knots. Exponent and mantissa make a log2 that is exact at powers
 * of two and straight between them, which is all that an interpolation between knots can use. */
static float knot_position(float value)
{
    uint32_t bits;
    float log2_value;

    memcpy(&bits, &value, sizeof(bits));
    log2_value = (float)bits * 0x1p-23f - 127.0f;
    return fminf(fmaxf(log2_value - LOG2_MIN, 0.0f), (float)(PS_MODEL_KNOTS - 1) - 0.001f);
}

float ps_model_score(const struct ps_model *model, const struct ps_features *features,
                     float log_guess)
{
    float score = log_guess;

    for (unsigned f = 0; f < PS_FEATURE_COUNT; f++) {
        const float at = knot_position(features->value[f]);
        const unsigned knot = (unsigned)at;
        const float part = at - (float)knot;
        const float *weight = &model->weight[f][knot];

        score += weight[0] + part * (weight[1] - weight[0]);
    }
    return fminf(fmaxf(score, PS_CALIBRATE_SCORE_MIN), PS_CALIBRATE_SCORE_MAX);
}

static void step(float *weight, float *slope, float gradient)
{
    *slope += gradient * gradient;
    *weight += STEP * gradient / sqrtf(*slope + SLOPE_MIN);
}

void ps_model_learn(struct ps_model *model, const struct ps_features *features, float score,
                    float starts, float weight)
{
    const float expected = expf(score);
    const float gradient = weight * (starts - expected) / (1.0f + DISPERSION * expected);

    for (unsigned f = 0; f < PS_FEATURE_COUNT; f++) {
        const float at = knot_position(features->value[f]);
        const unsigned knot = (unsigned)at;
        const float part = at - (float)knot;

        step(&model->weight[f][knot], &model->slope[f][knot], (1.0f - part) * gradient);
        step(&model->weight[f][knot + 1], &model->slope[f][knot + 1], part * gradient);
    }
}

double ps_model_probability(double expected)
{
    const double q = 1.0 + (double)DISPERSION * expected;

    /* (1 + a m)^(-1/a) is the chance of none; with a = 1/2 that is a square. */
    return 1.0 - 1.0 / (q * q);
}
