/* SPDX-License-Identifier: BSD-3-Clause */
/* host/messaging/claim.c - messages acknowledged: who was first, and who has met whom by it. */
#include <errno.h>
#include <string.h>

#include "host/base/assert.h"
#include "host/base/hash.h"
#include "host/messaging/messaging_priv.h"

/* Who takes a peer's request, or reads its answer, may write to it. */
static void meet(struct ps_messaging *m, uint64_t a, uint64_t b, uint64_t now_ns)
{
    if (a == 0 || b == 0 || a == b)
        return;
    ps_meetings_add(&m->meetings, a, b, now_ns + m->cfg.meet_ns);
    m->status.claimed++;
}

static bool is_ours(const struct ps_messaging *m, uint64_t message_id)
{
    return message_id >> 48 == m->cfg.node;
}

/* What this life put comes back to us when others are told of it. */
static bool is_of_this_life(const struct ps_messaging *m, uint64_t message_id)
{
    return is_ours(m, message_id) && (message_id & ((UINT64_C(1) << 48) - 1)) >= m->cfg.first;
}

/* A name of an event; empty: nobody's. */
static uint64_t key_of(const char *acknowledger)
{
    return acknowledger[0] == '\0' ? 0 : ps_hash64_name(acknowledger);
}

static struct ps_messaging_event
event_of(const struct ps_collection *c, const struct ps_message *message, const char *acknowledger)
{
    struct ps_messaging_event event = { .kind = PS_MESSAGING_ACK,
                                        .collection = c->id,
                                        .message = { .id = message->id,
                                                     .sender = message->sender } };

    memcpy(event.acknowledger, acknowledger, strnlen(acknowledger, PS_PEER_NAME_MAX));
    return event;
}

/* One that was put here: whoever comes first has it, and the other nodes are told. */
static void take(struct ps_messaging *m, struct ps_collection *c, const struct ps_message *message,
                 const char *acknowledger, uint64_t peer_key, uint64_t now_ns)
{
    const struct ps_messaging_event event = event_of(c, message, acknowledger);
    const int rc = ps_collection_acknowledge(m->set, c, message->id, now_ns);

    ps_assert(rc == 0);
    m->status.acknowledged++;
    meet(m, peer_key, event.message.sender, now_ns);
    ps_messaging_say(m, &event);
}

/* Only the node where it was put knows who was first. */
static int ask(struct ps_messaging *m, struct ps_collection *c, const struct ps_message *message,
               const struct ps_grant *grant, const struct ps_messaging_done *done, uint64_t now_ns)
{
    const struct ps_messaging_event event = event_of(c, message, grant == NULL ? "" : grant->peer);
    struct ps_ticket *ticket = NULL;

    if (m->link.keep != NULL)
        ticket = ps_tickets_take(&m->tickets, now_ns + m->cfg.keep_ns);
    if (ticket == NULL)
        return -EHOSTUNREACH;
    ticket->collection = c->id;
    ticket->message_id = message->id;
    ticket->is_acknowledgement = true;
    ticket->acknowledger = grant == NULL ? 0 : grant->peer_key;
    if (done != NULL)
        ticket->done = *done;
    if (m->link.keep(m->link.arg, &event, ticket->name) == 0)
        return -EINPROGRESS;
    m->status.refused_link++;
    ps_tickets_give(&m->tickets, ticket);
    return -EHOSTUNREACH;
}

int ps_messaging_acknowledge(struct ps_messaging *m, const struct ps_grant *grant,
                             const struct ps_collection_id *from, uint64_t id,
                             const struct ps_messaging_done *done, uint64_t now_ns)
{
    const int rc = ps_messaging_allow(m, grant, from, PS_MAY_FETCH, now_ns);
    struct ps_collection *c = rc == 0 ? ps_collection_find(m->set, from) : NULL;
    struct ps_message message;

    if (rc != 0)
        return rc;
    if (c == NULL || ps_collection_look_up(m->set, c, id, now_ns, &message) != 0)
        return -ENOENT;
    if (!is_ours(m, id))
        return ask(m, c, &message, grant, done, now_ns);
    if (m->held)
        return -EAGAIN;
    take(m, c, &message, grant == NULL ? "" : grant->peer, grant == NULL ? 0 : grant->peer_key,
         now_ns);
    return 0;
}

void ps_messaging_hold(struct ps_messaging *m, bool held)
{
    m->held = held;
}

