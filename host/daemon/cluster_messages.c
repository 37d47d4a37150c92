/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * host/daemon/cluster_messages.c - collections joined to the other edges.
 *
 * What is put here is kept in our stream before the peer is told; others follow it. Who wants to
 * take another edge's message asks that edge. A collection that opens here is given what others'
 * streams still hold of it.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "host/base/bytes.h"
#include "host/base/log.h"
#include "host/daemon/cluster.h"
#include "host/daemon/daemon_priv.h"
#include "host/daemon/event.h"

#define NODE_SHIFT   48
#define ANSWER_BYTES 4u

static uint8_t buffer[PS_EVENT_BYTES_MAX]; /* the loop's thread only */

/* Loop time of something that was long ago by the world's clock, and the other way round. */
static uint64_t loop_time(const struct ps_daemon *d, uint64_t wall_ns)
{
    const uint64_t now_ns = ps_clock_now_ns(&d->clock), now_wall_ns = ps_daemon_wall_ns();
    const uint64_t real_ns = now_wall_ns > wall_ns ? now_wall_ns - wall_ns : 0;
    const uint64_t ago_ns = (uint64_t)((double)real_ns * d->clock.scale);

    return ago_ns < now_ns ? now_ns - ago_ns : 0;
}

static uint64_t wall_time(const struct ps_daemon *d, uint64_t loop_ns)
{
    const uint64_t now_ns = ps_clock_now_ns(&d->clock);

    return ps_daemon_wall_ns() -
           (now_ns > loop_ns ? ps_clock_real_ns(&d->clock, now_ns - loop_ns) : 0);
}

/* ---- out ---- */

static int publish(struct ps_daemon *d, const struct ps_messaging_event *event, uint64_t ticket)
{
    const bool is_put = event->kind == PS_MESSAGING_PUT;
    char subject[PS_EVENT_SUBJECT_MAX], once[32];
    const uint64_t put_ns =
        is_put && event->message.put_ns != 0 ? event->message.put_ns : ps_clock_now_ns(&d->clock);
    const uint32_t bytes = ps_event_write(event, wall_time(d, put_ns), buffer, sizeof(buffer));

    if (bytes == 0)
        return -EAGAIN;
    ps_event_subject(&event->collection, subject);
    snprintf(once, sizeof(once), "%s%016" PRIx64,
             is_put                           ? "p"
             : event->acknowledger[0] != '\0' ? "a"
                                              : "w",
             event->message.id);
    return ps_cluster_publish(d->cluster, subject, once, buffer, bytes, ticket) == 0 ? 0 : -EAGAIN;
}

static int ask_owner(struct ps_daemon *d, const struct ps_messaging_event *event, uint64_t ticket)
{
    struct ps_messaging_event claim = *event;

    claim.kind = PS_MESSAGING_ACK; /* as it will be, if the owner agrees */
    const uint32_t bytes = ps_event_write(&claim, 0, buffer, sizeof(buffer));
    return bytes != 0 && ps_cluster_ask(d->cluster, (uint16_t)(event->message.id >> NODE_SHIFT),
                                        buffer, bytes, ticket) == 0
               ? 0
               : -EAGAIN;
}

static int keep(void *arg, const struct ps_messaging_event *event, uint64_t ticket)
{
    char subject[PS_EVENT_SUBJECT_MAX];
    struct ps_daemon *d = arg;

    switch (event->kind) {
    case PS_MESSAGING_OPEN:
        ps_event_subject(&event->collection, subject);
        ps_cluster_catch_up(d->cluster, subject);
        return 0;
    case PS_MESSAGING_CLOSE:
        return 0;
    case PS_MESSAGING_ASK:
        return ask_owner(d, event, ticket);
    default:
        return publish(d, event, ticket);
    }
}

void ps_cluster_messages_link(struct ps_daemon *d)
{
    d->messaging.link = (struct ps_messaging_link){ .keep = keep, .arg = d };
}

/* ---- in ---- */

void ps_cluster_messages_kept(void *arg, uint64_t ticket, int status)
{
    struct ps_daemon *d = arg;

    if (d->messaging.core != NULL)
        ps_messaging_kept(d->messaging.core, ticket, status, ps_clock_now_ns(&d->clock));
}

void ps_cluster_messages_event(void *arg, uint16_t node, const void *data, uint32_t size_bytes)
{
    struct ps_messaging_event event;
    struct ps_daemon *d = arg;
    uint64_t put_wall_ns;

    if (d->messaging.core == NULL)
        return;
    if (ps_event_read(data, size_bytes, &event, &put_wall_ns) != 0) {
        ps_debug("cluster", "event_not_understood", "node=%u bytes=%" PRIu32, node, size_bytes);
        return;
    }
    event.message.put_ns = loop_time(d, put_wall_ns);
    ps_messaging_remote(d->messaging.core, &event, ps_clock_now_ns(&d->clock));
}

uint32_t ps_cluster_messages_asked(void *arg, uint16_t node, const void *data, uint32_t size_bytes,
                                   void *ret_answer, uint32_t answer_bytes)
{
    struct ps_bytes b = ps_bytes_of(ret_answer, answer_bytes);
    struct ps_messaging_event event;
    struct ps_daemon *d = arg;
    uint64_t put_wall_ns;
    int rc = -EBADMSG;

    (void)node;
    if (d->messaging.core != NULL && ps_event_read(data, size_bytes, &event, &put_wall_ns) == 0 &&
        event.kind == PS_MESSAGING_ACK)
        rc = ps_messaging_remote_acknowledge(d->messaging.core, &event.collection, event.message.id,
                                             event.acknowledger, ps_clock_now_ns(&d->clock));
    ps_bytes_put(&b, rc == -EINPROGRESS ? 0 : rc == -EAGAIN ? EAGAIN : ENOENT, ANSWER_BYTES);
    return ANSWER_BYTES;
}

void ps_cluster_messages_answered(void *arg, uint64_t ticket, int status, const void *data,
                                  uint32_t size_bytes)
{
    struct ps_reader b = ps_reader_of(data, size_bytes);
    const uint64_t refused = status == 0 ? ps_reader_get(&b, ANSWER_BYTES) : 0;

    if (status != 0 || !b.ok || refused == EAGAIN)
        status = -EHOSTUNREACH;
    else if (refused != 0)
        status = -ENOENT;
    if (status != 0) /* else the owner's ACK says so, once it is kept */
        ps_cluster_messages_kept(arg, ticket, status);
}
