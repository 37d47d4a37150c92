/* SPDX-License-Identifier: BSD-3-Clause */
/* host/messaging/tickets.c - puts and acknowledgements that somebody waits for. */
#include <errno.h>
#include <stdlib.h>

#include "host/base/assert.h"
#include "host/base/mem.h"
#include "host/messaging/messaging_priv.h"

int ps_tickets_init(struct ps_tickets *tickets)
{
    *tickets = (struct ps_tickets){ .free = PS_MESSAGING_NONE,
                                    .newest = PS_MESSAGING_NONE,
                                    .oldest = PS_MESSAGING_NONE,
                                    .finished = PS_MESSAGING_NONE };
    tickets->list = ps_zalloc(PS_MESSAGING_TICKETS_MAX, sizeof(*tickets->list));
    return tickets->list == NULL ? -ENOMEM : 0;
}

void ps_tickets_fini(struct ps_tickets *tickets)
{
    free(tickets->list);
    *tickets = (struct ps_tickets){ 0 };
}

static uint32_t idx_of(const struct ps_tickets *tickets, const struct ps_ticket *ticket)
{
    return (uint32_t)(ticket - tickets->list);
}

/* A name is a place and how many were given before: one that is over is not mistaken for another.
 */
struct ps_ticket *ps_tickets_take(struct ps_tickets *tickets, enum ps_ticket_kind kind,
                                  uint64_t until_ns)
{
    uint32_t at = tickets->free;

    if (tickets->count == PS_MESSAGING_TICKETS_MAX)
        return NULL;
    if (at != PS_MESSAGING_NONE)
        tickets->free = tickets->list[at].older;
    else
        at = tickets->used_max++;
    struct ps_ticket *ticket = &tickets->list[at];
    *ticket = (struct ps_ticket){ .name = ++tickets->given << 16 | at,
                                  .kind = kind,
                                  .until_ns = until_ns,
                                  .newer = PS_MESSAGING_NONE,
                                  .older = tickets->newest };
    if (tickets->newest == PS_MESSAGING_NONE)
        tickets->oldest = at;
    else
        tickets->list[tickets->newest].newer = at;
    tickets->newest = at;
    tickets->count++;
    tickets->asks += kind == PS_TICKET_ASK;
    return ticket;
}

struct ps_ticket *ps_tickets_find(const struct ps_tickets *tickets, uint64_t name)
{
    if (tickets->list == NULL || name == 0)
        return NULL;
    struct ps_ticket *ticket = &tickets->list[name % PS_MESSAGING_TICKETS_MAX];
    return ticket->name == name ? ticket : NULL;
}

struct ps_ticket *ps_tickets_asking(const struct ps_tickets *tickets, uint64_t message_id)
{
    if (tickets->asks == 0)
        return NULL;
    for (uint32_t at = tickets->oldest; at != PS_MESSAGING_NONE; at = tickets->list[at].newer)
        if (tickets->list[at].kind == PS_TICKET_ASK && tickets->list[at].message_id == message_id)
            return &tickets->list[at];
    return NULL;
}

static void unlink_age(struct ps_tickets *tickets, const struct ps_ticket *ticket)
{
    tickets->asks -= ticket->kind == PS_TICKET_ASK;
    if (ticket->newer == PS_MESSAGING_NONE)
        tickets->newest = ticket->older;
    else
        tickets->list[ticket->newer].older = ticket->older;
    if (ticket->older == PS_MESSAGING_NONE)
        tickets->oldest = ticket->newer;
    else
        tickets->list[ticket->older].newer = ticket->newer;
}

void ps_tickets_give(struct ps_tickets *tickets, struct ps_ticket *ticket)
{
    ps_assert(ticket->name != 0);
    unlink_age(tickets, ticket);
    *ticket = (struct ps_ticket){ .older = tickets->free };
    tickets->free = idx_of(tickets, ticket);
    tickets->count--;
}

void ps_tickets_finish(struct ps_tickets *tickets, struct ps_ticket *ticket, int status)
{
    ps_assert(ticket->name != 0);
    unlink_age(tickets, ticket);
    ticket->name = 0;
    ticket->status = status;
    ticket->older = PS_MESSAGING_NONE;
    if (tickets->finished == PS_MESSAGING_NONE)
        tickets->finished = idx_of(tickets, ticket);
    else
        tickets->list[tickets->finished_last].older = idx_of(tickets, ticket);
    tickets->finished_last = idx_of(tickets, ticket);
}

bool ps_tickets_next_finished(struct ps_tickets *tickets, struct ps_ticket *ret_ticket)
{
    const uint32_t at = tickets->finished;

    if (at == PS_MESSAGING_NONE)
        return false;
    *ret_ticket = tickets->list[at];
    tickets->finished = ret_ticket->older;
    tickets->list[at] = (struct ps_ticket){ .older = tickets->free };
    tickets->free = at;
    tickets->count--;
    return true;
}
