/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * host/cluster/link_priv.h - the connection to the edge's own nats-server.
 *
 * Why a thread of its own: libnats connects and, when a socket is full, writes in the caller's
 * thread. The loop's calls here only put into one bounded queue and take from another; everything
 * of libnats that has a lock is called by the link's thread or by libnats' own.
 *
 * Both queues are bounded: what finds no place going out is refused, what finds none coming in is
 * dropped and counted (who follows a stream sees the gap and asks again).
 */
#ifndef PS_HOST_CLUSTER_LINK_PRIV_H
#define PS_HOST_CLUSTER_LINK_PRIV_H

#include <nats/nats.h>
#include <stdbool.h>
#include <stdint.h>

#include "host/cluster/cluster.h"

#define PS_LINK_OUT_MAX      8192u
#define PS_LINK_IN_MAX       8192u
#define PS_LINK_NOTES_MAX    64u
#define PS_LINK_SUBJECTS_MAX 8u
#define PS_LINK_TEXT_MAX     128u

struct ps_link;

struct ps_link_config {
    const char *url, *credentials, *ca, *cert, *key, *name; /* NULL: none; copied */
    const char *subjects[PS_LINK_SUBJECTS_MAX];             /* to subscribe to; copied */
    uint32_t subject_count;
};

/* What libnats says besides messages. */
enum ps_link_note_kind {
    PS_LINK_ERROR,            /* text says what */
    PS_LINK_DENIED_PUBLISH,   /* text is the subject */
    PS_LINK_DENIED_SUBSCRIBE, /* text is the subject */
};
struct ps_link_note {
    enum ps_link_note_kind kind;
    char text[PS_LINK_TEXT_MAX];
};

struct ps_link_status {
    bool up;
    uint64_t ups;     /* connections so far: another number means that things were missed */
    uint64_t dropped; /* messages and notes for which the loop was too slow */
};

/** @return 0 or -ENOMEM. Connects in the background, for ever. */
int ps_link_create(struct ps_link **ret_link, const struct ps_link_config *cfg);
/** NULL is allowed. Waits for what libnats is calling. */
void ps_link_destroy(struct ps_link *link);

int ps_link_fd(const struct ps_link *link); /* eventfd: something came in */
/** Begin to take: what comes from now on is told by the eventfd again. */
void ps_link_look(struct ps_link *link, struct ps_link_status *ret_status);
/** The next message, for natsMsg_Destroy(); NULL: none. */
natsMsg *ps_link_take(struct ps_link *link);
bool ps_link_take_note(struct ps_link *link, struct ps_link_note *ret_note);

/** Takes @p msg over, whatever comes of it. @return 0, -ENOTCONN or -EAGAIN (queue full). */
int ps_link_send(struct ps_link *link, natsMsg *msg);

#endif
