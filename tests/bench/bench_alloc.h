/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * tests/bench/bench_alloc.h - the parts of `tools/bench alloc`: each prints its lines and judges.
 *
 * Threads: one.
 */
#ifndef PS_TESTS_BENCH_BENCH_ALLOC_H
#define PS_TESTS_BENCH_BENCH_ALLOC_H

#include <stdbool.h>
#include <stdint.h>

#include "tools/sim/sim.h"

#define BENCH_P99_RATIO_MAX  1.10
#define BENCH_BUSY_SHARE_MIN 0.95
#define BENCH_GROWTH_MAX     2.0

/** Compare @p measured with its bar and say so when it is missed. @return whether it is kept. */
bool bench_bar(const char *name, double measured, double least, double most);

/** 4 cards of 8 CUs at 60 % in bursts; see bench_alloc.c for why these numbers. */
struct sim_config bench_alloc_case(void);

/** 99th percentile of the viewers' waits; UINT64_MAX when out of memory. */
uint64_t bench_p99_wait_ns(const struct sim_metrics *metrics);

/** What a decision costs, and how that grows with the queue. @return whether the bars are kept. */
bool bench_alloc_cost(void);

/** The same load on emulated cards in real time. @return false when it could not run or lost a job.
 */
bool bench_alloc_real(void);

#endif
