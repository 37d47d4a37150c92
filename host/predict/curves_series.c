/* SPDX-License-Identifier: BSD-3-Clause */
/* host/predict/curves_series.c - see curves_series_priv.h. */
#include "host/predict/curves_series_priv.h"

#include <math.h>

#define SEASON_LEAST  0.2  /* weight of the last day in the season, from the fifth day on */
#define SEASON_DELAY  24   /* intervals; more than lead and smoothing reach back together */
#define WINTERS_LEVEL 0.06 /* gain of Holt-Winters' level ... */
#define WINTERS_GAIN  0.15 /* ... and season */
#define WINTERS_SIDE  4
#define RATIO_PRIOR   30.0 /* counts for which the season is taken at its word */
#define SHARE_KEEP    0.985
#define SHARE_PRIOR   1.0

static const double ewma_gain[PS_SERIES_EWMAS] = { 0.5, 0.2, 0.07 };

/* Gains of level and trend, and how much of the trend each further step keeps. */
static const struct {
    double level, trend, damping;
} holt[PS_SERIES_HOLTS] = { { 0.4, 0.1, 0.8 }, { 0.2, 0.03, 0.93 }, { 0.08, 0.01, 0.98 } };

/* How long the ratio to the season is remembered, and how many intervals on each side smooth the
 * season. */
static const struct {
    double keep;
    int32_t side;
} ratio[PS_SERIES_RATIOS] = { { 0.75, 4 }, { 0.92, 6 }, { 0.98, 9 } };

const char *ps_expert_name(enum ps_expert expert)
{
    static const char *const name[PS_EXPERT_COUNT] = {
        [PS_EXPERT_PERSISTENCE] = "persistence",
        [PS_EXPERT_MEAN_15MIN] = "mean_15m",
        [PS_EXPERT_MEAN_60MIN] = "mean_60m",
        [PS_EXPERT_MEAN_3H] = "mean_3h",
        [PS_EXPERT_EWMA_FAST] = "ewma_fast",
        [PS_EXPERT_EWMA] = "ewma",
        [PS_EXPERT_EWMA_SLOW] = "ewma_slow",
        [PS_EXPERT_HOLT_FAST] = "holt_fast",
        [PS_EXPERT_HOLT] = "holt",
        [PS_EXPERT_HOLT_SLOW] = "holt_slow",
        [PS_EXPERT_HOLT_WINTERS] = "holt_winters",
        [PS_EXPERT_SEASONAL_NAIVE] = "seasonal_naive",
        [PS_EXPERT_SEASON_FAST] = "season_fast",
        [PS_EXPERT_SEASON] = "season",
        [PS_EXPERT_SEASON_SLOW] = "season_slow",
        [PS_EXPERT_OF_TOTAL] = "of_total",
        [PS_EXPERT_OF_REGION] = "of_region",
        [PS_EXPERT_OF_DEVICE] = "of_device",
    };

    return name[expert];
}

static uint32_t slot_of(uint64_t interval)
{
    return (uint32_t)(interval % PS_SERIES_DAY);
}

/* A season around a slot, nearer ones weighing more; NAN before a day has been seen. */
static double smooth(const float season[PS_SERIES_DAY], const uint8_t days[PS_SERIES_DAY],
                     uint32_t slot, int32_t side)
{
    double sum = 0.0, weights = 0.0;

    if (days[slot] == 0)
        return NAN;
    for (int32_t i = -side; i <= side; i++) {
        const uint32_t at = (slot + PS_SERIES_DAY + (uint32_t)i) % PS_SERIES_DAY;
        const double weight = (double)(side + 1 - (i < 0 ? -i : i));

        if (days[at] == 0)
            continue;
        sum += weight * (double)season[at];
        weights += weight;
    }
    return sum / weights;
}

static double season_at(const struct ps_series *series, uint32_t slot, unsigned e)
{
    return smooth(series->season, series->days, slot, ratio[e].side);
}

static double winters_at(const struct ps_series *series, uint32_t slot)
{
    return series->winters_level + smooth(series->winters, series->seen, slot, WINTERS_SIDE);
}

static void learn_levels(struct ps_series *series, double count)
{
    const double n = (double)series->age + 1.0;

    /* While young, every past count weighs the same. */
    for (unsigned e = 0; e < PS_SERIES_EWMAS; e++)
        series->ewma[e] += fmax(ewma_gain[e], 1.0 / n) * (count - series->ewma[e]);
    for (unsigned e = 0; e < PS_SERIES_HOLTS; e++) {
        const double said = series->level[e] + holt[e].damping * series->trend[e];
        const double level = said + fmax(holt[e].level, 1.0 / n) * (count - said);

        if (series->age > 0)
            series->trend[e] = holt[e].damping * series->trend[e] + holt[e].trend * (level - said);
        series->level[e] = level;
    }
}

