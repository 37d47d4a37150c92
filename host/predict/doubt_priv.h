/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * host/predict/doubt_priv.h - how far starts fall from what was expected of a resource, beyond
 * what chance does to a count whose rate is known.
 *
 * Starts are negative binomial: Poisson around a rate, of which only the expectation is known. The
 * rate's relative variance is learned from settled labels, for each horizon and by how much was
 * expected, since what is wanted much is known better. What has few labels leans on its neighbour
 * below, the first on PS_DOUBT_PRIOR.
 *
 * Threads: one at a time per predictor.
 */
#ifndef PS_HOST_PREDICT_DOUBT_PRIV_H
#define PS_HOST_PREDICT_DOUBT_PRIV_H

#include "host/plan/prediction.h"

#define PS_DOUBT_BINS  12u   /* by doublings, from 1/16 on */
#define PS_DOUBT_PRIOR 0.25f /* relative variance while nothing is known */
#define PS_DOUBT_MAX   8.0f

struct ps_doubt_bin {
    float excess; /* squared errors beyond the mean, by weight; fades */
    float square; /* squared means, alike */
};

struct ps_doubt {
    struct ps_doubt_bin bins[PS_HORIZON_COUNT][PS_DOUBT_BINS];
};

/** @p starts came where @p expected were. @param weight  Of the label. */
void ps_doubt_learn(struct ps_doubt *doubt, enum ps_horizon horizon, float expected, float starts,
                    float weight);
/** Relative variance of the rate. */
float ps_doubt_read(const struct ps_doubt *doubt, enum ps_horizon horizon, float expected);

#endif
