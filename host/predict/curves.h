/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * host/predict/curves.h - demand per peer class in each of the next twelve 5-minute intervals.
 *
 * Why: what to make ready is a matter of resources, but how much there will be to do, and for whom,
 * is a matter of classes: their sums are smooth enough to be told an hour ahead, with a season.
 *
 * Each series (the total, each region, each device, each region and device) is told by a mix of
 * experts, weighted by how well each did lately at 5, 15 and 60 minutes; leads between these are
 * weighted by what lies between. Classes are then scaled so that they sum to the total. Intervals
 * are those of the clock (start divisible by five minutes); the first of a curve is the one that
 * is under way, counted whole.
 *
 * A quantile is told as a real number: with U uniform in [0, 1), count + U is below it with the
 * probability in ps_curve_levels. Its floor is the count's quantile in the usual sense.
 *
 * Pure: no I/O, no clock, no randomness; memory is bounded and taken at creation, except by save
 * and load. Time that steps back stands still. After a leap of more than PS_CURVES_GAP_MAX
 * intervals nobody is thought to have been counting: no zeros are learned, the seasons stay.
 *
 * Threads: one at a time per object.
 */
#ifndef PS_HOST_PREDICT_CURVES_H
#define PS_HOST_PREDICT_CURVES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "host/plan/demand.h"
#include "host/plan/prediction.h"

#define PS_CURVES_STEPS       12u
#define PS_CURVES_INTERVAL_NS 300000000000ull
#define PS_CURVES_CLASSES_MAX 256u /* region and device; what comes later counts as one other */
#define PS_CURVES_REGIONS_MAX 64u  /* later ones have no series, but are in classes and total */
#define PS_CURVES_DEVICES_MAX 32u  /* likewise */
#define PS_CURVES_LEVELS      7u
#define PS_CURVES_EXPERTS_MAX 24u
#define PS_CURVES_GAP_MAX     36u /* intervals without a call that count as without demand */

#define PS_CURVES_ANY UINT32_MAX /* whatever region, or whatever device */

struct ps_curves;

/* A class or a sum of classes. */
struct ps_curves_class {
    uint32_t region; /* or PS_CURVES_ANY; both are: the total */
    uint32_t device; /* or PS_CURVES_ANY */
    bool is_other;   /* all classes that there was no room for; region and device mean nothing */
};

struct ps_curve_step {
    double expected;
    double median;                     /* the whole number that is least wrong */
    double quantile[PS_CURVES_LEVELS]; /* at ps_curve_levels, ascending */
};

struct ps_curve {
    uint64_t start_ns; /* of the first interval */
    struct ps_curve_step step[PS_CURVES_STEPS];
};

/* What one expert says of the interval that ends a horizon ahead. */
struct ps_curves_opinion {
    const char *name; /* static */
    double expected[PS_HORIZON_COUNT];
    double weight[PS_HORIZON_COUNT]; /* all experts' sum to 1; 0 while it has nothing to say */
};

struct ps_curves_status {
    uint64_t starts;    /* learned */
    uint64_t late;      /* starts of intervals long past: left out */
    uint64_t unclassed; /* starts counted as other for want of room */
    uint64_t intervals; /* lived through */
    uint64_t gaps;      /* leaps in time */
    uint32_t classes;   /* without other */
};

/** .05 .1 .25 .5 .75 .9 .95 */
extern const double ps_curve_levels[PS_CURVES_LEVELS];
#define PS_CURVE_MEDIAN 3u /* its place in these */

/** @param classes_max 1..PS_CURVES_CLASSES_MAX. @return 0, -EINVAL or -ENOMEM. */
int ps_curves_create(struct ps_curves **ret_curves, uint32_t classes_max);
/** NULL is allowed. */
void ps_curves_destroy(struct ps_curves *curves);

/**
 * Count samples' starts, oldest first, then let time pass up to @p now_ns; call it with no samples
 * too. A sample counts in the interval that it ends in, from after @p now_ns as of then, of the
 * interval before the present one as of now, older not at all.
 */
void ps_curves_learn(struct ps_curves *curves, const struct ps_demand *demand, uint64_t now_ns);

/** Classes with series of their own, in order of first sight. @return How many, up to @p max. */
uint32_t ps_curves_list(const struct ps_curves *curves, struct ps_curves_class *ret, uint32_t max);

/** @return 0, -ENOENT (no such series) or -EAGAIN (no interval is complete yet). */
int ps_curves_tell(const struct ps_curves *curves, const struct ps_curves_class *of,
                   struct ps_curve *ret_curve);

/**
 * Spread what is expected of one resource (struct ps_prediction) over twelve intervals from
 * @p now_ns on: the horizons' sums are kept, between them it follows the shape of @p of. Its
 * start is @p now_ns; quantiles are a Poisson count's whose mean is known with a deviation.
 * @param relative  Variance of that, as a share of its square, within each horizon; see
 *                  ps_predict_doubt().
 * @return As ps_curves_tell().
 */
int ps_curves_spread(const struct ps_curves *curves, const double expected[PS_HORIZON_COUNT],
                     const double relative[PS_HORIZON_COUNT], const struct ps_curves_class *of,
                     uint64_t now_ns, struct ps_curve *ret_curve);

/** What the experts say, in a fixed order. @return How many; 0 as ps_curves_tell() fails. */
uint32_t ps_curves_opinions(const struct ps_curves *curves, const struct ps_curves_class *of,
                            struct ps_curves_opinion ret[PS_CURVES_EXPERTS_MAX]);

void ps_curves_status(const struct ps_curves *curves, struct ps_curves_status *ret_status);

/** As bytes (version, crc32c), to keep over a restart. @return 0 or -ENOMEM; free() the data. */
int ps_curves_save(const struct ps_curves *curves, void **ret_data, size_t *ret_size_bytes);
/**
 * Take over what was saved; made with more classes than there is room for here, it is refused.
 * @return 0, -EINVAL (not of this version, damaged or too large) or -ENOMEM; when not 0, nothing
 *         changed.
 */
int ps_curves_load(struct ps_curves *curves, const void *data, size_t size_bytes);

#endif
