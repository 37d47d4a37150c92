/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * host/alloc/alloc.h - which job runs on which compute unit: viewers first, not one idle CU.
 *
 * Why: a CU that waits for a viewer wastes silicon, and a viewer who waits for a prediction wastes
 * the idea. So every job runs in frame batches (at most 250 ms of work each); between batches its
 * CU is free again, and the most urgent ready job of that kernel takes it. A speculative job loses
 * its CU to a real-time one at the next batch, keeps its state, and goes on later on any CU of that
 * kernel, on any card. The first CU to end a batch serves the viewer; since what is suspended
 * competes by benefit for the next CU, it is the least valuable job that stays out.
 *
 * Order. Real-time: between tenants by start-time fair queueing (Goyal, Vin, Cheng 1996) on CU time
 * over weight, per kernel; within a tenant by earliest deadline, then by arrival. Speculative: by
 * benefit, then by arrival. A job goes back to the card that has its buffers when a CU there is
 * idle, and not to the CU that failed it while another is in service.
 *
 * Pure policy: no I/O, no clock, no logging, no XRT; time comes in (one clock; a step back counts
 * as no time). Every call costs O(log jobs) at most, ps_alloc_list() apart; what concerns all CUs
 * is done once a window or when a CU enters or leaves service.
 * Threads: one at a time per allocator.
 */
#ifndef PS_HOST_ALLOC_ALLOC_H
#define PS_HOST_ALLOC_ALLOC_H

#include <stdint.h>

#include "host/base/histogram.h"
#include "host/plan/job.h"

#define PS_ALLOC_CUS_MAX           4096u
#define PS_ALLOC_KERNELS_MAX       16u /* kernel ids are below this */
#define PS_ALLOC_TENANTS_MAX       64u /* tenant ids are below this */
#define PS_ALLOC_WEIGHT_MAX        1000u
#define PS_ALLOC_JOBS_MAX          (1u << 21)
#define PS_ALLOC_HOLD_NS           500000000ull /* see ps_alloc_dispatch() */
#define PS_ALLOC_ATTEMPTS_MAX      3u /* runs of one batch that fail before its job is given up */
#define PS_ALLOC_WHOLE_CU          1000000u /* a reservation of a whole CU, as XRM counts load */
#define PS_ALLOC_WINDOW_NS         1000000000ull  /* over which shares of CU time are kept */
#define PS_ALLOC_QUARANTINE_AFTER  3u             /* failed runs of a CU in a row */
#define PS_ALLOC_QUARANTINE_NS     10000000000ull /* doubles each time, to ..._MAX_NS */
#define PS_ALLOC_QUARANTINE_MAX_NS 600000000000ull
#define PS_ALLOC_PROVEN_RUNS       32u /* good runs in a row after which it begins anew */

struct ps_alloc;

struct ps_alloc_cu {
    uint32_t kernel;
    uint32_t card; /* below PS_JOB_NO_CARD */
};

struct ps_alloc_config {
    const struct ps_alloc_cu *cus;  /* cu_count; copied */
    uint32_t cu_count;              /* 1..PS_ALLOC_CUS_MAX */
    uint32_t jobs_max;              /* 1..PS_ALLOC_JOBS_MAX, live at once */
    const uint32_t *tenant_weights; /* tenant_count of 1..WEIGHT_MAX; copied; NULL: one tenant */
    uint32_t tenant_count;          /* 0 with NULL */
    bool share_host; /* CUs run on the host's cores (an emulated card): see ps_alloc_dispatch() */
    bool no_suspension; /* speculation keeps its CU until its job ends or is not ready: for
                           comparison only */
};

enum ps_alloc_cu_state {
    PS_ALLOC_CU_IN_SERVICE,
    PS_ALLOC_CU_QUARANTINED, /* failed too often; gets nothing until until_ns */
    PS_ALLOC_CU_PROBED,      /* gets one speculative batch to show that it works; any batch when its
                                kernel has none in service, or when until_ns passed without one */
    PS_ALLOC_CU_LOST,
};

