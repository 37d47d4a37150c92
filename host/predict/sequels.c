/* SPDX-License-Identifier: BSD-3-Clause */
/* host/predict/sequels.c - see sequels_priv.h. */
#include "host/predict/sequels_priv.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "host/base/assert.h"
#include "host/base/mem.h"

#define WAYS         4u
#define PACE_MASK    0xffu
#define CHANCE_MIN   0.1f  /* less is not announced: it costs more time than it gains hits */
#define EXPECTED_MIN 0.02f /* less is not due */
#define NOWHERE      UINT32_MAX
#define NO_GAP       UINT16_MAX

_Static_assert(sizeof(struct ps_sequels_peer) == 24, "1 M peers cost 24 MB");
_Static_assert(PS_SEQUELS_WINDOW_S < NO_GAP, "gaps are 16 bits");
_Static_assert(PS_SEQUELS_PACE_MAX <= PACE_MASK, "8 bits");

static const uint32_t horizons_s[PS_SEQUELS_HORIZONS] = { 60, 300, 900, 3600 };

/* One of a peer's latest starts. */
struct recent {
    struct ps_sequel_item *item;
    uint32_t at_s;
};

struct recents {
    struct recent starts[PS_SEQUELS_LOOK_BACK]; /* latest first */
    uint32_t count;
};

int ps_sequels_init(struct ps_sequels *sequels, uint32_t pairs_max, uint32_t peers_max)
{
    ps_assert(pairs_max > 0 && pairs_max <= PS_SEQUELS_PAIRS_MAX);
    ps_assert(peers_max > 0 && peers_max <= PS_SEQUELS_PEERS_MAX);
    *sequels = (struct ps_sequels){ .peer_sets = 1 };
    while (sequels->peer_sets * WAYS < peers_max)
        sequels->peer_sets *= 2;
    sequels->peers = ps_zalloc(ps_sequels_peer_count(sequels), sizeof(*sequels->peers));
    if (sequels->peers == NULL || ps_agendas_init(&sequels->agendas) != 0 ||
        ps_sequel_pairs_init(&sequels->pairs, pairs_max) != 0)
        return -ENOMEM;
    return 0;
}

void ps_sequels_fini(struct ps_sequels *sequels)
{
    ps_sequel_pairs_fini(&sequels->pairs);
    ps_agendas_fini(&sequels->agendas);
    free(sequels->peers);
}

uint32_t ps_sequels_peer_count(const struct ps_sequels *sequels)
{
    return sequels->peer_sets * WAYS;
}

static void step_to(struct ps_sequels *sequels, uint32_t now_s)
{
    if (now_s > sequels->now_s)
        sequels->now_s = now_s;
}

static struct ps_sequels_peer *peer_set(const struct ps_sequels *sequels, uint64_t hash)
{
    return &sequels->peers[((uint32_t)(hash >> 32) & (sequels->peer_sets - 1)) * WAYS];
}

static uint64_t peer_hash(uint64_t peer_key)
{
    return peer_key * 0x9e3779b97f4a7c15ull;
}

/* The peer's place, or the one it would get. */
static struct ps_sequels_peer *peer_at(struct ps_sequels *sequels, uint64_t peer_key,
                                       uint32_t *ret_tag)
{
    const uint64_t hash = peer_hash(peer_key);
    const uint32_t tag = (uint32_t)(hash & ~(uint64_t)PACE_MASK);
    struct ps_sequels_peer *set = peer_set(sequels, hash);
    struct ps_sequels_peer *oldest = set;

    *ret_tag = tag == 0 ? PACE_MASK + 1 : tag;
    for (uint32_t i = 0; i < WAYS; i++) {
        if ((set[i].tag_pace & ~PACE_MASK) == *ret_tag)
            return &set[i];
        if (oldest->tag_pace != 0 && (set[i].tag_pace == 0 || set[i].last_s < oldest->last_s))
            oldest = &set[i];
    }
    return oldest;
}

static struct ps_sequels_peer *take_peer(struct ps_sequels *sequels, uint64_t peer_key)
{
    uint32_t tag;
    struct ps_sequels_peer *peer = peer_at(sequels, peer_key, &tag);

