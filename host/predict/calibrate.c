/* SPDX-License-Identifier: BSD-3-Clause */
/* host/predict/calibrate.c - see calibrate_priv.h. */
#include "host/predict/calibrate_priv.h"

#include "host/predict/fastmath_priv.h"

#define DECAY        0.99393f /* a minute; .97 in five */
#define PRIOR_WEIGHT 50.0f

static float position(float log_odds)
{
    const float at = (log_odds - PS_CALIBRATE_MIN) * (float)PS_CALIBRATE_BINS /
                         (PS_CALIBRATE_MAX - PS_CALIBRATE_MIN) -
                     0.5f;

    return at < 0.0f ? 0.0f : at > PS_CALIBRATE_BINS - 1 ? PS_CALIBRATE_BINS - 1 : at;
}

static float said_by(unsigned bin)
{
    return ps_logistic(PS_CALIBRATE_MIN + ((float)bin + 0.5f) *
                                              (PS_CALIBRATE_MAX - PS_CALIBRATE_MIN) /
                                              (float)PS_CALIBRATE_BINS);
}

/* Pool adjacent violators. */
static void fit(struct ps_calibrate *calibrate)
{
    float weight[PS_CALIBRATE_BINS], share[PS_CALIBRATE_BINS];
    unsigned length[PS_CALIBRATE_BINS], count = 0, bin = 0;

    for (unsigned b = 0; b < PS_CALIBRATE_BINS; b++) {
        weight[count] = calibrate->weight[b] + PRIOR_WEIGHT;
        share[count] = (calibrate->hits[b] + PRIOR_WEIGHT * said_by(b)) / weight[count];
        length[count++] = 1;
        while (count > 1 && share[count - 2] > share[count - 1]) {
            const float both = weight[count - 2] + weight[count - 1];

            share[count - 2] =
                (share[count - 2] * weight[count - 2] + share[count - 1] * weight[count - 1]) /
                both;
            weight[count - 2] = both;
            length[count - 2] += length[count - 1];
            count--;
        }
    }
    for (unsigned pool = 0; pool < count; pool++)
        for (unsigned k = 0; k < length[pool]; k++)
            calibrate->share[bin++] = share[pool];
}

void ps_calibrate_init(struct ps_calibrate *calibrate)
{
    *calibrate = (struct ps_calibrate){ { 0 }, { 0 }, { 0 } };
    fit(calibrate);
}

void ps_calibrate_add(struct ps_calibrate *calibrate, float log_odds, float weight, float hit)
{
    const unsigned bin = (unsigned)(position(log_odds) + 0.5f);

    calibrate->weight[bin] += weight;
    calibrate->hits[bin] += weight * hit;
}

void ps_calibrate_tick(struct ps_calibrate *calibrate)
{
    for (unsigned b = 0; b < PS_CALIBRATE_BINS; b++) {
        calibrate->weight[b] *= DECAY;
        calibrate->hits[b] *= DECAY;
    }
    fit(calibrate);
}

float ps_calibrate_read(const struct ps_calibrate *calibrate, float log_odds)
{
    const float at = position(log_odds);
    const unsigned low = (unsigned)at;
    const unsigned high = low + 1 < PS_CALIBRATE_BINS ? low + 1 : low;
    const float part = at - (float)low;
    const float share =
        calibrate->share[low] + part * (calibrate->share[high] - calibrate->share[low]);

    return share < 1e-5f ? 1e-5f : share > 1.0f - 1e-4f ? 1.0f - 1e-4f : share;
}
