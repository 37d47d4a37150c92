/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * host/predict/rates_priv.h - how often something was wanted lately, at several half-lives.
 *
 * Why: a decayed count is constant in size and forgets by itself. Counts are kept inflated: a start
 * at time t adds 2^(t / half-life) instead of all earlier ones shrinking, so that reading any
 * number of counts at one time needs one factor per half-life (struct ps_rate_clock) and no exp per
 * item. Inflation restarts every epoch, which keeps it inside a float; a count of an older epoch is
 * brought over when it is next touched or read.
 */
#ifndef PS_HOST_PREDICT_RATES_PRIV_H
#define PS_HOST_PREDICT_RATES_PRIV_H

#include <stdint.h>

#define PS_HOURS 24u

enum ps_rate_span {
    PS_RATE_5MIN,
    PS_RATE_1H,
    PS_RATE_6H,
    PS_RATE_1D,
    PS_RATE_COUNT,
    PS_RATE_DAYS = PS_RATE_COUNT, /* two days; for the hours of earlier days */
    PS_RATE_SPANS,
};

/* What one moment does to every count. */
struct ps_rate_clock {
    uint64_t now_ns;
    uint32_t epoch;
    uint32_t hour; /* of the day, UTC */
    float grow[PS_RATE_SPANS];
    float shrink[PS_RATE_SPANS];
};

struct ps_rates {
    float inflated[PS_RATE_COUNT];
    uint32_t epoch;
};

/* The same hour of earlier days, one decayed count per hour. */
struct ps_hours {
    float inflated[PS_HOURS];
    uint32_t epoch;
};

void ps_rate_clock_set(struct ps_rate_clock *clock, uint64_t now_ns);

/** Half-life in seconds. */
double ps_rate_half_life_s(enum ps_rate_span span);

void ps_rates_add(struct ps_rates *rates, const struct ps_rate_clock *clock, float starts);
/** The decayed counts at the clock's time. */
void ps_rates_read(const struct ps_rates *rates, const struct ps_rate_clock *clock,
                   float ret_counts[PS_RATE_COUNT]);

void ps_hours_add(struct ps_hours *hours, const struct ps_rate_clock *clock, float starts);
float ps_hours_read(const struct ps_hours *hours, const struct ps_rate_clock *clock, uint32_t hour);

#endif
