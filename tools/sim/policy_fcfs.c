/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * tools/sim/policy_fcfs.c - first come, first served: what a queue without priorities does.
 *
 * A job that has got a CU keeps it to its end, between batches too. When its CU is lost it goes to
 * the head of the queue, since it came before those that wait.
 */
#include <errno.h>
#include <stdlib.h>

#include "host/base/assert.h"
#include "host/base/mem.h"
#include "tools/sim/policy_priv.h"

#define NONE UINT32_MAX

struct entry {
    uint32_t next; /* in its kernel's queue */
    uint32_t cu;   /* that it keeps, or NONE */
    uint32_t kernel;
    uint32_t attempts;
    bool is_back; /* from a CU that was lost */
};

struct queue {
    uint32_t head, tail;
    uint32_t idle; /* first CU without a job, linked by fcfs_policy.cu_next */
};

struct fcfs_policy {
    struct sim_policy base; /* first: the face is cast to this */
    struct entry *entries;  /* by slot */
    struct queue queues[PS_ALLOC_KERNELS_MAX];
    struct ps_alloc_cu *cus;
    uint32_t *cu_next;
    uint32_t *cu_slot;   /* whose it is, or NONE */
    uint32_t *resumable; /* slots that are ready and have a CU */
    uint32_t resumable_count;
};

static struct fcfs_policy *ours(struct sim_policy *policy)
{
    return (struct fcfs_policy *)policy;
}

static void destroy(struct sim_policy *policy)
{
    struct fcfs_policy *self = ours(policy);

    free(self->entries);
    free(self->cus);
    free(self->cu_next);
    free(self->cu_slot);
    free(self->resumable);
    free(self);
}

static int add(struct sim_policy *policy, uint32_t slot, const struct ps_job *job, uint64_t now_ns)
{
    (void)now_ns;
    ours(policy)->entries[slot] = (struct entry){ .next = NONE, .cu = NONE, .kernel = job->kernel };
    return job->kernel < PS_ALLOC_KERNELS_MAX ? 0 : -EINVAL;
}

static void push_last(struct fcfs_policy *self, uint32_t slot)
{
    struct queue *queue = &self->queues[self->entries[slot].kernel];

    self->entries[slot].next = NONE;
    if (queue->head == NONE)
        queue->head = slot;
    else
        self->entries[queue->tail].next = slot;
    queue->tail = slot;
}

static void push_first(struct fcfs_policy *self, uint32_t slot)
{
    struct queue *queue = &self->queues[self->entries[slot].kernel];

    self->entries[slot].next = queue->head;
    if (queue->head == NONE)
        queue->tail = slot;
    queue->head = slot;
}

static void set_ready(struct sim_policy *policy, uint32_t slot, uint64_t now_ns)
{
    struct fcfs_policy *self = ours(policy);
    struct entry *entry = &self->entries[slot];

    (void)now_ns;
    if (entry->cu != NONE)
        self->resumable[self->resumable_count++] = slot;
    else if (entry->is_back)
        push_first(self, slot);
    else
        push_last(self, slot);
}

static void make_idle(struct fcfs_policy *self, uint32_t cu)
{
    struct queue *queue = &self->queues[self->cus[cu].kernel];

    self->cu_slot[cu] = NONE;
    self->cu_next[cu] = queue->idle;
    queue->idle = cu;
}

static void remove_job(struct sim_policy *policy, uint32_t slot)
{
    struct fcfs_policy *self = ours(policy);
    const uint32_t cu = self->entries[slot].cu;

    if (cu != NONE)
        make_idle(self, cu);
}

static uint32_t dispatch_kernel(struct fcfs_policy *self, struct queue *queue,
                                struct sim_decision *ret_decisions, uint32_t max)
{
    uint32_t count = 0;

