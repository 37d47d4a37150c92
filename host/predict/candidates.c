/* SPDX-License-Identifier: BSD-3-Clause */
/* host/predict/candidates.c - which resources are worth an answer now, found without a search. */
#include "host/base/assert.h"
#include "host/predict/predict_priv.h"

/* When tenants leave some of their parts, it is lent in so many rounds, the last without parts. */
#define ROUNDS 3u

static void put(struct ps_predict_ring *ring, uint32_t media)
{
    ring->media[ring->count++ % ring->size] = media;
}

void ps_predict_touch(struct ps_predict *predict, uint32_t media)
{
    put(&ps_predict_tenant_of(predict, media)->recent, media);
}

void ps_predict_meet(struct ps_predict *predict, uint32_t media)
{
    put(&ps_predict_tenant_of(predict, media)->fresh, media);
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
    struct ps_predict_tenant *tenant = ps_predict_tenant_of(predict, media);
    if (predict->candidate_count == PS_CANDIDATES_MAX ||
        tenant->candidate_count >= tenant->candidates_max)
        return; /* a bit without a candidate would never be cleared */
    *bits |= 1ull << media % 64;
    const uint32_t before = predict->candidate_count;
    for (uint32_t p = 0; p < ps_predict_profiles(predict)->profile_count; p++)
        add(predict, media, (uint8_t)p);
    tenant->candidate_count += predict->candidate_count - before;
}

static void gather_sequels(struct ps_predict *predict, struct ps_predict_tenant *tenant)
{
    struct ps_sequel_due due[PS_CANDIDATES_SEQUELS];
    const uint32_t count = ps_sequels_due(&tenant->sequels, ps_predict_now_s(predict), 900, due,
                                          PS_CANDIDATES_SEQUELS);

    for (uint32_t i = 0; i < count; i++)
        gather(predict, ps_items_find_media(&predict->items, due[i].item));
}

static void gather_promised(struct ps_predict *predict)
{
    const struct ps_promises *promises = &predict->promises;

    for (uint32_t i = 1; promises->pending > 0 && i < promises->titles_used; i++)
        if (ps_promises_matter(promises, i))
            gather(predict, ps_items_find_media(&predict->items, promises->titles[i].media_key));
}

static void gather_announced(struct ps_predict *predict)
{
    for (uint32_t t = 0; t < predict->tenant_count; t++)
        gather_sequels(predict, &predict->tenants[t]);
    gather_promised(predict);
}

static void gather_tops(struct ps_predict *predict, const struct ps_predict_tenant *tenant)
{
    const struct ps_top *tops = tenant->mind->tops.media[tenant->moment.hour];

    for (unsigned i = 0; i < PS_TOPS_MAX; i++)
        if (tops[i].starts > 0.0f)
            gather(predict, ps_items_find_media(&predict->items, tops[i].media_key));
}

/* The newest first. @param max  Of the tenant's candidates, from which on no more are taken. */
static void gather_ring(struct ps_predict *predict, const struct ps_predict_tenant *tenant,
                        const struct ps_predict_ring *ring, uint32_t max)
{
    const uint64_t held = ring->count < ring->size ? ring->count : ring->size;

    for (uint64_t i = 0;
         i < held && tenant->candidate_count < max && predict->candidate_count < PS_CANDIDATES_MAX;
         i++)
        gather(predict, ring->media[(ring->count - 1 - i) % ring->size]);
}

static void begin(struct ps_predict *predict, bool by_parts)
{
    predict->candidate_count = 0;
    for (uint32_t t = 0; t < predict->tenant_count; t++) {
        struct ps_predict_tenant *tenant = &predict->tenants[t];

        tenant->candidate_count = 0;
        tenant->candidates_max =
            by_parts ? (uint32_t)(tenant->part * PS_CANDIDATES_MAX) : PS_CANDIDATES_MAX;
    }
}

/* What is left goes by weight to those who had more to say; at last to whoever has.
 * @return false when nothing is left, or nobody wants it. */
static bool lend(struct ps_predict *predict, unsigned round)
{
    const uint32_t left = PS_CANDIDATES_MAX - predict->candidate_count;
    double parts = 0.0;

    for (uint32_t t = 0; t < predict->tenant_count; t++)
        if (predict->tenants[t].candidate_count >= predict->tenants[t].candidates_max)
            parts += predict->tenants[t].part;
    if (predict->tenant_count == 1 || left == 0 || parts == 0.0)
        return false;
    for (uint32_t t = 0; t < predict->tenant_count; t++) {
        struct ps_predict_tenant *tenant = &predict->tenants[t];

        if (tenant->candidate_count >= tenant->candidates_max)
            tenant->candidates_max +=
                round + 1 == ROUNDS ? left : (uint32_t)(left * tenant->part / parts);
    }
    return true;
}

static void wipe(struct ps_predict *predict)
{
    for (uint32_t i = 0; i < predict->candidate_count; i++)
        predict->gathered[predict->candidates[i].media / 64] = 0;
}

/* Everything is gathered by itself; what there is no room for was wanted longest ago. */
void ps_predict_gather(struct ps_predict *predict)
{
    begin(predict, true);
    for (unsigned round = 0; round == 0 || (round < ROUNDS && lend(predict, round)); round++) {
        gather_announced(predict);
        for (uint32_t t = 0; t < predict->tenant_count; t++) {
            const struct ps_predict_tenant *tenant = &predict->tenants[t];

            gather_tops(predict, tenant);
            gather_ring(predict, tenant, &tenant->fresh, tenant->candidates_max / 2);
            gather_ring(predict, tenant, &tenant->recent, tenant->candidates_max);
        }
    }
    wipe(predict);
}

void ps_predict_gather_announced(struct ps_predict *predict)
{
    begin(predict, false);
    gather_announced(predict);
    wipe(predict);
}
