/* SPDX-License-Identifier: BSD-3-Clause */
/* tools/replay/ours.c - see ours.h. */
#include "tools/replay/ours.h"

#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "host/base/clock.h"
#include "host/base/mem.h"
#include "tools/replay/drive.h"
#include "tools/replay/keeper.h"

#define LIST_MAX     16384u
#define STRANGERS    65536u /* places of resources that the trace never asks for, by hash */
#define FULL_NS      (5 * PS_NS_PER_SEC)
#define FULL_MANY_NS (60 * PS_NS_PER_SEC) /* the same with many objects */
#define MANY         4096u
#define INTERVAL_NS  (300 * PS_NS_PER_SEC)
#define LEAST_RATE   1e-9f
#define SURE         0.5 /* chance of being used from which on a staging is worth a token */
#define STAYS        3.0 /* turnovers: what is staged is better than most, and stays longer */

struct offer {
    uint32_t obj;
    const struct ps_prediction *said; /* NULL: by an oracle */
};

struct ours {
    const struct replay_ours_config *config;
    struct replay_drive drive;
    struct replay_keeper keepers[REPLAY_SIZES_MAX];
    float *score[REPLAY_SIZES_MAX]; /* of every object, for each buffer: log of what is expected */
    float *rate;                    /* of the oracle's interval */
    struct ps_prediction *said;     /* LIST_MAX */
    struct ps_resource *resource;   /* of every object */
    struct offer *offers;
    uint32_t *worth; /* objects of those offers that one buffer is made */
    uint64_t turn_ns, full_ns;
    uint32_t object_count; /* strangers included */
};

static void fini(struct ours *ours)
{
    for (uint32_t s = 0; s < ours->config->size_count; s++) {
        replay_keeper_fini(&ours->keepers[s]);
        free(ours->score[s]);
    }
    replay_drive_fini(&ours->drive);
    free(ours->worth);
    free(ours->offers);
    free(ours->resource);
    free(ours->said);
    free(ours->rate);
}

static int init_score(float **ret_score, uint32_t object_count)
{
    *ret_score = ps_zalloc(object_count, sizeof(**ret_score));
    for (uint32_t i = 0; *ret_score != NULL && i < object_count; i++)
        (*ret_score)[i] = logf(LEAST_RATE);
    return *ret_score == NULL ? -ENOMEM : 0;
}

static int init(struct ours *ours, const struct replay_ours_config *config)
{
    const uint32_t known = config->trace->resource_count;
    const struct ps_predict_config predict = { .without = config->without };
    int rc;

    *ours = (struct ours){ .config = config, .object_count = known + STRANGERS };
    ours->rate = ps_zalloc(known, sizeof(*ours->rate));
    ours->said = ps_zalloc(LIST_MAX, sizeof(*ours->said));
    ours->resource = ps_zalloc(ours->object_count, sizeof(*ours->resource));
    ours->offers = ps_zalloc(ours->object_count, sizeof(*ours->offers));
    ours->worth = ps_zalloc(ours->object_count, sizeof(*ours->worth));
    if (ours->rate == NULL || ours->said == NULL || ours->resource == NULL ||
        ours->offers == NULL || ours->worth == NULL)
        return -ENOMEM;
    for (uint32_t s = 0; s < config->size_count; s++)
        if (init_score(&ours->score[s], ours->object_count) != 0)
            return -ENOMEM;
    rc = replay_drive_init(&ours->drive, config->trace, config->hints, &predict);
    for (uint32_t s = 0; rc == 0 && s < config->size_count; s++) {
        const uint32_t capacity = (uint32_t)(known * config->sizes[s] / 100.0 + 1e-9);

        rc = replay_keeper_init(&ours->keepers[s], capacity > 0 ? capacity : 1, ours->object_count,
                                config->budget_per_min);
    }
    return rc;
}