    while (count < max && queue->head != NONE && queue->idle != NONE) {
        const uint32_t slot = queue->head, cu = queue->idle;

        queue->head = self->entries[slot].next;
        queue->idle = self->cu_next[cu];
        self->entries[slot].cu = cu;
        self->cu_slot[cu] = slot;
        ret_decisions[count++] = (struct sim_decision){ .slot = slot, .cu = cu };
    }
    return count;
}

static uint32_t dispatch(struct sim_policy *policy, uint64_t now_ns,
                         struct sim_decision *ret_decisions, uint32_t max)
{
    struct fcfs_policy *self = ours(policy);
    uint32_t count = 0;

    (void)now_ns;
    while (count < max && self->resumable_count > 0) {
        const uint32_t slot = self->resumable[--self->resumable_count];

        ret_decisions[count++] =
            (struct sim_decision){ .slot = slot, .cu = self->entries[slot].cu };
    }
    for (uint32_t k = 0; k < PS_ALLOC_KERNELS_MAX; k++)
        count += dispatch_kernel(self, &self->queues[k], ret_decisions + count, max - count);
    return count;
}

static bool run_ended(struct sim_policy *policy, uint32_t cu, int status, uint64_t busy_ns,
                      uint64_t now_ns)
{
    struct fcfs_policy *self = ours(policy);
    struct entry *entry = &self->entries[self->cu_slot[cu]];

    (void)busy_ns;
    (void)now_ns;
    if (status == -ENODEV) {
        entry->cu = NONE;
        entry->is_back = true;
        self->cu_slot[cu] = NONE;
        return true;
    }
    entry->attempts = status == 0 ? 0 : entry->attempts + 1;
    return entry->attempts < PS_ALLOC_ATTEMPTS_MAX;
}

static void cu_back(struct sim_policy *policy, uint32_t cu, uint64_t now_ns)
{
    (void)now_ns;
    make_idle(ours(policy), cu);
}

static uint64_t next_ns(const struct sim_policy *policy, uint64_t now_ns)
{
    (void)policy;
    (void)now_ns;
    return UINT64_MAX;
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

static void fill(struct fcfs_policy *self, const struct sim_policy_config *cfg)
{
    for (uint32_t k = 0; k < PS_ALLOC_KERNELS_MAX; k++)
        self->queues[k] = (struct queue){ .head = NONE, .tail = NONE, .idle = NONE };
    for (uint32_t cu = cfg->cu_count; cu-- > 0;) {
        self->cus[cu] = cfg->cus[cu];
        make_idle(self, cu);
    }
}

int sim_policy_fcfs_create(struct sim_policy **ret_policy, const struct sim_policy_config *cfg)
{
    struct fcfs_policy *self;

    if (cfg->cu_count == 0 || cfg->cu_count > PS_ALLOC_CUS_MAX || cfg->jobs_max == 0 ||
        cfg->jobs_max > PS_ALLOC_JOBS_MAX)
        return -EINVAL;
    for (uint32_t cu = 0; cu < cfg->cu_count; cu++)
        if (cfg->cus[cu].kernel >= PS_ALLOC_KERNELS_MAX)
            return -EINVAL;
    self = ps_zalloc(1, sizeof(*self));
    if (self == NULL)
        return -ENOMEM;
    self->base.ops = &ops;
    self->entries = ps_zalloc(cfg->jobs_max, sizeof(*self->entries));
    self->cus = ps_zalloc(cfg->cu_count, sizeof(*self->cus));
    self->cu_next = ps_zalloc(cfg->cu_count, sizeof(*self->cu_next));
    self->cu_slot = ps_zalloc(cfg->cu_count, sizeof(*self->cu_slot));
    self->resumable = ps_zalloc(cfg->cu_count, sizeof(*self->resumable));
    if (self->entries == NULL || self->cus == NULL || self->cu_next == NULL ||
        self->cu_slot == NULL || self->resumable == NULL) {
        destroy(&self->base);
        return -ENOMEM;
    }
    fill(self, cfg);
    *ret_policy = &self->base;
    return 0;
}
