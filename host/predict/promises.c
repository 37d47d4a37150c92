/* SPDX-License-Identifier: BSD-3-Clause */
/* host/predict/promises.c - see promises_priv.h. */
#include "host/predict/promises_priv.h"

#include <errno.h>
#include <stdlib.h>

#include "host/base/mem.h"

#define BUCKETS    PS_PROMISE_BUCKETS
#define SWEEP_STEP 4096u  /* looks examined in one sweep: all of them in 16 */
#define LATE_FADE  0.999f /* of how late looks come, at each that comes */

int ps_promises_init(struct ps_promises *looks)
{
    *looks = (struct ps_promises){ .used = 1, .titles_used = 1 };
    looks->looks = ps_zalloc(PS_PROMISES_MAX + 1, sizeof(*looks->looks));
    looks->titles = ps_zalloc(PS_PROMISES_MAX + 1, sizeof(*looks->titles));
    looks->buckets = ps_zalloc(BUCKETS, sizeof(*looks->buckets));
    return looks->looks == NULL || looks->titles == NULL || looks->buckets == NULL
               ? -ENOMEM
               : ps_trust_init(&looks->trust);
}

void ps_promises_fini(struct ps_promises *looks)
{
    ps_trust_fini(&looks->trust);
    free(looks->buckets);
    free(looks->titles);
    free(looks->looks);
}

static uint32_t mix(uint64_t key)
{
    return (uint32_t)(((key ^ key >> 31) * 0x9e3779b97f4a7c15ull) >> 40);
}

static void note_lateness(struct ps_promises *looks, const struct ps_promise *look, uint32_t now_s)
{
    for (unsigned l = 0; l < PS_PROMISE_LATENESS; l++)
        looks->late[l] *= LATE_FADE;
    looks->late[ps_promise_lateness(look, now_s)] += 1.0f;
}

static void settle(struct ps_promises *looks, const struct ps_promise *look, bool came_true)
{
    looks->true_count += came_true;
    looks->false_count += !came_true;
    ps_trust_settle(&looks->trust, ps_promise_source(looks, look), look->class_idx, look->claimed,
                    came_true);
}

static uint32_t *bucket_of(const struct ps_promises *looks, uint64_t media_key)
{
    return &looks->buckets[mix(media_key) % BUCKETS];
}

uint32_t ps_promises_title(const struct ps_promises *looks, uint64_t media_key)
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
    uint32_t idx = ps_promises_title(looks, media_key);

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

static struct ps_promise_list *list_of(struct ps_promises *looks, const struct ps_promise *look)
{
    return &looks->titles[look->title].lists[look->is_stranger];
}

static void hang_on_title(struct ps_promises *looks, uint32_t idx)
{
    struct ps_promise_list *list = list_of(looks, &looks->looks[idx]);

    looks->looks[idx].next = list->first;
    if (list->first != 0)
        looks->looks[list->first].prev = idx;
    list->first = idx;
    list->count++;
}

static void hang_on_source(struct ps_promises *looks, uint32_t idx)
{
    struct ps_trust_source *source = &looks->trust.sources[looks->looks[idx].source];

    looks->looks[idx].own_next = source->first;
    if (source->first != 0)
        looks->looks[source->first].own_prev = idx;
    source->first = idx;
    source->pending++;
}

static void take_off_title(struct ps_promises *looks, const struct ps_promise *look)
{
    struct ps_promise_list *list = list_of(looks, look);
    const struct ps_promise_list *lists = looks->titles[look->title].lists;

    if (look->prev != 0)
        looks->looks[look->prev].next = look->next;
    else
        list->first = look->next;
    if (look->next != 0)
        looks->looks[look->next].prev = look->prev;
    list->count--;
    if (lists[PS_PROMISE_KNOWN].count + lists[PS_PROMISE_STRANGER].count == 0)
        give_title(looks, look->title);
}

static void take_off_source(struct ps_promises *looks, const struct ps_promise *look)
{
    struct ps_trust_source *source = ps_promise_source(looks, look);

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
    ps_trust_pend(&looks->trust, look.class_idx, look.is_stranger, -1);
    looks->strangers -= look.is_stranger;
    looks->looks[idx] = (struct ps_promise){ .next = looks->free };
    looks->free = idx;
    looks->pending--;
}

static bool has_room(const struct ps_promises *looks, const struct ps_trust_source *source)
{
    return source->pending < PS_PROMISES_A_SOURCE && looks->pending < PS_PROMISES_MAX &&
           (!ps_trust_is_stranger(source) || looks->strangers < PS_PROMISES_STRANGERS);
}

