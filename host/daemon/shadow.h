/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * host/daemon/shadow.h - what a good reactive cache would have done, and whether we do worse.
 *
 * Why: bets take space from what viewers asked for. The shadow is S3-FIFO (Yang et al., SOSP'23)
 * over the keys of segments alone: it sees the same requests, has the same bytes, stores what was
 * asked for and nothing else. As long as ours has more of what is asked for, betting pays. When the
 * shadow has been clearly better for long, betting on predictions stops (following viewers does
 * not), and the space goes back to what is asked for.
 *
 * A request finds a segment "there" when an earlier one, or a bet, had it stored or begun: so for
 * ours as for the shadow.
 *
 * Better is PS_SHADOW_BETTER of all recent requests (they fade by half in PS_SHADOW_HALF_LIFE_NS)
 * for PS_SHADOW_LONG_NS without a break. Without bets ours and the shadow are nearly alike and tell
 * nothing of bets, so betting is tried again after a rest: PS_SHADOW_REST_NS, twice as long each
 * time it goes wrong again within PS_SHADOW_REST_MAX_NS of its end, up to that.
 *
 * Limits: PS_SHADOW_KEYS_MAX keys; of a buffer that holds more, a fixed sample of the keys is
 * looked at, in as much smaller a cache. Pure. Threads: the owner's.
 */
#ifndef PS_HOST_DAEMON_SHADOW_H
#define PS_HOST_DAEMON_SHADOW_H

#include <stdbool.h>
#include <stdint.h>

#define PS_SHADOW_KEYS_MAX     65536u
#define PS_SHADOW_BETTER       0.03
#define PS_SHADOW_REQUESTS_MIN 100.0             /* faded; fewer tell nothing */
#define PS_SHADOW_HALF_LIFE_NS 1800000000000ull  /* half an hour */
#define PS_SHADOW_LONG_NS      900000000000ull   /* a quarter of an hour */
#define PS_SHADOW_REST_NS      3600000000000ull  /* an hour */
#define PS_SHADOW_REST_MAX_NS  28800000000000ull /* eight hours */

struct ps_shadow;

struct ps_shadow_status {
    uint64_t requests; /* of sampled keys, since creation */
    uint64_t hits, shadow_hits;
    double share, shadow_share; /* of recent requests; 0 while there is none */
    double sampled;             /* share of the keys that is looked at */
    uint64_t keys;              /* remembered now, those that left lately included */
    bool resting;               /* betting stopped */
    uint64_t rests;             /* times it did */
};

/** @param capacity_bytes  Of the buffer. @return 0 or -ENOMEM. */
int ps_shadow_create(struct ps_shadow **ret_shadow, uint64_t capacity_bytes);
/** NULL is allowed. */
void ps_shadow_destroy(struct ps_shadow *shadow);

/** A viewer asked for the segment with this hash. @param there  What ours had. */
void ps_shadow_request(struct ps_shadow *shadow, uint64_t key_hash, uint64_t size_bytes, bool there,
                       uint64_t now_ns);

/** Once a turn. @return whether bets on predictions should rest. */
bool ps_shadow_rest(struct ps_shadow *shadow, uint64_t now_ns);

void ps_shadow_status(const struct ps_shadow *shadow, struct ps_shadow_status *ret_status);

#endif
