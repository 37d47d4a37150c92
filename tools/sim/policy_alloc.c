/* SPDX-License-Identifier: BSD-3-Clause */
/* tools/sim/policy_alloc.c - host/alloc as a policy of the simulator. */
#include <errno.h>
#include <stdlib.h>

#include "host/base/assert.h"
#include "host/base/mem.h"
#include "tools/sim/policy_priv.h"

struct alloc_policy {
    struct sim_policy base; /* first: the face is cast to this */
    struct ps_alloc *alloc;
    uint64_t *ids; /* the allocator's, by slot */
    struct ps_assignment assignments[PS_ALLOC_CUS_MAX];
};

static struct alloc_policy *ours(struct sim_policy *policy)
{
    return (struct alloc_policy *)policy;
}

static void destroy(struct sim_policy *policy)
{
    struct alloc_policy *self = ours(policy);

    ps_alloc_destroy(self->alloc);
    free(self->ids);
    free(self);
}

/* The slot travels as the segment's name. */
static int add(struct sim_policy *policy, uint32_t slot, const struct ps_job *job, uint64_t now_ns)
{
    struct alloc_policy *self = ours(policy);
    struct ps_job named = *job;

    named.segment.media_key = slot;
    return ps_alloc_add(self->alloc, &named, now_ns, &self->ids[slot]);
}

static void set_ready(struct sim_policy *policy, uint32_t slot, uint64_t now_ns)
{
    ps_alloc_set_ready(ours(policy)->alloc, ours(policy)->ids[slot], true, now_ns);
}

static void remove_job(struct sim_policy *policy, uint32_t slot)
{
    ps_alloc_remove(ours(policy)->alloc, ours(policy)->ids[slot]);
}

static uint32_t dispatch(struct sim_policy *policy, uint64_t now_ns,
                         struct sim_decision *ret_decisions, uint32_t max)
{
    struct alloc_policy *self = ours(policy);
    const uint32_t room = max < PS_ALLOC_CUS_MAX ? max : PS_ALLOC_CUS_MAX;
    const uint32_t count = ps_alloc_dispatch(self->alloc, now_ns, self->assignments, room);

    for (uint32_t i = 0; i < count; i++) {
        const struct ps_job *job = ps_alloc_job(self->alloc, self->assignments[i].job_id);

        ps_assert(job != NULL);
        ret_decisions[i].slot = (uint32_t)job->segment.media_key;
        ret_decisions[i].cu = self->assignments[i].cu;
    }
    return count;
}

static bool run_ended(struct sim_policy *policy, uint32_t cu, int status, uint64_t busy_ns,
                      uint64_t now_ns)
{
    struct ps_alloc *alloc = ours(policy)->alloc;
    const uint64_t id = ps_alloc_run_ended(alloc, cu, status, busy_ns, now_ns);
    const struct ps_job *job = ps_alloc_job(alloc, id);

    return job == NULL || job->state != PS_JOB_FAILED;
}

static void cu_back(struct sim_policy *policy, uint32_t cu, uint64_t now_ns)
{
    ps_alloc_cu_back(ours(policy)->alloc, cu, now_ns);
}

static uint64_t next_ns(const struct sim_policy *policy, uint64_t now_ns)
{
    return ps_alloc_next_ns(((const struct alloc_policy *)policy)->alloc, now_ns);
}

static const struct sim_policy_ops ops = {
    .destroy = destroy,
    .add = add,
    .set_ready = set_ready,
    .remove = remove_job,
    .dispatch = dispatch,
    .run_ended = run_ended,
    .cu_back = cu_back,
    .next_ns = next_ns,
};

int sim_policy_alloc_create(struct sim_policy **ret_policy, const struct sim_policy_config *cfg)
{
    const struct ps_alloc_config alloc_cfg = {
        .cus = cfg->cus,
        .cu_count = cfg->cu_count,
        .jobs_max = cfg->jobs_max,
        .tenant_weights = cfg->tenant_weights,
        .tenant_count = cfg->tenant_count,
        .no_suspension = cfg->kind == SIM_STRICT,
    };
    struct alloc_policy *self = ps_zalloc(1, sizeof(*self));
    int rc = -ENOMEM;

    if (self == NULL)
        return rc;
    self->base.ops = &ops;
    self->ids = ps_zalloc(cfg->jobs_max > 0 ? cfg->jobs_max : 1, sizeof(*self->ids));
    if (self->ids != NULL)
        rc = ps_alloc_create(&self->alloc, &alloc_cfg);
    if (rc != 0) {
        destroy(&self->base);
        return rc;
    }
    *ret_policy = &self->base;
    return 0;
}
