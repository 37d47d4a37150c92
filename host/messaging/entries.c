/* SPDX-License-Identifier: BSD-3-Clause */
/* host/messaging/entries.c - messages in the order they came, found by id, with their bodies. */
#include <string.h>

#include "host/base/assert.h"
#include "host/messaging/collection_priv.h"

static size_t aligned(size_t bytes)
{
    return (bytes + 7) & ~(size_t)7;
}

static size_t room_of(uint32_t peer_bytes, uint32_t body_bytes)
{
    return aligned(peer_bytes) + aligned(body_bytes);
}

/* Ids of one node count up, those of several are mixed; the product spreads both. */
static uint32_t *bucket_of(const struct ps_collection *c, uint64_t id)
{
    return &c->buckets[(id * UINT64_C(0x9e3779b97f4a7c15) >> 32) & (c->layout.buckets - 1)];
}

static void index_entry(struct ps_collection *c, uint32_t at)
{
    uint32_t *bucket = bucket_of(c, c->entries[at].id);

    c->entries[at].next = *bucket;
    *bucket = at;
}

/* What says where entry @p at is. */
static uint32_t *link_of(const struct ps_collection *c, uint32_t at)
{
    uint32_t *link = bucket_of(c, c->entries[at].id);

    while (*link != at) {
        ps_hot_assert(*link != PS_COLLECTION_NONE);
        link = &c->entries[*link].next;
    }
    return link;
}

struct ps_collection_entry *ps_entries_find(const struct ps_collection *c, uint64_t id)
{
    uint32_t at = *bucket_of(c, id);

    while (at != PS_COLLECTION_NONE && c->entries[at].id != id)
        at = c->entries[at].next;
    return at == PS_COLLECTION_NONE ? NULL : &c->entries[at];
}

void ps_entries_index(struct ps_collection *c)
{
    for (uint32_t at = c->head; at < c->tail; at++) {
        ps_assert(c->entries[at].state != PS_ENTRY_GONE);
        index_entry(c, at);
    }
}

void ps_entries_close(struct ps_collection *c)
{
    uint32_t to = 0, settled = 0;

    if (c->tail - c->head == c->live && c->head == 0)
        return;
    for (uint32_t from = c->head; from < c->tail; from++) {
        if (c->entries[from].state == PS_ENTRY_GONE)
            continue;
        settled += from < c->settled ? 1 : 0;
        if (to != from) {
            *link_of(c, from) = to;
            c->entries[to] = c->entries[from];
        }
        to++;
    }
    ps_assert(to == c->live);
    c->head = 0;
    c->tail = to;
    c->settled = settled;
}

/* Bodies lie in the order of their entries, so each moves to the front or stays. */
void ps_entries_close_bodies(struct ps_collection *c)
{
    size_t to = 0;

    for (uint32_t at = c->head; at < c->tail; at++) {
        struct ps_collection_entry *entry = &c->entries[at];

        if (entry->state == PS_ENTRY_GONE)
            continue;
        const size_t bytes = room_of(entry->peer_bytes, entry->body_bytes);
        if (to != entry->body_at) {
            memmove(c->bodies + to, c->bodies + entry->body_at, bytes);
            entry->body_at = (uint32_t)to;
        }
        to += bytes;
    }
    c->body_tail = to;
}

/* Those that hold messages are a ring, so that expiry looks at no others. */
static void become_busy(struct ps_collections *set, struct ps_collection *c)
{
    const uint32_t idx = (uint32_t)(c - set->table);

    if (set->busy == PS_COLLECTION_NONE) {
        set->busy = c->busy_next = c->busy_prev = idx;
    } else {
        struct ps_collection *at = &set->table[set->busy];

        c->busy_next = set->busy;
        c->busy_prev = at->busy_prev;
        set->table[at->busy_prev].busy_next = idx;
        at->busy_prev = idx;
    }
    set->busy_count++;
}

static void become_idle(struct ps_collections *set, struct ps_collection *c)
{
    const uint32_t idx = (uint32_t)(c - set->table);

    if (c->busy_next == idx) {
        set->busy = PS_COLLECTION_NONE;
    } else {
        set->table[c->busy_prev].busy_next = c->busy_next;
        set->table[c->busy_next].busy_prev = c->busy_prev;
        if (set->busy == idx)
            set->busy = c->busy_next;
    }
    c->busy_next = PS_COLLECTION_NONE;
    set->busy_count--;
}

