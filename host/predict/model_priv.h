/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * host/predict/model_priv.h - log expected starts: a plain guess plus learned corrections.
 *
 * Negative-binomial regression, one per horizon. Each feature is read on a logarithmic scale and
 * its correction is a piecewise linear curve through knots, so the sum bends where the data does
 * and still learns online with a gradient that cannot run away: starts come in crowds, and the
 * overdispersed likelihood bounds what one surprise may do. Untrained, the plain guess stands.
 */
#ifndef PS_HOST_PREDICT_MODEL_PRIV_H
#define PS_HOST_PREDICT_MODEL_PRIV_H

#include "host/predict/features_priv.h"

#define PS_MODEL_KNOTS 16u /* one each doubling, from 1/32 to 1024 */

struct ps_model {
    float weight[PS_FEATURE_COUNT][PS_MODEL_KNOTS];
    float slope[PS_FEATURE_COUNT][PS_MODEL_KNOTS]; /* sums of squared gradients: the step sizes */
};

/** Log expected starts, within the calibrator's range. @param log_guess Before correction. */
float ps_model_score(const struct ps_model *model, const struct ps_features *features,
                     float log_guess);

/** Learn that @p starts came where @p score was said. @param weight Importance, > 0. */
void ps_model_learn(struct ps_model *model, const struct ps_features *features, float score,
                    float starts, float weight);

/** The model's own belief that at least one start comes when @p expected are. */
double ps_model_probability(double expected);

#endif
