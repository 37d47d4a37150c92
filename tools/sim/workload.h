/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * tools/sim/workload.h - made-up work: when viewers' jobs come, how long jobs take, who wants them.
 *
 * Viewers' jobs come as a Poisson process whose rate switches between calm and burst; both last
 * exponentially long. What a job is like (kernel, tenant, length of its batches) is drawn with it,
 * from streams of their own, so the same seed gives the same arrivals whatever the policy does
 * and whether there is speculation or not. Threads: the owner's.
 */
#ifndef PS_TOOLS_SIM_WORKLOAD_H
#define PS_TOOLS_SIM_WORKLOAD_H

#include <stdbool.h>
#include <stdint.h>

#include "tools/chance.h"

#define SIM_BATCHES_MAX  1000u
#define SIM_BATCH_NS_MAX 250000000ull /* what a frame batch may take: the promise to viewers */

struct sim_workload_config {
    uint64_t seed;
    uint32_t cu_count; /* that the load is a share of; >= 1 */
    uint32_t card_cus; /* of each card, >= kernel_count */
    uint32_t
        kernel_count; /* >= 1; kernels 1..kernel_count get jobs as sim_workload_kernel() does */
    uint32_t tenant_count; /* >= 1; jobs are spread evenly over tenants 0..tenant_count-1 */
    double load;           /* viewers' CU time over all CU time, in (0, 1) */
    double burst;          /* rate in a burst over the mean rate; 1: no bursts */
    double burst_share;    /* of time, in (0, 1); burst * burst_share <= 1 */
    double burst_s;        /* mean length of a burst, > 0 */
    uint32_t batches;      /* of each job, 1..SIM_BATCHES_MAX */
    uint64_t batch_ns;     /* the longest, 1..SIM_BATCH_NS_MAX */
    double batch_spread;   /* a job's batches take 1 - spread to 1 times batch_ns; in [0, 1) */
};

/* A viewer's job or a bet on one. */
struct sim_work {
    uint64_t at_ns; /* viewer's: when it comes */
    uint64_t batch_ns;
    uint32_t batches;
    uint32_t kernel;
    uint32_t tenant;
    double probability; /* bet: that somebody will want it */
    bool wanted;        /* bet: and whether somebody will */
};

struct sim_workload {
    struct sim_workload_config cfg;
    struct chance arrivals, works, bets;
    double rate[2]; /* arrivals a second, calm and burst */
    double stay_s[2];
    double now_s, until_s; /* the present state lasts */
    uint32_t state;
};

/** Starts calm at time 0. @return 0 or -EINVAL (a field out of range). */
int sim_workload_init(struct sim_workload *workload, const struct sim_workload_config *cfg);

/** Kernel of the CU @p idx, counted through all cards; jobs are spread over kernels as CUs are. */
uint32_t sim_workload_kernel(const struct sim_workload_config *cfg, uint32_t idx);

/** Mean CU time of a job. */
double sim_workload_job_s(const struct sim_workload_config *cfg);

/** The next viewer's job; never earlier than the last. */
struct sim_work sim_workload_arrival(struct sim_workload *workload);
/** Something worth preparing for @p kernel. */
struct sim_work sim_workload_bet(struct sim_workload *workload, uint32_t kernel);

#endif
