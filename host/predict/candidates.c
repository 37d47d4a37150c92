/* SPDX-License-Identifier: BSD-3-Clause */
/* host/predict/candidates.c - which resources are worth an answer now, found without a search. */
#include "host/base/assert.h"
#include "host/predict/predict_priv.h"

void ps_predict_touch(struct ps_predict *predict, uint32_t media)
{
    predict->recent[predict->recent_count++ % PS_RECENT_MAX] = media;
}

void ps_predict_meet(struct ps_predict *predict, uint32_t media)
{
    predict->fresh[predict->fresh_count++ % PS_CANDIDATES_NEW] = media;
}

static void add(struct ps_predict *predict, uint32_t media, uint8_t profile)
{
    if (predict->candidate_count < PS_CANDIDATES_MAX)
        predict->candidates[predict->candidate_count++] =
            (struct ps_candidate){ .media = media, .profile = profile };
}

/* A media in all profiles, once. */
static void gather(struct ps_predict *predict, uint32_t media)
{
    const struct ps_item *item = &predict->items.items[media];
    uint64_t *bits = &predict->gathered[media / 64];

    if (media == PS_ITEM_NONE || item->category == PS_ITEM_RESOURCE ||
        (*bits >> media % 64 & 1) != 0)
        return; /* done, or the place belongs to something else by now */
    if (predict->candidate_count == PS_CANDIDATES_MAX)
        return; /* a bit without a candidate would never be cleared */
    *bits |= 1ull << media % 64;
    for (uint32_t p = 0; p < predict->mind.overall.profile_count; p++)
        add(predict, media, (uint8_t)p);
}

static void gather_announced(struct ps_predict *predict)
{
    struct ps_sequel_due due[PS_CANDIDATES_SEQUELS];
    const uint32_t count =
        ps_sequels_due(&predict->sequels, predict->moment.now_s, 900, due, PS_CANDIDATES_SEQUELS);

    for (uint32_t i = 0; i < count; i++)
        gather(predict, ps_items_find_media(&predict->items, due[i].item));
    for (uint32_t i = 1; predict->promises.pending > 0 && i < predict->promises.titles_used; i++)
        if (predict->promises.titles[i].first != 0)
            gather(predict,
                   ps_items_find_media(&predict->items, predict->promises.titles[i].media_key));
}

static void gather_tops(struct ps_predict *predict)
{
    const struct ps_top *tops = predict->mind.tops.media[predict->moment.hour];

    for (unsigned i = 0; i < PS_TOPS_MAX; i++)
        if (tops[i].starts > 0.0f)
            gather(predict, ps_items_find_media(&predict->items, tops[i].media_key));
}

static void wipe(struct ps_predict *predict)
{
    for (uint32_t i = 0; i < predict->candidate_count; i++)
        predict->gathered[predict->candidates[i].media / 64] = 0;
}

static uint64_t least(uint64_t a, uint64_t b)
{
    return a < b ? a : b;
}

/* Everything is gathered by itself; what there is no room for was wanted longest ago. */
void ps_predict_gather(struct ps_predict *predict)
{
    const uint64_t recent = least(predict->recent_count, PS_RECENT_MAX);
    const uint64_t fresh = least(predict->fresh_count, PS_CANDIDATES_NEW);

    predict->candidate_count = 0;
    gather_announced(predict);
    gather_tops(predict);
    for (uint64_t i = 0; i < fresh && predict->candidate_count < PS_CANDIDATES_MAX / 2; i++)
        gather(predict, predict->fresh[(predict->fresh_count - 1 - i) % PS_CANDIDATES_NEW]);
    for (uint64_t i = 0; i < recent && predict->candidate_count < PS_CANDIDATES_MAX; i++)
        gather(predict, predict->recent[(predict->recent_count - 1 - i) % PS_RECENT_MAX]);
    wipe(predict);
}

void ps_predict_gather_announced(struct ps_predict *predict)
{
    predict->candidate_count = 0;
    gather_announced(predict);
    wipe(predict);
}
