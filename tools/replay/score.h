/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * tools/replay/score.h - what was said against what happened: log-loss, Brier score, calibration.
 *
 * Threads: none.
 */
#ifndef PS_TOOLS_REPLAY_SCORE_H
#define PS_TOOLS_REPLAY_SCORE_H

#include <stdbool.h>
#include <stdint.h>

#define REPLAY_SCORE_BINS   10u  /* of equal width, from 0 to 1 */
#define REPLAY_SCORE_LIVELY 0.05 /* said at more than that */
#define REPLAY_SCORE_LEAST  1e-6 /* for log-loss, what is said is kept so far off 0 and 1 */

struct replay_score_bin {
    uint64_t rows;
    uint64_t happened;
    double said; /* sum */
};

struct replay_score {
    uint64_t rows;
    uint64_t happened;
    double loss;   /* sum, nats */
    double square; /* sum of squared errors */
    struct replay_score_bin bins[REPLAY_SCORE_BINS];
    struct replay_score_bin lively[REPLAY_SCORE_BINS]; /* of what was said at more than 0.05 */
};

/** One row. @param said  In [0, 1]. */
void replay_score_add(struct replay_score *score, double said, bool happened);

/* 0 while nothing was added. */
double replay_score_logloss(const struct replay_score *score);
double replay_score_brier(const struct replay_score *score);
/** Expected calibration error: the mean over rows of their bin's |mean said - share happened|. */
double replay_score_ece(const struct replay_score *score);
/** The same over the lively rows alone. */
double replay_score_ece_lively(const struct replay_score *score);
/** Share of rows that came true. */
double replay_score_base_rate(const struct replay_score *score);

#endif
