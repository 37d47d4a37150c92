/* SPDX-License-Identifier: BSD-3-Clause */
/* host/messaging/collection.c - the set: what is open, found by id, and how large. */
#include "host/messaging/collection.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "host/base/assert.h"
#include "host/base/hash.h"
#include "host/base/mem.h"
#include "host/messaging/collection_priv.h"

static uint32_t *bucket_of(const struct ps_collections *set, const struct ps_collection_id *id)
{
    return &set->buckets[ps_hash64(id, sizeof(*id)) & (set->bucket_count - 1)];
}

/* Table and buckets lie at the front of the arena: they are never given back. */
static int take_books(struct ps_collections *set)
{
    const size_t table = set->cfg.collections_max * sizeof(*set->table);

    set->bucket_count = 1;
    while (set->bucket_count < set->cfg.collections_max)
        set->bucket_count *= 2;
    set->book_bytes = table + set->bucket_count * sizeof(*set->buckets);
    uint8_t *books = ps_arena_take(&set->arena, set->book_bytes);
    if (books == NULL)
        return -EINVAL;
    set->table = (struct ps_collection *)(void *)books;
    set->buckets = (uint32_t *)(void *)(books + table);
    memset(set->buckets, 0xff, set->bucket_count * sizeof(*set->buckets));
    return 0;
}

int ps_collections_create(struct ps_collections **ret_set, const struct ps_collections_config *cfg)
{
    if (cfg->collections_max == 0 || cfg->collections_max > PS_COLLECTIONS_MAX ||
        cfg->first >> 48 != 0)
        return -EINVAL;
    struct ps_collections *set = ps_zalloc(1, sizeof(*set));
    if (set == NULL)
        return -ENOMEM;
    set->cfg = *cfg;
    set->free = set->busy = PS_COLLECTION_NONE;
    set->last_id = cfg->first == 0 ? 0 : cfg->first - 1;
    int rc = ps_arena_init(&set->arena, cfg->budget_bytes);
    if (rc == 0)
        rc = take_books(set);
    if (rc != 0) {
        ps_collections_destroy(set);
        return rc;
    }
    *ret_set = set;
    return 0;
}

void ps_collections_destroy(struct ps_collections *set)
{
    if (set == NULL)
        return;
    for (uint32_t i = 0; i < set->used_max; i++)
        if (set->table[i].is_open)
            ps_collection_wake(&set->table[i], -ENOENT);
    ps_arena_fini(&set->arena);
    free(set);
}

void ps_collections_set_node(struct ps_collections *set, uint16_t node)
{
    set->cfg.node = node;
}

struct ps_collection *ps_collection_find(const struct ps_collections *set,
                                         const struct ps_collection_id *id)
{
    uint32_t at = *bucket_of(set, id);

    while (at != PS_COLLECTION_NONE && memcmp(&set->table[at].id, id, sizeof(*id)) != 0)
        at = set->table[at].next;
    return at == PS_COLLECTION_NONE ? NULL : &set->table[at];
}

static int no_room(struct ps_collections *set)
{
    set->status.refused_budget++;
    return -ENOSPC;
}

static uint32_t take_place(struct ps_collections *set)
{
    const uint32_t at = set->free;

    if (at == PS_COLLECTION_NONE)
        return set->used_max++;
    set->free = set->table[at].next;
    return at;
}

