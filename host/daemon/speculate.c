/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * host/daemon/speculate.c - which segments to make before anybody asks, and why.
 *
 * A prediction is about a resource; what is staged of it are its first segments, so that a start is
 * instant: as many as viewers are likely enough to come to, each worth its share of them. From then
 * on the viewer is followed: a request for segment k makes the next ones.
 * Which horizon a bet is for and what it is worth is host/daemon/price.h's; bets are begun dearest
 * first, and the allocator ranks their jobs by the same figure.
 */
#include <errno.h>
#include <math.h>

#include "host/base/hash.h"
#include "host/daemon/daemon_priv.h"
#include "host/daemon/parts.h"

/*
 * A viewer who watches needs the next segment within seconds, a prediction is about minutes: the
 * same expected request is worth this much more when it is due now.
 */
#define FOLLOW_URGENCY 8.0
#define LIKELY_ALWAYS  0.6 /* confidence that is likely whatever the threshold */
#define MARGINAL       1.5 /* up to so many times the threshold, a bet tells whether it is right */
/* Records round up to 4 KiB and zones end in gaps: not all of a share can be filled. */
#define BUDGET_FILL         0.7
#define PASSED_THROUGH_BPS  2000000u /* guess of a source's own bitrate */
#define PASSED_THROUGH_COST 0.005    /* CU seconds that would be worth as much */

static const struct ps_resource *
shuffled(const struct ps_daemon *d, const struct ps_resource *resource, struct ps_resource *storage)
{
    const uint64_t draw = ps_hash64(resource, sizeof(*resource));
    const uint32_t media_count = ps_catalogue_count(d->catalogue);

    if (!d->config->speculate.shuffle || media_count == 0)
        return resource;
    storage->media_key = ps_catalogue_at(d->catalogue, (uint32_t)(draw % media_count))->key;
    storage->profile_key = d->config->profiles[(draw >> 32) % d->config->profile_count].key;
    return storage;
}

uint64_t ps_speculate_capacity(const struct ps_daemon *d)
{
    struct ps_tier_status tier;

    ps_tier_status(d->tier, &tier);
    return tier.dram_only ? tier.dram_bytes : tier.nvme_bytes;
}

static double used_share(const struct ps_daemon *d)
{
    struct ps_tier_status tier;

    ps_tier_status(d->tier, &tier);
    const uint64_t used_bytes = tier.dram_only ? tier.dram_used_bytes : tier.nvme_used_bytes;
    const uint64_t all_bytes = tier.dram_only ? tier.dram_bytes : tier.nvme_bytes;
    return all_bytes == 0 ? 1.0 : (double)used_bytes / (double)all_bytes;
}

/*
 * CU seconds of a segment: learned, and until there is anything to learn from as if a CU encoded
 * 1080p in real time. Passing through costs next to nothing, but not nothing.
 */
static double cost_of(const struct ps_daemon *d, const struct ps_media *media,
                      const struct ps_profile *profile)
{
    const uint64_t learned_ns = ps_pipeline_cost_ns(d->pipeline, profile, media, 0);
    const double pixels = (double)profile->width * (double)profile->height;
    const double marked = profile->marked ? 2.0 : 1.0;

    if (profile->kind != PS_PROFILE_TRANSCODE)
        return PASSED_THROUGH_COST;
    if (learned_ns != 0)
        return (double)learned_ns / 1e9;
    return pixels / (1920.0 * 1080.0) * (double)profile->segment_ms / 1e3 * marked;
}

uint64_t ps_speculate_size(const struct ps_daemon *d, const struct ps_profile *profile)
{
    const double made_bytes = d->made[profile - d->config->profiles].size_bytes;
    const uint64_t bitrate_bps =
        profile->kind == PS_PROFILE_TRANSCODE ? profile->bitrate_bps : PASSED_THROUGH_BPS;

    if (made_bytes > 0.0)
        return (uint64_t)made_bytes;
    return bitrate_bps / 8 * profile->segment_ms / 1000 * (profile->marked ? 2 : 1);
}

struct ps_segment_key ps_speculate_key(const struct ps_media *media,
                                       const struct ps_profile *profile, int32_t index)
{
    return (struct ps_segment_key){
        .media_key = media->key,
        .media_version = media->info.version,
        .profile_key = profile->key,
        .profile_version = profile->version,
        .index = index,
        .variant = profile->marked ? PS_VARIANT_A : PS_VARIANT_NONE,
    };
}