static uint32_t object_of(struct ours *ours, const struct ps_resource *resource)
{
    uint32_t obj = replay_trace_find(ours->config->trace, resource);

    if (obj == UINT32_MAX)
        obj = ours->config->trace->resource_count +
              (uint32_t)((resource->media_key ^ resource->profile_key * 31) % STRANGERS);
    ours->resource[obj] = *resource;
    return obj;
}

static float score_of(double rate)
{
    return logf(fmaxf((float)rate, LEAST_RATE));
}

/* A buffer that turns over within minutes keeps by what these will bring, one that takes hours by
 * the coming hour. */
static void set_score(struct ours *ours, uint32_t obj, const struct ps_prediction *said)
{
    const float soon = score_of(said->soon), lasting = score_of(said->lasting);

    for (uint32_t s = 0; s < ours->config->size_count; s++) {
        const double hours = replay_keeper_turnover_s(&ours->keepers[s]) / 3600.0;
        const double part = hours * hours / (1.0 + hours * hours);

        ours->score[s][obj] = soon + (float)part * (lasting - soon);
    }
}

/* What was said becomes scores; @return how many are sure enough to be staged, in offers. */
static uint32_t take_in(struct ours *ours, const struct ps_predictions *list)
{
    uint32_t count = 0;

    for (uint32_t i = 0; i < list->count; i++) {
        const struct ps_prediction *said = &list->items[i];
        const uint32_t obj = object_of(ours, &said->resource);

        set_score(ours, obj, said);
        if (said->confidence[PS_HORIZON_60MIN] >= SURE)
            ours->offers[count++] = (struct offer){ .obj = obj, .said = said };
    }
    return count;
}

/* The chance that it is asked for within a time, between the horizons that were said. */
static double chance_within(const struct ps_prediction *said, double time_s)
{
    double since_s = 60.0, chance = said->at_once;

    for (unsigned h = 0; h < PS_HORIZON_COUNT && time_s > since_s; h++) {
        const double till_s = (double)(PS_HORIZON_NS(h) / PS_NS_PER_SEC);
        const double part = (fmin(time_s, till_s) - since_s) / (till_s - since_s);

        chance += part * fmax(0.0, said->confidence[h] - chance);
        since_s = till_s;
    }
    return chance;
}

/* What comes steadily is asked for in an hour four times as often as in a quarter of it. */
static bool is_for_later(const struct ps_prediction *said)
{
    return log1p(-said->confidence[PS_HORIZON_60MIN]) <
           2.0 * 4.0 * log1p(-said->confidence[PS_HORIZON_15MIN]);
}

static bool is_worth_a_token(const struct offer *offer, double turnover_s)
{
    if (offer->said == NULL)
        return true;
    if (offer->said->reason == PS_REASON_HINT || is_for_later(offer->said))
        return offer->said->at_once >= SURE;
    return chance_within(offer->said, turnover_s > 0.0 ? STAYS * turnover_s : 3600.0) >= SURE;
}

static void estimate(struct ours *ours, uint32_t obj, uint64_t time_ns)
{
    struct ps_prediction prediction;

    if (ps_predict_estimate(ours->drive.predict, &ours->resource[obj], time_ns, &prediction))
        set_score(ours, obj, &prediction);
}

static const float *sort_score;

static int by_score(const void *a, const void *b)
{
    const float x = sort_score[*(const uint32_t *)a], y = sort_score[*(const uint32_t *)b];

    return (x < y) - (x > y);
}

/* Candidates that could come in, best first. */
static void offer(struct ours *ours, uint32_t count, uint64_t time_ns)
{
    for (uint32_t s = 0; s < ours->config->size_count; s++) {
        const double turnover_s = replay_keeper_turnover_s(&ours->keepers[s]);
        uint32_t worth = 0;

        for (uint32_t i = 0; i < count; i++)
            if (is_worth_a_token(&ours->offers[i], turnover_s))
                ours->worth[worth++] = ours->offers[i].obj;
        sort_score = ours->score[s];
        qsort(ours->worth, worth, sizeof(*ours->worth), by_score);
        replay_keeper_offer(&ours->keepers[s], ours->worth, worth, ours->score[s], time_ns);
    }
}

