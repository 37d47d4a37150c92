/* SPDX-License-Identifier: BSD-3-Clause */
/* host/predict/rates.c - see rates_priv.h. */
#include "host/predict/rates_priv.h"

#include <math.h>

#include "host/base/assert.h"
#include "host/base/clock.h"

static const double half_life_s[PS_RATE_SPANS] = { 300, 3600, 21600, 86400, 172800 };

/* 64 of the shortest half-lives: 2^64 is far inside a float, and so is a million times that. */
#define EPOCH_S 19200ull

double ps_rate_half_life_s(enum ps_rate_span span)
{
    ps_assert(span < PS_RATE_SPANS);
    return half_life_s[span];
}

void ps_rate_clock_set(struct ps_rate_clock *clock, uint64_t now_ns)
{
    const uint64_t now_s = now_ns / PS_NS_PER_SEC;
    const double since_epoch_s = (double)(now_ns % (EPOCH_S * PS_NS_PER_SEC)) / 1e9;

    clock->now_ns = now_ns;
    clock->epoch = (uint32_t)(now_s / EPOCH_S);
    clock->hour = (uint32_t)(now_s / 3600 % PS_HOURS);
    for (unsigned k = 0; k < PS_RATE_SPANS; k++) {
        clock->grow[k] = (float)exp2(since_epoch_s / half_life_s[k]);
        clock->shrink[k] = 1.0f / clock->grow[k];
    }
}

/* What is left, in the clock's epoch, of one unit of an older epoch. */
static float carried(uint32_t epoch, const struct ps_rate_clock *clock, unsigned span)
{
    ps_hot_assert(epoch <= clock->epoch);
    if (epoch == clock->epoch)
        return 1.0f;
    return (float)exp2(-(double)(clock->epoch - epoch) * (double)EPOCH_S / half_life_s[span]);
}

void ps_rates_add(struct ps_rates *rates, const struct ps_rate_clock *clock, float starts)
{
    if (rates->epoch != clock->epoch) {
        for (unsigned k = 0; k < PS_RATE_COUNT; k++)
            rates->inflated[k] *= carried(rates->epoch, clock, k);
        rates->epoch = clock->epoch;
    }
    for (unsigned k = 0; k < PS_RATE_COUNT; k++)
        rates->inflated[k] += starts * clock->grow[k];
}

void ps_rates_read(const struct ps_rates *rates, const struct ps_rate_clock *clock,
                   float ret_counts[PS_RATE_COUNT])
{
    for (unsigned k = 0; k < PS_RATE_COUNT; k++)
        ret_counts[k] = rates->inflated[k] * clock->shrink[k];
    if (rates->epoch != clock->epoch)
        for (unsigned k = 0; k < PS_RATE_COUNT; k++)
            ret_counts[k] *= carried(rates->epoch, clock, k);
}

void ps_hours_add(struct ps_hours *hours, const struct ps_rate_clock *clock, float starts)
{
    if (hours->epoch != clock->epoch) {
        const float left = carried(hours->epoch, clock, PS_RATE_DAYS);

        for (unsigned h = 0; h < PS_HOURS; h++)
            hours->inflated[h] *= left;
        hours->epoch = clock->epoch;
    }
    hours->inflated[clock->hour] += starts * clock->grow[PS_RATE_DAYS];
}

float ps_hours_read(const struct ps_hours *hours, const struct ps_rate_clock *clock, uint32_t hour)
{
    ps_hot_assert(hour < PS_HOURS);
    return hours->inflated[hour] * clock->shrink[PS_RATE_DAYS] *
           carried(hours->epoch, clock, PS_RATE_DAYS);
}
