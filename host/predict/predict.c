/* SPDX-License-Identifier: BSD-3-Clause */
/* host/predict/predict.c - time passes, samples come in, and earlier answers are judged. */
#include "host/predict/predict.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>

#include "host/base/assert.h"
#include "host/base/mem.h"
#include "host/predict/predict_priv.h"

#define LIVELY_STARTS    0.05f /* expected in the longer horizon: worth a label more than the rest */
#define LABEL_WEIGHT_MAX 8.0f  /* how loudly one label may speak to the model */

int ps_predict_create(struct ps_predict **ret_predict, const struct ps_predict_config *cfg)
{
    struct ps_predict *predict;

    if (cfg->resources_max == 0 || cfg->resources_max > PS_PREDICT_RESOURCES_MAX ||
        cfg->media_max == 0 || cfg->media_max > PS_PREDICT_RESOURCES_MAX)
        return -EINVAL;
    predict = ps_zalloc(1, sizeof(*predict));
    if (predict == NULL)
        return -ENOMEM;
    predict->cfg = *cfg;
    if (ps_tracked_init(&predict->tracked, cfg->resources_max, cfg->media_max) != 0) {
        ps_predict_destroy(predict);
        return -ENOMEM;
    }
    predict->mind.next_id = 1;
    predict->mind.random = 0x9e3779b97f4a7c15ull;
    for (unsigned h = 0; h < PS_HORIZON_COUNT; h++)
        for (unsigned cold = 0; cold < 2; cold++)
            ps_calibrate_init(&predict->mind.calibrate[h][cold]);
    *ret_predict = predict;
    return 0;
}

void ps_predict_destroy(struct ps_predict *predict)
{
    if (predict == NULL)
        return;
    ps_tracked_fini(&predict->tracked);
    free(predict);
}

double ps_predict_random(struct ps_predict *predict)
{
    uint64_t x = predict->mind.random;

    x ^= x << 13;
    x ^= x >> 7;
    x ^= x << 17;
    predict->mind.random = x;
    return (double)(x >> 11) * 0x1p-53;
}

/*
 * The truth of one label; a resource forgotten since, or known anew, has none. Model and
 * calibration learn from what the model would say now of what was known then: corrections made
 * since the label was written must not be made again.
 */
static void settle(struct ps_predict *predict, const struct ps_label *label, unsigned horizon)
{
    struct ps_predict_mind *mind = &predict->mind;
    const uint32_t idx = ps_tracked_find(&predict->tracked, &label->resource);
    uint32_t starts;
    float score;
    double hit;

    if (idx == PS_TRACKED_NONE || predict->tracked.resources[idx].known_ns > label->time_ns)
        return;
    starts = predict->tracked.resources[idx].starts - label->starts;
    hit = starts > 0 ? 1.0 : 0.0;
    ps_scorecard_add(&mind->scorecard[horizon], (double)label->confidence[horizon],
                     (double)label->weight, hit);
    score = ps_model_score(&mind->model[horizon], &label->features, label->log_guess[horizon]);
    ps_calibrate_add(&mind->calibrate[horizon][label->cold], score, (double)label->weight, hit);
    ps_model_learn(&mind->model[horizon], &label->features, score, (float)starts,
                   fminf(label->weight, LABEL_WEIGHT_MAX));
}

/*
 * Write down what is said now of some candidates. Those with a real chance and the many with next
 * to none get half of the places each; the weight makes up for what was not picked.
 */
static void issue_labels(struct ps_predict *predict)
{
    const float share = (float)PS_PREDICT_LABELS_A_MINUTE / 2.0f;
    uint32_t count[2] = { 0, 0 };
    float chance[2];

    ps_predict_gather(predict);
    for (uint32_t i = 0; i < predict->candidate_count; i++) {
        const struct ps_score *score = &predict->tracked.resources[predict->candidates[i]].score;

        count[score->expected[PS_HORIZON_15MIN] >= LIVELY_STARTS]++;
    }
    for (unsigned lively = 0; lively < 2; lively++)
        chance[lively] = fminf(1.0f, share / fmaxf((float)count[lively], 1.0f));
    for (uint32_t i = 0; i < predict->candidate_count; i++) {
        const uint32_t idx = predict->candidates[i];
        const struct ps_score *score = &predict->tracked.resources[idx].score;
        const float p = chance[score->expected[PS_HORIZON_15MIN] >= LIVELY_STARTS];
        struct ps_label label;

        if (ps_predict_random(predict) >= (double)p)
            continue;
        ps_predict_score(predict, idx, &label);
        label.weight = 1.0f / p;
        ps_labels_put(&predict->mind.labels, &label);
    }
}

static void tick(struct ps_predict *predict, uint64_t now_ns)
{
    struct ps_predict_mind *mind = &predict->mind;
    const struct ps_label *label;

    mind->now_ns = mind->tick_ns = now_ns;
    ps_moment_set(&predict->moment, &mind->overall, predict->tracked.resource_count, now_ns);
    for (unsigned h = 0; h < PS_HORIZON_COUNT; h++) {
        while ((label = ps_labels_due(&mind->labels, h, now_ns)) != NULL)
            settle(predict, label, h);
        for (unsigned cold = 0; cold < 2; cold++)
            ps_calibrate_tick(&mind->calibrate[h][cold]);
    }
    issue_labels(predict);
}

