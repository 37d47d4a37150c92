/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * kernels/h264enc/h264enc.c - hardware form of the encoder: the run, its frames, their rows.
 *
 * Per macroblock: load the source, choose and code, drain the bits. Per frame: deblock, make the
 * result the reference.
 */
#include "kernels/h264enc/h264enc.h"

#include <string.h>

#include "kernels/abi/frame_sum.h"
#include "kernels/h264enc/deblock_priv.h"
#include "kernels/h264enc/headers_priv.h"
#include "kernels/h264enc/macroblock_priv.h"
#include "kernels/h264enc/state_priv.h"

/* No macroblock takes more than PSK_ENC_MB_BITS_MAX bits, the run of skipped ones before it, and
 * half as much again where every third byte is emulation prevention. */
#define MB_BYTES_MAX     (PSK_ENC_MB_BITS_MAX / 8 * 3 / 2 + 8)
#define HEADER_BYTES_MAX 64u

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

static int control_is_valid(const struct psk_enc_control *control)
{
    if (control->qp < PSK_ENC_QP_MIN || control->qp > PSK_ENC_QP_MAX)
        return 0;
    return control->target_bits == 0 ||
           (control->qp_min >= PSK_ENC_QP_MIN && control->qp_min <= control->qp &&
            control->qp <= control->qp_max && control->qp_max <= PSK_ENC_QP_MAX);
}

static int controls_are_valid(const struct psk_enc_control *control, uint32_t frame_count)
{
    if (frame_count == 0 || frame_count > PSK_BATCH_FRAMES_MAX)
        return 0;
    for (uint32_t i = 0; i < frame_count; i++) {
#pragma HLS LOOP_TRIPCOUNT min = 1 max = 32
        if (!control_is_valid(&control[i]))
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

static void begin_frame(uint32_t qp)
{
    frame.is_idr = frame.frame_num == 0;
    frame.qp = qp;
    frame.qp_coded = qp;
    frame.skip_run = 0;
    frame.qp_sum = 0;
    frame.intra_mbs = 0;
    frame.skip_mbs = 0;
    frame.cost = 0;
}

/* @p first_word is the number of the frame's first word in the batch, for the checksum. */
static void code_frame(const uint8_t *src, uint64_t first_word,
                       const struct psk_enc_control *control, uint8_t *out, struct psk_enc_nal *nal)
{
    struct psk_enc_bits bits;
    struct psk_enc_samples samples;

    begin_frame(control->qp);
    psk_enc_bits_reset(&bits);
    psk_enc_nal_begin(nal, out, frame.is_idr ? PSK_ENC_NAL_IDR : PSK_ENC_NAL_SLICE);
    psk_enc_put_slice_header(&bits, &frame);
    for (uint32_t y = 0; y < frame.mb_height; y++) {
#pragma HLS LOOP_TRIPCOUNT min = 1 max = 68
        if (control->target_bits != 0)
            frame.qp = steer(control, nal->bytes * 8, y, frame.mb_height);
        psk_enc_load_row(src, frame.width, frame.height, y, first_word, &source, &source_sum);
        for (uint32_t x = 0; x < frame.mb_width; x++) {
#pragma HLS LOOP_TRIPCOUNT min = 1 max = 120
            psk_enc_nal_drain(nal, out, &bits);
            psk_enc_load_mb(&source, x, &samples);
            psk_enc_code_mb(&frame, &reference, x, y, &samples, UINT32_MAX, &recon, &bits);
        }
    }
    if (frame.skip_run != 0)
        psk_enc_put_ue(&bits, frame.skip_run);
    psk_enc_put_trailing(&bits);
    psk_enc_nal_drain(nal, out, &bits);
    psk_enc_deblock(&frame, &recon);
    psk_enc_update_reference(&recon, frame.mb_width, frame.mb_height, &reference);
    frame.frame_num++;
}

/* Of the cropped picture, the one a player shows. */
static uint32_t recon_crc(void)
{
    uint32_t value = 0;

    for (uint32_t y = 0; y < frame.height; y++)
        value = psk_crc32c(&crc, value, recon.luma[y], frame.width);
    for (int plane = 0; plane < 2; plane++)
        for (uint32_t y = 0; y < frame.height / 2; y++)
            value = psk_crc32c(&crc, value, recon.chroma[plane][y], frame.width / 2);
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

static uint32_t code_frames(const uint8_t *src, const struct psk_enc_control *control,
                            uint8_t *bits, struct psk_enc_report *report, uint32_t frame_count,
                            uint32_t bits_bytes_max, uint32_t *frames_done)
{
    uint32_t used = 0;

    for (uint32_t i = 0; i < frame_count; i++) {
#pragma HLS LOOP_TRIPCOUNT min = 1 max = 32
        struct psk_enc_nal nal = { 0, bits_bytes_max - used, 0, 0 };

        code_frame(src + i * PSK_FRAME_BYTES(frame.width, frame.height),
                   1 + i * PSK_FRAME_WORDS(frame.width, frame.height), &control[i], bits + used,
                   &nal);
        if (nal.overflow)
            return PSK_NO_SPACE;
        write_report(&report[i], bits + used, &nal);
        used += nal.bytes;
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
    frame.frame_num = 0;
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
#pragma HLS INTERFACE m_axi port = status bundle = gmem4 depth = 1
#pragma HLS INTERFACE s_axilite port = return
    uint32_t frames_done = 0;
    uint32_t code = PSK_BAD_ARGUMENT;
    const struct psk_frame_sum none = { 0, 0 };

    if (psk_h264enc_size_is_valid(width, height) && psk_h264enc_rate_is_valid(fps_num, fps_den) &&
        (flags & ~PSK_ENC_START) == 0 && effort <= PSK_ENC_EFFORT_MAX &&
        controls_are_valid(control, frame_count))
        code = begin_run(state, width, height, flags, effort);
    if (code == PSK_OK)
        code = code_frames(src, control, bits, report, frame_count, bits_bytes_max, &frames_done);
    if (code == PSK_OK)
        psk_enc_save_state(&frame, &recon, &crc, state);
    status->in = code == PSK_OK ? source_sum : none;
    status->out[0] = none;
    status->out[1] = none;
    status->frames_done = frames_done;
    status->cycles_lo = 0;
    status->cycles_hi = 0;
    status->code = code;
}