static struct ps_failed_segment *failed_slot(struct ps_daemon *d, const struct ps_segment_key *key,
                                             uint64_t *ret_hash)
{
    *ret_hash = ps_hash64(key, sizeof(*key));
    return &d->failed[*ret_hash % PS_FAILED_MAX];
}

void ps_speculate_failed(struct ps_daemon *d, const struct ps_segment_key *key, uint64_t now_ns)
{
    uint64_t hash;
    struct ps_failed_segment *slot = failed_slot(d, key, &hash);

    *slot = (struct ps_failed_segment){ hash, now_ns + PS_HORIZON_NS(PS_HORIZON_15MIN) };
}

static bool failed_lately(struct ps_daemon *d, const struct ps_segment_key *key, uint64_t now_ns)
{
    uint64_t hash;
    const struct ps_failed_segment *slot = failed_slot(d, key, &hash);

    return slot->key_hash == hash && now_ns < slot->retry_ns;
}

static enum ps_tier_class class_of(const struct ps_daemon *d, double confidence)
{
    return confidence >= fmin(2.0 * d->steer.threshold, LIKELY_ALWAYS) ? PS_TIER_LIKELY
                                                                       : PS_TIER_MAYBE;
}

/* Begin one segment. @return 0, -EALREADY (there or under way), -EAGAIN (no room) or why not. */
static int stage(struct ps_daemon *d, const struct ps_segment_key *key, double benefit,
                 const struct ps_ledger_entry *why, uint64_t now_ns)
{
    struct ps_make_request request = {
        .key = *key,
        .queue = PS_QUEUE_SPECULATIVE,
        .benefit = benefit,
        .meta = { .class = why->class, .confidence = why->p },
    };
    struct ps_ledger_entry entry = *why;
    int rc;

    if (ps_tier_where(d->tier, key) != PS_TIER_ABSENT || ps_pipeline_is_making(d->pipeline, key) ||
        ps_neighbours_want(d, key))
        return -EALREADY;
    if (failed_lately(d, key, now_ns))
        return -ENODATA;
    if (ps_pipeline_forecast_ns(d->pipeline, key, now_ns) == UINT64_MAX)
        return -ENODEV; /* all CUs are reserved or lost: it would only hold memory */
    entry.key = *key;
    entry.staged_ns = now_ns;
    entry.model = PS_PREDICT_MODEL_VERSION;
    if (key->index != PS_SEGMENT_INIT) /* an init segment costs no CU: nothing to account for */
        request.meta.prediction_id = ps_ledger_stage(d->ledger, &entry);
    rc = ps_neighbours_make(d, &request, now_ns);
    if (rc != 0)
        ps_ledger_unstage(d->ledger, request.meta.prediction_id);
    return rc;
}

/* Seconds of a viewer's wait, as viewers of misses had it; until one had, what making it takes. */
static double saved_s(const struct ps_daemon *d, const struct ps_media *media,
                      const struct ps_profile *profile)
{
    const double wait_s = d->made[profile - d->config->profiles].wait_s;

    return wait_s > 0.0 ? wait_s : cost_of(d, media, profile);
}

static double benefit_of(const struct ps_daemon *d, const struct ps_bet *bet)
{
    const struct ps_prediction *p = bet->prediction;
    const struct ps_price_offer offer = {
        .expected = p->expected[bet->horizon],
        .horizon = bet->horizon,
        .saved_s = saved_s(d, bet->media, bet->profile),
        .trust = ps_feedback_trust(ps_ledger_feedback(d->ledger), p->reason, bet->horizon),
        .cu_s = cost_of(d, bet->media, bet->profile),
        .size_bytes = ps_speculate_size(d, bet->profile),
        .space_taken = d->space_taken,
    };

    return ps_price_benefit(&offer);
}

/* @return whether @p p is sure enough, and of something that can be made. */
static bool price(struct ps_daemon *d, const struct ps_prediction *p, struct ps_bet *ret_bet)
{
    struct ps_resource storage;
    const struct ps_resource *resource = shuffled(d, &p->resource, &storage);

    *ret_bet = (struct ps_bet){ .prediction = p };
    if (!ps_price_horizon(&d->room, p, d->steer.threshold, &ret_bet->horizon))
        return false;
    ret_bet->media = ps_catalogue_by_key(d->catalogue, resource->media_key);
    ret_bet->profile = ps_daemon_profile(d, resource->profile_key);
    if (ret_bet->media == NULL || ret_bet->profile == NULL ||
        ret_bet->media->state != PS_MEDIA_READY)
        return false;
    ret_bet->first = ret_bet->benefit = benefit_of(d, ret_bet);
    ps_predict_reach(d->predict, ret_bet->media->key, ret_bet->reach);
    return true;
}

