/* SPDX-License-Identifier: BSD-3-Clause */
/* host/messaging/senders.c - the last numbers of a collection's senders, those heard last. */
#include "host/base/assert.h"
#include "host/messaging/collection_priv.h"

/* Keys are hashes: their bits are as good as any. */
static uint32_t *bucket_of(const struct ps_collection *c, uint64_t key)
{
    return &c->sender_buckets[key & (c->layout.sender_buckets - 1)];
}

struct ps_sender *ps_senders_find(const struct ps_collection *c, uint64_t key)
{
    uint32_t at = *bucket_of(c, key);

    while (at != PS_COLLECTION_NONE && c->senders[at].key != key)
        at = c->senders[at].next;
    return at == PS_COLLECTION_NONE ? NULL : &c->senders[at];
}

static void add_to_bucket(struct ps_collection *c, uint32_t at)
{
    uint32_t *bucket = bucket_of(c, c->senders[at].key);

    c->senders[at].next = *bucket;
    *bucket = at;
}

static uint32_t *link_of(const struct ps_collection *c, uint32_t at)
{
    uint32_t *link = bucket_of(c, c->senders[at].key);

    while (*link != at) {
        ps_hot_assert(*link != PS_COLLECTION_NONE);
        link = &c->senders[*link].next;
    }
    return link;
}

static void unlink_age(struct ps_collection *c, const struct ps_sender *sender)
{
    if (sender->newer == PS_COLLECTION_NONE)
        c->newest = sender->older;
    else
        c->senders[sender->newer].older = sender->older;
    if (sender->older == PS_COLLECTION_NONE)
        c->oldest = sender->newer;
    else
        c->senders[sender->older].newer = sender->newer;
}

static void link_newest(struct ps_collection *c, uint32_t at)
{
    struct ps_sender *sender = &c->senders[at];

    sender->newer = PS_COLLECTION_NONE;
    sender->older = c->newest;
    if (c->newest == PS_COLLECTION_NONE)
        c->oldest = at;
    else
        c->senders[c->newest].newer = at;
    c->newest = at;
}

struct ps_sender *ps_senders_take(struct ps_collection *c, uint64_t key)
{
    struct ps_sender *sender = ps_senders_find(c, key);
    uint32_t at;

    if (sender != NULL) {
        at = (uint32_t)(sender - c->senders);
        if (at != c->newest) {
            unlink_age(c, sender);
            link_newest(c, at);
        }
        return sender;
    }
    if (c->sender_count < c->layout.senders) {
        at = c->sender_count++;
    } else {
        at = c->oldest;
        *link_of(c, at) = c->senders[at].next;
        unlink_age(c, &c->senders[at]);
    }
    c->senders[at] = (struct ps_sender){ .key = key };
    link_newest(c, at);
    add_to_bucket(c, at);
    return &c->senders[at];
}

/* The last one moves to the place left. */
static void drop_oldest(struct ps_collection *c)
{
    const uint32_t gone = c->oldest, last = --c->sender_count;

    *link_of(c, gone) = c->senders[gone].next;
    unlink_age(c, &c->senders[gone]);
    if (gone == last)
        return;
    *link_of(c, last) = gone;
    c->senders[gone] = c->senders[last];
    const struct ps_sender *moved = &c->senders[gone];
    if (moved->newer == PS_COLLECTION_NONE)
        c->newest = gone;
    else
        c->senders[moved->newer].older = gone;
    if (moved->older == PS_COLLECTION_NONE)
        c->oldest = gone;
    else
        c->senders[moved->older].newer = gone;
}

void ps_senders_trim(struct ps_collection *c, uint32_t count)
{
    while (c->sender_count > count)
        drop_oldest(c);
}

void ps_senders_index(struct ps_collection *c)
{
    for (uint32_t at = 0; at < c->sender_count; at++)
        add_to_bucket(c, at);
}
