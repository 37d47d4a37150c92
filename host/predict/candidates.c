/* SPDX-License-Identifier: BSD-3-Clause */
/* host/predict/candidates.c - which resources are worth an answer now, found without a search. */
#include "host/predict/predict_priv.h"

/* All profiles of a media, as long as fewer than @p limit are gathered. */
static void gather_media(struct ps_predict *predict, uint32_t media_idx, uint32_t limit)
{
    struct ps_tracked *tracked = &predict->tracked;
    uint32_t idx = tracked->media[media_idx].resource;

    for (; idx != PS_TRACKED_NONE && predict->candidate_count < limit;
         idx = tracked->resources[idx].sibling) {
        if (tracked->resources[idx].gathered == predict->gathering)
            continue;
        tracked->resources[idx].gathered = predict->gathering;
        predict->candidates[predict->candidate_count++] = idx;
    }
}

static void gather_wanted(struct ps_predict *predict)
{
    const struct ps_lru *lru = &predict->tracked.media_lru;
    uint32_t idx = lru->newest[PS_LRU_WANTED];

    for (; idx != PS_TRACKED_NONE && predict->candidate_count < PS_PREDICT_WANTED_MAX;
         idx = lru->links[idx].older) {
        if (predict->tracked.media[idx].last_start_ns + PS_PREDICT_WANTED_NS < predict->mind.now_ns)
            break;
        gather_media(predict, idx, PS_PREDICT_WANTED_MAX);
    }
}

static void gather_tops(struct ps_predict *predict, uint32_t limit)
{
    const struct ps_tops *tops = &predict->mind.tops;
    const uint32_t hour = predict->moment.hour;

    for (uint32_t i = 0; i < tops->count[hour] && predict->candidate_count < limit; i++) {
        const uint32_t idx =
            ps_tracked_find_media(&predict->tracked, tops->media[hour][i].media_key);

        if (idx != PS_TRACKED_NONE)
            gather_media(predict, idx, limit);
    }
}

static void gather_known(struct ps_predict *predict)
{
    const struct ps_lru *lru = &predict->tracked.media_lru;
    uint32_t idx = lru->newest[PS_LRU_KNOWN];

    for (; idx != PS_TRACKED_NONE && predict->candidate_count < PS_PREDICT_CANDIDATES_MAX;
         idx = lru->links[idx].older)
        gather_media(predict, idx, PS_PREDICT_CANDIDATES_MAX);
}

void ps_predict_gather(struct ps_predict *predict)
{
    predict->gathering++;
    predict->candidate_count = 0;
    gather_wanted(predict);
    gather_tops(predict, predict->candidate_count + PS_PREDICT_TOPS_MAX);
    gather_known(predict);
}
