/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * tools/sim/jobs.h - the live jobs of a simulation, in slots that are used again.
 *
 * Threads: the owner's.
 */
#ifndef PS_TOOLS_SIM_JOBS_H
#define PS_TOOLS_SIM_JOBS_H

#include <stdint.h>

#include "host/plan/job.h"
#include "tools/sim/workload.h"

#define SIM_NO_SLOT UINT32_MAX

struct sim_job {
    struct sim_work work;
    enum ps_queue queue;
    uint32_t arrival;      /* viewer's: its place in the outcomes */
    uint32_t batches_done; /* the state that a suspended job keeps */
    uint32_t batches_made; /* that ended well at least once */
    uint32_t last_cu;      /* UINT32_MAX before the first batch */
    uint64_t ready_ns;     /* since when it waits for a CU */
    uint64_t wait_ns;
    uint64_t used_ns; /* CU time of runs that ended well */
    uint32_t next_free;
};

struct sim_jobs {
    struct sim_job *slots;
    uint32_t capacity, used, free_head, live;
};

/** @return 0 or -ENOMEM. */
int sim_jobs_init(struct sim_jobs *jobs, uint32_t capacity);
/** Zeroed and half-built ones are allowed. */
void sim_jobs_fini(struct sim_jobs *jobs);

/** @return a slot with nothing done yet, SIM_NO_SLOT when all are taken. */
uint32_t sim_jobs_take(struct sim_jobs *jobs, const struct sim_work *work, enum ps_queue queue);
void sim_jobs_give(struct sim_jobs *jobs, uint32_t slot);

#endif
