/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * host/predict/overall_priv.h - what is wanted of everything together, by category and by profile.
 *
 * Why: a resource's share of all starts is steadier than its rate, which follows the hour of the
 * day and says little while there is little history; so shares are what is learned from, and the
 * rate of everything turns them into starts. A category's starts by the hour of earlier days say
 * what the coming hour does to its media.
 */
#ifndef PS_HOST_PREDICT_OVERALL_PRIV_H
#define PS_HOST_PREDICT_OVERALL_PRIV_H

#include <stdint.h>

#include "host/plan/resource.h"
#include "host/predict/counts_priv.h"

#define PS_CATEGORIES   64u
#define PS_HOURS        24u
#define PS_PROFILE_NONE 0xffu

struct ps_sum {
    struct ps_counts counts;
    uint32_t last_s;
};

struct ps_overall {
    struct ps_sum all;
    struct ps_sum category[PS_CATEGORIES];
    float hours[PS_CATEGORIES]
               [PS_HOURS];         /* starts of the hour, mean of earlier days; <0: not yet */
    float hour_sum[PS_CATEGORIES]; /* of the hour that is running */
    uint64_t profile_keys[PS_PROFILES_MAX];
    struct ps_sum profile[PS_PROFILES_MAX]; /* what comes after shares the last place */
    uint32_t profile_count;
    uint32_t hour; /* since 1970, that hour_sum is of; 0 none */
};

/* The overall figures at one time, read once for all resources of a turn. */
struct ps_moment {
    uint32_t now_s;
    float per_all[PS_SPAN_COUNT]; /* starts expected in 5 minutes, per count of all starts */
    float trend_short, trend_long;
    float category_trend[PS_CATEGORIES];
    float category_hour[PS_CATEGORIES]; /* log2: the coming hour against the last */
    float profile_share[PS_PROFILES_MAX];
    float hour_sin, hour_cos;
    uint8_t hour;
};

void ps_overall_init(struct ps_overall *overall);
void ps_overall_add(struct ps_overall *overall, uint8_t category, uint8_t profile, uint32_t now_s,
                    float starts);
/** The number of a profile, given to it now if need be; when there is no more, the last one. */
uint8_t ps_overall_profile(struct ps_overall *overall, uint64_t profile_key);
/** The same, or PS_PROFILE_NONE. */
uint8_t ps_overall_find_profile(const struct ps_overall *overall, uint64_t profile_key);

void ps_moment_set(struct ps_moment *moment, struct ps_overall *overall, uint32_t now_s);

#endif