int ps_messaging_remote_acknowledge(struct ps_messaging *m, const struct ps_collection_id *from,
                                    uint64_t id, const char *acknowledger, uint64_t now_ns)
{
    struct ps_collection *c = ps_collection_find(m->set, from);
    struct ps_message message;

    if (m->held)
        return -EAGAIN;
    if (c == NULL || !is_ours(m, id) || ps_collection_look_up(m->set, c, id, now_ns, &message) != 0)
        return -ENOENT;
    take(m, c, &message, acknowledger, key_of(acknowledger), now_ns);
    return 0;
}

/* It is gone there, so it goes here, whoever has it. */
static uint64_t remove_copy(struct ps_messaging *m, const struct ps_collection_id *id,
                            uint64_t message_id, uint64_t now_ns)
{
    struct ps_collection *c = ps_collection_find(m->set, id);
    struct ps_message message;

    if (c == NULL || ps_collection_look_up(m->set, c, message_id, now_ns, &message) != 0)
        return 0;
    ps_collection_acknowledge(m->set, c, message_id, now_ns);
    return message.sender;
}

void ps_messaging_claimed(struct ps_messaging *m, const struct ps_ticket *ticket, uint64_t now_ns)
{
    const uint64_t sender = remove_copy(m, &ticket->collection, ticket->message_id, now_ns);

    if (ticket->status != 0)
        return;
    m->status.acknowledged++;
    meet(m, ticket->acknowledger, sender, now_ns);
}

static void acknowledged_elsewhere(struct ps_messaging *m, const struct ps_messaging_event *event,
                                   uint64_t now_ns)
{
    uint64_t sender = remove_copy(m, &event->collection, event->message.id, now_ns);

    if (event->message.sender != 0)
        sender = event->message.sender;
    meet(m, key_of(event->acknowledger), sender, now_ns);
}

/* Sent long ago, it is as old here as it would be there. */
static bool is_too_old(const struct ps_collection *c, const struct ps_message *message,
                       uint64_t now_ns)
{
    return message->put_ns + c->limits.age_ns <= now_ns;
}

/* Messages of other nodes are for collections that are open here; our own of an earlier life open
 * theirs again. */
static struct ps_collection *place_of(struct ps_messaging *m,
                                      const struct ps_messaging_event *event, uint64_t now_ns)
{
    const bool is_peer = event->collection.kind == PS_COLLECTION_PEER;
    const struct ps_collection_limits *limits = is_peer ? &m->cfg.peer : &m->cfg.resource;
    struct ps_collection *c = ps_collection_find(m->set, &event->collection);

    if (c != NULL || !is_ours(m, event->message.id) ||
        event->message.put_ns + limits->age_ns <= now_ns)
        return c;
    if (ps_messaging_open_one(m, &event->collection, limits, PS_COLLECTION_ON_DEMAND, now_ns, &c) !=
        0)
        return NULL;
    c->ahead.used = true;
    return c;
}

static void put_elsewhere(struct ps_messaging *m, const struct ps_messaging_event *event,
                          uint64_t now_ns)
{
    const struct ps_message *message = &event->message;
    struct ps_collection *c = place_of(m, event, now_ns);
    const struct ps_collection_put put = { .peer = message->peer,
                                           .peer_bytes = message->peer_bytes,
                                           .sender = message->sender,
                                           .sequence = message->sequence,
                                           .id = message->id,
                                           .body = message->body,
                                           .body_bytes = message->body_bytes };
    uint64_t id;

    if (c == NULL || message->peer_bytes > PS_PEER_NAME_MAX || message->id == 0 ||
        is_too_old(c, message, now_ns)) {
        m->status.remote_lost++;
        return;
    }
    const int rc = ps_collection_put(m->set, c, &put, now_ns, &id, NULL);
    if (rc == -EALREADY)
        m->status.remote_duplicates++;
    else if (rc != 0)
        m->status.remote_lost++;
}

void ps_messaging_remote(struct ps_messaging *m, const struct ps_messaging_event *event,
                         uint64_t now_ns)
{
    m->status.remote_in++;
    if (is_of_this_life(m, event->message.id))
        m->status.remote_duplicates++;
    else if (event->kind == PS_MESSAGING_PUT)
        put_elsewhere(m, event, now_ns);
    else if (event->kind == PS_MESSAGING_ACK)
        acknowledged_elsewhere(m, event, now_ns);
}
