/* SPDX-License-Identifier: BSD-3-Clause */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "host/base/assert.h"
#include "host/base/mem.h"
#include "host/pipeline/making_priv.h"
#include "host/pipeline/pipeline_priv.h"
#include "host/watermark/key.h"
#include "kernels/h264enc/h264enc.h"

_Static_assert(PS_MEDIA_SHRINK_MAX == PSK_SCALE_RATIO_MAX, "what fits can be scaled");

#define MARK_STRENGTH 256u /* nominal */

static void add_buf(struct ps_accel_run *run, struct ps_accel_buf *buf, size_t in_bytes,
                    size_t out_bytes)
{
    run->args[run->arg_count++] = (struct ps_accel_arg){ .buf = buf,
                                                         .in_bytes = (uint32_t)in_bytes,
                                                         .out_bytes = (uint32_t)out_bytes };
}

static void add_u32(struct ps_accel_run *run, uint32_t value)
{
    run->args[run->arg_count++] = (struct ps_accel_arg){ .scalar = value };
}

uint32_t ps_stage_batch_frames(const struct stage *stage)
{
    return ps_decode_batch_frames(stage->making->decode, stage->batches_done);
}

static uint32_t first_frame_of_batch(const struct stage *stage)
{
    return stage->batches_done * stage->making->pipeline->cfg.batch_frames;
}

struct encoding *ps_stage_encoding(const struct stage *stage)
{
    return &stage->making->encodings[stage->kind - STAGE_ENCODE_A];
}

static void describe_scale(const struct stage *stage, struct ps_accel_run *run)
{
    const struct making *m = stage->making;
    const struct ps_source_info *info = &m->info;
    const uint32_t frames = ps_stage_batch_frames(stage);

    add_buf(run, ps_decode_batch(m->decode, stage->batches_done),
            frames * PSK_FRAME_BYTES(info->width, info->height), 0);
    for (uint32_t i = 0; i < PSK_SCALE_RENDITIONS_MAX; i++) /* one is used, each must be some */
        add_buf(run, m->scaled[stage->batches_done % PS_MAKING_RING], 0, 0);
    add_u32(run, info->width);
    add_u32(run, info->height);
    add_u32(run, 0);
    add_u32(run, frames);
    add_u32(run, 1);
    for (uint32_t i = 0; i < PSK_SCALE_RENDITIONS_MAX; i++)
        add_u32(run, i == 0 ? PSK_SCALE_SIZE(m->profile->width, m->profile->height) : 0);
}

static void describe_mark(const struct stage *stage, struct ps_accel_run *run)
{
    const struct making *m = stage->making;
    const uint32_t slot = stage->batches_done % PS_MAKING_RING;
    const uint64_t key = ps_mark_key(m->pipeline->cfg.mark_secret, m->media->key);

    add_buf(run, m->scaled[slot], 0, 0);
    add_buf(run, m->marked[0][slot], 0, 0);
    add_buf(run, m->marked[1][slot], 0, 0);
    add_u32(run, m->profile->width);
    add_u32(run, m->profile->height);
    add_u32(run, ps_stage_batch_frames(stage));
    add_u32(run, (uint32_t)key);
    add_u32(run, (uint32_t)(key >> 32));
    add_u32(run, (uint32_t)m->request.key.index);
    add_u32(run, first_frame_of_batch(stage));
    add_u32(run, MARK_STRENGTH);
}

