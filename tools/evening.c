/* SPDX-License-Identifier: BSD-3-Clause */
/* tools/evening.c - titles and how much each is wanted; who wants it is in evening_draw.c. */
#include <errno.h>
#include <math.h>
#include <stdlib.h>

#include "host/base/mem.h"
#include "tools/evening_priv.h"

#define DAY_S        86400.0
#define T0_HOUR      20.0
#define DRIFT        0.35 /* of log popularity, a day */
#define ZIPF_SHIFT   4.0
#define FLASH_SHARE  0.5 /* of all starts without it, at its height */
#define FLASH_RISE_S 120.0
#define FLASH_FALL_S 400.0

/* starts' share, titles' share, ageing time and power, and 24 hours in steps of four */
static const struct {
    double starts, titles, ageing_s, power;
    double hours[6];
} kinds[EVENING_KINDS] = {
    [EVENING_NEWS] = { 0.15, 0.15, 6 * 3600.0, 1.3, { 0.4, 0.7, 1.5, 1.2, 1.4, 1.3 } },
    [EVENING_SERIES] = { 0.45, 0.40, 3 * DAY_S, 0.9, { 0.5, 0.2, 0.4, 0.8, 1.6, 2.6 } },
    [EVENING_FILM] = { 0.28, 0.35, 14 * DAY_S, 0.7, { 0.5, 0.1, 0.2, 0.6, 1.4, 2.9 } },
    [EVENING_SPORT] = { 0.12, 0.10, 8 * 3600.0, 1.2, { 0.2, 0.2, 0.6, 1.0, 1.9, 2.3 } },
};

/* Straight between the middles of the four-hour steps. */
static double hour_factor(enum evening_kind kind, double offset_s)
{
    const double at = fmod(offset_s / 3600.0 + T0_HOUR + 24.0 * (EVENING_DAYS_MAX + 1) - 2.0, 24.0);
    const unsigned step = (unsigned)(at / 4.0) % 6;
    const double part = at / 4.0 - floor(at / 4.0);

    return kinds[kind].hours[step] * (1.0 - part) + kinds[kind].hours[(step + 1) % 6] * part;
}

/* Days are counted back from t0; the walk is drawn forward, so day 0 is the evening's. */
static uint32_t day_of(double offset_s)
{
    const double day = floor(offset_s / DAY_S + 0.5); /* changes at 8 in the morning */

    return day >= 0.0 ? 0 : (uint32_t)-day;
}

static double title_factor(const struct evening *evening, uint32_t title, double offset_s)
{
    const struct evening_title *t = &evening->titles[title];
    const double age_s = offset_s - t->born_s;
    const uint32_t day = day_of(offset_s);
    const uint32_t days = evening->cfg.history_days + 2;

    if (age_s < 0.0)
        return 0.0;
    return t->weight * evening->drift[title * days + (day < days ? day : days - 1)] *
           pow(1.0 + age_s / kinds[t->kind].ageing_s, -kinds[t->kind].power) *
           hour_factor(t->kind, offset_s);
}

static double flash_rate(const struct evening *evening, double offset_s)
{
    const double age_s = offset_s + EVENING_STEP_S / 2.0 - evening->flash_s;

    if (age_s < 0.0)
        return 0.0;
    return FLASH_SHARE * evening->cfg.starts / (evening->cfg.minutes * 60.0) * EVENING_STEP_S *
           (1.0 - exp(-age_s / FLASH_RISE_S)) * exp(-age_s / FLASH_FALL_S);
}

double evening_rate(const struct evening *evening, uint32_t title, int64_t offset_s)
{
    const double at_s = (double)offset_s;
    double rate = evening->scale * title_factor(evening, title, at_s);

    if (title == evening->flash)
        rate += flash_rate(evening, at_s);
    return rate;
}

uint32_t evening_flash(const struct evening *evening, double *ret_offset_s)
{
    *ret_offset_s = evening->flash_s;
    return evening->flash;
}

static enum evening_kind draw_kind(struct chance *chance)
{
    double u = chance_uniform(chance);
    unsigned kind = 0;

    while (kind + 1 < EVENING_KINDS && u >= kinds[kind].titles)
        u -= kinds[kind++].titles;
    return (enum evening_kind)kind;
}

/* Most of a catalogue is old; a part came during the history, and some of it today. */
static double draw_birth(struct chance *chance, uint32_t history_days)
{
    const double u = chance_uniform(chance);

    if (u < 0.65)
        return -DAY_S * (history_days + 60.0 * chance_uniform(chance));
    if (u < 0.93)
        return -DAY_S * (history_days * chance_uniform(chance));
    return -DAY_S * 0.5 * chance_uniform(chance);
}

