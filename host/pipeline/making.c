/* SPDX-License-Identifier: BSD-3-Clause */
#include <errno.h>
#include <stdlib.h>

#include "host/base/assert.h"
#include "host/base/mem.h"
#include "host/pipeline/cost_priv.h"
#include "host/pipeline/making_priv.h"
#include "host/pipeline/pipeline_priv.h"
#include "kernels/h264enc/h264enc.h"

static const uint32_t stage_kernel[STAGE_COUNT] = {
    [STAGE_SCALE] = PSK_KERNEL_SCALE,
    [STAGE_MARK] = PSK_KERNEL_MARK,
    [STAGE_ENCODE_A] = PSK_KERNEL_H264ENC,
    [STAGE_ENCODE_B] = PSK_KERNEL_H264ENC,
};

uint32_t ps_stage_kernel(enum stage_kind kind)
{
    return stage_kernel[kind];
}

static bool has_stage(const struct making *m, enum stage_kind kind)
{
    return m->profile->marked || kind == STAGE_SCALE || kind == STAGE_ENCODE_A;
}

static int take(struct making *m, uint64_t size_bytes, struct ps_accel_buf **ret_buf)
{
    const int rc = ps_accel_buf_take(m->pipeline->cfg.accel, size_bytes, ret_buf);

    m->pipeline->status.buffers_taken += rc == 0;
    return rc;
}

static void give(struct making *m, struct ps_accel_buf *buf)
{
    ps_accel_buf_give(m->pipeline->cfg.accel, buf);
    m->pipeline->status.buffers_taken -= buf != NULL;
}

static int take_ring(struct making *m, struct ps_accel_buf *ring[PS_MAKING_RING])
{
    const uint64_t size_bytes = (uint64_t)m->pipeline->cfg.batch_frames *
                                PSK_FRAME_BYTES(m->profile->width, m->profile->height);
    int rc = 0;

    for (uint32_t i = 0; i < PS_MAKING_RING && rc == 0; i++)
        rc = take(m, size_bytes, &ring[i]);
    return rc;
}

static int begin_encoding(struct making *m, struct encoding *e)
{
    const struct ps_profile *p = m->profile;
    const uint32_t batch = m->pipeline->cfg.batch_frames;
    int rc;

    e->frames = ps_zalloc(m->frame_count, sizeof(*e->frames));
    e->good_state = ps_zalloc(1, psk_h264enc_state_bytes(p->width, p->height));
    if (e->frames == NULL || e->good_state == NULL)
        return -ENOMEM;
    ps_rate_init(&e->rate, &(struct ps_rate_config){ .bitrate_bps = p->bitrate_bps,
                                                     .quality_qp = p->quality_qp,
                                                     .vbv_ms = p->vbv_ms,
                                                     .fps_num = m->info.fps_num,
                                                     .fps_den = m->info.fps_den,
                                                     .width = p->width,
                                                     .height = p->height,
                                                     .frame_count = m->frame_count });
    rc = take(m, psk_h264enc_state_bytes(p->width, p->height), &e->state);
    if (rc == 0)
        rc = take(m, batch * sizeof(struct psk_enc_control), &e->control);
    if (rc == 0)
        rc = take(m, psk_h264enc_bits_bytes_max(p->width, p->height, batch), &e->bits);
    if (rc == 0)
        rc = take(m, batch * sizeof(struct psk_enc_report), &e->report);
    return rc;
}

static int begin_stage(struct making *m, enum stage_kind kind, uint64_t now_ns)
{
    struct stage *stage = &m->stages[kind];
    const struct ps_job job = {
        .segment = m->request.key,
        .kernel = stage_kernel[kind],
        .queue = m->request.queue,
        .deadline_ns = m->request.deadline_ns,
        .benefit = m->request.benefit,
        .cost_ns =
            ps_cost_of_job(m->pipeline, m->profile, &m->info, stage_kernel[kind], m->frame_count),
        .tenant = m->media->tenant,
    };
    int rc;

    if (!has_stage(m, kind))
        return 0;
    stage->making = m;
    stage->kind = kind;
    rc = take(m, sizeof(struct psk_status), &stage->status);
    if (rc == 0 && kind >= STAGE_ENCODE_A)
        rc = begin_encoding(m, &m->encodings[kind - STAGE_ENCODE_A]);
    if (rc == 0)
        rc = ps_alloc_add(m->pipeline->cfg.alloc, &job, now_ns, &stage->job_id);
    if (rc == 0)
        ps_makings_add_job(&m->pipeline->makings, stage);
    return rc == -EINVAL ? -ENODEV : rc;
}

