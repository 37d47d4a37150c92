/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * tools/replay/curves.h - demand curves live through a trace, and are judged by what came.
 *
 * Each interval is told before its first request is learned: by the curve's median, by persistence
 * (the last count), by the count of a day before, and by each expert alone. The first quarter of
 * the time is not judged. Threads: none.
 */
#ifndef PS_TOOLS_REPLAY_CURVES_H
#define PS_TOOLS_REPLAY_CURVES_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "host/predict/curves.h"
#include "tools/replay/progress.h"
#include "tools/replay/sparse.h"
#include "tools/replay/trace.h"

/* One kind of series, at one horizon. */
struct replay_curve_judge {
    double counts; /* sum of what came */
    double ours, mean, persistence, naive;
    double within, within_persistence;    /* of the sum up to and with the horizon, ... */
    double within_counts;                 /* ... and that sum */
    double expert[PS_CURVES_EXPERTS_MAX]; /* persistence stands in while one has nothing to say */
    double below[PS_CURVES_LEVELS];       /* counts + U below the quantile */
    double floored[PS_CURVES_LEVELS];     /* counts at most the quantile's floor */
    double judged;
};

struct replay_curves {
    const struct replay_trace *trace;
    struct replay_progress *progress;
    FILE *drawn; /* NULL, or where the total goes as it was told 15 minutes ahead; the caller's */
    struct ps_curves *curves;
    struct ps_curves_class classes[PS_CURVES_CLASSES_MAX];
    uint32_t class_count;
    uint64_t first;          /* interval */
    uint32_t interval_count; /* complete ones */
    uint32_t judge_from;     /* counted from first */
    uint32_t *counts;        /* of the total and each class, interval by interval */
    struct replay_curve_judge total[PS_HORIZON_COUNT], per_class[PS_HORIZON_COUNT];
    double floor_total, floor_class; /* see replay_curves_floor() */
    struct replay_sparse sparse;
    uint32_t sparse_every; /* single resources are told in each so-many-th interval */
    uint32_t expert_count;
    const char *expert[PS_CURVES_EXPERTS_MAX];
};

/** @param hints, rates  NULL: none, not known. All are kept. @return 0, -ERANGE (too long or too
 * short a time) or -ENOMEM; fini in every case. */
int replay_curves_init(struct replay_curves *run, const struct replay_trace *trace,
                       const struct replay_hints *hints, const struct replay_rates *rates,
                       struct replay_progress *progress);
void replay_curves_fini(struct replay_curves *run);
void replay_curves_run(struct replay_curves *run);

/** E|N - median| of a Poisson count with this mean: what who knows the mean still gets wrong. */
double replay_curves_noise(double mean);

#endif
