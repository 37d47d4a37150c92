/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * kernels/h264enc/headers.c - parameter sets and slice header.
 *
 * Picture order follows decoding order (type 2), one reference, so players need no reordering.
 */
#include "kernels/h264enc/headers_priv.h"

#include "kernels/h264enc/h264enc.h"

#define FRAME_NUM_BITS 8
#define PIC_INIT_QP    26

struct level {
    uint8_t idc;
    uint32_t frame_mbs_max;
    uint32_t mbs_per_sec_max;
};

/* Table A-1 from 3 on: lower levels gain nothing, every player there is does 3. */
static const struct level levels[] = {
    { 30, 1620, 40500 },  { 31, 3600, 108000 },  { 32, 5120, 216000 },   { 40, 8192, 245760 },
    { 42, 8704, 522240 }, { 51, 36864, 983040 }, { 52, 36864, 2073600 },
};

static uint32_t level_for(uint32_t mb_count, uint32_t fps_num, uint32_t fps_den)
{
    const uint32_t count = sizeof(levels) / sizeof(levels[0]);
    uint32_t i = 0;

    while (i + 1 < count &&
           (mb_count > levels[i].frame_mbs_max ||
            (uint64_t)mb_count * fps_num > (uint64_t)levels[i].mbs_per_sec_max * fps_den)) {
#pragma HLS LOOP_TRIPCOUNT min = 0 max = 16
        i++;
    }
    return levels[i].idc;
}

static void put_vui(struct psk_enc_bits *bits, uint32_t fps_num, uint32_t fps_den)
{
    psk_enc_put(bits, 0, 4);            /* no aspect ratio, overscan, signal type, chroma place */
    psk_enc_put(bits, 1, 1);            /* timing_info */
    psk_enc_put(bits, fps_den, 32);     /* num_units_in_tick */
    psk_enc_put(bits, fps_num * 2, 32); /* time_scale: fields per second */
    psk_enc_put(bits, 1, 1);            /* fixed_frame_rate */
    psk_enc_put(bits, 0, 3);            /* no HRD twice, no pic_struct */
    psk_enc_put(bits, 1, 1);            /* bitstream_restriction */
    psk_enc_put(bits, 1, 1);            /* vectors may leave the picture */
    psk_enc_put_ue(bits, 0);            /* bytes per picture: no limit */
    psk_enc_put_ue(bits, 0);            /* bits per macroblock: no limit */
    psk_enc_put_ue(bits, 9);            /* log2 of the longest vector, PSK_ENC_MV_MAX */
    psk_enc_put_ue(bits, 9);
    psk_enc_put_ue(bits, 0); /* no reordering */
    psk_enc_put_ue(bits, 1); /* one picture held */
}

static void put_cropping(struct psk_enc_bits *bits, uint32_t width, uint32_t height)
{
    const uint32_t right = (16 - width % 16) % 16 / 2;
    const uint32_t bottom = (16 - height % 16) % 16 / 2;

    psk_enc_put(bits, right != 0 || bottom != 0, 1);
    if (right == 0 && bottom == 0)
        return;
    psk_enc_put_ue(bits, 0);
    psk_enc_put_ue(bits, right);
    psk_enc_put_ue(bits, 0);
    psk_enc_put_ue(bits, bottom);
}

static void put_sps(struct psk_enc_bits *bits, uint32_t width, uint32_t height, uint32_t fps_num,
                    uint32_t fps_den)
{
    const uint32_t mb_width = (width + 15) / 16;
    const uint32_t mb_height = (height + 15) / 16;

    psk_enc_put(bits, 66, 8);   /* Baseline, */
    psk_enc_put(bits, 0xc0, 8); /* constrained */
    psk_enc_put(bits, level_for(mb_width * mb_height, fps_num, fps_den), 8);
    psk_enc_put_ue(bits, 0); /* sps id */
    psk_enc_put_ue(bits, FRAME_NUM_BITS - 4);
    psk_enc_put_ue(bits, 2); /* picture order is decoding order */
    psk_enc_put_ue(bits, 1); /* references */
    psk_enc_put(bits, 0, 1); /* no gaps in frame_num */
    psk_enc_put_ue(bits, mb_width - 1);
    psk_enc_put_ue(bits, mb_height - 1);
    psk_enc_put(bits, 3, 2); /* frames only; direct_8x8_inference */
    put_cropping(bits, width, height);
    psk_enc_put(bits, 1, 1); /* VUI */
    put_vui(bits, fps_num, fps_den);
    psk_enc_put_trailing(bits);
}

static void put_pps(struct psk_enc_bits *bits)
{
    psk_enc_put_ue(bits, 0); /* pps id */
    psk_enc_put_ue(bits, 0); /* sps id */
    psk_enc_put(bits, 0, 2); /* CAVLC; no field order */
    psk_enc_put_ue(bits, 0); /* one slice group */
    psk_enc_put_ue(bits, 0); /* one reference in either list */
    psk_enc_put_ue(bits, 0);
    psk_enc_put(bits, 0, 3); /* no weighted prediction */
    psk_enc_put_se(bits, PIC_INIT_QP - 26);
    psk_enc_put_se(bits, 0); /* pic_init_qs */
    psk_enc_put_se(bits, 0); /* chroma_qp_index_offset */
    psk_enc_put(bits, 4, 3); /* deblocking control in slices; intra unconstrained; no redundancy */
    psk_enc_put_trailing(bits);
}

void psk_enc_put_slice_header(struct psk_enc_bits *bits, const struct psk_enc_frame *frame)
{
    psk_enc_put_ue(bits, 0);                     /* first_mb_in_slice */
    psk_enc_put_ue(bits, frame->is_idr ? 7 : 5); /* every slice of the picture is I, or P */
    psk_enc_put_ue(bits, 0);                     /* pps id */
    psk_enc_put(bits, frame->frame_num & ((1u << FRAME_NUM_BITS) - 1), FRAME_NUM_BITS);
    if (frame->is_idr) {
        psk_enc_put_ue(bits, frame->idr_pic_id);
        psk_enc_put(bits, 0, 2); /* output what came before; not long-term */
    } else {
        psk_enc_put(bits, 0, 3); /* reference count and list as in the PPS; sliding window */
    }
    psk_enc_put_se(bits, (int32_t)frame->qp - PIC_INIT_QP);
    psk_enc_put_ue(bits, 0); /* deblock everywhere, */
    psk_enc_put_se(bits, 0); /* as strongly as the standard's tables say */
    psk_enc_put_se(bits, 0);
}

size_t psk_h264enc_headers(uint32_t width, uint32_t height, uint32_t fps_num, uint32_t fps_den,
                           uint8_t *out, size_t max)
{
    struct psk_enc_nal nal = { 0, max > 65536 ? 65536u : (uint32_t)max, 0, 0 };
    struct psk_enc_bits bits;

    if (!psk_h264enc_size_is_valid(width, height) || !psk_h264enc_rate_is_valid(fps_num, fps_den))
        return 0;
    psk_enc_bits_reset(&bits);
    psk_enc_nal_begin(&nal, out, PSK_ENC_NAL_SPS);
    put_sps(&bits, width, height, fps_num, fps_den);
    psk_enc_nal_drain(&nal, out, &bits);
    psk_enc_nal_begin(&nal, out, PSK_ENC_NAL_PPS);
    put_pps(&bits);
    psk_enc_nal_drain(&nal, out, &bits);
    return nal.overflow ? 0 : nal.bytes;
}
