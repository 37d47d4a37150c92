/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * tools/replay/parts.h - what each peer class will want of single resources, judged by what came.
 *
 * Of those resources that are expected to be wanted at least once in a quarter of an hour, each
 * class with a share of all starts worth naming is told its counts in the intervals 5, 15 and 60
 * minutes ahead, as demand.curves tells them. A band holds a count so far as count + U, U uniform
 * in [0, 1), lies in it, so that few counts do not blur its coverage. Threads: none.
 */
#ifndef PS_TOOLS_REPLAY_PARTS_H
#define PS_TOOLS_REPLAY_PARTS_H

#include <stdint.h>

#include "host/predict/curves.h"
#include "host/predict/predict.h"
#include "tools/replay/trace.h"

#define REPLAY_PARTS_MAX    4096u /* resources told at once; the others are left out */
#define REPLAY_PARTS_SHARE  0.02  /* of all starts; below, a class is not told */
#define REPLAY_PARTS_ENOUGH 500.0 /* counts judged, from which on a class is named */

struct replay_part_judge {
    double judged, counts;
    double within_50, within_90; /* counts in the band from .25 to .75, and from .05 to .95 */
    double ours;                 /* sum of log-losses of Poisson counts of what was expected, ... */
    double usual;                /* ... and of what all resources' usual shares would say */
};

struct replay_parts_judge {
    struct replay_part_judge all, by_class[PS_PREDICT_CLASSES_MAX];
};

struct replay_parts {
    const struct replay_trace *trace;
    uint32_t *slot_of; /* of each resource, plus one; 0: it is not told */
    uint32_t told[REPLAY_PARTS_MAX];
    struct ps_prediction said[REPLAY_PARTS_MAX];
    uint32_t count;
    uint16_t (*came)[PS_HORIZON_COUNT][PS_PREDICT_CLASSES_MAX]; /* of each slot */
    struct ps_predict_class classes[PS_PREDICT_CLASSES_MAX];
    double starts[PS_PREDICT_CLASSES_MAX]; /* so far, of each class: the usual shares */
    uint32_t class_count, counted;         /* requests in starts */
    struct replay_parts_judge judge[PS_HORIZON_COUNT];
};

/** @return 0 or -ENOMEM; fini in every case. */
int replay_parts_init(struct replay_parts *parts, const struct replay_trace *trace);
void replay_parts_fini(struct replay_parts *parts);

/** What is expected of a resource from this interval on. */
void replay_parts_take(struct replay_parts *parts, uint32_t idx, const struct ps_prediction *said);
/** Tell what was taken, by class, and judge it. @param next  The first request not learned yet. */
void replay_parts_judge(struct replay_parts *parts, const struct ps_predict *predict,
                        const struct ps_curves *curves, uint32_t next, uint64_t interval);

#endif
