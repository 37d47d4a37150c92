/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * tools/replay/contest.h - the baselines over the same rows, each first asked and then told.
 *
 * Threads: none.
 */
#ifndef PS_TOOLS_REPLAY_CONTEST_H
#define PS_TOOLS_REPLAY_CONTEST_H

#include <stdbool.h>
#include <stdint.h>

#include "tools/replay/baseline.h"
#include "tools/replay/isotonic.h"
#include "tools/replay/score.h"

struct replay_contestant {
    const struct replay_baseline *baseline;
    bool is_absent; /* left out of this build */
    void *state;
    float *raw; /* said of each row at the last tick, before calibration */
    struct replay_isotonic isotonic;
    struct replay_score score;
};

struct replay_contest {
    struct replay_contestant contestants[REPLAY_BASELINES_MAX];
    uint32_t count;
    struct replay_rows rows; /* of the last tick */
    bool *happened;          /* of those rows */
};

/**
 * @param row_max    Rows there can be.
 * @param baselines  See replay_baselines_parse().
 * @return 0 or -ENOMEM; fini in every case.
 */
int replay_contest_init(struct replay_contest *contest, uint32_t row_max, uint32_t baselines);
void replay_contest_fini(struct replay_contest *contest);

/**
 * A tick: tell what came of the last one's rows, then ask for these.
 *
 * @param history   Of the requests up to now_ns.
 * @param happened  For each of the rows there are then, whether its object will be wanted within
 *                  REPLAY_TICK_NS: for the score at once, for the baselines at the next tick.
 * @param is_scored  The rows count.
 * @return 0 or -ENOMEM.
 */
int replay_contest_tick(struct replay_contest *contest, struct replay_history *history,
                        uint64_t now_ns, const bool *happened, bool is_scored);

#endif
