/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * host/plan/job.h - one kernel's worth of work on one segment, as the allocator sees it.
 *
 * Structs only. Threads: jobs belong to the loop thread.
 */
#ifndef PS_HOST_PLAN_JOB_H
#define PS_HOST_PLAN_JOB_H

#include <stdbool.h>
#include <stdint.h>

#include "host/plan/resource.h"

#define PS_JOB_NO_CARD UINT32_MAX

enum ps_queue { PS_QUEUE_REAL_TIME, PS_QUEUE_SPECULATIVE, PS_QUEUE_COUNT };

enum ps_job_state {
    PS_JOB_QUEUED,    /* has never run */
    PS_JOB_RUNNING,   /* a frame batch is on a CU */
    PS_JOB_SUSPENDED, /* has run; its state waits for a CU or for input */
    PS_JOB_DONE,
    PS_JOB_FAILED,
    PS_JOB_CANCELLED,
};

struct ps_job {
    uint64_t id; /* kept by promotion */
    struct ps_segment_key segment;
    uint32_t kernel; /* PSK_KERNEL_* of kernels/abi/kernels.h */
    enum ps_queue queue;
    enum ps_job_state state;
    uint64_t deadline_ns; /* real-time: when the viewer runs dry */
    double benefit;       /* speculative: expected gain per CU second; higher runs first */
    uint64_t waited_ns;   /* time ready but without a CU, over all batches, as real-time */
    uint64_t ready_ns;    /* when the present wait for a CU began */
    uint64_t cost_ns;     /* estimate of the whole job's CU time; 0 unknown */
    uint64_t used_ns;     /* CU time used so far; set by the allocator */
    uint32_t tenant;      /* whose share of CU time it uses when real-time */
    uint32_t card;        /* where its last batch ran, or PS_JOB_NO_CARD; set by the allocator */
    uint32_t attempts;    /* runs of the present batch that failed so far */
    bool ready;           /* its next batch has its input, so a CU could take it now */
};

#endif
