/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * host/messaging/wheel_priv.h - many deadlines, each started and stopped at the cost of a list's
 * link: a ring of lists, one for each tick to come.
 *
 * Pure: ticks are counted by whoever turns it. Threads: one at a time per wheel.
 */
#ifndef PS_HOST_MESSAGING_WHEEL_PRIV_H
#define PS_HOST_MESSAGING_WHEEL_PRIV_H

#include <stdint.h>

#define PS_WHEEL_TICKS_MAX 1024u /* ahead; a power of two */

/* Zero it before its first start. */
struct ps_wheel_timer {
    struct ps_wheel_timer *next, **link; /* link NULL: not running */
    void (*over)(void *arg);
    void *arg;
};

/* Zero it before use. */
struct ps_wheel {
    uint64_t now; /* ticks so far */
    uint32_t running;
    struct ps_wheel_timer *slots[PS_WHEEL_TICKS_MAX];
};

/**
 * Call over() once, when so many ticks have passed: 1..PS_WHEEL_TICKS_MAX - 1, more is cut. The one
 * that is under way counts, so it may be up to a tick early. A timer that runs begins anew.
 */
void ps_wheel_start(struct ps_wheel *wheel, struct ps_wheel_timer *timer, uint64_t ticks);
/** Also of one that does not run. */
void ps_wheel_stop(struct ps_wheel *wheel, struct ps_wheel_timer *timer);
/** So many ticks have passed. over() may start and stop any timer. */
void ps_wheel_turn(struct ps_wheel *wheel, uint64_t ticks);

#endif
