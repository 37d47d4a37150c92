/* SPDX-License-Identifier: BSD-3-Clause */
/* A run: one batch of a job on a CU, from its begin to its end. */
#include <errno.h>
#include <stddef.h>

#include "host/alloc/alloc_priv.h"
#include "host/base/assert.h"

#define SMOOTHING 8 /* batches whose mean and maximum a new one moves by one part */

void ps_alloc_begin_run(struct ps_alloc *alloc, uint32_t cu_idx, struct slot *slot, bool owned)
{
    struct cu *cu = &alloc->cus[cu_idx];
    struct ps_job *job = &slot->job;
    struct kernel *kernel = ps_alloc_kernel_of(alloc, slot);

    ps_alloc_dequeue(alloc, slot);
    ps_alloc_unhold(alloc, slot);
    if (job->queue == PS_QUEUE_REAL_TIME) {
        job->waited_ns += alloc->now_ns - job->ready_ns;
        alloc->status.suspended += kernel->suspended_ready != 0;
        alloc->viewers_run++;
        if (!owned)
            ps_alloc_take_turn(kernel, job->tenant);
    }
    job->ready = false;
    job->state = PS_JOB_RUNNING;
    job->card = cu->card;
    slot->last_cu = cu_idx;
    cu->job_id = job->id;
    cu->keeper = 0;
    cu->run_queue = job->queue;
    cu->run_owned = owned;
    cu->charged_ns = kernel->batch_ns;
    ps_alloc_charge(alloc, cu_idx, job->tenant, (int64_t)cu->charged_ns);
    ps_alloc_refresh_cu(alloc, cu_idx);
    alloc->status.runs[job->queue]++;
    alloc->status.running[job->queue]++;
}

static void learn_batch(struct kernel *kernel, uint64_t busy_ns)
{
    const uint64_t fading_ns = kernel->batch_ns_max - kernel->batch_ns_max / SMOOTHING;

    kernel->batch_ns = ((SMOOTHING - 1) * kernel->batch_ns + busy_ns) / SMOOTHING;
    kernel->batch_ns_max = busy_ns > fading_ns ? busy_ns : fading_ns;
}

/* A job that lost its card has done nothing wrong, and cards are not lost without end. */
static void count_failure(struct ps_alloc *alloc, struct slot *slot, uint32_t cu_idx, int status)
{
    alloc->status.failed_runs++;
    slot->failed_cu = cu_idx;
    if (status == -ENODEV || ++slot->job.attempts < PS_ALLOC_ATTEMPTS_MAX)
        return;
    slot->job.state = PS_JOB_FAILED;
    alloc->status.failed_jobs++;
}

static void end_batch(struct ps_alloc *alloc, struct slot *slot, uint32_t cu_idx, int status)
{
    slot->job.state = PS_JOB_SUSPENDED;
    slot->end_ns = alloc->now_ns;
    if (status == 0) {
        slot->job.attempts = 0;
        slot->failed_cu = PS_ALLOC_NONE;
    } else {
        count_failure(alloc, slot, cu_idx, status);
    }
    const bool goes_on = slot->job.state != PS_JOB_FAILED;
    if (slot->job.queue == PS_QUEUE_REAL_TIME) {
        alloc->viewers_run--;
        if (goes_on)
            ps_alloc_hold(alloc, slot);
    }
    ps_alloc_estimate(alloc, slot, goes_on);
}

/* For comparison only: the job may have its CU again at the next dispatch. */
static void keep_cu(struct ps_alloc *alloc, struct cu *cu, const struct slot *slot, int status)
{
    if (!alloc->cfg.no_suspension || status != 0 || slot->job.queue != PS_QUEUE_SPECULATIVE)
        return;
    cu->keeper = slot->job.id;
    alloc->kept[alloc->kept_count++] = (uint32_t)(cu - alloc->cus);
}

uint64_t ps_alloc_run_ended(struct ps_alloc *alloc, uint32_t cu_idx, int status, uint64_t busy_ns,
                            uint64_t now_ns)
{
    ps_assert(cu_idx < alloc->cfg.cu_count);
    struct cu *cu = &alloc->cus[cu_idx];
    const uint64_t job_id = cu->job_id;

    ps_alloc_see_time(alloc, now_ns);
    if (job_id == 0) {
        if (status == -ENODEV)
            ps_alloc_cu_lost(alloc, cu_idx, now_ns);
        return 0;
    }
    struct slot *slot = ps_alloc_slot(alloc, job_id);
    ps_assert(slot != NULL && slot->job.state == PS_JOB_RUNNING);
    ps_alloc_charge(alloc, cu_idx, slot->job.tenant, (int64_t)(busy_ns - cu->charged_ns));
    if (status == 0)
        learn_batch(&alloc->kernels[cu->kernel], busy_ns);
    cu->job_id = 0;
    cu->busy_ns[cu->run_queue] += busy_ns;
    alloc->status.busy_ns[cu->run_queue] += busy_ns;
    alloc->status.running[cu->run_queue]--;
    slot->job.used_ns += busy_ns;
    end_batch(alloc, slot, cu_idx, status);
    keep_cu(alloc, cu, slot, status);
    ps_alloc_judge_cu(alloc, cu_idx, status);
    ps_alloc_refresh_cu(alloc, cu_idx);
    return job_id;
}
