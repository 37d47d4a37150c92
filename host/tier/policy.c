/* SPDX-License-Identifier: BSD-3-Clause */
#include "host/tier/policy_priv.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "host/base/hash.h"
#include "host/base/mem.h"

#define GHOST_WAYS 4u

int ps_tier_ghost_init(struct ps_tier_ghost *ghost, uint32_t capacity)
{
    uint32_t sets = 1;

    while (sets * GHOST_WAYS < capacity)
        sets *= 2;
    ghost->keys = ps_zalloc(sets * GHOST_WAYS, sizeof(*ghost->keys));
    ghost->stamps = ps_zalloc(sets * GHOST_WAYS, sizeof(*ghost->stamps));
    ghost->set_mask = sets - 1;
    return ghost->keys == NULL || ghost->stamps == NULL ? -ENOMEM : 0;
}

void ps_tier_ghost_fini(struct ps_tier_ghost *ghost)
{
    free(ghost->stamps);
    free(ghost->keys);
    memset(ghost, 0, sizeof(*ghost));
}

/* Never 0, which marks an empty place. */
static uint64_t ghost_key(const struct ps_segment_key *key)
{
    return ps_hash64(key, sizeof(*key)) | 1u;
}

/* Bits above the forced lowest one choose the set. */
static uint32_t first_way(const struct ps_tier_ghost *ghost, uint64_t key)
{
    return ((uint32_t)(key >> 32) & ghost->set_mask) * GHOST_WAYS;
}

void ps_tier_ghost_add(struct ps_tier_ghost *ghost, const struct ps_segment_key *key)
{
    const uint64_t hashed = ghost_key(key);
    const uint32_t first = first_way(ghost, hashed);
    uint32_t place = first;

    for (uint32_t i = first; i < first + GHOST_WAYS; i++) {
        if (ghost->keys[i] == 0 || ghost->keys[i] == hashed) {
            place = i;
            break;
        }
        if (ghost->clock - ghost->stamps[i] > ghost->clock - ghost->stamps[place])
            place = i;
    }
    ghost->keys[place] = hashed;
    ghost->stamps[place] = ghost->clock++;
}

bool ps_tier_ghost_take(struct ps_tier_ghost *ghost, const struct ps_segment_key *key,
                        uint32_t within)
{
    const uint64_t hashed = ghost_key(key);
    const uint32_t first = first_way(ghost, hashed);

    for (uint32_t i = first; i < first + GHOST_WAYS; i++)
        if (ghost->keys[i] == hashed) {
            ghost->keys[i] = 0;
            return ghost->clock - ghost->stamps[i] <= within;
        }
    return false;
}

uint32_t ps_tier_policy_queues(enum ps_tier_policy policy)
{
    return policy == PS_TIER_S3FIFO ? 2 : PS_TIER_CLASS_COUNT;
}

double ps_tier_policy_share(enum ps_tier_policy policy, const double *share, uint32_t queue)
{
    if (policy == PS_TIER_CONFIDENCE)
        return share[queue];
    return queue == PS_TIER_QUEUE_SMALL ? PS_TIER_SMALL_SHARE : 1.0 - PS_TIER_SMALL_SHARE;
}

/* Small while it has its tenth, else main; the other one when the chosen has nothing sealed. */
static uint32_t s3fifo_victim(const struct ps_tier_queue_state *queues)
{
    const bool small_full =
        (double)queues[PS_TIER_QUEUE_SMALL].zones >= queues[PS_TIER_QUEUE_SMALL].quota_zones;
    const uint32_t first = small_full ? PS_TIER_QUEUE_SMALL : PS_TIER_QUEUE_MAIN;
    const uint32_t second = small_full ? PS_TIER_QUEUE_MAIN : PS_TIER_QUEUE_SMALL;

    if (queues[first].has_victim)
        return first;
    return queues[second].has_victim ? second : PS_TIER_NONE;
}

static uint32_t confidence_victim(const struct ps_tier_queue_state *queues)
{
    uint32_t victim = PS_TIER_NONE;
    double victim_over = 0;

    /* Later classes are worth less: they give way when two are equally over. */
    for (uint32_t q = 0; q < PS_TIER_CLASS_COUNT; q++) {
        const double over = (double)queues[q].zones - queues[q].quota_zones;

        if (queues[q].has_victim && (victim == PS_TIER_NONE || over >= victim_over)) {
            victim = q;
            victim_over = over;
        }
    }
    return victim;
}

uint32_t ps_tier_policy_victim(enum ps_tier_policy policy, const struct ps_tier_queue_state *queues)
{
    return policy == PS_TIER_S3FIFO ? s3fifo_victim(queues) : confidence_victim(queues);
}

static struct ps_tier_verdict s3fifo_judge(const struct ps_tier_candidate *candidate)
{
    struct ps_tier_verdict verdict = { .queue = PS_TIER_QUEUE_MAIN };

    if (candidate->queue == PS_TIER_QUEUE_SMALL) {
        verdict.keep = candidate->freq > 1;
        verdict.ghost = !verdict.keep;
    } else {
        verdict.keep = candidate->freq > 0;
        verdict.freq = verdict.keep ? (uint8_t)(candidate->freq - 1) : 0;
    }
    return verdict;
}

static struct ps_tier_verdict confidence_judge(const struct ps_tier_candidate *candidate)
{
    const bool raised = candidate->class < candidate->queue;

    return (struct ps_tier_verdict){
        .keep = candidate->freq > 0 || candidate->pinned || raised,
        .queue = candidate->class,
        .freq = candidate->freq > 0 ? (uint8_t)(candidate->freq - 1) : 0,
    };
}

struct ps_tier_verdict ps_tier_policy_judge(enum ps_tier_policy policy,
                                            const struct ps_tier_candidate *candidate)
{
    return policy == PS_TIER_S3FIFO ? s3fifo_judge(candidate) : confidence_judge(candidate);
}
