/* SPDX-License-Identifier: BSD-3-Clause */
/* tools/evening_draw.c - who wants a title: viewer, region, device, profile, and for how long. */
#include <errno.h>
#include <stdlib.h>

#include "host/base/mem.h"
#include "tools/evening_priv.h"

#define DEVICES 5u /* 0 is unknown */

static const double region_shares[EVENING_REGIONS] = { 0.4, 0.3, 0.2, 0.1 };

/* News is for the pocket, film for the sofa. */
static const double device_taste[EVENING_KINDS][DEVICES] = {
    [EVENING_NEWS] = { 1.0, 1.8, 1.0, 0.5, 1.3 },
    [EVENING_SERIES] = { 1.0, 0.9, 1.2, 1.1, 0.9 },
    [EVENING_FILM] = { 1.0, 0.4, 0.9, 1.7, 0.8 },
    [EVENING_SPORT] = { 1.0, 1.1, 0.7, 1.3, 0.8 },
};

static uint32_t pick(struct chance *chance, const double *weights, uint32_t count)
{
    double total = 0.0, u;
    uint32_t i = 0;

    for (uint32_t k = 0; k < count; k++)
        total += weights[k];
    u = chance_uniform(chance) * total;
    while (i + 1 < count && u >= weights[i])
        u -= weights[i++];
    return i;
}

static uint32_t draw_segments(struct chance *chance, uint32_t segments)
{
    const double u = chance_uniform(chance);

    if (u < 0.25) /* looked in and left */
        return 1 + chance_below(chance, segments < 2 ? segments : 2);
    if (u < 0.60)
        return segments;
    return 1 + chance_below(chance, segments);
}

static struct evening_start draw_start(const struct evening *evening, struct chance *chance,
                                       uint32_t title, int64_t step_s)
{
    const struct evening_config *cfg = &evening->cfg;
    const struct evening_title *t = &evening->titles[title];
    /* A class of viewers is about as large as its part of an evening. */
    const uint32_t class_size =
        1 + (uint32_t)(cfg->starts / (EVENING_REGIONS * cfg->profile_count));
    double weights[EVENING_PROFILES_MAX];
    struct evening_start start = { .title = title };

    start.offset_s = (double)step_s + EVENING_STEP_S * chance_uniform(chance);
    for (uint32_t r = 0; r < EVENING_REGIONS; r++)
        weights[r] = region_shares[r] * (t->home == r + 1 ? 3.0 : 1.0);
    start.region = (uint16_t)(1 + pick(chance, weights, EVENING_REGIONS));
    for (uint32_t p = 0; p < cfg->profile_count; p++)
        weights[p] =
            cfg->profiles[p].share * device_taste[t->kind][cfg->profiles[p].device % DEVICES];
    start.profile = pick(chance, weights, cfg->profile_count);
    start.device = cfg->profiles[start.profile].device;
    start.access = start.device == 1 ? 1 : 2; /* phones by air, the rest by wire */
    start.viewer = (start.region * EVENING_PROFILES_MAX + start.profile) * class_size +
                   chance_below(chance, class_size);
    start.segments = draw_segments(chance, cfg->segments);
    return start;
}

static int by_time(const void *a, const void *b)
{
    const struct evening_start *x = a, *y = b;

    if (x->offset_s != y->offset_s)
        return x->offset_s < y->offset_s ? -1 : 1;
    return (x->title > y->title) - (x->title < y->title);
}

struct starts {
    struct evening_start *items;
    uint32_t count, capacity;
};

static int append(struct starts *starts, const struct evening_start *start)
{
    if (starts->count == starts->capacity) {
        const uint32_t capacity = starts->capacity == 0 ? 1024 : starts->capacity * 2;
        struct evening_start *more = ps_realloc(starts->items, capacity, sizeof(*more));

        if (more == NULL)
            return -ENOMEM;
        starts->items = more;
        starts->capacity = capacity;
    }
    starts->items[starts->count++] = *start;
    return 0;
}

static int draw_step(const struct evening *evening, int64_t step_s, struct starts *starts)
{
    struct chance chance;
    int rc = 0;

    chance_init(&chance, evening->cfg.seed, 2 + ((uint64_t)step_s << 8));
    for (uint32_t title = 0; title < evening->cfg.title_count; title++) {
        const uint32_t count = chance_poisson(&chance, evening_rate(evening, title, step_s));

        for (uint32_t i = 0; rc == 0 && i < count; i++) {
            const struct evening_start start = draw_start(evening, &chance, title, step_s);

            rc = append(starts, &start);
        }
    }
    return rc;
}

int evening_draw(const struct evening *evening, int64_t from_s, int64_t to_s,
                 struct evening_start **ret_starts, uint32_t *ret_count)
{
    struct starts starts = { 0 };
    int rc = 0;

    for (int64_t step_s = from_s; rc == 0 && step_s < to_s; step_s += EVENING_STEP_S)
        rc = draw_step(evening, step_s, &starts);
    if (rc != 0) {
        free(starts.items);
        return rc;
    }
    if (starts.count > 0)
        qsort(starts.items, starts.count, sizeof(*starts.items), by_time);
    *ret_starts = starts.items;
    *ret_count = starts.count;
    return 0;
}
