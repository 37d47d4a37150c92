/* SPDX-License-Identifier: BSD-3-Clause */
/* host/predict/promises.c - see promises_priv.h. */
#include "host/predict/promises_priv.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>

#include "host/base/mem.h"
#include "host/predict/overall_priv.h"

#define BUCKETS     PS_PROMISE_BUCKETS
#define SET         8u
#define SWEEP_STEP  4096u  /* looks examined in one sweep: all of them in 16 */
#define FADE        0.98f  /* of a source's record at each look that is settled */
#define PRIOR_LOOKS 3.0f   /* what all sources' record weighs beside a source's own */
#define PRIOR_CAME  0.5f   /* of looks that came true while nothing is known, */
#define PRIOR_ALL   20.0f  /* weighing as many looks */
#define LATE_FADE   0.999f /* of how late looks come, at each that comes */
#define PRIOR_LATE  1.0f   /* looks kept in each minute of lateness while nothing is known */

int ps_promises_init(struct ps_promises *looks)
{
    *looks = (struct ps_promises){ .used = 1, .titles_used = 1 };
    looks->looks = ps_zalloc(PS_PROMISES_MAX + 1, sizeof(*looks->looks));
    looks->titles = ps_zalloc(PS_PROMISES_MAX + 1, sizeof(*looks->titles));
    looks->buckets = ps_zalloc(BUCKETS, sizeof(*looks->buckets));
    looks->sources = ps_zalloc(PS_PROMISE_SOURCES_MAX, sizeof(*looks->sources));
    return looks->looks == NULL || looks->titles == NULL || looks->buckets == NULL ||
                   looks->sources == NULL
               ? -ENOMEM
               : 0;
}

void ps_promises_fini(struct ps_promises *looks)
{
    free(looks->sources);
    free(looks->buckets);
    free(looks->titles);
    free(looks->looks);
}

static uint32_t mix(uint64_t key)
{
    return (uint32_t)(((key ^ key >> 31) * 0x9e3779b97f4a7c15ull) >> 40);
}

static struct ps_promise_source *find_source(const struct ps_promises *looks, uint64_t key)
{
    struct ps_promise_source *set =
        &looks->sources[mix(key) % (PS_PROMISE_SOURCES_MAX / SET) * SET];

    for (unsigned i = 0; i < SET; i++)
        if (set[i].serial != 0 && set[i].key == key)
            return &set[i];
    return NULL;
}

static struct ps_promise_source *take_source(struct ps_promises *looks, uint64_t key,
                                             uint32_t now_s)
{
    struct ps_promise_source *source = find_source(looks, key);
    struct ps_promise_source *set =
        &looks->sources[mix(key) % (PS_PROMISE_SOURCES_MAX / SET) * SET];

    if (source == NULL) {
        source = &set[0];
        for (unsigned i = 1; i < SET; i++)
            if (set[i].heard_s < source->heard_s)
                source = &set[i];
        *source = (struct ps_promise_source){ .key = key, .serial = ++looks->serial };
    }
    source->heard_s = now_s;
    return source;
}

/* NULL when another source has the place by now. */
static struct ps_promise_source *source_of(const struct ps_promises *looks,
                                           const struct ps_promise *look)
{
    struct ps_promise_source *source = &looks->sources[look->source];

    return source->serial == look->serial ? source : NULL;
}

static float prior(const struct ps_promises *looks)
{
    return (looks->came + PRIOR_CAME * PRIOR_ALL) / (looks->claimed + PRIOR_ALL);
}

static float trust(const struct ps_promises *looks, const struct ps_promise_source *source)
{
    if (source == NULL)
        return 0.0f;
    return (source->came + PRIOR_LOOKS * prior(looks)) / (source->claimed + PRIOR_LOOKS);
}

static unsigned lateness(const struct ps_promise *look, uint32_t now_s)
{
    const uint32_t minute = now_s > look->due_s ? 1 + (now_s - look->due_s - 1) / 60 : 0;

    return minute < PS_PROMISE_LATENESS ? minute : PS_PROMISE_LATENESS - 1;
}

static void note_lateness(struct ps_promises *looks, const struct ps_promise *look, uint32_t now_s)
{
    for (unsigned l = 0; l < PS_PROMISE_LATENESS; l++)
        looks->late[l] *= LATE_FADE;
    looks->late[lateness(look, now_s)] += 1.0f;
}

/* The chance of a look that has not come true by now: less the later it is. */
static float still(const struct ps_promises *looks, const struct ps_promise *look, uint32_t now_s,
                   float chance)
{
    const unsigned late = lateness(look, now_s);
    float all = 0.0f, to_come = 0.0f;

    if (late == 0)
        return chance;
    for (unsigned l = 0; l < PS_PROMISE_LATENESS; l++) {
        all += looks->late[l] + PRIOR_LATE;
        to_come += l < late ? 0.0f : looks->late[l] + PRIOR_LATE;
    }
    to_come *= chance / all;
    return to_come / (to_come + 1.0f - chance + 1e-6f);
}