struct ps_alloc_cu_info {
    uint32_t kernel;
    uint32_t card;
    enum ps_alloc_cu_state state;
    uint64_t until_ns;   /* QUARANTINED, PROBED */
    uint64_t job_id;     /* 0: idle */
    enum ps_queue queue; /* of that job when its run began */
    uint32_t failures_in_row;
    uint64_t failures;
    uint64_t quarantines;
    uint64_t busy_ns[PS_QUEUE_COUNT];
    uint32_t reserved; /* millionths, over all tenants */
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
    uint64_t late;               /* real-time jobs whose last batch ended after their deadline */
    struct ps_histogram wait_us; /* of ended real-time jobs: how long each was ready without a CU */
    uint32_t cus_lost;           /* now */
    uint32_t cus_quarantined;    /* now */
    uint64_t quarantines;        /* times a CU was put there */
    uint64_t cus_back;           /* times a lost CU came back */
};

/** @return 0, -EINVAL (a field out of range) or -ENOMEM. */
int ps_alloc_create(struct ps_alloc **ret_alloc, const struct ps_alloc_config *cfg);
/** NULL is allowed. */
void ps_alloc_destroy(struct ps_alloc *alloc);

/**
 * Add a job in state QUEUED, not ready. Its id, state, attempts, ready, waited_ns, used_ns and card
 * are set here.
 * @return 0, -ENOSPC (jobs_max), -ENOMEM or -EINVAL (no CU has its kernel, or no such tenant).
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
 * @param status   0 or a negative errno. -ENODEV takes the CU out of service until
 *                 ps_alloc_cu_back() and is no attempt of the job's. Failures in a row quarantine
 *                 the CU, except what is no fault of it: -ESTALE (a buffer was lost with another
 *                 card), -ECANCELED, -ENOSPC and -ENOMEM.
 * @param busy_ns  Real time the CU worked.
 * @return the job's id, 0 when the CU had none.
 */
uint64_t ps_alloc_run_ended(struct ps_alloc *alloc, uint32_t cu, int status, uint64_t busy_ns,
                            uint64_t now_ns);

/** The CU is out of service (its card is gone), without a run having said so. A run under way still
 *  ends by ps_alloc_run_ended(). */
void ps_alloc_cu_lost(struct ps_alloc *alloc, uint32_t cu, uint64_t now_ns);
/** A lost CU works again; begins as PROBED. Nothing for one that is not lost. */
void ps_alloc_cu_back(struct ps_alloc *alloc, uint32_t cu, uint64_t now_ns);

/**
 * Of the CU's time @p share millionths belong to @p tenant's real-time jobs; 0 gives it back.
 * Others use what is left over each PS_ALLOC_WINDOW_NS; a whole CU runs the tenant's jobs only, and
 * nothing when it has none. A batch may overshoot; that is taken off the next window.
 * @return 0, -EINVAL or -ENOSPC (all tenants together would have more than a whole CU).
 */
int ps_alloc_reserve(struct ps_alloc *alloc, uint32_t cu, uint32_t tenant, uint32_t share);

/** Speculation gets at most this share (0..1) of the time of the CUs in service or probed, over
 * each window. 1 at first. A batch may overshoot; that is taken off the next window. */
void ps_alloc_cap_speculation(struct ps_alloc *alloc, double share);

/**
 * When a real-time job of @p cost_ns would end if it came now: an upper estimate from the real-time
 * work before it, one batch of speculation, and the CUs in service and not reserved for others.
 * @return a time >= now_ns, UINT64_MAX when no CU could ever take it.
 */
uint64_t ps_alloc_forecast_ns(const struct ps_alloc *alloc, uint32_t kernel, uint32_t tenant,
                              uint64_t cost_ns, uint64_t now_ns);

/** When ps_alloc_dispatch() could do something that it cannot do now though nothing else happens (a
 *  hold ends, a quarantine ends, a window begins); UINT64_MAX: never. */
uint64_t ps_alloc_next_ns(const struct ps_alloc *alloc, uint64_t now_ns);

/** Whether any CU of @p kernel is not lost. */
bool ps_alloc_has_cu(const struct ps_alloc *alloc, uint32_t kernel);

/** Jobs that are live, in no order, for display. @return how many were written. */
uint32_t ps_alloc_list(const struct ps_alloc *alloc, struct ps_job *ret_jobs, uint32_t max);
/** The job on a CU, 0 when idle. */
uint64_t ps_alloc_job_on(const struct ps_alloc *alloc, uint32_t cu);
void ps_alloc_cu_info(const struct ps_alloc *alloc, uint32_t cu, struct ps_alloc_cu_info *ret_info);

void ps_alloc_status(const struct ps_alloc *alloc, struct ps_alloc_status *ret_status);

#endif
