/* SPDX-License-Identifier: BSD-3-Clause */
/* tests/unit/host/predict/experts.h - made-up samples that an expert can learn something from. */
#ifndef PS_TESTS_UNIT_HOST_PREDICT_EXPERTS_H
#define PS_TESTS_UNIT_HOST_PREDICT_EXPERTS_H

#include <math.h>
#include <stdbool.h>
#include <stdint.h>

#include "host/predict/features_priv.h"

struct lesson {
    struct ps_features features;
    bool hit[2]; /* of a relation that rises with the rate, and of one that falls */
};

static inline double lesson_random(uint64_t *state)
{
    *state = *state * 6364136223846793005ull + 1442695040888963407ull;
    return (double)(*state >> 33) * 0x1p-31;
}

/* A rate from next to nothing to plenty; the rest is noise or the same for all. */
static inline struct lesson draw_lesson(uint64_t *state)
{
    const double rate = 12.0 * lesson_random(state), p = 1.0 / (1.0 + exp(6.0 - rate));
    struct lesson lesson = { .hit = { lesson_random(state) < p, lesson_random(state) > p } };

    for (unsigned f = 0; f < PS_FEATURE_COUNT; f++)
        lesson.features.value[f] = (float)(8.0 * lesson_random(state));
    for (unsigned k = 0; k < PS_SPAN_COUNT; k++)
        lesson.features.value[PS_FEATURE_OWN + k] = (float)rate;
    lesson.features.value[PS_FEATURE_HAWKES] = (float)rate;
    return lesson;
}

static inline double loss_of(double log_odds, bool hit)
{
    return log1p(exp(hit ? -log_odds : log_odds));
}

#define BASE_LOSS 0.6931 /* as many hits as misses */

#endif
