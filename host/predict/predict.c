/* SPDX-License-Identifier: BSD-3-Clause */
/* host/predict/predict.c - time passes, samples come in, and earlier answers are judged. */
#include "host/predict/predict.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "host/base/assert.h"
#include "host/base/clock.h"
#include "host/base/mem.h"
#include "host/predict/predict_priv.h"

#define LIVELY_STARTS    0.05f /* expected in 15 minutes: worth a label more than the rest */
#define LABEL_WEIGHT_MAX 8.0f  /* how loudly one label may speak to the experts */
#define UNKNOWN_STARTS   30000 /* more in an hour: the count began anew */
#define LOSS_FADE        0.9995f
#define BLEND_SHARPNESS  0.002f /* of the say, per nat of loss */
#define USUAL_STEP       0.001f
#define LOOK_AHEAD       8u                       /* samples */
#define LAST_S           (UINT32_MAX - 4 * 3600u) /* what is ahead of it fits in 32 bits, too */

static void take_tenants(struct ps_predict *predict, const struct ps_predict_config *cfg)
{
    static const struct ps_predict_tenant_config alone = { .key = 0, .weight = 1 };

    predict->tenant_count = cfg->tenant_count == 0 ? 1 : cfg->tenant_count;
    memcpy(predict->tenant_cfg, cfg->tenant_count == 0 ? &alone : cfg->tenants,
           predict->tenant_count * sizeof(alone));
    predict->cfg.tenants = predict->tenant_cfg; /* the caller's may go */
    predict->cfg.tenant_count = predict->tenant_count;
}

int ps_predict_create(struct ps_predict **ret_predict, const struct ps_predict_config *cfg)
{
    struct ps_predict *predict;

    if (cfg->resources_max == 0 || cfg->resources_max > PS_PREDICT_RESOURCES_MAX ||
        cfg->media_max == 0 || cfg->media_max > PS_PREDICT_RESOURCES_MAX ||
        cfg->peers_max > PS_PREDICT_PEERS_MAX || cfg->tenant_count > PS_PREDICT_TENANTS_MAX)
        return -EINVAL;
    for (uint32_t t = 0; t < cfg->tenant_count; t++)
        if (cfg->tenants[t].weight == 0)
            return -EINVAL;
    predict = ps_zalloc(1, sizeof(*predict));
    if (predict == NULL)
        return -ENOMEM;
    predict->cfg = *cfg;
    take_tenants(predict, cfg);
    if (ps_items_init(&predict->items, cfg->media_max, cfg->resources_max) != 0 ||
        ps_promises_init(&predict->promises) != 0 || ps_predict_tenants_init(predict) != 0)
        goto fail;
    predict->gathered = ps_zalloc(predict->items.capacity / 64 + 1, sizeof(uint64_t));
    if (predict->gathered == NULL)
        goto fail;
    predict->promises.trust.is_blind = (cfg->without & PS_PREDICT_TRUST) != 0;
    predict->mind.next_id = 1;
    predict->mind.random = 0x9e3779b97f4a7c15ull;
    ps_network_init(&predict->mind.network);
    for (unsigned o = 0; o < PS_OUTLOOKS; o++)
        predict->mind.blend[o].weight = 0.5f;
    *ret_predict = predict;
    return 0;

fail:
    ps_predict_destroy(predict);
    return -ENOMEM;
}

void ps_predict_destroy(struct ps_predict *predict)
{
    if (predict == NULL)
        return;
    ps_predict_tenants_fini(predict);
    ps_promises_fini(&predict->promises);
    ps_items_fini(&predict->items);
    free(predict->gathered);
    free(predict);
}

/* A number in [0, 1) from the predictor's own sequence. */
static double chance(struct ps_predict *predict)
{
    uint64_t x = predict->mind.random;

    x ^= x << 13;
    x ^= x >> 7;
    x ^= x << 17;
    predict->mind.random = x;
    return (double)(x >> 11) * 0x1p-53;
}

/* @return The media's place, or PS_ITEM_NONE: forgotten since, or it began to be counted anew. */
static uint32_t truth_of(const struct ps_predict *predict, const struct ps_label *label,
                         float *ret_starts)
{
    const uint32_t media = ps_items_find_media(&predict->items, label->media_key);
    uint32_t idx;

    if (media == PS_ITEM_NONE)
        return PS_ITEM_NONE;
    idx = ps_items_find(&predict->items, media, label->profile);
    const uint16_t now = idx == PS_ITEM_NONE ? 0 : predict->items.items[idx].starts;
    const uint16_t starts = (uint16_t)(now - label->starts);
    *ret_starts = (float)starts;
    return starts < UNKNOWN_STARTS ? media : PS_ITEM_NONE;
}

