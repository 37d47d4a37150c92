/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * tools/replay/run.h - the predictor lives through a trace, by the trace's clock.
 *
 * Its answers are judged by what the trace says came next, and by the hits of a buffer that keeps
 * what they expect most, next to the hits of LRU on a buffer as large. Threads: none.
 */
#ifndef PS_TOOLS_REPLAY_RUN_H
#define PS_TOOLS_REPLAY_RUN_H

#include <stdbool.h>
#include <stdint.h>

#include "host/predict/predict.h"
#include "tools/replay/buffer.h"
#include "tools/replay/judge.h"
#include "tools/replay/trace.h"

struct replay_options {
    double buffer_share;    /* of all resources, in (0, 1] */
    uint64_t judge_from_ns; /* 0: after the first quarter of the time */
    bool shuffle;           /* hand each prediction to another resource */
};

struct replay {
    struct replay_options options;
    const struct replay_trace *trace;
    struct ps_predict *predict;
    struct ps_predictions predictions;
    uint32_t *order; /* prediction i is taken for the resource of prediction order[i] */
    double (*said)[PS_HORIZON_COUNT]; /* of every resource, by the last rank */
    double *ewma;                     /* starts of every resource, half-life an hour... */
    uint64_t *ewma_ns;                /* ...at this time; 0: not seen yet */
    struct replay_buffer lru, expected;
    struct replay_judge judge[PS_HORIZON_COUNT];
    uint64_t judge_from_ns;
    uint64_t predict_ns; /* real time spent in the predictor */
    uint64_t ranks;
    uint64_t random;
};

/** @param trace  Kept; must outlive the replay. @return 0 or -ENOMEM; fini in every case. */
int replay_init(struct replay *replay, const struct replay_trace *trace,
                const struct replay_options *options);
void replay_fini(struct replay *replay);

/** From the trace's first request to its last, once. */
void replay_run(struct replay *replay);

#endif
