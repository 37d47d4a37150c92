/* SPDX-License-Identifier: BSD-3-Clause */
/* host/messaging/link.c - the other nodes: what they are told, and what they say of it. */
#include <errno.h>

#include "host/messaging/messaging_priv.h"

void ps_messaging_say(struct ps_messaging *m, const struct ps_messaging_event *event)
{
    if (m->link.keep != NULL && m->link.keep(m->link.arg, event, 0) != 0)
        m->status.refused_link++;
}

static void settled(void *arg, uint64_t ticket_name, int status)
{
    struct ps_messaging *m = arg;
    struct ps_ticket *ticket = ps_tickets_find(&m->tickets, ticket_name);

    if (ticket != NULL)
        ps_tickets_finish(&m->tickets, ticket, status);
}

int ps_messaging_settle(struct ps_messaging *m, struct ps_collection *c, uint64_t message_id,
                        int status)
{
    return ps_collection_settle(m->set, c, message_id, status, settled, m);
}

/* The link may have kept what the peer was told is not. */
static void withdraw(struct ps_messaging *m, const struct ps_ticket *ticket)
{
    const struct ps_messaging_event event = { .kind = PS_MESSAGING_ACK,
                                              .collection = ticket->collection,
                                              .message = { .id = ticket->message_id } };

    ps_messaging_say(m, &event);
}

/* Those told may come back with the next thing to do: nothing of ours is on the stack but this. */
void ps_messaging_tell(struct ps_messaging *m)
{
    struct ps_ticket ticket;

    while (ps_tickets_next_finished(&m->tickets, &ticket)) {
        if (ticket.kind != PS_TICKET_PUT) {
            /* counted where it is taken */
        } else if (ticket.status == 0) {
            m->status.kept++;
            m->status.put++;
        } else {
            m->status.not_kept++;
            withdraw(m, &ticket);
        }
        if (ticket.done.done != NULL)
            ticket.done.done(ticket.done.arg, ticket.status, ticket.message_id);
    }
}

static void end_put(struct ps_messaging *m, struct ps_ticket *ticket, int status)
{
    const uint64_t name = ticket->name;
    struct ps_collection *c = ps_collection_find(m->set, &ticket->collection);

    if (c != NULL)
        (void)ps_messaging_settle(m, c, ticket->message_id, status == 0 ? 0 : -EAGAIN);
    /* Kept, it is told when those before it are; with nothing to see any more it has failed. */
    ticket = ps_tickets_find(&m->tickets, name);
    if (ticket != NULL && (c == NULL || ps_entries_find(c, ticket->message_id) == NULL))
        ps_tickets_finish(&m->tickets, ticket, -EAGAIN);
}

static void end_one(struct ps_messaging *m, struct ps_ticket *ticket, int status, uint64_t now_ns)
{
    if (ticket->kind == PS_TICKET_PUT)
        end_put(m, ticket, status);
    else
        ps_messaging_end_claim(m, ticket, status, now_ns);
}

void ps_messaging_kept(struct ps_messaging *m, uint64_t ticket_name, int status, uint64_t now_ns)
{
    struct ps_ticket *ticket = ps_tickets_find(&m->tickets, ticket_name);

    if (ticket == NULL)
        return; /* it was given up */
    end_one(m, ticket, status, now_ns);
    ps_messaging_tell(m);
}

void ps_messaging_end_tickets(struct ps_messaging *m, uint64_t now_ns)
{
    struct ps_tickets *tickets = &m->tickets;

    if (tickets->list == NULL)
        return;
    for (uint32_t i = 0; i < PS_MESSAGING_ENDS_MAX && tickets->oldest != PS_MESSAGING_NONE &&
                         tickets->list[tickets->oldest].until_ns <= now_ns;
         i++)
        end_one(m, &tickets->list[tickets->oldest], -ETIMEDOUT, now_ns);
    ps_messaging_tell(m);
}
