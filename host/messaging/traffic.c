/* SPDX-License-Identifier: BSD-3-Clause */
/* host/messaging/traffic.c - messages in, out, and taken. */
#include <errno.h>

#include "host/base/assert.h"
#include "host/messaging/collection_priv.h"

#define NODE_OF(id)  ((id) >> 48)
#define COUNT_OF(id) ((id) & ((UINT64_C(1) << 48) - 1))

/* Messages of other nodes are remembered by node, in the same table; no peer's key is like this. */
static uint64_t key_of_node(uint64_t id)
{
    return UINT64_MAX - NODE_OF(id);
}

static int duplicate(struct ps_collections *set, struct ps_collection *c)
{
    c->duplicates++;
    set->status.duplicates++;
    return -EALREADY;
}

static int refused_order(struct ps_collections *set, struct ps_collection *c)
{
    c->refused_order++;
    set->status.refused_order++;
    return -ERANGE;
}

/* A message of another node was numbered there; here its id says what came before. */
static int check_remote(struct ps_collections *set, struct ps_collection *c,
                        const struct ps_collection_put *put, uint64_t *ret_id)
{
    const struct ps_sender *node = ps_senders_find(c, key_of_node(put->id));

    if ((node == NULL || COUNT_OF(put->id) > node->sequence) && ps_entries_find(c, put->id) == NULL)
        return 0;
    *ret_id = put->id;
    return duplicate(set, c);
}

static int check_order(struct ps_collections *set, struct ps_collection *c,
                       const struct ps_collection_put *put, uint64_t *ret_id,
                       uint64_t *ret_expected)
{
    const struct ps_sender *sender;

    if (put->id != 0)
        return check_remote(set, c, put, ret_id);
    if (put->sequence == 0 || (sender = ps_senders_find(c, put->sender)) == NULL ||
        put->sequence == sender->sequence + 1)
        return 0;
    if (put->sequence <= sender->sequence) {
        const bool known = sender->sequence - put->sequence < PS_COLLECTION_REMEMBERED;

        *ret_id = known ? sender->ids[put->sequence % PS_COLLECTION_REMEMBERED] : 0;
        return duplicate(set, c);
    }
    if (ret_expected != NULL)
        *ret_expected = sender->sequence + 1;
    return refused_order(set, c);
}

static int check_room(struct ps_collections *set, struct ps_collection *c,
                      const struct ps_collection_put *put)
{
    const uint64_t bytes = (uint64_t)c->bytes + put->peer_bytes + put->body_bytes;

    if (c->live < c->limits.messages_max && bytes <= c->limits.bytes_max)
        return 0;
    c->refused_full++;
    set->status.refused_full++;
    return -ENOSPC;
}

static void remember(struct ps_collection *c, const struct ps_collection_put *put, uint64_t id)
{
    if (put->id != 0)
        ps_senders_take(c, key_of_node(id))->sequence = COUNT_OF(id);
    if (put->sequence == 0)
        return;
    struct ps_sender *sender = ps_senders_take(c, put->sender);
    if (put->sequence > sender->sequence)
        sender->sequence = put->sequence;
    sender->ids[put->sequence % PS_COLLECTION_REMEMBERED] = id;
}

int ps_collection_put(struct ps_collections *set, struct ps_collection *c,
                      const struct ps_collection_put *put, uint64_t now_ns, uint64_t *ret_id,
                      uint64_t *ret_expected)
{
    ps_hot_assert(c->is_open && put->peer_bytes <= PS_PEER_NAME_MAX);
    if (put->body_bytes > c->limits.message_bytes_max)
        return -EMSGSIZE;
    ps_entries_expire(set, c, now_ns, UINT32_MAX);
    int rc = check_order(set, c, put, ret_id, ret_expected);
    if (rc == 0)
        rc = check_room(set, c, put);
    if (rc != 0)
        return rc;
    if (put->id != 0 && NODE_OF(put->id) == set->cfg.node && COUNT_OF(put->id) > set->last_id)
        set->last_id = COUNT_OF(put->id); /* of an earlier life: not to be given again */
    set->last_id++;
    const uint64_t id =
        put->id != 0 ? put->id : (uint64_t)set->cfg.node << 48 | COUNT_OF(set->last_id);
    remember(c, put, id);
    const struct ps_collection_entry *entry = ps_entries_append(set, c, put, id, now_ns);
    c->put++;
    set->status.put++;
    c->used_ns = now_ns;
    *ret_id = id;
    if (entry->state == PS_ENTRY_OPEN)
        ps_collection_wake(c, 0);
    return 0;
}

