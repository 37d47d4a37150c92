/* SPDX-License-Identifier: BSD-3-Clause */
#include "host/pipeline/pipeline.h"

#include <errno.h>
#include <stdlib.h>

#include "host/base/assert.h"
#include "host/base/mem.h"
#include "host/pipeline/finish_priv.h"
#include "host/pipeline/making_priv.h"
#include "host/pipeline/pipeline_priv.h"

static void batch_decoded(void *arg, struct ps_decode *decode);

static int create_decodes(struct ps_pipeline *p)
{
    const struct ps_decodes_config cfg = {
        .accel = p->cfg.accel,
        .workers = p->workers,
        .batch_frames = p->cfg.batch_frames,
        .sum_frames = !p->cfg.no_output_check,
        .memory_bytes = p->cfg.decode_bytes,
        .on_progress = batch_decoded,
        .arg = p,
    };

    return p->cfg.accel == NULL ? 0 : ps_decodes_create(&p->decodes, &cfg);
}

int ps_pipeline_create(struct ps_pipeline **ret_pipeline, const struct ps_pipeline_config *cfg)
{
    const struct ps_workers_config workers = { .count = cfg->worker_count,
                                               .origin_timeout_ms = cfg->origin_timeout_ms };
    struct ps_pipeline *p;
    int rc;

    ps_assert((cfg->accel == NULL) == (cfg->alloc == NULL));
    if (!(cfg->time_scale > 0) || cfg->batch_frames == 0 ||
        cfg->batch_frames > PSK_BATCH_FRAMES_MAX)
        return -EINVAL;
    p = ps_zalloc(1, sizeof(*p));
    if (p == NULL)
        return -ENOMEM;
    p->cfg = *cfg;
    rc = ps_workers_create(&p->workers, &workers);
    if (rc == 0)
        rc = create_decodes(p);
    if (rc != 0) {
        ps_pipeline_destroy(p);
        return rc;
    }
    *ret_pipeline = p;
    return 0;
}

uint64_t *ps_making_count(struct making *m)
{
    return m->waiting ? &m->pipeline->status.waiting
                      : &m->pipeline->status.active[m->request.queue];
}

void ps_making_finish(struct making *m, int status, uint64_t now_ns)
{
    struct ps_pipeline *p = m->pipeline;
    struct ps_made made = {
        .key = m->request.key,
        .status = status,
        .queue = m->request.queue,
        .promoted = m->promoted,
        .prediction_id = m->request.meta.prediction_id,
        .busy_ns = m->busy_ns,
        .took_ns = now_ns > m->begun_ns ? now_ns - m->begun_ns : 0,
    };

    if (made.status == 0)
        made.status = ps_making_store(m, &made.size_bytes, now_ns);
    if (made.status == 0)
        p->status.made[made.queue]++;
    else if (made.status == -ECANCELED)
        p->status.cancelled++;
    else
        p->status.failed++;
    --*ps_making_count(m);
    ps_makings_remove(&p->makings, m);
    if (!m->waiting && m->profile->kind == PS_PROFILE_TRANSCODE)
        ps_making_end(m);
    free(m->task.bytes.data);
    free(m);
    ps_making_tell(p, &made, now_ns);
}

/* ---- what the workers bring back ---- */

int ps_pipeline_probe(struct ps_pipeline *p, struct ps_media *media, enum ps_queue queue)
{
    struct ps_task *task;

    if (media->state == PS_MEDIA_PROBING) {
        if (queue == PS_QUEUE_REAL_TIME)
            ps_workers_promote_probe(p->workers, media->key);
        return 0;
    }
    if (queue == PS_QUEUE_SPECULATIVE && p->probing >= PS_PROBES_MAX)
        return -EAGAIN;
    task = ps_zalloc(1, sizeof(*task));
    if (task == NULL)
        return -ENOMEM;
    *task = (struct ps_task){ .kind = PS_TASK_PROBE,
                              .queue = queue,
                              .media_key = media->key,
                              .url = media->url,
                              .user = media };
    media->state = PS_MEDIA_PROBING;
    p->probing++;
    ps_workers_submit(p->workers, task);
    return 0;
}