static float loss_of(float log_odds, bool hit)
{
    return ps_softplus(hit ? -log_odds : log_odds);
}

static void judge_experts(struct ps_blend *blend, float table_odds, float network_odds, bool hit,
                          float weight)
{
    blend->table_loss = LOSS_FADE * blend->table_loss + weight * loss_of(table_odds, hit);
    blend->network_loss = LOSS_FADE * blend->network_loss + weight * loss_of(network_odds, hit);
    blend->weight = ps_logistic(BLEND_SHARPNESS / (1.0f - LOSS_FADE) *
                                (blend->table_loss - blend->network_loss) /
                                fmaxf(1.0f, blend->table_loss + blend->network_loss));
}

static void keep_score(struct ps_predict *predict, struct ps_tenant_mind *own,
                       const struct ps_label *label, unsigned horizon, bool hit)
{
    struct ps_scorecard *const cards[] = { &predict->mind.scorecard[horizon],
                                           &own->scorecard[horizon] };

    for (unsigned i = 0; i < PS_ARRAY_LEN(cards); i++)
        ps_scorecard_add(cards[i], (double)label->confidence[horizon], (double)label->weight,
                         hit ? 1.0 : 0.0);
}

/* The part of an outcome that experts are to learn from: a start that looks announced would have
 * come, as far as it was they that said so, whatever the experts see. */
static float unexplained(float log_odds, float look, bool hit)
{
    const float p = ps_logistic(log_odds);

    return hit && look > 0.0f ? p * (1.0f - look) / (p + look - p * look) : 1.0f;
}

/* Starts that were expected, as ps_predict_answer() says. */
static float expected_of(const struct ps_label *label, const struct ps_features *features,
                         const struct ps_network_output *network, unsigned outlook)
{
    return fmaxf(ps_expf(network->log_starts[outlook]) + ps_predict_look_starts(features, outlook),
                 label->confidence[outlook - 1]);
}

/*
 * Experts learn from what they would say now of what was known then: corrections made since the
 * label was written must not be made again. So does the calibration of the longest outlook, whose
 * experts have moved on in that hour; the others learn from what was said.
 */
static void settle(struct ps_predict *predict, const struct ps_label *label, unsigned outlook)
{
    struct ps_predict_mind *mind = &predict->mind;
    const float weight = fminf(label->weight, LABEL_WEIGHT_MAX);
    struct ps_features features;
    struct ps_table_row row;
    struct ps_network_output network;
    struct ps_blend *blend = &mind->blend[outlook];
    float starts, table_odds, network_odds;

    const uint32_t media = truth_of(predict, label, &starts);
    if (media == PS_ITEM_NONE)
        return;
    struct ps_tenant_mind *own = ps_predict_tenant_of(predict, media)->mind;
    const bool hit = starts > 0.0f;
    if (outlook > 0)
        keep_score(predict, own, label, outlook - 1, hit);
    ps_label_features_get(label, &features);
    ps_table_row(&features, &row);
    table_odds = ps_table_score(&mind->table, &row)[outlook];
    ps_network_score(&mind->network, &features, &network);
    network_odds = network.log_odds[outlook];
    if (outlook > 0)
        ps_doubt_learn(&mind->doubt, outlook - 1, expected_of(label, &features, &network, outlook),
                       starts, label->weight);
    const float look = ps_predict_look_chance(&features, outlook);
    ps_calibrate_add(
        &own->calibrate[outlook][label->cold],
        outlook < PS_OUTLOOKS - 1
            ? label->log_odds[outlook]
            : ps_predict_with_looks(table_odds + blend->weight * (network_odds - table_odds), look),
        label->weight, hit ? 1.0f : 0.0f);
    judge_experts(blend, table_odds, network_odds, hit, weight);
    ps_table_learn(&mind->table, &row, outlook,
                   weight * unexplained(table_odds, look, hit) *
                       (ps_logistic(table_odds) - (hit ? 1.0f : 0.0f)));
    ps_network_learn(&mind->network, &network, outlook, starts,
                     weight * unexplained(network_odds, look, hit));
}

