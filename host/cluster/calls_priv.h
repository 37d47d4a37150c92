/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * host/cluster/calls_priv.h - requests under way: who waits for which answer, until when.
 *
 * Every request has its own reply subject: slot and generation, so that a late answer finds nobody.
 * It ends once: answered, denied (the server says so apart from the request, by its subject),
 * nobody there, disconnected, or too late.
 *
 * Threads: the loop thread.
 */
#ifndef PS_HOST_CLUSTER_CALLS_PRIV_H
#define PS_HOST_CLUSTER_CALLS_PRIV_H

#include <nats/nats.h>
#include <stdint.h>

#include "host/cluster/cluster.h"

#define PS_CALLS_MAX    8192u
#define PS_SUBJECT_MAX  256u
#define PS_CALL_TIMEOUT UINT64_C(900000000) /* "within a second", the way to the loop included */
#define PS_CALL_HEADERS 2u

struct ps_call;
typedef void (*ps_call_done)(struct ps_cluster *cluster, const struct ps_call *call, int status,
                             natsMsg *answer);

/* What the one who called wants to find again. */
struct ps_call {
    uint32_t generation;
    bool used;
    uint64_t deadline_ns;
    uint64_t subject_hash;
    ps_call_done done;
    struct ps_segment_key key;
    uint64_t number;
    uint32_t step;
    void *user;
};

struct ps_calls {
    struct ps_call *calls;
    uint32_t *free;
    uint32_t free_count;
    uint64_t next_deadline_ns; /* no call ends by time before this; UINT64_MAX: there is none */
};

struct ps_request {
    const char *subject;
    const char *header[PS_CALL_HEADERS], *value[PS_CALL_HEADERS]; /* NULL: none */
    const void *data;
    size_t size_bytes;
    uint64_t timeout_ns; /* 0: PS_CALL_TIMEOUT */
    struct ps_call call; /* done and what it wants to find again */
};

int ps_calls_init(struct ps_calls *calls);
void ps_calls_fini(struct ps_calls *calls);

/** @return 0 (done will be called), -ENOTCONN, -EAGAIN or -ENOMEM (done will not be called). */
int ps_call(struct ps_cluster *cluster, const struct ps_request *request);
/** An answer for slot and generation, as in its subject behind the inbox. */
void ps_calls_answer(struct ps_cluster *cluster, const char *token, natsMsg *answer);
/** End those whose subject this is. @return how many. */
uint32_t ps_calls_deny(struct ps_cluster *cluster, const char *subject);
/** End all, as when the connection is lost. */
void ps_calls_fail_all(struct ps_cluster *cluster, int status);
void ps_calls_tend(struct ps_cluster *cluster, uint64_t now_ns);

#endif
