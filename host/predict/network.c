/* SPDX-License-Identifier: BSD-3-Clause */
/* host/predict/network.c - see network_priv.h. */
#include "host/predict/network_priv.h"

#include <math.h>
#include <string.h>

#define RATE       0.02f
#define SQUARES_0  0.1f /* of a gradient, before any was seen */
#define LEAK       0.05f
#define FADE       0.98f
#define DISPERSION 0.5f /* of counts: variance = mean + this * mean^2 */
#define SLOPE_MAX  2.0f
#define LOG_MIN    (-12.0f)
#define LOG_MAX    8.0f

/* Compiled for wider vectors, too, and chosen when it starts; the same sums in the same order. */
#if defined(__x86_64__) && defined(__gnu_linux__) && !defined(__clang__)
#define WIDE __attribute__((target_clones("avx512f", "avx2", "default")))
#else
#define WIDE
#endif

/* Half of the hidden layer; narrower vectors stand in where there are none so wide. */
#define HALF (PS_NETWORK_HIDDEN / 2)
typedef float half __attribute__((vector_size(HALF * sizeof(float)), aligned(4)));
#define AT(floats) (*(const half *)(floats))

_Static_assert(PS_FEATURE_SEEN % 2 == 0, "inputs are taken in twos");

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
        network->weight.second_bias[o] = -4.0f;
    for (unsigned i = 0; i < LAYER_FLOATS; i++)
        ((float *)&network->squares)[i] = SQUARES_0;
}

static inline void scale(const struct ps_features *features, float ret[PS_FEATURES_PADDED])
{
    for (unsigned f = 0; f < PS_FEATURES_PADDED; f++)
        ret[f] = (features->value[f] - ps_feature_scales.middle[f]) * ps_feature_scales.gain[f];
}

/* Two sums of each half, so that fewer wait; all four stay in registers where these are wide. */
static inline void hidden_of(const struct ps_network_layers *weight,
                             const float x[PS_FEATURES_PADDED], float ret[PS_NETWORK_HIDDEN])
{
    half low = AT(&weight->first_bias[0]), high = AT(&weight->first_bias[HALF]);
    half odd_low = { 0.0f }, odd_high = { 0.0f };

    for (unsigned i = 0; i < PS_FEATURE_SEEN; i += 2) {
        low += AT(&weight->first[i][0]) * x[i];
        high += AT(&weight->first[i][HALF]) * x[i];
        odd_low += AT(&weight->first[i + 1][0]) * x[i + 1];
        odd_high += AT(&weight->first[i + 1][HALF]) * x[i + 1];
    }
    low += odd_low;
    high += odd_high;
    memcpy(&ret[0], &low, sizeof(low));
    memcpy(&ret[HALF], &high, sizeof(high));
    for (unsigned h = 0; h < PS_NETWORK_HIDDEN; h++)
        ret[h] = ret[h] > 0.0f ? ret[h] : LEAK * ret[h];
}

static inline float output_of(const struct ps_network_layers *weight, unsigned output,
                              const float hidden[PS_NETWORK_HIDDEN])
{
    ps_vec4 sum = { 0.0f, 0.0f, 0.0f, 0.0f }; /* four sums at a time, in a fixed order */

    for (unsigned h = 0; h < PS_NETWORK_HIDDEN; h += 4) {
        ps_vec4 w, x;

        memcpy(&w, &weight->second[output][h], sizeof(w));
        memcpy(&x, &hidden[h], sizeof(x));
        sum += w * x;
    }
    return weight->second_bias[output] + (sum[0] + sum[1]) + (sum[2] + sum[3]);
}

static inline float clamp(float x, float low, float high)
{
    return x < low ? low : x > high ? high : x;
}

WIDE void ps_network_score(const struct ps_network *network, const struct ps_features *features,
                           struct ps_network_output *ret_output)
{
    scale(features, ret_output->input);
    hidden_of(&network->weight, ret_output->input, ret_output->hidden);
    for (unsigned o = 0; o < PS_OUTLOOKS; o++) {
        ret_output->log_odds[o] = output_of(&network->weight, o, ret_output->hidden);
        ret_output->log_starts[o] = clamp(
            output_of(&network->weight, PS_OUTLOOKS + o, ret_output->hidden), LOG_MIN, LOG_MAX);
    }
}

static inline void step(float *weight, float *squares, float gradient)
{
    *squares += gradient * gradient;
    *weight -= RATE * gradient / sqrtf(*squares);
}

WIDE static void learn_first(struct ps_network_layers *restrict w,
                             struct ps_network_layers *restrict s,
                             const float x[restrict PS_FEATURES_PADDED],
                             const float back[restrict PS_NETWORK_HIDDEN])
{
    for (unsigned i = 0; i < PS_FEATURE_SEEN; i++)
        for (unsigned h = 0; h < PS_NETWORK_HIDDEN; h++)
            step(&w->first[i][h], &s->first[i][h], back[h] * x[i]);
    for (unsigned h = 0; h < PS_NETWORK_HIDDEN; h++)
        step(&w->first_bias[h], &s->first_bias[h], back[h]);
}

void ps_network_learn(struct ps_network *network, const struct ps_network_output *output,
                      unsigned outlook, float starts, float weight)
{
    struct ps_network_layers *w = &network->weight, *s = &network->squares;
    const float *hidden = output->hidden;
    float back[PS_NETWORK_HIDDEN] = { 0 }, slope[2];

    const float mean = ps_expf(output->log_starts[outlook]);
    slope[0] = ps_logistic(output->log_odds[outlook]) - (starts > 0.0f ? 1.0f : 0.0f);
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
    learn_first(w, s, output->input, back);
}

void ps_network_fade(struct ps_network *network)
{
    for (unsigned i = 0; i < LAYER_FLOATS; i++)
        ((float *)&network->squares)[i] *= FADE;
}
