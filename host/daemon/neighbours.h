/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * host/daemon/neighbours.h - a segment is made by one edge and fetched by the others.
 *
 * Before a segment is made it is claimed (host/cluster); what another edge has is fetched, and when
 * that fails it is made after all. Who bets waits for the claim and leaves to others what they are
 * making. Who makes for a viewer waits for the claim `claim_ms` at most, and for another edge that
 * is making it PS_NEIGHBOURS_PATIENCE_NS at most. Alone, or without an answer, it is made at once.
 *
 * Not shared are init segments, which cost nothing, and marked ones: each edge marks with a secret
 * of its own.
 *
 * Threads: the loop thread.
 */
#ifndef PS_HOST_DAEMON_NEIGHBOURS_H
#define PS_HOST_DAEMON_NEIGHBOURS_H

#include <stdbool.h>

#include "host/cluster/cluster.h"
#include "host/cluster/fetch.h"
#include "host/pipeline/pipeline.h"

#define PS_NEIGHBOURS_WANTED_MAX  256u /* claimed, waited for or fetched at once; beyond: made */
#define PS_NEIGHBOURS_PATIENCE_NS 1500000000ull

struct ps_daemon;

enum ps_wanted_state {
    PS_WANTED_NOT,
    PS_WANTED_CLAIMED, /* who makes it? */
    PS_WANTED_AWAITED, /* another edge is making it, and a viewer waits here */
    PS_WANTED_FETCHED, /* on its way */
};

struct ps_wanted {
    enum ps_wanted_state state;
    struct ps_make_request request;
    bool promoted;     /* begun by a bet, and now a viewer waits */
    bool abandoned;    /* nobody waits any more, and nobody bet on it */
    uint64_t until_ns; /* real time, of AWAITED */
    uint64_t begun_ns;
};

struct ps_neighbours_status {
    uint64_t fetched, fetched_bytes, fetch_failed;
    uint64_t refused;   /* what came was not what was said: size or checksum */
    uint64_t left;      /* bets left to another edge that was making them */
    uint64_t impatient; /* made although another edge was making it: it took too long */
    uint64_t lent, lent_bytes, lent_refused; /* to other edges */
    uint64_t looks, looks_refused;           /* demand elsewhere, told to the predictor */
    uint32_t wanted;
};

struct ps_neighbours {
    struct ps_wanted wanted[PS_NEIGHBOURS_WANTED_MAX];
    struct ps_fetches *fetches;
    struct ps_loans *loans;   /* what others fetch from us; cluster_lend.c */
    char *bearer;             /* our token for the others */
    uint64_t bearer_until_ns; /* wall clock */
    struct ps_neighbours_status status;
};

/** As ps_pipeline_make(), wherever it is made: 0 means that its end will be told. */
int ps_neighbours_make(struct ps_daemon *daemon, const struct ps_make_request *request,
                       uint64_t now_ns);
/** Whether another edge has it: no CU of ours is needed. */
bool ps_neighbours_have(const struct ps_daemon *daemon, const struct ps_segment_key *key);
/** Whether it is being claimed or fetched. */
bool ps_neighbours_want(const struct ps_daemon *daemon, const struct ps_segment_key *key);
/** No viewer waits for it any more. */
void ps_neighbours_unwanted(struct ps_daemon *daemon, const struct ps_segment_key *key);
/** The pipeline has ended with it. */
void ps_neighbours_made(struct ps_daemon *daemon, const struct ps_segment_key *key, int status);
/** It left the tier. */
void ps_neighbours_gone(struct ps_daemon *daemon, const struct ps_segment_key *key);
/** Once a turn. */
void ps_neighbours_tend(struct ps_daemon *daemon, uint64_t now_ns);

/* Told by host/cluster. */
void ps_neighbours_claimed(void *daemon, const struct ps_segment_key *key,
                           enum ps_cluster_claim how, const char *url);
void ps_neighbours_changed(void *daemon, const struct ps_segment_key *key);
/* Told by the fetches. */
void ps_neighbours_fetched(void *daemon, const struct ps_segment_key *key, int status,
                           const void *data, uint32_t size_bytes);

#endif