static void issue(struct ps_predict *predict, const struct ps_candidate *candidate, float p)
{
    const struct ps_item *media = &predict->items.items[candidate->media];
    const uint32_t idx = ps_items_find(&predict->items, candidate->media, candidate->profile);
    struct ps_label label = { .media_key = media->key,
                              .time_s = ps_predict_now_s(predict),
                              .weight = 1.0f / p,
                              .profile = candidate->profile };
    struct ps_features features;
    struct ps_answer answer;

    ps_predict_answer(predict, candidate, &features, &answer);
    ps_label_features_set(&label, &features);
    label.cold = answer.cold;
    label.starts = idx == PS_ITEM_NONE ? 0 : predict->items.items[idx].starts;
    for (unsigned o = 0; o < PS_OUTLOOKS; o++)
        label.log_odds[o] = answer.log_odds[o];
    for (unsigned h = 0; h < PS_HORIZON_COUNT; h++)
        label.confidence[h] = answer.confidence[h];
    for (unsigned f = 0; f < PS_FEATURE_COUNT; f++)
        predict->mind.usual.value[f] +=
            USUAL_STEP * (features.value[f] - predict->mind.usual.value[f]);
    ps_labels_put(&predict->mind.labels, &label);
}

static bool is_lively(const struct ps_answer *answer)
{
    return answer->expected[PS_HORIZON_15MIN] >= LIVELY_STARTS;
}

/* Places go to the tenants that have candidates by weight; of one's, those with a real chance and
 * the many with next to none get equal parts. @return the chances to get a label. */
static void share_places(const struct ps_predict *predict, float places,
                         float ret_p[PS_PREDICT_TENANTS_MAX][2])
{
    uint32_t count[PS_PREDICT_TENANTS_MAX][2] = { { 0 } };
    double parts = 0.0;

    for (uint32_t i = 0; i < predict->candidate_count; i++) {
        const struct ps_item *media = &predict->items.items[predict->candidates[i].media];

        count[ps_item_tenant(media)][is_lively(&predict->answers[i])]++;
    }
    for (uint32_t t = 0; t < predict->tenant_count; t++)
        parts += count[t][0] + count[t][1] > 0 ? predict->tenants[t].part : 0.0;
    for (uint32_t t = 0; t < predict->tenant_count; t++)
        for (unsigned lively = 0; lively < 2; lively++) {
            const float own = places * (float)(predict->tenants[t].part / fmax(parts, 1e-9));
            const float rest = fmaxf(own / 2.0f, own - (float)count[t][!lively]);

            ret_p[t][lively] = fminf(1.0f, rest / fmaxf((float)count[t][lively], 1.0f));
        }
}

static void issue_candidates(struct ps_predict *predict, float places)
{
    float p[PS_PREDICT_TENANTS_MAX][2];

    for (uint32_t i = 0; i < predict->candidate_count; i++)
        ps_predict_answer(predict, &predict->candidates[i], NULL, &predict->answers[i]);
    share_places(predict, places, p);
    for (uint32_t i = 0; i < predict->candidate_count; i++) {
        const struct ps_item *media = &predict->items.items[predict->candidates[i].media];
        const float q = p[ps_item_tenant(media)][is_lively(&predict->answers[i])];

        if (chance(predict) < (double)q)
            issue(predict, &predict->candidates[i], q);
    }
}

/* Of all that is tracked and no candidate: what is cold must be learned from, too. */
static void issue_others(struct ps_predict *predict, uint32_t places)
{
    const struct ps_items *items = &predict->items;
    const float others =
        (float)items->media_count * (float)ps_predict_profiles(predict)->profile_count -
        (float)predict->candidate_count;

    for (uint32_t n = 0; n < places && others > 0.0f; n++) {
        const uint32_t idx = 1 + (uint32_t)(chance(predict) * (double)(items->used - 1));
        const struct ps_candidate candidate = {
            .media = idx,
            .profile =
                (uint8_t)(chance(predict) * (double)ps_predict_profiles(predict)->profile_count)
        };

        if (items->items[idx].category != PS_ITEM_RESOURCE &&
            (predict->gathered[idx / 64] >> idx % 64 & 1) == 0)
            issue(predict, &candidate, fminf(1.0f, (float)places / others));
    }
}

