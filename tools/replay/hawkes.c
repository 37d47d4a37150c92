/* SPDX-License-Identifier: BSD-3-Clause */
/* tools/replay/hawkes.c - see hawkes.h. */
#include "tools/replay/hawkes.h"

#include <math.h>

#define KEEP        0.99 /* of a tick's weight, at the next */
#define LEAST       1e-9 /* starts expected; keeps quotients finite */
#define PRIOR_ROWS  10.0 /* rows that say what the first weights say */
#define FIRST_FLOOR 1e-3
#define FLOOR       REPLAY_KERNELS /* the part that is always there */

void replay_hawkes_init(struct replay_hawkes *hawkes)
{
    *hawkes = (struct replay_hawkes){ 0 };
    for (unsigned k = 0; k < REPLAY_KERNELS; k++) {
        hawkes->reach[k] = -expm1(-(double)REPLAY_TICK_NS / 1e9 / replay_kernel_s[k]);
        hawkes->weight[k] = 1.0 / REPLAY_KERNELS;
    }
    hawkes->reach[FLOOR] = 1.0;
    hawkes->weight[FLOOR] = FIRST_FLOOR;
    for (unsigned k = 0; k < REPLAY_HAWKES_PARTS; k++) {
        hawkes->exposure[k] = PRIOR_ROWS * hawkes->reach[k];
        hawkes->blame[k] = hawkes->exposure[k] * hawkes->weight[k];
    }
}

/* What a part expects with a weight of 1. */
static double whole(const struct replay_hawkes *hawkes, const float *x, unsigned part)
{
    return part == FLOOR ? 1.0 : hawkes->reach[part] * (double)x[REPLAY_X_COUNTS + part];
}

double replay_hawkes_expect(const struct replay_hawkes *hawkes, const float *x)
{
    double sum = LEAST;

    for (unsigned k = 0; k < REPLAY_HAWKES_PARTS; k++)
        sum += hawkes->weight[k] * whole(hawkes, x, k);
    return sum;
}

void replay_hawkes_add(struct replay_hawkes *hawkes, const float *x, bool happened)
{
    const double expected = replay_hawkes_expect(hawkes, x);
    /* Each part's share of the starts that there are, given that there is one, over its own. */
    const double blame = happened ? -1.0 / expm1(-expected) : 0.0;

    for (unsigned k = 0; k < REPLAY_HAWKES_PARTS; k++) {
        const double part = whole(hawkes, x, k);

        hawkes->exposure[k] += part;
        hawkes->blame[k] += blame * hawkes->weight[k] * part;
    }
}

void replay_hawkes_fit(struct replay_hawkes *hawkes)
{
    for (unsigned k = 0; k < REPLAY_HAWKES_PARTS; k++) {
        if (hawkes->exposure[k] > 0.0)
            hawkes->weight[k] = hawkes->blame[k] / hawkes->exposure[k];
        hawkes->exposure[k] *= KEEP;
        hawkes->blame[k] *= KEEP;
    }
}
