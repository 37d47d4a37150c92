/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * host/cluster/cluster.h - the other edges, over NATS: demand is shared, a segment is made once and
 * fetched from a neighbour's tier, messages reach the peers of other edges. The only face of
 * libnats.
 *
 * Why a leaf: an edge speaks only to its own nats-server, which is a leaf node with a JetStream
 * domain of its own. What must not be lost is kept in that domain first; when the hub is cut off
 * the edge goes on alone and catches up afterwards. NATS is transport, never the record of
 * segments.
 *
 * Who makes a segment: the key is created in a KV bucket of the hub (compare-and-set: first wins),
 * with an owner and an end; the others wait for the owner's `made` and fetch it over HTTP from
 * there. Without an answer within `claim_ms` an edge makes it itself: a viewer never waits for the
 * cluster.
 *
 * Threads: the loop thread calls; libnats' threads hand over by a bounded ring and an eventfd.
 * Nothing here blocks the caller. Denied operations are errors within a second, not time-outs.
 */
#ifndef PS_HOST_CLUSTER_CLUSTER_H
#define PS_HOST_CLUSTER_CLUSTER_H

#include <stdbool.h>
#include <stdint.h>

#include "host/plan/demand.h"
#include "host/plan/resource.h"

#define PS_CLUSTER_NODE_NAME_MAX 32u
#define PS_CLUSTER_NODES_MAX     1024u
#define PS_CLUSTER_URL_MAX       512u
#define PS_CLUSTER_BYTES_MAX     131072u /* of one event */

struct ps_cluster;

/* How the claim of a segment ended. */
enum ps_cluster_claim {
    PS_CLUSTER_MINE,      /* make it; say ps_cluster_made() or ps_cluster_gave_up() */
    PS_CLUSTER_ELSEWHERE, /* `url` has it, or will: fetch it */
    PS_CLUSTER_UNKNOWN,   /* nobody answered in time: make it */
};

struct ps_cluster_config {
    const char *url;             /* nats://127.0.0.1:4222, of the edge's own server */
    const char *credentials;     /* file; NULL: none */
    const char *ca, *cert, *key; /* TLS files; NULL: none */
    const char *node;            /* name, 1..PS_CLUSTER_NODE_NAME_MAX of A-Z a-z 0-9 _ - */
    const char *domain;     /* JetStream domain of the edge's own server; NULL: the server's own */
    const char *hub_domain; /* of the hub; NULL: one server, no leaf */
    const char *advertise;  /* http://ADDRESS:PORT where neighbours fetch segments; NULL: nowhere */
    uint64_t claim_ms;      /* how long to wait for a claim, 0: 150 */
    uint64_t lease_ms;      /* how long a claim holds without `made`, 0: 20000 */

    /* Told in ps_cluster_poll(), on the loop thread; not NULL. */
    void (*demand)(void *arg, uint16_t node, const struct ps_demand_sample *samples,
                   uint32_t count);
    void (*claimed)(void *arg, const struct ps_segment_key *key, enum ps_cluster_claim how,
                    const char *url);
    /* A message event of another node, as bytes that ps_cluster_publish() was given there. */
    void (*event)(void *arg, uint16_t node, const void *data, uint32_t size_bytes);
    /* What was published is kept (0) or not; ticket 0 is not told. */
    void (*kept)(void *arg, uint64_t ticket, int status);
    /* Another node asks and waits; answer into @p ret_answer. @return bytes of the answer. */
    uint32_t (*asked)(void *arg, uint16_t node, const void *data, uint32_t size_bytes,
                      void *ret_answer, uint32_t answer_bytes);
    void (*answered)(void *arg, uint64_t ticket, int status, const void *data, uint32_t size_bytes);
    void *arg;
};

struct ps_cluster_status {
    bool connected, hub_reachable;
    uint16_t node;                                /* our number */
    uint32_t nodes;                               /* seen within a minute, ourselves included */
    uint64_t reconnects, errors, denied, dropped; /* dropped: the ring to the loop was full */
    uint64_t demand_out, demand_in;
    uint64_t claims, mine, elsewhere, unknown, held; /* held: leases of ours now */
    uint64_t published, kept, not_kept, events_in;
    char error[128]; /* the last, in words; empty: none */
};

/** Connects in the background, for ever. @return 0, -EINVAL or -ENOMEM. */
int ps_cluster_create(struct ps_cluster **ret_cluster, const struct ps_cluster_config *cfg);
void ps_cluster_destroy(struct ps_cluster *cluster);
int ps_cluster_fd(const struct ps_cluster *cluster); /* eventfd */
void ps_cluster_poll(struct ps_cluster *cluster);
/** Once a turn: heartbeats, leases renewed, demand summed and sent. */
void ps_cluster_tend(struct ps_cluster *cluster, uint64_t mono_ns);

/** What this edge saw; summed until the next tend. */
void ps_cluster_share(struct ps_cluster *cluster, const struct ps_demand *demand);

/** Ask who makes a segment; answered by claimed(), also at once. */
void ps_cluster_claim(struct ps_cluster *cluster, const struct ps_segment_key *key);
/** It is in our tier: neighbours may fetch it (@p crc32c of the bytes, for them to check). */
void ps_cluster_made(struct ps_cluster *cluster, const struct ps_segment_key *key,
                     uint32_t size_bytes, uint32_t crc32c);
/** Not made after all, or evicted. */
void ps_cluster_gave_up(struct ps_cluster *cluster, const struct ps_segment_key *key);
/** Who is known to have it, without asking anybody. @return 0 or -ENOENT. */
int ps_cluster_where(const struct ps_cluster *cluster, const struct ps_segment_key *key,
                     char ret_url[PS_CLUSTER_URL_MAX], uint32_t *ret_size, uint32_t *ret_crc32c);

/** A collection is open here: keep its messages in a stream (made now), bring others' messages. */
int ps_cluster_open(struct ps_cluster *cluster, const char *subject, uint32_t messages_max,
                    uint32_t bytes_max, uint64_t age_ns);
void ps_cluster_close(struct ps_cluster *cluster, const char *subject);
/** Keep bytes in a collection's stream. @param once  Deduplicates. @return 0 or -EAGAIN (full). */
int ps_cluster_publish(struct ps_cluster *cluster, const char *subject, const char *once,
                       const void *data, uint32_t size_bytes, uint64_t ticket);
/** Ask a node; answered() within a second. @return 0, -EHOSTUNREACH or -EAGAIN. */
int ps_cluster_ask(struct ps_cluster *cluster, uint16_t node, const void *data, uint32_t size_bytes,
                   uint64_t ticket);

void ps_cluster_status(const struct ps_cluster *cluster, struct ps_cluster_status *ret_status);

#endif
