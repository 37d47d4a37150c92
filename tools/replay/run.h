/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * tools/replay/run.h - the predictor lives through a trace and is judged, beside the baselines.
 *
 * At each whole five minutes of the trace's clock, every object that was wanted before is a row for
 * each horizon: what the predictor says of it then, and whether it is wanted after that and within
 * the horizon. Rows count from the first tick on at which a quarter of the time is past, and
 * where the horizon ends inside the trace. A tick a day or more after the last request is left out:
 * then the clock has jumped. Threads: none.
 */
#ifndef PS_TOOLS_REPLAY_RUN_H
#define PS_TOOLS_REPLAY_RUN_H

#include <stdbool.h>
#include <stdint.h>

#include "host/predict/predict.h"
#include "tools/replay/contest.h"
#include "tools/replay/drive.h"
#include "tools/replay/score.h"
#include "tools/replay/shortlist.h"

struct replay_run_config {
    const struct replay_trace *trace;
    const struct replay_hints *hints; /* or NULL */
    struct ps_predict_config predict; /* see drive.h */
    uint32_t baselines;               /* see baseline.h */
    bool shuffle; /* hand each object's prediction to another: whatever it gains must vanish */
    struct replay_progress *progress; /* or NULL */
};

struct replay_run {
    struct replay_run_config config;
    struct replay_drive drive;
    struct replay_history *history;
    struct replay_contest contest;
    struct replay_score score[PS_HORIZON_COUNT]; /* the predictor's */
    struct replay_shortlist shortlist;           /* by what it expects in the first horizon */
    uint64_t from_ns, to_ns;                     /* where rows count; the trace's end */
    uint64_t ticks, left_out;                    /* that count; where the clock had jumped */
    uint64_t untracked; /* rows of which the predictor knew nothing; it is taken to say never */
    uint64_t random;
    uint32_t row_count;              /* objects wanted so far */
    struct ps_resource *resources;   /* of each object... */
    uint32_t *seen;                  /* ...its requests so far... */
    struct ps_prediction *said;      /* ...and what is said of it at this tick */
    bool (*truth)[PS_HORIZON_COUNT]; /* what is then right */
    bool *happened;                  /* the first horizon's truth, in a row */
    struct replay_listed *listed;
};

/** @param config  Copied; what it points to must outlive the run. @return 0 or -ENOMEM; fini in
 * every case. */
int replay_run_init(struct replay_run *run, const struct replay_run_config *config);
void replay_run_fini(struct replay_run *run);

/** From the trace's first request to its last, once. @return 0 or -ENOMEM. */
int replay_run(struct replay_run *run);

#endif
