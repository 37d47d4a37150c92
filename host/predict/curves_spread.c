/* SPDX-License-Identifier: BSD-3-Clause */
/* host/predict/curves_spread.c - see curves_spread_priv.h. */
#include "host/predict/curves_spread_priv.h"

#include <math.h>

#define KEEP         0.995 /* of earlier errors, each interval */
#define PRIOR_MEANS  20.0  /* the prior weighs as much as so many intervals of mean 1 */
#define OUTLIER      16.0  /* a squared error counts up to so many variances */
#define RELATIVE_MAX 4.0
#define SUMMED_MAX   300.0 /* means above are not summed count by count */
#define COUNTS_MAX   20000u
#define LEARN        0.2 /* of a level's miss, each interval */
#define SHIFT_MAX    4.0
#define FEW          4.0 /* counts: above, the median is taken to be nearer to the mean */

const double ps_curve_levels[PS_CURVES_LEVELS] = { 0.05, 0.1, 0.25, 0.5, 0.75, 0.9, 0.95 };

double ps_dispersion_of(const struct ps_dispersion *dispersion, double prior)
{
    const double relative =
        (dispersion->excess + prior * PRIOR_MEANS) / (dispersion->square + PRIOR_MEANS);

    return fmin(fmax(relative, 0.0), RELATIVE_MAX);
}

void ps_dispersion_learn(struct ps_dispersion *dispersion, double mean, double relative,
                         double count)
{
    const double variance = mean + relative * mean * mean;
    const double square = fmin((count - mean) * (count - mean), OUTLIER * (variance + 1.0));

    dispersion->excess = KEEP * dispersion->excess + square - mean;
    dispersion->square = KEEP * dispersion->square + mean * mean;
}

/* The normal distribution's quantile (Abramowitz and Stegun 26.2.23, wrong by less than .0005). */
static double normal(double level)
{
    const double t = sqrt(-2.0 * log(fmin(level, 1.0 - level)));
    const double z = t - (2.515517 + t * (0.802853 + t * 0.010328)) /
                             (1.0 + t * (1.432788 + t * (0.189269 + t * 0.001308)));

    return level < 0.5 ? -z : z;
}

/* A gamma variable of the same mean and variance (Wilson and Hilferty), for means so large that
 * single counts do not show. */
static double of_gamma(double mean, double relative, double level)
{
    const double ninth = (1.0 / mean + relative) / 9.0;
    const double root = fmax(1.0 - ninth + normal(level) * sqrt(ninth), 0.0);

    return mean * root * root * root + 0.5;
}

static void large(double mean, double relative, const double levels[PS_CURVES_LEVELS],
                  double ret[PS_CURVES_LEVELS])
{
    for (unsigned q = 0; q < PS_CURVES_LEVELS; q++)
        ret[q] = of_gamma(mean, relative, levels[q]);
}

void ps_spread_quantiles(double mean, double relative, const double levels[PS_CURVES_LEVELS],
                         double ret[PS_CURVES_LEVELS])
{
    const double successes = 1.0 / fmax(relative, 1e-9);
    const double again = mean / (successes + mean);
    double chance = exp(-successes * log1p(mean / successes)); /* of this count ... */
    double below = 0.0;                                        /* ... and of smaller ones */
    uint32_t count = 0;

    if (mean > SUMMED_MAX) {
        large(mean, relative, levels, ret);
        return;
    }
    for (unsigned q = 0; q < PS_CURVES_LEVELS; q++) {
        while (below + chance < levels[q] && count < COUNTS_MAX) {
            below += chance;
            chance *= ((double)count + successes) / ((double)count + 1.0) * again;
            count++;
        }
        ret[q] = (double)count + fmin((levels[q] - below) / fmax(chance, 1e-300), 1.0);
    }
}

double ps_spread_quantile(double mean, double relative, double level)
{
    if (mean > FEW) /* near enough for one number, and at once */
        return of_gamma(mean, relative, level);
    double levels[PS_CURVES_LEVELS], quantile[PS_CURVES_LEVELS];

    for (unsigned q = 0; q < PS_CURVES_LEVELS; q++)
        levels[q] = level;
    ps_spread_quantiles(mean, relative, levels, quantile);
    return quantile[0];
}

double ps_spread_median(double mean, double relative)
{
    double quantile[PS_CURVES_LEVELS];

    ps_spread_quantiles(mean, relative * fmin(1.0, FEW / fmax(mean, FEW)), ps_curve_levels,
                        quantile);
    return floor(quantile[PS_CURVE_MEDIAN]);
}

void ps_levels_get(const struct ps_levels *levels, double ret[PS_CURVES_LEVELS])
{
    for (unsigned q = 0; q < PS_CURVES_LEVELS; q++) {
        const double level = ps_curve_levels[q];
        const double odds = log(level / (1.0 - level)) + levels->shift[q];

        ret[q] = 1.0 / (1.0 + exp(-odds));
        if (q > 0) /* shifted each for itself, they could cross */
            ret[q] = fmax(ret[q], ret[q - 1]);
    }
}

void ps_levels_learn(struct ps_levels *levels, const double below[PS_CURVES_LEVELS], double weight)
{
    for (unsigned q = 0; q < PS_CURVES_LEVELS; q++) {
        const double level = ps_curve_levels[q];
        const double step = LEARN * weight / sqrt(level * (1.0 - level));

        levels->shift[q] += step * (level - below[q]);
        levels->shift[q] = fmin(fmax(levels->shift[q], -SHIFT_MAX), SHIFT_MAX);
    }
}

double ps_spread_below(double count, double quantile)
{
    return fmin(fmax(quantile - count, 0.0), 1.0);
}
