/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * host/plan/grant.h - what the bearer of a checked token may do: handed from host/token to
 * whatever guards something (collections now, delivery's variants).
 *
 * Structs only; copied freely; no ownership, any thread.
 */
#ifndef PS_HOST_PLAN_GRANT_H
#define PS_HOST_PLAN_GRANT_H

#include <stdint.h>

#include "host/plan/resource.h"

#define PS_PEER_NAME_MAX                                                                           \
    64u /* 1..64 of A-Z a-z 0-9 . _ ~ -: a name for signalling, not a user's                       \
         */

#define PS_GRANT_ANY_REGION UINT32_MAX
#define PS_GRANT_ANY_TENANT UINT32_MAX /* of a want: it is nobody's */

/* What may be done; a set. */
enum ps_action {
    PS_MAY_PUT = 1,    /* put requests into the resource's collection, and answers to those met */
    PS_MAY_FETCH = 2,  /* read the resource's collection, and acknowledge */
    PS_MAY_CREATE = 4, /* open, resize and close collections of the resource */
    PS_MAY_VIEW = 8,   /* be delivered the media */
    PS_MAY_NODE = 16,  /* another edge of the cluster: take finished segments */
};
#define PS_MAY_ALL 31u

struct ps_grant {
    char peer[PS_PEER_NAME_MAX + 1]; /* the token's subject; every peer reads its own answers */
    uint64_t peer_key;               /* xxh3-64 of it, as of all names here */
    uint32_t actions;                /* set of enum ps_action */
    uint64_t media_key;              /* 0: any media */
    uint64_t profile_key;            /* 0: any profile */
    uint32_t region;                 /* or PS_GRANT_ANY_REGION */
    uint32_t tenant;                 /* position in the configuration; bounds an any-media grant */
    uint64_t until_ns;               /* wall clock; the grant is worth nothing from then on */
    uint32_t mark;                   /* viewer's number in the watermark's book; 0: none */
    uint64_t token_id;               /* xxh3-64 of the token's `jti`; 0: it has none */
};

#endif
