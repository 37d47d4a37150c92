/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * tools/replay/policy.h - what decides which objects a buffer keeps; one file for each policy.
 *
 * Objects are numbers below the stream's object_count, each of size 1; a buffer holds `capacity`
 * of them. Each access costs O(1), or O(log n) where the future is known. Threads: none.
 */
#ifndef PS_TOOLS_REPLAY_POLICY_H
#define PS_TOOLS_REPLAY_POLICY_H

#include <stdbool.h>
#include <stdint.h>

#include "tools/replay/stream.h"

struct replay_policy_config {
    uint32_t capacity; /* at least 1 */
    uint32_t object_count;
    const struct replay_stream *stream; /* for those that see the future; must outlive the policy */
    uint32_t budget_per_min;            /* objects that may be staged; 0: none */
};

struct replay_policy {
    const char *name; /* as in hit_NAME_1 */
    /** @return 0 or -ENOMEM (then *ret_state is NULL). */
    int (*create)(void **ret_state, const struct replay_policy_config *config);
    /** A request, in the order of the stream. @return true when the object was there. */
    bool (*access)(void *state, uint32_t obj, uint64_t time_ns);
    /** Copes with NULL and with half-built. */
    void (*destroy)(void *state);
};

extern const struct replay_policy replay_lru, replay_fifo, replay_arc, replay_s3fifo, replay_sieve;
/** Demand only: what is wanted again last goes; the best that fetching on a miss can do. */
extern const struct replay_policy replay_belady;
/** Belady's, and stages what is wanted within 15 minutes, was wanted before and is in budget. */
extern const struct replay_policy replay_clairvoyant;

/** All of them, in the order in which they are printed; ends with NULL. */
extern const struct replay_policy *const replay_policies[];

#endif