static void make_room(struct ps_collection *c, size_t bytes)
{
    if (c->tail == c->layout.entries)
        ps_entries_close(c);
    if (c->layout.bodies_bytes - c->body_tail < bytes)
        ps_entries_close_bodies(c);
    ps_assert(c->tail < c->layout.entries);
    ps_assert(c->layout.bodies_bytes - c->body_tail >= bytes);
}

struct ps_collection_entry *ps_entries_append(struct ps_collections *set, struct ps_collection *c,
                                              const struct ps_collection_put *put, uint64_t id,
                                              uint64_t now_ns)
{
    const size_t room = room_of(put->peer_bytes, put->body_bytes);

    make_room(c, room);
    struct ps_collection_entry *entry = &c->entries[c->tail];
    uint8_t *at = c->bodies + c->body_tail;
    *entry = (struct ps_collection_entry){ .id = id,
                                           .position = ++c->position,
                                           .sender = put->sender,
                                           .sequence = put->sequence,
                                           .put_ns = now_ns,
                                           .ticket = put->ticket,
                                           .body_at = (uint32_t)c->body_tail,
                                           .body_bytes = put->body_bytes,
                                           .peer_bytes = put->peer_bytes };
    memcpy(at, put->peer, put->peer_bytes);
    if (put->body_bytes > 0)
        memcpy(at + aligned(put->peer_bytes), put->body, put->body_bytes);
    index_entry(c, c->tail);
    if (put->ticket != 0 || c->unsettled > 0) {
        entry->state = put->ticket != 0 ? PS_ENTRY_PENDING : PS_ENTRY_KEPT;
        c->unsettled++;
    } else {
        entry->state = PS_ENTRY_OPEN;
        c->settled = c->tail + 1;
    }
    if (c->live++ == 0)
        become_busy(set, c);
    c->tail++;
    c->body_tail += room;
    c->bytes += put->peer_bytes + put->body_bytes;
    set->status.messages++;
    set->status.bytes += put->peer_bytes + put->body_bytes;
    return entry;
}

void ps_entries_remove(struct ps_collections *set, struct ps_collection *c,
                       struct ps_collection_entry *entry)
{
    const uint32_t at = (uint32_t)(entry - c->entries);
    const uint32_t bytes = entry->peer_bytes + entry->body_bytes;

    ps_hot_assert(entry->state != PS_ENTRY_GONE);
    *link_of(c, at) = entry->next;
    if (entry->state != PS_ENTRY_OPEN)
        c->unsettled--;
    entry->state = PS_ENTRY_GONE;
    c->bytes -= bytes;
    set->status.messages--;
    set->status.bytes -= bytes;
    if (--c->live == 0) {
        ps_hot_assert(c->bytes == 0 && c->unsettled == 0);
        c->head = c->tail = c->settled = 0;
        c->body_tail = 0;
        become_idle(set, c);
        return;
    }
    while (c->entries[c->head].state == PS_ENTRY_GONE)
        c->head++;
    if (c->settled < c->head)
        c->settled = c->head;
}

uint32_t ps_entries_after(const struct ps_collection *c, uint64_t position)
{
    uint32_t low = c->head, high = c->tail;

    if (low == high || position >= c->entries[high - 1].position)
        return high;
    if (position < c->entries[low].position)
        return low;
    /* Positions grow by one or more: what is searched is no farther than this. */
    const uint64_t farthest = position - c->entries[low].position + 1;
    if (farthest < high - low)
        high = low + (uint32_t)farthest;
    low = c->entries[high - 1].position <= position ? high : low;
    while (low < high) {
        const uint32_t middle = low + (high - low) / 2;

        if (c->entries[middle].position <= position)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

uint32_t ps_entries_next(const struct ps_collection *c, uint32_t at)
{
    while (at < c->tail && c->entries[at].state == PS_ENTRY_GONE)
        at++;
    return at;
}

uint32_t ps_entries_expire(struct ps_collections *set, struct ps_collection *c, uint64_t now_ns,
                           uint32_t max)
{
    uint32_t count = 0;

    while (c->live > 0 && count < max && c->entries[c->head].put_ns + c->limits.age_ns <= now_ns) {
        ps_entries_remove(set, c, &c->entries[c->head]);
        count++;
    }
    c->expired += count;
    set->status.expired += count;
    return count;
}
