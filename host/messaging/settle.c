/* SPDX-License-Identifier: BSD-3-Clause */
/* host/messaging/settle.c - messages that wait to be kept, and are seen, or are taken back. */
#include <errno.h>

#include "host/messaging/collection_priv.h"

typedef void settled_fn(void *arg, uint64_t ticket, int status);

/* What was accepted of a sender after a message that is not kept would leave a gap. */
static void take_back(struct ps_collections *set, struct ps_collection *c, uint32_t from,
                      int status, settled_fn *settled, void *arg)
{
    const uint64_t key = c->entries[from].sender, sequence = c->entries[from].sequence;
    const uint32_t tail = c->tail; /* removing the last of all begins anew at 0 */

    for (uint32_t at = from; at < tail; at++) {
        struct ps_collection_entry *entry = &c->entries[at];

        if (entry->state != PS_ENTRY_PENDING && entry->state != PS_ENTRY_KEPT)
            continue;
        if (at != from && (sequence == 0 || entry->sequence == 0 || entry->sender != key))
            continue;
        const uint64_t ticket = entry->ticket;
        ps_entries_remove(set, c, entry);
        if (ticket != 0)
            settled(arg, ticket, status);
    }
    struct ps_sender *sender = sequence == 0 ? NULL : ps_senders_find(c, key);
    if (sender != NULL && sender->sequence >= sequence)
        sender->sequence = sequence - 1;
}

/* @return whether there is something new to see. */
static bool open_kept(struct ps_collection *c, settled_fn *settled, void *arg)
{
    bool opened = false;

    for (; c->settled < c->tail; c->settled++) {
        struct ps_collection_entry *entry = &c->entries[c->settled];

        if (entry->state == PS_ENTRY_PENDING)
            break;
        if (entry->state != PS_ENTRY_KEPT)
            continue;
        entry->state = PS_ENTRY_OPEN;
        c->unsettled--;
        opened = true;
        if (entry->ticket != 0)
            settled(arg, entry->ticket, 0);
    }
    return opened;
}

int ps_collection_settle(struct ps_collections *set, struct ps_collection *c, uint64_t id,
                         int status, settled_fn *settled, void *arg)
{
    struct ps_collection_entry *entry = ps_entries_find(c, id);
    const bool found = entry != NULL && entry->state == PS_ENTRY_PENDING;

    if (found && status == 0)
        entry->state = PS_ENTRY_KEPT;
    else if (found)
        take_back(set, c, (uint32_t)(entry - c->entries), status, settled, arg);
    if (open_kept(c, settled, arg))
        ps_collection_wake(c, 0);
    return found ? 0 : -ENOENT;
}
