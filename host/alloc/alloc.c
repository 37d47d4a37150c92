/* SPDX-License-Identifier: BSD-3-Clause */
#include "host/alloc/alloc.h"

#include <errno.h>
#include <stdlib.h>

#include "host/base/assert.h"
#include "host/base/mem.h"

/* A job id is its slot in the low half and the slot's generation above, so a stale id finds
 * nothing. */
#define SLOT_BITS 32u

struct slot {
    struct ps_job job;
    uint32_t generation;
    uint32_t next_free;
    uint64_t idle_ns; /* when it came, or its last batch ended */
    bool live;
};

struct cu {
    uint32_t kernel;
    uint64_t job_id;         /* 0: idle */
    enum ps_queue run_queue; /* queue of the job when this run began */
    bool lost;
};

struct ps_alloc {
    struct ps_alloc_config cfg;
    struct slot *slots;
    uint32_t slots_used; /* slots ever handed out: scans stop here */
    uint32_t free_head;  /* UINT32_MAX: none below slots_used */
    struct cu cus[PS_ALLOC_CUS_MAX];
    struct ps_alloc_status status;
};

int ps_alloc_create(struct ps_alloc **ret_alloc, const struct ps_alloc_config *cfg)
{
    struct ps_alloc *alloc;

    ps_assert(ret_alloc != NULL);
    ps_assert(cfg != NULL);
    if (cfg->cu_count == 0 || cfg->cu_count > PS_ALLOC_CUS_MAX || cfg->jobs_max == 0 ||
        cfg->jobs_max > PS_ALLOC_JOBS_MAX)
        return -EINVAL;

    alloc = ps_zalloc(1, sizeof(*alloc));
    if (alloc == NULL)
        goto fail;
    alloc->cfg = *cfg;
    alloc->free_head = UINT32_MAX;
    for (uint32_t i = 0; i < cfg->cu_count; i++)
        alloc->cus[i].kernel = cfg->cu_kernel[i];
    alloc->slots = ps_zalloc(cfg->jobs_max, sizeof(*alloc->slots));
    if (alloc->slots == NULL)
        goto fail;

    *ret_alloc = alloc;
    return 0;

fail:
    ps_alloc_destroy(alloc);
    return -ENOMEM;
}

void ps_alloc_destroy(struct ps_alloc *alloc)
{
    if (alloc == NULL)
        return;
    free(alloc->slots);
    free(alloc);
}

bool ps_alloc_has_cu(const struct ps_alloc *alloc, uint32_t kernel)
{
    for (uint32_t i = 0; i < alloc->cfg.cu_count; i++)
        if (alloc->cus[i].kernel == kernel && !alloc->cus[i].lost)
            return true;
    return false;
}

static struct slot *find(const struct ps_alloc *alloc, uint64_t job_id)
{
    const uint32_t idx = (uint32_t)job_id;

    if (idx >= alloc->slots_used || !alloc->slots[idx].live || alloc->slots[idx].job.id != job_id)
        return NULL;
    return &alloc->slots[idx];
}

static struct slot *take_slot(struct ps_alloc *alloc)
{
    struct slot *slot;

    if (alloc->free_head != UINT32_MAX) {
        slot = &alloc->slots[alloc->free_head];
        alloc->free_head = slot->next_free;
        return slot;
    }
    return alloc->slots_used < alloc->cfg.jobs_max ? &alloc->slots[alloc->slots_used++] : NULL;
}

int ps_alloc_add(struct ps_alloc *alloc, const struct ps_job *job, uint64_t now_ns,
                 uint64_t *ret_job_id)
{
    struct slot *slot;

    ps_assert(job->queue < PS_QUEUE_COUNT);
    if (!ps_alloc_has_cu(alloc, job->kernel))
        return -EINVAL;
    slot = take_slot(alloc);
    if (slot == NULL)
        return -ENOSPC;

    slot->live = true;
    slot->generation++;
    slot->idle_ns = now_ns;
    slot->job = *job;
    slot->job.id = (uint64_t)slot->generation << SLOT_BITS | (uint64_t)(slot - alloc->slots);
    slot->job.state = PS_JOB_QUEUED;
    slot->job.attempts = 0;
    slot->job.ready = false;
    slot->job.waited_ns = 0;
    alloc->status.jobs[job->queue]++;
    *ret_job_id = slot->job.id;
    return 0;
}

const struct ps_job *ps_alloc_job(const struct ps_alloc *alloc, uint64_t job_id)
{
    const struct slot *slot = find(alloc, job_id);

    return slot == NULL ? NULL : &slot->job;
}

