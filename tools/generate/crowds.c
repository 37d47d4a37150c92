/* SPDX-License-Identifier: BSD-3-Clause */
/* tools/generate/crowds.c - see crowds.h. */
#include "tools/generate/crowds.h"

#include <assert.h>
#include <math.h>
#include <stddef.h>

#define RISE_S       180.0
#define FADES_LIVED  8.0 /* e^-8 of the peak is nobody */
#define PLAN_AHEAD_S 600u
#define TRIES_MAX    16u /* to find a medium that is born */

static_assert(PLAN_AHEAD_S >= GEN_INTERVAL_S, "an interval's crowds are known at its start");

static double gap(struct gen_crowds *crowds, const struct gen_config *cfg)
{
    if (cfg->crowds == 0)
        return INFINITY;
    return -log(1.0 - chance_uniform(&crowds->chance)) * 86400.0 / (double)cfg->crowds;
}

void gen_crowds_init(struct gen_crowds *crowds, const struct gen_config *cfg)
{
    *crowds = (struct gen_crowds){ 0 };
    chance_init(&crowds->chance, cfg->seed, 3);
    crowds->next_s = gap(crowds, cfg);
}

static void forget(struct gen_crowds *crowds, double now_s)
{
    for (uint32_t i = 0; i < crowds->count;) {
        const struct gen_crowd *crowd = &crowds->live[i];

        if (now_s > crowd->start_s + FADES_LIVED * crowd->fade_s)
            crowds->live[i] = crowds->live[--crowds->count];
        else
            i++;
    }
}

/* The draws are as many each time, so that what is popular does not move the next crowd. */
static struct gen_crowd draw(struct gen_crowds *crowds, const struct gen_config *cfg,
                             const struct gen_catalogue *catalogue)
{
    struct chance *chance = &crowds->chance;
    struct gen_crowd crowd = { .decided_s = crowds->next_s };
    double u;

    crowd.start_s = crowds->next_s + PLAN_AHEAD_S + 1200.0 * chance_uniform(chance);
    crowd.fade_s = 900.0 + 2700.0 * chance_uniform(chance);
    u = chance_uniform(chance);
    crowd.peak = (double)cfg->crowd_share / 100.0 * (0.2 + 0.8 * u * u);
    crowd.zone = chance_below(chance, 2 * (uint32_t)cfg->zones);
    if (crowd.zone >= cfg->zones)
        crowd.zone = GEN_NONE;
    crowd.is_announced = chance_uniform(chance) < 0.5;
    crowd.medium = GEN_NONE;
    for (uint32_t i = 0; i < TRIES_MAX; i++) {
        const uint32_t medium = chance_below(chance, (uint32_t)cfg->media);

        if (crowd.medium == GEN_NONE && catalogue->media[medium].born_s <= crowds->next_s)
            crowd.medium = medium;
    }
    return crowd;
}

const struct gen_crowd *gen_crowds_plan(struct gen_crowds *crowds, const struct gen_config *cfg,
                                        const struct gen_catalogue *catalogue, double end_s)
{
    forget(crowds, end_s - GEN_INTERVAL_S);
    while (crowds->next_s < end_s) {
        const struct gen_crowd crowd = draw(crowds, cfg, catalogue);

        crowds->next_s += gap(crowds, cfg);
        if (crowd.medium == GEN_NONE || crowds->count == GEN_CROWDS_MAX)
            continue;
        crowds->live[crowds->count] = crowd;
        return &crowds->live[crowds->count++];
    }
    return NULL;
}

double gen_crowd_share(const struct gen_crowd *crowd, uint32_t zone, double now_s)
{
    const double age_s = now_s - crowd->start_s;

    if (age_s <= 0.0 || (crowd->zone != GEN_NONE && crowd->zone != zone))
        return 0.0;
    return crowd->peak * (1.0 - exp(-age_s / RISE_S)) * exp(-age_s / crowd->fade_s);
}
