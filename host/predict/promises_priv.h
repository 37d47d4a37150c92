/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * host/predict/promises_priv.h - forward looks that are pending, and how far each source is
 * trusted.
 *
 * A look is a claim that one peer will ask for a media at a time. It comes true when that peer asks
 * for it about then; where peers are not told apart (peer_key 0), when anybody does. Each source is
 * believed by its record: of its looks so far the share that came true, leaning on the share of all
 * sources while there are few; so a source that lies loses its say after a few lies, whatever it
 * claims, and an honest one gains it.
 *
 * A look that is past its time is believed less each minute, by how late those come that come.
 *
 * Bounded: a source may have so many looks pending, everybody together so many; what is past is
 * dropped minute by minute. Looks hang on their title and on their source, so that nothing costs
 * more when a crowd announces one title: putting and dropping a look take the same time always, a
 * start reads the peer's own looks, and what a title may expect is read off PS_PROMISES_READ of its
 * looks, the newest, which stand for all.
 *
 * Threads: one at a time.
 */
#ifndef PS_HOST_PREDICT_PROMISES_PRIV_H
#define PS_HOST_PREDICT_PROMISES_PRIV_H

#include <stdbool.h>
#include <stdint.h>

#include "host/plan/resource.h"

#define PS_PROMISES_MAX        65536u
#define PS_PROMISE_BUCKETS     65536u
#define PS_PROMISES_READ       256u
#define PS_PROMISES_A_SOURCE   256u
#define PS_PROMISE_SOURCES_MAX 65536u /* the least lately heard is forgotten, in sets of 8 */
#define PS_PROMISE_AHEAD_MAX_S 7200u
#define PS_PROMISE_LATE_S      300u /* it may come so much later than it was said */
#define PS_PROMISE_EARLY_S     600u /* or so much sooner */
#define PS_PROMISE_HORIZONS    4u   /* 1, 5, 15 and 60 minutes */
#define PS_PROMISE_LATENESS    6u   /* on time, and by minutes after it */

/* Links are places, 0 is none. */
struct ps_promise {
    uint32_t due_s; /* 0: a free place */
    uint32_t title;
    uint32_t next, prev; /* of the title; or next free */
    uint32_t source;     /* its place */
    uint32_t serial;     /* of the source at that place, modulo 2^32: another may have it by now */
    uint32_t own_next, own_prev; /* of the source */
    float claimed;
    uint8_t profile; /* PS_PROFILE_NONE: whichever */
    uint8_t zero[3];
};

/* A media that looks are pending for. */
struct ps_promise_title {
    uint64_t media_key;
    uint32_t first; /* its newest look; 0: a free place */
    uint32_t count;
    uint32_t chain; /* next in the hash bucket; or next free */
    uint32_t zero;
};

struct ps_promise_source {
    uint64_t key;
    float came;    /* of its settled looks, those that came true; fades */
    float claimed; /* sum of what all of them claimed; fades alike */
    uint32_t heard_s;
    uint32_t serial;
    uint32_t pending;
    uint32_t first; /* its newest look */
};

struct ps_promises {
    struct ps_promise *looks;        /* from 1 */
    struct ps_promise_title *titles; /* from 1 */
    uint32_t *buckets;               /* of titles, by media */
    struct ps_promise_source *sources;
    uint32_t used, free, pending;
    uint32_t titles_used, titles_free;
    uint32_t swept_s, sweep_at;
    uint32_t serial;
    float came, claimed;             /* of all sources together */
    float late[PS_PROMISE_LATENESS]; /* of those that came true, how late; fades */
    uint64_t taken, true_count, false_count, refused;
};

/** @return 0 or -ENOMEM; fini copes with half-built. */
int ps_promises_init(struct ps_promises *looks);
void ps_promises_fini(struct ps_promises *looks);

/** @return 0, -ERANGE or -ENOBUFS. */
int ps_promises_put(struct ps_promises *looks, uint64_t source_key, uint64_t media_key,
                    uint8_t profile, uint32_t due_s, float claimed, uint32_t now_s);

/** @p peer_key (0: not known) started a media: looks that said so came true and are done. */
void ps_promises_start(struct ps_promises *looks, uint64_t peer_key, uint64_t media_key,
                       uint32_t now_s);

/** Drop what is past, a part of the table each time; called about once a second or rarer. */
void ps_promises_sweep(struct ps_promises *looks, uint32_t now_s);

/**
 * Starts of a media that sources are believed to announce.
 *
 * @param profile  Looks for another one do not count.
 * @param ret_any  Of looks for whichever profile.
 * @return false when there are none: @p ret_own and @p ret_any are then all 0.
 */
bool ps_promises_expect(const struct ps_promises *looks, uint64_t media_key, uint8_t profile,
                        uint32_t now_s, float ret_own[PS_PROMISE_HORIZONS],
                        float ret_any[PS_PROMISE_HORIZONS]);

/** How far a source is believed: its looks are taken for so much of what they claim. */
float ps_promises_trust(const struct ps_promises *looks, uint64_t source_key);

/** Forget a source and all that it said. */
void ps_promises_erase(struct ps_promises *looks, uint64_t source_key);

#endif
