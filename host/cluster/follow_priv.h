/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * host/cluster/follow_priv.h - reading a JetStream stream in its order, for ever.
 *
 * A short-lived pull consumer without acknowledgements: the server counts what it delivers, so a
 * message that was lost on the way (a link dropped, our ring full) shows as a gap, and a new
 * consumer begins behind the last one that came. So does a silent one.
 *
 * Threads: the loop thread.
 */
#ifndef PS_HOST_CLUSTER_FOLLOW_PRIV_H
#define PS_HOST_CLUSTER_FOLLOW_PRIV_H

#include <nats/nats.h>
#include <stdbool.h>
#include <stdint.h>

#include "host/cluster/cluster.h"

#define PS_STREAM_NAME_MAX 64u
#define PS_API_MAX         64u

struct ps_follow {
    bool active;
    char api[PS_API_MAX]; /* prefix with its last dot, of the stream's domain */
    char stream[PS_STREAM_NAME_MAX];
    const char *filter; /* NULL: all subjects */
    bool latest;        /* begin with the last of each subject, not with next_seq */
    uint64_t next_seq;  /* to begin with, at least 1 */
    uint64_t until_seq; /* over when this came; 0: never */
    void (*each)(struct ps_cluster *cluster, void *user, uint64_t seq, natsMsg *msg);
    void *user;

    bool ready; /* a consumer is there */
    bool creating;
    uint32_t generation;  /* part of the consumer's name */
    uint64_t delivered;   /* messages of this consumer so far */
    uint32_t pulled;      /* of the present pull, still to come */
    uint64_t deadline_ns; /* silent until then: begin anew */
};

/** Follow from tend() on. @p follow is filled in but for the last part. */
void ps_follow_begin(struct ps_follow *follow);
void ps_follow_end(struct ps_follow *follow);
/** Read from @p seq on once more. */
void ps_follow_rewind(struct ps_follow *follow, uint64_t seq);
/** The connection is new: no consumer can be relied on. */
void ps_follow_restart(struct ps_follow *follow);
void ps_follow_tend(struct ps_cluster *cluster, struct ps_follow *follow, uint64_t now_ns);
/** A message or word of the stream, for the slot in its reply or subject. */
void ps_follow_message(struct ps_cluster *cluster, natsMsg *msg);
void ps_follow_word(struct ps_cluster *cluster, const char *token, natsMsg *msg);

#endif