/* Begin the next segment of a predicted resource. @return whether there is room for more. */
static bool stage_bet(struct ps_daemon *d, const struct ps_bet *bet, uint64_t now_ns,
                      struct ps_parts *parts)
{
    const struct ps_prediction *p = bet->prediction;
    const double reach = (double)bet->reach[bet->next];
    const double confidence = p->confidence[bet->horizon] * reach;
    const struct ps_ledger_entry why = {
        .prediction_id = p->id,
        .p = confidence,
        .marginal = confidence < MARGINAL * d->steer.threshold,
        .horizon = bet->horizon,
        .reason = p->reason,
        /* One measure for all that share the space, whatever horizon they are bet on for. */
        .class = class_of(d, p->confidence[PS_HORIZON_15MIN] * reach),
        .tenant = bet->media->tenant,
        .size_bytes = ps_speculate_size(d, bet->profile),
    };

    for (int32_t i = bet->next == 0 ? PS_SEGMENT_INIT : bet->next; i <= bet->next; i++) {
        const struct ps_segment_key key = ps_speculate_key(bet->media, bet->profile, i);
        const int rc = stage(d, &key, bet->benefit, &why, now_ns);

        if (rc == -EAGAIN)
            return false;
        if (rc == 0 && i >= 0)
            ps_parts_spend(parts, why.tenant, why.size_bytes);
    }
    return true;
}

uint32_t ps_speculate_first_segments(const struct ps_daemon *d, double confidence,
                                     const float reach[PS_PREDICT_SEGMENTS])
{
    uint32_t count = 0;

    while (count < d->config->speculate.first_segments &&
           confidence * (double)reach[count] >= d->steer.threshold)
        count++;
    return count;
}

/* The segment after it competes with other titles' first ones, by what it is worth itself. */
static void bet_on_next(struct ps_daemon *d, struct ps_bet *bet)
{
    const double confidence = bet->prediction->confidence[bet->horizon];

    bet->next++;
    if (bet->next >= (int32_t)ps_speculate_first_segments(d, confidence, bet->reach))
        return;
    bet->benefit = bet->first * (double)bet->reach[bet->next];
    ps_bets_add(d->bets, bet);
}

/*
 * What may still be staged: the part of the buffer that bets deserve, less the bets of the last 15
 * minutes that nobody has asked for. Without this bound speculation would push out its own earlier
 * work, unused, and make it again.
 */
static void begin_parts(struct ps_daemon *d, uint64_t now_ns, struct ps_parts *ret_parts)
{
    const struct ps_buffer_reading reading = ps_speculate_reading(d);
    struct ps_parts_taken taken[PS_PARTS_TENANTS_MAX];
    uint64_t open_bytes[PS_LEDGER_TENANTS_MAX];
    uint32_t weights[PS_PARTS_TENANTS_MAX];
    double share[PS_TIER_CLASS_COUNT];
    struct ps_ledger_totals totals;

    ps_buffer_shares(&reading, share);
    ps_ledger_totals(d->ledger, &totals);
    ps_ledger_open_bytes(d->ledger, now_ns - PS_HORIZON_NS(PS_HORIZON_15MIN), open_bytes);
    const double space = BUDGET_FILL * (share[PS_TIER_LIKELY] + share[PS_TIER_MAYBE]) *
                         (double)ps_speculate_capacity(d);
    const struct ps_parts_config cfg = { .weights = weights,
                                         .tenant_count = d->config->tenant_count,
                                         .space_bytes = (int64_t)space,
                                         .making_max = d->config->speculate.making_max };
    for (uint32_t t = 0; t < cfg.tenant_count; t++) {
        weights[t] = d->config->tenants[t].weight;
        taken[t] = (struct ps_parts_taken){ .open_bytes = open_bytes[t],
                                            .making = totals.by_tenant[t][PS_FATE_MAKING] };
    }
    ps_parts_begin(ret_parts, &cfg, taken);
    d->space_taken = space > 0.0 ? 1.0 - (double)ret_parts->left_bytes / space : 1.0;
    ps_price_look_at_room(&d->room, used_share(d));
}

/*
 * Learn the facts of every title that is predicted at all, however faintly: a probe costs no CU,
 * and one left to the viewer adds a journey to the origin to the wait of a miss.
 */
