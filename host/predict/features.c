/* SPDX-License-Identifier: BSD-3-Clause */
/* host/predict/features.c - see features_priv.h. */
#include "host/predict/features_priv.h"

#include <math.h>

#include "host/base/clock.h"

#define SHARE_PRIOR_STARTS 4.0f  /* starts of a media that the usual profile shares count for */
#define PRIOR_PART         0.05f /* a resource nothing is known of, against the mean resource */

/* How much each half-life says in the plain guess; the model bends it. */
static const float mix[PS_RATE_COUNT] = { 0.2f, 0.4f, 0.25f, 0.15f };

static uint32_t profile_place(const struct ps_overall *overall, uint64_t profile_key)
{
    uint32_t p = 0;

    while (p < overall->profile_count && overall->profiles[p].key != profile_key)
        p++;
    return p < PS_PROFILES_MAX ? p : PS_PROFILES_MAX - 1;
}

void ps_overall_add(struct ps_overall *overall, const struct ps_rate_clock *clock,
                    const struct ps_resource *key, float starts)
{
    const uint32_t p = profile_place(overall, key->profile_key);

    if (p == overall->profile_count) {
        overall->profiles[p].key = key->profile_key;
        overall->profile_count++;
    }
    ps_rates_add(&overall->profiles[p].rates, clock, starts);
    ps_rates_add(&overall->all, clock, starts);
}

void ps_moment_set(struct ps_moment *moment, const struct ps_overall *overall,
                   uint32_t resource_count, uint64_t now_ns)
{
    const double age_s = overall->since_ns == 0 ? 0.0 : (double)(now_ns - overall->since_ns) / 1e9;
    float counts[PS_RATE_COUNT];
    float total;

    ps_rate_clock_set(&moment->clock, now_ns);
    ps_rates_read(&overall->all, &moment->clock, moment->all);
    for (unsigned k = 0; k < PS_RATE_SPANS; k++) {
        const double life_s = ps_rate_half_life_s(k);

        /* Never less than a minute: the first start is not a rate of one a second. */
        moment->exposure_s[k] = (float)(life_s / M_LN2 * (1.0 - exp2(-(age_s + 60.0) / life_s)));
    }
    total = moment->all[PS_RATE_1D] + (float)overall->profile_count;
    for (uint32_t p = 0; p < overall->profile_count; p++) {
        ps_rates_read(&overall->profiles[p].rates, &moment->clock, counts);
        moment->profile_share[p] = (counts[PS_RATE_1D] + 1.0f) / total;
    }
    moment->prior_per_s = (moment->all[PS_RATE_6H] + 0.1f) / moment->exposure_s[PS_RATE_6H] /
                          (float)(resource_count + 1) * PRIOR_PART;
    /* In the middle of the longer horizon. */
    moment->hour = (uint32_t)((now_ns / PS_NS_PER_SEC + 450) / 3600 % PS_HOURS);
}

static float usual_share(const struct ps_moment *moment, const struct ps_overall *overall,
                         uint64_t profile_key)
{
    const uint32_t p = profile_place(overall, profile_key);

    if (p < overall->profile_count)
        return moment->profile_share[p];
    return 1.0f / (moment->all[PS_RATE_1D] + (float)overall->profile_count + 1.0f);
}

static float minutes_since(uint64_t then_ns, uint64_t now_ns)
{
    return (float)(now_ns - then_ns) * (1.0f / 60e9f);
}

void ps_features_read(const struct ps_moment *moment, const struct ps_overall *overall,
                      const struct ps_tracked_resource *resource,
                      const struct ps_tracked_media *media, struct ps_features *ret_features,
                      float *ret_per_s)
{
    const uint64_t now_ns = moment->clock.now_ns;
    float own[PS_RATE_COUNT], all[PS_RATE_COUNT];
    float *value = ret_features->value;
    float share, per_s = moment->prior_per_s;

    ps_rates_read(&resource->rates, &moment->clock, own);
    ps_rates_read(&media->rates, &moment->clock, all);
    share = usual_share(moment, overall, resource->key.profile_key);
    share = (own[PS_RATE_1D] + SHARE_PRIOR_STARTS * share) / (all[PS_RATE_1D] + SHARE_PRIOR_STARTS);
    for (unsigned k = 0; k < PS_RATE_COUNT; k++) {
        value[PS_FEATURE_OWN_5MIN + k] = own[k];
        value[PS_FEATURE_IMPLIED_5MIN + k] = all[k] * share;
        per_s += mix[k] * all[k] * share / moment->exposure_s[k];
    }
    value[PS_FEATURE_HOUR] = share * ps_hours_read(&media->hours, &moment->clock, moment->hour);
    value[PS_FEATURE_GAP] =
        resource->last_start_ns == 0 ? INFINITY : minutes_since(resource->last_start_ns, now_ns);
    value[PS_FEATURE_AGE_WARM] = 0.0f;
    value[PS_FEATURE_AGE_COLD] = 0.0f;
    value[media->last_start_ns == 0 ? PS_FEATURE_AGE_COLD : PS_FEATURE_AGE_WARM] =
        minutes_since(media->known_ns, now_ns);
    value[PS_FEATURE_TREND] =
        (moment->all[PS_RATE_5MIN] / moment->exposure_s[PS_RATE_5MIN] + 1e-4f) /
        (moment->all[PS_RATE_1H] / moment->exposure_s[PS_RATE_1H] + 1e-4f);
    *ret_per_s = per_s;
}