static void issue_labels(struct ps_predict *predict)
{
    ps_predict_gather(predict);
    issue_candidates(predict, 0.75f * (float)PS_LABELS_A_MINUTE);
    for (uint32_t i = 0; i < predict->candidate_count; i++) {
        const uint32_t media = predict->candidates[i].media;

        predict->gathered[media / 64] |= 1ull << media % 64;
    }
    issue_others(predict, PS_LABELS_A_MINUTE / 4);
    for (uint32_t i = 0; i < predict->candidate_count; i++)
        predict->gathered[predict->candidates[i].media / 64] = 0;
}

void ps_predict_refresh(struct ps_predict *predict)
{
    const uint32_t now_s = ps_predict_now_s(predict);

    predict->view.media = PS_ITEM_NONE;
    if (!predict->moment_is_old && predict->tenants[0].moment.now_s == now_s)
        return;
    for (uint32_t t = 0; t < predict->tenant_count; t++)
        ps_moment_set(&predict->tenants[t].moment, &predict->tenant_minds[t].overall, now_s);
    predict->moment_is_old = false;
}

static void tick(struct ps_predict *predict, uint32_t now_s)
{
    struct ps_predict_mind *mind = &predict->mind;
    const struct ps_label *label;

    mind->now_ns = now_s * PS_NS_PER_SEC;
    mind->tick_s = now_s;
    ps_predict_refresh(predict);
    ps_promises_sweep(&predict->promises, now_s);
    for (unsigned o = 0; o < PS_OUTLOOKS; o++) {
        while ((label = ps_labels_due(&mind->labels, o, now_s)) != NULL)
            settle(predict, label, o);
        for (uint32_t t = 0; t < 2 * predict->tenant_count; t++)
            ps_calibrate_tick(&predict->tenant_minds[t / 2].calibrate[o][t % 2]);
    }
    if (++mind->tick_count % PS_PREDICT_FADE_TICKS == 0) {
        ps_table_fade(&mind->table);
        ps_network_fade(&mind->network);
    }
    issue_labels(predict);
}

void ps_predict_advance(struct ps_predict *predict, uint64_t now_ns)
{
    struct ps_predict_mind *mind = &predict->mind;

    if (now_ns > LAST_S * PS_NS_PER_SEC)
        now_ns = LAST_S * PS_NS_PER_SEC;
    const uint32_t now_s = (uint32_t)(now_ns / PS_NS_PER_SEC);
    if (mind->now_ns == 0)
        mind->tick_s = now_s - now_s % PS_PREDICT_TICK_S;
    else if (now_ns <= mind->now_ns)
        return; /* time stands, or a feed's clock lags */
    for (unsigned t = 0; now_s >= mind->tick_s + PS_PREDICT_TICK_S; t++) {
        const uint32_t last_s = now_s - now_s % PS_PREDICT_TICK_S;

        tick(predict, t + 1 < PS_PREDICT_TICKS_MAX ? mind->tick_s + PS_PREDICT_TICK_S : last_s);
    }
    mind->now_ns = now_ns;
    ps_promises_sweep(&predict->promises, now_s);
}

/* What is said of a media that has its place. */
static void take_facts(struct ps_item *media, const struct ps_media_facts *facts)
{
    if (facts->category != 0)
        media->category =
            (uint8_t)(facts->category < PS_CATEGORIES ? facts->category
                                                      : 1 + facts->category % (PS_CATEGORIES - 1));
    if (facts->born_ns != 0)
        media->born_s = (uint32_t)(facts->born_ns / PS_NS_PER_SEC);
}

static void tell_sequel(struct ps_predict *predict, struct ps_predict_tenant *tenant,
                        uint64_t media_key, const struct ps_media_facts *facts)
{
    if (facts->sequel_of != 0)
        ps_sequels_tell(&tenant->sequels, facts->sequel_of, media_key, 0,
                        ps_predict_now_s(predict));
}

uint32_t ps_predict_track(struct ps_predict *predict, uint64_t media_key)
{
    uint32_t media = ps_items_find_media(&predict->items, media_key);
    struct ps_media_facts facts = { .tenant = 0 };

    if (media != PS_ITEM_NONE)
        return media;
    if (predict->cfg.facts != NULL)
        predict->cfg.facts(predict->cfg.arg, media_key, &facts);
    ps_assert(facts.tenant < predict->tenant_count);
    media =
        ps_items_take_media(&predict->items, media_key, facts.tenant, ps_predict_now_s(predict));
    take_facts(&predict->items.items[media], &facts);
    tell_sequel(predict, &predict->tenants[facts.tenant], media_key, &facts);
    return media;
}

