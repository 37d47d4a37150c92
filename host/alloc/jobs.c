/* SPDX-License-Identifier: BSD-3-Clause */
/* Jobs: they come, wait in their queue, are promoted and go. */
#include <errno.h>
#include <stddef.h>

#include "host/alloc/alloc_priv.h"
#include "host/base/assert.h"

/* A job id is its slot in the low half and the slot's generation above, so a stale id finds
 * nothing. */
#define SLOT_BITS 32u

struct slot *ps_alloc_slot(const struct ps_alloc *alloc, uint64_t job_id)
{
    const uint32_t idx = (uint32_t)job_id;

    if (idx >= alloc->slots_used || !alloc->slots[idx].live || alloc->slots[idx].job.id != job_id)
        return NULL;
    return &alloc->slots[idx];
}

const struct ps_job *ps_alloc_job(const struct ps_alloc *alloc, uint64_t job_id)
{
    const struct slot *slot = ps_alloc_slot(alloc, job_id);

    return slot == NULL ? NULL : &slot->job;
}

/* ---- waiting for a CU ---- */

static bool is_suspended_bet(const struct slot *slot)
{
    return slot->job.queue == PS_QUEUE_SPECULATIVE && slot->job.state == PS_JOB_SUSPENDED;
}

void ps_alloc_enqueue(struct ps_alloc *alloc, struct slot *slot)
{
    struct kernel *kernel = ps_alloc_kernel_of(alloc, slot);
    struct tenant *tenant = &kernel->tenants[slot->job.tenant];
    struct ps_heap_entry entry = { .order = slot->order, .item = ps_alloc_slot_idx(alloc, slot) };

    if (slot->job.queue == PS_QUEUE_SPECULATIVE) {
        entry.key = ps_heap_key_of_benefit(slot->job.benefit);
        ps_heap_push(&kernel->speculative, alloc->positions, entry);
        kernel->suspended_ready += is_suspended_bet(slot);
    } else {
        entry.key = slot->job.deadline_ns;
        ps_heap_push(&tenant->ready, alloc->positions, entry);
        kernel->backlogged |= 1ull << slot->job.tenant;
    }
    alloc->status.ready[slot->job.queue]++;
}

void ps_alloc_dequeue(struct ps_alloc *alloc, struct slot *slot)
{
    struct kernel *kernel = ps_alloc_kernel_of(alloc, slot);
    struct tenant *tenant = &kernel->tenants[slot->job.tenant];
    const uint32_t idx = ps_alloc_slot_idx(alloc, slot);

    if (slot->job.queue == PS_QUEUE_SPECULATIVE) {
        ps_heap_remove(&kernel->speculative, alloc->positions, idx);
        kernel->suspended_ready -= is_suspended_bet(slot);
    } else {
        ps_heap_remove(&tenant->ready, alloc->positions, idx);
        if (tenant->ready.count == 0)
            kernel->backlogged &= ~(1ull << slot->job.tenant);
    }
    alloc->status.ready[slot->job.queue]--;
}

/* ---- holds: every hold is equally long, so the list is in the order in which they end ---- */

static bool is_held_for(const struct slot *slot)
{
    return slot->holding && !slot->job.ready;
}

static void count_held(struct ps_alloc *alloc, struct slot *slot, bool was_held)
{
    const uint32_t change = (uint32_t)is_held_for(slot) - (uint32_t)was_held;

    ps_alloc_kernel_of(alloc, slot)->held += change;
    alloc->held_all += change;
}

void ps_alloc_hold(struct ps_alloc *alloc, struct slot *slot)
{
    struct kernel *kernel = ps_alloc_kernel_of(alloc, slot);
    const uint32_t idx = ps_alloc_slot_idx(alloc, slot);

    ps_assert(!slot->holding);
    slot->idle_ns = alloc->now_ns;
    slot->holding = true;
    slot->hold_prev = kernel->hold_tail;
    slot->hold_next = PS_ALLOC_NONE;
    if (kernel->hold_tail == PS_ALLOC_NONE)
        kernel->hold_head = idx;
    else
        alloc->slots[kernel->hold_tail].hold_next = idx;
    kernel->hold_tail = idx;
    count_held(alloc, slot, false);
}

