/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * bitstreams/fit.h - fits kernels' cycle models to run times that a real card showed.
 *
 * Why: a cycle model knows how time grows with a run's arguments; how fast a build of the kernel
 * really is only the card can say. One factor per kernel, the least squares through the origin,
 * joins them; card.conf keeps it as "calibrate KERNEL FACTOR".
 *
 * The text: one run a line, "KERNEL SCALAR... MICROSECONDS", with the kernel's scalar arguments in
 * order and its buffers left out; # starts a comment.
 *
 * Threads: any; no state.
 */
#ifndef PS_BITSTREAMS_FIT_H
#define PS_BITSTREAMS_FIT_H

#include "bitstreams/card_conf.h"
#include "kernels/abi/cycles.h"

/** The cycle model of kernel @p name, or NULL. */
typedef psk_cycles_entry *ps_fit_find(void *arg, const char *name);

struct ps_fit_kernel {
    uint32_t run_count; /* 0: none in the text */
    double factor;      /* measured / modelled */
    double error_max;   /* the worst run's |factor * modelled / measured - 1| */
};

/**
 * Fit the kernels of @p conf to the runs in @p text.
 *
 * @param ret_fits  PS_CARD_KERNELS_MAX of them, in the order of conf's kernels.
 * @param ret_why   PS_CARD_WHY_MAX bytes; on failure "line N: reason".
 * @return 0 or -EINVAL.
 */
int ps_fit_runs(const struct ps_card_conf *conf, const char *text, ps_fit_find *find, void *arg,
                struct ps_fit_kernel *ret_fits, char *ret_why);

#endif
