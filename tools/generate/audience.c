/* SPDX-License-Identifier: BSD-3-Clause */
/* tools/generate/audience.c - see audience.h. */
#include "tools/generate/audience.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>

#include "host/base/mem.h"
#include "tools/generate/catalogue.h"
#include "tools/generate/wheel.h"

#define FAVOURITE_IS_WANTED 2.5 /* times as often as by others */
#define LIAR_LIES           90u

static const double zone_shares[GEN_ZONES_MAX] = { 0.45, 0.25, 0.20, 0.10 };
static const double zone_hours[GEN_ZONES_MAX] = { 0, 1, 6, 9 };
static const double device_shares[GEN_DEVICES] = { 0.45, 0.15, 0.25, 0.15 };

/* What is wanted at 0, 3, 6 ... 21 o'clock, local time. */
static const double hours[GEN_CATEGORIES][8] = {
    [GEN_NEWS] = { 0.6, 0.3, 1.5, 1.6, 1.2, 1.0, 1.3, 1.1 },
    [GEN_CLIPS] = { 1.0, 0.4, 0.4, 0.8, 1.1, 1.2, 1.5, 1.7 },
    [GEN_SERIES] = { 1.1, 0.3, 0.2, 0.4, 0.7, 0.9, 1.9, 2.5 },
    [GEN_FILM] = { 1.0, 0.2, 0.1, 0.3, 0.7, 0.8, 2.2, 2.7 },
    [GEN_SPORT] = { 0.3, 0.2, 0.1, 0.5, 1.1, 1.5, 2.4, 1.9 },
};

static const double device_taste[GEN_CATEGORIES][GEN_DEVICES] = {
    [GEN_NEWS] = { 1.4, 1.0, 0.5, 1.1 },   [GEN_CLIPS] = { 1.3, 1.1, 0.5, 1.0 },
    [GEN_SERIES] = { 0.7, 1.1, 1.5, 0.9 }, [GEN_FILM] = { 0.4, 0.9, 1.9, 0.9 },
    [GEN_SPORT] = { 0.9, 0.8, 1.4, 1.0 },
};

static const struct {
    const char *name;
    uint32_t bytes; /* a second */
    double share[GEN_DEVICES];
} profiles[GEN_PROFILES] = {
    { "360p", 100000, { 0.60, 0.15, 0.02, 0.05 } },
    { "480p", 175000, { 0.30, 0.55, 0.08, 0.20 } },
    { "720p", 350000, { 0.09, 0.27, 0.30, 0.55 } },
    { "1080p", 650000, { 0.01, 0.03, 0.60, 0.20 } },
};

double gen_profile_share(uint32_t device, uint32_t profile)
{
    return profiles[profile].share[device];
}

uint32_t gen_profile_bytes(uint32_t profile)
{
    return profiles[profile].bytes;
}

const char *gen_profile_name(uint32_t profile)
{
    return profiles[profile].name;
}

double gen_device_share(const struct gen_config *cfg, uint32_t owned, uint32_t used)
{
    const double other = (double)cfg->other_device / 100.0;

    return owned == used ? 1.0 - other : other / (GEN_DEVICES - 1);
}

/* @param hour  From midnight on, local time; any number of days. */
static double wanted_at(const struct gen_config *cfg, uint32_t category, double hour)
{
    const double at = fmod(hour, 24.0) / 3.0, part = at - floor(at);
    const uint32_t i = (uint32_t)at % 8;
    double mean = 0.0, here;

    for (uint32_t k = 0; k < 8; k++)
        mean += hours[category][k] / 8.0;
    here = hours[category][i] * (1.0 - part) + hours[category][(i + 1) % 8] * part;
    return 1.0 + (double)cfg->hours / 100.0 * (here / mean - 1.0);
}

static uint32_t draw_share(struct chance *chance, const double *shares, uint32_t count)
{
    double u = chance_uniform(chance);
    uint32_t i = 0;

    while (i + 1 < count && u >= shares[i])
        u -= shares[i++];
    return i;
}

/* How often it errs: most are nearly honest, liars are not. Always as many draws. */
static uint8_t draw_lies(struct chance *chance, const struct gen_config *cfg)
{
    const bool has_agent = chance_uniform(chance) * 100.0 < (double)cfg->agents;
    const bool is_liar = chance_uniform(chance) * 100.0 < (double)cfg->liars;
    const double u = chance_uniform(chance);

    if (!has_agent)
        return GEN_NO_AGENT;
    return is_liar ? LIAR_LIES : (uint8_t)((double)cfg->lies * u * u);
}

