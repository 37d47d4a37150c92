/* SPDX-License-Identifier: BSD-3-Clause */
/* tools/generate/generate.c - see generate.h. */
#include "tools/generate/generate.h"

#include <assert.h>
#include <errno.h>
#include <math.h>
#include <stdlib.h>

#include "host/base/mem.h"
#include "tools/generate/generate_priv.h"
#include "tools/generate/wheel.h"

#define MEZZANINE 2u /* the profile whose size a medium has when there are no pairs */

static_assert(GEN_INTERVAL_S % GEN_TICK_S == 0, "an interval is whole ticks");

void gen_config_defaults(struct gen_config *cfg)
{
#define GEN_OPTION(field, standard, least, most, help) .field = standard,
    *cfg = (struct gen_config){
#include "tools/generate/options.def"
    };
#undef GEN_OPTION
}

static bool is_within(const struct gen_config *cfg)
{
    const struct {
        uint64_t value, least, most;
    } limits[] = {
#define GEN_OPTION(field, standard, least, most, help) { cfg->field, least, most },
#include "tools/generate/options.def"
#undef GEN_OPTION
    };

    for (size_t i = 0; i < PS_ARRAY_LEN(limits); i++)
        if (limits[i].value < limits[i].least || limits[i].value > limits[i].most)
            return false;
    return true;
}

int gen_create(struct gen **ret_gen, const struct gen_config *cfg)
{
    struct gen *gen;

    if (!is_within(cfg))
        return -EINVAL;
    gen = ps_zalloc(1, sizeof(*gen));
    if (gen == NULL)
        return -ENOMEM;
    gen->cfg = *cfg;
    gen->surely = ps_zalloc(cfg->media, sizeof(*gen->surely));
    /* A viewer has one thing in mind, to be told and to be done; a crowd is told once. */
    if (gen->surely == NULL || gen_catalogue_init(&gen->catalogue, cfg) != 0 ||
        gen_audience_init(&gen->audience, cfg) != 0 ||
        gen_intents_init(&gen->intents, 2 * (uint32_t)cfg->users + GEN_CROWDS_MAX) != 0)
        goto fail;
    gen_crowds_init(&gen->crowds, cfg);
    chance_init(&gen->arrivals, cfg->seed, 4);
    chance_init(&gen->choices, cfg->seed, 5);
    chance_init(&gen->minds, cfg->seed, 6);
    *ret_gen = gen;
    return 0;

fail:
    gen_destroy(gen);
    return -ENOMEM;
}

void gen_destroy(struct gen *gen)
{
    if (gen == NULL)
        return;
    gen_intents_fini(&gen->intents);
    gen_audience_fini(&gen->audience);
    gen_catalogue_fini(&gen->catalogue);
    free(gen->surely);
    free(gen);
}

void gen_set_scene(struct gen *gen, double now_s)
{
    bool has_media[GEN_CATEGORIES];

    for (uint32_t c = 0; c < GEN_CATEGORIES; c++)
        has_media[c] = gen->catalogue.total[c] > 0.0;
    gen_scene_set(&gen->scene, &gen->cfg, now_s, has_media);
}

static int emit(struct gen *gen, const struct gen_sink *sink, struct gen_request *request,
                const struct gen_medium *medium, double now_s)
{
    request->t_s = (int64_t)((double)gen->cfg.t0 + now_s);
    request->ctime_s = (int64_t)((double)gen->cfg.t0 + medium->born_s);
    request->zone = gen->audience.users[request->user - 1].zone;
    request->category = medium->category;
    request->size_bytes = (uint64_t)medium->length_s *
                          gen_profile_bytes(gen->cfg.pairs ? request->profile : MEZZANINE);
    return sink->request == NULL ? 0 : sink->request(sink->ctx, request);
}

/* A medium of the catalogue is asked for. */
static int play(struct gen *gen, const struct gen_sink *sink, struct gen_request *request,
                double now_s)
{
    const int rc = emit(gen, sink, request, &gen->catalogue.media[request->medium - 1], now_s);

    if (rc == 0)
        gen_think(gen, request, now_s);
    return rc;
}

/* One that is not in the catalogue, a day old at most, and never asked for again. */
static int play_once(struct gen *gen, const struct gen_sink *sink, struct gen_request *request,
                     double now_s)
{
    struct gen_medium medium = { .born_s = now_s - 86400.0 * chance_uniform(&gen->choices) };

    medium.category = (uint8_t)chance_below(&gen->choices, GEN_CATEGORIES);
    medium.length_s = gen_length(&gen->choices, medium.category);
    request->medium = (uint32_t)gen->cfg.media + ++gen->one_hit_count;
    return emit(gen, sink, request, &medium, now_s);
}

