/* SPDX-License-Identifier: BSD-3-Clause */
/* host/predict/score.c - what is known of one resource, and what is therefore expected of it. */
#include <math.h>
#include <string.h>

#include "host/predict/predict_priv.h"

#define NEVER        24.0f /* as log2 of a time */
#define HAWKES_MIN   1e-6f
#define TOP_PER_HOUR 12.0f /* five minutes */
#define NONE_MIN     1e-9f
#define LOOKS_SOME   0.85f /* more is expected of several looks only */
#define OWN_WEIGHT   4.0f  /* the media's habit against everybody's, in starts */

/* Features up to here are logarithms; whole vectors of them. */
#define LOGS 20u
_Static_assert(PS_FEATURE_TOP < LOGS && LOGS <= PS_FEATURES_PADDED, "those after are set later");

/* What share of the starts in five minutes each half-life says; sums to 1. */
static const float hawkes[PS_SPAN_COUNT] = { 0.02f, 0.05f, 0.10f, 0.15f, 0.20f, 0.24f, 0.24f };

static float log_s(uint32_t seconds)
{
    return ps_log2f((float)seconds + 1.0f);
}

/* The part of the media's starts that come in this profile: its own habit, leaning on all's. */
static float share_of(const struct ps_predict *predict, const struct ps_item *media,
                      const struct ps_item *own, uint8_t profile)
{
    const float usual =
        profile < PS_PROFILES_MAX ? predict->tenant->moment.profile_share[profile] : 1.0f;

    if (media == own)
        return 1.0f;
    const float of_media = media->counts.count[PS_SPAN_7D];
    const float of_own = own == NULL ? 0.0f : own->counts.count[PS_SPAN_7D];
    return fminf(1.0f, (of_own + OWN_WEIGHT * usual) / (of_media + OWN_WEIGHT));
}

/* Starts that the next 5 minutes would bring, by each half-life's share. @return At the longest. */
static float starts_of(const struct ps_moment *moment, const struct ps_item *item,
                       float ret_starts[PS_SPAN_COUNT])
{
    float counts[PS_SPAN_COUNT] = { 0 };

    if (item != NULL && item->last_s != 0)
        ps_counts_read(&item->counts, (float)(moment->now_s - item->last_s), counts);
    for (unsigned k = 0; k < PS_SPAN_COUNT; k++)
        ret_starts[k] = counts[k] * moment->per_all[k];
    return counts[PS_SPAN_7D];
}

static void view_media(struct ps_predict *predict, uint32_t idx)
{
    const struct ps_moment *moment = &predict->tenant->moment;
    const struct ps_item *media = &predict->items.items[idx];
    struct ps_view *view = &predict->view;

    view->count = starts_of(moment, media, view->starts);
    ps_sequels_expect(&predict->tenant->sequels, media->key, moment->now_s, view->sequel);
    view->top =
        ps_tops_read(&predict->tenant->mind->tops, media->key, moment->hour, moment->now_s) /
        TOP_PER_HOUR;
    view->age = log_s(media->born_s < moment->now_s ? moment->now_s - media->born_s : 0);
    view->media = idx;
}

/* Everything that has a logarithm is gathered as it is first. */
static void read_own(const struct ps_predict *predict, const struct ps_item *own, float *quantity)
{
    const struct ps_view *view = &predict->view;
    float sum = HAWKES_MIN;

    if (own == &predict->items.items[view->media]) {
        memcpy(&quantity[PS_FEATURE_OWN], view->starts, sizeof(view->starts));
        quantity[PS_FEATURE_STARTS] = view->count;
    } else if (own != NULL)
        quantity[PS_FEATURE_STARTS] =
            starts_of(&predict->tenant->moment, own, &quantity[PS_FEATURE_OWN]);
    for (unsigned k = 0; k < PS_SPAN_COUNT; k++)
        sum += hawkes[k] * quantity[PS_FEATURE_OWN + k];
    quantity[PS_FEATURE_HAWKES] = sum;
}

static void read_media(const struct ps_view *view, float share, float *quantity)
{
    quantity[PS_FEATURE_IMPLIED_5MIN] = view->starts[PS_SPAN_5MIN] * share;
    quantity[PS_FEATURE_IMPLIED_1H] = view->starts[PS_SPAN_1H] * share;
    quantity[PS_FEATURE_IMPLIED_1D] = view->starts[PS_SPAN_1D] * share;
    for (unsigned h = 0; h < PS_SEQUELS_HORIZONS; h++)
        quantity[PS_FEATURE_SEQUEL + h] = view->sequel[h] * share;
    quantity[PS_FEATURE_TOP] = view->top * share;
}