void ps_predict_advance(struct ps_predict *predict, uint64_t now_ns)
{
    struct ps_predict_mind *mind = &predict->mind;

    if (mind->now_ns == 0)
        mind->tick_ns = now_ns - now_ns % PS_PREDICT_TICK_NS;
    else if (now_ns <= mind->now_ns)
        return; /* time stands, or a feed's clock lags */
    for (unsigned t = 0; now_ns >= mind->tick_ns + PS_PREDICT_TICK_NS; t++) {
        const uint64_t last_ns = now_ns - now_ns % PS_PREDICT_TICK_NS;

        tick(predict, t + 1 < PS_PREDICT_TICKS_MAX ? mind->tick_ns + PS_PREDICT_TICK_NS : last_ns);
    }
    mind->now_ns = now_ns;
    ps_moment_set(&predict->moment, &mind->overall, predict->tracked.resource_count, now_ns);
}

int ps_predict_know(struct ps_predict *predict, const struct ps_resource *resource, uint64_t now_ns)
{
    ps_predict_advance(predict, now_ns);
    ps_tracked_take(&predict->tracked, resource, predict->mind.now_ns);
    return 0;
}

void ps_predict_describe(struct ps_predict *predict, uint64_t media_key,
                         const struct ps_media_facts *facts)
{
    (void)predict, (void)media_key, (void)facts;
}

int ps_predict_look(struct ps_predict *predict, const struct ps_forward_look *look, uint64_t now_ns)
{
    (void)predict, (void)now_ns;
    return look->probability > 0.0f && look->probability <= 1.0f ? 0 : -EINVAL;
}

void ps_predict_forget(struct ps_predict *predict, const struct ps_resource *resource)
{
    const uint32_t idx = ps_tracked_find(&predict->tracked, resource);

    if (idx != PS_TRACKED_NONE)
        ps_tracked_forget(&predict->tracked, idx);
}

static void learn_starts(struct ps_predict *predict, const struct ps_resource *key, uint32_t starts)
{
    struct ps_tracked *tracked = &predict->tracked;
    struct ps_predict_mind *mind = &predict->mind;
    const struct ps_rate_clock *clock = &predict->moment.clock;
    const uint32_t idx = ps_tracked_take(tracked, key, mind->now_ns);
    struct ps_tracked_resource *resource = &tracked->resources[idx];
    struct ps_tracked_media *media = &tracked->media[resource->media];

    if (mind->overall.since_ns == 0)
        mind->overall.since_ns = mind->now_ns;
    resource->starts += starts;
    resource->last_start_ns = media->last_start_ns = mind->now_ns;
    media->version++;
    ps_rates_add(&resource->rates, clock, (float)starts);
    ps_rates_add(&media->rates, clock, (float)starts);
    ps_hours_add(&media->hours, clock, (float)starts);
    ps_overall_add(&mind->overall, clock, key, (float)starts);
    ps_tops_offer(&mind->tops, clock, media->key, &media->hours);
    ps_lru_move(&tracked->resource_lru, idx, PS_LRU_WANTED);
    ps_lru_move(&tracked->media_lru, resource->media, PS_LRU_WANTED);
    mind->starts += starts;
}

void ps_predict_learn(struct ps_predict *predict, const struct ps_demand *demand, uint64_t now_ns)
{
    ps_assert(demand->count <= demand->capacity);
    for (uint32_t i = 0; i < demand->count; i++) {
        const struct ps_demand_sample *sample = &demand->samples[i];

        predict->mind.samples++;
        if (sample->starts == 0)
            continue; /* watching goes on; nobody began */
        /* A feed's clock may run ahead; nothing is learned from the future. */
        ps_predict_advance(predict, sample->end_ns < now_ns ? sample->end_ns : now_ns);
        learn_starts(predict, &sample->resource, sample->starts);
    }
    ps_predict_advance(predict, now_ns);
}

void ps_predict_status(const struct ps_predict *predict, struct ps_predict_status *ret_status)
{
    const struct ps_predict_mind *mind = &predict->mind;

    *ret_status = (struct ps_predict_status){
        .resources = predict->tracked.resource_count,
        .media = predict->tracked.media_count,
        .samples = mind->samples,
        .starts = mind->starts,
        .forgotten = predict->tracked.forgotten,
    };
    for (unsigned h = 0; h < PS_HORIZON_COUNT; h++) {
        const struct ps_scorecard *card = &mind->scorecard[h];

        ret_status->labels[h] = card->labels;
        ret_status->mean_said[h] = ps_scorecard_said(card);
        ret_status->mean_happened[h] = ps_scorecard_happened(card);
        ret_status->calibration_error[h] = ps_scorecard_error(card);
        ret_status->log_loss[h] = ps_scorecard_log_loss(card);
    }
}
