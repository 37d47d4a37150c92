/* SPDX-License-Identifier: BSD-3-Clause */
/* host/predict/doubt.c - see doubt_priv.h. */
#include "host/predict/doubt_priv.h"

#include <math.h>

#include "host/predict/fastmath_priv.h"

#define FADE       0.9995f
#define LEAN       20.0f /* squared means that the neighbour counts as */
#define OUTLIER    16.0f /* a squared error counts up to so many variances */
#define WEIGHT_MAX 64.0f
#define FIRST      4.0f /* doublings that the first bin lies below 1 */

/* @param ret_part  How far it is on its way to the next. */
static unsigned bin_of(float expected, float *ret_part)
{
    const float at = ps_log2f(fmaxf(expected, 1e-6f)) + FIRST;
    const float bounded = fminf(fmaxf(at, 0.0f), (float)(PS_DOUBT_BINS - 1));
    const unsigned bin = (unsigned)bounded;

    *ret_part = bounded - (float)bin;
    return bin;
}

static float relative(const struct ps_doubt_bin *bin, float neighbour)
{
    const float ratio = (bin->excess + neighbour * LEAN) / (bin->square + LEAN);

    return fminf(fmaxf(ratio, 0.0f), PS_DOUBT_MAX);
}

float ps_doubt_read(const struct ps_doubt *doubt, enum ps_horizon horizon, float expected)
{
    float part, below = PS_DOUBT_PRIOR, at = PS_DOUBT_PRIOR;
    const unsigned bin = bin_of(expected, &part);

    for (unsigned b = 0; b <= bin + 1 && b < PS_DOUBT_BINS; b++) {
        below = at;
        at = relative(&doubt->bins[horizon][b], below);
    }
    return bin + 1 < PS_DOUBT_BINS ? below + part * (at - below) : at;
}

void ps_doubt_learn(struct ps_doubt *doubt, enum ps_horizon horizon, float expected, float starts,
                    float weight)
{
    float part;
    struct ps_doubt_bin *bin = &doubt->bins[horizon][bin_of(expected, &part)];
    const float variance = expected + ps_doubt_read(doubt, horizon, expected) * expected * expected;
    const float error = starts - expected;
    const float square = fminf(error * error, OUTLIER * (variance + 1.0f));

    weight = fminf(weight, WEIGHT_MAX);
    bin->excess = FADE * bin->excess + weight * (square - expected);
    bin->square = FADE * bin->square + weight * expected * expected;
}
