/* SPDX-License-Identifier: BSD-3-Clause */
/* tools/replay/score.c - see score.h. */
#include "tools/replay/score.h"

#include <math.h>

#include "host/base/assert.h"

static void put(struct replay_score_bin *bin, double said, bool happened)
{
    bin->rows++;
    bin->happened += happened;
    bin->said += said;
}

void replay_score_add(struct replay_score *score, double said, bool happened)
{
    ps_assert(said >= 0.0 && said <= 1.0);
    const double p = fmin(fmax(said, REPLAY_SCORE_LEAST), 1.0 - REPLAY_SCORE_LEAST);
    const double error = said - (happened ? 1.0 : 0.0);
    const unsigned bin = said < 1.0 ? (unsigned)(said * REPLAY_SCORE_BINS) : REPLAY_SCORE_BINS - 1;

    score->rows++;
    score->happened += happened;
    score->loss -= happened ? log(p) : log1p(-p);
    score->square += error * error;
    put(&score->bins[bin], said, happened);
    if (said > REPLAY_SCORE_LIVELY)
        put(&score->lively[bin], said, happened);
}

static double mean(double sum, uint64_t rows)
{
    return rows > 0 ? sum / (double)rows : 0.0;
}

double replay_score_logloss(const struct replay_score *score)
{
    return mean(score->loss, score->rows);
}

double replay_score_brier(const struct replay_score *score)
{
    return mean(score->square, score->rows);
}

static double calibration_error(const struct replay_score_bin bins[static REPLAY_SCORE_BINS])
{
    double distance = 0.0;
    uint64_t rows = 0;

    for (unsigned b = 0; b < REPLAY_SCORE_BINS; b++) {
        distance += fabs(bins[b].said - (double)bins[b].happened);
        rows += bins[b].rows;
    }
    return mean(distance, rows);
}

double replay_score_ece(const struct replay_score *score)
{
    return calibration_error(score->bins);
}

double replay_score_ece_lively(const struct replay_score *score)
{
    return calibration_error(score->lively);
}

double replay_score_base_rate(const struct replay_score *score)
{
    return mean((double)score->happened, score->rows);
}