/* What is inside grows old, too. */
static void score_inside(struct ours *ours, uint64_t time_ns)
{
    const struct replay_keeper *largest = &ours->keepers[ours->config->size_count - 1];

    for (uint32_t i = 0; i < largest->count; i++)
        estimate(ours, largest->inside[i], time_ns);
}

static void turn(struct ours *ours, uint64_t time_ns)
{
    struct ps_predictions list = { .items = ours->said, .capacity = LIST_MAX };
    const bool many = ours->config->trace->resource_count > MANY;

    replay_drive_hints(&ours->drive, time_ns);
    if (time_ns >= ours->full_ns) {
        ours->full_ns = time_ns + (many ? FULL_MANY_NS : FULL_NS);
        ps_predict_rank(ours->drive.predict, time_ns, &list);
        score_inside(ours, time_ns);
    } else {
        ps_predict_announced(ours->drive.predict, time_ns, &list);
    }
    offer(ours, take_in(ours, &list), time_ns);
}

/* The oracle's turn: at each interval the true rates are its scores. */
static void true_turn(struct ours *ours, uint64_t time_ns)
{
    const uint32_t known = ours->config->trace->resource_count;
    uint32_t count = 0;

    if (time_ns >= ours->full_ns) {
        ours->full_ns = time_ns - time_ns % INTERVAL_NS + INTERVAL_NS;
        replay_rates_at(ours->config->rates, time_ns / INTERVAL_NS, known, ours->rate);
        for (uint32_t i = 0; i < known; i++)
            for (uint32_t s = 0; s < ours->config->size_count; s++)
                ours->score[s][i] = score_of((double)ours->rate[i]);
    }
    for (uint32_t i = 0; i < known; i++)
        if (ours->rate[i] > 0.0f && ours->resource[i].media_key != 0)
            ours->offers[count++] = (struct offer){ .obj = i };
    offer(ours, count, time_ns);
}

static void request(struct ours *ours, uint32_t i, struct replay_ours_result *ret)
{
    const struct replay_trace *trace = ours->config->trace;
    const struct replay_request *r = &trace->requests[i];

    if (r->time_ns >= ours->turn_ns) {
        const uint64_t pause_ns = ours->config->rates != NULL ? 60 * PS_NS_PER_SEC : PS_NS_PER_SEC;

        ours->turn_ns = r->time_ns + pause_ns;
        if (ours->config->rates != NULL)
            true_turn(ours, r->time_ns);
        else
            turn(ours, r->time_ns);
    }
    ours->resource[r->idx] = r->resource;
    if (ours->config->rates == NULL) {
        replay_drive_request(&ours->drive);
        estimate(ours, r->idx, r->time_ns);
    }
    for (uint32_t s = 0; s < ours->config->size_count; s++) {
        const bool hit = replay_keeper_request(&ours->keepers[s], r->idx, ours->score[s]);

        ret[s].hits += hit && i >= trace->request_count / 4;
    }
}

int replay_ours_run(const struct replay_ours_config *config, struct replay_ours_result *ret)
{
    const uint32_t count = config->trace->request_count;
    struct ours ours;
    int rc = init(&ours, config);

    for (uint32_t s = 0; s < config->size_count; s++)
        ret[s] = (struct replay_ours_result){ .counted = count - count / 4 };
    for (uint32_t i = 0; rc == 0 && i < count; i++) {
        request(&ours, i, ret);
        if (replay_progress_is_due(config->progress))
            fprintf(stderr, "prestage-replay: policy=%s requests=%" PRIu32 "/%" PRIu32 "\n",
                    config->rates != NULL ? "oracle" : "ours", i, count);
    }
    for (uint32_t s = 0; rc == 0 && s < config->size_count; s++) {
        ret[s].staged = ours.keepers[s].staged_count;
        ret[s].used = ours.keepers[s].used_count;
    }
    fini(&ours);
    return rc;
}
