/* SPDX-License-Identifier: BSD-3-Clause */
/* kernels/h264enc/syntax.c - macroblock_layer() of H.264 7.3.5, CAVLC. */
#include "kernels/h264enc/cavlc_priv.h"
#include "kernels/h264enc/intra4_priv.h"
#include "kernels/h264enc/macroblock_priv.h"

#include <string.h>

const uint8_t psk_enc_coding_order[16] = { 0, 1, 4, 5, 2, 3, 6, 7, 8, 9, 12, 13, 10, 11, 14, 15 };

/* codeNum of coded_block_pattern for inter macroblocks, table 9-4: [chroma][luma]. */
static const uint8_t inter_cbp_code[3][16] = {
    { 0, 2, 3, 7, 4, 8, 17, 13, 5, 18, 9, 14, 10, 15, 16, 11 },
    { 1, 32, 33, 36, 34, 37, 44, 40, 35, 45, 38, 41, 39, 42, 43, 19 },
    { 6, 24, 25, 20, 26, 21, 46, 28, 27, 47, 22, 29, 23, 30, 31, 12 },
};

/* The same for Intra 4x4. */
static const uint8_t intra_cbp_code[3][16] = {
    { 3, 29, 30, 17, 31, 18, 37, 8, 32, 38, 19, 9, 20, 10, 11, 2 },
    { 16, 33, 34, 21, 35, 22, 39, 4, 36, 40, 23, 5, 24, 6, 7, 1 },
    { 41, 42, 43, 25, 44, 26, 46, 12, 45, 47, 27, 13, 28, 14, 15, 0 },
};

/* Mean of the neighbours' counts, of those there are; -1 marks one that is not. */
static int context_of(int left, int above)
{
    if (left >= 0 && above >= 0)
        return (left + above + 1) >> 1;
    return left >= 0 ? left : above >= 0 ? above : 0;
}

int psk_enc_luma_context(const struct psk_enc_frame *frame, uint32_t mb_x, uint32_t mb_y,
                         const struct psk_enc_mb *mb, int block)
{
    int left = -1;
    int above = -1;

    if ((block & 3) != 0)
        left = mb->luma_count[block - 1];
    else if (mb_x > 0)
        left = frame->mb[mb_y][mb_x - 1].luma_count[block + 3];
    if (block >= 4)
        above = mb->luma_count[block - 4];
    else if (mb_y > 0)
        above = frame->mb[mb_y - 1][mb_x].luma_count[block + 12];
    return context_of(left, above);
}

int psk_enc_chroma_context(const struct psk_enc_frame *frame, uint32_t mb_x, uint32_t mb_y,
                           const struct psk_enc_mb *mb, int plane, int block)
{
    int left = -1;
    int above = -1;

    if ((block & 1) != 0)
        left = mb->chroma_count[plane][block - 1];
    else if (mb_x > 0)
        left = frame->mb[mb_y][mb_x - 1].chroma_count[plane][block + 1];
    if (block >= 2)
        above = mb->chroma_count[plane][block - 2];
    else if (mb_y > 0)
        above = frame->mb[mb_y - 1][mb_x].chroma_count[plane][block + 2];
    return context_of(left, above);
}

/* @p first is 1 where the DC went another way. */
static void write_block(struct psk_enc_bits *bits, const int16_t raster[16], int first, int context)
{
    int16_t scan[16];

    for (int k = first; k < 16; k++) {
#pragma HLS UNROLL
        scan[k - first] = raster[psk_enc_zigzag[k]];
    }
    psk_enc_put_block(bits, scan, 16 - first, context);
}

static void write_luma(const struct psk_enc_frame *frame, uint32_t mb_x, uint32_t mb_y,
                       const struct psk_enc_trial *trial, struct psk_enc_bits *bits)
{
    const struct psk_enc_residual *residual = &trial->residual;
    const int intra16 = trial->choice.kind == PSK_ENC_KIND_INTRA16;

    if (intra16)
        write_block(bits, residual->luma_dc, 0,
                    psk_enc_luma_context(frame, mb_x, mb_y, &trial->mb, 0));
    for (uint32_t i = 0; i < 16; i++) {
        const int block = psk_enc_coding_order[i];

        if ((residual->luma_cbp >> (i >> 2) & 1) != 0)
            write_block(bits, residual->luma[block], intra16,
                        psk_enc_luma_context(frame, mb_x, mb_y, &trial->mb, block));
    }
}

static void write_chroma(const struct psk_enc_frame *frame, uint32_t mb_x, uint32_t mb_y,
                         const struct psk_enc_trial *trial, struct psk_enc_bits *bits)
{
    const struct psk_enc_residual *residual = &trial->residual;

    if (residual->chroma_cbp == 0)
        return;
    for (int plane = 0; plane < 2; plane++)
        psk_enc_put_block(bits, residual->chroma_dc[plane], 4, PSK_ENC_CONTEXT_CHROMA_DC);
    if (residual->chroma_cbp != 2)
        return;
    for (int plane = 0; plane < 2; plane++)
        for (int block = 0; block < 4; block++)
            write_block(bits, residual->chroma[plane][block], 1,
                        psk_enc_chroma_context(frame, mb_x, mb_y, &trial->mb, plane, block));
}

/* mb_skip_run comes before every macroblock of a P slice that is not skipped. */
static void write_skip_run(struct psk_enc_frame *frame, struct psk_enc_bits *bits)
{
    if (frame->is_idr)
        return;
    psk_enc_put_ue(bits, frame->skip_run);
    frame->skip_run = 0;
}

