/* SPDX-License-Identifier: BSD-3-Clause */
/* host/predict/overall.c - see overall_priv.h. */
#include "host/predict/overall_priv.h"

#include <math.h>

#define LN2_F      0.69314718f
#define HOUR_S     3600u
#define DAY_WEIGHT 0.5f /* of the newest day in an hour's mean */

void ps_overall_init(struct ps_overall *overall)
{
    *overall = (struct ps_overall){ 0 };
    for (unsigned c = 0; c < PS_CATEGORIES; c++)
        for (unsigned h = 0; h < PS_HOURS; h++)
            overall->hours[c][h] = -1.0f;
}

static void sum_add(struct ps_sum *sum, uint32_t now_s, float starts)
{
    ps_counts_add(&sum->counts, (float)(now_s - sum->last_s), starts);
    sum->last_s = now_s;
}

static void end_hour(struct ps_overall *overall, uint32_t hour)
{
    for (unsigned c = 0; c < PS_CATEGORIES; c++) {
        float *mean = &overall->hours[c][hour % PS_HOURS];

        *mean = *mean < 0.0f ? overall->hour_sum[c]
                             : *mean + DAY_WEIGHT * (overall->hour_sum[c] - *mean);
        overall->hour_sum[c] = 0.0f;
    }
}

/* Hours that have ended go into the means; after a long silence, a day of empty ones at most. */
static void pass_hours(struct ps_overall *overall, uint32_t hour)
{
    uint32_t from = overall->hour;

    if (from == 0 || hour <= from) {
        overall->hour = from == 0 ? hour : from;
        return;
    }
    end_hour(overall, from++);
    if (hour - from > PS_HOURS)
        from = hour - PS_HOURS;
    for (; from < hour; from++)
        end_hour(overall, from);
    overall->hour = hour;
}

void ps_overall_add(struct ps_overall *overall, uint8_t category, uint8_t profile, uint32_t now_s,
                    float starts)
{
    category %= PS_CATEGORIES;
    pass_hours(overall, now_s / HOUR_S);
    sum_add(&overall->all, now_s, starts);
    sum_add(&overall->category[category], now_s, starts);
    sum_add(&overall->profile[profile], now_s, starts);
    overall->hour_sum[category] += starts;
}

uint8_t ps_overall_find_profile(const struct ps_overall *overall, uint64_t profile_key)
{
    for (uint32_t i = 0; i < overall->profile_count; i++)
        if (overall->profile_keys[i] == profile_key)
            return (uint8_t)i;
    return PS_PROFILE_NONE;
}

uint8_t ps_overall_profile(struct ps_overall *overall, uint64_t profile_key)
{
    const uint8_t found = ps_overall_find_profile(overall, profile_key);

    if (found != PS_PROFILE_NONE)
        return found;
    if (overall->profile_count == PS_PROFILES_MAX)
        return PS_PROFILES_MAX - 1;
    overall->profile_keys[overall->profile_count] = profile_key;
    return (uint8_t)overall->profile_count++;
}

static void read_sum(const struct ps_sum *sum, uint32_t now_s, float ret[PS_SPAN_COUNT])
{
    ps_counts_read(&sum->counts, (float)(now_s - sum->last_s), ret);
}

/* log2 of the rate at one half-life against that at another. */
static float trend(const float counts[PS_SPAN_COUNT], enum ps_span near, enum ps_span far)
{
    return ps_log2f((counts[near] * ps_per_span_s[near] + 1e-9f) /
                        (counts[far] * ps_per_span_s[far] + 1e-7f) +
                    1e-3f);
}

/* What earlier days say of the coming hour against the last one; part of the hour is over. */
static float hour_change(const struct ps_overall *overall, unsigned c, uint32_t now_s)
{
    const float part = (float)(now_s % HOUR_S) / (float)HOUR_S;
    const float *hours = overall->hours[c];
    const uint32_t h = now_s / HOUR_S % PS_HOURS;
    const float before = hours[(h + PS_HOURS - 1) % PS_HOURS], now = hours[h];
    const float after = hours[(h + 1) % PS_HOURS];

    if (before < 0.0f || now < 0.0f || after < 0.0f)
        return 0.0f;
    const float last = (1.0f - part) * before + part * now;
    const float coming = (1.0f - part) * now + part * after;
    return ps_log2f((coming + 2.0f) / (last + 2.0f));
}

void ps_moment_set(struct ps_moment *moment, struct ps_overall *overall, uint32_t now_s)
{
    const float angle = 2.0f * (float)M_PI * (float)(now_s % 86400u) / 86400.0f;
    static const float none[PS_SPAN_COUNT];
    const float idle = trend(none, PS_SPAN_1H, PS_SPAN_1D);
    float counts[PS_SPAN_COUNT], shares = 0.0f, soon;

    pass_hours(overall, now_s / HOUR_S);
    read_sum(&overall->all, now_s, counts);
    soon = 300.0f * (counts[PS_SPAN_20MIN] * LN2_F * ps_per_span_s[PS_SPAN_20MIN] + 1e-3f);
    *moment = (struct ps_moment){
        .now_s = now_s,
        .trend_short = trend(counts, PS_SPAN_5MIN, PS_SPAN_1H),
        .trend_long = trend(counts, PS_SPAN_1H, PS_SPAN_1D),
        .hour_sin = sinf(angle),
        .hour_cos = cosf(angle),
        .hour = (uint8_t)(now_s / HOUR_S % PS_HOURS),
    };
    for (unsigned k = 0; k < PS_SPAN_COUNT; k++)
        moment->per_all[k] = soon / (counts[k] + 0.5f);
    for (unsigned c = 0; c < PS_CATEGORIES; c++) {
        moment->category_trend[c] = idle;
        if (overall->category[c].last_s == 0)
            continue;
        read_sum(&overall->category[c], now_s, counts);
        moment->category_trend[c] = trend(counts, PS_SPAN_1H, PS_SPAN_1D);
        moment->category_hour[c] = hour_change(overall, c, now_s);
    }
    for (uint32_t p = 0; p < overall->profile_count; p++) {
        read_sum(&overall->profile[p], now_s, counts);
        moment->profile_share[p] = counts[PS_SPAN_1D] + 0.5f;
        shares += moment->profile_share[p];
    }
    for (uint32_t p = 0; p < overall->profile_count; p++)
        moment->profile_share[p] /= shares;
}
