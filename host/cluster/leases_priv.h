/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * host/cluster/leases_priv.h - who makes or has which segment, as far as was heard.
 *
 * A bounded cache, sets of PS_LEASES_WAYS: the oldest news of a set makes room. What falls out is
 * asked for again when it is claimed. An entry ends by our own clock, counted from when we heard of
 * it: edges' clocks need not agree.
 *
 * Threads: the loop thread.
 */
#ifndef PS_HOST_CLUSTER_LEASES_PRIV_H
#define PS_HOST_CLUSTER_LEASES_PRIV_H

#include <stdbool.h>
#include <stdint.h>

#include "host/plan/resource.h"

#define PS_LEASES_SETS 8192u
#define PS_LEASES_WAYS 8u
#define PS_LEASES_HELD 4096u /* of ours, being made */

enum ps_lease_state { PS_LEASE_FREE, PS_LEASE_MAKING, PS_LEASE_MADE };

struct ps_lease {
    struct ps_segment_key key;
    uint64_t seq;     /* in the bucket; 0: this place is empty */
    uint64_t seen_ns; /* when we heard of it */
    uint64_t lease_ns;
    uint32_t size_bytes, crc32c; /* of MADE */
    uint16_t node;
    uint8_t state; /* enum ps_lease_state */
    bool ours;     /* of this life: renewed as long as it is MAKING */
    bool renewing; /* the next seq is not known yet */
    bool finished; /* made while it was being renewed: to be said with the next seq */
};

struct ps_leases {
    struct ps_lease *entries; /* PS_LEASES_SETS * PS_LEASES_WAYS */
    uint64_t count;
    struct ps_segment_key *held; /* PS_LEASES_HELD: those to renew */
    uint32_t held_count;
};

int ps_leases_init(struct ps_leases *leases);
void ps_leases_fini(struct ps_leases *leases);
/** NULL: nothing was heard of it. */
struct ps_lease *ps_leases_find(const struct ps_leases *leases, const struct ps_segment_key *key);
/** The place of @p key: its own, a free one, or that of the oldest news not ours. */
struct ps_lease *ps_leases_place(struct ps_leases *leases, const struct ps_segment_key *key);
void ps_leases_drop(struct ps_leases *leases, struct ps_lease *lease);

#endif
