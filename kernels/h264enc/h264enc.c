/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * kernels/h264enc/h264enc.c - hardware form of the encoder: the run, its frames, their rows.
 *
 * Per macroblock: load the source, choose and code, drain the bits. Per frame: deblock, make the
 * result the reference. A frame is coded twice at most, where the scene changes.
 */
#include "kernels/h264enc/h264enc.h"

#include <string.h>

#include "kernels/abi/frame_sum.h"
#include "kernels/h264enc/cycles.h"
#include "kernels/h264enc/deblock_priv.h"
#include "kernels/h264enc/headers_priv.h"
#include "kernels/h264enc/macroblock_priv.h"
#include "kernels/h264enc/state_priv.h"

/* No macroblock takes more than PSK_ENC_MB_BITS_MAX bits, the run of skipped ones before it, and
 * half as much again where every third byte is emulation prevention. */
#define MB_BYTES_MAX     (PSK_ENC_MB_BITS_MAX / 8 * 3 / 2 + 8)
#define HEADER_BYTES_MAX 64u

/*
 * The least a frame can do with. An IDR's macroblock without residual takes type 5, chroma mode 1,
 * qp 1 and token 6 bits; with emulation prevention, 20. Of a P frame all may be skipped.
 */
#define FRAME_BITS_MIN  512u
#define IDR_MB_BITS_MIN 20u
#define END_BITS_MAX    96u /* a run of skipped ones, trailing bits, what is not drained yet */

/* A scene changes where at least this share of a P frame is intra, this long after an IDR. */
#define CUT_SHARE_NUM  3u
#define CUT_SHARE_DEN  4u
#define CUT_FRAMES_MIN 4u

static struct psk_enc_frame frame;
static struct psk_enc_recon recon;
static struct psk_enc_reference reference;
static struct psk_crc32c crc;
static struct psk_enc_source source;
static struct psk_frame_sum source_sum;

int psk_h264enc_size_is_valid(uint32_t width, uint32_t height)
{
    return width >= 16 && width <= PSK_ENC_WIDTH_MAX && width % 2 == 0 && height >= 16 &&
           height <= PSK_ENC_HEIGHT_MAX && height % 2 == 0;
}

int psk_h264enc_rate_is_valid(uint32_t fps_num, uint32_t fps_den)
{
    return fps_num != 0 && fps_num <= INT32_MAX && fps_den != 0;
}

uint32_t psk_h264enc_bits_bytes_max(uint32_t width, uint32_t height, uint32_t frame_count)
{
    if (!psk_h264enc_size_is_valid(width, height) || frame_count == 0 ||
        frame_count > PSK_BATCH_FRAMES_MAX)
        return 0;
    return frame_count *
           ((width + 15) / 16 * ((height + 15) / 16) * MB_BYTES_MAX + HEADER_BYTES_MAX);
}

uint32_t psk_h264enc_frame_bits_min(uint32_t width, uint32_t height, int is_idr)
{
    const uint32_t mbs = (width + 15) / 16 * ((height + 15) / 16);

    return FRAME_BITS_MIN + (is_idr ? mbs * IDR_MB_BITS_MIN : mbs / 4);
}

static int control_is_valid(const struct psk_enc_control *control, uint32_t bits_min)
{
    const uint32_t flags = PSK_ENC_FRAME_IDR | PSK_ENC_FRAME_NO_CUT | PSK_ENC_FRAME_CARRY;

    if (control->qp < PSK_ENC_QP_MIN || control->qp > PSK_ENC_QP_MAX)
        return 0;
    if ((control->flags & ~flags) != 0 || (control->reserved[0] | control->reserved[1]) != 0 ||
        (control->bits_max != 0 && control->bits_max < bits_min))
        return 0;
    return control->target_bits == 0 ||
           (control->qp_min >= PSK_ENC_QP_MIN && control->qp_min <= control->qp &&
            control->qp <= control->qp_max && control->qp_max <= PSK_ENC_QP_MAX);
}

