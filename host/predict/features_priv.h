/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * host/predict/features_priv.h - what is known about one resource at one time, as a few numbers.
 *
 * A resource that was never wanted still has its media's rates times the share of starts that its
 * profile usually takes; that is what makes an unseen profile of a known media predictable.
 */
#ifndef PS_HOST_PREDICT_FEATURES_PRIV_H
#define PS_HOST_PREDICT_FEATURES_PRIV_H

#include <stdbool.h>
#include <stdint.h>

#include "host/plan/prediction.h"
#include "host/predict/rates_priv.h"
#include "host/predict/tracked_priv.h"

/* Counts are decayed counts; "implied" means the media's count times the profile's share. */
enum ps_feature {
    PS_FEATURE_OWN_5MIN,
    PS_FEATURE_OWN_1H,
    PS_FEATURE_OWN_6H,
    PS_FEATURE_OWN_1D,
    PS_FEATURE_IMPLIED_5MIN,
    PS_FEATURE_IMPLIED_1H,
    PS_FEATURE_IMPLIED_6H,
    PS_FEATURE_IMPLIED_1D,
    PS_FEATURE_HOUR,     /* implied, of the coming hour on earlier days */
    PS_FEATURE_GAP,      /* minutes since its last start */
    PS_FEATURE_AGE_WARM, /* minutes since first known, of media once wanted; else 0 */
    PS_FEATURE_AGE_COLD, /* the same of media never wanted; else 0 */
    PS_FEATURE_TREND,    /* everything's last 5 minutes against its last hour; 1 is steady */
    PS_FEATURE_COUNT,
};

struct ps_features {
    float value[PS_FEATURE_COUNT];
};

/* Of all resources together. */
struct ps_overall {
    struct ps_rates all;
    uint64_t since_ns; /* when counting began; 0 not yet */
    uint32_t profile_count;
    uint32_t zero;
    struct {
        uint64_t key;
        struct ps_rates rates;
    } profiles[PS_PROFILES_MAX]; /* what comes after shares the last place */
};

/* The overall figures at one time, read once for all resources of a turn. */
struct ps_moment {
    struct ps_rate_clock clock;
    float all[PS_RATE_COUNT];
    float exposure_s[PS_RATE_SPANS];      /* seconds that a decayed count stands for */
    float profile_share[PS_PROFILES_MAX]; /* sums to 1 */
    float prior_per_s;                    /* starts of a resource nothing is known of */
    uint32_t hour;                        /* that the coming minutes lie in */
};

void ps_overall_add(struct ps_overall *overall, const struct ps_rate_clock *clock,
                    const struct ps_resource *key, float starts);

void ps_moment_set(struct ps_moment *moment, const struct ps_overall *overall,
                   uint32_t resource_count, uint64_t now_ns);

/** @param ret_per_s  A plain guess at its rate, > 0: a mix of the implied rates. */
void ps_features_read(const struct ps_moment *moment, const struct ps_overall *overall,
                      const struct ps_tracked_resource *resource,
                      const struct ps_tracked_media *media, struct ps_features *ret_features,
                      float *ret_per_s);

#endif
