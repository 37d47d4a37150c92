/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * tools/sim/metrics.h - what a simulated stretch of time came to.
 *
 * CU time is counted from 0 to the last viewer's arrival, when the load ends; jobs are counted
 * until the last viewer's job is over. Threads: the owner's.
 */
#ifndef PS_TOOLS_SIM_METRICS_H
#define PS_TOOLS_SIM_METRICS_H

#include <stdbool.h>
#include <stdint.h>

#include "host/plan/job.h"

#define SIM_UNFINISHED UINT64_MAX

/* A viewer's job. */
struct sim_outcome {
    uint64_t wait_ns;    /* ready but without a CU, over all its batches */
    uint64_t latency_ns; /* from its arrival to the end of its last batch; SIM_UNFINISHED: never */
    uint32_t tenant;
};

struct sim_metrics {
    struct sim_outcome *outcomes; /* by arrival; `arrived` of them */
    uint32_t capacity;
    uint32_t arrived, done, failed; /* viewers' jobs; failed: given up or refused */
    uint32_t late;                  /* after their deadline, or failed */
    uint64_t bets_done, bets_wanted, bets_failed;
    uint64_t runs[PS_QUEUE_COUNT], failed_runs;
    uint64_t busy_ns[PS_QUEUE_COUNT];
    uint64_t service_ns;    /* of all CUs together, lost time left out */
    uint64_t suspensions;   /* bets that had to wait for a CU between two batches */
    uint64_t moves;         /* batches on another CU than the job's last */
    uint64_t frames;        /* that runs ended well for */
    uint64_t frames_redone; /* of those, by a run of a batch that had ended well before */
    uint64_t unwanted_ns;   /* CU time of finished bets that nobody wanted */
    uint64_t failed_ns;     /* CU time of runs that failed */
    uint64_t end_ns;
};

/** @return 0 or -ENOMEM. */
int sim_metrics_init(struct sim_metrics *metrics, uint32_t jobs_max);
/** Zeroed and half-built ones are allowed. */
void sim_metrics_fini(struct sim_metrics *metrics);

/** CU time used over CU time there was; 0 when there was none. */
double sim_metrics_busy_share(const struct sim_metrics *metrics, enum ps_queue queue);

/** Whether this viewer's job was not done @p deadline_ns after it came. */
bool sim_outcome_is_late(const struct sim_outcome *outcome, uint64_t deadline_ns);

/**
 * Waits below which the shares @p q[] (in (0, 1]) of the viewers' jobs stayed: nearest rank, exact.
 * @param tenant  Only this one's jobs; UINT32_MAX: all.
 * @param ret_ns  As many as @p q; 0 when there was no job.
 * @return 0 or -ENOMEM.
 */
int sim_metrics_waits(const struct sim_metrics *metrics, uint32_t tenant, const double *q,
                      uint32_t q_count, uint64_t *ret_ns);

/** Jobs that are late in @p with but not in @p without, which saw the same arrivals. */
uint32_t sim_metrics_misses_added(const struct sim_metrics *with, const struct sim_metrics *without,
                                  uint64_t deadline_ns);

#endif