static int controls_are_valid(const struct psk_enc_control *control, uint32_t width,
                              uint32_t height, uint32_t frame_count, uint32_t flags)
{
    if (frame_count == 0 || frame_count > PSK_BATCH_FRAMES_MAX)
        return 0;
    for (uint32_t i = 0; i < frame_count; i++) {
#pragma HLS LOOP_TRIPCOUNT min = 1 max = 32
        const int is_idr =
            (i == 0 && (flags & PSK_ENC_START) != 0) || (control[i].flags & PSK_ENC_FRAME_IDR) != 0;

        if (!control_is_valid(&control[i], psk_h264enc_frame_bits_min(width, height, is_idr)))
            return 0;
    }
    return 1;
}

/*
 * The qp for the rows to come: an overspent eighth of the target is worth one qp. Content is not
 * spread evenly over rows, so the pull is weak; the host's bounds and the next frames do the rest.
 */
static uint32_t steer(const struct psk_enc_control *control, uint32_t bits_used, uint32_t rows_done,
                      uint32_t rows)
{
    const int64_t expected = (int64_t)control->target_bits * rows_done / rows;
    const int64_t error = ((int64_t)bits_used - expected) * 8 / control->target_bits;
    const int64_t qp = (int64_t)control->qp + error;

    if (qp < control->qp_min)
        return control->qp_min;
    return qp > control->qp_max ? control->qp_max : (uint32_t)qp;
}

/* Neighbouring IDRs differ in idr_pic_id, also where one stream is put behind another. */
static void begin_frame(uint32_t qp, int is_idr)
{
    frame.is_idr = is_idr || frame.frame_num == 0;
    if (frame.is_idr) {
        frame.frame_num = 0;
        frame.idr_pic_id = frame.frame_count == 0 ? 0 : frame.idr_pic_id == 1 ? 2 : 1;
    }
    frame.qp = qp;
    frame.qp_coded = qp;
    frame.skip_run = 0;
    frame.qp_sum = 0;
    frame.intra_mbs = 0;
    frame.skip_mbs = 0;
    frame.cost = 0;
}

/*
 * Bits that the next macroblock may take, so that all behind it still find room for the least. A
 * third is kept for emulation prevention.
 */
static uint32_t room_for_mb(uint32_t bits_max, const struct psk_enc_nal *nal, uint32_t mbs_left)
{
    const uint32_t least = frame.is_idr ? mbs_left * IDR_MB_BITS_MIN : 0;
    const uint32_t used = nal->bytes * 8 + least + END_BITS_MAX;

    if (bits_max == 0)
        return UINT32_MAX;
    return used < bits_max ? (bits_max - used) / 3 * 2 : 0;
}

/*
 * Where a frame is ahead of an even spread of its bits_max by more than an eighth, qp rises: by
 * one for each further 64th.
 */
static uint32_t qp_in_bounds(uint32_t qp, uint32_t bits_max, const struct psk_enc_nal *nal,
                             uint32_t mbs_done, uint32_t mbs)
{
    const int64_t even = (int64_t)bits_max * mbs_done / mbs + bits_max / 8;
    const int64_t ahead = (int64_t)nal->bytes * 8 - even;

    if (bits_max == 0 || ahead <= 0)
        return qp;
    return ahead * 64 / bits_max >= PSK_ENC_QP_MAX - qp ? PSK_ENC_QP_MAX
                                                        : qp + (uint32_t)(ahead * 64 / bits_max);
}

static void code_row(const struct psk_enc_control *control, uint32_t y, uint8_t *out,
                     struct psk_enc_nal *nal, struct psk_enc_bits *bits)
{
    const uint32_t mbs = frame.mb_width * frame.mb_height;
    struct psk_enc_samples samples;
    uint32_t qp = control->qp;

    if (control->target_bits != 0)
        qp = steer(control, nal->bytes * 8, y, frame.mb_height);
    for (uint32_t x = 0; x < frame.mb_width; x++) {
#pragma HLS LOOP_TRIPCOUNT min = 1 max = 120
        const uint32_t done = y * frame.mb_width + x;

        psk_enc_nal_drain(nal, out, bits);
        frame.qp = qp_in_bounds(qp, control->bits_max, nal, done, mbs);
        psk_enc_load_mb(&source, x, &samples);
        psk_enc_code_mb(&frame, &reference, x, y, &samples,
                        room_for_mb(control->bits_max, nal, mbs - 1 - done), &recon, bits);
    }
}

/* @p first_word is the number of the frame's first word in the batch, for the checksum. */
static void code_slice(const uint8_t *src, uint64_t first_word,
                       const struct psk_enc_control *control, int is_idr, uint8_t *out,
                       struct psk_enc_nal *nal)
{
    struct psk_enc_bits bits;

