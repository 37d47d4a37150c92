/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * host/deliver/deliver.h - viewers' HTTP: /m/<media>/master.m3u8, /m/<media>/<profile>/index.m3u8,
 * init.mp4 and <k>.m4s, served from the tier, or waited for while they are made.
 *
 * Requests for the same absent segment wait together; only the first of them asks for it. HEAD
 * counts as GET.
 *
 * A viewer's token comes as `Authorization: Bearer`, or as argument `t` of the URL: then the links
 * of playlists carry it on. What is had by token is for no shared cache. Of a marked profile, the
 * token's viewer decides which variant of each segment is sent; others get variant A.
 *
 * Threads: the loop thread only. The HTTP server is polled by it; a request whose segment is not
 * there is suspended and goes on when ps_deliver_resolve() says how it ended.
 */
#ifndef PS_HOST_DELIVER_DELIVER_H
#define PS_HOST_DELIVER_DELIVER_H

#include <stdint.h>

#include "host/http/http.h"
#include "host/media/catalogue.h"
#include "host/plan/demand.h"
#include "host/plan/grant.h"
#include "host/plan/resource.h"
#include "host/tier/tier.h"

struct ps_deliver;

#define PS_DELIVER_TOKEN_BYTES_MAX 1024u /* in a URL: playlists repeat it in each line */

/* Who asks for what. */
struct ps_deliver_asker {
    const char *token; /* NULL: none */
    const struct sockaddr *from;
    uint64_t media_key, profile_key; /* hashes of what is asked for, be it there or not */
    uint32_t tenant;                 /* whose it is; PS_GRANT_ANY_TENANT: it is not there */
};

struct ps_deliver_config {
    struct ps_http *http; /* the server to add the route to; outlives the delivery */
    struct ps_catalogue *catalogue;
    struct ps_tier *tier;
    const struct ps_profile *profiles; /* outlive the delivery */
    uint32_t profile_count;
    uint32_t waiting_max; /* suspended requests at once; beyond: 503 with Retry-After */
    uint64_t wait_ns_max; /* real time; beyond: 504 */
    /* The loop's time, for what goes to tier, callbacks and log; and CLOCK_MONOTONIC, for waits and
     * latencies as viewers feel them (ps_clock_mono_ns() does). */
    uint64_t (*now_ns)(void *arg);
    uint64_t (*real_ns)(void);
    /* Whom a request comes from, by address and User-Agent (NULL: none was said); both are 0
     * before. NULL: nobody is known. */
    void (*classify)(void *arg, const struct sockaddr *address, const char *agent,
                     struct ps_peer_class *ret_peer, uint64_t *ret_peer_key);
    /*
     * Called when a request needs what is not in the tier: make it, now. Called for the first of
     * those who wait for the same. The answer comes through ps_deliver_resolve().
     * @return 0 (begun now), 1 (was being made already) or a negative errno that refuses at once
     * (404 for -ENOENT and -ENODATA, 502 for -ENOTSUP and -EBADMSG, 504 for -ETIMEDOUT, else 503).
     */
    int (*want_segment)(void *arg, const struct ps_segment_key *key, uint64_t now_ns);
    /* Nobody waits for @p key to be made any more: all gave up or were told to. May be NULL. */
    void (*unwanted)(void *arg, const struct ps_segment_key *key);
    /* A request needs the source's facts: probe it. Called whenever somebody is the first to wait
     * for a media that is not READY, be it PROBING or FAILED. Answer through
     * ps_deliver_resolve_media().
     * @return 0 or a negative errno as above. */
    int (*want_media)(void *arg, struct ps_media *media, uint64_t now_ns);
    /*
     * Every request that resolved to a resource, for the delivery log and following viewers:
     * index PS_SEGMENT_INIT or a segment's; -2 for the media playlist.
     */
    void (*requested)(void *arg, const struct ps_resource *resource, int32_t index,
                      const struct ps_peer_class *peer, uint64_t peer_key, uint64_t now_ns);
    /* A segment made by prediction was served for the first time (waited: it was still being made).
     */
    void (*used)(void *arg, const struct ps_segment_key *key, uint64_t prediction_id, bool waited,
                 uint64_t now_ns);
    /*
     * May it be had? NULL: by everybody.
     * @param ret_viewer  The asker's number in the book of the watermark, or 0.
     * @return 0 or -EACCES: 403.
     */
    int (*admit)(void *arg, const struct ps_deliver_asker *asker, uint32_t *ret_viewer);
    /* PS_VARIANT_A or PS_VARIANT_B: which one this viewer (not 0) gets. NULL: A. */
    char (*variant_of)(void *arg, uint64_t media_key, uint32_t viewer, int32_t index);
    void *arg;
};

/* Histogram bounds for time to last byte handed to the socket, in real milliseconds. */
#define PS_DELIVER_LATENCY_BUCKETS 16u
extern const uint32_t ps_deliver_latency_ms[PS_DELIVER_LATENCY_BUCKETS]; /* upper bounds */

struct ps_deliver_status {
    uint64_t requests;     /* below /m/, each counted once, whatever the answer */
    uint64_t starts;       /* media playlists */
    uint64_t segments;     /* segments asked for */
    uint64_t hits;         /* segments that were in the tier when asked for */
    uint64_t waits_making; /* segments that were being made already */
    uint64_t misses;       /* segments that nobody had begun */
    uint64_t not_found, refused, timed_out, client_gone, bad_requests;
    uint64_t denied; /* 403: no token, or not a good one for this */
    uint64_t bytes;
    uint64_t waiting;                                 /* suspended now */
    uint64_t latency[PS_DELIVER_LATENCY_BUCKETS + 1]; /* segments only */
    uint64_t latency_sum_ns;                          /* of the same */
};

/** @return 0, -EINVAL, -ENOSPC (no route left) or -ENOMEM. */
int ps_deliver_create(struct ps_deliver **ret_deliver, const struct ps_deliver_config *cfg);
/** Ends the requests that wait with 503, if the server runs once more. NULL is allowed. Goes before
 * server, tier and catalogue. */
void ps_deliver_destroy(struct ps_deliver *deliver);

/**
 * The segment is in the tier (status 0) or could not be made or read (negative errno). Forward the
 * tier's on_loaded as well: who waited for a read that failed has the segment made anew.
 */
void ps_deliver_resolve(struct ps_deliver *deliver, const struct ps_segment_key *key, int status,
                        uint64_t now_ns);
/** The media's facts are known (status 0) or could not be had. */
void ps_deliver_resolve_media(struct ps_deliver *deliver, const struct ps_media *media, int status,
                              uint64_t now_ns);

/** Once a turn: end waits that took too long. */
void ps_deliver_tick(struct ps_deliver *deliver, uint64_t now_ns);

void ps_deliver_status(const struct ps_deliver *deliver, struct ps_deliver_status *ret_status);

#endif
