/* SPDX-License-Identifier: BSD-3-Clause */
/* host/predict/scorecard_priv.h - how well what was said agrees with what happened. */
#ifndef PS_HOST_PREDICT_SCORECARD_PRIV_H
#define PS_HOST_PREDICT_SCORECARD_PRIV_H

#include <stdint.h>

#define PS_SCORECARD_BINS 10u /* of equal width in confidence */

struct ps_scorecard {
    uint64_t labels;
    double loss; /* weighted sum of log losses, nats */
    double weight[PS_SCORECARD_BINS];
    double said[PS_SCORECARD_BINS];
    double happened[PS_SCORECARD_BINS];
};

/** @param confidence In (0, 1). @param hit 1 if it came true, else 0. */
void ps_scorecard_add(struct ps_scorecard *card, double confidence, double weight, double hit);

/* Each is 0 while there is no label. */
double ps_scorecard_said(const struct ps_scorecard *card);
double ps_scorecard_happened(const struct ps_scorecard *card);
double ps_scorecard_log_loss(const struct ps_scorecard *card);
/** Expected calibration error: mean distance of said and happened, bin by bin. */
double ps_scorecard_error(const struct ps_scorecard *card);

#endif
