/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * host/predict/promises_priv.h - forward looks that are pending, and how far each source is
 * trusted.
 *
 * A look is a claim that one peer will ask for a media at a time, or some time in a window. It
 * comes true when that peer asks for it about then; where peers are not told apart (peer_key 0),
 * when anybody does. Each source is believed as trust_priv.h says.
 *
 * Within its window a look's chance is spread evenly. One that is past its time is believed less
 * each minute, by how late those come that come.
 *
 * Bounded: a source may have so many looks pending, strangers together so many and everybody
 * together so many; what is past is dropped minute by minute. Looks hang on their title and on
 * their source, so that nothing costs more when a crowd announces one title: putting and dropping a
 * look take the same time always, a start reads the peer's own looks, and what a title may expect
 * is read off PS_PROMISES_READ of its looks, the newest, which stand for all. Strangers' looks hang
 * by themselves: no crowd of them hides what those say who are known.
 *
 * Threads: one at a time.
 */
#ifndef PS_HOST_PREDICT_PROMISES_PRIV_H
#define PS_HOST_PREDICT_PROMISES_PRIV_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "host/plan/demand.h"
#include "host/plan/resource.h"
#include "host/predict/trust_priv.h"

#define PS_PROMISES_MAX        65536u
#define PS_PROMISE_BUCKETS     65536u
#define PS_PROMISES_READ       256u
#define PS_PROMISES_A_SOURCE   256u
#define PS_PROMISES_STRANGERS  49152u /* of all; the others are for those who are known */
#define PS_PROMISE_CROWDS      16u    /* classes of strangers told apart at one title */
#define PS_PROMISE_AHEAD_MAX_S 7200u
#define PS_PROMISE_WINDOW_S    7200u /* the longest */
#define PS_PROMISE_LATE_S      300u  /* it may come so much later than it was said */
#define PS_PROMISE_EARLY_S     600u  /* or so much sooner */
#define PS_PROMISE_HORIZONS    4u    /* 1, 5, 15 and 60 minutes */
#define PS_PROMISE_LATENESS    6u    /* on time, and by minutes after it */

/* Links are places, 0 is none. */
struct ps_promise {
    uint32_t due_s; /* 0: a free place */
    uint32_t title;
    uint32_t next, prev;      /* of the title; or next free */
    uint32_t source : 31;     /* its place */
    uint32_t is_stranger : 1; /* it was one when it said so */
    uint32_t serial; /* of the source at that place, modulo 2^32: another may have it by now */
    uint32_t own_next, own_prev; /* of the source */
    float claimed;
    uint16_t window_s; /* from due_s on; 0: about then */
    uint8_t profile;   /* PS_PROFILE_NONE: whichever */
    uint8_t class_idx;
};

/* By whom a look was put. */
enum ps_promise_kind { PS_PROMISE_KNOWN, PS_PROMISE_STRANGER, PS_PROMISE_KINDS };

struct ps_promise_list {
    uint32_t first; /* its newest look */
    uint32_t count;
};

/* A media that looks are pending for. */
struct ps_promise_title {
    uint64_t media_key;
    struct ps_promise_list lists[PS_PROMISE_KINDS]; /* both empty: a free place */
    uint32_t chain;                                 /* next in the hash bucket; or next free */
    uint32_t zero;
};

/* What is put. */
struct ps_promise_claim {
    uint64_t source_key, media_key;
    struct ps_peer_class peer;
    uint32_t due_s, until_s; /* until_s 0: about due_s */
    float probability;
    uint8_t profile;
};

struct ps_promises {
    struct ps_promise *looks;        /* from 1 */
    struct ps_promise_title *titles; /* from 1 */
    uint32_t *buckets;               /* of titles, by media */
    uint32_t used, free, pending;
    uint32_t titles_used, titles_free;
    uint32_t swept_s, sweep_at;
    uint32_t strangers; /* looks pending of them */
    struct ps_trust trust;
    float late[PS_PROMISE_LATENESS]; /* of those that came true, how late; fades */
    uint64_t taken, true_count, false_count, refused;
};

/** @return 0 or -ENOMEM; fini copes with half-built. */
int ps_promises_init(struct ps_promises *looks);
void ps_promises_fini(struct ps_promises *looks);

/** @return 0, -EINVAL (a window that ends before it begins), -ERANGE or -ENOBUFS. */
int ps_promises_put(struct ps_promises *looks, const struct ps_promise_claim *claim,
                    uint32_t now_s);

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

/** Whether anything of note is believed of what is announced for a title, by its place: one that
 * only liars speak of is worth no answer. */
bool ps_promises_matter(const struct ps_promises *looks, uint32_t title);

/** Forget a source and all that it said. */
void ps_promises_erase(struct ps_promises *looks, uint64_t source_key);

/* The parts of this module: promises.c keeps looks, promises_expect.c reads them. */

/** Place of a media that something is announced for; 0: there is none. */
uint32_t ps_promises_title(const struct ps_promises *looks, uint64_t media_key);

/* NULL when another source has the place by now. */
static inline struct ps_trust_source *ps_promise_source(const struct ps_promises *looks,
                                                        const struct ps_promise *look)
{
    struct ps_trust_source *source = &looks->trust.sources[look->source];

    return source->serial == look->serial ? source : NULL;
}

/* The last second that it speaks of. */
static inline uint32_t ps_promise_end_s(const struct ps_promise *look)
{
    return look->due_s + look->window_s;
}

static inline bool ps_promise_is_past(const struct ps_promise *look, uint32_t now_s)
{
    return ps_promise_end_s(look) + PS_PROMISE_LATE_S <= now_s;
}

/* By minutes after its time. */
static inline unsigned ps_promise_lateness(const struct ps_promise *look, uint32_t now_s)
{
    const uint32_t end_s = ps_promise_end_s(look);
    const uint32_t minute = now_s > end_s ? 1 + (now_s - end_s - 1) / 60 : 0;

    return minute < PS_PROMISE_LATENESS ? minute : PS_PROMISE_LATENESS - 1;
}

#endif
