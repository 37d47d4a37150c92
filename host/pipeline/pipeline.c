/* SPDX-License-Identifier: BSD-3-Clause */
#include "host/pipeline/pipeline.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>

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
    if (cfg->batch_frames == 0 || cfg->batch_frames > PSK_BATCH_FRAMES_MAX)
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

/* ---- the table of makings ---- */

static struct making *find(const struct ps_pipeline *p, const struct ps_segment_key *key)
{
    for (struct making *m = p->makings; m != NULL; m = m->next)
        if (memcmp(&m->request.key, key, sizeof(*key)) == 0)
            return m;
    return NULL;
}

/* Both variants of a marked segment come out of one making, which is known by variant A. */
static struct ps_segment_key making_key(const struct ps_segment_key *key)
{
    struct ps_segment_key main_key = *key;

    if (main_key.variant == PS_VARIANT_B)
        main_key.variant = PS_VARIANT_A;
    return main_key;
}

static void unlink_making(struct ps_pipeline *p, struct making *making)
{
    for (struct making **at = &p->makings; *at != NULL; at = &(*at)->next) {
        if (*at != making)
            continue;
        *at = making->next;
        p->making_count--;
        return;
    }
}

static uint64_t *active_count(struct making *m)
{
    return m->waiting ? &m->pipeline->status.waiting
                      : &m->pipeline->status.active[m->request.queue];
}

/* The end of a making, good or bad. */
static void finish(struct making *m, int status, uint64_t now_ns)
{
    struct ps_pipeline *p = m->pipeline;
    struct ps_made made = {
        .key = m->request.key,
        .status = status,
        .queue = m->request.queue,
        .promoted = m->promoted,
        .prediction_id = m->request.meta.prediction_id,
        .busy_ns = m->busy_ns,
    };

    if (made.status == 0)
        made.status = ps_making_store(m, &made.size_bytes, now_ns);
    if (made.status == 0)
        p->status.made[made.queue]++;
    else
        p->status.failed++;
    --*active_count(m);
    unlink_making(p, m);
    if (!m->waiting && m->profile->kind == PS_PROFILE_TRANSCODE)
        ps_making_end(m);
    free(m->task.bytes.data);
    free(m);
    ps_making_tell(p, &made, now_ns);
}

/* ---- beginning ---- */

static const struct ps_profile *find_profile(const struct ps_pipeline *p,
                                             const struct ps_segment_key *key)
{
    for (uint32_t i = 0; i < p->cfg.profile_count; i++)
        if (p->cfg.profiles[i].key == key->profile_key &&
            p->cfg.profiles[i].version == key->profile_version)
            return &p->cfg.profiles[i];
    return NULL;
}

static void set_frames(struct making *m)
{
    const struct ps_source_info *info = &m->info;
    const uint32_t index = (uint32_t)m->request.key.index;
    const uint64_t end = ps_source_segment_first_frame(info, m->profile->segment_ms, index + 1);

    m->first_frame = ps_source_segment_first_frame(info, m->profile->segment_ms, index);
    m->frame_count =
        (uint32_t)((end < info->frame_count ? end : info->frame_count) - m->first_frame);
}

static int begin_passthrough(struct making *m)
{
    m->task = (struct ps_task){
        .kind = PS_TASK_PASSTHROUGH,
        .queue = m->request.queue,
        .media_key = m->media->key,
        .media_version = m->info.version,
        .url = m->media->url,
        .user = m,
        .profile = m->profile,
        .index = m->request.key.index,
    };
    m->task_out = true;
    ps_workers_submit(m->pipeline->workers, &m->task);
    return 0;
}

static int begin(struct making *m, uint64_t now_ns)
{
    int rc;

    if (m->profile->kind != PS_PROFILE_TRANSCODE)
        rc = begin_passthrough(m);
    else
        rc = ps_making_begin(m, now_ns);
    if (rc == 0)
        m->pipeline->status.active[m->request.queue]++;
    return rc;
}

/* Real-time work that finds no room waits in line; speculation is told to come again. */
static int begin_or_wait(struct making *m, uint64_t now_ns)
{
    struct ps_pipeline *p = m->pipeline;
    const bool real_time = m->request.queue == PS_QUEUE_REAL_TIME;
    int rc = -EAGAIN;

    if (!real_time || p->status.active[PS_QUEUE_REAL_TIME] < PS_MAKING_ACTIVE_MAX)
        rc = begin(m, now_ns);
    if (real_time && (rc == -EAGAIN || rc == -ENOSPC)) {
        m->waiting = true;
        p->status.waiting++;
        rc = 0;
    }
    return rc == -ENOSPC ? -EAGAIN : rc;
}

static int check_request(const struct ps_pipeline *p, const struct ps_make_request *request,
                         struct ps_media **ret_media, const struct ps_profile **ret_profile)
{
    const struct ps_profile *profile = find_profile(p, &request->key);
    struct ps_media *media = ps_catalogue_by_key(p->cfg.catalogue, request->key.media_key);