void ps_alloc_unhold(struct ps_alloc *alloc, struct slot *slot)
{
    struct kernel *kernel = ps_alloc_kernel_of(alloc, slot);
    const bool was_held = is_held_for(slot);

    if (!slot->holding)
        return;
    slot->holding = false;
    if (slot->hold_prev == PS_ALLOC_NONE)
        kernel->hold_head = slot->hold_next;
    else
        alloc->slots[slot->hold_prev].hold_next = slot->hold_next;
    if (slot->hold_next == PS_ALLOC_NONE)
        kernel->hold_tail = slot->hold_prev;
    else
        alloc->slots[slot->hold_next].hold_prev = slot->hold_prev;
    count_held(alloc, slot, was_held);
}

void ps_alloc_expire_holds(struct ps_alloc *alloc, struct kernel *kernel)
{
    while (kernel->hold_head != PS_ALLOC_NONE &&
           alloc->slots[kernel->hold_head].idle_ns + PS_ALLOC_HOLD_NS <= alloc->now_ns)
        ps_alloc_unhold(alloc, &alloc->slots[kernel->hold_head]);
}

/* ---- coming and going ---- */

void ps_alloc_estimate(struct ps_alloc *alloc, struct slot *slot, bool counts)
{
    struct kernel *kernel = ps_alloc_kernel_of(alloc, slot);
    const struct ps_job *job = &slot->job;
    const uint64_t whole_ns = job->cost_ns == 0 ? kernel->job_ns : job->cost_ns;
    uint64_t work_ns = 0;

    if (counts && job->queue == PS_QUEUE_REAL_TIME) /* a job that is not over has a batch to go */
        work_ns =
            whole_ns > job->used_ns + kernel->batch_ns ? whole_ns - job->used_ns : kernel->batch_ns;
    kernel->real_time_jobs += (uint32_t)(work_ns != 0) - (uint32_t)(slot->work_ns != 0);
    kernel->work_ns += work_ns - slot->work_ns;
    kernel->tenants[job->tenant].work_ns += work_ns - slot->work_ns;
    slot->work_ns = work_ns;
}

static struct slot *take_slot(struct ps_alloc *alloc)
{
    struct slot *slot;

    if (alloc->free_head != PS_ALLOC_NONE) {
        slot = &alloc->slots[alloc->free_head];
        alloc->free_head = slot->next_free;
        return slot;
    }
    return alloc->slots_used < alloc->cfg.jobs_max ? &alloc->slots[alloc->slots_used++] : NULL;
}

/* A bet can be promoted at any time, and that must not fail: both heaps have room for it. */
static int make_room(struct kernel *kernel, const struct ps_job *job)
{
    struct tenant *tenant = &kernel->tenants[job->tenant];
    int rc = ps_heap_reserve(&tenant->ready, tenant->jobs + 1);

    if (rc == 0 && job->queue == PS_QUEUE_SPECULATIVE)
        rc = ps_heap_reserve(&kernel->speculative, kernel->speculative_jobs + 1);
    return rc;
}

int ps_alloc_add(struct ps_alloc *alloc, const struct ps_job *job, uint64_t now_ns,
                 uint64_t *ret_job_id)
{
    ps_assert(job->queue < PS_QUEUE_COUNT);
    ps_alloc_see_time(alloc, now_ns);
    if (!ps_alloc_has_cu(alloc, job->kernel) || job->tenant >= alloc->tenant_count)
        return -EINVAL;
    struct kernel *kernel = &alloc->kernels[job->kernel];
    const int rc = make_room(kernel, job);
    if (rc != 0)
        return rc;
    struct slot *slot = take_slot(alloc);
    if (slot == NULL)
        return -ENOSPC;

    const uint32_t generation = slot->generation + 1;
    const uint32_t idx = ps_alloc_slot_idx(alloc, slot);
    *slot = (struct slot){ .job = *job,
                           .generation = generation,
                           .order = alloc->arrivals++,
                           .last_cu = PS_ALLOC_NONE,
                           .failed_cu = PS_ALLOC_NONE,
                           .live = true };
    slot->job.id = (uint64_t)generation << SLOT_BITS | idx;
    slot->job.state = PS_JOB_QUEUED;
    slot->job.attempts = 0;
    slot->job.ready = false;
    slot->job.waited_ns = 0;
    slot->job.used_ns = 0;
    slot->job.card = PS_JOB_NO_CARD;
    alloc->positions[idx] = PS_HEAP_NONE;
    alloc->status.jobs[job->queue]++;
    kernel->tenants[job->tenant].jobs++;
    kernel->speculative_jobs += job->queue == PS_QUEUE_SPECULATIVE;
    if (job->queue == PS_QUEUE_REAL_TIME)
        ps_alloc_hold(alloc, slot);
    ps_alloc_estimate(alloc, slot, true);
    *ret_job_id = slot->job.id;
    return 0;
}