/* A media that could be asked for. */
static void meet(struct ps_predict *predict, uint64_t media_key)
{
    if (ps_items_find_media(&predict->items, media_key) == PS_ITEM_NONE)
        ps_predict_meet(predict, ps_predict_track(predict, media_key));
}

int ps_predict_know(struct ps_predict *predict, const struct ps_resource *resource, uint64_t now_ns)
{
    ps_predict_advance(predict, now_ns);
    ps_predict_number_profile(predict, resource->profile_key);
    predict->moment_is_old = true;
    meet(predict, resource->media_key);
    return 0;
}

void ps_predict_describe(struct ps_predict *predict, uint64_t media_key,
                         const struct ps_media_facts *facts)
{
    const uint32_t media = ps_items_find_media(&predict->items, media_key);

    if (media == PS_ITEM_NONE)
        tell_sequel(predict, &predict->tenants[facts->tenant], media_key, facts);
    else
        tell_sequel(predict, ps_predict_tenant_of(predict, media), media_key, facts);
    if (media != PS_ITEM_NONE)
        take_facts(&predict->items.items[media], facts);
}

static uint32_t whole_s(uint64_t time_ns)
{
    return (uint32_t)(time_ns / PS_NS_PER_SEC < UINT32_MAX ? time_ns / PS_NS_PER_SEC : UINT32_MAX);
}

int ps_predict_look(struct ps_predict *predict, const struct ps_forward_look *look, uint64_t now_ns)
{
    struct ps_promise_claim claim = { .source_key = look->source_key,
                                      .media_key = look->resource.media_key,
                                      .peer = look->peer,
                                      .due_s = whole_s(look->due_ns),
                                      .until_s = whole_s(look->until_ns),
                                      .probability = look->probability,
                                      .profile = PS_PROFILE_NONE };
    int rc;

    if (!(look->probability > 0.0f && look->probability <= 1.0f))
        return -EINVAL;
    ps_predict_advance(predict, now_ns);
    if (look->resource.profile_key != 0)
        claim.profile = ps_predict_number_profile(predict, look->resource.profile_key);
    rc = ps_promises_put(&predict->promises, &claim, ps_predict_now_s(predict));
    if (rc == 0)
        meet(predict, claim.media_key); /* it may be news */
    return rc;
}

void ps_predict_kept(struct ps_predict *predict, uint64_t source_key, uint64_t media_key,
                     uint64_t now_ns)
{
    ps_predict_advance(predict, now_ns);
    ps_promises_start(&predict->promises, source_key, media_key, ps_predict_now_s(predict));
}

void ps_predict_erase_peer(struct ps_predict *predict, uint64_t peer_key)
{
    for (uint32_t t = 0; t < predict->tenant_count; t++)
        ps_sequels_erase_peer(&predict->tenants[t].sequels, peer_key);
    ps_promises_erase(&predict->promises, peer_key);
}

static void count(struct ps_item *item, uint32_t now_s, uint32_t starts)
{
    ps_counts_add(&item->counts, item->last_s == 0 ? 0.0f : (float)(now_s - item->last_s),
                  (float)starts);
    item->starts = (uint16_t)(item->starts + starts);
    item->last_s = now_s;
}

static void learn_starts(struct ps_predict *predict, const struct ps_demand_sample *sample)
{
    struct ps_predict_mind *mind = &predict->mind;
    struct ps_items *items = &predict->items;
    const uint32_t now_s = ps_predict_now_s(predict);
    const uint64_t media_key = sample->resource.media_key;
    const uint8_t profile = ps_predict_number_profile(predict, sample->resource.profile_key);
    const uint32_t media = ps_predict_track(predict, media_key);
    const uint32_t idx = ps_items_take(items, media, profile, now_s);
    struct ps_predict_tenant *tenant = ps_predict_tenant_of(predict, media);

    if (idx != media)
        count(&items->items[idx], now_s, sample->starts);
    count(&items->items[media], now_s, sample->starts);
    ps_overall_add(&tenant->mind->overall, items->items[media].category, profile, now_s,
                   (float)sample->starts);
    ps_audience_add(&tenant->mind->audience, media_key, items->items[media].category, &sample->peer,
                    (float)sample->starts, items->items[media].counts.count[PS_SPAN_1D], now_s);
    ps_tops_add(&tenant->mind->tops, media_key, now_s, (float)sample->starts);
    ps_sequels_learn(&tenant->sequels, sample->peer_key, media_key, now_s);
    if (predict->promises.pending > 0)
        ps_promises_start(&predict->promises, sample->peer_key, media_key, now_s);
    ps_predict_touch(predict, media);
    predict->moment_is_old = true;
    mind->starts += sample->starts;
}

