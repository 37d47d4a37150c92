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

bool ps_messaging_is_ours(const struct ps_messaging *m, uint64_t message_id)
{
    return message_id >> 48 == m->cfg.node;
}

/* What this life put comes back to us when others are told of it. */
static bool is_of_this_life(const struct ps_messaging *m, uint64_t message_id)
{
    return ps_messaging_is_ours(m, message_id) &&
           (message_id & ((UINT64_C(1) << 48) - 1)) >= m->cfg.first;
}

/* A name of an event; empty: nobody's. */
static uint64_t key_of(const char *acknowledger)
{
    return acknowledger[0] == '\0' ? 0 : ps_hash64_name(acknowledger);
}

static struct ps_messaging_event event_of(enum ps_messaging_event_kind kind,
                                          const struct ps_collection *c,
                                          const struct ps_message *message,
                                          const char *acknowledger)
{
    struct ps_messaging_event event = { .kind = kind,
                                        .collection = c->id,
                                        .message = { .id = message->id,
                                                     .sender = message->sender } };

    memcpy(event.acknowledger, acknowledger, strnlen(acknowledger, PS_PEER_NAME_MAX));
    return event;
}

static struct ps_ticket *ticket_of(struct ps_messaging *m, enum ps_ticket_kind kind,
                                   const struct ps_messaging_event *event,
                                   const struct ps_messaging_done *done, uint64_t now_ns)
{
    struct ps_ticket *ticket = ps_tickets_take(&m->tickets, kind, now_ns + m->cfg.keep_ns);

    if (ticket == NULL)
        return NULL;
    ticket->collection = event->collection;
    ticket->message_id = event->message.id;
    ticket->sender = event->message.sender;
    memcpy(ticket->acknowledger, event->acknowledger, sizeof(ticket->acknowledger));
    if (done != NULL)
        ticket->done = *done;
    return ticket;
}

/* @return 0 or -EAGAIN. */
static int hand_over(struct ps_messaging *m, enum ps_ticket_kind kind,
                     const struct ps_messaging_event *event, const struct ps_messaging_done *done,
                     uint64_t now_ns)
{
    struct ps_ticket *ticket = ticket_of(m, kind, event, done, now_ns);

    if (ticket != NULL && m->link.keep(m->link.arg, event, ticket->name) == 0)
        return 0;
    m->status.refused_link++;
    if (ticket != NULL)
        ps_tickets_give(&m->tickets, ticket);
    return -EAGAIN;
}

/* One that was put here: whoever comes first has it, and is told so when that is kept. */
static int take(struct ps_messaging *m, struct ps_collection *c, const struct ps_message *message,
                const char *acknowledger, uint64_t peer_key, const struct ps_messaging_done *done,
                uint64_t now_ns)
{
    const struct ps_messaging_event event = event_of(PS_MESSAGING_ACK, c, message, acknowledger);
    const bool is_linked = m->link.keep != NULL;

    if (is_linked && hand_over(m, PS_TICKET_TAKE, &event, done, now_ns) != 0)
        return -EAGAIN;
    const int rc = ps_collection_acknowledge(m->set, c, message->id, now_ns);
    ps_assert(rc == 0);
    m->status.acknowledged++;
    meet(m, peer_key, event.message.sender, now_ns);
    return is_linked ? -EINPROGRESS : 0;
}

/* Only the node where it was put knows who was first. */
static int ask(struct ps_messaging *m, struct ps_collection *c, const struct ps_message *message,
               const char *acknowledger, const struct ps_messaging_done *done, uint64_t now_ns)
{
    const struct ps_messaging_event event = event_of(PS_MESSAGING_ASK, c, message, acknowledger);

    if (m->link.keep == NULL || hand_over(m, PS_TICKET_ASK, &event, done, now_ns) != 0)
        return -EHOSTUNREACH;
    return -EINPROGRESS;
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
    const char *name = grant == NULL ? "" : grant->peer;
    if (!ps_messaging_is_ours(m, id))
        return ask(m, c, &message, name, done, now_ns);
    if (m->held)
        return -EAGAIN;
    return take(m, c, &message, name, grant == NULL ? 0 : grant->peer_key, done, now_ns);
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
    if (c == NULL || !ps_messaging_is_ours(m, id) ||
        ps_collection_look_up(m->set, c, id, now_ns, &message) != 0)
        return -ENOENT;
    return take(m, c, &message, acknowledger, key_of(acknowledger), NULL, now_ns);
}

/* It is gone there, so it goes here, whoever has it. @return who sent it; 0: it is not here. */
static uint64_t remove_copy(struct ps_messaging *m, const struct ps_collection_id *id,
                            uint64_t message_id, uint64_t now_ns)
{
    struct ps_collection *c = ps_collection_find(m->set, id);
    uint64_t sender = 0;

    if (c != NULL)
        (void)ps_collection_drop(m->set, c, message_id, now_ns, &sender);
    return sender;
}

/* What was taken here is not kept yet: told again, so that the answer to the peer will be true. */
static bool is_told_again(struct ps_messaging *m, const struct ps_ticket *ticket, int status)
{
    struct ps_messaging_event event = { .kind = PS_MESSAGING_ACK,
                                        .collection = ticket->collection,
                                        .message = { .id = ticket->message_id,
                                                     .sender = ticket->sender } };

    if (ticket->kind != PS_TICKET_TAKE || status == 0 || status == -ETIMEDOUT)
        return false;
    memcpy(event.acknowledger, ticket->acknowledger, sizeof(event.acknowledger));
    return m->link.keep(m->link.arg, &event, ticket->name) == 0;
}

void ps_messaging_end_claim(struct ps_messaging *m, struct ps_ticket *ticket, int status,
                            uint64_t now_ns)
{
    if (is_told_again(m, ticket, status))
        return;
    if (ticket->kind == PS_TICKET_ASK && status == -ENOENT) /* gone there, so gone here */
        remove_copy(m, &ticket->collection, ticket->message_id, now_ns);
    ps_tickets_finish(&m->tickets, ticket,
                      status == 0 || status == -ENOENT ? status : -EHOSTUNREACH);
}

/* The node that has it says who was first; those of ours who asked may be among them. */
static void acknowledged_elsewhere(struct ps_messaging *m, const struct ps_messaging_event *event,
                                   uint64_t now_ns)
{
    uint64_t sender = remove_copy(m, &event->collection, event->message.id, now_ns);
    struct ps_ticket *ticket;

    if (event->message.sender != 0)
        sender = event->message.sender;
    meet(m, key_of(event->acknowledger), sender, now_ns);
    while ((ticket = ps_tickets_asking(&m->tickets, event->message.id)) != NULL) {
        const bool is_first = strcmp(ticket->acknowledger, event->acknowledger) == 0;

        m->status.acknowledged += is_first;
        ps_messaging_end_claim(m, ticket, is_first ? 0 : -ENOENT, now_ns);
    }
    ps_messaging_tell(m);
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

    if (c != NULL || !ps_messaging_is_ours(m, event->message.id) ||
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
