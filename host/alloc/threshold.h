/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * host/alloc/threshold.h - how sure a prediction must be before a CU works for it.
 *
 * Why: an empty buffer should take chances and a full one should not. The threshold follows two
 * readings of the buffer: how much of it is filled with things nobody asked for yet, and how much
 * of what left it had been of use.
 *
 * The controller: error = (unused share - target) + (wanted usefulness - usefulness, when below
 * it). Within a dead band nothing moves; outside it the threshold moves by gain * error * elapsed,
 * at most STEP_MAX a second. It integrates one error of bounded slope with no memory of its own, so
 * it has no overshoot of its own making: readings that stay put bring it to rest at a bound or in
 * the band.
 *
 * Pure; embed it. Threads: the owner's.
 */
#ifndef PS_HOST_ALLOC_THRESHOLD_H
#define PS_HOST_ALLOC_THRESHOLD_H

#include <stdint.h>

#define PS_THRESHOLD_MIN 0.02
#define PS_THRESHOLD_MAX 0.95

struct ps_threshold {
    double value;      /* confidence wanted now, PS_THRESHOLD_MIN..PS_THRESHOLD_MAX */
    uint64_t moved_ns; /* time of the last ps_threshold_adapt(); 0 never */
};

/* The buffer's status, as shares in [0,1]. */
struct ps_buffer_reading {
    double unused_share;     /* bytes staged and not asked for yet, of all bytes */
    double usefulness_share; /* of staged items whose fate is known: used or late. 1 when none is */
};

/** @param start  Configured threshold; clamped to the bounds. */
void ps_threshold_init(struct ps_threshold *threshold, double start);

/** Once a turn. Time that steps back is taken as no time. */
void ps_threshold_adapt(struct ps_threshold *threshold, const struct ps_buffer_reading *reading,
                        uint64_t now_ns);

/**
 * Shares of the buffer for what was demanded, what is likely and what is a maybe; they add up to 1.
 * Bets get between a quarter and three quarters of the space, the more the more useful they proved;
 * of that the likely ones get two thirds.
 */
void ps_buffer_shares(const struct ps_buffer_reading *reading, double ret_share[3]);

#endif
