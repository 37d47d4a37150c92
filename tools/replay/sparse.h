/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * tools/replay/sparse.h - curves of single resources, judged beside who knows their true rates.
 *
 * Every resource seen so far is told its count in the intervals 5, 15 and 60 minutes ahead, by the
 * median of its curve (what ps_predict_estimate() expects, spread as the total's curve runs). The
 * floor is what the median of a Poisson count with the true rate of that very interval misses: no
 * whole number is less wrong. Threads: none.
 */
#ifndef PS_TOOLS_REPLAY_SPARSE_H
#define PS_TOOLS_REPLAY_SPARSE_H

#include <stdint.h>

#include "host/predict/curves.h"
#include "tools/replay/drive.h"
#include "tools/replay/parts.h"
#include "tools/replay/rates.h"
#include "tools/replay/trace.h"

struct replay_sparse_judge {
    double judged, counts;
    double ewma;                 /* of the median that a plain moving average gives */
    double ours, mean;           /* sums of absolute errors of the median and the mean */
    double floor, floor_of_mean; /* of the true rate's */
    double below[PS_CURVES_LEVELS];
};

struct replay_sparse {
    const struct replay_trace *trace;
    const struct replay_rates *rates; /* NULL: unknown */
    struct replay_drive drive;
    uint32_t seen;                 /* resources 0..seen-1 were asked for */
    double *ewma;                  /* starts of each resource, decayed, ... */
    uint64_t *ewma_ns;             /* ... as of then */
    struct ps_resource *resource;  /* by number */
    float *rate[PS_HORIZON_COUNT]; /* of all resources, in the intervals that are told */
    double rate_of_ewma;           /* of the resource that is told */
    struct replay_sparse_judge judge[PS_HORIZON_COUNT];
    struct replay_parts parts; /* of resources, by class */
};

/** @param hints, rates  NULL: none, no floor. All are kept. @return 0 or -ENOMEM; fini in every
 * case. */
int replay_sparse_init(struct replay_sparse *sparse, const struct replay_trace *trace,
                       const struct replay_hints *hints, const struct replay_rates *rates);
void replay_sparse_fini(struct replay_sparse *sparse);

/** Learn what came before the interval, tell all resources, and judge what came. */
void replay_sparse_tell(struct replay_sparse *sparse, const struct ps_curves *curves,
                        uint64_t interval);

#endif
