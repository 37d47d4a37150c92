/* SPDX-License-Identifier: BSD-3-Clause */
/* host/pipeline/dispatch.c - batches onto CUs and back; what the outcome of a run means for its
 * segment. */
#include <errno.h>
#include <poll.h>

#include "host/base/assert.h"
#include "host/base/mem.h"
#include "host/pipeline/cost_priv.h"
#include "host/pipeline/making_priv.h"
#include "host/pipeline/pipeline_priv.h"

/*
 * What no further run of this stage can put right, but the whole way from the source can: frames
 * that were on a lost card, and frames that are not what was written. What fails again and again
 * for another reason is given up; a lost card is no failure of the job's.
 */
static void judge(struct stage *stage, int status)
{
    struct making *m = stage->making;
    const struct ps_job *job = ps_alloc_job(m->pipeline->cfg.alloc, stage->job_id);
    const bool given_up = job->state == PS_JOB_FAILED;

    if (status == -ESTALE || (given_up && stage->input_wrong))
        m->begin_again = true;
    else if (given_up && m->error == 0)
        m->error = status;
}

static void run_done(struct ps_pipeline *p, const struct ps_accel_done *done, uint64_t now_ns)
{
    struct stage *stage = (struct stage *)(uintptr_t)done->tag;
    const uint32_t frames = ps_stage_batch_frames(stage);
    /* The allocator counts in the clock's time, whatever its speed. */
    const uint64_t busy_ns = (uint64_t)((double)done->busy_ns * p->cfg.time_scale);
    int status = done->status;

    stage->running = false;
    stage->input_wrong = false;
    stage->making->busy_ns += done->busy_ns;
    if (status == 0)
        status = ps_stage_take_results(stage);
    if (status == 0)
        ps_cost_learn(stage, frames, busy_ns);
    stage->failed_before = status != 0;
    ps_alloc_run_ended(p->cfg.alloc, done->cu, status, busy_ns, now_ns);
    judge(stage, status);
}

static void reap(struct ps_pipeline *p, uint64_t now_ns)
{
    struct ps_accel_done done[16];
    uint32_t count;

    do {
        count = ps_accel_reap(p->cfg.accel, done, PS_ARRAY_LEN(done));
        for (uint32_t i = 0; i < count; i++)
            run_done(p, &done[i], now_ns);
    } while (count == PS_ARRAY_LEN(done));
}

/* Back into the line, as what it was: key, queue, deadline, prediction, and who waits for it. */
static void begin_again(struct making *m, uint64_t now_ns)
{
    struct ps_pipeline_status *status = &m->pipeline->status;

    if (m->restarts == PS_MAKING_RESTARTS_MAX) {
        ps_making_finish(m, -EIO, now_ns);
        return;
    }
    ps_making_end(m);
    --*ps_making_count(m);
    m->waiting = true;
    ++*ps_making_count(m);
    m->begin_again = false;
    m->restarts++;
    status->restarts++;
}

/* End it when it is complete or has failed; tell the allocator what it could do next. */
static void advance_one(struct making *m, uint64_t now_ns)
{
    if (m->waiting ? m->error == 0 : m->decode == NULL)
        return; /* in line, or passed through by the workers */
    if (!m->waiting && !ps_making_is_complete(m))
        ps_making_update(m, now_ns);
    if (ps_making_is_complete(m) || (m->error != 0 && !ps_making_is_running(m)))
        ps_making_finish(m, m->error, now_ns);
    else if (m->begin_again && !ps_making_is_running(m))
        begin_again(m, now_ns);
}

static void advance(struct ps_pipeline *p, uint64_t now_ns)
{
    struct making *next;

    for (struct making *m = p->makings.head; m != NULL; m = next) {
        next = m->next;
        advance_one(m, now_ns);
    }
}

/* @return whether the run was refused, and so is over already. */
static bool start_run(struct ps_pipeline *p, const struct ps_assignment *assignment,
                      uint64_t now_ns)
{
    struct stage *stage = ps_makings_stage(&p->makings, assignment->job_id);
    struct ps_accel_run run;

    ps_assert(stage != NULL);
    ps_stage_describe_run(stage, assignment->cu, &run);
    stage->running = true;
    const int rc = ps_accel_submit(p->cfg.accel, &run);
    if (rc != 0)
        run_done(p, &(struct ps_accel_done){ .tag = run.tag, .cu = run.cu, .status = rc }, now_ns);
    return rc != 0;
}

static bool start_runs(struct ps_pipeline *p, uint64_t now_ns)
{
    struct ps_assignment assignments[64];
    bool refused = false;
    uint32_t count;

    do {
        count = ps_alloc_dispatch(p->cfg.alloc, now_ns, assignments, PS_ARRAY_LEN(assignments));
        for (uint32_t i = 0; i < count; i++)
            refused |= start_run(p, &assignments[i], now_ns);
    } while (count == PS_ARRAY_LEN(assignments));
    return refused;
}

/* Again while runs are refused: each time is an attempt, and those of a job are counted. */
void ps_pipeline_dispatch(struct ps_pipeline *p, uint64_t now_ns)
{
    bool refused;

    if (p->cfg.accel == NULL) {
        ps_pipeline_begin_waiting(p, now_ns);
        return;
    }
    do {
        reap(p, now_ns);
        advance(p, now_ns);
        ps_pipeline_begin_waiting(p, now_ns);
        ps_decodes_retry(p->decodes);
        refused = start_runs(p, now_ns);
    } while (refused);
}

/* The run is over; its results are not wanted any more, and taking them would begin new work. */
static void abandon_ended_runs(struct ps_pipeline *p)
{
    struct ps_accel_done done[16];
    const uint32_t count = ps_accel_reap(p->cfg.accel, done, PS_ARRAY_LEN(done));

    for (uint32_t i = 0; i < count; i++) {
        ((struct stage *)(uintptr_t)done[i].tag)->running = false;
        ps_alloc_run_ended(p->cfg.alloc, done[i].cu, -ECANCELED, done[i].busy_ns, 0);
    }
}

static bool any_running(const struct ps_pipeline *p)
{
    for (const struct making *m = p->makings.head; m != NULL; m = m->next)
        if (ps_making_is_running(m))
            return true;
    return false;
}

void ps_pipeline_drain(struct ps_pipeline *p)
{
    while (any_running(p)) {
        struct pollfd fd = { .fd = ps_accel_fd(p->cfg.accel), .events = POLLIN };

        poll(&fd, 1, -1); /* a run ends by itself, at the latest by its time-out */
        abandon_ended_runs(p);
    }
}
