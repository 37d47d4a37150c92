/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * host/predict/curves_spread_priv.h - how far counts fall from what was expected.
 *
 * A count is negative binomial around its mean: Poisson noise, and a relative variance that is
 * learned from past errors. What that still gets wrong, levels correct: each quantile's level moves
 * against its share of counts below (streaming conformal correction).
 */
#ifndef PS_HOST_PREDICT_CURVES_SPREAD_PRIV_H
#define PS_HOST_PREDICT_CURVES_SPREAD_PRIV_H

#include "host/predict/curves.h"

/* Relative variance beyond Poisson's, of one series at one horizon. */
struct ps_dispersion {
    double excess; /* decayed sum of squared errors beyond the mean */
    double square; /* decayed sum of squared means */
};

/** @param prior  What others say of it, to begin with. */
double ps_dispersion_of(const struct ps_dispersion *dispersion, double prior);
void ps_dispersion_learn(struct ps_dispersion *dispersion, double mean, double relative,
                         double count);

/**
 * Quantiles as curves.h defines them.
 * @param relative  Variance of the mean beyond Poisson's, as a share of its square; 0: Poisson.
 */
void ps_spread_quantiles(double mean, double relative, const double levels[PS_CURVES_LEVELS],
                         double ret[PS_CURVES_LEVELS]);

/** One of these. */
double ps_spread_quantile(double mean, double relative, double level);

/**
 * A median, a whole number. Of large means the skew of @p relative is left out: experts are weighed
 * by absolute errors, so their mix is near the median already.
 */
double ps_spread_median(double mean, double relative);

/* Shifts of levels, as log odds. */
struct ps_levels {
    double shift[PS_CURVES_LEVELS];
};

/** The levels to ask for, to be right at ps_curve_levels. */
void ps_levels_get(const struct ps_levels *levels, double ret[PS_CURVES_LEVELS]);
/** @param below  Share of counts that were below each quantile told. @param weight In (0, 1]. */
void ps_levels_learn(struct ps_levels *levels, const double below[PS_CURVES_LEVELS], double weight);

/** How much of count + U lies below a quantile. */
double ps_spread_below(double count, double quantile);

#endif
