/* SPDX-License-Identifier: BSD-3-Clause */
/* tools/replay/judge.c - see judge.h. */
#include "tools/replay/judge.h"

#include <math.h>

#define LIVELY 0.05

static double bounded(double p)
{
    return fmin(fmax(p, 1e-5), 1.0 - 1e-5);
}

void replay_judge_add(struct replay_judge *judge, double said, double ewma, bool happened)
{
    const double p = bounded(said), q = bounded(ewma);
    const unsigned bin = (unsigned)(p * REPLAY_JUDGE_BINS);

    judge->count++;
    judge->hits += happened;
    judge->loss -= log(happened ? p : 1.0 - p);
    judge->ewma_loss -= log(happened ? q : 1.0 - q);
    judge->bin_count[bin]++;
    judge->said[bin] += p;
    judge->happened[bin] += happened;
    judge->variance[bin] += p * (1.0 - p);
    if (p > LIVELY) {
        judge->lively_count++;
        judge->lively_said += p;
        judge->lively_happened += happened;
    }
}

static double mean(double sum, uint64_t count)
{
    return count > 0 ? sum / (double)count : 0.0;
}

double replay_judge_loss(const struct replay_judge *judge)
{
    return mean(judge->loss, judge->count);
}

double replay_judge_ewma_loss(const struct replay_judge *judge)
{
    return mean(judge->ewma_loss, judge->count);
}

double replay_judge_base_loss(const struct replay_judge *judge)
{
    const double p = bounded(mean((double)judge->hits, judge->count));

    return judge->count == 0 ? 0.0 : -(p * log(p) + (1.0 - p) * log(1.0 - p));
}

double replay_judge_error(const struct replay_judge *judge)
{
    double distance = 0.0;

    for (unsigned b = 0; b < REPLAY_JUDGE_BINS; b++)
        distance += fabs(judge->said[b] - judge->happened[b]);
    return mean(distance, judge->count);
}

double replay_judge_error_by_chance(const struct replay_judge *judge)
{
    double distance = 0.0;

    /* The mean distance of a normal variable from its mean. */
    for (unsigned b = 0; b < REPLAY_JUDGE_BINS; b++)
        distance += sqrt(M_2_PI * judge->variance[b]);
    return mean(distance, judge->count);
}