static void read_looks(const struct ps_predict *predict, uint64_t media_key, uint8_t profile,
                       float share, float *v)
{
    float own[PS_PROMISE_HORIZONS], any[PS_PROMISE_HORIZONS];

    if (predict->promises.pending == 0 ||
        !ps_promises_expect(&predict->promises, media_key, profile, predict->tenant->moment.now_s,
                            own, any))
        return;
    for (unsigned h = 0; h < PS_PROMISE_HORIZONS; h++)
        v[PS_FEATURE_LOOK + h] = ps_feature_log(own[h] + any[h] * share);
}

/* What a model may not see reads as if there were nothing. */
static void leave_out(uint32_t without, float *v)
{
    static const struct {
        uint32_t group;
        uint8_t first, count;
    } groups[] = {
        { PS_PREDICT_COUNTS_LONG, PS_FEATURE_OWN + PS_SPAN_1H, 4 },
        { PS_PREDICT_SEQUELS, PS_FEATURE_SEQUEL, 4 },
        { PS_PREDICT_LOOKS, PS_FEATURE_LOOK, 4 },
        { PS_PREDICT_CATEGORY, PS_FEATURE_CATEGORY_TREND, 2 },
        { PS_PREDICT_CATEGORY, PS_FEATURE_CATEGORY, 1 },
        { PS_PREDICT_HOURS, PS_FEATURE_HOUR_SIN, 2 },
        { PS_PREDICT_HOURS, PS_FEATURE_TOP, 1 },
        { PS_PREDICT_AGE, PS_FEATURE_AGE, 1 },
        { PS_PREDICT_SIBLINGS, PS_FEATURE_IMPLIED_5MIN, 3 },
        { PS_PREDICT_TREND, PS_FEATURE_TREND_SHORT, 2 },
    };

    for (unsigned g = 0; without != 0 && g < sizeof(groups) / sizeof(groups[0]); g++)
        for (unsigned f = 0; (without & groups[g].group) != 0 && f < groups[g].count; f++)
            v[groups[g].first + f] = 0.0f;
}

/* @param own  Of the resource itself; NULL where there is none. */
static void features_of(struct ps_predict *predict, const struct ps_candidate *candidate,
                        const struct ps_item *own, struct ps_features *ret_features)
{
    const struct ps_item *media = &predict->items.items[candidate->media];
    predict->tenant = ps_predict_tenant_of(predict, candidate->media);
    const struct ps_moment *moment = &predict->tenant->moment;
    const float share = share_of(predict, media, own, candidate->profile);
    const unsigned category = media->category % PS_CATEGORIES;
    float quantity[LOGS] = { 0 }, *v = ret_features->value;

    if (predict->view.media != candidate->media)
        view_media(predict, candidate->media);
    read_own(predict, own, quantity);
    read_media(&predict->view, share, quantity);
    for (unsigned f = 0; f < LOGS; f++)
        v[f] = ps_feature_log(quantity[f]);
    for (unsigned f = LOGS; f < PS_FEATURES_PADDED; f++)
        v[f] = 0.0f;
    v[PS_FEATURE_HAWKES] = ps_log2f(quantity[PS_FEATURE_HAWKES]) + 10.0f;
    v[PS_FEATURE_GAP] =
        own != NULL && own->last_s != 0 ? log_s(moment->now_s - own->last_s) : NEVER;
    v[PS_FEATURE_AGE] = predict->view.age;
    v[PS_FEATURE_STARTS] = ps_log2f(quantity[PS_FEATURE_STARTS] + 1.0f);
    v[PS_FEATURE_TREND_SHORT] = moment->trend_short;
    v[PS_FEATURE_TREND_LONG] = moment->trend_long;
    v[PS_FEATURE_CATEGORY_TREND] = moment->category_trend[category];
    v[PS_FEATURE_CATEGORY_HOUR] = moment->category_hour[category];
    v[PS_FEATURE_HOUR_SIN] = moment->hour_sin;
    v[PS_FEATURE_HOUR_COS] = moment->hour_cos;
    v[PS_FEATURE_CATEGORY] = (float)(media->category % PS_TABLE_STEPS);
    read_looks(predict, media->key, candidate->profile, share, v);
    leave_out(predict->cfg.without, v);
}

static const struct ps_item *own_of(const struct ps_predict *predict,
                                    const struct ps_candidate *candidate)
{
    const uint32_t idx = ps_items_find(&predict->items, candidate->media, candidate->profile);

    return idx == PS_ITEM_NONE ? NULL : &predict->items.items[idx];
}

