/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * host/alloc/alloc_priv.h - what the allocator's parts know of each other.
 *
 *   jobs.c      jobs come, wait in their queue, are promoted and go
 *   dispatch.c  an idle CU gets the most urgent job
 *   run.c       a batch begins and ends on a CU
 *   service.c   CUs fail, are quarantined, probed, lost and come back
 *   shares.c    reservations and the cap on speculation, over windows
 *   forecast.c  when something could happen
 *
 * A job that is ready is in one heap: its kernel's speculative one, or the real-time one of kernel
 * and tenant. A CU that could take a job is in sets of its kernel (see ps_alloc_refresh_cu()).
 */
#ifndef PS_HOST_ALLOC_ALLOC_PRIV_H
#define PS_HOST_ALLOC_ALLOC_PRIV_H

#include "host/alloc/alloc.h"
#include "host/alloc/cuset.h"
#include "host/alloc/heap.h"

#define PS_ALLOC_BATCH_NS 250000000ull /* guess of a batch's length before the first one ended */
#define PS_ALLOC_NONE     UINT32_MAX   /* no slot, no CU */

struct slot {
    struct ps_job job;
    uint64_t idle_ns; /* when it came, was promoted, or its last batch ended */
    uint64_t end_ns;  /* when its last batch ended; 0 none has */
    uint64_t work_ns; /* what it adds to its tenant's work, while real-time */
    uint32_t generation;
    uint32_t next_free;
    uint32_t order; /* of arrival */
    uint32_t last_cu;
    uint32_t failed_cu; /* the CU its last run failed on; PS_ALLOC_NONE */
    uint32_t hold_prev, hold_next;
    bool holding; /* in its kernel's list of holds */
    bool live;
};

/* One tenant's side of one kernel. */
struct tenant {
    struct ps_heap ready;  /* real-time: deadline, arrival */
    struct ps_cuset owned; /* CUs it may have by its reservation */
    double tag;            /* finish tag of fair queueing: CU time over weight */
    uint64_t work_ns;      /* real-time work still to do, estimated */
    uint64_t reserved;     /* millionths of CUs in service */
    uint32_t jobs;         /* live, of both queues: what the heap has room for */
};

struct kernel {
    struct ps_heap speculative; /* benefit, arrival */
    struct tenant *tenants;     /* tenant_count */
    uint64_t backlogged;        /* bit per tenant: it has ready real-time jobs */
    double virtual_time;
    struct ps_cuset open;   /* CUs that anyone may have */
    struct ps_cuset probed; /* CUs that a speculative batch may have */
    uint32_t first_cu;      /* its CUs: alloc->by_kernel[first_cu..] */
    uint32_t cu_count;
    uint32_t count_in[PS_ALLOC_CU_LOST + 1]; /* CUs by state */
    uint32_t unreserved;                     /* CUs in service without any reservation */
    uint64_t reserved;                       /* millionths of CUs in service, all tenants */
    uint32_t hold_head, hold_tail;           /* slots of real-time jobs that idle, longest first */
    uint32_t held;                           /* of those, not ready */
    uint32_t speculative_jobs;               /* live: what the heap has room for */
    uint32_t suspended_ready;                /* speculative jobs that have run and could go on */
    uint32_t real_time_jobs;                 /* live and not FAILED */
    uint64_t work_ns;                        /* sum of the tenants' */
    uint64_t batch_ns;                       /* mean of recent batches */
    uint64_t batch_ns_max;                   /* longest of recent batches */
    uint64_t job_ns;                         /* mean CU time of recently ended jobs */
};

/* Of one CU's time, what one tenant has. */
struct share {
    uint32_t reserved; /* millionths */
    int64_t used_ns;   /* in this window, by runs begun under the reservation */
};

struct cu {
    uint32_t kernel, card;
    uint32_t pos;                  /* in its kernel */
    uint32_t card_first, card_end; /* positions of its kernel's CUs on its card */
    enum ps_alloc_cu_state state;
    uint64_t until_ns;
    uint64_t job_id;         /* 0: idle */
    enum ps_queue run_queue; /* queue of the job when this run began */
    uint64_t charged_ns;     /* guess of this run's length, put right at its end */
    uint64_t keeper;         /* no_suspension: the job that keeps it; 0 none */
    bool run_owned;          /* the run is part of its tenant's reservation */
    bool shared;             /* has ever been reserved: tenants' sets may have it */
    uint32_t reserved;
    int64_t others_used_ns; /* in this window, by runs not under a reservation */
    uint32_t failures_in_row, good_in_row;
    uint32_t backoffs; /* times quarantined since it last proved itself */
    uint64_t failures, quarantines;
    uint64_t busy_ns[PS_QUEUE_COUNT];
};

