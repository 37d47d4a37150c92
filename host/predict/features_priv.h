/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * host/predict/features_priv.h - what is known about one resource at one time, as a few numbers.
 *
 * All on a scale of log2, so that differences are ratios. Counts are shares of all starts at the
 * same half-life times the rate of everything (struct ps_moment): starts that the next five minutes
 * would bring if that share went on. "Implied" is the media's count times the share of starts that
 * the profile takes: what makes an unseen profile of a known media predictable.
 */
#ifndef PS_HOST_PREDICT_FEATURES_PRIV_H
#define PS_HOST_PREDICT_FEATURES_PRIV_H

#include <stdint.h>

#include "host/predict/counts_priv.h"

enum ps_feature {
    PS_FEATURE_OWN,                                     /* at each half-life */
    PS_FEATURE_HAWKES = PS_FEATURE_OWN + PS_SPAN_COUNT, /* their weighted sum */
    PS_FEATURE_GAP,                                     /* since the last start */
    PS_FEATURE_AGE,                                     /* since the media came into being */
    PS_FEATURE_STARTS,                                  /* ever */
    PS_FEATURE_IMPLIED_5MIN,
    PS_FEATURE_IMPLIED_1H,
    PS_FEATURE_IMPLIED_1D,
    PS_FEATURE_SEQUEL, /* starts by viewers on their way: 1, 5, 15, 60 minutes */
    PS_FEATURE_TOP = PS_FEATURE_SEQUEL + 4, /* starts in this hour of earlier days */
    PS_FEATURE_TREND_SHORT,                 /* of everything */
    PS_FEATURE_TREND_LONG,
    PS_FEATURE_CATEGORY_TREND,
    PS_FEATURE_CATEGORY_HOUR, /* the coming hour against the last, on earlier days */
    PS_FEATURE_HOUR_SIN,
    PS_FEATURE_HOUR_COS,
    PS_FEATURE_CATEGORY,               /* a number, not a quantity */
    PS_FEATURE_SEEN,                   /* by the experts: up to here */
    PS_FEATURE_LOOK = PS_FEATURE_SEEN, /* forward looks: 1, 5, 15, 60 minutes */
    PS_FEATURE_COUNT = PS_FEATURE_LOOK + 4,
};
#define PS_FEATURES_PADDED 32u
_Static_assert(PS_FEATURE_COUNT <= PS_FEATURES_PADDED, "whole vectors");

struct ps_features {
    float value[PS_FEATURES_PADDED];
};

/* How features are scaled for the network, and cut into steps for the tables. */
struct ps_feature_scales {
    const char *name[PS_FEATURE_COUNT]; /* in words, for explanations */
    float middle[PS_FEATURES_PADDED], gain[PS_FEATURES_PADDED];
    float steps[PS_FEATURES_PADDED], offset[PS_FEATURES_PADDED];
};
extern const struct ps_feature_scales ps_feature_scales;

/** log2 of a count, from 0 for none to about 18. */
static inline float ps_feature_log(float count)
{
    return ps_log2f(count + 1.0f / 256) + 8.0f;
}

#endif
