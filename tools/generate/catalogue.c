/* SPDX-License-Identifier: BSD-3-Clause */
/* tools/generate/catalogue.c - see catalogue.h. */
#include "tools/generate/catalogue.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>

#include "host/base/mem.h"
#include "tools/generate/wheel.h"

#define DAY_S 86400.0

/* A sequel loses some of those who began, and mostly comes at once. */
#define SERIES_GOES_ON  0.9
#define SEQUEL_KEEPS    0.93
#define SEQUEL_IS_LATER 0.3

static const struct kind {
    double share_of_requests, share_of_media;
    double decay_s, steepness; /* popularity falls as (1 + age / decay) ^ -steepness */
    double past_s;             /* the oldest was born so long before t0 */
    double born_after_start;   /* part of them; < 0: as often as before the start */
    double length_s;
} kinds[GEN_CATEGORIES] = {
    [GEN_NEWS] = { 0.18, 0.10, 4 * 3600, 1.6, 4 * DAY_S, -1.0, 150 },
    [GEN_CLIPS] = { 0.34, 0.60, 18 * 3600, 1.2, 15 * DAY_S, -1.0, 240 },
    [GEN_SERIES] = { 0.24, 0.18, 3 * DAY_S, 1.1, 60 * DAY_S, 0.1, 2400 },
    [GEN_FILM] = { 0.12, 0.10, 14 * DAY_S, 0.8, 60 * DAY_S, 0.1, 6000 },
    [GEN_SPORT] = { 0.12, 0.02, 2 * 3600, 1.8, 2 * DAY_S, -1.0, 1800 },
};

double gen_category_share(uint32_t category)
{
    return kinds[category].share_of_requests;
}

uint32_t gen_length(struct chance *chance, uint32_t category)
{
    return 10 + (uint32_t)(kinds[category].length_s * exp(0.5 * chance_normal(chance)));
}

static double draw_birth(struct chance *chance, const struct gen_config *cfg, uint32_t category)
{
    const struct kind *kind = &kinds[category];
    const double new_s = (double)(cfg->days * cfg->births) / 100.0 * DAY_S;
    const double part =
        kind->born_after_start < 0.0 ? new_s / (new_s + kind->past_s) : kind->born_after_start;
    const double which = chance_uniform(chance), when = chance_uniform(chance);

    return which < part && new_s > 0.0 ? when * new_s : -when * kind->past_s;
}

/* Ranks are dealt by chance, whatever the category. */
static void draw_weights(struct gen_catalogue *catalogue, const struct gen_config *cfg,
                         struct chance *chance)
{
    const uint32_t count = (uint32_t)cfg->media;

    for (uint32_t i = 0; i < count; i++)
        catalogue->media[i].weight =
            (float)pow(1.0 + i + (double)cfg->plateau, (double)cfg->skew / -100.0);
    for (uint32_t i = count; i > 1; i--) {
        const uint32_t other = chance_below(chance, i);
        const float weight = catalogue->media[i - 1].weight;

        catalogue->media[i - 1].weight = catalogue->media[other].weight;
        catalogue->media[other].weight = weight;
    }
}

static void link_sequels(struct gen_catalogue *catalogue, struct chance *chance)
{
    struct gen_medium *media = catalogue->media;

    for (uint32_t i = catalogue->first[GEN_SERIES]; i + 1 < catalogue->first[GEN_SERIES + 1]; i++) {
        const bool goes_on = chance_uniform(chance) < SERIES_GOES_ON;
        const bool is_later = chance_uniform(chance) < SEQUEL_IS_LATER;

        if (!goes_on)
            continue;
        media[i].has_sequel = true;
        media[i + 1].weight = media[i].weight * (float)SEQUEL_KEEPS;
        media[i + 1].born_s = media[i].born_s + (is_later ? DAY_S : 0.0);
    }
}

int gen_catalogue_init(struct gen_catalogue *catalogue, const struct gen_config *cfg)
{
    const uint32_t count = (uint32_t)cfg->media;
    struct chance chance;
    double share = 0.0;

    catalogue->media = ps_zalloc(count, sizeof(*catalogue->media));
    catalogue->popularity = ps_zalloc(count, sizeof(*catalogue->popularity));
    catalogue->sums = ps_zalloc(count, sizeof(*catalogue->sums));
    if (catalogue->media == NULL || catalogue->popularity == NULL || catalogue->sums == NULL)
        return -ENOMEM;
    chance_init(&chance, cfg->seed, 1);
    for (uint32_t c = 0; c < GEN_CATEGORIES; c++) {
        share += kinds[c].share_of_media;
        catalogue->first[c + 1] =
            c + 1 == GEN_CATEGORIES ? count : (uint32_t)lround(share * (double)count);
        for (uint32_t i = catalogue->first[c]; i < catalogue->first[c + 1]; i++) {
            catalogue->media[i].category = (uint8_t)c;
            catalogue->media[i].length_s = gen_length(&chance, c);
            catalogue->media[i].born_s = draw_birth(&chance, cfg, c);
        }
    }
    draw_weights(catalogue, cfg, &chance);
    link_sequels(catalogue, &chance);
    return 0;
}

void gen_catalogue_fini(struct gen_catalogue *catalogue)
{
    free(catalogue->sums);
    free(catalogue->popularity);
    free(catalogue->media);
}

static double worn_by_age(const struct gen_config *cfg, const struct kind *kind, double age_s)
{
    const double ages = age_s / (kind->decay_s * (double)cfg->decay_scale / 100.0);

    if (age_s < 0.0)
        return 0.0;
    switch (cfg->decay) {
    case 0:
        return 1.0;
    case 1:
        return pow(1.0 + ages, -kind->steepness);
    default:
        return exp(-ages);
    }
}

void gen_catalogue_age(struct gen_catalogue *catalogue, const struct gen_config *cfg, double now_s)
{
    for (uint32_t c = 0; c < GEN_CATEGORIES; c++) {
        double sum = 0.0;

        for (uint32_t i = catalogue->first[c]; i < catalogue->first[c + 1]; i++) {
            const struct gen_medium *medium = &catalogue->media[i];

            catalogue->popularity[i] =
                medium->weight * worn_by_age(cfg, &kinds[c], now_s - medium->born_s);
            sum += catalogue->popularity[i];
            catalogue->sums[i] = sum;
        }
        catalogue->total[c] = sum;
    }
}

uint32_t gen_catalogue_pick(const struct gen_catalogue *catalogue, uint32_t category, double u)
{
    const uint32_t first = catalogue->first[category];

    return first + gen_wheel(catalogue->sums + first, catalogue->first[category + 1] - first, u);
}