    if ((peer->tag_pace & ~PACE_MASK) == tag)
        return peer;
    *peer = (struct ps_sequels_peer){ .tag_pace = tag, .last_s = sequels->now_s };
    for (uint32_t i = 0; i < PS_SEQUELS_LOOK_BACK; i++)
        peer->items[i] = NOWHERE;
    return peer;
}

/* @return Whether the peer may teach now: in the long run once in PS_SEQUELS_PACE_S. */
static bool keeps_pace(struct ps_sequels_peer *peer, uint32_t now_s)
{
    const uint32_t earned = now_s / PS_SEQUELS_PACE_S - peer->last_s / PS_SEQUELS_PACE_S;
    uint32_t pace = peer->tag_pace & PACE_MASK;
    bool may;

    pace = pace > earned ? pace - earned : 0;
    may = pace < PS_SEQUELS_PACE_MAX;
    peer->tag_pace = (peer->tag_pace & ~PACE_MASK) | (may ? pace + 1 : pace);
    return may;
}

/* What the peer started lately and is still remembered. */
static void recall(const struct ps_sequels *sequels, const struct ps_sequels_peer *peer,
                   struct recents *ret)
{
    const uint32_t item_count = ps_sequel_item_count(&sequels->pairs);
    uint32_t at_s = peer->last_s;

    ret->count = 0;
    for (uint32_t i = 0; i < PS_SEQUELS_LOOK_BACK; i++) {
        const uint32_t place = peer->items[i];

        if (i > 0 && peer->gaps_s[i - 1] == NO_GAP)
            break;
        at_s -= i > 0 ? peer->gaps_s[i - 1] : 0;
        if (sequels->now_s - at_s > PS_SEQUELS_WINDOW_S)
            break;
        if (place < item_count && sequels->pairs.items[place].born_s <= at_s)
            ret->starts[ret->count++] = (struct recent){ &sequels->pairs.items[place], at_s };
    }
}

static void remember(struct ps_sequels_peer *peer, uint32_t place, uint32_t now_s)
{
    const uint32_t gap_s = now_s - peer->last_s;

    memmove(&peer->items[1], &peer->items[0], (PS_SEQUELS_LOOK_BACK - 1) * sizeof(peer->items[0]));
    memmove(&peer->gaps_s[1], &peer->gaps_s[0],
            (PS_SEQUELS_LOOK_BACK - 2) * sizeof(peer->gaps_s[0]));
    peer->gaps_s[0] = (uint16_t)(gap_s < NO_GAP ? gap_s : NO_GAP);
    peer->items[0] = place;
    peer->last_s = now_s;
}

/* Which of the peer's starts its coming to an item is expected of. */
struct claim {
    const struct recent *start; /* NULL: none */
    float chance;
    struct ps_sequel_when when;
};

/*
 * Several starts may lead to the same item, yet it comes once: it is expected of the first of them,
 * and of a later one when that promises more than is left of the earlier. Told again in order
 * instead of stored; what was learnt in between makes small differences.
 */
static struct claim claim_on(const struct ps_sequels *sequels, const struct recents *recents,
                             uint64_t key)
{
    struct claim best = { 0 };
    uint32_t count = 0;

    while (count < recents->count && recents->starts[count].item->key != key)
        count++; /* what is before its last coming is settled */
    while (count-- > 0) {
        const struct recent *start = &recents->starts[count];
        const struct ps_sequel_pair *pair = ps_sequel_pair_find(start->item, key);
        const float chance =
            pair == NULL ? 0.0f : ps_sequel_chance(&sequels->pairs, start->item, pair);

        if (chance < CHANCE_MIN ||
            (best.start != NULL &&
             chance <= best.chance * ps_sequel_left(&best.when, start->at_s - best.start->at_s)))
            continue;
        best.start = start;
        best.chance = chance;
        ps_sequel_when(pair, &best.when);
    }
    return best;
}

static void withdraw(struct ps_sequels *sequels, const struct claim *claim, uint64_t key)
{
    if (claim->start != NULL)
        ps_agenda_cancel(&sequels->agendas, key, claim->chance, &claim->when,
                         sequels->now_s - claim->start->at_s, sequels->now_s);
}

