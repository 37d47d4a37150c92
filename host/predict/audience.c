/* SPDX-License-Identifier: BSD-3-Clause */
/* host/predict/audience.c - see audience_priv.h. */
#include "host/predict/audience_priv.h"

#include <math.h>
#include <stdbool.h>
#include <string.h>

#define LEAN_TITLE    64.0f   /* starts that its category's shares count as for a title, */
#define LEAN_KNOWN    16.0f   /* and as for how sure they are */
#define LEAN_CATEGORY 16.0f   /* everybody's for a category, */
#define LEAN_LATELY   10.0f   /* and the usual ones for the last hour */
#define LEAN_USUAL    1.0f    /* of a class that has just been met */
#define GROWN         60.0f   /* half-lives after which all counts are made small again */
#define MANY          2048.0f /* starts of a title in a day, from which on one in ... */
#define ONE_IN        4u      /* ... so many is looked at, for all of them */
#define ROUNDS        2u
#define REPLACE_S     60u /* a class's number changes hands no more often */

/* ---- time ---- */

static void shrink(float *of, uint32_t count, float by)
{
    for (uint32_t i = 0; i < count; i++)
        of[i] *= by;
}

static void shrink_all(struct ps_audience *audience)
{
    const float by = 1.0f / audience->weight;

    for (uint32_t t = 0; t < PS_AUDIENCE_TITLES; t++) {
        audience->sets[t / PS_AUDIENCE_SET].counts[t % PS_AUDIENCE_SET] *= by;
        shrink(audience->titles[t].of, PS_AUDIENCE_SLOTS, by);
    }
    for (uint32_t c = 0; c < PS_CATEGORIES; c++)
        shrink(audience->category[c].of, PS_AUDIENCE_CLASSES, by);
    shrink(audience->usual.of, PS_AUDIENCE_CLASSES, by);
}

/* What is added now weighs more than what was added before. */
static void advance(struct ps_audience *audience, uint32_t now_s)
{
    if (now_s == audience->now_s && now_s != 0)
        return;
    if (audience->now_s == 0) {
        audience->class_count = 1;
        audience->since_s = audience->lately_since_s = now_s;
    }
    if (now_s < audience->now_s)
        return; /* time that steps back stands */
    if ((float)(now_s - audience->since_s) > GROWN * (float)PS_AUDIENCE_HALF_S) {
        audience->weight = ps_exp2f((float)(now_s - audience->since_s) / PS_AUDIENCE_HALF_S);
        shrink_all(audience);
        audience->since_s = now_s;
    }
    if ((float)(now_s - audience->lately_since_s) > GROWN * (float)PS_AUDIENCE_LATELY_S) {
        shrink(audience->lately.of, PS_AUDIENCE_CLASSES,
               ps_exp2f(-(float)(now_s - audience->lately_since_s) / PS_AUDIENCE_LATELY_S));
        audience->lately_since_s = now_s;
    }
    audience->now_s = now_s;
    audience->weight = ps_exp2f((float)(now_s - audience->since_s) / PS_AUDIENCE_HALF_S);
    audience->lately_weight =
        ps_exp2f((float)(now_s - audience->lately_since_s) / PS_AUDIENCE_LATELY_S);
}

/* ---- classes ---- */

/* Whoever had the number is one of the others from now on. */
static void forget_class(struct ps_audience *audience, uint8_t idx)
{
    for (uint32_t t = 0; t < PS_AUDIENCE_TITLES; t++)
        for (uint32_t s = 0; s < PS_AUDIENCE_SLOTS; s++)
            if (audience->titles[t].class_idx[s] == idx)
                audience->titles[t].class_idx[s] = PS_AUDIENCE_OTHERS;
    for (uint32_t c = 0; c < PS_CATEGORIES; c++) {
        audience->category[c].of[PS_AUDIENCE_OTHERS] += audience->category[c].of[idx];
        audience->category[c].of[idx] = 0.0f;
    }
    audience->usual.of[PS_AUDIENCE_OTHERS] += audience->usual.of[idx];
    audience->lately.of[PS_AUDIENCE_OTHERS] += audience->lately.of[idx];
    audience->usual.of[idx] = audience->lately.of[idx] = 0.0f;
}

/* Where the class's number stands, or would stand. */
static uint8_t *entry_of(struct ps_audience *audience, uint16_t region, uint8_t device)
{
    uint32_t at = ((uint32_t)region * 31 + device) * 0x9e3779b1u >> 24;

    for (;; at = (at + 1) % PS_AUDIENCE_TABLE) {
        const struct ps_audience_class *class = &audience->classes[audience->table[at]];

        if (audience->table[at] == PS_AUDIENCE_OTHERS ||
            (class->region == region && class->device == device))
            return &audience->table[at];
    }
}

static void rebuild_table(struct ps_audience *audience)
{
    memset(audience->table, 0, sizeof(audience->table));
    for (uint32_t i = 1; i < audience->class_count; i++)
        *entry_of(audience, audience->classes[i].region, audience->classes[i].device) = (uint8_t)i;
}

