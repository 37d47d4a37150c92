/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * host/predict/sequel_pairs_priv.h - which items follow which, how often and how much later.
 *
 * Of each item the eight followers that keep coming back. Fixed size, in sets of four items; the
 * one that was wanted least goes first, so that media asked for once push out only each other.
 */
#ifndef PS_HOST_PREDICT_SEQUEL_PAIRS_PRIV_H
#define PS_HOST_PREDICT_SEQUEL_PAIRS_PRIV_H

#include <stdbool.h>
#include <stdint.h>

#include "host/predict/sequel_agenda_priv.h"

#define PS_SEQUEL_FOLLOWERS 8u
#define PS_SEQUEL_SUPPORTS  6u /* classes of how often a pair was seen */
#define PS_SEQUEL_RATIOS    8u /* and of its share of the item's starts */
#define PS_SEQUEL_CLASSES   (2 * PS_SEQUEL_SUPPORTS * PS_SEQUEL_RATIOS)

/* After the item came this one. */
struct ps_sequel_pair {
    uint64_t item;       /* meaningless when count_64 is 0 and it is not told */
    uint16_t count_64;   /* times, in 64ths */
    uint16_t told_share; /* top bit: metadata says so; rest: its part of all starts, in 2^-15 */
    uint16_t later;      /* log2(1 + seconds) on average, in 2^-12 */
    uint16_t spread;     /* of that, as a standard deviation, in 2^-12 */
};

struct ps_sequel_item {
    uint64_t key;
    uint32_t born_s; /* took this place */
    uint32_t last_s; /* wanted last */
    float starts;    /* halved now and then, with its pairs; < 0: the place is free */
    uint32_t starts_since, all_since; /* of it and of all items, when it took this place on */
    uint32_t zero;
    struct ps_sequel_pair pairs[PS_SEQUEL_FOLLOWERS];
};

/* What was said of pairs of one class by count and share alone, and how many came. */
struct ps_sequel_worth {
    float said, came;
};

struct ps_sequel_lore {
    uint32_t starts;                /* of all items; may wrap */
    float follows;                  /* how many lately started items a start follows */
    float later_mean, later_spread; /* of all pairs, in octaves */
    struct ps_sequel_worth worth[PS_SEQUEL_CLASSES]; /* by told, support, ratio */
};

struct ps_sequel_pairs {
    struct ps_sequel_item *items;
    uint32_t set_count; /* power of two */
    struct ps_sequel_lore lore;
};

/** @return 0 or -ENOMEM; fini copes with half-built. */
int ps_sequel_pairs_init(struct ps_sequel_pairs *pairs, uint32_t pairs_max);
void ps_sequel_pairs_fini(struct ps_sequel_pairs *pairs);

uint32_t ps_sequel_item_count(const struct ps_sequel_pairs *pairs);
/** The place of @p key, taken now if need be. */
uint32_t ps_sequel_item_take(struct ps_sequel_pairs *pairs, uint64_t key, uint32_t now_s);
/** Fetch into the processor's cache what take() will need. */
void ps_sequel_item_prepare(const struct ps_sequel_pairs *pairs, uint64_t key);
/** A known peer starts it; its pairs were tried before. */
void ps_sequel_item_start(struct ps_sequel_pairs *pairs, struct ps_sequel_item *item);

/** A start came after so many others of its peer's. */
void ps_sequel_follows(struct ps_sequel_pairs *pairs, uint32_t count);

/** NULL when @p key is no follower of @p item. */
struct ps_sequel_pair *ps_sequel_pair_find(struct ps_sequel_item *item, uint64_t key);
/** @p next came @p later_s after @p item. */
void ps_sequel_pair_count(struct ps_sequel_pairs *pairs, struct ps_sequel_item *item,
                          const struct ps_sequel_item *next, uint32_t later_s);
/** Metadata says so; @p later_s 0 is unknown. */
void ps_sequel_pair_tell(struct ps_sequel_pairs *pairs, struct ps_sequel_item *item, uint64_t next,
                         uint32_t later_s);

/** Chance that a start of @p item is followed by the pair's, beyond that one's popularity. */
float ps_sequel_chance(const struct ps_sequel_pairs *pairs, const struct ps_sequel_item *item,
                       const struct ps_sequel_pair *pair);
/** As ps_sequel_chance() when a peer starts @p item, which puts that to the test. */
float ps_sequel_try(struct ps_sequel_pairs *pairs, const struct ps_sequel_item *item,
                    const struct ps_sequel_pair *pair);
void ps_sequel_when(const struct ps_sequel_pair *pair, struct ps_sequel_when *ret_when);

#endif
