/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * host/messaging/prepare.c - collections open before the crowd comes.
 *
 * A need opens or grows its collection at once; making smaller and closing waits until it was not
 * needed for the idle time. Sizes go in steps of a quarter of a doubling, so that a demand that
 * wavers moves nothing. Whatever is done is done for a bounded part in one turn.
 */
#include <errno.h>
#include <math.h>
#include <stdlib.h>

#include "host/messaging/messaging_priv.h"

/* Up to the next of 4, 5, 6, 7, 8, 10, 12, 14, 16, ... */
static uint32_t step_up(uint32_t count)
{
    if (count <= 8)
        return count;
    const uint32_t step = 1u << (29 - __builtin_clz(count - 1));

    return (count + step - 1) / step * step;
}

static struct ps_collection_limits size_for(const struct ps_messaging *m,
                                            const struct ps_need *need)
{
    const struct ps_collection_limits *least = &m->cfg.resource;
    const uint64_t mean = least->bytes_max / least->messages_max;
    const double peers =
        need->upper_15min > need->expected_15min ? need->upper_15min : need->expected_15min;
    const double wanted = ceil(peers * m->cfg.messages_per_peer);
    struct ps_collection_limits limits = *least;

    if (!(wanted > least->messages_max)) /* also what is no number */
        return limits;
    limits.messages_max =
        wanted < m->cfg.messages_ahead_max ? step_up((uint32_t)wanted) : m->cfg.messages_ahead_max;
    if (limits.messages_max > m->cfg.messages_ahead_max)
        limits.messages_max = m->cfg.messages_ahead_max;
    if (limits.messages_max < least->messages_max)
        return *least;
    const uint64_t bytes = limits.messages_max * mean;
    limits.bytes_max = bytes < least->bytes_max          ? least->bytes_max
                       : bytes < PS_COLLECTION_BYTES_MAX ? (uint32_t)bytes
                                                         : PS_COLLECTION_BYTES_MAX;
    return limits;
}

static void open_ahead(struct ps_messaging *m, const struct ps_need *need,
                       const struct ps_collection_id *id, uint64_t now_ns)
{
    struct ps_collection_limits limits = size_for(m, need);
    struct ps_collection *c;
    int rc;

    for (;;) {
        rc = ps_messaging_open_one(m, id, &limits, PS_COLLECTION_AHEAD, now_ns, &c);
        if (rc != -ENOSPC)
            break;
        if (limits.messages_max > m->cfg.resource.messages_max)
            limits = m->cfg.resource; /* a small one is better than none */
        else if (!ps_messaging_make_room(m, need->confidence))
            break;
    }
    if (rc != 0) {
        m->status.ahead_refused++;
        return;
    }
    c->ahead = (struct ps_collection_ahead){ .confidence = need->confidence,
                                             .needed_ns = now_ns,
                                             .large_ns = now_ns };
    m->status.ahead_opened++;
}

static void resize(struct ps_messaging *m, struct ps_collection *c,
                   const struct ps_collection_limits *limits, uint64_t *counter)
{
    const struct ps_messaging_event event = { .kind = PS_MESSAGING_OPEN,
                                              .collection = c->id,
                                              .limits = *limits };

    if (ps_collection_resize(m->set, c, limits) != 0)
        return;
    ++*counter;
    ps_messaging_say(m, &event);
}

/* What an orchestrator asked for has the size it asked for. */
static void follow(struct ps_messaging *m, struct ps_collection *c, const struct ps_need *need,
                   uint64_t now_ns)
{
    const struct ps_collection_limits limits = size_for(m, need);

    c->ahead.confidence = need->confidence;
    c->ahead.needed_ns = now_ns;
    if (limits.messages_max > c->limits.messages_max / 2)
        c->ahead.large_ns = now_ns;
    if (c->origin == PS_COLLECTION_ASKED)
        return;
    if (limits.messages_max > c->limits.messages_max)
        resize(m, c, &limits, &m->status.ahead_grown);
    else if (now_ns - c->ahead.large_ns >= m->cfg.idle_ns &&
             limits.messages_max < c->limits.messages_max)
        resize(m, c, &limits, &m->status.ahead_shrunk);
}

static void look_after(struct ps_messaging *m, const struct ps_need *need, uint64_t now_ns)
{
    const struct ps_collection_id id = { .key = need->resource.media_key,
                                         .profile_key = need->resource.profile_key,
                                         .region = need->region,
                                         .kind = PS_COLLECTION_RESOURCE };
    struct ps_collection *c = ps_collection_find(m->set, &id);

    if (c != NULL)
        follow(m, c, need, now_ns);
    else if (need->confidence >= m->cfg.threshold)
        open_ahead(m, need, &id, now_ns);
}

static uint64_t later(uint64_t a, uint64_t b)
{
    return a > b ? a : b;
}

static bool is_over(const struct ps_messaging *m, const struct ps_collection *c, uint64_t now_ns)
{
    return c->is_open && c->origin != PS_COLLECTION_ASKED && c->live == 0 && c->waiters == NULL &&
           now_ns - later(c->used_ns, c->ahead.needed_ns) >= m->cfg.idle_ns;
}

/* A part of the set a turn, round and round. */
static void close_unused(struct ps_messaging *m, uint64_t now_ns)
{
    const uint32_t places = m->set->used_max;
    uint32_t looks = places < PS_MESSAGING_LOOKS_MAX ? places : PS_MESSAGING_LOOKS_MAX;

    for (; looks > 0; looks--) {
        m->look_at = m->look_at + 1 < places ? m->look_at + 1 : 0;
        struct ps_collection *c = &m->set->table[m->look_at];

        if (!is_over(m, c, now_ns))
            continue;
        m->status.ahead_closed += c->origin == PS_COLLECTION_AHEAD;
        ps_messaging_close_one(m, c);
    }
}

static void note_victim(void *arg, struct ps_collection *c)
{
    struct ps_messaging *m = arg;

    if (c->origin == PS_COLLECTION_AHEAD && !c->ahead.used &&
        m->victim_count < PS_MESSAGING_VICTIMS)
        m->victims[m->victim_count++] =
            (struct ps_victim){ .id = c->id, .confidence = ps_messaging_confidence(m, c) };
}

static int surest_first(const void *a, const void *b)
{
    const double x = ((const struct ps_victim *)a)->confidence;
    const double y = ((const struct ps_victim *)b)->confidence;

    return (x < y) - (x > y);
}

/* Said beforehand, so that a peer who needs room does not wait for a search. */
static void choose_victims(struct ps_messaging *m)
{
    m->victim_count = 0;
    ps_collections_each(m->set, note_victim, m);
    qsort(m->victims, m->victim_count, sizeof(*m->victims), surest_first);
}

void ps_messaging_prepare(struct ps_messaging *m, const struct ps_need *needs, uint32_t count,
                          uint64_t now_ns)
{
    ps_collections_tend(m->set, now_ns);
    ps_meetings_tend(&m->meetings, now_ns);
    ps_messaging_end_tickets(m, now_ns);
    close_unused(m, now_ns);
    choose_victims(m);
    for (uint32_t i = 0; i < count && i < PS_NEEDS_MAX; i++)
        look_after(m, &needs[i], now_ns);
    m->prepared_ns = now_ns;
    choose_victims(m);
}