    if (media == NULL || profile == NULL)
        return -ENOENT;
    if (media->state != PS_MEDIA_READY)
        return -EPROTO;
    if (media->info.version != request->key.media_version)
        return -ENOENT;
    if (!ps_media_fits(media, profile))
        return -ENODATA;
    if (request->key.index != PS_SEGMENT_INIT &&
        (request->key.index < 0 ||
         (uint32_t)request->key.index >= ps_media_segment_count(media, profile)))
        return -ENODATA;
    if (profile->kind == PS_PROFILE_TRANSCODE && p->cfg.accel == NULL)
        return -ENODEV;
    *ret_media = media;
    *ret_profile = profile;
    return 0;
}

static void promote(struct making *m, const struct ps_make_request *request, uint64_t now_ns)
{
    struct ps_pipeline *p = m->pipeline;

    if (m->request.queue == PS_QUEUE_SPECULATIVE) {
        --*active_count(m);
        m->request.deadline_ns = request->deadline_ns;
        m->request.queue = PS_QUEUE_REAL_TIME;
        ++*active_count(m);
        m->promoted = true;
        p->status.promoted++;
    }
    m->request.meta.class = request->meta.class;
    if (request->deadline_ns < m->request.deadline_ns)
        m->request.deadline_ns = request->deadline_ns;
    if (m->task_out)
        ps_workers_promote(p->workers, &m->task);
    if (m->decode != NULL)
        ps_decode_promote(m->decode);
    for (uint32_t kind = 0; kind < STAGE_COUNT; kind++)
        if (m->stages[kind].job_id != 0)
            ps_alloc_promote(p->cfg.alloc, m->stages[kind].job_id, request->deadline_ns, now_ns);
}

static int make_new(struct ps_pipeline *p, const struct ps_make_request *request, uint64_t now_ns)
{
    struct ps_media *media;
    const struct ps_profile *profile;
    struct making *m;
    int rc = check_request(p, request, &media, &profile);

    if (rc != 0)
        return rc;
    if (profile->kind == PS_PROFILE_TRANSCODE && request->key.index == PS_SEGMENT_INIT)
        return ps_making_init_segment(p, request, media, profile, now_ns);
    if (p->making_count == PS_MAKING_MAX)
        return request->queue == PS_QUEUE_REAL_TIME ? -EBUSY : -EAGAIN;
    if (request->queue == PS_QUEUE_SPECULATIVE && ps_pipeline_speculative_room(p) == 0)
        return -EAGAIN;
    m = ps_zalloc(1, sizeof(*m));
    if (m == NULL)
        return -ENOMEM;
    *m = (struct making){ .pipeline = p,
                          .request = *request,
                          .media = media,
                          .info = media->info,
                          .profile = profile,
                          .begun_ns = now_ns };
    m->request.key = making_key(&request->key);
    if (profile->kind == PS_PROFILE_TRANSCODE)
        set_frames(m);
    rc = begin_or_wait(m, now_ns);
    if (rc != 0) {
        free(m);
        return rc;
    }
    m->next = p->makings;
    p->makings = m;
    p->making_count++;
    return 0;
}

int ps_pipeline_make(struct ps_pipeline *p, const struct ps_make_request *request, uint64_t now_ns)
{
    const struct ps_segment_key key = making_key(&request->key);
    struct making *m = find(p, &key);

    if (m == NULL)
        return make_new(p, request, now_ns);
    if (request->queue == PS_QUEUE_REAL_TIME)
        promote(m, request, now_ns);
    return -EALREADY;
}

bool ps_pipeline_is_making(const struct ps_pipeline *p, const struct ps_segment_key *key)
{
    const struct ps_segment_key main_key = making_key(key);

    return find(p, &main_key) != NULL;
}

uint32_t ps_pipeline_speculative_room(const struct ps_pipeline *p)
{
    const uint64_t active = p->status.active[PS_QUEUE_SPECULATIVE];

    return active >= p->cfg.speculative_max ? 0 : p->cfg.speculative_max - (uint32_t)active;
}

static bool anything_active(const struct ps_pipeline *p)
{
    return p->status.active[PS_QUEUE_REAL_TIME] + p->status.active[PS_QUEUE_SPECULATIVE] > 0;
}

/* Those in line, earliest deadline first, as far as there is room. */
static void begin_waiting(struct ps_pipeline *p, uint64_t now_ns)
{
    while (p->status.waiting > 0 && p->status.active[PS_QUEUE_REAL_TIME] < PS_MAKING_ACTIVE_MAX) {
        struct making *first = NULL;

        for (struct making *m = p->makings; m != NULL; m = m->next)
            if (m->waiting &&
                (first == NULL || m->request.deadline_ns < first->request.deadline_ns))
                first = m;
        const int rc = begin(first, now_ns);
        if ((rc == -EAGAIN || rc == -ENOSPC) && anything_active(p))
            return; /* what is under way will make room; if nothing is, there never will be any */
        if (rc != 0) {
            finish(first, rc, now_ns);
            continue;
        }
        first->waiting = false;
        p->status.waiting--;
    }
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
        finish(m, task->status, now_ns);
        break;
    }
}

