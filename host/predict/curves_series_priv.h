/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * host/predict/curves_series_priv.h - one series of counts, and what each expert says comes next.
 *
 * An expert is a closed form over a little state, so that every lead costs the same. One that
 * cannot speak yet (no season before a day has been seen) says NAN: it is asleep.
 */
#ifndef PS_HOST_PREDICT_CURVES_SERIES_PRIV_H
#define PS_HOST_PREDICT_CURVES_SERIES_PRIV_H

#include <stdint.h>

#include "host/predict/curves.h"

#define PS_SERIES_DAY    288u /* intervals */
#define PS_SERIES_RECENT 36u  /* likewise */

enum ps_expert {
    PS_EXPERT_PERSISTENCE,
    PS_EXPERT_MEAN_15MIN,
    PS_EXPERT_MEAN_60MIN,
    PS_EXPERT_MEAN_3H,
    PS_EXPERT_EWMA_FAST,
    PS_EXPERT_EWMA,
    PS_EXPERT_EWMA_SLOW,
    PS_EXPERT_HOLT_FAST,
    PS_EXPERT_HOLT,
    PS_EXPERT_HOLT_SLOW,
    PS_EXPERT_HOLT_WINTERS,
    PS_EXPERT_SEASONAL_NAIVE,
    PS_EXPERT_SEASON_FAST,
    PS_EXPERT_SEASON,
    PS_EXPERT_SEASON_SLOW,
    PS_EXPERT_OF_TOTAL, /* a share of what is told of the total, ... */
    PS_EXPERT_OF_REGION,
    PS_EXPERT_OF_DEVICE,
    PS_EXPERT_COUNT
};
_Static_assert(PS_EXPERT_COUNT <= PS_CURVES_EXPERTS_MAX, "all fit into the public list");

#define PS_SERIES_EWMAS   3u
#define PS_SERIES_HOLTS   3u
#define PS_SERIES_RATIOS  3u
#define PS_SERIES_PARENTS 3u /* total, region, device */

/* Part of a larger series, as decayed sums of both. */
struct ps_series_share {
    double part, whole;
};

struct ps_series {
    uint64_t age; /* intervals learned */
    double ewma[PS_SERIES_EWMAS];
    double level[PS_SERIES_HOLTS];
    double trend[PS_SERIES_HOLTS];
    double winters_level;
    double ratio_seen[PS_SERIES_RATIOS]; /* decayed counts, and ... */
    double ratio_due[PS_SERIES_RATIOS];  /* ... what the season had them be */
    struct ps_series_share share[PS_SERIES_PARENTS];
    float recent[PS_SERIES_RECENT]; /* counts, by age */
    float past[PS_SERIES_DAY];      /* counts, by interval of the day */
    float season[PS_SERIES_DAY];    /* mean over days */
    float winters[PS_SERIES_DAY];
    uint8_t seen[PS_SERIES_DAY]; /* days that past and winters know; saturates */
    uint8_t days[PS_SERIES_DAY]; /* days that season knows; saturates */
};

/** @param whole  Of each parent, in the same interval; below 0: no such parent. */
void ps_series_learn(struct ps_series *series, uint64_t interval, double count,
                     const double whole[PS_SERIES_PARENTS]);

/**
 * @param interval  The one learned last.
 * @param lead      1..PS_CURVES_STEPS intervals after it.
 * @param parents   What is told of each parent at that lead; NAN: no such parent.
 */
void ps_series_say(const struct ps_series *series, uint64_t interval, uint32_t lead,
                   const double parents[PS_SERIES_PARENTS], float ret[PS_EXPERT_COUNT]);

const char *ps_expert_name(enum ps_expert expert);

#endif