void ps_predict_reached(struct ps_predict *predict, uint64_t media_key, int32_t index)
{
    const uint32_t media = ps_items_find_media(&predict->items, media_key);

    if (media == PS_ITEM_NONE || index < 0 || index >= (int32_t)PS_PREDICT_SEGMENTS)
        return;
    ps_reach_add(&ps_predict_tenant_of(predict, media)->mind->reach, media_key,
                 predict->items.items[media].category, (uint32_t)index, ps_predict_now_s(predict));
}

void ps_predict_reach(const struct ps_predict *predict, uint64_t media_key,
                      float ret_share[PS_PREDICT_SEGMENTS])
{
    const uint32_t media = ps_items_find_media(&predict->items, media_key);
    const struct ps_predict_tenant *tenant =
        media == PS_ITEM_NONE ? &predict->tenants[0] : ps_predict_tenant_of(predict, media);

    ps_reach_read(&tenant->mind->reach, media_key,
                  media == PS_ITEM_NONE ? 0 : predict->items.items[media].category, ret_share);
}

/* Watching goes on: how far. Logs tell the segment, the NIC only how many there were. */
static void learn_reach(struct ps_predict *predict, const struct ps_demand_sample *sample)
{
    const uint64_t media_key = sample->resource.media_key;

    if (sample->reached != 0)
        ps_predict_reached(predict, media_key, (int32_t)(sample->reached - 1));
    if (sample->source != PS_DEMAND_NIC)
        return;
    const uint32_t media = ps_items_find_media(&predict->items, media_key);
    if (media != PS_ITEM_NONE)
        ps_reach_count(&ps_predict_tenant_of(predict, media)->mind->reach, media_key,
                       sample->starts, sample->segments, ps_predict_now_s(predict));
}

/* Where a later sample's media lies is asked for in time: its bucket, then the items in it. */
static void look_ahead(const struct ps_predict *predict, const struct ps_demand *demand, uint32_t i)
{
    const struct ps_items *items = &predict->items;
    const struct ps_demand_sample *sample = &demand->samples[i];
    const uint32_t left = demand->count - i;

    if (left > 3 * LOOK_AHEAD)
        ps_items_prefetch_bucket(items, sample[3 * LOOK_AHEAD].resource.media_key);
    if (left > 2 * LOOK_AHEAD)
        ps_items_prefetch_first(items, sample[2 * LOOK_AHEAD].resource.media_key);
    if (left > LOOK_AHEAD)
        ps_items_prefetch_second(items, sample[LOOK_AHEAD].resource.media_key);
    if (left > LOOK_AHEAD && predict->tenant_count == 1)
        ps_audience_prefetch(&predict->tenant_minds->audience,
                             sample[LOOK_AHEAD].resource.media_key);
}

void ps_predict_learn(struct ps_predict *predict, const struct ps_demand *demand, uint64_t now_ns)
{
    ps_assert(demand->count <= demand->capacity);
    for (uint32_t i = 0; i < demand->count; i++) {
        const struct ps_demand_sample *sample = &demand->samples[i];

        look_ahead(predict, demand, i);
        predict->mind.samples++;
        learn_reach(predict, sample);
        if (sample->starts == 0)
            continue; /* watching goes on; nobody began */
        /* A feed's clock may run ahead; nothing is learned from the future. */
        ps_predict_advance(predict, sample->end_ns < now_ns ? sample->end_ns : now_ns);
        learn_starts(predict, sample);
    }
    ps_predict_advance(predict, now_ns);
}

void ps_predict_status(const struct ps_predict *predict, struct ps_predict_status *ret_status)
{
    const struct ps_predict_mind *mind = &predict->mind;

    *ret_status = (struct ps_predict_status){
        .resources = predict->items.media_count + predict->items.resource_count,
        .media = predict->items.media_count,
        .samples = mind->samples,
        .starts = mind->starts,
        .forgotten = predict->items.forgotten,
        .scored = predict->scored,
        .looks_taken = predict->promises.taken,
        .looks_true = predict->promises.true_count,
        .looks_false = predict->promises.false_count,
        .looks_refused = predict->promises.refused,
        .looks_pending = predict->promises.pending,
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