static void learn_ratios(struct ps_series *series, uint32_t slot, double count)
{
    const bool known = series->days[slot] > 0;

    for (unsigned e = 0; e < PS_SERIES_RATIOS; e++) {
        const double due = season_at(series, slot, e);

        series->ratio_seen[e] = ratio[e].keep * series->ratio_seen[e] + (known ? count : 0.0);
        series->ratio_due[e] = ratio[e].keep * series->ratio_due[e] + (known ? due : 0.0);
    }
}

/* The first day is the first season, and the level is measured from it. */
static void learn_winters(struct ps_series *series, uint32_t slot, double count)
{
    const bool known = series->seen[slot] > 0;
    const double error = known ? count - winters_at(series, slot) : 0.0;

    series->winters_level += WINTERS_LEVEL * error;
    series->winters[slot] = known ? series->winters[slot] + (float)(WINTERS_GAIN * error)
                                  : (float)(count - series->winters_level);
    if (series->seen[slot] < UINT8_MAX)
        series->seen[slot]++;
}

/* A count becomes season only when no smoothing reaches it from now on: today must not be compared
 * with itself. */
static void learn_season(struct ps_series *series, uint64_t interval)
{
    const uint32_t slot = slot_of(interval + PS_SERIES_DAY - SEASON_DELAY);
    const double count = (double)series->recent[(series->age - SEASON_DELAY) % PS_SERIES_RECENT];
    const double share = 1.0 / (series->days[slot] + 1.0);

    if (series->age < SEASON_DELAY)
        return;
    series->season[slot] +=
        (float)(fmax(SEASON_LEAST, share) * (count - (double)series->season[slot]));
    if (series->days[slot] < UINT8_MAX)
        series->days[slot]++;
}

void ps_series_learn(struct ps_series *series, uint64_t interval, double count,
                     const double whole[PS_SERIES_PARENTS])
{
    const uint32_t slot = slot_of(interval);

    learn_levels(series, count);
    learn_ratios(series, slot, count);
    learn_winters(series, slot, count);
    learn_season(series, interval);
    for (unsigned p = 0; p < PS_SERIES_PARENTS; p++) {
        struct ps_series_share *share = &series->share[p];

        if (whole[p] < 0.0)
            continue;
        share->part = SHARE_KEEP * share->part + count;
        share->whole = SHARE_KEEP * share->whole + whole[p];
    }
    series->past[slot] = (float)count;
    series->recent[series->age % PS_SERIES_RECENT] = (float)count;
    series->age++;
}

static double mean_of_last(const struct ps_series *series, uint32_t count)
{
    const uint32_t n = series->age < count ? (uint32_t)series->age : count;
    double sum = 0.0;

    for (uint32_t i = 0; i < n; i++)
        sum += (double)series->recent[(series->age - 1 - i) % PS_SERIES_RECENT];
    return sum / (double)n;
}

static void say_season(const struct ps_series *series, uint32_t slot, float ret[PS_EXPERT_COUNT])
{
    for (unsigned e = 0; e < PS_SERIES_RATIOS; e++)
        ret[PS_EXPERT_SEASON_FAST + e] =
            (float)(season_at(series, slot, e) * (series->ratio_seen[e] + RATIO_PRIOR) /
                    (series->ratio_due[e] + RATIO_PRIOR));
    ret[PS_EXPERT_HOLT_WINTERS] = NAN;
    ret[PS_EXPERT_SEASONAL_NAIVE] = NAN;
    if (series->seen[slot] == 0)
        return;
    ret[PS_EXPERT_HOLT_WINTERS] = (float)fmax(winters_at(series, slot), 0.0);
    ret[PS_EXPERT_SEASONAL_NAIVE] = series->past[slot];
}

void ps_series_say(const struct ps_series *series, uint64_t interval, uint32_t lead,
                   const double parents[PS_SERIES_PARENTS], float ret[PS_EXPERT_COUNT])
{
    ret[PS_EXPERT_PERSISTENCE] = (float)mean_of_last(series, 1);
    ret[PS_EXPERT_MEAN_15MIN] = (float)mean_of_last(series, 3);
    ret[PS_EXPERT_MEAN_60MIN] = (float)mean_of_last(series, 12);
    ret[PS_EXPERT_MEAN_3H] = (float)mean_of_last(series, 36);
    for (unsigned e = 0; e < PS_SERIES_EWMAS; e++)
        ret[PS_EXPERT_EWMA_FAST + e] = (float)series->ewma[e];
    for (unsigned e = 0; e < PS_SERIES_HOLTS; e++) {
        const double damping = holt[e].damping;
        const double steps = damping * (1.0 - pow(damping, lead)) / (1.0 - damping);

        ret[PS_EXPERT_HOLT_FAST + e] =
            (float)fmax(series->level[e] + steps * series->trend[e], 0.0);
    }
    say_season(series, slot_of(interval + lead), ret);
    for (unsigned p = 0; p < PS_SERIES_PARENTS; p++) {
        const struct ps_series_share *share = &series->share[p];

        ret[PS_EXPERT_OF_TOTAL + p] =
            (float)(parents[p] * share->part / fmax(share->whole, SHARE_PRIOR));
    }
}
