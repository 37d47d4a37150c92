/* SPDX-License-Identifier: BSD-3-Clause */
/* tools/replay/isotonic.c - see isotonic.h. */
#include "tools/replay/isotonic.h"

#include <math.h>

#define LEAST -10.0 /* log-odds of the first bin... */
#define MOST  6.0   /* ...and of the last one's end */
#define KEEP  0.97  /* of a tick's weight, at the next */
#define PRIOR 1.0   /* rows that say the curve is right as it is, against shares of 0 and 1 */
#define TINY  1e-3  /* rows that a bin needs to count */

static double log_odds(double p)
{
    const double inside = fmin(fmax(p, 1e-6), 1.0 - 1e-6);

    return log(inside / (1.0 - inside));
}

static double probability(double odds)
{
    return 1.0 / (1.0 + exp(-odds));
}

void replay_isotonic_add(struct replay_isotonic *isotonic, double said, bool happened)
{
    const double odds = fmin(fmax(log_odds(said), LEAST), MOST);
    const unsigned place = (unsigned)((odds - LEAST) * REPLAY_ISOTONIC_BINS / (MOST - LEAST));
    const unsigned bin = place < REPLAY_ISOTONIC_BINS ? place : REPLAY_ISOTONIC_BINS - 1;

    isotonic->rows[bin] += 1.0;
    isotonic->happened[bin] += happened;
    isotonic->odds[bin] += odds;
}

/* Pool what falls: the curve's points from `from` on get one share. */
static void pool(struct replay_isotonic *isotonic, const double *weight)
{
    double share[REPLAY_ISOTONIC_BINS], weights[REPLAY_ISOTONIC_BINS];
    uint32_t length[REPLAY_ISOTONIC_BINS], blocks = 0, point = 0;

    for (uint32_t i = 0; i < isotonic->count; i++) {
        share[blocks] = isotonic->p[i];
        weights[blocks] = weight[i];
        length[blocks++] = 1;
        for (; blocks > 1 && share[blocks - 2] >= share[blocks - 1]; blocks--) {
            const double both = weights[blocks - 2] + weights[blocks - 1];

            share[blocks - 2] = (share[blocks - 2] * weights[blocks - 2] +
                                 share[blocks - 1] * weights[blocks - 1]) /
                                both;
            weights[blocks - 2] = both;
            length[blocks - 2] += length[blocks - 1];
        }
    }
    for (uint32_t b = 0; b < blocks; b++)
        for (uint32_t i = 0; i < length[b]; i++)
            isotonic->p[point++] = share[b];
}

void replay_isotonic_fit(struct replay_isotonic *isotonic)
{
    double weight[REPLAY_ISOTONIC_BINS];

    isotonic->count = 0;
    for (unsigned b = 0; b < REPLAY_ISOTONIC_BINS; b++) {
        const uint32_t i = isotonic->count;

        if (isotonic->rows[b] > TINY) {
            isotonic->at[i] = isotonic->odds[b] / isotonic->rows[b];
            weight[i] = isotonic->rows[b] + PRIOR;
            isotonic->p[i] =
                (isotonic->happened[b] + PRIOR * probability(isotonic->at[i])) / weight[i];
            isotonic->count++;
        }
        isotonic->rows[b] *= KEEP;
        isotonic->happened[b] *= KEEP;
        isotonic->odds[b] *= KEEP;
    }
    pool(isotonic, weight);
}

double replay_isotonic_map(const struct replay_isotonic *isotonic, double said)
{
    const double odds = fmin(fmax(log_odds(said), LEAST), MOST);
    uint32_t low = 0, high = isotonic->count;
    double part;

    if (isotonic->count == 0)
        return said;
    while (low < high) {
        const uint32_t middle = (low + high) / 2;

        if (isotonic->at[middle] <= odds)
            low = middle + 1;
        else
            high = middle;
    }
    if (low == 0)
        return isotonic->p[0];
    if (low == isotonic->count)
        return isotonic->p[low - 1];
    part = (odds - isotonic->at[low - 1]) / (isotonic->at[low] - isotonic->at[low - 1]);
    return isotonic->p[low - 1] + part * (isotonic->p[low] - isotonic->p[low - 1]);
}
