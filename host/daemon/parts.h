/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * host/daemon/parts.h - each tenant's part of what bets may take: bytes of the buffer, and segments
 * in the making.
 *
 * Why: bets go by benefit, whoever's they are, and one tenant's many could take all the room that
 * another's few need. So each tenant's dearest bets come first, as far as its part by weight goes;
 * what is left then goes by benefit alone. A part is less what of its tenant's bets is open: what
 * others borrowed does not lessen it.
 *
 * Pure; embed it. Threads: the owner's.
 */
#ifndef PS_HOST_DAEMON_PARTS_H
#define PS_HOST_DAEMON_PARTS_H

#include <stdbool.h>
#include <stdint.h>

#define PS_PARTS_TENANTS_MAX 64u

struct ps_parts_config {
    const uint32_t *weights; /* of each tenant, not 0 */
    uint32_t tenant_count;   /* 1..PS_PARTS_TENANTS_MAX */
    int64_t space_bytes;     /* for bets */
    uint32_t making_max;     /* segments in the making at once */
};

/* What a tenant has taken already. */
struct ps_parts_taken {
    uint64_t open_bytes; /* bets that nobody asked for, nor are they too old to count */
    uint64_t making;     /* segments */
};

struct ps_parts {
    int64_t left_bytes; /* of all together; may be below 0 when parts were claimed back */
    uint32_t tenant_count;
    int64_t own_bytes[PS_PARTS_TENANTS_MAX];
    int64_t own_making[PS_PARTS_TENANTS_MAX];
};

/** @param taken  By tenant. */
void ps_parts_begin(struct ps_parts *parts, const struct ps_parts_config *cfg,
                    const struct ps_parts_taken *taken);
/** Whether a bet of @p tenant is still within its own part. */
bool ps_parts_has_own(const struct ps_parts *parts, uint32_t tenant);
/** Whether there is anything left that could be lent. */
bool ps_parts_has_any(const struct ps_parts *parts);
/** Whether nobody has anything left. */
bool ps_parts_are_spent(const struct ps_parts *parts);
/** A segment was begun. */
void ps_parts_spend(struct ps_parts *parts, uint32_t tenant, uint64_t size_bytes);

#endif