void ps_alloc_set_ready(struct ps_alloc *alloc, uint64_t job_id, bool ready, uint64_t now_ns)
{
    struct slot *slot = ps_alloc_slot(alloc, job_id);

    ps_assert(slot != NULL);
    ps_alloc_see_time(alloc, now_ns);
    if (slot->job.state == PS_JOB_RUNNING || slot->job.state == PS_JOB_FAILED ||
        slot->job.ready == ready)
        return;
    const bool was_held = is_held_for(slot);
    slot->job.ready = ready;
    slot->job.ready_ns = alloc->now_ns;
    count_held(alloc, slot, was_held);
    if (ready)
        ps_alloc_enqueue(alloc, slot);
    else
        ps_alloc_dequeue(alloc, slot);
}

static void hasten(struct ps_alloc *alloc, struct slot *slot, uint64_t deadline_ns)
{
    struct tenant *tenant = &ps_alloc_kernel_of(alloc, slot)->tenants[slot->job.tenant];

    if (deadline_ns >= slot->job.deadline_ns)
        return;
    slot->job.deadline_ns = deadline_ns;
    if (slot->job.ready)
        ps_heap_move(&tenant->ready, alloc->positions, ps_alloc_slot_idx(alloc, slot), deadline_ns);
}

void ps_alloc_promote(struct ps_alloc *alloc, uint64_t job_id, uint64_t deadline_ns,
                      uint64_t now_ns)
{
    struct slot *slot = ps_alloc_slot(alloc, job_id);

    ps_assert(slot != NULL);
    ps_alloc_see_time(alloc, now_ns);
    struct ps_job *job = &slot->job;
    if (job->queue == PS_QUEUE_REAL_TIME) {
        hasten(alloc, slot, deadline_ns);
        return;
    }
    if (job->ready)
        ps_alloc_dequeue(alloc, slot);
    job->queue = PS_QUEUE_REAL_TIME;
    job->deadline_ns = deadline_ns;
    if (job->ready) {
        ps_alloc_enqueue(alloc, slot);
        job->ready_ns = alloc->now_ns; /* a viewer has waited from now on only */
    }
    if (job->state == PS_JOB_RUNNING)
        alloc->viewers_run++;
    else if (job->state != PS_JOB_FAILED)
        ps_alloc_hold(alloc, slot);
    ps_alloc_kernel_of(alloc, slot)->speculative_jobs--;
    ps_alloc_estimate(alloc, slot, job->state != PS_JOB_FAILED);
    alloc->status.jobs[PS_QUEUE_SPECULATIVE]--;
    alloc->status.jobs[PS_QUEUE_REAL_TIME]++;
    alloc->status.promoted++;
}

static void count_ended(struct ps_alloc *alloc, const struct slot *slot)
{
    struct kernel *kernel = ps_alloc_kernel_of(alloc, slot);

    if (slot->job.state != PS_JOB_SUSPENDED)
        return;
    kernel->job_ns = (7 * kernel->job_ns + slot->job.used_ns) / 8;
    if (slot->job.queue != PS_QUEUE_REAL_TIME)
        return;
    ps_histogram_add(&alloc->status.wait_us, slot->job.waited_ns / 1000);
    alloc->status.late += slot->end_ns > slot->job.deadline_ns;
}

void ps_alloc_remove(struct ps_alloc *alloc, uint64_t job_id)
{
    struct slot *slot = ps_alloc_slot(alloc, job_id);

    ps_assert(slot != NULL);
    ps_assert(slot->job.state != PS_JOB_RUNNING);
    struct kernel *kernel = ps_alloc_kernel_of(alloc, slot);
    if (slot->job.ready)
        ps_alloc_dequeue(alloc, slot);
    ps_alloc_unhold(alloc, slot);
    ps_alloc_estimate(alloc, slot, false);
    count_ended(alloc, slot);
    alloc->status.jobs[slot->job.queue]--;
    kernel->tenants[slot->job.tenant].jobs--;
    kernel->speculative_jobs -= slot->job.queue == PS_QUEUE_SPECULATIVE;
    slot->live = false;
    slot->next_free = alloc->free_head;
    alloc->free_head = ps_alloc_slot_idx(alloc, slot);
}

uint32_t ps_alloc_list(const struct ps_alloc *alloc, struct ps_job *ret_jobs, uint32_t max)
{
    uint32_t count = 0;

    for (uint32_t i = 0; i < alloc->slots_used && count < max; i++)
        if (alloc->slots[i].live)
            ret_jobs[count++] = alloc->slots[i].job;
    return count;
}