float ps_promises_trust(const struct ps_promises *looks, uint64_t source_key)
{
    const struct ps_promise_source *source = find_source(looks, source_key);

    return source == NULL ? prior(looks) : trust(looks, source);
}

static void settle(struct ps_promises *looks, const struct ps_promise *look, bool came_true)
{
    struct ps_promise_source *source = source_of(looks, look);
    const float came = came_true ? 1.0f : 0.0f;

    looks->true_count += came_true;
    looks->false_count += !came_true;
    looks->claimed = looks->claimed * 0.9999f + look->claimed;
    looks->came = looks->came * 0.9999f + came;
    if (source == NULL)
        return;
    source->claimed = source->claimed * FADE + look->claimed;
    source->came = source->came * FADE + came;
}

static uint32_t *bucket_of(const struct ps_promises *looks, uint64_t media_key)
{
    return &looks->buckets[mix(media_key) % BUCKETS];
}

/* 0: nothing is announced for it. */
static uint32_t find_title(const struct ps_promises *looks, uint64_t media_key)
{
    uint32_t idx = *bucket_of(looks, media_key);

    while (idx != 0 && looks->titles[idx].media_key != media_key)
        idx = looks->titles[idx].chain;
    return idx;
}

/* There are as many places for titles as for looks. */
static uint32_t take_title(struct ps_promises *looks, uint64_t media_key)
{
    uint32_t *bucket = bucket_of(looks, media_key);
    uint32_t idx = find_title(looks, media_key);

    if (idx != 0)
        return idx;
    idx = looks->titles_free;
    if (idx != 0)
        looks->titles_free = looks->titles[idx].chain;
    else
        idx = looks->titles_used++;
    looks->titles[idx] = (struct ps_promise_title){ .media_key = media_key, .chain = *bucket };
    *bucket = idx;
    return idx;
}

static void give_title(struct ps_promises *looks, uint32_t idx)
{
    uint32_t *at = bucket_of(looks, looks->titles[idx].media_key);

    while (*at != idx)
        at = &looks->titles[*at].chain;
    *at = looks->titles[idx].chain;
    looks->titles[idx] = (struct ps_promise_title){ .chain = looks->titles_free };
    looks->titles_free = idx;
}

static void hang_on_title(struct ps_promises *looks, uint32_t idx)
{
    struct ps_promise_title *title = &looks->titles[looks->looks[idx].title];

    looks->looks[idx].next = title->first;
    if (title->first != 0)
        looks->looks[title->first].prev = idx;
    title->first = idx;
    title->count++;
}

static void hang_on_source(struct ps_promises *looks, uint32_t idx)
{
    struct ps_promise_source *source = &looks->sources[looks->looks[idx].source];

    looks->looks[idx].own_next = source->first;
    if (source->first != 0)
        looks->looks[source->first].own_prev = idx;
    source->first = idx;
    source->pending++;
}

static void take_off_title(struct ps_promises *looks, const struct ps_promise *look)
{
    struct ps_promise_title *title = &looks->titles[look->title];

    if (look->prev != 0)
        looks->looks[look->prev].next = look->next;
    else
        title->first = look->next;
    if (look->next != 0)
        looks->looks[look->next].prev = look->prev;
    if (--title->count == 0)
        give_title(looks, look->title);
}

static void take_off_source(struct ps_promises *looks, const struct ps_promise *look)
{
    struct ps_promise_source *source = source_of(looks, look);

    if (look->own_prev != 0)
        looks->looks[look->own_prev].own_next = look->own_next;
    else if (source != NULL)
        source->first = look->own_next;
    if (look->own_next != 0)
        looks->looks[look->own_next].own_prev = look->own_prev;
    if (source != NULL)
        source->pending--;
}

static void drop(struct ps_promises *looks, uint32_t idx)
{
    const struct ps_promise look = looks->looks[idx];

    take_off_title(looks, &look);
    take_off_source(looks, &look);
    looks->looks[idx] = (struct ps_promise){ .next = looks->free };
    looks->free = idx;
    looks->pending--;
}

int ps_promises_put(struct ps_promises *looks, uint64_t source_key, uint64_t media_key,
                    uint8_t profile, uint32_t due_s, float claimed, uint32_t now_s)
{
    struct ps_promise_source *source;
    uint32_t idx = looks->free;

    if (due_s + PS_PROMISE_LATE_S <= now_s || due_s > now_s + PS_PROMISE_AHEAD_MAX_S) {
        looks->refused++;
        return -ERANGE;
    }
    source = take_source(looks, source_key, now_s);
    if (source->pending >= PS_PROMISES_A_SOURCE || (idx == 0 && looks->used > PS_PROMISES_MAX)) {
        looks->refused++;
        return -ENOBUFS;
    }
    if (idx == 0)
        idx = looks->used++;
    else
        looks->free = looks->looks[idx].next;
    looks->looks[idx] = (struct ps_promise){ .due_s = due_s,
                                             .title = take_title(looks, media_key),
                                             .source = (uint32_t)(source - looks->sources),
                                             .serial = source->serial,
                                             .claimed = claimed,
                                             .profile = profile };
    hang_on_title(looks, idx);
    hang_on_source(looks, idx);
    looks->pending++;
    looks->taken++;
    return 0;
}