/* All that was intended up to now. */
static int settle(struct gen *gen, const struct gen_sink *sink, double now_s)
{
    struct gen_intent intent;
    int rc = 0;

    while (rc == 0 && gen_intents_pop(&gen->intents, now_s, &intent)) {
        struct gen_request request = { .medium = intent.medium + 1,
                                       .user = intent.user + 1,
                                       .profile = intent.profile,
                                       .device = intent.device };

        if (intent.is_telling) {
            rc = gen_tell(gen, sink, &intent);
            continue;
        }
        gen->audience.users[intent.user].is_busy = false;
        if (intent.is_true)
            rc = play(gen, sink, &request, intent.due_s);
    }
    return rc;
}

/* The crowd's medium, or what the viewer likes at this hour. @return GEN_NONE: nothing is there. */
static uint32_t choose(struct gen *gen, const struct gen_user *user, double tick_s)
{
    const double *wish = gen->scene.wish[user->zone][user->device][user->favourite];
    uint32_t category;

    for (uint32_t i = 0; i < gen->crowds.count; i++) {
        const struct gen_crowd *crowd = &gen->crowds.live[i];
        const double share = gen_crowd_share(crowd, user->zone, tick_s);

        if (share > 0.0 && gen_happens(&gen->choices, 100.0 * share))
            return crowd->medium;
    }
    category = gen_pick(&gen->choices, wish, GEN_CATEGORIES);
    if (category == GEN_CATEGORIES)
        return GEN_NONE;
    return gen_catalogue_pick(&gen->catalogue, category, chance_uniform(&gen->choices));
}

static int request_one(struct gen *gen, const struct gen_sink *sink, double now_s, double tick_s)
{
    const uint32_t zone = gen_pick(&gen->choices, gen->scene.rate, GEN_ZONES_MAX);
    const uint32_t who = gen_audience_pick(&gen->audience, zone, chance_uniform(&gen->choices));
    double shares[GEN_PROFILES], devices[GEN_DEVICES];
    struct gen_request request = { .user = who + 1 };
    uint32_t medium = GEN_NONE;

    if (who == GEN_NONE)
        return 0;
    for (uint32_t d = 0; d < GEN_DEVICES; d++)
        devices[d] = gen_device_share(&gen->cfg, gen->audience.users[who].device, d);
    request.device = (uint8_t)gen_pick(&gen->choices, devices, GEN_DEVICES);
    for (uint32_t p = 0; p < GEN_PROFILES; p++)
        shares[p] = gen_profile_share(request.device, p);
    request.profile = (uint8_t)gen_pick(&gen->choices, shares, GEN_PROFILES);
    if (!gen_happens(&gen->choices, (double)gen->cfg.one_hits))
        medium = choose(gen, &gen->audience.users[who], tick_s);
    request.medium = medium + 1;
    return medium == GEN_NONE ? play_once(gen, sink, &request, now_s)
                              : play(gen, sink, &request, now_s);
}

static int run_tick(struct gen *gen, const struct gen_sink *sink, double tick_s)
{
    double now_s = tick_s;
    int rc = 0;

    gen_set_scene(gen, tick_s);
    while (rc == 0) {
        now_s -= log(1.0 - chance_uniform(&gen->arrivals)) / gen->scene.total_rate;
        if (now_s >= tick_s + GEN_TICK_S)
            break;
        rc = settle(gen, sink, now_s);
        if (rc == 0)
            rc = request_one(gen, sink, now_s, tick_s);
    }
    return rc != 0 ? rc : settle(gen, sink, tick_s + GEN_TICK_S);
}

static void plan_crowds(struct gen *gen, double end_s)
{
    const struct gen_crowd *crowd;

    while ((crowd = gen_crowds_plan(&gen->crowds, &gen->cfg, &gen->catalogue, end_s)) != NULL) {
        const struct gen_intent announcement = { .at_s = crowd->decided_s,
                                                 .due_s = crowd->start_s,
                                                 .medium = crowd->medium,
                                                 .user = GEN_NONE,
                                                 .profile = GEN_PROFILES,
                                                 .device = GEN_DEVICES,
                                                 .is_telling = true,
                                                 .is_true = true };

        if (crowd->is_announced)
            gen_intents_push(&gen->intents, &announcement);
    }
}

int gen_run(struct gen *gen, const struct gen_sink *sink)
{
    const uint32_t intervals = (uint32_t)gen->cfg.days * 86400 / GEN_INTERVAL_S;
    int rc = 0;

    for (uint32_t i = 0; rc == 0 && i < intervals; i++) {
        const double now_s = (double)i * GEN_INTERVAL_S;

        gen_catalogue_age(&gen->catalogue, &gen->cfg, now_s);
        plan_crowds(gen, now_s + GEN_INTERVAL_S);
        if (sink->rate != NULL)
            rc = gen_tell_rates(gen, sink, now_s);
        for (uint32_t s = 0; rc == 0 && s < GEN_INTERVAL_S; s += GEN_TICK_S)
            rc = run_tick(gen, sink, now_s + s);
        if (rc == 0 && sink->progress != NULL)
            sink->progress(sink->ctx, i + 1, intervals);
    }
    return rc;
}
