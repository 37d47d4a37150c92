/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * host/alloc/alloc.h - which job runs on which compute unit: viewers first, not one idle CU.
 *
 * Why: a CU that waits for a viewer wastes silicon, and a viewer who waits for a prediction wastes
 * the idea. So every job runs in frame batches (at most 250 ms of work each); between batches its
 * CU is free again, and the most urgent ready job of that kernel takes it. A speculative job loses
 * its CU to a real-time one at the next batch, keeps its state, and goes on later on any CU.
 *
 * Order: real-time jobs by earliest deadline, then by arrival; speculative jobs by benefit.
 * Pure policy: no I/O, no clock, no logging, no XRT; time comes in.
 * Threads: one at a time per allocator.
 */
#ifndef PS_HOST_ALLOC_ALLOC_H
#define PS_HOST_ALLOC_ALLOC_H

#include <stdint.h>

#include "host/base/histogram.h"
#include "host/plan/job.h"

#define PS_ALLOC_CUS_MAX      128u
#define PS_ALLOC_JOBS_MAX     65536u
#define PS_ALLOC_HOLD_NS      500000000ull /* see ps_alloc_dispatch() */
#define PS_ALLOC_ATTEMPTS_MAX 3u /* runs of one batch that fail before its job is given up */

struct ps_alloc;

struct ps_alloc_config {
    uint32_t cu_count;                    /* 1..PS_ALLOC_CUS_MAX */
    uint32_t jobs_max;                    /* 1..PS_ALLOC_JOBS_MAX, live at once */
    uint32_t cu_kernel[PS_ALLOC_CUS_MAX]; /* kernel of each CU */
    bool share_host; /* CUs run on the host's cores (an emulated card): see ps_alloc_dispatch() */
};

/* One decision: start the next batch of this job on this CU. */
struct ps_assignment {
    uint64_t job_id;
    uint32_t cu;
};

struct ps_alloc_status {
    uint64_t jobs[PS_QUEUE_COUNT];  /* live */
    uint64_t ready[PS_QUEUE_COUNT]; /* of those, waiting for a CU */
    uint64_t running[PS_QUEUE_COUNT];
    uint64_t busy_ns[PS_QUEUE_COUNT]; /* CU time used, by the queue at the start of each run */
    uint64_t runs[PS_QUEUE_COUNT];
    uint64_t suspended; /* speculative batches held back for a real-time job */
    uint64_t promoted, failed_runs, failed_jobs;
    struct ps_histogram wait_us; /* of ended real-time jobs: how long each was ready without a CU */
    uint32_t cus_lost;
};

/** @return 0, -EINVAL (a field out of range) or -ENOMEM. */
int ps_alloc_create(struct ps_alloc **ret_alloc, const struct ps_alloc_config *cfg);
/** NULL is allowed. */
void ps_alloc_destroy(struct ps_alloc *alloc);

/**
 * Add a job in state QUEUED, not ready. Its id, state, attempts and ready fields are set here.
 * @return 0, -ENOSPC (jobs_max) or -EINVAL (no CU has its kernel).
 */
int ps_alloc_add(struct ps_alloc *alloc, const struct ps_job *job, uint64_t now_ns,
                 uint64_t *ret_job_id);

/** The job; NULL when there is none of that id. Valid until it ends. */
const struct ps_job *ps_alloc_job(const struct ps_alloc *alloc, uint64_t job_id);

/** The job's next batch has its input (or has not, any more). Ignored while it runs. */
void ps_alloc_set_ready(struct ps_alloc *alloc, uint64_t job_id, bool ready, uint64_t now_ns);

/** Make a speculative job real-time, in place; a real-time one gets the earlier deadline. */
void ps_alloc_promote(struct ps_alloc *alloc, uint64_t job_id, uint64_t deadline_ns,
                      uint64_t now_ns);

/** The job is over (done, failed or cancelled); its id is dead. It must not be running. */
void ps_alloc_remove(struct ps_alloc *alloc, uint64_t job_id);

/**
 * Give idle CUs to ready jobs. Each assignment made is already in effect: the job is RUNNING.
 * Speculation does not get the CU that a viewer's job needs next: for each real-time job that is
 * between two batches, or has just come, one CU of its kernel is held for PS_ALLOC_HOLD_NS. Where
 * CUs share the host's cores, a speculative batch anywhere slows a viewer's: all are held then.
 * @return how many were written to @p ret_assignments.
 */
uint32_t ps_alloc_dispatch(struct ps_alloc *alloc, uint64_t now_ns,
                           struct ps_assignment *ret_assignments, uint32_t max);

/**
 * The run on @p cu ended. The job is SUSPENDED and not ready, or FAILED after too many attempts.
 * @param status   0 or a negative errno; -ENODEV takes the CU out of service.
 * @param busy_ns  Real time the CU worked.
 * @return the job's id, 0 when the CU had none.
 */
uint64_t ps_alloc_run_ended(struct ps_alloc *alloc, uint32_t cu, int status, uint64_t busy_ns,
                            uint64_t now_ns);

/** Whether any CU of @p kernel is in service. */
bool ps_alloc_has_cu(const struct ps_alloc *alloc, uint32_t kernel);

/** Jobs that are live, in no order, for display. @return how many were written. */
uint32_t ps_alloc_list(const struct ps_alloc *alloc, struct ps_job *ret_jobs, uint32_t max);
/** The job on a CU, 0 when idle. */
uint64_t ps_alloc_job_on(const struct ps_alloc *alloc, uint32_t cu);

void ps_alloc_status(const struct ps_alloc *alloc, struct ps_alloc_status *ret_status);

#endif