/* What follows this start, unless an earlier one of the peer's promises it already. */
static void announce(struct ps_sequels *sequels, const struct recents *recents,
                     const struct ps_sequel_item *item)
{
    const uint32_t now_s = sequels->now_s;

    for (uint32_t i = 0; i < PS_SEQUEL_FOLLOWERS; i++) {
        const struct ps_sequel_pair *pair = &item->pairs[i];
        const float chance = ps_sequel_try(&sequels->pairs, item, pair);
        struct ps_sequel_when when;
        struct claim earlier;

        if (chance < CHANCE_MIN || pair->item == item->key)
            continue;
        earlier = claim_on(sequels, recents, pair->item);
        if (earlier.start != NULL &&
            chance <= earlier.chance * ps_sequel_left(&earlier.when, now_s - earlier.start->at_s))
            continue;
        withdraw(sequels, &earlier, pair->item);
        ps_sequel_when(pair, &when);
        ps_agenda_add(&sequels->agendas, pair->item, chance, &when, now_s);
    }
}

/* Starting again what was started lately is no news, and what followed then is still expected. */
static bool is_again(const struct recents *recents, const struct ps_sequel_item *item)
{
    for (uint32_t i = 0; i < recents->count; i++)
        if (recents->starts[i].item == item)
            return true;
    return false;
}

/* The peer goes on to @p item: that is expected of it no more, and other things are. */
static void go_on(struct ps_sequels *sequels, const struct recents *recents,
                  struct ps_sequel_item *item)
{
    const struct claim claim = claim_on(sequels, recents, item->key);

    withdraw(sequels, &claim, item->key);
    ps_sequel_follows(&sequels->pairs, recents->count);
    for (uint32_t i = 0; i < recents->count; i++)
        ps_sequel_pair_count(&sequels->pairs, recents->starts[i].item, item,
                             sequels->now_s - recents->starts[i].at_s);
    announce(sequels, recents, item);
    ps_sequel_item_start(&sequels->pairs, item);
}

/* What is expected is counted in starts of the peers that are watched. */
static void watch_one_of(struct ps_sequels *sequels, uint32_t thin)
{
    ps_agendas_scale(&sequels->agendas, thin > sequels->watch.thin ? 0.5f : 2.0f);
    sequels->watch.thin = thin;
}

static bool is_watched(struct ps_sequels *sequels, uint64_t peer_key)
{
    /* Other bits than those that say where a peer's place is. */
    const uint64_t hash = (peer_key ^ peer_key >> 32) * 0xd6e8feb86659fd93ull;
    struct ps_sequels_watch *watch = &sequels->watch;
    const uint32_t period = sequels->now_s / PS_SEQUELS_RATE_S;

    if (period != watch->period) {
        if (watch->thin > 0 && watch->count < PS_SEQUELS_RATE_MAX * PS_SEQUELS_RATE_S / 4)
            watch_one_of(sequels, watch->thin - 1);
        watch->period = period;
        watch->count = 0;
    }
    if (hash >> (64 - PS_SEQUELS_THIN_MAX) >> (PS_SEQUELS_THIN_MAX - watch->thin) != 0)
        return false;
    if (++watch->count > PS_SEQUELS_RATE_MAX * PS_SEQUELS_RATE_S &&
        watch->thin < PS_SEQUELS_THIN_MAX) {
        watch_one_of(sequels, watch->thin + 1);
        watch->count /= 2; /* of those who are still watched */
    }
    return true;
}

void ps_sequels_learn(struct ps_sequels *sequels, uint64_t peer_key, uint64_t item, uint32_t now_s)
{
    struct ps_sequels_peer *peer;
    struct recents recents;
    uint32_t place;

    if (peer_key == 0)
        return;
    step_to(sequels, now_s);
    if (!is_watched(sequels, peer_key))
        return;
    peer = take_peer(sequels, peer_key);
    place = ps_sequel_item_take(&sequels->pairs, item, sequels->now_s);
    recall(sequels, peer, &recents);
    if (is_again(&recents, &sequels->pairs.items[place]))
        return;
    if (keeps_pace(peer, sequels->now_s))
        go_on(sequels, &recents, &sequels->pairs.items[place]);
    else
        place = NOWHERE;
    remember(peer, place, sequels->now_s);
}

