/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * tools/replay/hawkes.h - starts to expect as a sum of what earlier requests still set off: one
 * exponential kernel for each decayed count, and a floor.
 *
 * Weights by expectation maximisation of the chance of at least one start, over labels that fade.
 * Threads: none.
 */
#ifndef PS_TOOLS_REPLAY_HAWKES_H
#define PS_TOOLS_REPLAY_HAWKES_H

#include "tools/replay/rows.h"

#define REPLAY_HAWKES_PARTS (REPLAY_KERNELS + 1)

struct replay_hawkes {
    double reach[REPLAY_HAWKES_PARTS]; /* part of a kernel's mass within the next tick */
    double weight[REPLAY_HAWKES_PARTS];
    double blame[REPLAY_HAWKES_PARTS];    /* starts that each part accounts for */
    double exposure[REPLAY_HAWKES_PARTS]; /* starts that it would with a weight of 1 */
};

void replay_hawkes_init(struct replay_hawkes *hawkes);

/** Starts to expect within a tick. */
double replay_hawkes_expect(const struct replay_hawkes *hawkes, const float *x);

/* A tick: some rows, then fit. */
void replay_hawkes_add(struct replay_hawkes *hawkes, const float *x, bool happened);
void replay_hawkes_fit(struct replay_hawkes *hawkes);

#endif
