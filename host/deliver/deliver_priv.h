/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * host/deliver/deliver_priv.h - requests under way, and who waits for what.
 *
 * Threads: the loop thread only.
 */
#ifndef PS_HOST_DELIVER_DELIVER_PRIV_H
#define PS_HOST_DELIVER_DELIVER_PRIV_H

#include <stdbool.h>

#include "host/deliver/deliver.h"
#include "host/request/path.h"

#define PS_DELIVER_PLAYLIST (-2) /* index told to requested() */
#define PS_DELIVER_PROBE    (-3) /* index of a key that stands for a media's facts */

/* One request from its arrival to its end. */
struct ps_exchange {
    struct ps_deliver *deliver;
    struct ps_http_request *request; /* NULL: free */
    struct ps_media *media;
    const struct ps_profile *profile; /* NULL for the master playlist */
    enum ps_request_kind kind;
    int32_t index; /* a segment's, PS_SEGMENT_INIT or PS_DELIVER_PLAYLIST */
    struct ps_peer_class peer;
    uint64_t peer_key;
    uint32_t viewer;           /* in the book of the watermark, or 0 */
    const char *carried;       /* token that links carry on; NULL: none. Of the request */
    bool has_token;            /* the answer is for nobody else */
    struct ps_segment_key key; /* what it waits for or is served */
    uint64_t started_real_ns;
    bool asked;     /* counted and told to the log */
    bool found;     /* counted as hit, wait or miss */
    bool suspended; /* once for all: the next thing the server hears is the answer */
    bool waiting;   /* among the waiters */
    bool reading;   /* waits for the tier's device, not for a kernel */
    bool made;      /* was not in the tier when asked for */
    bool pinned;    /* ref is to be released */
    struct ps_tier_ref ref;
    struct ps_exchange *next;  /* in its bucket, or in a list taken from it, or free */
    struct ps_exchange **link; /* what points at this one in its bucket */
};

/* Exchanges that wait, found by what they wait for. */
struct ps_waiters {
    struct ps_exchange **buckets;
    uint32_t bucket_count; /* a power of two */
    uint32_t count, max;
};

int ps_waiters_init(struct ps_waiters *waiters, uint32_t max);
void ps_waiters_fini(struct ps_waiters *waiters);
/** @return 0 or -ENOSPC. */
int ps_waiters_add(struct ps_waiters *waiters, struct ps_exchange *exchange);
void ps_waiters_remove(struct ps_waiters *waiters, struct ps_exchange *exchange);
/** Whether somebody waits for @p key to be made (or probed), not only read. */
bool ps_waiters_has_maker(const struct ps_waiters *waiters, const struct ps_segment_key *key);
/** Take out all who wait for @p key; linked by next. */
struct ps_exchange *ps_waiters_take(struct ps_waiters *waiters, const struct ps_segment_key *key);

struct ps_deliver {
    struct ps_deliver_config cfg;
    struct ps_exchange *exchanges; /* one per connection of the server */
    uint32_t exchange_count;
    struct ps_exchange *free;
    struct ps_waiters waiters;
    struct ps_deliver_status status;
};

/* carry.c */
/** @return The playlist with the token in its links; free() it. NULL: out of memory. */
char *ps_deliver_carry(const char *playlist, const char *token);

/* admit.c */
/** Whether the request may have this; fills what its token says. @return 0 or -EACCES. */
int ps_exchange_admit(struct ps_exchange *exchange, const struct ps_request_path *path);

/* exchange.c */
void ps_deliver_on_request(void *arg, struct ps_http_request *request);
/** Go on with a request whose media or segment may be there now. */
void ps_exchange_proceed(struct ps_exchange *exchange);
/** Out of the waiters, before what it waited for came; tells when it was the last. */
void ps_exchange_stop_waiting(struct ps_exchange *exchange);
/** Answer with the error that @p rc means to a viewer. */
void ps_exchange_refuse(struct ps_exchange *exchange, int rc);

#endif
