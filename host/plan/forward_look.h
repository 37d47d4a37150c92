/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * host/plan/forward_look.h - what a peer's agent says it will need.
 *
 * A claim, not demand: the predictor weighs each source by how often its earlier looks came true.
 * Structs only; copied freely; no ownership, any thread.
 */
#ifndef PS_HOST_PLAN_FORWARD_LOOK_H
#define PS_HOST_PLAN_FORWARD_LOOK_H

#include <stdint.h>

#include "host/plan/demand.h"
#include "host/plan/resource.h"

struct ps_forward_look {
    uint64_t source_key;         /* who says so, as a keyed hash; 0 unknown */
    uint64_t due_ns;             /* when it will be asked for, ps_clock time */
    uint64_t until_ns;           /* or after that, until then; 0: at due_ns, about */
    struct ps_resource resource; /* profile_key 0: whichever its class takes */
    struct ps_peer_class peer;
    float probability; /* as claimed, in (0, 1] */
};

#endif