static void probe_done(struct ps_pipeline *p, struct ps_task *task, uint64_t now_ns)
{
    struct ps_media *media = task->user;
    const int status = task->status;

    p->probing--;
    if (status == 0)
        ps_catalogue_set_info(media, &task->info, task->keyframe_ns, task->keyframe_count);
    else
        ps_catalogue_set_failed(media, status);
    free(task);
    p->cfg.on_probed(p->cfg.arg, media, status, now_ns);
}

static void task_done(struct ps_pipeline *p, struct ps_task *task, uint64_t now_ns)
{
    struct making *m;

    if (task->status == -ESTALE) /* the origin replaced it: who asks next has it probed anew */
        ps_catalogue_set_stale(ps_catalogue_by_key(p->cfg.catalogue, task->media_key));
    switch (task->kind) {
    case PS_TASK_PROBE:
        probe_done(p, task, now_ns);
        break;
    case PS_TASK_FRAMES:
        ps_decodes_task_done(p->decodes, task);
        break;
    case PS_TASK_PASSTHROUGH:
        m = task->user;
        m->task_out = false;
        ps_making_finish(m, task->status, now_ns);
        break;
    }
}

static void batch_decoded(void *arg, struct ps_decode *decode)
{
    struct ps_pipeline *p = arg;

    for (struct making *m = p->makings.head; m != NULL; m = m->next)
        if (m->decode == decode && m->error == 0)
            m->error = ps_decode_error(decode);
}

int ps_pipeline_fd(const struct ps_pipeline *p)
{
    return ps_workers_fd(p->workers);
}

void ps_pipeline_poll(struct ps_pipeline *p, uint64_t now_ns)
{
    struct ps_task *task = ps_workers_done(p->workers);

    while (task != NULL) {
        struct ps_task *next = task->next; /* the task may be gone once it is handled */

        task_done(p, task, now_ns);
        task = next;
    }
}

/* ---- looking ---- */

uint32_t ps_pipeline_list(const struct ps_pipeline *p, struct ps_making_info *ret_makings,
                          uint32_t max)
{
    uint32_t count = 0;

    for (const struct making *m = p->makings.head; m != NULL && count < max; m = m->next)
        ret_makings[count++] = (struct ps_making_info){
            .key = m->request.key,
            .queue = m->request.queue,
            .waiting = m->waiting,
            .frames_done = ps_making_frames_done(m),
            .frame_count = m->frame_count,
            .confidence = m->request.meta.confidence,
            .begun_ns = m->begun_ns,
        };
    return count;
}

void ps_pipeline_status(const struct ps_pipeline *p, struct ps_pipeline_status *ret_status)
{
    *ret_status = p->status;
    if (p->decodes != NULL)
        ret_status->buffers_taken += ps_decodes_buffer_count(p->decodes);
    ps_workers_status(p->workers, &ret_status->workers);
}

/* ---- the end ---- */

static void drop_task(struct ps_task *task)
{
    if (task->kind == PS_TASK_PROBE) {
        free(task->keyframe_ns);
        free(task);
    } else if (task->kind == PS_TASK_PASSTHROUGH) {
        ((struct making *)task->user)->task_out = false;
    }
}

void ps_pipeline_destroy(struct ps_pipeline *p)
{
    if (p == NULL)
        return;
    ps_workers_destroy(p->workers, drop_task);
    ps_pipeline_drain(p);
    while (p->makings.head != NULL) {
        struct making *m = p->makings.head;

        ps_makings_remove(&p->makings, m);
        if (!m->waiting && m->profile->kind == PS_PROFILE_TRANSCODE) {
            m->decode = NULL; /* its task died with the workers; freed with the set below */
            ps_making_end(m);
        }
        free(m->task.bytes.data);
        free(m);
    }
    ps_decodes_destroy(p->decodes);
    free(p);
}