static void write_intra_type(const struct psk_enc_frame *frame, uint32_t type,
                             struct psk_enc_bits *bits)
{
    psk_enc_put_ue(bits, frame->is_idr ? type : type + 5);
}

static void write_qp_delta(struct psk_enc_frame *frame, struct psk_enc_bits *bits)
{
    psk_enc_put_se(bits, (int32_t)frame->qp - (int32_t)frame->qp_coded);
    frame->qp_coded = frame->qp;
}

static void write_intra16(struct psk_enc_frame *frame, const struct psk_enc_choice *choice,
                          const struct psk_enc_residual *residual, struct psk_enc_bits *bits)
{
    const uint32_t type = 1 + (uint32_t)choice->luma_mode + 4 * residual->chroma_cbp +
                          (residual->luma_cbp != 0 ? 12 : 0);

    write_intra_type(frame, type, bits);
    psk_enc_put_ue(bits, psk_enc_chroma_mode_code(choice->chroma_mode));
    write_qp_delta(frame, bits);
}

/* A mode is the expected one, or one of the eight others. */
static void write_intra4_modes(const struct psk_enc_frame *frame, uint32_t mb_x, uint32_t mb_y,
                               const uint8_t mode[16], struct psk_enc_bits *bits)
{
    for (int i = 0; i < 16; i++) {
        const int block = psk_enc_coding_order[i];
        const uint32_t wanted = mode[block];
        const uint32_t expected = (uint32_t)psk_enc_expect_intra4(frame, mb_x, mb_y, block, mode);

        if (wanted == expected)
            psk_enc_put(bits, 1, 1);
        else
            psk_enc_put(bits, wanted < expected ? wanted : wanted - 1, 4);
    }
}

static void write_intra4(struct psk_enc_frame *frame, uint32_t mb_x, uint32_t mb_y,
                         const struct psk_enc_trial *trial, struct psk_enc_bits *bits)
{
    const struct psk_enc_residual *residual = &trial->residual;

    write_intra_type(frame, 0, bits);
    write_intra4_modes(frame, mb_x, mb_y, trial->choice.intra4_mode, bits);
    psk_enc_put_ue(bits, psk_enc_chroma_mode_code(trial->choice.chroma_mode));
    psk_enc_put_ue(bits, intra_cbp_code[residual->chroma_cbp][residual->luma_cbp]);
    if (residual->luma_cbp != 0 || residual->chroma_cbp != 0)
        write_qp_delta(frame, bits);
}

/* Types of the quarters (each whole 8x8), then the vectors; one reference needs no index. */
static void write_motion(const struct psk_enc_choice *choice, struct psk_enc_bits *bits)
{
    const int count = psk_enc_part_count(choice->partition);

    psk_enc_put_ue(bits, (uint32_t)choice->partition);
    if (choice->partition == PSK_ENC_P8X8)
        psk_enc_put(bits, 15, 4); /* four times ue(0) */
    for (int i = 0; i < count; i++) {
#pragma HLS LOOP_TRIPCOUNT min = 1 max = 4
        const int quarter = psk_enc_first_quarter(psk_enc_part_of(choice->partition, i));

        psk_enc_put_se(bits, choice->mv[quarter].x - choice->median[quarter].x);
        psk_enc_put_se(bits, choice->mv[quarter].y - choice->median[quarter].y);
    }
}

static void write_inter(struct psk_enc_frame *frame, const struct psk_enc_choice *choice,
                        const struct psk_enc_residual *residual, struct psk_enc_bits *bits)
{
    write_motion(choice, bits);
    psk_enc_put_ue(bits, inter_cbp_code[residual->chroma_cbp][residual->luma_cbp]);
    if (residual->luma_cbp != 0 || residual->chroma_cbp != 0)
        write_qp_delta(frame, bits);
}

void psk_enc_write_mb(struct psk_enc_frame *frame, uint32_t mb_x, uint32_t mb_y,
                      const struct psk_enc_trial *trial, struct psk_enc_bits *bits)
{
    if (trial->choice.kind == PSK_ENC_KIND_SKIP) {
        frame->skip_run++;
        return;
    }
    write_skip_run(frame, bits);
    if (trial->choice.kind == PSK_ENC_KIND_INTRA16)
        write_intra16(frame, &trial->choice, &trial->residual, bits);
    else if (trial->choice.kind == PSK_ENC_KIND_INTRA4)
        write_intra4(frame, mb_x, mb_y, trial, bits);
    else
        write_inter(frame, &trial->choice, &trial->residual, bits);
    write_luma(frame, mb_x, mb_y, trial, bits);
    write_chroma(frame, mb_x, mb_y, trial, bits);
}

void psk_enc_write_pcm(struct psk_enc_frame *frame, const struct psk_enc_samples *source,
                       struct psk_enc_bits *bits)
{
    write_skip_run(frame, bits);
    write_intra_type(frame, 25, bits);
    if (bits->tail_bits != 0)
        psk_enc_put(bits, 0, 8 - bits->tail_bits);
    for (int i = 0; i < 256; i++)
        psk_enc_put(bits, source->luma[i], 8);
    for (int i = 0; i < 128; i++)
        psk_enc_put(bits, source->chroma[i >> 6][i & 63], 8);
}
