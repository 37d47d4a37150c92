/* SPDX-License-Identifier: BSD-3-Clause */
/* host/predict/network.c - see network_priv.h. */
#include "host/predict/network_priv.h"

#include <math.h>

#define RATE       0.02f
#define SQUARES_0  0.1f /* of a gradient, before any was seen */
#define LEAK       0.05f
#define FADE       0.98f
#define DISPERSION 0.5f /* of counts: variance = mean + this * mean^2 */
#define SLOPE_MAX  2.0f
#define LOG_MIN    (-12.0f)
#define LOG_MAX    8.0f

/* All floats of the layers as one row. */
#define LAYER_FLOATS (sizeof(struct ps_network_layers) / sizeof(float))

static float chance(uint64_t *random)
{
    uint64_t x = *random;

    x ^= x << 13;
    x ^= x >> 7;
    x ^= x << 17;
    *random = x;
    return (float)(x >> 40) * 0x1p-24f - 0.5f;
}

void ps_network_init(struct ps_network *network)
{
    uint64_t random = 88172645463325252ull;

    *network = (struct ps_network){ 0 };
    for (unsigned h = 0; h < PS_NETWORK_HIDDEN; h++) {
        for (unsigned i = 0; i < PS_FEATURES_PADDED; i++)
            network->weight.first[i][h] = 0.6f * chance(&random);
        for (unsigned o = 0; o < PS_NETWORK_OUTPUTS; o++)
            network->weight.second[o][h] = 0.4f * chance(&random);
    }
    for (unsigned o = 0; o < PS_NETWORK_OUTPUTS; o++)
        network->weight.second_bias[o] = -3.0f;
    for (unsigned i = 0; i < LAYER_FLOATS; i++)
        ((float *)&network->squares)[i] = SQUARES_0;
}

static void scale(const struct ps_features *features, float ret[PS_FEATURES_PADDED])
{
    for (unsigned f = 0; f < PS_FEATURE_COUNT; f++)
        ret[f] = (features->value[f] - ps_feature_scales[f].middle) * ps_feature_scales[f].gain;
}

static void hidden_of(const struct ps_network_layers *weight, const float x[PS_FEATURES_PADDED],
                      float ret[PS_NETWORK_HIDDEN])
{
    float sum[PS_NETWORK_HIDDEN];

    for (unsigned h = 0; h < PS_NETWORK_HIDDEN; h++)
        sum[h] = weight->first_bias[h];
    for (unsigned i = 0; i < PS_FEATURE_COUNT; i++)
        for (unsigned h = 0; h < PS_NETWORK_HIDDEN; h++)
            sum[h] += weight->first[i][h] * x[i];
    for (unsigned h = 0; h < PS_NETWORK_HIDDEN; h++)
        ret[h] = sum[h] > 0.0f ? sum[h] : LEAK * sum[h];
}

static float output_of(const struct ps_network_layers *weight, unsigned output,
                       const float hidden[PS_NETWORK_HIDDEN])
{
    float part[4] = { 0.0f, 0.0f, 0.0f, 0.0f }; /* four sums at a time, in a fixed order */

    for (unsigned h = 0; h < PS_NETWORK_HIDDEN; h += 4)
        for (unsigned k = 0; k < 4; k++)
            part[k] += weight->second[output][h + k] * hidden[h + k];
    return weight->second_bias[output] + (part[0] + part[1]) + (part[2] + part[3]);
}

static float clamp(float x, float low, float high)
{
    return x < low ? low : x > high ? high : x;
}

void ps_network_score(const struct ps_network *network, const struct ps_features *features,
                      struct ps_network_output *ret_output)
{
    float x[PS_FEATURES_PADDED], hidden[PS_NETWORK_HIDDEN];

    scale(features, x);
    hidden_of(&network->weight, x, hidden);
    for (unsigned o = 0; o < PS_OUTLOOKS; o++) {
        ret_output->log_odds[o] = output_of(&network->weight, o, hidden);
        ret_output->log_starts[o] =
            clamp(output_of(&network->weight, PS_OUTLOOKS + o, hidden), LOG_MIN, LOG_MAX);
    }
}

static void step(float *weight, float *squares, float gradient)
{
    *squares += gradient * gradient;
    *weight -= RATE * gradient / sqrtf(*squares);
}

void ps_network_learn(struct ps_network *network, const struct ps_features *features,
                      unsigned outlook, float starts, float weight)
{
    struct ps_network_layers *w = &network->weight, *s = &network->squares;
    float x[PS_FEATURES_PADDED], hidden[PS_NETWORK_HIDDEN], back[PS_NETWORK_HIDDEN] = { 0 };
    float slope[2];

    scale(features, x);
    hidden_of(w, x, hidden);
    const float mean =
        ps_expf(clamp(output_of(w, PS_OUTLOOKS + outlook, hidden), LOG_MIN, LOG_MAX));
    slope[0] = ps_logistic(output_of(w, outlook, hidden)) - (starts > 0.0f ? 1.0f : 0.0f);
    slope[1] = clamp((mean - starts) / (1.0f + DISPERSION * mean), -SLOPE_MAX, SLOPE_MAX);
    for (unsigned k = 0; k < 2; k++) {
        const unsigned o = outlook + k * PS_OUTLOOKS;
        const float g = weight * slope[k];

        for (unsigned h = 0; h < PS_NETWORK_HIDDEN; h++) {
            back[h] += g * w->second[o][h] * (hidden[h] > 0.0f ? 1.0f : LEAK);
            step(&w->second[o][h], &s->second[o][h], g * hidden[h]);
        }
        step(&w->second_bias[o], &s->second_bias[o], g);
    }
    for (unsigned i = 0; i < PS_FEATURE_COUNT; i++)
        for (unsigned h = 0; h < PS_NETWORK_HIDDEN; h++)
            step(&w->first[i][h], &s->first[i][h], back[h] * x[i]);
    for (unsigned h = 0; h < PS_NETWORK_HIDDEN; h++)
        step(&w->first_bias[h], &s->first_bias[h], back[h]);
}

void ps_network_fade(struct ps_network *network)
{
    for (unsigned i = 0; i < LAYER_FLOATS; i++)
        ((float *)&network->squares)[i] *= FADE;
}