static void draw_zone(struct gen_audience *audience, const struct gen_config *cfg,
                      struct chance *chance, uint32_t zone)
{
    const uint32_t first = audience->first[zone], end = audience->first[zone + 1];
    double sum = 0.0;

    for (uint32_t i = first; i < end; i++) {
        struct gen_user *user = &audience->users[i];
        const double activity = exp((double)cfg->activity / 100.0 * chance_normal(chance));

        user->zone = (uint8_t)zone;
        user->device = (uint8_t)draw_share(chance, device_shares, GEN_DEVICES);
        user->favourite = (uint8_t)chance_below(chance, GEN_CATEGORIES);
        user->lies = draw_lies(chance, cfg);
        audience->class_share[zone][user->device][user->favourite] += activity;
        sum += activity;
        audience->sums[i] = sum;
    }
    for (uint32_t d = 0; d < GEN_DEVICES && end > first; d++)
        for (uint32_t f = 0; f < GEN_CATEGORIES; f++)
            audience->class_share[zone][d][f] /= sum;
}

/* Of the zones in use, the part that lives in this one. */
static double zone_share(const struct gen_config *cfg, uint32_t zone)
{
    double sum = 0.0;

    for (uint32_t z = 0; z < cfg->zones; z++)
        sum += zone_shares[z];
    return zone < cfg->zones ? zone_shares[zone] / sum : 0.0;
}

int gen_audience_init(struct gen_audience *audience, const struct gen_config *cfg)
{
    struct chance chance;
    double share = 0.0;

    audience->users = ps_zalloc(cfg->users, sizeof(*audience->users));
    audience->sums = ps_zalloc(cfg->users, sizeof(*audience->sums));
    if (audience->users == NULL || audience->sums == NULL)
        return -ENOMEM;
    chance_init(&chance, cfg->seed, 2);
    for (uint32_t zone = 0; zone < GEN_ZONES_MAX; zone++) {
        share += zone_share(cfg, zone);
        audience->first[zone + 1] = zone + 1 >= cfg->zones
                                        ? (uint32_t)cfg->users
                                        : (uint32_t)lround(share * (double)cfg->users);
        draw_zone(audience, cfg, &chance, zone);
    }
    return 0;
}

void gen_audience_fini(struct gen_audience *audience)
{
    free(audience->sums);
    free(audience->users);
}

static void set_wish(double wish[GEN_CATEGORIES], const double wanted[GEN_CATEGORIES],
                     uint32_t device, uint32_t favourite)
{
    double sum = 0.0;

    for (uint32_t c = 0; c < GEN_CATEGORIES; c++) {
        wish[c] =
            wanted[c] * device_taste[c][device] * (c == favourite ? FAVOURITE_IS_WANTED : 1.0);
        sum += wish[c];
    }
    for (uint32_t c = 0; c < GEN_CATEGORIES && sum > 0.0; c++)
        wish[c] /= sum;
}

void gen_scene_set(struct gen_scene *scene, const struct gen_config *cfg, double now_s,
                   const bool has_media[GEN_CATEGORIES])
{
    const double mean_rate = (double)cfg->requests / ((double)cfg->days * 86400.0);

    scene->total_rate = 0.0;
    for (uint32_t zone = 0; zone < GEN_ZONES_MAX; zone++) {
        double wanted[GEN_CATEGORIES], load = 0.0;

        for (uint32_t c = 0; c < GEN_CATEGORIES; c++) {
            wanted[c] =
                gen_category_share(c) * wanted_at(cfg, c, now_s / 3600.0 + zone_hours[zone]);
            load += wanted[c];
            wanted[c] *= has_media[c] ? 1.0 : 0.0;
        }
        scene->rate[zone] = mean_rate * zone_share(cfg, zone) * load;
        scene->total_rate += scene->rate[zone];
        for (uint32_t d = 0; d < GEN_DEVICES; d++)
            for (uint32_t f = 0; f < GEN_CATEGORIES; f++)
                set_wish(scene->wish[zone][d][f], wanted, d, f);
    }
}

uint32_t gen_audience_pick(const struct gen_audience *audience, uint32_t zone, double u)
{
    const uint32_t first = audience->first[zone], count = audience->first[zone + 1] - first;

    return count == 0 ? GEN_NONE : first + gen_wheel(audience->sums + first, count, u);
}
