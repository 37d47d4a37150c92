/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * host/plan/prediction.h - what will be asked for: the predictor's ranked answer.
 *
 * Confidence is the calibrated probability of at least one start within the horizon: of all
 * predictions said at 0.8, 80 % come true. Structs only. Threads: belongs to the loop thread.
 */
#ifndef PS_HOST_PLAN_PREDICTION_H
#define PS_HOST_PLAN_PREDICTION_H

#include <stdint.h>

#include "host/plan/resource.h"

#define PS_PREDICTIONS_MAX 4096u /* ranked list of one turn */

enum ps_horizon { PS_HORIZON_5MIN, PS_HORIZON_15MIN, PS_HORIZON_60MIN, PS_HORIZON_COUNT };

#define PS_HORIZON_NS(h)                                                                           \
    ((h) == PS_HORIZON_5MIN    ? 300000000000ull                                                   \
     : (h) == PS_HORIZON_15MIN ? 900000000000ull                                                   \
                               : 3600000000000ull)

enum ps_reason {
    PS_REASON_RATE,    /* this resource's own past */
    PS_REASON_SIBLING, /* its media is wanted in other profiles */
    PS_REASON_PRIOR,   /* no past: what new resources usually do */
    PS_REASON_HINT,    /* a forward look */
    PS_REASON_SEQUEL,  /* those who asked for something else lately go on to this */
    PS_REASON_FOLLOW,  /* a viewer is at an earlier segment (made by the loop, not the predictor) */
};

struct ps_prediction {
    uint64_t id; /* unique in this daemon's life; ends up in the ledger */
    struct ps_resource resource;
    double expected[PS_HORIZON_COUNT];   /* starts within the horizon */
    double confidence[PS_HORIZON_COUNT]; /* calibrated, in [0,1] */
    double at_once;                      /* the confidence that it is asked for within a minute */
    double soon;    /* starts a minute, of the next minutes; what a small buffer keeps by, */
    double lasting; /* and of the next hour; what a large one does */
    enum ps_reason reason;
};

struct ps_predictions {
    struct ps_prediction *items; /* best first */
    uint32_t capacity;
    uint32_t count;
};

#endif
