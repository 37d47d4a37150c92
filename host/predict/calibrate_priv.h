/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * host/predict/calibrate_priv.h - from what the model says to what really happens.
 *
 * Streaming isotonic regression: outcomes gather in bins by the model's score, old ones decay, and
 * pooling adjacent violators makes the share of hits rise with the score. A bin that has seen
 * nothing leans on what the model itself believes there.
 */
#ifndef PS_HOST_PREDICT_CALIBRATE_PRIV_H
#define PS_HOST_PREDICT_CALIBRATE_PRIV_H

#define PS_CALIBRATE_BINS 80u

/* Scores are log expected counts; they order like log odds, and need no further log. */
#define PS_CALIBRATE_SCORE_MIN (-12.0f)
#define PS_CALIBRATE_SCORE_MAX 6.0f

struct ps_calibrate {
    double weight[PS_CALIBRATE_BINS]; /* decayed, of outcomes */
    double hits[PS_CALIBRATE_BINS];   /* decayed, of outcomes that came true */
    double share[PS_CALIBRATE_BINS];  /* the fit: never falling */
};

void ps_calibrate_init(struct ps_calibrate *calibrate);

/** One outcome. @param hit 1 if it came true, else 0. */
void ps_calibrate_add(struct ps_calibrate *calibrate, float score, double weight, double hit);

/** Decay what was seen and fit anew. */
void ps_calibrate_tick(struct ps_calibrate *calibrate);

/** @return The probability for @p score, in (0, 1). */
float ps_calibrate_read(const struct ps_calibrate *calibrate, float score);

#endif