int ps_collection_open(struct ps_collections *set, const struct ps_collection_id *id,
                       const struct ps_collection_limits *limits, enum ps_collection_origin origin,
                       uint64_t now_ns, struct ps_collection **ret_collection)
{
    struct ps_collection_layout layout;

    if (ps_collection_find(set, id) != NULL)
        return -EEXIST;
    if (ps_collection_lay_out(limits, &layout) != 0)
        return -EINVAL;
    if (set->status.collections == set->cfg.collections_max)
        return no_room(set);
    uint8_t *block = ps_arena_take(&set->arena, layout.total);
    if (block == NULL)
        return no_room(set);
    const uint32_t at = take_place(set);
    struct ps_collection *c = &set->table[at];
    uint32_t *bucket = bucket_of(set, id);
    *c = (struct ps_collection){ .id = *id,
                                 .next = *bucket,
                                 .limits = *limits,
                                 .position = set->last_id,
                                 .newest = PS_COLLECTION_NONE,
                                 .oldest = PS_COLLECTION_NONE,
                                 .busy_next = PS_COLLECTION_NONE,
                                 .origin = origin,
                                 .is_open = true,
                                 .opened_ns = now_ns,
                                 .used_ns = now_ns };
    *bucket = at;
    ps_collection_place(c, block, &layout);
    set->status.collections++;
    set->status.taken_bytes += layout.total;
    set->status.opened[origin]++;
    *ret_collection = c;
    return 0;
}

void ps_collection_close(struct ps_collections *set, struct ps_collection *c)
{
    const uint32_t at = (uint32_t)(c - set->table);
    uint32_t *link = bucket_of(set, &c->id);

    ps_assert(c->is_open);
    ps_collection_wake(c, -ENOENT);
    while (c->live > 0)
        ps_entries_remove(set, c, &c->entries[c->head]);
    while (*link != at)
        link = &set->table[*link].next;
    *link = c->next;
    ps_arena_give(&set->arena, c->entries, c->layout.total);
    set->status.taken_bytes -= c->layout.total;
    set->status.collections--;
    set->status.closed++;
    *c = (struct ps_collection){ .next = set->free, .busy_next = PS_COLLECTION_NONE };
    set->free = at;
}

static bool is_within(const struct ps_collection_layout *a, const struct ps_collection_layout *b)
{
    return a->entries <= b->entries && a->senders <= b->senders && a->buckets <= b->buckets &&
           a->bodies_bytes <= b->bodies_bytes && a->bodies_at <= b->bodies_at;
}

int ps_collection_resize(struct ps_collections *set, struct ps_collection *c,
                         const struct ps_collection_limits *limits)
{
    const size_t had = c->layout.total;
    struct ps_collection_layout layout;
    uint8_t *old = (uint8_t *)c->entries;

    if (ps_collection_lay_out(limits, &layout) != 0)
        return -EINVAL;
    if (c->live > limits->messages_max || c->bytes > limits->bytes_max)
        return -EBUSY;
    if (is_within(&layout, &c->layout)) { /* needs no second block, also when there is none */
        ps_collection_move(c, old, &layout);
        if (had > layout.total)
            ps_arena_give(&set->arena, old + layout.total, had - layout.total);
    } else {
        uint8_t *block = ps_arena_take(&set->arena, layout.total);

        if (block == NULL)
            return no_room(set);
        ps_collection_move(c, block, &layout);
        ps_arena_give(&set->arena, old, had);
    }
    c->limits = *limits;
    set->status.taken_bytes += layout.total - had;
    return 0;
}

void ps_collection_status(const struct ps_collection *c, struct ps_collection_status *ret_status)
{
    *ret_status = (struct ps_collection_status){ .id = c->id,
                                                 .limits = c->limits,
                                                 .origin = c->origin,
                                                 .messages = c->live,
                                                 .bytes = c->bytes,
                                                 .opened_ns = c->opened_ns,
                                                 .used_ns = c->used_ns,
                                                 .put = c->put,
                                                 .fetched = c->fetched,
                                                 .acknowledged = c->acknowledged,
                                                 .expired = c->expired,
                                                 .refused_full = c->refused_full,
                                                 .refused_order = c->refused_order,
                                                 .duplicates = c->duplicates };
}

void ps_collections_status(const struct ps_collections *set,
                           struct ps_collections_status *ret_status)
{
    *ret_status = set->status;
    ret_status->collections_max = set->cfg.collections_max;
    ret_status->budget_bytes = set->arena.bytes;
}

void ps_collections_each(const struct ps_collections *set,
                         void (*each)(void *arg, struct ps_collection *collection), void *arg)
{
    for (uint32_t i = 0; i < set->used_max; i++)
        if (set->table[i].is_open)
            each(arg, &set->table[i]);
}
