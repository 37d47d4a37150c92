/* SPDX-License-Identifier: BSD-3-Clause */
/* host/predict/rank.c - the answers in order: most starts expected in the middle horizon first. */
#include <math.h>
#include <stdbool.h>
#include <string.h>

#include "host/base/assert.h"
#include "host/predict/predict_priv.h"

#define RATE_MIN 1e-9f

#define DIGIT_BITS 11u
#define DIGITS     (1u << DIGIT_BITS)
#define LOOK_AHEAD 16u /* candidates; several are of one media */

static const struct ps_item *media_of(const struct ps_predict *predict, uint32_t i)
{
    return &predict->items.items[predict->candidates[i].media];
}

/* Of those that are expected as often. */
static bool better_of_equals(const struct ps_predict *predict, uint32_t a, uint32_t b)
{
    const float x = predict->answers[a].confidence[PS_HORIZON_15MIN];
    const float y = predict->answers[b].confidence[PS_HORIZON_15MIN];

    if (x != y)
        return x > y;
    if (media_of(predict, a)->key != media_of(predict, b)->key) /* places must never matter */
        return media_of(predict, a)->key < media_of(predict, b)->key;
    return predict->candidates[a].profile < predict->candidates[b].profile;
}

static uint32_t digit_of(const struct ps_place *place, unsigned shift)
{
    uint32_t bits; /* rise with what is expected, which is no less than 0 */

    memcpy(&bits, &place->expected, sizeof(bits));
    return ~bits >> shift & (DIGITS - 1);
}

/* By what is expected, most first; equals stay as they were. @return Where they are now. */
static struct ps_place *sort_places(struct ps_predict *predict, uint32_t count)
{
    struct ps_place *from = predict->order, *to = predict->spare;

    for (unsigned shift = 0; shift < 32; shift += DIGIT_BITS) {
        struct ps_place *const was = from;
        uint32_t at[DIGITS] = { 0 };

        for (uint32_t i = 0; i < count; i++)
            at[digit_of(&from[i], shift)]++;
        for (uint32_t d = 0, sum = 0, n; d < DIGITS; d++, sum += n) {
            n = at[d];
            at[d] = sum;
        }
        for (uint32_t i = 0; i < count; i++)
            to[at[digit_of(&from[i], shift)]++] = from[i];
        from = to;
        to = was;
    }
    return from;
}

/* The last of those that are expected as often is on top. */
static void sift_down(const struct ps_predict *predict, struct ps_place *equals, uint32_t at,
                      uint32_t count)
{
    const struct ps_place moved = equals[at];

    for (;;) {
        uint32_t child = 2 * at + 1;

        if (child >= count)
            break;
        if (child + 1 < count &&
            better_of_equals(predict, equals[child].candidate, equals[child + 1].candidate))
            child++;
        if (!better_of_equals(predict, moved.candidate, equals[child].candidate))
            break;
        equals[at] = equals[child];
        at = child;
    }
    equals[at] = moved;
}

/* A heap of ours, because qsort(3) may allocate. */
static void sort_equals(const struct ps_predict *predict, struct ps_place *equals, uint32_t count)
{
    for (uint32_t i = count / 2; i-- > 0;)
        sift_down(predict, equals, i, count);
    while (count > 1) {
        const struct ps_place last = equals[0];

        equals[0] = equals[--count];
        equals[count] = last;
        sift_down(predict, equals, 0, count);
    }
}

/* Starts a minute that are near: of three outlooks' rates the geometric mean, the next minute's
 * most. What is due at once is worth a place, and what comes steadily is worth keeping it. */
static double soon_of(const float log_odds[PS_OUTLOOKS])
{
    static const float weight[3] = { 0.4f, 0.3f, 0.3f };
    float log_rate = 0.0f;

    for (unsigned o = 0; o < 3; o++)
        log_rate += weight[o] *
                    ps_log2f(ps_softplus(log_odds[o]) * 60.0f / (float)ps_outlook_s[o] + RATE_MIN);
    return (double)ps_exp2f(log_rate);
}

static void say(const struct ps_predict *predict, const struct ps_candidate *candidate,
                const struct ps_answer *answer, struct ps_prediction *ret)
{
    *ret = (struct ps_prediction){
        .resource = { .media_key = predict->items.items[candidate->media].key,
                      .profile_key =
                          ps_predict_profiles(predict)->profile_keys[candidate->profile] },
        .at_once =
            (double)fminf(ps_calibrate_read(&predict->tenant->mind->calibrate[0][answer->cold],
                                            answer->log_odds[0]),
                          answer->confidence[PS_HORIZON_5MIN]),
        .soon = soon_of(answer->log_odds),
        .lasting = (double)ps_softplus(answer->log_odds[PS_OUTLOOKS - 1]) / 60.0,
        .reason = answer->reason,
    };
    for (unsigned h = 0; h < PS_HORIZON_COUNT; h++) {
        ret->expected[h] = (double)answer->expected[h];
        ret->confidence[h] = (double)answer->confidence[h];
        ps_hot_assert(ret->confidence[h] >= 0.0 && ret->confidence[h] <= 1.0);
    }
}

