/* SPDX-License-Identifier: BSD-3-Clause */
/* tests/unit/host/predict/counts.h - made-up counts, and curves that live through them. */
#ifndef PS_TESTS_UNIT_HOST_PREDICT_COUNTS_H
#define PS_TESTS_UNIT_HOST_PREDICT_COUNTS_H

#include <math.h>
#include <string.h>

#include "host/base/mem.h"
#include "host/predict/curves.h"
#include "tests/support/ps_test.h"

#define INTERVAL PS_CURVES_INTERVAL_NS
#define DAY      288u
#define FIRST    5600000u /* interval in which all begins */

static const struct ps_curves_class total = { .region = PS_CURVES_ANY, .device = PS_CURVES_ANY };

static inline double chance(uint64_t *state)
{
    *state = *state * 6364136223846793005u + 1442695040888963407u;
    return (double)(*state >> 11) / 9007199254740992.0;
}

/* A Poisson count. */
static inline uint32_t draw(double mean, uint64_t *state)
{
    const double least = exp(-mean);
    uint32_t count = 0;

    for (double left = chance(state); left > least && count < 10000; count++)
        left *= chance(state);
    return count;
}

static inline struct ps_curves *new_curves(uint32_t classes_max)
{
    struct ps_curves *curves = NULL;

    PS_REQUIRE(ps_curves_create(&curves, classes_max) == 0);
    return curves;
}

/* So many starts in the midst of an interval. */
static inline void want(struct ps_curves *curves, uint32_t region, uint32_t device,
                        uint64_t interval, uint32_t starts)
{
    const uint64_t at_ns = interval * INTERVAL + INTERVAL / 2;
    struct ps_demand_sample sample = {
        .start_ns = at_ns,
        .end_ns = at_ns,
        .peer = { .region = (uint16_t)region, .device = (uint8_t)device },
        .starts = starts,
    };
    const struct ps_demand demand = { .samples = &sample, .capacity = 1, .count = 1 };

    ps_curves_learn(curves, &demand, at_ns);
}

static inline void pass(struct ps_curves *curves, uint64_t now_ns)
{
    const struct ps_demand none = { 0 };

    ps_curves_learn(curves, &none, now_ns);
}

static inline struct ps_curve tell(const struct ps_curves *curves, const struct ps_curves_class *of)
{
    struct ps_curve curve = { 0 };

    PS_REQUIRE(ps_curves_tell(curves, of, &curve) == 0);
    return curve;
}

static inline struct ps_curves_class class_of(uint32_t region, uint32_t device)
{
    return (struct ps_curves_class){ .region = region, .device = device };
}

#endif
