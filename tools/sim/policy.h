/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * tools/sim/policy.h - who decides: the allocator itself, or what peers do, behind one face.
 *
 * SIM_PRESTAGE is host/alloc as the daemon runs it. SIM_STRICT is the same with suspension off:
 * viewers go first, but a bet keeps its CU until its job ends. SIM_FCFS is one queue by arrival for
 * each kernel, and a job keeps its CU until it ends.
 *
 * Jobs are known by the caller's slots. Threads: the owner's.
 */
#ifndef PS_TOOLS_SIM_POLICY_H
#define PS_TOOLS_SIM_POLICY_H

#include <stdbool.h>
#include <stdint.h>

#include "host/alloc/alloc.h"

enum sim_policy_kind { SIM_PRESTAGE, SIM_STRICT, SIM_FCFS };

struct sim_policy_config {
    enum sim_policy_kind kind;
    const struct ps_alloc_cu *cus; /* need not outlive the call */
    uint32_t cu_count;             /* 1..PS_ALLOC_CUS_MAX */
    uint32_t jobs_max;             /* 1..PS_ALLOC_JOBS_MAX; slots are below */
    const uint32_t *tenant_weights;
    uint32_t tenant_count;
    uint64_t (*clock_ns)(void); /* to measure what deciding costs; NULL: not measured */
};

/* One decision: the next batch of the job in this slot starts on this CU. */
struct sim_decision {
    uint32_t slot;
    uint32_t cu;
};

struct sim_policy;

/* What a policy is made of; the functions below say what each does. */
struct sim_policy_ops {
    void (*destroy)(struct sim_policy *policy);
    int (*add)(struct sim_policy *policy, uint32_t slot, const struct ps_job *job, uint64_t now_ns);
    void (*set_ready)(struct sim_policy *policy, uint32_t slot, uint64_t now_ns);
    void (*remove)(struct sim_policy *policy, uint32_t slot);
    uint32_t (*dispatch)(struct sim_policy *policy, uint64_t now_ns,
                         struct sim_decision *ret_decisions, uint32_t max);
    bool (*run_ended)(struct sim_policy *policy, uint32_t cu, int status, uint64_t busy_ns,
                      uint64_t now_ns);
    void (*cu_back)(struct sim_policy *policy, uint32_t cu, uint64_t now_ns);
    uint64_t (*next_ns)(const struct sim_policy *policy, uint64_t now_ns);
};

struct sim_policy {
    const struct sim_policy_ops *ops;
    uint64_t (*clock_ns)(void);
    uint64_t decisions, cost_ns;
};

/** @return 0, -EINVAL (a field out of range) or -ENOMEM. */
int sim_policy_create(struct sim_policy **ret_policy, const struct sim_policy_config *cfg);
/** NULL is allowed. */
void sim_policy_destroy(struct sim_policy *policy);

/** A job that is not ready. @return 0, -ENOSPC or -EINVAL (no CU in service has its kernel). */
int sim_policy_add(struct sim_policy *policy, uint32_t slot, const struct ps_job *job,
                   uint64_t now_ns);
/** Its next batch has its input. */
void sim_policy_set_ready(struct sim_policy *policy, uint32_t slot, uint64_t now_ns);
/** The job is over: it neither runs nor waits. */
void sim_policy_remove(struct sim_policy *policy, uint32_t slot);
/** Decisions to carry out now. @return how many were written. */
uint32_t sim_policy_dispatch(struct sim_policy *policy, uint64_t now_ns,
                             struct sim_decision *ret_decisions, uint32_t max);
/** The batch on @p cu ended with 0 or a negative errno. @return false when its job is given up. */
bool sim_policy_run_ended(struct sim_policy *policy, uint32_t cu, int status, uint64_t busy_ns,
                          uint64_t now_ns);
/** A CU lost with -ENODEV works again. */
void sim_policy_cu_back(struct sim_policy *policy, uint32_t cu, uint64_t now_ns);
/** When dispatching could do more though nothing else happens; UINT64_MAX: never. */
uint64_t sim_policy_next_ns(struct sim_policy *policy, uint64_t now_ns);

#endif