void ps_alloc_set_ready(struct ps_alloc *alloc, uint64_t job_id, bool ready, uint64_t now_ns)
{
    struct slot *slot = find(alloc, job_id);

    ps_assert(slot != NULL);
    if (slot->job.state == PS_JOB_RUNNING || slot->job.state == PS_JOB_FAILED ||
        slot->job.ready == ready)
        return;
    slot->job.ready = ready;
    slot->job.ready_ns = now_ns;
    alloc->status.ready[slot->job.queue] += ready ? 1 : UINT64_MAX;
}

void ps_alloc_promote(struct ps_alloc *alloc, uint64_t job_id, uint64_t deadline_ns,
                      uint64_t now_ns)
{
    struct slot *slot = find(alloc, job_id);

    ps_assert(slot != NULL);
    struct ps_job *job = &slot->job;
    if (job->queue == PS_QUEUE_REAL_TIME) {
        if (deadline_ns < job->deadline_ns)
            job->deadline_ns = deadline_ns;
        return;
    }
    alloc->status.jobs[PS_QUEUE_SPECULATIVE]--;
    alloc->status.jobs[PS_QUEUE_REAL_TIME]++;
    if (job->ready) {
        alloc->status.ready[PS_QUEUE_SPECULATIVE]--;
        alloc->status.ready[PS_QUEUE_REAL_TIME]++;
        job->ready_ns = now_ns; /* a viewer has waited from now on only */
    }
    job->queue = PS_QUEUE_REAL_TIME;
    job->deadline_ns = deadline_ns;
    alloc->status.promoted++;
}

void ps_alloc_remove(struct ps_alloc *alloc, uint64_t job_id)
{
    struct slot *slot = find(alloc, job_id);

    ps_assert(slot != NULL);
    ps_assert(slot->job.state != PS_JOB_RUNNING);
    if (slot->job.queue == PS_QUEUE_REAL_TIME && slot->job.state == PS_JOB_SUSPENDED)
        ps_histogram_add(&alloc->status.wait_us, slot->job.waited_ns / 1000);
    alloc->status.jobs[slot->job.queue]--;
    if (slot->job.ready)
        alloc->status.ready[slot->job.queue]--;
    slot->live = false;
    slot->next_free = alloc->free_head;
    alloc->free_head = (uint32_t)(slot - alloc->slots);
}

/* Whether a should have the CU before b. */
static bool is_before(const struct ps_job *a, const struct ps_job *b)
{
    if (a->queue != b->queue)
        return a->queue == PS_QUEUE_REAL_TIME;
    if (a->queue == PS_QUEUE_SPECULATIVE && a->benefit != b->benefit)
        return a->benefit > b->benefit;
    if (a->queue == PS_QUEUE_REAL_TIME && a->deadline_ns != b->deadline_ns)
        return a->deadline_ns < b->deadline_ns;
    return a->ready_ns < b->ready_ns;
}

static struct ps_job *most_urgent(struct ps_alloc *alloc, uint32_t kernel)
{
    struct ps_job *best = NULL;
    bool passed_over = false; /* a suspended speculative job that a real-time one overtakes */

    for (uint32_t i = 0; i < alloc->slots_used; i++) {
        struct ps_job *job = &alloc->slots[i].job;

        if (!alloc->slots[i].live || !job->ready || job->kernel != kernel)
            continue;
        passed_over |= job->state == PS_JOB_SUSPENDED && job->queue == PS_QUEUE_SPECULATIVE;
        if (best == NULL || is_before(job, best))
            best = job;
    }
    if (best != NULL && passed_over && best->queue == PS_QUEUE_REAL_TIME)
        alloc->status.suspended++;
    return best;
}

static void start(struct ps_alloc *alloc, struct cu *cu, struct ps_job *job, uint64_t now_ns)
{
    if (job->queue == PS_QUEUE_REAL_TIME && now_ns >= job->ready_ns)
        job->waited_ns += now_ns - job->ready_ns;
    job->ready = false;
    job->state = PS_JOB_RUNNING;
    cu->job_id = job->id;
    cu->run_queue = job->queue;
    alloc->status.ready[job->queue]--;
    alloc->status.runs[job->queue]++;
}

static bool is_between_batches(const struct slot *slot, uint64_t now_ns)
{
    const struct ps_job *job = &slot->job;

    return job->queue == PS_QUEUE_REAL_TIME && !job->ready && job->state != PS_JOB_RUNNING &&
           job->state != PS_JOB_FAILED && now_ns < slot->idle_ns + PS_ALLOC_HOLD_NS;
}