static void batch_decoded(void *arg, struct ps_decode *decode)
{
    struct ps_pipeline *p = arg;

    for (struct making *m = p->makings; m != NULL; m = m->next)
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

/* ---- CUs ---- */

static void run_done(struct ps_pipeline *p, const struct ps_accel_done *done, uint64_t now_ns)
{
    struct stage *stage = (struct stage *)(uintptr_t)done->tag;
    struct making *m = stage->making;
    int status = done->status;

    stage->running = false;
    m->busy_ns += done->busy_ns;
    if (status == 0)
        status = ps_stage_take_results(stage);
    stage->failed_before = status != 0;
    ps_alloc_run_ended(p->cfg.alloc, done->cu, status, done->busy_ns, now_ns);
    if (ps_alloc_job(p->cfg.alloc, stage->job_id)->state == PS_JOB_FAILED && m->error == 0)
        m->error = status;
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

/* End what is complete or has failed; tell the allocator what the others could do next. */
static void advance(struct ps_pipeline *p, uint64_t now_ns)
{
    struct making *next;

    for (struct making *m = p->makings; m != NULL; m = next) {
        next = m->next;
        if (m->decode == NULL || m->waiting)
            continue;
        if (!ps_making_is_complete(m))
            ps_making_update(m, now_ns);
        if (ps_making_is_complete(m) || (m->error != 0 && !ps_making_is_running(m)))
            finish(m, m->error, now_ns);
    }
}

static struct stage *stage_of_job(struct ps_pipeline *p, uint64_t job_id)
{
    for (struct making *m = p->makings; m != NULL; m = m->next)
        for (uint32_t kind = 0; kind < STAGE_COUNT; kind++)
            if (m->stages[kind].job_id == job_id)
                return &m->stages[kind];
    return NULL;
}

static void start_runs(struct ps_pipeline *p, uint64_t now_ns)
{
    struct ps_assignment assignments[PS_ALLOC_CUS_MAX];
    struct ps_accel_run run;
    const uint32_t count =
        ps_alloc_dispatch(p->cfg.alloc, now_ns, assignments, PS_ARRAY_LEN(assignments));

    for (uint32_t i = 0; i < count; i++) {
        struct stage *stage = stage_of_job(p, assignments[i].job_id);

        ps_assert(stage != NULL);
        ps_stage_describe_run(stage, assignments[i].cu, &run);
        stage->running = true;
        const int rc = ps_accel_submit(p->cfg.accel, &run);
        if (rc != 0)
            run_done(p, &(struct ps_accel_done){ .tag = run.tag, .cu = run.cu, .status = rc },
                     now_ns);
    }
}

void ps_pipeline_dispatch(struct ps_pipeline *p, uint64_t now_ns)
{
    if (p->cfg.accel == NULL) {
        begin_waiting(p, now_ns);
        return;
    }
    reap(p, now_ns);
    advance(p, now_ns);
    begin_waiting(p, now_ns);
    ps_decodes_retry(p->decodes);
    start_runs(p, now_ns);
}

/* ---- looking ---- */

static uint32_t frames_done(const struct making *m)
{
    return m->profile->marked && m->encodings[1].frame_count < m->encodings[0].frame_count
               ? m->encodings[1].frame_count
               : m->encodings[0].frame_count;
}

uint32_t ps_pipeline_list(const struct ps_pipeline *p, struct ps_making_info *ret_makings,
                          uint32_t max)
{
    uint32_t count = 0;

    for (const struct making *m = p->makings; m != NULL && count < max; m = m->next)
        ret_makings[count++] = (struct ps_making_info){
            .key = m->request.key,
            .queue = m->request.queue,
            .waiting = m->waiting,
            .frames_done = frames_done(m),
            .frame_count = m->frame_count,
            .confidence = m->request.meta.confidence,
            .begun_ns = m->begun_ns,
        };
    return count;
}

void ps_pipeline_status(const struct ps_pipeline *p, struct ps_pipeline_status *ret_status)
{
    *ret_status = p->status;
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
    for (const struct making *m = p->makings; m != NULL; m = m->next)
        if (ps_making_is_running(m))
            return true;
    return false;
}

void ps_pipeline_destroy(struct ps_pipeline *p)
{
    if (p == NULL)
        return;
    ps_workers_destroy(p->workers, drop_task);
    while (any_running(p)) {
        struct pollfd fd = { .fd = ps_accel_fd(p->cfg.accel), .events = POLLIN };

        poll(&fd, 1, -1); /* a run ends by itself, at the latest by its time-out */
        abandon_ended_runs(p);
    }
    while (p->makings != NULL) {
        struct making *m = p->makings;

        p->makings = m->next;
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