struct ps_alloc {
    struct ps_alloc_config cfg; /* the pointers are not kept */
    uint64_t now_ns;            /* latest time seen */
    uint32_t tenant_count;
    uint32_t weights[PS_ALLOC_TENANTS_MAX];
    struct slot *slots;
    uint32_t *positions; /* of slots in their heap */
    uint32_t slots_used; /* slots ever handed out: scans stop here */
    uint32_t free_head;  /* PS_ALLOC_NONE: none below slots_used */
    uint32_t arrivals;
    struct kernel kernels[PS_ALLOC_KERNELS_MAX];
    struct tenant *tenants; /* of all kernels */
    struct cu *cus;
    uint32_t *by_kernel;   /* CUs sorted by kernel, then card */
    uint64_t *words;       /* of all sets */
    struct share *shares;  /* cu_count * tenant_count */
    struct ps_heap timers; /* CUs by until_ns */
    uint32_t *timer_positions;
    uint32_t *kept; /* no_suspension: CUs whose job has just ended a batch */
    uint32_t kept_count;
    uint64_t window_end_ns;
    uint32_t reserved_cus;    /* CUs with any reservation */
    double speculation_share; /* 1: no cap */
    int64_t speculation_used_ns;
    uint32_t held_all;    /* sum of the kernels' held */
    uint32_t viewers_run; /* running jobs that are real-time now */
    struct ps_alloc_status status;
};

/* jobs.c */
struct slot *ps_alloc_slot(const struct ps_alloc *alloc, uint64_t job_id);
/** Make a ready job wait in its heap, or leave it. */
void ps_alloc_enqueue(struct ps_alloc *alloc, struct slot *slot);
void ps_alloc_dequeue(struct ps_alloc *alloc, struct slot *slot);
/** A real-time job idles from now on: a CU is held for it. */
void ps_alloc_hold(struct ps_alloc *alloc, struct slot *slot);
void ps_alloc_unhold(struct ps_alloc *alloc, struct slot *slot);
void ps_alloc_expire_holds(struct ps_alloc *alloc, struct kernel *kernel);
/** Estimate anew what a real-time job has still to do; 0 when @p counts is not. */
void ps_alloc_estimate(struct ps_alloc *alloc, struct slot *slot, bool counts);

/* run.c */
void ps_alloc_begin_run(struct ps_alloc *alloc, uint32_t cu_idx, struct slot *slot, bool owned);

/* service.c */
/** Put the CU into the sets it belongs to now. After anything about it has changed. */
void ps_alloc_refresh_cu(struct ps_alloc *alloc, uint32_t cu_idx);
void ps_alloc_enter_state(struct ps_alloc *alloc, uint32_t cu_idx, enum ps_alloc_cu_state state,
                          uint64_t until_ns);
/** What the end of a run says about the CU. */
void ps_alloc_judge_cu(struct ps_alloc *alloc, uint32_t cu_idx, int status);
/** Quarantines that have ended. */
void ps_alloc_expire_timers(struct ps_alloc *alloc);

/* shares.c */
struct share *ps_alloc_share(const struct ps_alloc *alloc, uint32_t cu_idx, uint32_t tenant);
bool ps_alloc_share_left(const struct ps_alloc *alloc, uint32_t cu_idx, uint32_t tenant);
bool ps_alloc_others_left(const struct ps_alloc *alloc, uint32_t cu_idx);
bool ps_alloc_may_speculate(const struct ps_alloc *alloc);
/** The tenant's turn has come in fair queueing. */
void ps_alloc_take_turn(struct kernel *kernel, uint32_t tenant);
/** Charge a run with @p delta_ns more, or less. */
void ps_alloc_charge(struct ps_alloc *alloc, uint32_t cu_idx, uint32_t tenant, int64_t delta_ns);
/** Begin the window that now is in. */
void ps_alloc_roll_window(struct ps_alloc *alloc);
/** The CU's reservations count (or not any more) as capacity in service. */
void ps_alloc_count_capacity(struct ps_alloc *alloc, uint32_t cu_idx, bool in_service);

static inline uint32_t ps_alloc_slot_idx(const struct ps_alloc *alloc, const struct slot *slot)
{
    return (uint32_t)(slot - alloc->slots);
}

static inline struct kernel *ps_alloc_kernel_of(struct ps_alloc *alloc, const struct slot *slot)
{
    return &alloc->kernels[slot->job.kernel];
}

static inline void ps_alloc_see_time(struct ps_alloc *alloc, uint64_t now_ns)
{
    if (now_ns > alloc->now_ns)
        alloc->now_ns = now_ns;
}

#endif
