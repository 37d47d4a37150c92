/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * host/pipeline/stage_check.c - what a run left behind, looked at before anyone relies on it.
 *
 * From the decoder to the coded frame there is no step that is not covered: frames by the sums of
 * who wrote and who read them, coded frames by the kernel's crc32c and by their form, and the state
 * that the next batch goes on from by its own crc32c, which the kernel checks too when it starts.
 */
#include <errno.h>
#include <stddef.h>
#include <string.h>

#include "host/base/hash.h"
#include "host/pipeline/coded_frame.h"
#include "host/pipeline/making_priv.h"
#include "host/pipeline/pipeline_priv.h"
#include "kernels/h264enc/h264enc.h"

static int refuse(const struct stage *stage, enum ps_check check, int why)
{
    stage->making->pipeline->status.verify_errors[check]++;
    return why;
}

static bool sums_equal(struct psk_frame_sum a, struct psk_frame_sum b)
{
    return a.sum == b.sum && a.weighted == b.weighted;
}

/*
 * What the scaler reads is sent anew from the host each time, so that another run may go well. The
 * others' input is on the card alone, and who wrote it has gone on.
 */
static int check_input(struct stage *stage)
{
    const struct making *m = stage->making;
    const uint32_t slot = stage->batches_done % PS_MAKING_RING;
    const struct psk_status *status = ps_accel_buf_map(stage->status);
    struct psk_frame_sum written = m->scaled_sum[slot];
    enum ps_check check = PS_CHECK_MARK_INPUT;

    if (stage->kind == STAGE_SCALE) {
        written = ps_decode_batch_sum(m->decode, stage->batches_done);
        check = PS_CHECK_SCALE_INPUT;
    } else if (stage->kind >= STAGE_ENCODE_A) {
        if (m->profile->marked)
            written = m->marked_sum[stage->kind - STAGE_ENCODE_A][slot];
        check = PS_CHECK_ENCODE_INPUT;
    }
    stage->input_wrong = !sums_equal(status->in, written);
    if (!stage->input_wrong)
        return 0;
    return refuse(stage, check, stage->kind == STAGE_SCALE ? -EIO : -ESTALE);
}

/* Where the frames lie is taken from the report: it must not lead outside the buffer. */
static int check_report(const struct stage *stage)
{
    const struct encoding *e = ps_stage_encoding(stage);
    const struct psk_enc_report *report = ps_accel_buf_map(e->report);
    const uint32_t frames = ps_stage_batch_frames(stage);
    size_t room = ps_accel_buf_size(e->bits);

    for (uint32_t i = 0; i < frames; i++) {
        if (report[i].bytes > room)
            return refuse(stage, PS_CHECK_FORM, -EIO);
        room -= report[i].bytes;
    }
    return 0;
}

/* The first frame is an IDR; the kernel may begin anew with another where the scene changes. */
static int check_frames(const struct stage *stage)
{
    const struct encoding *e = ps_stage_encoding(stage);
    const struct psk_enc_report *report = ps_accel_buf_map(e->report);
    const uint8_t *bits = ps_accel_buf_map(e->bits);
    const uint32_t frames = ps_stage_batch_frames(stage);

    uint32_t frame_num = e->frame_num;

    for (uint32_t i = 0; i < frames; i++) {
        frame_num = report[i].is_idr != 0 ? 0 : frame_num;
        if (ps_crc32c(0, bits, report[i].bytes) != report[i].bits_crc32c)
            return refuse(stage, PS_CHECK_BITS, -EIO);
        if (report[i].is_idr > 1 || (report[i].is_idr != 0) != (frame_num == 0) ||
            !ps_coded_frame_is_sound(bits, report[i].bytes, frame_num))
            return refuse(stage, PS_CHECK_FORM, -EIO);
        frame_num++;
        bits += report[i].bytes;
    }
    return 0;
}

/* The crc field counts as zero. */
static uint32_t state_crc(const uint8_t *state, size_t size_bytes)
{
    static const uint8_t zero[sizeof(uint32_t)];
    const size_t at = offsetof(struct psk_state_header, crc32c);
    const size_t behind = at + sizeof(zero);

    return ps_crc32c(ps_crc32c(ps_crc32c(0, state, at), zero, sizeof(zero)), state + behind,
                     size_bytes - behind);
}

static int check_state(const struct stage *stage)
{
    const struct encoding *e = ps_stage_encoding(stage);
    const struct ps_profile *profile = stage->making->profile;
    const uint8_t *state = ps_accel_buf_map(e->state);
    struct psk_state_header header;

    memcpy(&header, state, sizeof(header));
    if (header.magic == PSK_STATE_MAGIC && header.abi_version == PSK_ABI_VERSION &&
        header.kernel == PSK_KERNEL_H264ENC &&
        header.next_frame == e->frame_count + ps_stage_batch_frames(stage) &&
        header.size_bytes == psk_h264enc_state_bytes(profile->width, profile->height) &&
        header.crc32c == state_crc(state, header.size_bytes))
        return 0;
    return refuse(stage, PS_CHECK_STATE, -EIO);
}

int ps_stage_check(struct stage *stage)
{
    const bool encodes = stage->kind >= STAGE_ENCODE_A;
    int rc = encodes ? check_report(stage) : 0;

    if (rc != 0 || stage->making->pipeline->cfg.no_output_check)
        return rc;
    rc = check_input(stage);
    if (rc == 0 && encodes)
        rc = check_frames(stage);
    if (rc == 0 && encodes)
        rc = check_state(stage);
    return rc;
}
