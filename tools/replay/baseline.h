/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * tools/replay/baseline.h - what others would have said: forecasters to compare ours with, one file
 * for each.
 *
 * At each tick one says how likely each row's object is wanted within REPLAY_TICK_NS, and is told
 * later, before the next tick, what came of it. Threads: none.
 */
#ifndef PS_TOOLS_REPLAY_BASELINE_H
#define PS_TOOLS_REPLAY_BASELINE_H

#include <stdbool.h>
#include <stdint.h>

#include "tools/replay/rows.h"

struct replay_baseline {
    const char *name;   /* as in logloss_5m_NAME */
    bool is_calibrated; /* what it says goes through isotonic.h */
    /** @return 0, -ENOMEM or -ENOTSUP (left out of this build); then *ret_state is NULL. */
    int (*create)(void **ret_state);
    /** Probabilities in [0, 1], one for each row. */
    void (*say)(void *state, const struct replay_rows *rows, float *ret_said);
    /** What came of the rows it spoke of last. @return 0 or -ENOMEM. */
    int (*learn)(void *state, const struct replay_rows *rows, const bool *happened);
    /** Copes with NULL and with half-built. */
    void (*destroy)(void *state);
};

extern const struct replay_baseline replay_baseline_base;          /* the share so far */
extern const struct replay_baseline replay_baseline_ewma;          /* half-life an hour */
extern const struct replay_baseline replay_baseline_ewma_isotonic; /* the same, calibrated */
extern const struct replay_baseline replay_baseline_hawkes;        /* six kernels */
extern const struct replay_baseline replay_baseline_ftrl;          /* logistic, one-hot buckets */
extern const struct replay_baseline replay_baseline_xgboost;       /* trees, made anew each hour */

/** All of them, in the order in which they are printed; ends with NULL. */
extern const struct replay_baseline *const replay_baselines[];

#define REPLAY_BASELINES_MAX 8u
#define REPLAY_BASELINES_ALL UINT32_MAX

/**
 * From a list like ewma,ftrl, or `all` or `none`.
 *
 * @param ret_mask  Bit b is for replay_baselines[b].
 * @return 0 or -EINVAL.
 */
int replay_baselines_parse(const char *text, uint32_t *ret_mask);

#endif