static void show(const struct ps_collection *c, const struct ps_collection_entry *entry,
                 struct ps_message *ret_message)
{
    const uint8_t *at = c->bodies + entry->body_at;

    *ret_message = (struct ps_message){ .id = entry->id,
                                        .position = entry->position,
                                        .sender = entry->sender,
                                        .sequence = entry->sequence,
                                        .put_ns = entry->put_ns,
                                        .body_bytes = entry->body_bytes,
                                        .peer_bytes = entry->peer_bytes,
                                        .peer = (const char *)at,
                                        .body = at + ((entry->peer_bytes + 7u) & ~7u) };
}

uint32_t ps_collection_fetch(struct ps_collections *set, struct ps_collection *c, uint64_t after,
                             struct ps_message *ret_messages, uint32_t max, size_t bytes_max,
                             uint64_t now_ns, uint64_t *ret_cursor)
{
    uint32_t count = 0;
    size_t bytes = 0;

    ps_hot_assert(c->is_open);
    ps_entries_expire(set, c, now_ns, UINT32_MAX);
    *ret_cursor = after;
    for (uint32_t at = ps_entries_next(c, ps_entries_after(c, after));
         at < c->settled && count < max; at = ps_entries_next(c, at + 1)) {
        const struct ps_collection_entry *entry = &c->entries[at];

        bytes += entry->peer_bytes + entry->body_bytes;
        if (count > 0 && bytes > bytes_max)
            break;
        show(c, entry, &ret_messages[count++]);
        *ret_cursor = entry->position;
    }
    c->fetched += count;
    set->status.fetched += count;
    c->used_ns = now_ns;
    return count;
}

/* What nobody may see is not there. */
static struct ps_collection_entry *visible(struct ps_collections *set, struct ps_collection *c,
                                           uint64_t id, uint64_t now_ns)
{
    ps_entries_expire(set, c, now_ns, UINT32_MAX);
    struct ps_collection_entry *entry = ps_entries_find(c, id);

    return entry != NULL && entry->state == PS_ENTRY_OPEN ? entry : NULL;
}

int ps_collection_look_up(struct ps_collections *set, struct ps_collection *c, uint64_t id,
                          uint64_t now_ns, struct ps_message *ret_message)
{
    const struct ps_collection_entry *entry = visible(set, c, id, now_ns);

    if (entry == NULL)
        return -ENOENT;
    show(c, entry, ret_message);
    return 0;
}

static void take_out(struct ps_collections *set, struct ps_collection *c,
                     struct ps_collection_entry *entry)
{
    ps_entries_remove(set, c, entry);
    /* A fetch walks over holes: there are never many more than messages. */
    if (c->tail - c->head > 2 * c->live + PS_COLLECTION_HOLES_MIN)
        ps_entries_close(c);
    c->acknowledged++;
    set->status.acknowledged++;
}

int ps_collection_acknowledge(struct ps_collections *set, struct ps_collection *c, uint64_t id,
                              uint64_t now_ns)
{
    struct ps_collection_entry *entry = visible(set, c, id, now_ns);

    if (entry == NULL)
        return -ENOENT;
    take_out(set, c, entry);
    return 0;
}

int ps_collection_drop(struct ps_collections *set, struct ps_collection *c, uint64_t id,
                       uint64_t now_ns, uint64_t *ret_sender)
{
    ps_entries_expire(set, c, now_ns, UINT32_MAX);
    struct ps_collection_entry *entry = ps_entries_find(c, id);

    if (entry == NULL || entry->ticket != 0)
        return -ENOENT;
    *ret_sender = entry->sender;
    take_out(set, c, entry);
    return 0;
}

void ps_collections_tend(struct ps_collections *set, uint64_t now_ns)
{
    uint32_t left = PS_COLLECTION_END_MAX;
    uint32_t looks =
        set->busy_count < PS_COLLECTION_TEND_MAX ? set->busy_count : PS_COLLECTION_TEND_MAX;

    for (; looks > 0 && left > 0 && set->busy != PS_COLLECTION_NONE; looks--) {
        struct ps_collection *c = &set->table[set->busy];

        set->busy = c->busy_next; /* before it may leave the ring */
        left -= ps_entries_expire(set, c, now_ns, left);
    }
}
