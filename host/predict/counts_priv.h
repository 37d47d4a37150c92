/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * host/predict/counts_priv.h - how often something was wanted lately, at seven half-lives.
 *
 * Why: a decayed count is constant in size and forgets by itself. Seven of them, from a minute to a
 * week, are what a sum of exponential kernels (a Hawkes process) is made of. Counts are as of the
 * time of the last start, which their owner keeps.
 */
#ifndef PS_HOST_PREDICT_COUNTS_PRIV_H
#define PS_HOST_PREDICT_COUNTS_PRIV_H

#include <stdint.h>

#include "host/predict/fastmath_priv.h"

enum ps_span {
    PS_SPAN_1MIN,
    PS_SPAN_5MIN,
    PS_SPAN_20MIN,
    PS_SPAN_1H,
    PS_SPAN_4H,
    PS_SPAN_1D,
    PS_SPAN_7D,
    PS_SPAN_COUNT,
};
#define PS_SPANS_PADDED 8u /* whole vectors */

/* Half-lives, and 1 over them. */
static const float ps_span_s[PS_SPAN_COUNT] = { 60, 300, 1200, 3600, 14400, 86400, 604800 };
static const float ps_per_span_s[PS_SPANS_PADDED] = { 1.0f / 60,    1.0f / 300,   1.0f / 1200,
                                                      1.0f / 3600,  1.0f / 14400, 1.0f / 86400,
                                                      1.0f / 604800 };

struct ps_counts {
    float count[PS_SPAN_COUNT];
};

/** What @p counts of @p age_s ago are now. */
static inline void ps_counts_read(const struct ps_counts *counts, float age_s,
                                  float ret[PS_SPAN_COUNT])
{
    float left[PS_SPANS_PADDED];

    for (unsigned k = 0; k < PS_SPANS_PADDED; k++)
        left[k] = ps_exp2f(-age_s * ps_per_span_s[k]);
    for (unsigned k = 0; k < PS_SPAN_COUNT; k++)
        ret[k] = counts->count[k] * left[k];
}

static inline void ps_counts_add(struct ps_counts *counts, float age_s, float starts)
{
    if (age_s > 0.0f) /* what is wanted much is often wanted more than once in a second */
        ps_counts_read(counts, age_s, counts->count);
    for (unsigned k = 0; k < PS_SPAN_COUNT; k++)
        counts->count[k] += starts;
}

#endif