static void probe_predicted(struct ps_daemon *d)
{
    for (uint32_t i = 0; i < d->predictions.count; i++) {
        struct ps_resource storage;
        const struct ps_resource *resource =
            shuffled(d, &d->predictions.items[i].resource, &storage);
        struct ps_media *media = ps_catalogue_by_key(d->catalogue, resource->media_key);

        if (media != NULL && media->state == PS_MEDIA_NEW &&
            ps_pipeline_probe(d->pipeline, media, PS_QUEUE_SPECULATIVE) == -EAGAIN)
            return;
    }
}

/* Dearest first. @return whether there is room for more. */
static bool stage_round(struct ps_daemon *d, struct ps_parts *parts, bool lent, uint32_t *waiting,
                        uint64_t now_ns)
{
    struct ps_bet bet;

    while (!ps_parts_are_spent(parts) && ps_bets_take(d->bets, &bet)) {
        if (!ps_parts_has_own(parts, bet.media->tenant) && !(lent && ps_parts_has_any(parts))) {
            if (!lent)
                d->bets_waiting[(*waiting)++] = bet;
            continue;
        }
        if (!stage_bet(d, &bet, now_ns, parts))
            return false;
        bet_on_next(d, &bet);
    }
    return true;
}

/* Each tenant's as far as its part goes, then what had to wait, as far as anything is left. */
static void stage_bets(struct ps_daemon *d, struct ps_parts *parts, uint64_t now_ns)
{
    uint32_t waiting = 0;

    if (!stage_round(d, parts, false, &waiting, now_ns))
        return;
    d->bets->count = 0;
    for (uint32_t i = 0; i < waiting; i++)
        ps_bets_add(d->bets, &d->bets_waiting[i]);
    stage_round(d, parts, true, &waiting, now_ns);
}

void ps_speculate(struct ps_daemon *d, uint64_t now_ns)
{
    struct ps_parts parts;
    struct ps_bet bet;

    begin_parts(d, now_ns, &parts);
    if (!d->config->speculate.enabled)
        return;
    probe_predicted(d);
    if (d->resting)
        return;
    d->bets->count = 0;
    for (uint32_t i = 0; i < d->predictions.count && !ps_parts_are_spent(&parts); i++)
        if (price(d, &d->predictions.items[i], &bet))
            ps_bets_add(d->bets, &bet);
    stage_bets(d, &parts, now_ns);
    ps_pipeline_dispatch(d->pipeline, now_ns);
}

void ps_speculate_follow(struct ps_daemon *d, const struct ps_resource *resource, int32_t index,
                         const struct ps_peer_class *peer, uint64_t now_ns)
{
    struct ps_media *media = ps_catalogue_by_key(d->catalogue, resource->media_key);
    const struct ps_profile *profile = ps_daemon_profile(d, resource->profile_key);

    if (!d->config->speculate.enabled || index < 0 || media == NULL || profile == NULL ||
        media->state != PS_MEDIA_READY)
        return;
    const double usefulness =
        ps_feedback_usefulness(ps_ledger_feedback(d->ledger), PS_REASON_FOLLOW);
    const struct ps_ledger_entry why = {
        .p = usefulness,
        .reason = PS_REASON_FOLLOW,
        .class = class_of(d, usefulness),
        .peer = *peer,
        .tenant = media->tenant,
        .size_bytes = ps_speculate_size(d, profile),
    };
    struct ps_price_offer offer = {
        .horizon = PS_HORIZON_15MIN,
        .saved_s = saved_s(d, media, profile),
        .trust = 1.0, /* p is what came of following so far */
        .cu_s = cost_of(d, media, profile),
    };
    for (int32_t i = 1; i <= (int32_t)d->config->speculate.segments_ahead; i++) {
        const struct ps_segment_key key = ps_speculate_key(media, profile, index + i);

        offer.expected = FOLLOW_URGENCY * why.p / (double)i;
        if (stage(d, &key, ps_price_benefit(&offer), &why, now_ns) == -EAGAIN)
            return;
    }
}

struct ps_buffer_reading ps_speculate_reading(const struct ps_daemon *d)
{
    const uint64_t capacity = ps_speculate_capacity(d);
    struct ps_tier_status tier;

    ps_tier_status(d->tier, &tier);
    return (struct ps_buffer_reading){
        .unused_share = capacity == 0 ? 1.0 : (double)tier.unused_bytes / (double)capacity,
        /* While bets rest they deserve as little space as there is, and begin again with care. */
        .usefulness_share = d->resting ? 0.0 : ps_feedback_recent(ps_ledger_feedback(d->ledger)),
    };
}
