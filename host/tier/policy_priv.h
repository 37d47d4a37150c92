/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * host/tier/policy_priv.h - which queue a segment is written to, which zone is the victim, and what
 * of the victim is worth writing again. Everything else of the tier is the same for both policies.
 *
 * CONFIDENCE: a queue of zones per class, victims from the class most over its quota; a record is
 * kept when it was used since it was written, or was raised to a better class meanwhile.
 * S3-FIFO (Yang et al., SOSP'23): a small queue (a tenth) and a main one; a record of the small
 * queue used more than once moves to main, otherwise its key becomes a ghost; one of main that was
 * used goes round again with one use less; a ghost that comes back goes straight to main.
 *
 * Pure, but for the ghosts' table. Threads: the tier's owner.
 */
#ifndef PS_HOST_TIER_POLICY_PRIV_H
#define PS_HOST_TIER_POLICY_PRIV_H

#include <stdbool.h>
#include <stdint.h>

#include "host/tier/tier.h"
#include "host/tier/zone_priv.h"

#define PS_TIER_QUEUE_SMALL 0u
#define PS_TIER_QUEUE_MAIN  1u
#define PS_TIER_SMALL_SHARE 0.1

/* Keys that left the small queue lately. A set of four per bucket forgets its oldest. */
struct ps_tier_ghost {
    uint64_t *keys;   /* hashes; 0: empty */
    uint32_t *stamps; /* value of clock when entered */
    uint32_t set_mask;
    uint32_t clock;
};

/** @param ghost Zeroed. @return 0 or -ENOMEM; needs fini in any case. */
int ps_tier_ghost_init(struct ps_tier_ghost *ghost, uint32_t capacity);
void ps_tier_ghost_fini(struct ps_tier_ghost *ghost);
void ps_tier_ghost_add(struct ps_tier_ghost *ghost, const struct ps_segment_key *key);
/** Was @p key among the last @p within to be added? It is no ghost any more after that. */
bool ps_tier_ghost_take(struct ps_tier_ghost *ghost, const struct ps_segment_key *key,
                        uint32_t within);

uint32_t ps_tier_policy_queues(enum ps_tier_policy policy);

/** The queue's share of the zones. @param share Of the classes; S3-FIFO has its own. */
double ps_tier_policy_share(enum ps_tier_policy policy, const double *share, uint32_t queue);

/* What choosing a victim's queue looks at. */
struct ps_tier_queue_state {
    uint32_t zones; /* open ones included */
    double quota_zones;
    bool has_victim; /* a sealed zone */
};

/** The queue to take a zone from, or PS_TIER_NONE when no queue has one. */
uint32_t ps_tier_policy_victim(enum ps_tier_policy policy,
                               const struct ps_tier_queue_state *queues);

/* A live record of the victim, and where it goes if it is kept. */
struct ps_tier_verdict {
    bool keep;
    bool ghost; /* remember its key */
    uint8_t queue;
    uint8_t freq; /* after it was written again */
};

struct ps_tier_candidate {
    uint8_t queue; /* the zone's */
    uint8_t class;
    uint8_t freq;
    bool pinned;
};

struct ps_tier_verdict ps_tier_policy_judge(enum ps_tier_policy policy,
                                            const struct ps_tier_candidate *candidate);

#endif
