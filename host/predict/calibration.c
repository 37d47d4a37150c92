/* SPDX-License-Identifier: BSD-3-Clause */
/* host/predict/calibration.c - the scorecard's bins, for those outside. */
#include <math.h>

#include "host/predict/predict_priv.h"

_Static_assert(PS_PREDICT_CALIBRATION_BINS == PS_SCORECARD_BINS, "bin by bin");

void ps_predict_calibration(const struct ps_predict *predict, enum ps_horizon horizon,
                            struct ps_predict_calibration *ret_calibration)
{
    const struct ps_scorecard *card = &predict->mind.scorecard[horizon];

    for (unsigned b = 0; b < PS_SCORECARD_BINS; b++) {
        const double weight = card->weight[b];

        ret_calibration->said[b] = weight > 0.0 ? card->said[b] / weight : 0.0;
        ret_calibration->happened[b] = weight > 0.0 ? card->happened[b] / weight : 0.0;
        ret_calibration->count[b] = (uint64_t)llround(weight);
    }
}