int ps_making_begin(struct making *m, uint64_t now_ns)
{
    int rc = take_ring(m, m->scaled);

    if (rc == 0 && m->profile->marked)
        rc = take_ring(m, m->marked[0]);
    if (rc == 0 && m->profile->marked)
        rc = take_ring(m, m->marked[1]);
    for (uint32_t kind = 0; kind < STAGE_COUNT && rc == 0; kind++)
        rc = begin_stage(m, kind, now_ns);
    if (rc == 0)
        rc = ps_decode_join(m->pipeline->decodes, m->media, m->first_frame, m->frame_count,
                            m->request.queue, &m->decode, &m->consumer);
    if (rc != 0) {
        ps_making_end(m);
        return rc;
    }
    ps_making_update(m, now_ns);
    return 0;
}

static void give_ring(struct making *m, struct ps_accel_buf *ring[PS_MAKING_RING])
{
    for (uint32_t i = 0; i < PS_MAKING_RING; i++) {
        give(m, ring[i]);
        ring[i] = NULL;
    }
}

static void end_encoding(struct making *m, struct encoding *e)
{
    give(m, e->state);
    give(m, e->control);
    give(m, e->bits);
    give(m, e->report);
    free(e->good_state);
    free(e->frames);
    free(e->out);
    *e = (struct encoding){ .state = NULL };
}

void ps_making_end(struct making *m)
{
    ps_assert(!ps_making_is_running(m) && !m->task_out);
    if (m->decode != NULL)
        ps_decode_leave(m->decode, m->consumer);
    m->decode = NULL;
    for (uint32_t kind = 0; kind < STAGE_COUNT; kind++) {
        struct stage *stage = &m->stages[kind];

        if (stage->job_id != 0) {
            ps_makings_remove_job(&m->pipeline->makings, stage);
            ps_alloc_remove(m->pipeline->cfg.alloc, stage->job_id);
        }
        give(m, stage->status);
        *stage = (struct stage){ .job_id = 0 };
    }
    end_encoding(m, &m->encodings[0]);
    end_encoding(m, &m->encodings[1]);
    give_ring(m, m->scaled);
    give_ring(m, m->marked[0]);
    give_ring(m, m->marked[1]);
}

static uint32_t encoded_by_all(const struct making *m)
{
    const uint32_t a = m->stages[STAGE_ENCODE_A].batches_done;
    const uint32_t b = m->stages[STAGE_ENCODE_B].batches_done;

    return m->profile->marked && b < a ? b : a;
}

/* Whether the stage's next batch has its input, and its output has room. */
static bool could_run(const struct making *m, enum stage_kind kind)
{
    const uint32_t batch = m->stages[kind].batches_done;
    const uint32_t scaled = m->stages[STAGE_SCALE].batches_done;
    const uint32_t marked = m->stages[STAGE_MARK].batches_done;
    const uint32_t encoded = encoded_by_all(m);

    if (m->error != 0 || m->begin_again || batch == ps_decode_batch_count(m->decode))
        return false;
    switch (kind) {
    case STAGE_SCALE:
        return ps_decode_batch(m->decode, batch) != NULL &&
               batch < (m->profile->marked ? marked : encoded) + PS_MAKING_RING;
    case STAGE_MARK:
        return batch < scaled && batch < encoded + PS_MAKING_RING;
    default:
        return batch < (m->profile->marked ? marked : scaled);
    }
}

void ps_making_update(struct making *m, uint64_t now_ns)
{
    const struct ps_alloc *alloc = m->pipeline->cfg.alloc;

    if (m->error == 0)
        m->error = ps_decode_error(m->decode);
    for (uint32_t kind = 0; kind < STAGE_COUNT; kind++)
        if (m->error == 0 && m->stages[kind].job_id != 0 &&
            !ps_alloc_has_cu(alloc, stage_kernel[kind]))
            m->error = -ENODEV; /* the last CU of a kernel was lost on the way */
    for (uint32_t kind = 0; kind < STAGE_COUNT; kind++)
        if (m->stages[kind].job_id != 0 && !m->stages[kind].running)
            ps_alloc_set_ready(m->pipeline->cfg.alloc, m->stages[kind].job_id, could_run(m, kind),
                               now_ns);
}

bool ps_making_is_running(const struct making *m)
{
    for (uint32_t kind = 0; kind < STAGE_COUNT; kind++)
        if (m->stages[kind].running)
            return true;
    return false;
}

bool ps_making_is_complete(const struct making *m)
{
    return m->decode != NULL && encoded_by_all(m) == ps_decode_batch_count(m->decode);
}

uint32_t ps_making_frames_done(const struct making *m)
{
    return m->profile->marked && m->encodings[1].frame_count < m->encodings[0].frame_count
               ? m->encodings[1].frame_count
               : m->encodings[0].frame_count;
}
