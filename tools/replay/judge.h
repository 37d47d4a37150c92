/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * tools/replay/judge.h - said against happened, next to what simple guesses would have scored.
 *
 * Threads: none.
 */
#ifndef PS_TOOLS_REPLAY_JUDGE_H
#define PS_TOOLS_REPLAY_JUDGE_H

#include <stdbool.h>
#include <stdint.h>

#define REPLAY_JUDGE_BINS 10u

struct replay_judge {
    uint64_t count;
    uint64_t hits;
    double loss;      /* sum, nats */
    double ewma_loss; /* sum of the one-hour moving average's */
    uint64_t bin_count[REPLAY_JUDGE_BINS];
    double said[REPLAY_JUDGE_BINS];
    double happened[REPLAY_JUDGE_BINS];
    double variance[REPLAY_JUDGE_BINS]; /* of happened, if what was said is right */
    uint64_t lively_count;              /* said at more than 0.05 */
    double lively_said, lively_happened;
};

/** One answer. Probabilities are kept off 0 and 1. */
void replay_judge_add(struct replay_judge *judge, double said, double ewma, bool happened);

/* 0 while nothing was added. Losses are means, in nats. */
double replay_judge_loss(const struct replay_judge *judge);
double replay_judge_ewma_loss(const struct replay_judge *judge);
/** Of always saying the share that came true: known only afterwards, so a strong opponent. */
double replay_judge_base_loss(const struct replay_judge *judge);
/** Expected calibration error over equal-width bins. */
double replay_judge_error(const struct replay_judge *judge);
/** The calibration error that chance alone gives a predictor that is right, were answers
 * independent; those whose horizons overlap are not, so it is a lower bound. */
double replay_judge_error_by_chance(const struct replay_judge *judge);

#endif