/* Those that are expected as often as the one at @p from. @return Where they end. */
static uint32_t order_equals(const struct ps_predict *predict, struct ps_place *places,
                             uint32_t from, uint32_t count)
{
    uint32_t end = from;

    while (end < count && places[end].expected == places[from].expected)
        end++;
    sort_equals(predict, &places[from], end - from);
    return end;
}

/* Which places of the order are told. */
struct told {
    uint64_t bits[PS_CANDIDATES_MAX / 64];
};

static bool is_told(const struct told *told, uint32_t i)
{
    return (told->bits[i / 64] >> i % 64 & 1) != 0;
}

/* Each tenant's best as far as its part of the list goes, then the best of all that are left. */
static void choose(const struct ps_predict *predict, const struct ps_place *places, uint32_t count,
                   uint32_t capacity, struct told *ret_told)
{
    uint32_t by[PS_PREDICT_TENANTS_MAX] = { 0 }, chosen = 0;

    *ret_told = (struct told){ { 0 } };
    for (unsigned lent = 0; lent < 2; lent++)
        for (uint32_t i = 0; i < count && chosen < capacity; i++) {
            const uint32_t t = ps_item_tenant(media_of(predict, places[i].candidate));

            if (is_told(ret_told, i) ||
                (lent == 0 && by[t] >= (uint32_t)(predict->tenants[t].part * capacity)))
                continue;
            ret_told->bits[i / 64] |= 1ull << i % 64;
            by[t]++;
            chosen++;
        }
}

static void say_best(struct ps_predict *predict, struct ps_predictions *ret_predictions)
{
    const uint32_t count = predict->candidate_count, capacity = ret_predictions->capacity;
    const bool choosy = predict->tenant_count > 1 && count > capacity;
    struct ps_place *places = sort_places(predict, count);
    struct told told;

    ret_predictions->count = 0;
    for (uint32_t i = 0; choosy && i < count;)
        i = order_equals(predict, places, i, count);
    if (choosy)
        choose(predict, places, count, capacity, &told);
    for (uint32_t i = 0, end = 0; i < count && ret_predictions->count < capacity; i++) {
        if (!choosy && i == end)
            end = order_equals(predict, places, i, count);
        if (choosy && !is_told(&told, i))
            continue;
        const uint32_t candidate = places[i].candidate;
        struct ps_prediction *to = &ret_predictions->items[ret_predictions->count++];

        say(predict, &predict->candidates[candidate], &predict->answers[candidate], to);
        to->id = predict->mind.next_id++;
    }
}

/* What is said of the gathered candidates, best first. */
static void rank_candidates(struct ps_predict *predict, struct ps_predictions *ret_predictions)
{
    uint32_t count = predict->candidate_count;

    predict->scored = count;
    for (uint32_t i = 0; i < count; i++) {
        if (i + LOOK_AHEAD < count)
            __builtin_prefetch(media_of(predict, i + LOOK_AHEAD));
        ps_predict_answer(predict, &predict->candidates[i], NULL, &predict->answers[i]);
        predict->order[i] =
            (struct ps_place){ .expected = predict->answers[i].expected[PS_HORIZON_15MIN],
                               .candidate = i };
    }
    say_best(predict, ret_predictions);
}

void ps_predict_rank(struct ps_predict *predict, uint64_t now_ns,
                     struct ps_predictions *ret_predictions)
{
    ps_assert(ret_predictions->items != NULL || ret_predictions->capacity == 0);
    ps_predict_advance(predict, now_ns);
    ps_predict_refresh(predict);
    ps_predict_gather(predict);
    rank_candidates(predict, ret_predictions);
}

void ps_predict_announced(struct ps_predict *predict, uint64_t now_ns,
                          struct ps_predictions *ret_predictions)
{
    ps_assert(ret_predictions->items != NULL || ret_predictions->capacity == 0);
    ps_predict_advance(predict, now_ns);
    ps_predict_refresh(predict);
    ps_predict_gather_announced(predict);
    rank_candidates(predict, ret_predictions);
}

bool ps_predict_find(struct ps_predict *predict, const struct ps_resource *resource,
                     uint64_t now_ns, struct ps_candidate *ret_candidate)
{
    ps_predict_advance(predict, now_ns);
    ps_predict_refresh(predict);
    ret_candidate->media = ps_items_find_media(&predict->items, resource->media_key);
    ret_candidate->profile =
        ps_overall_find_profile(ps_predict_profiles(predict), resource->profile_key);
    return ret_candidate->media != PS_ITEM_NONE && ret_candidate->profile != PS_PROFILE_NONE;
}

bool ps_predict_estimate(struct ps_predict *predict, const struct ps_resource *resource,
                         uint64_t now_ns, struct ps_prediction *ret_prediction)
{
    struct ps_candidate candidate;
    struct ps_answer answer;

    if (!ps_predict_find(predict, resource, now_ns, &candidate))
        return false;
    ps_predict_answer(predict, &candidate, NULL, &answer);
    say(predict, &candidate, &answer, ret_prediction);
    return true;
}
