/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * tools/replay/isotonic.h - a forecaster's probabilities made right by what lately came of them.
 *
 * What was said falls into bins of log-odds, older ticks count less, and the share that came true
 * is fitted by the nearest that does not fall as what is said rises (pool adjacent violators).
 * Threads: none.
 */
#ifndef PS_TOOLS_REPLAY_ISOTONIC_H
#define PS_TOOLS_REPLAY_ISOTONIC_H

#include <stdbool.h>
#include <stdint.h>

#define REPLAY_ISOTONIC_BINS 80u

struct replay_isotonic {
    double rows[REPLAY_ISOTONIC_BINS]; /* of each bin, weighed by age */
    double happened[REPLAY_ISOTONIC_BINS];
    double odds[REPLAY_ISOTONIC_BINS]; /* sum of the log-odds said */
    /* The curve that was fitted: from log-odds said, ascending, to a probability. */
    uint32_t count; /* 0: nothing yet, what is said stands */
    double at[REPLAY_ISOTONIC_BINS];
    double p[REPLAY_ISOTONIC_BINS];
};

/* A tick: some rows, then fit. */
void replay_isotonic_add(struct replay_isotonic *isotonic, double said, bool happened);
void replay_isotonic_fit(struct replay_isotonic *isotonic);

double replay_isotonic_map(const struct replay_isotonic *isotonic, double said);

#endif
