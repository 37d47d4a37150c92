/* SPDX-License-Identifier: BSD-3-Clause */
/* host/pipeline/request.c - a segment is asked for: begin it, promote it, or have it wait in line.
 */
#include <errno.h>
#include <stdlib.h>

#include "host/base/mem.h"
#include "host/pipeline/finish_priv.h"
#include "host/pipeline/making_priv.h"
#include "host/pipeline/pipeline_priv.h"

const struct ps_profile *ps_pipeline_profile(const struct ps_pipeline *p,
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
    const struct ps_profile *profile = ps_pipeline_profile(p, &request->key);
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
        --*ps_making_count(m);
        m->request.deadline_ns = request->deadline_ns;
        m->request.queue = PS_QUEUE_REAL_TIME;
        ++*ps_making_count(m);
        m->promoted = true;
        p->status.promoted++;
    }
    if (m->error == -ECANCELED) /* not over yet, and wanted again */
        m->error = 0;
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
    if (p->makings.count == PS_MAKING_MAX)
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
    m->request.key = ps_making_key(&request->key);
    if (profile->kind == PS_PROFILE_TRANSCODE)
        set_frames(m);
    rc = begin_or_wait(m, now_ns);
    if (rc != 0) {
        free(m);
        return rc;
    }
    ps_makings_add(&p->makings, m);
    return 0;
}

int ps_pipeline_make(struct ps_pipeline *p, const struct ps_make_request *request, uint64_t now_ns)
{
    struct making *m = ps_makings_find(&p->makings, &request->key);

    if (m == NULL)
        return make_new(p, request, now_ns);
    if (request->queue == PS_QUEUE_REAL_TIME)
        promote(m, request, now_ns);
    return -EALREADY;
}

void ps_pipeline_abandon(struct ps_pipeline *p, const struct ps_segment_key *key)
{
    struct making *m = ps_makings_find(&p->makings, key);

    if (m == NULL || m->request.queue != PS_QUEUE_REAL_TIME || m->promoted || m->error != 0 ||
        m->profile->kind != PS_PROFILE_TRANSCODE)
        return;
    if (m->waiting || ps_making_frames_done(m) * 2 < m->frame_count)
        m->error = -ECANCELED; /* ends with the next dispatch, when none of its runs is left */
}

bool ps_pipeline_is_making(const struct ps_pipeline *p, const struct ps_segment_key *key)
{
    return ps_makings_find(&p->makings, key) != NULL;
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

/* Viewers' by deadline; speculation that had to begin again behind them. */
static bool is_before(const struct making *a, const struct making *b)
{
    if (a->request.queue != b->request.queue)
        return a->request.queue == PS_QUEUE_REAL_TIME;
    return a->request.deadline_ns < b->request.deadline_ns;
}

static struct making *first_in_line(const struct ps_pipeline *p)
{
    struct making *first = NULL;

    for (struct making *m = p->makings.head; m != NULL; m = m->next)
        if (m->waiting && (first == NULL || is_before(m, first)))
            first = m;
    return first;
}

void ps_pipeline_begin_waiting(struct ps_pipeline *p, uint64_t now_ns)
{
    while (p->status.waiting > 0 && p->status.active[PS_QUEUE_REAL_TIME] < PS_MAKING_ACTIVE_MAX) {
        struct making *first = first_in_line(p);
        const int rc = begin(first, now_ns);

        if ((rc == -EAGAIN || rc == -ENOSPC) && anything_active(p))
            return; /* what is under way will make room; if nothing is, there never will be any */
        if (rc != 0) {
            ps_making_finish(first, rc, now_ns);
            continue;
        }
        first->waiting = false;
        p->status.waiting--;
    }
}
