/* SPDX-License-Identifier: BSD-3-Clause */
/* host/predict/table.c - see table_priv.h. */
#include "host/predict/table_priv.h"

#include <math.h>

#define ALPHA 0.01f /* step size, */
#define BETA  1.0f  /* smoothed by this */
#define LASSO 0.5f
#define RIDGE 1.0f
#define FADE  0.98f /* of sums of squares */

#define STEPS_AT  (1u + PS_TABLE_HAWKES)
#define FIELDS_AT (STEPS_AT + PS_FEATURE_SEEN * PS_TABLE_STEPS)

#define HAWKES_STEPS  2.0f /* to a doubling */
#define HAWKES_OFFSET 8.0f

/* Pairs of features that say more together; and so many of the first one's steps make one. */
static const struct {
    uint8_t a, b, coarse;
} pairs[PS_TABLE_PAIRS] = {
    { PS_FEATURE_HAWKES, PS_FEATURE_GAP, 1 },
    { PS_FEATURE_HAWKES, PS_FEATURE_AGE, 1 },
    { PS_FEATURE_HAWKES, PS_FEATURE_TREND_SHORT, 1 },
    { PS_FEATURE_HAWKES, PS_FEATURE_CATEGORY, 2 },
    { PS_FEATURE_HAWKES, PS_FEATURE_SEQUEL + 1, 1 },
    { PS_FEATURE_HAWKES, PS_FEATURE_IMPLIED_1H, 1 },
    { PS_FEATURE_STARTS, PS_FEATURE_AGE, 1 },
    { PS_FEATURE_OWN + PS_SPAN_5MIN, PS_FEATURE_OWN + PS_SPAN_1H, 1 },
    { PS_FEATURE_OWN + PS_SPAN_1H, PS_FEATURE_OWN + PS_SPAN_1D, 1 },
    { PS_FEATURE_CATEGORY, PS_FEATURE_AGE, 1 },
};

static void steps_of(const struct ps_features *features, uint32_t ret[PS_FEATURES_PADDED])
{
    for (unsigned f = 0; f < PS_FEATURES_PADDED; f++) {
        float at = features->value[f] * ps_feature_scales.steps[f] + ps_feature_scales.offset[f];

        at = at > 0.0f ? at : 0.0f;
        at = at < (float)(PS_TABLE_STEPS - 1) ? at : (float)(PS_TABLE_STEPS - 1);
        ret[f] = (uint32_t)(int32_t)at;
    }
}

static uint32_t field_of(uint32_t pair, uint32_t a, uint32_t b)
{
    uint32_t h = pair * 0x9e3779b1u ^ a * 0x85ebca6bu ^ b * 0xc2b2ae35u;

    h ^= h >> 15;
    h *= 0x85ebca6bu;
    h ^= h >> 13;
    return FIELDS_AT + h % PS_TABLE_FIELDS;
}

void ps_table_row(const struct ps_features *features, struct ps_table_row *ret_row)
{
    float at = features->value[PS_FEATURE_HAWKES] * HAWKES_STEPS + HAWKES_OFFSET;
    uint32_t step[PS_FEATURES_PADDED], hawkes, *term = ret_row->term;

    at = at < 0.0f ? 0.0f : at > PS_TABLE_HAWKES - 2 ? PS_TABLE_HAWKES - 2 : at;
    hawkes = (uint32_t)at;
    ret_row->part[0] = 1.0f;
    ret_row->part[2] = at - (float)hawkes;
    ret_row->part[1] = 1.0f - ret_row->part[2];
    *term++ = 0;
    *term++ = 1 + hawkes;
    *term++ = 2 + hawkes;
    steps_of(features, step);
    for (unsigned f = 0; f < PS_FEATURE_SEEN; f++)
        *term++ = STEPS_AT + f * PS_TABLE_STEPS + step[f];
    step[PS_FEATURE_HAWKES] = hawkes;
    for (unsigned p = 0; p < PS_TABLE_PAIRS; p++)
        *term++ = field_of(p, step[pairs[p].a] / pairs[p].coarse, step[pairs[p].b]);
}

ps_vec4 ps_table_score(const struct ps_table *table, const struct ps_table_row *row)
{
    ps_vec4 sum[4] = { { 0 }, { 0 }, { 0 }, { 0 } }; /* four at a time: none waits for the last */

    for (unsigned t = 0; t < 3; t++)
        sum[t] = table->weight[row->term[t]] * row->part[t];
    for (unsigned t = 3; t < PS_TABLE_TERMS; t++)
        sum[t % 4] += table->weight[row->term[t]];
    return (sum[0] + sum[1]) + (sum[2] + sum[3]);
}

static float weight_of(float z, float root)
{
    const float steep = (BETA + root) / ALPHA + RIDGE;

    return fabsf(z) <= LASSO ? 0.0f : -(z - copysignf(LASSO, z)) / steep;
}

/* All terms at once: should two of them lie in one hashed field, one of them speaks. */
void ps_table_learn(struct ps_table *table, const struct ps_table_row *row, unsigned outlook,
                    float slope)
{
    float z[PS_TABLE_TERMS], n[PS_TABLE_TERMS], weight[PS_TABLE_TERMS], g[PS_TABLE_TERMS];

    for (unsigned t = 0; t < PS_TABLE_TERMS; t++) {
        z[t] = table->z[row->term[t]][outlook];
        n[t] = table->n[row->term[t]][outlook];
        weight[t] = table->weight[row->term[t]][outlook];
        g[t] = t < 3 ? slope * row->part[t] : slope;
    }
    for (unsigned t = 0; t < PS_TABLE_TERMS; t++) {
        const float more = n[t] + g[t] * g[t], root = sqrtf(more);

        z[t] += g[t] - (root - sqrtf(n[t])) / ALPHA * weight[t];
        n[t] = more;
        weight[t] = weight_of(z[t], root);
    }
    for (unsigned t = 0; t < PS_TABLE_TERMS; t++) {
        table->z[row->term[t]][outlook] = z[t];
        table->n[row->term[t]][outlook] = n[t];
        table->weight[row->term[t]][outlook] = weight[t];
    }
}

void ps_table_fade(struct ps_table *table)
{
    for (unsigned i = 0; i < PS_TABLE_SIZE; i++)
        for (unsigned o = 0; o < PS_OUTLOOKS; o++) {
            const float n = table->n[i][o] * FADE * FADE;
            const float was = (BETA + sqrtf(table->n[i][o])) / ALPHA + RIDGE;
            const float now = (BETA + sqrtf(n)) / ALPHA + RIDGE;
            const float shrunk = -table->weight[i][o] * now;

            if (table->weight[i][o] == 0.0f || was == now)
                continue;
            table->n[i][o] = n;
            table->z[i][o] = shrunk + copysignf(LASSO, shrunk);
        }
}