static void describe_encode(const struct stage *stage, struct ps_accel_run *run)
{
    const struct making *m = stage->making;
    const struct ps_profile *p = m->profile;
    struct encoding *e = ps_stage_encoding(stage);
    const uint32_t slot = stage->batches_done % PS_MAKING_RING;
    const uint32_t frames = ps_stage_batch_frames(stage);
    const bool start = stage->batches_done == 0;
    const bool again = stage->failed_before && !start;
    const size_t state_bytes = psk_h264enc_state_bytes(p->width, p->height);
    const size_t bits_bytes = psk_h264enc_bits_bytes_max(p->width, p->height, frames);

    ps_rate_plan(&e->rate, frames, ps_accel_buf_map(e->control));
    add_buf(run, p->marked ? m->marked[stage->kind - STAGE_ENCODE_A][slot] : m->scaled[slot], 0, 0);
    /* Copied back each time, so that a batch that went wrong can be run again, on any CU. */
    if (again)
        memcpy(ps_accel_buf_map(e->state), e->good_state, state_bytes);
    add_buf(run, e->state, again ? state_bytes : 0, state_bytes);
    add_buf(run, e->control, frames * sizeof(struct psk_enc_control), 0);
    add_buf(run, e->bits, 0, bits_bytes);
    add_buf(run, e->report, 0, frames * sizeof(struct psk_enc_report));
    add_u32(run, p->width);
    add_u32(run, p->height);
    add_u32(run, frames);
    add_u32(run, (uint32_t)bits_bytes);
    add_u32(run, start ? PSK_ENC_START : 0);
    add_u32(run, p->effort);
    add_u32(run, m->info.fps_num);
    add_u32(run, m->info.fps_den);
}

void ps_stage_describe_run(const struct stage *stage, uint32_t cu, struct ps_accel_run *ret_run)
{
    *ret_run = (struct ps_accel_run){ .tag = (uint64_t)(uintptr_t)stage, .cu = cu };
    if (stage->kind == STAGE_SCALE)
        describe_scale(stage, ret_run);
    else if (stage->kind == STAGE_MARK)
        describe_mark(stage, ret_run);
    else
        describe_encode(stage, ret_run);
    add_buf(ret_run, stage->status, 0, sizeof(struct psk_status));
}

static int grow(struct encoding *e, size_t bytes)
{
    size_t capacity = e->out_capacity;

    if (bytes <= capacity)
        return 0;
    capacity = bytes + bytes / 2;
    uint8_t *out = ps_realloc(e->out, capacity, 1);
    if (out == NULL)
        return -ENOMEM;
    e->out = out;
    e->out_capacity = capacity;
    return 0;
}

/* Append the batch's frames. */
static int take_frames(struct stage *stage)
{
    struct encoding *e = ps_stage_encoding(stage);
    const struct psk_enc_report *report = ps_accel_buf_map(e->report);
    const uint32_t frames = ps_stage_batch_frames(stage);
    size_t total = 0;

    for (uint32_t i = 0; i < frames; i++)
        total += report[i].bytes;
    if (grow(e, e->out_bytes + total) != 0)
        return -ENOMEM;
    memcpy(e->out + e->out_bytes, ps_accel_buf_map(e->bits), total);
    e->out_bytes += total;
    for (uint32_t i = 0; i < frames; i++) {
        e->frame_num = report[i].is_idr != 0 ? 1 : e->frame_num + 1;
        e->frames[e->frame_count++] = (struct ps_video_frame){ .size_bytes = report[i].bytes,
                                                               .is_idr = report[i].is_idr != 0 };
    }
    memcpy(e->good_state, ps_accel_buf_map(e->state),
           psk_h264enc_state_bytes(stage->making->profile->width, stage->making->profile->height));
    ps_rate_learn(&e->rate, frames, report);
    return 0;
}

/* What the next kernel has to find in the buffers just written. */
static void take_sums(const struct stage *stage, const struct psk_status *status)
{
    struct making *m = stage->making;
    const uint32_t slot = stage->batches_done % PS_MAKING_RING;

    if (stage->kind == STAGE_SCALE) {
        m->scaled_sum[slot] = status->out[0];
    } else if (stage->kind == STAGE_MARK) {
        m->marked_sum[0][slot] = status->out[0];
        m->marked_sum[1][slot] = status->out[1];
    }
}

int ps_stage_take_results(struct stage *stage)
{
    struct making *m = stage->making;
    const struct psk_status *status = ps_accel_buf_map(stage->status);
    int rc;

    if (status->code != PSK_OK || status->frames_done != ps_stage_batch_frames(stage))
        return -EIO;
    rc = ps_stage_check(stage);
    if (rc == 0 && stage->kind >= STAGE_ENCODE_A)
        rc = take_frames(stage);
    if (rc != 0)
        return rc;
    take_sums(stage, status);
    if (stage->kind == STAGE_SCALE)
        ps_decode_consumed(m->decode, m->consumer, stage->batches_done);
    stage->batches_done++;
    return 0;
}
