/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * host/predict/trust_priv.h - how far those who announce what they will want are believed.
 *
 * Each source by its own record: of what it claimed, the share that came true. While that is short
 * it leans on what strangers of its class (region and device) were worth, and that on strangers of
 * all classes. A stranger is a source of which fewer than PS_TRUST_PROVEN looks are settled; only
 * these count for its class, so that nobody makes a class's name alone, and so that whoever lies
 * under a new name each time is met with what the earlier names did.
 *
 * Strangers weigh only so much, however much they say and however many they are: what one has
 * pending counts as one look, until some were kept; a title is taken to be wanted by
 * no more strangers of a class than lately kept their word, and one; and of all that strangers of
 * a class have pending a part is believed, when that is more than a few times as much as they kept.
 *
 * A source that breaks its word several times on end keeps the share of its record, but loses the
 * weight: what follows then counts as if it had begun lately.
 *
 * Threads: one at a time.
 */
#ifndef PS_HOST_PREDICT_TRUST_PRIV_H
#define PS_HOST_PREDICT_TRUST_PRIV_H

#include <stdbool.h>
#include <stdint.h>

#include "host/plan/demand.h"

#define PS_TRUST_SOURCES_MAX 65536u /* the least lately heard is forgotten, in sets of 8; */
#define PS_TRUST_KEPT_S      86400u /* one that is no stranger so much later */
#define PS_TRUST_CLASSES     256u   /* the first is for all that find no room */
#define PS_TRUST_PROVEN      4u

struct ps_trust_source {
    uint64_t key;
    float came;    /* of its settled looks, those that came true; fades */
    float claimed; /* sum of what all of them claimed; fades alike */
    uint32_t heard_s;
    uint32_t serial; /* 0: a free place */
    uint32_t first;  /* its newest look */
    uint32_t pending : 12;
    uint32_t class_idx : 8; /* of its latest look */
    uint32_t settled : 8;   /* no more than it takes */
    uint32_t broken : 4;    /* on end, modulo 16 */
};

struct ps_trust_class {
    uint16_t region;
    uint8_t device;
    bool is_known;
    uint32_t heard_s;
    uint32_t pending;    /* looks of it: it keeps its place for them */
    uint32_t strangers;  /* of these, of strangers */
    float came, claimed; /* as of a source: of its strangers */
};

struct ps_trust {
    struct ps_trust_source *sources;
    struct ps_trust_class classes[PS_TRUST_CLASSES];
    float came, claimed; /* of strangers of all classes */
    uint32_t serial;
    bool is_blind; /* everybody is believed: to see what the rest is worth */
};

/** @return 0 or -ENOMEM; fini copes with half-built. */
int ps_trust_init(struct ps_trust *trust);
void ps_trust_fini(struct ps_trust *trust);

/** NULL: never heard of, or forgotten. */
struct ps_trust_source *ps_trust_find(const struct ps_trust *trust, uint64_t key);
/** The same when it speaks, as one of a class; takes a place if need be. */
struct ps_trust_source *ps_trust_hear(struct ps_trust *trust, uint64_t key,
                                      const struct ps_peer_class *peer, uint32_t now_s);

static inline bool ps_trust_is_stranger(const struct ps_trust_source *source)
{
    return source->settled < PS_TRUST_PROVEN;
}

/** A look of a class begins to pend, or does so no more. */
void ps_trust_pend(struct ps_trust *trust, uint8_t class_idx, bool is_stranger, int32_t change);

/** What was claimed, as one of a class, came true or not. @param source  NULL: it is forgotten. */
void ps_trust_settle(struct ps_trust *trust, struct ps_trust_source *source, uint8_t class_idx,
                     float claimed, bool came_true);

/** What to take of what a source claims. @param source  NULL: nothing. */
float ps_trust_of(const struct ps_trust *trust, const struct ps_trust_source *source);
/** The same of a stranger about whom nothing else is known. */
float ps_trust_of_class(const struct ps_trust *trust, uint8_t class_idx);
/** Starts that strangers of a class are believed to bring to one title, at most. */
float ps_trust_crowd_max(const struct ps_trust *trust, uint8_t class_idx);
/** What part of all that strangers of a class announce is believed. */
float ps_trust_crowd_part(const struct ps_trust *trust, uint8_t class_idx);

#endif
