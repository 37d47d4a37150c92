/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * host/cluster/cluster_priv.h - what the files of this folder share.
 *
 * Subjects: ps.node.NAME (heartbeats), ps.demand.NAME, ps.ask.NAME, and ps.c.NAME.COLLECTION in the
 * stream PS_NAME of that edge's domain; buckets ps_nodes and ps_segments of the hub.
 * Threads: the loop thread.
 */
#ifndef PS_HOST_CLUSTER_CLUSTER_PRIV_H
#define PS_HOST_CLUSTER_CLUSTER_PRIV_H

#include <nats/nats.h>

#include "host/cluster/calls_priv.h"
#include "host/cluster/cluster.h"
#include "host/cluster/follow_priv.h"
#include "host/cluster/leases_priv.h"
#include "host/cluster/link_priv.h"

#define PS_BYTES_VERSION   1u
#define PS_NS              UINT64_C(1000000000)
#define PS_WIRE_DEMAND_MAX 2048u  /* records of one message */
#define PS_DEMAND_SUMS     16384u /* resources and classes summed in one turn; a power of two */

/* JetStream's err_code. */
#define PS_JS_NO_STREAM      10059u
#define PS_JS_NAME_IN_USE    10058u
#define PS_JS_WRONG_SEQUENCE 10071u
#define PS_JS_NO_CLUSTER     10074u

struct ps_node {
    char name[PS_CLUSTER_NODE_NAME_MAX + 1];
    char domain[PS_CLUSTER_DOMAIN_MAX + 1];
    char url[PS_CLUSTER_URL_MAX];
    uint16_t number;
    uint64_t incarnation; /* of its stream; another one: begin at its start */
    uint64_t seen_ns;
    struct ps_follow follow;
};

/* A stream that must be there before something can begin. */
enum ps_need_stream { PS_STREAM_SEGMENTS, PS_STREAM_NODES, PS_STREAM_OWN, PS_STREAM_COUNT };
struct ps_stream_state {
    bool there, asking;
    uint32_t replicas; /* to try next */
    uint64_t retry_ns;
};

struct ps_demand_sum {
    struct ps_resource resource; /* media_key 0: free */
    struct ps_peer_class peer;
    uint32_t starts, segments;
};

#define PS_CATCH_UPS_MAX 256u

/* A collection that opened here, and one other edge's part of it. */
struct ps_catch_up {
    struct ps_node *node; /* NULL: free */
    char subject[PS_SUBJECT_MAX];
    uint64_t subject_hash;
    uint64_t next_seq;
    uint64_t left_out_seq; /* the first one left out of what is followed, since the last question */
    bool left_out;
};

struct ps_cluster {
    struct ps_cluster_config cfg; /* its texts are the four below and the link's copies */
    char name[PS_CLUSTER_NODE_NAME_MAX + 1];
    char url[PS_CLUSTER_URL_MAX];
    char domain[PS_CLUSTER_DOMAIN_MAX + 1];
    char api[PS_API_MAX], hub_api[PS_API_MAX]; /* prefixes: $JS.API. or $JS.DOMAIN.API. */
    char kv_prefix[PS_API_MAX];                /* before $KV.: that of the hub, or nothing */
    char inbox[PS_API_MAX];
    uint64_t instance; /* of this process, in names that must be its own */
    struct ps_link *link;
    uint64_t ups_seen;
    int epoll_fd, timer_fd;

    struct ps_calls calls;
    struct ps_leases leases;
    struct ps_stream_state streams[PS_STREAM_COUNT];
    uint64_t own_incarnation;
    bool restored; /* our own events of an earlier life were asked for */
    struct ps_follow own, segments;
    uint64_t segments_incarnation; /* of the hub's bucket; another one: what we knew is void */
    struct ps_node *nodes;         /* PS_CLUSTER_NODES_MAX */
    uint32_t node_count;
    uint16_t *node_at; /* by number: 1 + position; 0: unknown */
    bool numbering;    /* a question of the number is under way */
    uint32_t number_tries;
    uint64_t beat_ns, probe_ns;
    bool probing;
    struct ps_catch_up *catch_ups; /* PS_CATCH_UPS_MAX */
    uint32_t catching_up;
    struct ps_demand_sum *sums;
    uint32_t sum_count;
    uint64_t summed_since_ns;
    struct ps_cluster_status status;
};