/* A number that nobody used of late. */
static uint8_t replace(struct ps_audience *audience)
{
    uint8_t least = 1;

    if (audience->now_s < audience->replaced_s + REPLACE_S)
        return PS_AUDIENCE_OTHERS;
    for (uint8_t i = 2; i < PS_AUDIENCE_CLASSES; i++)
        if (audience->usual.of[i] < audience->usual.of[least])
            least = i;
    if (audience->usual.of[least] >= audience->weight)
        return PS_AUDIENCE_OTHERS;
    audience->replaced_s = audience->now_s;
    forget_class(audience, least);
    return least;
}

static uint8_t number_of(struct ps_audience *audience, const struct ps_peer_class *peer)
{
    uint8_t idx = *entry_of(audience, peer->region, peer->device);

    if (idx != PS_AUDIENCE_OTHERS)
        return idx;
    if (audience->class_count < PS_AUDIENCE_CLASSES)
        idx = (uint8_t)audience->class_count++;
    else
        idx = replace(audience);
    if (idx == PS_AUDIENCE_OTHERS)
        return idx;
    audience->classes[idx] =
        (struct ps_audience_class){ .region = peer->region, .device = peer->device };
    rebuild_table(audience);
    return idx;
}

/* ---- titles ---- */

static uint32_t set_of(uint64_t media_key)
{
    const uint64_t h = (media_key ^ media_key >> 31) * 0x9e3779b97f4a7c15ull;

    return (uint32_t)(h >> 40) % (PS_AUDIENCE_TITLES / PS_AUDIENCE_SET);
}

void ps_audience_prefetch(const struct ps_audience *audience, uint64_t media_key)
{
    __builtin_prefetch(&audience->sets[set_of(media_key)]);
    __builtin_prefetch(audience->sets[set_of(media_key)].counts);
}

/* Its place in the set; PS_AUDIENCE_SET: it has none. */
static uint32_t find(const struct ps_audience_set *set, uint64_t media_key)
{
    uint32_t at = PS_AUDIENCE_SET;

    for (uint32_t i = 0; i < PS_AUDIENCE_SET; i++)
        at = set->keys[i] == media_key ? i : at;
    return at;
}

/* A title that is wanted more than the least wanted takes its place. @return As find(). */
static uint32_t take(struct ps_audience *audience, uint64_t media_key, float known)
{
    struct ps_audience_set *set = &audience->sets[set_of(media_key)];
    uint32_t at = find(set, media_key), least = 0;

    if (at != PS_AUDIENCE_SET)
        return at;
    for (uint32_t i = 1; i < PS_AUDIENCE_SET; i++)
        least = set->counts[i] < set->counts[least] ? i : least;
    if (known <= 1.0f || known * audience->weight < set->counts[least])
        return PS_AUDIENCE_SET;
    at = least;
    set->keys[at] = media_key;
    set->counts[at] = (known - 1.0f) * audience->weight; /* by whom, nobody knows */
    audience->titles[(set - audience->sets) * PS_AUDIENCE_SET + at] =
        (struct ps_audience_title){ .of = { 0.0f } };
    return at;
}

/* The least of a title's classes gives way when less than one start is left of it. */
static void add_to_title(struct ps_audience_title *title, uint8_t class_idx, float starts,
                         float weight)
{
    uint32_t at = PS_AUDIENCE_SLOTS;

    for (uint32_t s = 0; s < PS_AUDIENCE_SLOTS; s++) /* without a branch in it */
        at = title->class_idx[s] == class_idx ? s : at;
    if (at != PS_AUDIENCE_SLOTS) {
        title->of[at] += starts;
        return;
    }
    at = 0;
    for (uint32_t s = 1; s < PS_AUDIENCE_SLOTS; s++)
        at = title->of[s] < title->of[at] ? s : at;
    if (title->of[at] >= weight)
        return;
    title->class_idx[at] = class_idx;
    title->of[at] = starts;
}

/* Of what is asked for all the time, a part tells enough. */
static bool is_drawn(struct ps_audience *audience)
{
    audience->random = audience->random * 1664525u + 1013904223u;
    return audience->random >> 16 < (1u << 16) / ONE_IN;
}

void ps_audience_add(struct ps_audience *audience, uint64_t media_key, uint8_t category,
                     const struct ps_peer_class *peer, float starts, float known, uint32_t now_s)
{
    const uint32_t set = set_of(media_key);

    if (known > MANY) {
        if (!is_drawn(audience))
            return;
        starts *= (float)ONE_IN;
    }
    advance(audience, now_s);
    const uint8_t class_idx = number_of(audience, peer);
    const float weighted = starts * audience->weight;
    const uint32_t at = take(audience, media_key, known);

    audience->usual.of[class_idx] += weighted;
    audience->lately.of[class_idx] += starts * audience->lately_weight;
    audience->category[category % PS_CATEGORIES].of[class_idx] += weighted;
    if (at == PS_AUDIENCE_SET)
        return;
    audience->sets[set].counts[at] += weighted;
    add_to_title(&audience->titles[set * PS_AUDIENCE_SET + at], class_idx, weighted,
                 audience->weight);
}

