/* SPDX-License-Identifier: BSD-3-Clause */
/* host/messaging/layout.c - the parts of a collection in its block, and how they move to another.
 */
#include <errno.h>
#include <string.h>

#include "host/base/assert.h"
#include "host/messaging/collection_priv.h"

static uint32_t power_of_two(uint32_t least)
{
    return least < 2 ? 1 : 1u << (32 - __builtin_clz(least - 1));
}

static bool limits_are_good(const struct ps_collection_limits *limits)
{
    return limits->messages_max >= 1 && limits->messages_max <= PS_COLLECTION_MESSAGES_MAX &&
           limits->message_bytes_max >= 1 &&
           limits->message_bytes_max <= PS_COLLECTION_MESSAGE_BYTES &&
           limits->bytes_max >= limits->message_bytes_max + PS_PEER_NAME_MAX &&
           limits->bytes_max <= PS_COLLECTION_BYTES_MAX && limits->age_ns >= 1000000000 &&
           limits->age_ns <= PS_COLLECTION_AGE_NS_MAX;
}

int ps_collection_lay_out(const struct ps_collection_limits *limits,
                          struct ps_collection_layout *ret_layout)
{
    struct ps_collection_layout l;

    if (!limits_are_good(limits))
        return -EINVAL;
    l.entries = limits->messages_max + limits->messages_max / 2 + 8;
    l.senders = limits->messages_max;
    l.buckets = l.sender_buckets = power_of_two(limits->messages_max);
    /* Names and bodies begin at multiples of 8. */
    l.bodies_bytes =
        ((size_t)limits->bytes_max * 5 / 4 + 16 * (size_t)limits->messages_max + 7) & ~(size_t)7;
    l.senders_at = l.entries * sizeof(struct ps_collection_entry);
    l.buckets_at = l.senders_at + l.senders * sizeof(struct ps_sender);
    l.sender_buckets_at = l.buckets_at + l.buckets * sizeof(uint32_t);
    l.bodies_at = (l.sender_buckets_at + l.sender_buckets * sizeof(uint32_t) + 63) & ~(size_t)63;
    l.total = ps_arena_round(l.bodies_at + l.bodies_bytes);
    l.bodies_bytes = l.total - l.bodies_at;
    *ret_layout = l;
    return 0;
}

void ps_collection_place(struct ps_collection *c, uint8_t *block,
                         const struct ps_collection_layout *layout)
{
    c->layout = *layout;
    c->entries = (struct ps_collection_entry *)(void *)block;
    c->senders = (struct ps_sender *)(void *)(block + layout->senders_at);
    c->buckets = (uint32_t *)(void *)(block + layout->buckets_at);
    c->sender_buckets = (uint32_t *)(void *)(block + layout->sender_buckets_at);
    c->bodies = block + layout->bodies_at;
    memset(c->buckets, 0xff, layout->buckets * sizeof(*c->buckets));
    memset(c->sender_buckets, 0xff, layout->sender_buckets * sizeof(*c->sender_buckets));
}

/*
 * In the order in which they lie: within one block every part moves to the front or stays, and the
 * room it moves to has been left by then.
 */
void ps_collection_move(struct ps_collection *c, uint8_t *block,
                        const struct ps_collection_layout *layout)
{
    const struct ps_collection_entry *entries = c->entries;
    const struct ps_sender *senders = c->senders;
    const uint8_t *bodies = c->bodies;

    ps_entries_close(c);
    ps_entries_close_bodies(c);
    ps_senders_trim(c, layout->senders);
    ps_assert(c->tail <= layout->entries && c->body_tail <= layout->bodies_bytes);
    memmove(block, entries, c->tail * sizeof(*entries));
    memmove(block + layout->senders_at, senders, c->sender_count * sizeof(*senders));
    memmove(block + layout->bodies_at, bodies, c->body_tail);
    ps_collection_place(c, block, layout);
    ps_entries_index(c);
    ps_senders_index(c);
}