static uint32_t take_look(struct ps_promises *looks)
{
    const uint32_t idx = looks->free;

    if (idx == 0)
        return looks->used++;
    looks->free = looks->looks[idx].next;
    return idx;
}

static void put(struct ps_promises *looks, const struct ps_promise_claim *claim,
                const struct ps_trust_source *source)
{
    const uint32_t idx = take_look(looks);
    const bool is_stranger = ps_trust_is_stranger(source);
    const uint32_t window_s = claim->until_s == 0 ? 0 : claim->until_s - claim->due_s;

    looks->looks[idx] =
        (struct ps_promise){ .due_s = claim->due_s,
                             .title = take_title(looks, claim->media_key),
                             .source = (uint32_t)(source - looks->trust.sources) & INT32_MAX,
                             .is_stranger = is_stranger,
                             .serial = source->serial,
                             .claimed = claim->probability,
                             .window_s = (uint16_t)window_s,
                             .profile = claim->profile,
                             .class_idx = (uint8_t)source->class_idx };
    hang_on_title(looks, idx);
    hang_on_source(looks, idx);
    ps_trust_pend(&looks->trust, (uint8_t)source->class_idx, is_stranger, 1);
    looks->strangers += is_stranger;
    looks->pending++;
    looks->taken++;
}

/* @return 0, -EINVAL or -ERANGE. */
static int check_time(const struct ps_promise_claim *claim, uint32_t now_s)
{
    const uint32_t end_s = claim->until_s == 0 ? claim->due_s : claim->until_s;

    if (end_s < claim->due_s)
        return -EINVAL;
    return claim->due_s > now_s + PS_PROMISE_AHEAD_MAX_S ||
                   end_s - claim->due_s > PS_PROMISE_WINDOW_S || end_s + PS_PROMISE_LATE_S <= now_s
               ? -ERANGE
               : 0;
}

int ps_promises_put(struct ps_promises *looks, const struct ps_promise_claim *claim, uint32_t now_s)
{
    int rc = check_time(claim, now_s);

    if (rc == 0) {
        const struct ps_trust_source *source =
            ps_trust_hear(&looks->trust, claim->source_key, &claim->peer, now_s);

        if (has_room(looks, source))
            put(looks, claim, source);
        else
            rc = -ENOBUFS;
    }
    looks->refused += rc != 0;
    return rc;
}

static bool is_due(const struct ps_promise *look, uint32_t now_s)
{
    return now_s + PS_PROMISE_EARLY_S >= look->due_s && !ps_promise_is_past(look, now_s);
}

/* All that the peer said of this title and now. */
static void start_known(struct ps_promises *looks, uint64_t peer_key, uint32_t title,
                        uint32_t now_s)
{
    const struct ps_trust_source *source = ps_trust_find(&looks->trust, peer_key);
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

/* @return Whether one of the list was kept. */
static bool start_of_list(struct ps_promises *looks, const struct ps_promise_list *list,
                          uint32_t now_s)
{
    uint32_t idx = list->first;

    for (uint32_t n = 0; idx != 0 && n < PS_PROMISES_READ; n++) {
        const struct ps_promise *look = &looks->looks[idx];

        if (ps_promise_source(looks, look) != NULL && is_due(look, now_s)) {
            note_lateness(looks, look, now_s);
            settle(looks, look, true);
            drop(looks, idx);
            return true;
        }
        idx = look->next;
    }
    return false;
}

/* One unknown peer keeps one promise, of whomever that is still known. */
static void start_unknown(struct ps_promises *looks, uint32_t title, uint32_t now_s)
{
    const struct ps_promise_list *lists = looks->titles[title].lists;

    if (!start_of_list(looks, &lists[PS_PROMISE_KNOWN], now_s))
        start_of_list(looks, &lists[PS_PROMISE_STRANGER], now_s);
}

void ps_promises_start(struct ps_promises *looks, uint64_t peer_key, uint64_t media_key,
                       uint32_t now_s)
{
    const uint32_t title = ps_promises_title(looks, media_key);

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
        if (look->due_s == 0 || !ps_promise_is_past(look, now_s))
            continue;
        settle(looks, look, false);
        drop(looks, looks->sweep_at);
    }
}

void ps_promises_erase(struct ps_promises *looks, uint64_t source_key)
{
    struct ps_trust_source *source = ps_trust_find(&looks->trust, source_key);

    if (source == NULL)
        return;
    while (source->first != 0)
        drop(looks, source->first);
    *source = (struct ps_trust_source){ 0 };
}
