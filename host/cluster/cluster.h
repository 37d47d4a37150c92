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
 * Messages: each edge has one JetStream stream in its own domain, with a subject for each
 * collection; others follow it in its order, wherever they were cut off. An edge that starts again
 * is given its own events of before as well, oldest first, with its own number.
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
#define PS_CLUSTER_SMALL         31u     /* numbers up to this keep message ids below 2^53 */
#define PS_CLUSTER_URL_MAX       256u    /* of a neighbour, with its NUL */
#define PS_CLUSTER_BYTES_MAX     131072u /* of one event */
#define PS_CLUSTER_DOMAIN_MAX    32u
#define PS_CLUSTER_KEY_TEXT      96u /* of ps_cluster_key_text(), with its NUL */

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
    uint64_t lease_ms;      /* how long a claim holds without `made` or renewal, 0: 20000 */
    uint16_t number;        /* of this node in an earlier life; 0: none, begin with one by name */
    /* Limits of this edge's stream of messages. */
    uint32_t messages_per_subject; /* 0: 65536 */
    uint64_t stream_bytes;         /* 0: 64 MiB, set aside at once */
    uint64_t age_ns;               /* 0: 10 min */
    uint64_t (*mono_ns)(void);     /* CLOCK_MONOTONIC, ps_clock_mono_ns() */

    /* Told in ps_cluster_poll(), on the loop thread; not NULL. */
    void (*demand)(void *arg, uint16_t node, const struct ps_demand_sample *samples,
                   uint32_t count);
    void (*claimed)(void *arg, const struct ps_segment_key *key, enum ps_cluster_claim how,
                    const char *url);
    /* Another edge has made @p key, or has given it up: look again. */
    void (*changed)(void *arg, const struct ps_segment_key *key);
    /* An event of another node, or one of ours of an earlier life, as bytes that
     * ps_cluster_publish() was given there; each node's in their order, some perhaps twice. */
    void (*event)(void *arg, uint16_t node, const void *data, uint32_t size_bytes);
    /* What was published is kept (0) or not; ticket 0 is not told. */
    void (*kept)(void *arg, uint64_t ticket, int status);
    /* Another node asks and waits; answer into @p ret_answer. @return bytes of the answer. */
    uint32_t (*asked)(void *arg, uint16_t node, const void *data, uint32_t size_bytes,
                      void *ret_answer, uint32_t answer_bytes);
    void (*answered)(void *arg, uint64_t ticket, int status, const void *data, uint32_t size_bytes);
    /* This node's number is registered; it may be another one than before. */
    void (*numbered)(void *arg, uint16_t node);
    /* A peer of ours sent bytes by NATS, to ps.peer.NODE.KEY; NULL: none are taken. */
    void (*peer)(void *arg, uint64_t peer_key, const void *data, uint32_t size_bytes);
    void *arg;
};

struct ps_cluster_status {
    bool connected, hub_reachable;
    bool stream_ready;                            /* ours is there: messages can be kept */
    bool restoring;                               /* own events of before are still being read */
    bool registered;                              /* the number is ours, as the hub knows */
    uint16_t node;                                /* our number */
    uint32_t nodes;                               /* seen within a minute, ourselves included */
    uint64_t reconnects, errors, denied, dropped; /* dropped: the ring to the loop was full */
    uint64_t demand_out, demand_in;
    uint64_t claims, mine, elsewhere, unknown, held; /* held: leases of ours now */
    uint64_t made, taken_over; /* taken over: leases of others that had ended */
    uint64_t duplicates;       /* made here although another edge had made them */
    uint64_t known;            /* segments in the cache of who has what */
    uint64_t published, kept, not_kept, events_in, asks, asks_failed;
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

/** The number that a node of this name begins with, 1..PS_CLUSTER_SMALL: as a double, which is
 * what JavaScript has for numbers, a message id with a larger one in front is not exact. */
uint16_t ps_cluster_number(const char *name);
/** A segment's key as text: in the bucket, and in the path that neighbours fetch it by. */
void ps_cluster_key_text(const struct ps_segment_key *key, char ret_text[PS_CLUSTER_KEY_TEXT]);
/** @return 0 or -EINVAL. */
int ps_cluster_key_parse(const char *text, struct ps_segment_key *ret_key);

/** Ask who makes a segment; answered by claimed(), also at once. One claim of a key at a time. */
void ps_cluster_claim(struct ps_cluster *cluster, const struct ps_segment_key *key);
/** It is in our tier: neighbours may fetch it (@p crc32c of the bytes, for them to check). */
void ps_cluster_made(struct ps_cluster *cluster, const struct ps_segment_key *key,
                     uint32_t size_bytes, uint32_t crc32c);
/** Not made after all, or evicted. Of a segment that is not ours to tell of, this is nothing. */
void ps_cluster_gave_up(struct ps_cluster *cluster, const struct ps_segment_key *key);
/** The one that has it did not give it: do not send anybody there again. */
void ps_cluster_refute(struct ps_cluster *cluster, const struct ps_segment_key *key);
/** Whether another edge is making it, as far as is known here. */
bool ps_cluster_is_making(const struct ps_cluster *cluster, const struct ps_segment_key *key);
/** Who is known to have it, without asking anybody. @return 0 or -ENOENT. */
int ps_cluster_where(const struct ps_cluster *cluster, const struct ps_segment_key *key,
                     char ret_url[PS_CLUSTER_URL_MAX], uint32_t *ret_size, uint32_t *ret_crc32c);

/**
 * Keep bytes in our stream, then tell kept().
 * @param subject  The collection's: tokens of A-Z a-z 0-9 _ - with dots between.
 * @param once     Two of the same within two minutes are one.
 * @return 0, -EAGAIN (no room now), -ENOTCONN or -EMSGSIZE.
 */
int ps_cluster_publish(struct ps_cluster *cluster, const char *subject, const char *once,
                       const void *data, uint32_t size_bytes, uint64_t ticket);
/** Bring what other nodes' streams still hold of a collection: it opens here now. Told by event(),
 * each node's in their order; some perhaps twice. */
void ps_cluster_catch_up(struct ps_cluster *cluster, const char *subject);
/** Ask a node; answered() within a second. @return 0, -EHOSTUNREACH or -EAGAIN. */
int ps_cluster_ask(struct ps_cluster *cluster, uint16_t node, const void *data, uint32_t size_bytes,
                   uint64_t ticket);

/** Bytes for a peer that comes by NATS, to _INBOX.KEY.rpc. @return 0, -EAGAIN, -ENOTCONN or
 * -ENOMEM. */
int ps_cluster_to_peer(struct ps_cluster *cluster, uint64_t peer_key, const void *data,
                       uint32_t size_bytes);

void ps_cluster_status(const struct ps_cluster *cluster, struct ps_cluster_status *ret_status);

#endif
