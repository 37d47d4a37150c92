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
#define SURE         0.35 /* confidence within the hour from which on a staging is worth a token */

struct ours {
    const struct replay_ours_config *config;
    struct replay_drive drive;
    struct replay_keeper keepers[REPLAY_SIZES_MAX];
    float *score;                 /* of every object: log of what is soon expected */
    float *rate;                  /* of the oracle's interval */
    struct ps_prediction *said;   /* LIST_MAX */
    struct ps_resource *resource; /* of every object */
    uint32_t *offers;
    uint64_t turn_ns, full_ns;
    uint32_t object_count; /* strangers included */
};

static void fini(struct ours *ours)
{
    for (uint32_t s = 0; s < ours->config->size_count; s++)
        replay_keeper_fini(&ours->keepers[s]);
    replay_drive_fini(&ours->drive);
    free(ours->offers);
    free(ours->resource);
    free(ours->said);
    free(ours->rate);
    free(ours->score);
}

static int init(struct ours *ours, const struct replay_ours_config *config)
{
    const uint32_t known = config->trace->resource_count;
    const struct ps_predict_config predict = { .without = config->without };
    int rc;

    *ours = (struct ours){ .config = config, .object_count = known + STRANGERS };
    ours->score = ps_zalloc(ours->object_count, sizeof(*ours->score));
    ours->rate = ps_zalloc(known, sizeof(*ours->rate));
    ours->said = ps_zalloc(LIST_MAX, sizeof(*ours->said));
    ours->resource = ps_zalloc(ours->object_count, sizeof(*ours->resource));
    ours->offers = ps_zalloc(ours->object_count, sizeof(*ours->offers));
    if (ours->score == NULL || ours->rate == NULL || ours->said == NULL || ours->resource == NULL ||
        ours->offers == NULL)
        return -ENOMEM;
    for (uint32_t i = 0; i < ours->object_count; i++)
        ours->score[i] = logf(LEAST_RATE);
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

static float score_of(double soon)
{
    return logf(fmaxf((float)soon, LEAST_RATE));
}

/* What was said becomes scores; @return how many are sure enough to be staged, in offers. */
static uint32_t take_in(struct ours *ours, const struct ps_predictions *list)
{
    uint32_t count = 0;

    for (uint32_t i = 0; i < list->count; i++) {
        const struct ps_prediction *said = &list->items[i];
        const uint32_t obj = object_of(ours, &said->resource);

        ours->score[obj] = score_of(said->soon);
        if (said->confidence[PS_HORIZON_60MIN] >= SURE)
            ours->offers[count++] = obj;
    }
    return count;
}

static void estimate(struct ours *ours, uint32_t obj, uint64_t time_ns)
{
    struct ps_prediction prediction;

    if (ps_predict_estimate(ours->drive.predict, &ours->resource[obj], time_ns, &prediction))
        ours->score[obj] = score_of(prediction.soon);
}

static const float *sort_score;

static int by_score(const void *a, const void *b)
{
    const float x = sort_score[*(const uint32_t *)a], y = sort_score[*(const uint32_t *)b];

    return (x < y) - (x > y);
}

/* Candidates that could come in anywhere, best first. */
static void offer(struct ours *ours, uint32_t count, uint64_t time_ns)
{
    sort_score = ours->score;
    qsort(ours->offers, count, sizeof(*ours->offers), by_score);
    for (uint32_t s = 0; s < ours->config->size_count; s++)
        replay_keeper_offer(&ours->keepers[s], ours->offers, count, ours->score, time_ns);
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
            ours->score[i] = score_of((double)ours->rate[i]);
    }
    for (uint32_t i = 0; i < known; i++)
        if (ours->rate[i] > 0.0f && ours->resource[i].media_key != 0)
            ours->offers[count++] = i;
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
        const bool hit = replay_keeper_request(&ours->keepers[s], r->idx, ours->score);

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
