/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * host/plan/need.h - how many peers will want a resource, in one region: what collections are
 * sized by.
 *
 * Structs only; copied freely; no ownership, any thread.
 */
#ifndef PS_HOST_PLAN_NEED_H
#define PS_HOST_PLAN_NEED_H

#include <stdint.h>

#include "host/plan/resource.h"

#define PS_NEEDS_MAX 4096u /* of one turn */

struct ps_need {
    struct ps_resource resource;
    uint16_t region;       /* 0: of unknown place, or all together */
    double confidence;     /* calibrated, of at least one within 15 minutes, in [0,1] */
    double expected_15min; /* peers that will want it */
    double upper_15min;    /* and what these stay below with 95 % */
};

#endif