void ps_sequels_prepare(const struct ps_sequels *sequels, uint64_t peer_key, uint64_t item)
{
    const struct ps_sequels_peer *set = peer_set(sequels, peer_hash(peer_key));

    if (peer_key == 0)
        return;
    __builtin_prefetch(set);
    __builtin_prefetch(set + WAYS - 1);
    ps_sequel_item_prepare(&sequels->pairs, item);
}

void ps_sequels_tell(struct ps_sequels *sequels, uint64_t item, uint64_t next, uint32_t length_s,
                     uint32_t now_s)
{
    uint32_t place;

    step_to(sequels, now_s);
    place = ps_sequel_item_take(&sequels->pairs, item, sequels->now_s);
    ps_sequel_pair_tell(&sequels->pairs, &sequels->pairs.items[place], next, length_s);
}

void ps_sequels_expect(struct ps_sequels *sequels, uint64_t item, uint32_t now_s,
                       float ret_expected[PS_SEQUELS_HORIZONS])
{
    uint32_t place;

    step_to(sequels, now_s);
    place = ps_agenda_find(&sequels->agendas, item, sequels->now_s);
    for (uint32_t h = 0; h < PS_SEQUELS_HORIZONS; h++)
        ret_expected[h] =
            place == PS_AGENDAS_MAX
                ? 0.0f
                : (float)(1u << sequels->watch.thin) *
                      ps_agenda_expect(&sequels->agendas, place, sequels->now_s, horizons_s[h]);
}

static bool is_less(const struct ps_sequel_due *a, const struct ps_sequel_due *b)
{
    return a->expected < b->expected || (a->expected == b->expected && a->item > b->item);
}

/* From @p i down every due is no less than its parent again, the least at the root. */
static void sift(struct ps_sequel_due *heap, uint32_t count, uint32_t i)
{
    for (;;) {
        uint32_t least = i;

        for (uint32_t child = 2 * i + 1; child <= 2 * i + 2 && child < count; child++)
            if (is_less(&heap[child], &heap[least]))
                least = child;
        if (least == i)
            return;
        const struct ps_sequel_due due = heap[i];
        heap[i] = heap[least];
        heap[least] = due;
        i = least;
    }
}

static uint32_t offer(struct ps_sequel_due *heap, uint32_t count, uint32_t max,
                      const struct ps_sequel_due *due)
{
    if (count < max) {
        heap[count++] = *due;
        if (count == max)
            for (uint32_t i = count / 2; i-- > 0;)
                sift(heap, count, i);
    } else if (is_less(&heap[0], due)) {
        heap[0] = *due;
        sift(heap, count, 0);
    }
    return count;
}

uint32_t ps_sequels_due(struct ps_sequels *sequels, uint32_t now_s, uint32_t horizon_s,
                        struct ps_sequel_due *ret_due, uint32_t max)
{
    struct ps_sequel_agendas *agendas = &sequels->agendas;
    uint32_t count = 0;

    step_to(sequels, now_s);
    for (uint32_t i = 0; max > 0 && i < PS_AGENDAS_MAX; i++) {
        struct ps_sequel_due due = { .item = agendas->agendas[i].item };

        if (agendas->agendas[i].until_s <= sequels->now_s)
            continue;
        due.expected = (float)(1u << sequels->watch.thin) *
                       ps_agenda_expect(agendas, i, sequels->now_s, horizon_s);
        if (due.expected >= EXPECTED_MIN)
            count = offer(ret_due, count, max, &due);
    }
    for (uint32_t i = count / 2; i-- > 0;)
        sift(ret_due, count, i);
    for (uint32_t left = count; left > 1; left--) {
        const struct ps_sequel_due least = ret_due[0];

        ret_due[0] = ret_due[left - 1];
        ret_due[left - 1] = least;
        sift(ret_due, left - 1, 0);
    }
    return count;
}

void ps_sequels_erase_peer(struct ps_sequels *sequels, uint64_t peer_key)
{
    uint32_t tag;
    struct ps_sequels_peer *peer = peer_at(sequels, peer_key, &tag);

    if (peer_key != 0 && (peer->tag_pace & ~PACE_MASK) == tag)
        *peer = (struct ps_sequels_peer){ 0 };
}