    begin_frame(control->qp, is_idr);
    psk_enc_bits_reset(&bits);
    psk_enc_nal_begin(nal, out, frame.is_idr ? PSK_ENC_NAL_IDR : PSK_ENC_NAL_SLICE);
    psk_enc_put_slice_header(&bits, &frame);
    for (uint32_t y = 0; y < frame.mb_height; y++) {
#pragma HLS LOOP_TRIPCOUNT min = 1 max = 68
        psk_enc_load_row(src, frame.width, frame.height, y, first_word, &source, &source_sum);
        code_row(control, y, out, nal, &bits);
    }
    if (frame.skip_run != 0)
        psk_enc_put_ue(&bits, frame.skip_run);
    psk_enc_put_trailing(&bits);
    psk_enc_nal_drain(nal, out, &bits);
}

/* A P frame that found nothing to refer to; asked often, it says no, so that a flash stays cheap.
 */
static int scene_has_changed(const struct psk_enc_control *control)
{
    const uint32_t mbs = frame.mb_width * frame.mb_height;

    return !frame.is_idr && (control->flags & PSK_ENC_FRAME_NO_CUT) == 0 &&
           frame.frame_num >= CUT_FRAMES_MIN &&
           frame.intra_mbs * CUT_SHARE_DEN >= mbs * CUT_SHARE_NUM &&
           (control->bits_max == 0 ||
            control->bits_max >= psk_h264enc_frame_bits_min(frame.width, frame.height, 1));
}

static void code_frame(const uint8_t *src, uint64_t first_word,
                       const struct psk_enc_control *control, uint8_t *out, struct psk_enc_nal *nal)
{
    const struct psk_frame_sum sum_before = source_sum;
    const struct psk_enc_nal nal_before = *nal;

    code_slice(src, first_word, control, (control->flags & PSK_ENC_FRAME_IDR) != 0, out, nal);
    if (scene_has_changed(control)) {
        source_sum = sum_before;
        *nal = nal_before;
        code_slice(src, first_word, control, 1, out, nal);
    }
    psk_enc_deblock(&frame, &recon);
    psk_enc_update_reference(&recon, frame.mb_width, frame.mb_height, &reference);
    frame.frame_count++;
    frame.frame_num++;
}

/* Of the cropped picture, the one a player shows. */
static uint32_t recon_crc(void)
{
    uint32_t value = 0;

    for (uint32_t y = 0; y < frame.height; y++) {
#pragma HLS LOOP_TRIPCOUNT min = 16 max = 1088
        value = psk_crc32c(&crc, value, recon.luma[y], frame.width);
    }
    for (int plane = 0; plane < 2; plane++) {
        for (uint32_t y = 0; y < frame.height / 2; y++) {
#pragma HLS LOOP_TRIPCOUNT min = 8 max = 544
            value = psk_crc32c(&crc, value, recon.chroma[plane][y], frame.width / 2);
        }
    }
    return value;
}

static void write_report(struct psk_enc_report *report, const uint8_t *out,
                         const struct psk_enc_nal *nal)
{
    report->bytes = nal->bytes;
    report->qp_sum = frame.qp_sum;
    report->is_idr = frame.is_idr;
    report->bits_crc32c = psk_crc32c(&crc, 0, out, nal->bytes);
    report->recon_crc32c = recon_crc();
    report->intra_mbs = frame.intra_mbs;
    report->skip_mbs = frame.skip_mbs;
    report->cost = frame.cost;
}

/* Add to bits_max what the frames before left of theirs, as far as 32 bits go. */
static void carry_bits(struct psk_enc_control *control, uint32_t left)
{
    if ((control->flags & PSK_ENC_FRAME_CARRY) == 0 || control->bits_max == 0)
        return;
    control->bits_max =
        left > UINT32_MAX - control->bits_max ? UINT32_MAX : control->bits_max + left;
}

