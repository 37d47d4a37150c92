/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * host/predict/calibrate_priv.h - from what the experts say to what really happens.
 *
 * Streaming isotonic regression: outcomes gather in bins by the log odds that were said, old ones
 * decay, and pooling adjacent violators (Ayer et al., 1955) makes the share that came true rise
 * with what was said. Each bin leans on what it says itself, as if that had been seen so often.
 */
#ifndef PS_HOST_PREDICT_CALIBRATE_PRIV_H
#define PS_HOST_PREDICT_CALIBRATE_PRIV_H

#define PS_CALIBRATE_BINS 80u

/* Log odds outside count as at the edge. */
#define PS_CALIBRATE_MIN (-12.0f)
#define PS_CALIBRATE_MAX 4.0f

struct ps_calibrate {
    float weight[PS_CALIBRATE_BINS]; /* decayed, of outcomes */
    float hits[PS_CALIBRATE_BINS];   /* decayed, of outcomes that came true */
    float share[PS_CALIBRATE_BINS];  /* the fit: never falling */
};

void ps_calibrate_init(struct ps_calibrate *calibrate);

/** One outcome. @param hit 1 if it came true, else 0. */
void ps_calibrate_add(struct ps_calibrate *calibrate, float log_odds, float weight, float hit);

/** Decay what was seen and fit anew; once a minute. */
void ps_calibrate_tick(struct ps_calibrate *calibrate);

/** @return The probability for @p log_odds, in (0, 1). */
float ps_calibrate_read(const struct ps_calibrate *calibrate, float log_odds);

#endif
