/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * host/plan/demand.h - what was asked for: samples handed from the feeds to the predictor.
 *
 * "Starts" are demand (someone begins to watch a resource); "segments" only show that watching goes
 * on. Structs only. Threads: the batch belongs to the loop thread.
 */
#ifndef PS_HOST_PLAN_DEMAND_H
#define PS_HOST_PLAN_DEMAND_H

#include <stdint.h>

#include "host/plan/resource.h"

#define PS_DEMAND_SAMPLES_MAX 65536u /* in one turn; more is shed and counted */

enum ps_demand_source {
    PS_DEMAND_NIC = 1,     /* cleartext requests seen by the fast path */
    PS_DEMAND_LOG = 2,     /* the delivery log, behind TLS */
    PS_DEMAND_HISTORY = 3, /* an imported log of earlier requests */
};

/* Who asks. 0 means unknown in each field. */
struct ps_peer_class {
    uint16_t region;
    uint8_t device;
    uint8_t access;
};

struct ps_demand_sample {
    uint64_t start_ns; /* interval in which the requests came, ps_clock time */
    uint64_t end_ns;
    struct ps_resource resource;
    struct ps_peer_class peer;
    uint64_t peer_key; /* who asked, as a keyed hash; 0 unknown, or several */
    uint32_t starts;
    uint32_t segments;
    uint32_t reached; /* 1 + the index of the segment, of one request; 0: not told */
    enum ps_demand_source source;
};

struct ps_demand {
    struct ps_demand_sample *samples; /* capacity of them, owned by the batch's owner */
    uint32_t capacity;
    uint32_t count;
    uint64_t shed; /* samples that did not fit, since creation */
};

#endif