static uint32_t code_frames(const uint8_t *src, const struct psk_enc_control *control,
                            uint8_t *bits, struct psk_enc_report *report, uint32_t frame_count,
                            uint32_t bits_bytes_max, uint32_t *frames_done)
{
    uint32_t used = 0;
    uint32_t left = 0; /* bits */

    for (uint32_t i = 0; i < frame_count; i++) {
#pragma HLS LOOP_TRIPCOUNT min = 1 max = 32
        struct psk_enc_nal nal = { 0, bits_bytes_max - used, 0, 0 };
        struct psk_enc_control allowed = control[i];

        carry_bits(&allowed, left);
        code_frame(src + i * PSK_FRAME_BYTES(frame.width, frame.height),
                   1 + i * PSK_FRAME_WORDS(frame.width, frame.height), &allowed, bits + used, &nal);
        if (nal.overflow)
            return PSK_NO_SPACE;
        write_report(&report[i], bits + used, &nal);
        used += nal.bytes;
        left = allowed.bits_max > nal.bytes * 8 ? allowed.bits_max - nal.bytes * 8 : 0;
        *frames_done = i + 1;
    }
    return PSK_OK;
}

static uint32_t begin_run(const uint8_t *state, uint32_t width, uint32_t height, uint32_t flags,
                          uint32_t effort)
{
    uint32_t code = PSK_OK;

    psk_crc32c_init(&crc);
    source_sum.sum = 0;
    source_sum.weighted = 0;
    frame.effort = effort;
    frame.width = width;
    frame.height = height;
    frame.mb_width = (width + 15) / 16;
    frame.mb_height = (height + 15) / 16;
    frame.frame_count = 0;
    frame.frame_num = 0;
    frame.idr_pic_id = 0;
    if ((flags & PSK_ENC_START) == 0) {
        code = psk_enc_load_state(state, &crc, &frame, &recon);
        if (code == PSK_OK)
            psk_enc_update_reference(&recon, frame.mb_width, frame.mb_height, &reference);
    }
    return code;
}

void psk_h264enc(const uint8_t *src, uint8_t *state, const struct psk_enc_control *control,
                 uint8_t *bits, struct psk_enc_report *report, uint32_t width, uint32_t height,
                 uint32_t frame_count, uint32_t bits_bytes_max, uint32_t flags, uint32_t effort,
                 uint32_t fps_num, uint32_t fps_den, struct psk_status *status)
{
#pragma HLS INTERFACE m_axi port = src bundle = gmem0 depth = 3133440
#pragma HLS INTERFACE m_axi port = state bundle = gmem1 depth = 3133480
#pragma HLS INTERFACE m_axi port = control bundle = gmem2 depth = 32
#pragma HLS INTERFACE m_axi port = bits bundle = gmem3 depth = 3916864
#pragma HLS INTERFACE m_axi port = report bundle = gmem4 depth = 32
#pragma HLS INTERFACE m_axi port = status bundle = gmem5 depth = 1
#pragma HLS INTERFACE s_axilite port = width
#pragma HLS INTERFACE s_axilite port = height
#pragma HLS INTERFACE s_axilite port = frame_count
#pragma HLS INTERFACE s_axilite port = bits_bytes_max
#pragma HLS INTERFACE s_axilite port = flags
#pragma HLS INTERFACE s_axilite port = effort
#pragma HLS INTERFACE s_axilite port = fps_num
#pragma HLS INTERFACE s_axilite port = fps_den
#pragma HLS INTERFACE s_axilite port = return
    uint32_t frames_done = 0;
    uint32_t code = PSK_BAD_ARGUMENT;
    uint64_t bytes_moved = 0;
    const struct psk_frame_sum none = { 0, 0 };

    if (psk_h264enc_size_is_valid(width, height) && psk_h264enc_rate_is_valid(fps_num, fps_den) &&
        (flags & ~PSK_ENC_START) == 0 && effort <= PSK_ENC_EFFORT_MAX &&
        controls_are_valid(control, width, height, frame_count, flags))
        code = begin_run(state, width, height, flags, effort);
    if (code == PSK_OK)
        code = code_frames(src, control, bits, report, frame_count, bits_bytes_max, &frames_done);
    if (code == PSK_OK)
        psk_enc_save_state(&frame, &recon, &crc, state);
    psk_status_clear(status);
    if (code == PSK_OK)
        psk_status_cycles(
            status, psk_h264enc_cycles(width, height, frame_count, flags, effort, &bytes_moved));
    status->in = code == PSK_OK ? source_sum : none;
    status->frames_done = frames_done;
    status->code = code;
}
