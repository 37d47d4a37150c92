/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * host/alloc/steer.h - how far speculation may go: how sure a prediction must be before a CU works
 * for it, and what share of CU time bets may take at most.
 *
 * Why: an empty buffer should take chances and a full one should not; while viewers need the CUs,
 * only good bets should compete; and watts are not free. Two outputs, three loops:
 *
 * Threshold. error = (unused share - target) + (wanted usefulness - usefulness, when below it).
 * Bets just above the threshold tell whether it is right: when fewer than PS_MARGINAL_POOR of them
 * were useful, chances are no longer taken because there is room for them (error is at least 0) and
 * the base rises; when more than PS_MARGINAL_RICH were, it falls, unless the buffer is too full of
 * bets. Either goes on until they are back by PS_MARGINAL_BACK, and needs PS_MARGINAL_BETS_MIN of
 * them; in between they move nothing.
 *
 *
 * Within a dead band nothing moves; outside it the threshold's base moves by gain * error *
 * elapsed, a late turn counting as STEP_MAX seconds at most. The real-time load, smoothed over
 * LOAD_SMOOTHING seconds, is added in front: it takes the threshold up to half of the way from its
 * base to the maximum, by the square of the load. That part has no memory of what it did, and it
 * only flattens the base's effect, so it cannot make the loop less stable.
 *
 * Share. Without a budget it is 1. With one, error = how far power is over its budget (as a share
 * of it) or temperature over its limit (in units of 10 degrees). Over: the share falls by gain *
 * error * elapsed. Under by more than the dead band of 0.05: it rises, four times more slowly. In
 * between it rests. Of power and temperature the one that allows less decides.
 *
 * Why it cannot oscillate. Each loop is one integrator before a plant that answers late: by a pure
 * delay D, then with time constant T, an error of G for a share of 1. Such a loop comes to rest
 * without overshoot of its own when gain * G * (D + T) <= 1/4 (critical damping; pure delay alone
 * would allow 1/e). The gains are 1/4 of the worst plant each loop is meant for:
 *   power        G <= 1.5 (bets alone would draw 1.5 budgets), D + T <= 10 s  ->  1/60 a second
 *   temperature  G <= 3 (bets alone would heat by 30 degrees),  D + T <= 60 s ->  1/720 a second
 *   marginal     G <= 1 (a confidence of p comes true p of the time), D + T <= 2200 s (a quarter of
 *                an hour until a bet is judged, and the memory of it) ->  1/8800 a second
 * The step is bounded, which can only slow a loop down; rising is slower than falling, so that what
 * swings at all swings to the safe side; and the dead band swallows what noise and rounding leave.
 * A plant four times as strong or as slow still comes to rest, after swings that die out.
 *
 * Pure; embed it. Threads: the owner's.
 */
#ifndef PS_HOST_ALLOC_STEER_H
#define PS_HOST_ALLOC_STEER_H

#include <stdbool.h>
#include <stdint.h>

#define PS_THRESHOLD_MIN 0.02
#define PS_THRESHOLD_MAX 0.95

#define PS_MARGINAL_POOR     0.10 /* share of marginal bets that are useful */
#define PS_MARGINAL_RICH     0.40
#define PS_MARGINAL_BACK     0.05
#define PS_MARGINAL_BETS_MIN 8.0

struct ps_steer {
    double threshold;  /* out: confidence wanted now, PS_THRESHOLD_MIN..PS_THRESHOLD_MAX */
    double share;      /* out: for ps_alloc_cap_speculation(), 0..1 */
    double base;       /* threshold without the real-time load */
    double load;       /* real-time load, smoothed */
    bool poor, rich;   /* what marginal bets said when they last said anything; not both */
    uint64_t moved_ns; /* time of the last ps_steer_adapt(); 0 never */
};

/* The buffer's status, as shares in [0,1]. */
struct ps_buffer_reading {
    double unused_share;     /* bytes staged and not asked for yet, of all bytes */
    double usefulness_share; /* of staged items whose fate is known: used or late. 1 when none is */
};

struct ps_steer_reading {
    struct ps_buffer_reading buffer;
    double marginal_bets; /* judged lately, of those just above the threshold; may be a fraction */
    double marginal_useful;     /* of them */
    double real_time_load;      /* 0..1: what viewers took of the CU time lately */
    double power_w;             /* of all cards; 0: no reading */
    double power_budget_w;      /* 0: no budget */
    double temperature_c;       /* of the hottest card; 0: no reading */
    double temperature_limit_c; /* 0: no limit */
};

/** @param threshold  Configured; clamped to the bounds. The share begins at 1. */
void ps_steer_init(struct ps_steer *steer, double threshold);

/** Once a turn. Time that steps back is taken as no time; a budget without a reading moves nothing;
 *  values out of range are taken as the nearest in it, NaN as no reading. */
void ps_steer_adapt(struct ps_steer *steer, const struct ps_steer_reading *reading,
                    uint64_t now_ns);

/**
 * Shares of the buffer for what was demanded, what is likely and what is a maybe; they add up to 1.
 * Bets get between a quarter and three quarters of the space, the more the more useful they proved;
 * of that the likely ones get two thirds.
 */
void ps_buffer_shares(const struct ps_buffer_reading *reading, double ret_share[3]);

#endif
