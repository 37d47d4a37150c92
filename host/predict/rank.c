/* SPDX-License-Identifier: BSD-3-Clause */
/* host/predict/rank.c - the answers in order: most starts expected in the longer horizon first. */
#include <stdbool.h>

#include "host/base/assert.h"
#include "host/predict/predict_priv.h"

static bool better(const struct ps_tracked_resource *a, const struct ps_tracked_resource *b)
{
    const struct ps_score *x = &a->score, *y = &b->score;

    if (x->expected[PS_HORIZON_15MIN] != y->expected[PS_HORIZON_15MIN])
        return x->expected[PS_HORIZON_15MIN] > y->expected[PS_HORIZON_15MIN];
    if (x->confidence[PS_HORIZON_15MIN] != y->confidence[PS_HORIZON_15MIN])
        return x->confidence[PS_HORIZON_15MIN] > y->confidence[PS_HORIZON_15MIN];
    if (a->key.media_key != b->key.media_key) /* so that places in memory never matter */
        return a->key.media_key < b->key.media_key;
    return a->key.profile_key < b->key.profile_key;
}

/* A heap of ours, because qsort(3) may allocate. */
static void sift_down(struct ps_predict *predict, uint32_t at, uint32_t count)
{
    const struct ps_tracked_resource *resources = predict->tracked.resources;
    uint32_t *order = predict->order;
    const uint32_t moved = order[at];

    for (;;) {
        uint32_t child = 2 * at + 1;

        if (child >= count)
            break;
        if (child + 1 < count && better(&resources[order[child + 1]], &resources[order[child]]))
            child++;
        if (!better(&resources[order[child]], &resources[moved]))
            break;
        order[at] = order[child];
        at = child;
    }
    order[at] = moved;
}

static void say(struct ps_predict *predict, uint32_t resource_idx, struct ps_prediction *ret)
{
    const struct ps_tracked_resource *resource = &predict->tracked.resources[resource_idx];

    *ret = (struct ps_prediction){ .id = predict->mind.next_id++,
                                   .resource = resource->key,
                                   .reason = resource->score.reason };
    for (unsigned h = 0; h < PS_HORIZON_COUNT; h++) {
        ret->expected[h] = (double)resource->score.expected[h];
        ret->confidence[h] = (double)resource->score.confidence[h];
        ps_hot_assert(ret->confidence[h] >= 0.0 && ret->confidence[h] <= 1.0);
    }
}

static bool is_due(const struct ps_predict *predict, uint32_t resource_idx)
{
    const struct ps_tracked_resource *resource = &predict->tracked.resources[resource_idx];
    const struct ps_score *score = &resource->score;

    return score->scored_ns == 0 ||
           score->media_version != predict->tracked.media[resource->media].version ||
           score->scored_ns + PS_PREDICT_SCORE_NS <= predict->mind.now_ns;
}

void ps_predict_rank(struct ps_predict *predict, uint64_t now_ns,
                     struct ps_predictions *ret_predictions)
{
    uint32_t count;

    ps_assert(ret_predictions->items != NULL || ret_predictions->capacity == 0);
    ps_predict_advance(predict, now_ns);
    /* Samples of this very moment came after the moment was read. */
    ps_moment_set(&predict->moment, &predict->mind.overall, predict->tracked.resource_count,
                  predict->mind.now_ns);
    ps_predict_gather(predict);
    count = predict->candidate_count;
    for (uint32_t i = 0; i < count; i++) {
        predict->order[i] = predict->candidates[i];
        if (is_due(predict, predict->candidates[i]))
            ps_predict_score(predict, predict->candidates[i], NULL);
    }
    for (uint32_t i = count / 2; i-- > 0;)
        sift_down(predict, i, count);
    ret_predictions->count = 0;
    while (count > 0 && ret_predictions->count < ret_predictions->capacity) {
        say(predict, predict->order[0], &ret_predictions->items[ret_predictions->count++]);
        predict->order[0] = predict->order[--count];
        if (count > 0)
            sift_down(predict, 0, count);
    }
}

bool ps_predict_estimate(struct ps_predict *predict, const struct ps_resource *resource,
                         uint64_t now_ns, struct ps_prediction *ret_prediction)
{
    uint32_t idx;

    ps_predict_advance(predict, now_ns);
    ps_moment_set(&predict->moment, &predict->mind.overall, predict->tracked.resource_count,
                  predict->mind.now_ns);
    idx = ps_tracked_find(&predict->tracked, resource);
    if (idx == PS_TRACKED_NONE)
        return false;
    ps_predict_score(predict, idx, NULL);
    say(predict, idx, ret_prediction);
    ret_prediction->id = 0;
    return true;
}

bool ps_predict_why(struct ps_predict *predict, const struct ps_resource *resource, uint64_t now_ns,
                    struct ps_predict_why *ret_why)
{
    struct ps_prediction prediction;

    ret_why->count = 0;
    return ps_predict_estimate(predict, resource, now_ns, &prediction);
}