static inline uint64_t ps_cluster_now(const struct ps_cluster *cluster)
{
    return cluster->cfg.mono_ns();
}

/* cluster.c */
/** Publish without waiting for an answer. @return 0, -ENOTCONN, -EAGAIN or -ENOMEM. */
int ps_cluster_send(struct ps_cluster *cluster, const char *subject, const void *data,
                    size_t size_bytes);
void ps_cluster_say_error(struct ps_cluster *cluster, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
/** Have poll() called at @p at_ns at the latest. */
void ps_cluster_wake_at(struct ps_cluster *cluster, uint64_t at_ns);

/* nodes.c */
void ps_nodes_beat(struct ps_cluster *cluster, uint64_t now_ns);
void ps_nodes_message(struct ps_cluster *cluster, natsMsg *msg);
/** Register our number, one question at a time. */
void ps_nodes_tend(struct ps_cluster *cluster, uint64_t now_ns);
/** NULL: never heard of. */
struct ps_node *ps_nodes_find(const struct ps_cluster *cluster, uint16_t number);
/** Whether it was heard of lately. */
bool ps_nodes_is_there(const struct ps_node *node, uint64_t now_ns);

/* streams.c */
/** Say what is to be followed; once. */
void ps_streams_prepare(struct ps_cluster *cluster);
void ps_streams_tend(struct ps_cluster *cluster, uint64_t now_ns);
void ps_streams_disconnected(struct ps_cluster *cluster);
/** Begin to follow, or go on following, what a node says of itself. */
void ps_streams_follow(struct ps_cluster *cluster, struct ps_node *node, uint64_t incarnation);

/* catch_up.c */
/** Whether this message, as followed, is for a catch-up to bring. */
bool ps_catch_up_leaves_out(struct ps_cluster *cluster, const struct ps_node *node, uint64_t seq,
                            natsMsg *msg);

/* lease_record.c */
#define PS_LEASE_SUBJECT "$KV.ps_segments."
/** Put a record in the place of the one of @p expected_seq (0: of none). @return as ps_call(). */
int ps_lease_write(struct ps_cluster *cluster, const struct ps_segment_key *key,
                   const struct ps_lease *says, uint64_t expected_seq, uint64_t timeout_ns,
                   const struct ps_call *call);
/** @return whether it is a record of this version; deleted ones are free. */
bool ps_lease_read(natsMsg *msg, struct ps_lease *ret_says);
/** @return JetStream's error, 0 with the record's sequence, or UINT32_MAX without an answer. */
uint32_t ps_lease_ack(int status, natsMsg *answer, uint64_t *ret_seq);

/* leases.c */
/** The node that has it, if it can be reached. @param lease  May be NULL. */
const struct ps_node *ps_lease_owner(const struct ps_cluster *cluster,
                                     const struct ps_lease *lease);
void ps_leases_record(struct ps_cluster *cluster, void *user, uint64_t seq, natsMsg *msg);

/* lease_made.c */
void ps_leases_tend(struct ps_cluster *cluster, uint64_t now_ns);

/* demand.c */
void ps_demand_flush(struct ps_cluster *cluster, uint64_t now_ns);
void ps_demand_message(struct ps_cluster *cluster, natsMsg *msg);

/* ask.c */
void ps_ask_message(struct ps_cluster *cluster, natsMsg *msg);
/** From a peer of ours. */
void ps_peers_message(struct ps_cluster *cluster, natsMsg *msg);

#endif