void ps_predict_features(struct ps_predict *predict, const struct ps_candidate *candidate,
                         struct ps_features *ret_features)
{
    features_of(predict, candidate, own_of(predict, candidate), ret_features);
}

float ps_predict_look_starts(const struct ps_features *features, unsigned outlook)
{
    const float log = features->value[PS_FEATURE_LOOK + outlook];

    return log > 0.0f ? ps_exp2f(log - 8.0f) - 1.0f / 256 : 0.0f;
}

/* Nearly always one look: then what is expected is the chance. Of many, that at least one is kept
 * is never quite sure. */
float ps_predict_look_chance(const struct ps_features *features, unsigned outlook)
{
    const float expected = ps_predict_look_starts(features, outlook);

    return expected < LOOKS_SOME
               ? expected
               : 1.0f - (1.0f - LOOKS_SOME) * ps_expf(1.5f * (LOOKS_SOME - expected));
}

float ps_predict_with_looks(float log_odds, float look_chance)
{
    const float nobody_else = ps_logistic(-log_odds);
    const float none = fmaxf((1.0f - look_chance) * nobody_else, NONE_MIN);

    return 0.69314718f *
           ps_log2f((ps_logistic(log_odds) + look_chance * nobody_else + NONE_MIN) / none);
}

ps_vec4 ps_predict_blend(const struct ps_predict *predict, const struct ps_features *features,
                         struct ps_network_output *ret_network)
{
    const struct ps_predict_mind *mind = &predict->mind;
    struct ps_table_row row;
    ps_vec4 odds;

    ps_table_row(features, &row);
    odds = ps_table_score(&mind->table, &row);
    ps_network_score(&mind->network, features, ret_network);
    for (unsigned o = 0; o < PS_OUTLOOKS; o++)
        odds[o] += mind->blend[o].weight * (ret_network->log_odds[o] - odds[o]);
    if (features->value[PS_FEATURE_LOOK + PS_OUTLOOKS - 1] > 0.0f)
        for (unsigned o = 0; o < PS_OUTLOOKS; o++)
            odds[o] = ps_predict_with_looks(odds[o], ps_predict_look_chance(features, o));
    return odds;
}

static enum ps_reason reason_for(const struct ps_item *own, const struct ps_item *media,
                                 const struct ps_features *features)
{
    const float *v = features->value;
    const float rate = fmaxf(v[PS_FEATURE_OWN + PS_SPAN_20MIN], v[PS_FEATURE_IMPLIED_1H]);

    if (v[PS_FEATURE_LOOK + 2] > rate + 1.0f || v[PS_FEATURE_LOOK + 3] > rate + 3.0f)
        return PS_REASON_HINT;
    if (v[PS_FEATURE_SEQUEL + 1] > rate + 1.0f)
        return PS_REASON_SEQUEL;
    if (own != NULL && own->last_s != 0)
        return PS_REASON_RATE;
    return media->last_s != 0 ? PS_REASON_SIBLING : PS_REASON_PRIOR;
}

void ps_predict_answer(struct ps_predict *predict, const struct ps_candidate *candidate,
                       struct ps_features *features, struct ps_answer *ret_answer)
{
    static const unsigned outlook_of[PS_HORIZON_COUNT] = { 1, 2, 3 };
    const struct ps_item *media = &predict->items.items[candidate->media];
    const struct ps_item *own = own_of(predict, candidate);
    struct ps_features here;
    struct ps_network_output network;
    float starts[PS_OUTLOOKS];
    ps_vec4 odds;

    if (features == NULL)
        features = &here;
    features_of(predict, candidate, own, features);
    odds = ps_predict_blend(predict, features, &network);
    for (unsigned o = 0; o < PS_OUTLOOKS; o++) {
        ret_answer->log_odds[o] = odds[o];
        starts[o] = ps_expf(network.log_starts[o]) + ps_predict_look_starts(features, o);
    }
    ret_answer->cold = media->last_s == 0;
    ret_answer->reason = reason_for(own, media, features);
    for (unsigned h = 0; h < PS_HORIZON_COUNT; h++) {
        const unsigned o = outlook_of[h];
        float *confidence = &ret_answer->confidence[h], *expected = &ret_answer->expected[h];

        *confidence =
            ps_calibrate_read(&predict->tenant->mind->calibrate[o][ret_answer->cold], odds[o]);
        /* The longer horizon contains the shorter, and a start expected is at least its chance. */
        if (h > 0)
            *confidence = fmaxf(*confidence, confidence[-1]);
        *expected = fmaxf(starts[o], *confidence);
        if (h > 0)
            *expected = fmaxf(*expected, expected[-1]);
    }
}
