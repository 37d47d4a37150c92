/* SPDX-License-Identifier: BSD-3-Clause */
/* host/predict/calibrate.c - see calibrate_priv.h. */
#include "host/predict/calibrate_priv.h"

#include <math.h>

#include "host/predict/model_priv.h"

#define DECAY        0.997 /* a tick; half is forgotten in four hours of one-minute ticks */
#define PRIOR_WEIGHT 10.0  /* outcomes that the model's own belief counts for in each bin */
#define BIN_WIDTH    ((PS_CALIBRATE_SCORE_MAX - PS_CALIBRATE_SCORE_MIN) / (float)PS_CALIBRATE_BINS)

/* Position in bins; bin b's centre is at b. */
static float position(float score)
{
    const float at = (score - PS_CALIBRATE_SCORE_MIN) / BIN_WIDTH - 0.5f;

    return fminf(fmaxf(at, 0.0f), (float)(PS_CALIBRATE_BINS - 1));
}

static double belief(unsigned bin)
{
    const double score = (double)PS_CALIBRATE_SCORE_MIN + (bin + 0.5) * (double)BIN_WIDTH;

    return ps_model_probability(exp(score));
}

/* Pool adjacent violators: blocks grow to the left until their means rise. */
static void fit(struct ps_calibrate *calibrate)
{
    double weight[PS_CALIBRATE_BINS], hits[PS_CALIBRATE_BINS];
    unsigned first[PS_CALIBRATE_BINS + 1];
    unsigned blocks = 0;

    for (unsigned b = 0; b < PS_CALIBRATE_BINS; b++) {
        weight[blocks] = calibrate->weight[b] + PRIOR_WEIGHT;
        hits[blocks] = calibrate->hits[b] + PRIOR_WEIGHT * belief(b);
        first[blocks++] = b;
        while (blocks > 1 &&
               hits[blocks - 2] * weight[blocks - 1] >= hits[blocks - 1] * weight[blocks - 2]) {
            weight[blocks - 2] += weight[blocks - 1];
            hits[blocks - 2] += hits[blocks - 1];
            blocks--;
        }
    }
    first[blocks] = PS_CALIBRATE_BINS;
    for (unsigned k = 0; k < blocks; k++)
        for (unsigned b = first[k]; b < first[k + 1]; b++)
            calibrate->share[b] = hits[k] / weight[k];
}

void ps_calibrate_init(struct ps_calibrate *calibrate)
{
    *calibrate = (struct ps_calibrate){ 0 };
    fit(calibrate);
}

void ps_calibrate_add(struct ps_calibrate *calibrate, float score, double weight, double hit)
{
    const unsigned bin = (unsigned)(position(score) + 0.5f);

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

float ps_calibrate_read(const struct ps_calibrate *calibrate, float score)
{
    const float at = position(score);
    const unsigned low = (unsigned)at;
    const unsigned high = low + 1 < PS_CALIBRATE_BINS ? low + 1 : low;
    const double part = (double)(at - (float)low);
    const double share =
        calibrate->share[low] + part * (calibrate->share[high] - calibrate->share[low]);

    return (float)fmin(fmax(share, 1e-5), 1.0 - 1e-4);
}
