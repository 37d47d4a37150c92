/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * host/base/clock.h - the one notion of time: nanoseconds since the Unix epoch that never step
 * back.
 *
 * Why: learning needs wall time (evenings, ages), scheduling needs time that only moves forward,
 * and a demonstration wants half an hour in two minutes. So: the wall time at start plus the
 * monotonic time since, multiplied by a scale. Every now_ns in prestage comes from here, which is
 * what scales all horizons, turns and deadlines alike.
 *
 * Threads: reading is safe from any thread once initialised. Only daemon/ and tools/ read clocks.
 */
#ifndef PS_HOST_BASE_CLOCK_H
#define PS_HOST_BASE_CLOCK_H

#include <stdint.h>

#define PS_NS_PER_SEC  1000000000ull
#define PS_NS_PER_MSEC 1000000ull

struct ps_clock {
    uint64_t wall_start_ns; /* CLOCK_REALTIME at ps_clock_init() */
    uint64_t mono_start_ns; /* CLOCK_MONOTONIC at ps_clock_init() */
    double scale;           /* 1 is real time; 15 passes a quarter of an hour in a minute */
};

/** Start @p clock at the present wall time. @param scale In [0.01, 1000]. */
void ps_clock_init(struct ps_clock *clock, double scale);

/** Now, in nanoseconds since the Unix epoch, scaled. */
uint64_t ps_clock_now_ns(const struct ps_clock *clock);

/** How long @p scaled_ns of this clock takes in real nanoseconds (for time-outs of poll). */
uint64_t ps_clock_real_ns(const struct ps_clock *clock, uint64_t scaled_ns);

/** CLOCK_MONOTONIC in nanoseconds, unscaled: for measuring how long this machine took. */
uint64_t ps_clock_mono_ns(void);

#endif
