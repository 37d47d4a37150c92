/* SPDX-License-Identifier: BSD-3-Clause */
/* host/messaging/waiters.c - who is told of the next message. */
#include "host/base/assert.h"
#include "host/messaging/collection_priv.h"

static void join(struct ps_collection_waiter **list, struct ps_collection_waiter *waiter)
{
    waiter->next = *list;
    waiter->link = list;
    if (waiter->next != NULL)
        waiter->next->link = &waiter->next;
    *list = waiter;
}

void ps_collection_wait(struct ps_collection *collection, struct ps_collection_waiter *waiter)
{
    ps_assert(waiter->link == NULL && waiter->wake != NULL);
    join(&collection->waiters, waiter);
}

void ps_collection_stop_waiting(struct ps_collection_waiter *waiter)
{
    if (waiter->link == NULL)
        return;
    *waiter->link = waiter->next;
    if (waiter->next != NULL)
        waiter->next->link = waiter->link;
    waiter->next = NULL;
    waiter->link = NULL;
}

/* Those who come back while they are told wait for the next time; any may leave meanwhile. */
void ps_collection_wake(struct ps_collection *c, int status)
{
    struct ps_collection_waiter *told = c->waiters;

    if (told == NULL)
        return;
    told->link = &told;
    c->waiters = NULL;
    while (told != NULL) {
        struct ps_collection_waiter *waiter = told;

        ps_collection_stop_waiting(waiter);
        waiter->wake(waiter->arg, status);
    }
}
