/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * host/accel/load_priv.h - which share of the last minute something was busy.
 *
 * Threads: one at a time. Time comes in and never goes back.
 */
#ifndef PS_HOST_ACCEL_LOAD_PRIV_H
#define PS_HOST_ACCEL_LOAD_PRIV_H

#include <stdint.h>

#define ACCEL_LOAD_STEP_NS 5000000000ull
#define ACCEL_LOAD_STEPS   12u /* a minute; the present step replaces the part of the oldest */

struct accel_load {
    uint64_t step; /* the present one's number, from time 0 */
    uint64_t begun_ns;
    uint64_t busy_ns[ACCEL_LOAD_STEPS];
};

/** Idle from @p now_ns on. */
void accel_load_init(struct accel_load *load, uint64_t now_ns);
/** It was busy from @p start_ns to @p end_ns, which is now. */
void accel_load_add(struct accel_load *load, uint64_t start_ns, uint64_t end_ns);
/** 0..1, of the last 55 to 60 s or of all the time there was. */
double accel_load_share(const struct accel_load *load, uint64_t now_ns);

#endif