/* Whether any viewer's job is under way and not just stuck at its source. */
static bool viewers_wait(const struct ps_alloc *alloc, uint64_t now_ns)
{
    for (uint32_t i = 0; i < alloc->slots_used; i++) {
        const struct ps_job *job = &alloc->slots[i].job;

        if (alloc->slots[i].live && job->queue == PS_QUEUE_REAL_TIME &&
            (job->ready || job->state == PS_JOB_RUNNING ||
             is_between_batches(&alloc->slots[i], now_ns)))
            return true;
    }
    return false;
}

/* Whether all idle CUs of the kernel are spoken for by viewers' jobs that will be ready soon. */
static bool is_held(const struct ps_alloc *alloc, uint32_t kernel, uint64_t now_ns)
{
    uint32_t idle = 0, held = 0;

    if (alloc->cfg.share_host && viewers_wait(alloc, now_ns))
        return true;
    for (uint32_t i = 0; i < alloc->cfg.cu_count; i++)
        idle += alloc->cus[i].kernel == kernel && alloc->cus[i].job_id == 0 && !alloc->cus[i].lost;
    for (uint32_t i = 0; i < alloc->slots_used; i++)
        held += alloc->slots[i].live && alloc->slots[i].job.kernel == kernel &&
                is_between_batches(&alloc->slots[i], now_ns);
    return held >= idle;
}

uint32_t ps_alloc_dispatch(struct ps_alloc *alloc, uint64_t now_ns,
                           struct ps_assignment *ret_assignments, uint32_t max)
{
    uint32_t count = 0;

    for (uint32_t i = 0; i < alloc->cfg.cu_count && count < max; i++) {
        struct cu *cu = &alloc->cus[i];

        if (cu->job_id != 0 || cu->lost)
            continue;
        struct ps_job *job = most_urgent(alloc, cu->kernel);
        if (job == NULL ||
            (job->queue == PS_QUEUE_SPECULATIVE && is_held(alloc, cu->kernel, now_ns)))
            continue;
        start(alloc, cu, job, now_ns);
        ret_assignments[count++] = (struct ps_assignment){ .job_id = job->id, .cu = i };
    }
    return count;
}

static void count_failure(struct ps_alloc *alloc, struct ps_job *job)
{
    alloc->status.failed_runs++;
    if (++job->attempts < PS_ALLOC_ATTEMPTS_MAX)
        return;
    job->state = PS_JOB_FAILED;
    alloc->status.failed_jobs++;
}

uint64_t ps_alloc_run_ended(struct ps_alloc *alloc, uint32_t cu_idx, int status, uint64_t busy_ns,
                            uint64_t now_ns)
{
    ps_assert(cu_idx < alloc->cfg.cu_count);
    struct cu *cu = &alloc->cus[cu_idx];
    const uint64_t job_id = cu->job_id;
    struct slot *slot = find(alloc, job_id);

    cu->job_id = 0;
    if (status == -ENODEV && !cu->lost) {
        cu->lost = true;
        alloc->status.cus_lost++;
    }
    if (slot == NULL)
        return 0;
    ps_assert(slot->job.state == PS_JOB_RUNNING);
    alloc->status.busy_ns[cu->run_queue] += busy_ns;
    slot->job.state = PS_JOB_SUSPENDED;
    slot->idle_ns = now_ns;
    if (status != 0)
        count_failure(alloc, &slot->job);
    else
        slot->job.attempts = 0;
    return job_id;
}

uint32_t ps_alloc_list(const struct ps_alloc *alloc, struct ps_job *ret_jobs, uint32_t max)
{
    uint32_t count = 0;

    for (uint32_t i = 0; i < alloc->slots_used && count < max; i++)
        if (alloc->slots[i].live)
            ret_jobs[count++] = alloc->slots[i].job;
    return count;
}

uint64_t ps_alloc_job_on(const struct ps_alloc *alloc, uint32_t cu)
{
    ps_assert(cu < alloc->cfg.cu_count);
    return alloc->cus[cu].job_id;
}

void ps_alloc_status(const struct ps_alloc *alloc, struct ps_alloc_status *ret_status)
{
    *ret_status = alloc->status;
    for (uint32_t i = 0; i < alloc->cfg.cu_count; i++)
        if (alloc->cus[i].job_id != 0)
            ret_status->running[alloc->cus[i].run_queue]++;
}
