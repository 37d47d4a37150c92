/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * tools/sim/sim.h - cards full of CUs under load, with the policy that the daemon runs.
 *
 * Why: what the policy promises to viewers cannot be seen on one machine with a few emulated CUs.
 * Here hours of hundreds of cards pass in seconds, and the same configuration gives the same
 * figures every time. The machine can be lent from outside (sim_config.start): then the same
 * arrivals meet real runs in real time.
 *
 * A job is ready again at once when its batch has ended, a viewer's after gap_ns. Bets (speculative
 * jobs) are endless: when one ends the next is there.
 *
 * Threads: one at a time per simulation. Time comes in.
 */
#ifndef PS_TOOLS_SIM_SIM_H
#define PS_TOOLS_SIM_SIM_H

#include <stdbool.h>
#include <stdint.h>

#include "tools/sim/faults.h"
#include "tools/sim/metrics.h"
#include "tools/sim/policy.h"
#include "tools/sim/workload.h"

#define SIM_JOBS_MAX     50000000u  /* viewers' jobs of a simulation */
#define SIM_LIVE_MAX     (1u << 18) /* jobs at once; a viewer's job that finds no room is refused */
#define SIM_BATCH_FRAMES 8u

struct sim_config {
    struct sim_workload_config
        workload; /* counts of CUs, kernels and tenants: set by sim_create() */
    struct sim_faults_config faults;
    enum sim_policy_kind policy;
    uint32_t cards;       /* cards * cus: 1..PS_ALLOC_CUS_MAX */
    uint32_t cus;         /* of each card, shared out in turn over kernels 1..kernels */
    uint32_t kernels;     /* 1..cus, below PS_ALLOC_KERNELS_MAX */
    uint32_t jobs;        /* viewers' jobs, 1..SIM_JOBS_MAX */
    uint32_t bets;        /* speculative jobs that are live at any time, 0..SIM_LIVE_MAX / 2 */
    uint64_t gap_ns;      /* from the end of a viewer's batch until its next has its input */
    uint64_t deadline_ns; /* of a viewer's job, from its arrival; > 0 */
    const uint32_t *tenant_weights; /* tenant_count; NULL: one tenant. Must outlive sim_create() */
    uint32_t tenant_count;
    bool forget_suspended; /* a bet that lost its CU begins anew, as if killed: for comparison only
                            */
    uint64_t (*clock_ns)(void); /* measures what deciding costs; NULL: not measured */
    /* Starts a batch on a CU; sim_run_ended() must be told when it ended. NULL: virtual time. */
    void (*start)(void *context, uint32_t cu, uint64_t batch_ns);
    void *context;
};

struct sim;

/** @return 0, -EINVAL (a field out of range) or -ENOMEM. */
int sim_create(struct sim **ret_sim, const struct sim_config *cfg);
/** NULL is allowed. */
void sim_destroy(struct sim *sim);

/** When something happens next by itself; UINT64_MAX: nothing does, or all is done. */
uint64_t sim_next_ns(const struct sim *sim);
/** Let all happen that is due, then decide. Never backwards. */
void sim_advance(struct sim *sim, uint64_t now_ns);
/** The batch on @p cu ended with 0 or a negative errno; decided upon at the next sim_advance(). */
void sim_run_ended(struct sim *sim, uint32_t cu, int status, uint64_t now_ns);

/** Whether every viewer's job has come and is over. */
bool sim_is_done(const struct sim *sim);
/** Live jobs of viewers. */
uint32_t sim_viewers_live(const struct sim *sim);
/** Up to date once all is done. Valid until sim_destroy(). */
const struct sim_metrics *sim_metrics(const struct sim *sim);
/** @return decisions so far. @param ret_cost_ns  what they took, 0 when not measured. */
uint64_t sim_decisions(const struct sim *sim, uint64_t *ret_cost_ns);

#endif
