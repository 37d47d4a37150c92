/* SPDX-License-Identifier: BSD-3-Clause */
/* tools/sim/policy.c - see policy.h: the choice of policy, and what each call costs. */
#include "tools/sim/policy.h"

#include <stddef.h>

#include "host/base/assert.h"
#include "tools/sim/policy_priv.h"

int sim_policy_create(struct sim_policy **ret_policy, const struct sim_policy_config *cfg)
{
    ps_assert(ret_policy != NULL);
    const int rc = cfg->kind == SIM_FCFS ? sim_policy_fcfs_create(ret_policy, cfg)
                                         : sim_policy_alloc_create(ret_policy, cfg);

    if (rc == 0)
        (*ret_policy)->clock_ns = cfg->clock_ns;
    return rc;
}

void sim_policy_destroy(struct sim_policy *policy)
{
    if (policy != NULL)
        policy->ops->destroy(policy);
}

static uint64_t start(const struct sim_policy *policy)
{
    return policy->clock_ns == NULL ? 0 : policy->clock_ns();
}

static void stop(struct sim_policy *policy, uint64_t start_ns)
{
    if (policy->clock_ns != NULL)
        policy->cost_ns += policy->clock_ns() - start_ns;
}

int sim_policy_add(struct sim_policy *policy, uint32_t slot, const struct ps_job *job,
                   uint64_t now_ns)
{
    const uint64_t start_ns = start(policy);
    const int rc = policy->ops->add(policy, slot, job, now_ns);

    stop(policy, start_ns);
    return rc;
}

void sim_policy_set_ready(struct sim_policy *policy, uint32_t slot, uint64_t now_ns)
{
    const uint64_t start_ns = start(policy);

    policy->ops->set_ready(policy, slot, now_ns);
    stop(policy, start_ns);
}

void sim_policy_remove(struct sim_policy *policy, uint32_t slot)
{
    const uint64_t start_ns = start(policy);

    policy->ops->remove(policy, slot);
    stop(policy, start_ns);
}

uint32_t sim_policy_dispatch(struct sim_policy *policy, uint64_t now_ns,
                             struct sim_decision *ret_decisions, uint32_t max)
{
    const uint64_t start_ns = start(policy);
    const uint32_t count = policy->ops->dispatch(policy, now_ns, ret_decisions, max);

    stop(policy, start_ns);
    policy->decisions += count;
    return count;
}

bool sim_policy_run_ended(struct sim_policy *policy, uint32_t cu, int status, uint64_t busy_ns,
                          uint64_t now_ns)
{
    const uint64_t start_ns = start(policy);
    const bool is_kept = policy->ops->run_ended(policy, cu, status, busy_ns, now_ns);

    stop(policy, start_ns);
    return is_kept;
}

void sim_policy_cu_back(struct sim_policy *policy, uint32_t cu, uint64_t now_ns)
{
    const uint64_t start_ns = start(policy);

    policy->ops->cu_back(policy, cu, now_ns);
    stop(policy, start_ns);
}

uint64_t sim_policy_next_ns(struct sim_policy *policy, uint64_t now_ns)
{
    const uint64_t start_ns = start(policy);
    const uint64_t next_ns = policy->ops->next_ns(policy, now_ns);

    stop(policy, start_ns);
    return next_ns;
}