/* ---- answers ---- */

static float sum_of(const float *of, uint32_t count)
{
    float sum = 0.0f;

    for (uint32_t i = 0; i < count; i++)
        sum += of[i];
    return sum;
}

/* What was counted, leaning on @p shares, which it becomes. @param weight  Of one start. */
static void lean(const float *of, uint32_t count, float weight, float on, float *shares)
{
    const float per_whole = 1.0f / (sum_of(of, count) + on * weight);

    for (uint32_t i = 0; i < count; i++)
        shares[i] = (of[i] + on * weight * shares[i]) * per_whole;
}

/* What a title's slots do not tell is divided as its category's, but nobody who has no slot asks
 * more often than the least of those who have; what is over by that is divided among the others. */
static void divide_rest(const float *shares, uint32_t count, float rest, float most, float *ret)
{
    float open[PS_AUDIENCE_CLASSES]; /* shares of those that may still get some */

    for (uint32_t i = 0; i < count; i++)
        open[i] = ret[i] == 0.0f ? shares[i] : 0.0f;
    for (unsigned round = 0; round < ROUNDS && rest > 0.0f; round++) {
        const float each = rest / fmaxf(sum_of(open, count), 1e-9f);
        float left = rest;

        for (uint32_t i = 0; i < count; i++) {
            const float part = fminf(each * open[i], most - ret[i] * (open[i] > 0.0f));

            ret[i] += part;
            left -= part;
            open[i] = ret[i] < most ? open[i] : 0.0f;
        }
        rest = left;
    }
}

/* @param starts  Of the title. */
static void read_title(const struct ps_audience_title *title, float starts, const float *shares,
                       uint32_t count, float ret[PS_AUDIENCE_CLASSES])
{
    float rest = starts, least = starts;

    memset(ret, 0, count * sizeof(*ret));
    for (uint32_t s = 0; s < PS_AUDIENCE_SLOTS; s++) {
        ret[title->class_idx[s]] += title->of[s];
        rest -= title->of[s];
        least = fminf(least, title->of[s]);
    }
    divide_rest(shares, count, rest, least, ret);
}

void ps_audience_begin(const struct ps_audience *audience, struct ps_audience_moment *ret)
{
    const uint32_t count = audience->class_count;

    *ret = (struct ps_audience_moment){ .audience = audience };
    for (uint32_t i = 0; i < count; i++)
        ret->usual[i] = 1.0f / (float)count;
    lean(audience->usual.of, count, audience->weight, LEAN_USUAL, ret->usual);
    memcpy(ret->tilt, ret->usual, sizeof(ret->tilt));
    lean(audience->lately.of, count, audience->lately_weight, LEAN_LATELY, ret->tilt);
    for (uint32_t i = 0; i < count; i++)
        ret->tilt[i] /= fmaxf(ret->usual[i], 1e-9f);
}

/* Its shares, found out when they are first wanted. */
static const float *category_of(struct ps_audience_moment *moment, uint8_t category)
{
    const struct ps_audience *audience = moment->audience;
    float *shares = moment->category[category % PS_CATEGORIES];

    if (moment->has_category[category % PS_CATEGORIES])
        return shares;
    moment->has_category[category % PS_CATEGORIES] = true;
    memcpy(shares, moment->usual, sizeof(moment->usual));
    lean(audience->category[category % PS_CATEGORIES].of, audience->class_count, audience->weight,
         LEAN_CATEGORY, shares);
    return shares;
}

/* Of so many starts. */
static float looked_at(float starts)
{
    return fminf(starts, MANY + fmaxf(starts - MANY, 0.0f) / (float)ONE_IN);
}

uint32_t ps_audience_read(struct ps_audience_moment *moment, uint64_t media_key, uint8_t category,
                          struct ps_audience_shares *ret_shares)
{
    const struct ps_audience *audience = moment->audience;
    const uint32_t count = audience->class_count, set = set_of(media_key);
    const uint32_t at = find(&audience->sets[set], media_key);
    const float *usual = category_of(moment, category);
    float of_title[PS_AUDIENCE_CLASSES], *shares = ret_shares->of;

    ret_shares->weight = LEAN_KNOWN;
    memcpy(shares, usual, count * sizeof(*shares));
    if (at != PS_AUDIENCE_SET) {
        const float starts = audience->sets[set].counts[at];

        read_title(&audience->titles[set * PS_AUDIENCE_SET + at], starts, usual, count, of_title);
        lean(of_title, count, audience->weight, LEAN_TITLE, shares);
        ret_shares->weight += looked_at(starts / audience->weight);
    }
    for (uint32_t i = 0; i < count; i++)
        shares[i] *= moment->tilt[i];
    shrink(shares, count, 1.0f / fmaxf(sum_of(shares, count), 1e-9f));
    return count;
}

double ps_audience_doubt(double share, double weight)
{
    return (1.0 - share) / (fmax(share, 1e-6) * (weight + 1.0));
}
