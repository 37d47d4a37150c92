/* SPDX-License-Identifier: BSD-3-Clause */
/* host/messaging/post.c - what peers do with messages. */
#include <errno.h>
#include <string.h>

#include "host/messaging/messaging_priv.h"

#define NS_PER_MS     UINT64_C(1000000)
#define RETRY_FULL_MS 1000u /* somebody may acknowledge before the oldest ends */
#define CONTROL_PEER  ""    /* the name that messages of the control API carry */

static int ask_rate(struct ps_messaging *m, const struct ps_grant *grant, enum ps_rate_kind kind,
                    uint64_t now_ns, struct ps_messaging_why *ret_why)
{
    const uint64_t wait_ns =
        grant == NULL ? 0 : ps_rates_ask(&m->rates, grant->peer_key, kind, now_ns);

    if (wait_ns == 0)
        return 0;
    m->status.refused_rate++;
    if (ret_why != NULL)
        ret_why->retry_ms = (uint32_t)(wait_ns / NS_PER_MS) + 1;
    return -EBUSY;
}

static void say_when_full(const struct ps_collection *c, uint64_t now_ns,
                          struct ps_messaging_why *ret_why)
{
    if (ret_why == NULL)
        return;
    ret_why->retry_ms = RETRY_FULL_MS;
    if (c == NULL || c->live == 0)
        return;
    const uint64_t end_ns = c->entries[c->head].put_ns + c->limits.age_ns;
    if (end_ns < now_ns + RETRY_FULL_MS * NS_PER_MS)
        ret_why->retry_ms = (uint32_t)((end_ns - now_ns) / NS_PER_MS) + 1;
}

/* It can be seen when the link has kept it. */
static int put_and_keep(struct ps_messaging *m, struct ps_collection *c,
                        struct ps_collection_put *put, const struct ps_messaging_done *done,
                        uint64_t now_ns, uint64_t *ret_id, uint64_t *ret_expected)
{
    struct ps_ticket *ticket = ps_tickets_take(&m->tickets, PS_TICKET_PUT, now_ns + m->cfg.keep_ns);

    if (ticket == NULL) {
        m->status.refused_link++;
        return -EAGAIN;
    }
    put->ticket = ticket->name;
    ticket->collection = c->id;
    if (done != NULL)
        ticket->done = *done;
    int rc = ps_collection_put(m->set, c, put, now_ns, ret_id, ret_expected);
    if (rc != 0) {
        ps_tickets_give(&m->tickets, ticket);
        return rc;
    }
    ticket->message_id = *ret_id;
    const struct ps_messaging_event event = { .kind = PS_MESSAGING_PUT,
                                              .collection = c->id,
                                              .message = { .id = *ret_id,
                                                           .sender = put->sender,
                                                           .sequence = put->sequence,
                                                           .put_ns = now_ns,
                                                           .body_bytes = put->body_bytes,
                                                           .peer_bytes = put->peer_bytes,
                                                           .peer = put->peer,
                                                           .body = put->body } };
    if (m->link.keep(m->link.arg, &event, put->ticket) == 0)
        return -EINPROGRESS;
    m->status.refused_link++;
    ps_tickets_give(&m->tickets, ticket);
    ps_messaging_settle(m, c, *ret_id, -EAGAIN);
    return -EAGAIN;
}

int ps_messaging_put(struct ps_messaging *m, const struct ps_grant *grant,
                     const struct ps_collection_id *to, uint64_t sequence, const void *body,
                     uint32_t body_bytes, const struct ps_messaging_done *done, uint64_t now_ns,
                     uint64_t *ret_id, struct ps_messaging_why *ret_why)
{
    const char *peer = grant == NULL ? CONTROL_PEER : grant->peer;
    struct ps_collection_put put = { .peer = peer,
                                     .peer_bytes = (uint16_t)strlen(peer),
                                     .sender = grant == NULL ? 0 : grant->peer_key,
                                     .sequence = sequence,
                                     .body = body,
                                     .body_bytes = body_bytes };
    struct ps_collection *c = NULL;
    int rc = ask_rate(m, grant, PS_RATE_PUT, now_ns, ret_why);

    if (rc == 0)
        rc = ps_messaging_allow(m, grant, to, PS_MAY_PUT, now_ns);
    if (rc == 0)
        rc = ps_messaging_find_or_open(m, to, now_ns, &c);
    if (rc == 0) {
        uint64_t *expected = ret_why == NULL ? NULL : &ret_why->expected;

        rc = m->link.keep == NULL ? ps_collection_put(m->set, c, &put, now_ns, ret_id, expected)
                                  : put_and_keep(m, c, &put, done, now_ns, ret_id, expected);
    }
    if (rc == 0)
        m->status.put++;
    else if (rc == -ENOSPC)
        say_when_full(c, now_ns, ret_why);
    return rc;
}

int ps_messaging_fetch(struct ps_messaging *m, const struct ps_grant *grant,
                       const struct ps_collection_id *from, uint64_t after,
                       struct ps_message *ret_messages, uint32_t max, size_t bytes_max,
                       uint64_t now_ns, uint32_t *ret_count, uint64_t *ret_cursor,
                       struct ps_messaging_why *ret_why)
{
    struct ps_collection *c = NULL;
    int rc = ask_rate(m, grant, PS_RATE_FETCH, now_ns, ret_why);

    if (rc == 0)
        rc = ps_messaging_allow(m, grant, from, PS_MAY_FETCH, now_ns);
    if (rc == 0)
        rc = ps_messaging_find_or_open(m, from, now_ns, &c);
    if (rc == -ENOSPC)
        say_when_full(c, now_ns, ret_why);
    if (rc != 0)
        return rc;
    *ret_count =
        ps_collection_fetch(m->set, c, after, ret_messages, max, bytes_max, now_ns, ret_cursor);
    m->status.fetched += *ret_count;
    return 0;
}

int ps_messaging_wait(struct ps_messaging *m, const struct ps_grant *grant,
                      const struct ps_collection_id *from, uint64_t after,
                      struct ps_collection_waiter *waiter)
{
    const int rc = ps_messaging_allow(m, grant, from, PS_MAY_FETCH, 0);
    struct ps_collection *c = rc == 0 ? ps_collection_find(m->set, from) : NULL;

    if (rc != 0)
        return rc;
    if (c == NULL)
        return -ENOENT;
    if (ps_entries_next(c, ps_entries_after(c, after)) < c->settled)
        return -EALREADY;
    c->ahead.used = true;
    ps_collection_wait(c, waiter);
    return 0;
}