static bool is_due(const struct ps_promise *look, uint32_t now_s)
{
    return now_s + PS_PROMISE_EARLY_S >= look->due_s && now_s < look->due_s + PS_PROMISE_LATE_S;
}

/* All that the peer said of this title and now. */
static void start_known(struct ps_promises *looks, uint64_t peer_key, uint32_t title,
                        uint32_t now_s)
{
    const struct ps_promise_source *source = find_source(looks, peer_key);
    uint32_t idx = source == NULL ? 0 : source->first;

    while (idx != 0) {
        const uint32_t own_next = looks->looks[idx].own_next;

        if (looks->looks[idx].title == title && is_due(&looks->looks[idx], now_s)) {
            note_lateness(looks, &looks->looks[idx], now_s);
            settle(looks, &looks->looks[idx], true);
            drop(looks, idx);
        }
        idx = own_next;
    }
}

/* One unknown peer keeps one promise, of whomever that is still known. */
static void start_unknown(struct ps_promises *looks, uint32_t title, uint32_t now_s)
{
    uint32_t idx = looks->titles[title].first;

    for (uint32_t n = 0; idx != 0 && n < PS_PROMISES_READ; n++) {
        const struct ps_promise *look = &looks->looks[idx];

        if (source_of(looks, look) != NULL && is_due(look, now_s)) {
            note_lateness(looks, look, now_s);
            settle(looks, look, true);
            drop(looks, idx);
            return;
        }
        idx = look->next;
    }
}

void ps_promises_start(struct ps_promises *looks, uint64_t peer_key, uint64_t media_key,
                       uint32_t now_s)
{
    const uint32_t title = find_title(looks, media_key);

    if (title == 0)
        return;
    if (peer_key != 0)
        start_known(looks, peer_key, title, now_s);
    else
        start_unknown(looks, title, now_s);
}

void ps_promises_sweep(struct ps_promises *looks, uint32_t now_s)
{
    if (now_s < looks->swept_s + 2 || looks->pending == 0)
        return;
    looks->swept_s = now_s;
    for (uint32_t n = 0; n < SWEEP_STEP; n++) {
        if (++looks->sweep_at >= looks->used)
            looks->sweep_at = 1;

        const struct ps_promise *look = &looks->looks[looks->sweep_at];
        if (look->due_s == 0 || look->due_s + PS_PROMISE_LATE_S > now_s)
            continue;
        settle(looks, look, false);
        drop(looks, looks->sweep_at);
    }
}

static void scale(float sums[PS_PROMISE_HORIZONS], float by)
{
    for (unsigned h = 0; h < PS_PROMISE_HORIZONS; h++)
        sums[h] *= by;
}

bool ps_promises_expect(const struct ps_promises *looks, uint64_t media_key, uint8_t profile,
                        uint32_t now_s, float ret_own[PS_PROMISE_HORIZONS],
                        float ret_any[PS_PROMISE_HORIZONS])
{
    static const uint32_t ahead_s[PS_PROMISE_HORIZONS] = { 60, 300, 900, 3600 };
    const uint32_t title = find_title(looks, media_key);
    uint32_t idx = title == 0 ? 0 : looks->titles[title].first;
    uint32_t read = 0;
    bool found = false;

    for (unsigned h = 0; h < PS_PROMISE_HORIZONS; h++)
        ret_own[h] = ret_any[h] = 0.0f;
    for (; idx != 0 && read < PS_PROMISES_READ; idx = looks->looks[idx].next, read++) {
        const struct ps_promise *look = &looks->looks[idx];

        if (look->due_s + PS_PROMISE_LATE_S <= now_s ||
            (look->profile != profile && look->profile != PS_PROFILE_NONE))
            continue;
        /* One peer starts it once, however good the record of those who claim little. */
        const float expected = still(
            looks, look, now_s, fminf(1.0f, look->claimed * trust(looks, source_of(looks, look))));
        float *to = look->profile == PS_PROFILE_NONE ? ret_any : ret_own;

        found = true;
        for (unsigned h = 0; h < PS_PROMISE_HORIZONS; h++)
            if (look->due_s <= now_s + ahead_s[h])
                to[h] += expected;
    }
    if (found) {
        scale(ret_own, (float)looks->titles[title].count / (float)read);
        scale(ret_any, (float)looks->titles[title].count / (float)read);
    }
    return found;
}

void ps_promises_erase(struct ps_promises *looks, uint64_t source_key)
{
    struct ps_promise_source *source = find_source(looks, source_key);

    if (source == NULL)
        return;
    while (source->first != 0)
        drop(looks, source->first);
    *source = (struct ps_promise_source){ 0 };
}