/* Popularity by a random rank, shared out so that each kind gets its part of the starts at t0. */
static void draw_titles(struct evening *evening, struct chance *chance)
{
    const uint32_t count = evening->cfg.title_count;
    uint32_t episode_before = UINT32_MAX;

    for (uint32_t i = 0; i < count; i++) {
        struct evening_title *t = &evening->titles[i];
        const double rank = count * chance_uniform(chance);

        t->kind = draw_kind(chance);
        t->born_s = draw_birth(chance, evening->cfg.history_days);
        t->weight = pow(rank + ZIPF_SHIFT, -(double)evening->cfg.skew_percent / 100.0);
        t->home = (uint16_t)(1 + chance_below(chance, EVENING_REGIONS));
        if (t->kind != EVENING_SERIES)
            continue;
        if (episode_before != UINT32_MAX && chance_uniform(chance) < 0.5)
            t->weight =
                evening->titles[episode_before].weight * (0.8 + 0.3 * chance_uniform(chance));
        episode_before = i;
    }
    for (uint32_t i = count - evening->cfg.never_seen; i < count; i++) {
        evening->titles[i].born_s = 0.0;
        evening->titles[i].weight *= 0.5; /* a first night is not the whole night */
    }
}

static void draw_drift(struct evening *evening, struct chance *chance)
{
    const uint32_t days = evening->cfg.history_days + 2;

    for (uint32_t i = 0; i < evening->cfg.title_count; i++) {
        double log_factor = 0.0;

        for (uint32_t day = days; day-- > 0;) {
            log_factor += DRIFT * chance_normal(chance);
            evening->drift[i * days + day] = exp(log_factor);
        }
    }
}

/* Each kind gets its share of the starts at t0, and the evening its number of starts. */
static void set_scale(struct evening *evening)
{
    double of_kind[EVENING_KINDS] = { 0 };
    double total = 0.0;

    for (uint32_t i = 0; i < evening->cfg.title_count; i++)
        of_kind[evening->titles[i].kind] += title_factor(evening, i, 0.0);
    for (uint32_t i = 0; i < evening->cfg.title_count; i++) {
        struct evening_title *t = &evening->titles[i];

        if (of_kind[t->kind] > 0.0)
            t->weight *= kinds[t->kind].starts / of_kind[t->kind];
        for (int64_t at = 0; at < evening->cfg.minutes * 60; at += EVENING_STEP_S)
            total += title_factor(evening, i, (double)at);
    }
    evening->scale = evening->cfg.starts / total;
}

/* A title of the middle of the field that has a past, so that its crowd is news to everyone. */
static uint32_t pick_flash(const struct evening *evening, struct chance *chance)
{
    const uint32_t seen = evening->cfg.title_count - evening->cfg.never_seen;
    uint32_t best = chance_below(chance, seen);

    for (unsigned tries = 0; tries < 64; tries++) {
        const uint32_t i = chance_below(chance, seen);
        const double mean = evening->cfg.starts / evening->cfg.title_count;
        const double rate =
            evening_rate(evening, i, 0) * evening->cfg.minutes * 60 / EVENING_STEP_S;

        if (rate > 0.1 * mean && rate < 0.7 * mean)
            return i;
    }
    return best;
}

static bool is_valid(const struct evening_config *cfg)
{
    double shares = 0.0;

    for (uint32_t p = 0; p < cfg->profile_count && p < EVENING_PROFILES_MAX; p++)
        shares += cfg->profiles[p].share;
    return cfg->title_count > 0 && cfg->title_count <= EVENING_TITLES_MAX &&
           cfg->never_seen < cfg->title_count && cfg->minutes >= 5 && cfg->minutes <= 240 &&
           cfg->minutes % 5 == 0 && cfg->skew_percent <= 300 && cfg->starts > 0.0 &&
           cfg->starts <= 1e7 && cfg->history_days <= EVENING_DAYS_MAX && cfg->profile_count > 0 &&
           cfg->profile_count <= EVENING_PROFILES_MAX && shares > 0.0 && cfg->segments > 0 &&
           cfg->flash >= EVENING_FLASH_NONE && cfg->flash < (int64_t)cfg->title_count;
}

int evening_create(struct evening **ret_evening, const struct evening_config *cfg)
{
    struct evening *evening;
    struct chance chance;

    if (!is_valid(cfg))
        return -EINVAL;
    evening = ps_zalloc(1, sizeof(*evening));
    if (evening == NULL)
        return -ENOMEM;
    evening->cfg = *cfg;
    evening->flash = UINT32_MAX;
    evening->titles = ps_zalloc(cfg->title_count, sizeof(*evening->titles));
    evening->drift = ps_zalloc((size_t)cfg->title_count * (cfg->history_days + 2), sizeof(double));
    if (evening->titles == NULL || evening->drift == NULL) {
        evening_destroy(evening);
        return -ENOMEM;
    }
    chance_init(&chance, cfg->seed, 1);
    draw_titles(evening, &chance);
    draw_drift(evening, &chance);
    set_scale(evening);
    evening->flash_s = cfg->minutes * 60 * (0.25 + 0.2 * chance_uniform(&chance));
    if (cfg->flash >= 0)
        evening->flash = (uint32_t)cfg->flash;
    else if (cfg->flash == EVENING_FLASH_AUTO)
        evening->flash = pick_flash(evening, &chance);
    *ret_evening = evening;
    return 0;
}

void evening_destroy(struct evening *evening)
{
    if (evening == NULL)
        return;
    free(evening->drift);
    free(evening->titles);
    free(evening);
}
