/* SPDX-License-Identifier: BSD-3-Clause */
/* kernels/h264enc/residual.c - a macroblock's samples to levels and back. */
#include "kernels/h264enc/intra4_priv.h"
#include "kernels/h264enc/macroblock_priv.h"
#include "kernels/h264enc/rd_priv.h"
#include "kernels/h264enc/transform_priv.h"

#include <string.h>

/* Lonely ones are not coded: below these scores an 8x8 block, luma, or a plane of chroma is 0. */
#define QUARTER_SCORE_MIN 4u
#define LUMA_SCORE_MIN    6u
#define CHROMA_SCORE_MIN  7u

static void transform_luma(const struct psk_enc_samples *source, const struct psk_enc_samples *pred,
                           int16_t coef[16][16])
{
    for (int y = 0; y < 4; y++)
        psk_enc_forward_row(source->luma + y * 64, pred->luma + y * 64, 16, 16, coef[y * 4]);
}

static int luma_block_at(int block)
{
    return (block >> 2) * 64 + (block & 3) * 4;
}

static int chroma_block_at(int block)
{
    return (block >> 1) * 32 + (block & 1) * 4;
}

static uint32_t quarter_of(int block)
{
    return (uint32_t)((block >> 3) * 2 + ((block >> 1) & 1));
}

static void add_block(const int16_t coef[16], const uint8_t *pred, uint8_t *out, int stride)
{
    int16_t difference[16];

    psk_enc_inverse(coef, difference);
    for (int y = 0; y < 4; y++) {
        for (int x = 0; x < 4; x++) {
#pragma HLS UNROLL
            out[y * stride + x] = psk_enc_clip(pred[y * stride + x] + difference[y * 4 + x]);
        }
    }
}

/* Levels of one block, its DC left out when @p first is 1. */
static uint32_t levels_of(const struct psk_enc_frame *frame, int16_t coef[16], int first,
                          uint32_t qp, int rounding, int context, int16_t level[16])
{
    uint32_t count;

    if (first)
        coef[0] = 0;
    if (frame->effort >= PSK_ENC_EFFORT_THIN)
        rounding = PSK_ENC_ROUND_NEAREST;
    if (psk_enc_is_zero(coef, qp, rounding)) {
        memset(level, 0, 16 * sizeof(*level));
        return 0;
    }
    count = psk_enc_quantise(coef, level, qp, rounding);
    if (frame->effort < PSK_ENC_EFFORT_THIN || count == 0)
        return count;
    /* Three quarters: each block thinned makes the blocks predicted from it a little worse. */
    return psk_enc_thin_levels(coef, level, first, qp, psk_enc_lambda_rd(frame->qp) / 4 * 3,
                               context);
}

static void drop_quarter(uint32_t quarter, struct psk_enc_trial *trial)
{
    const uint32_t first = (quarter >> 1) * 8 + (quarter & 1) * 2;

    for (uint32_t i = 0; i < 4; i++) {
        const uint32_t block = first + (i >> 1) * 4 + (i & 1);

        memset(trial->residual.luma[block], 0, sizeof(trial->residual.luma[block]));
        trial->mb.luma_count[block] = 0;
    }
}

static void drop_lonely_levels(struct psk_enc_trial *trial)
{
    uint32_t score[4] = { 0, 0, 0, 0 };
    uint32_t total = 0;

    for (int block = 0; block < 16; block++)
        if (trial->mb.luma_count[block] != 0)
            score[quarter_of(block)] += psk_enc_level_score(trial->residual.luma[block], 0);
    for (uint32_t quarter = 0; quarter < 4; quarter++) {
        if (score[quarter] < QUARTER_SCORE_MIN)
            drop_quarter(quarter, trial);
        else
            total += score[quarter];
    }
    for (uint32_t quarter = 0; quarter < 4; quarter++)
        if (total < LUMA_SCORE_MIN)
            drop_quarter(quarter, trial);
}

static void rebuild_luma_inter(uint32_t qp, struct psk_enc_trial *trial)
{
    trial->residual.luma_cbp = 0;
    memcpy(trial->recon.luma, trial->pred.luma, sizeof(trial->recon.luma));
    for (int block = 0; block < 16; block++) {
        const int at = luma_block_at(block);
        int16_t coef[16];

        if (trial->mb.luma_count[block] == 0)
            continue;
        trial->residual.luma_cbp |= 1u << quarter_of(block);
        psk_enc_dequantise(trial->residual.luma[block], coef, qp);
        add_block(coef, trial->pred.luma + at, trial->recon.luma + at, 16);
    }
}

void psk_enc_code_luma_inter(const struct psk_enc_frame *frame, uint32_t mb_x, uint32_t mb_y,
                             const struct psk_enc_samples *source, struct psk_enc_trial *trial)
{
    int16_t coef[16][16];

    transform_luma(source, &trial->pred, coef);
    for (int block = 0; block < 16; block++) {
        const int context = psk_enc_luma_context(frame, mb_x, mb_y, &trial->mb, block);

        trial->mb.luma_count[block] =
            (uint8_t)levels_of(frame, coef[block], 0, frame->qp, PSK_ENC_ROUND_INTER, context,
                               trial->residual.luma[block]);
    }
    drop_lonely_levels(trial);
    rebuild_luma_inter(frame->qp, trial);
}

static void rebuild_luma_intra16(uint32_t qp, struct psk_enc_trial *trial)
{
    int16_t dc[16];

    psk_enc_luma_dc_inverse(trial->residual.luma_dc, dc, qp);
    memcpy(trial->recon.luma, trial->pred.luma, sizeof(trial->recon.luma));
    for (int block = 0; block < 16; block++) {
        const int at = luma_block_at(block);
        int16_t coef[16];

        if (trial->mb.luma_count[block] == 0 && dc[block] == 0)
            continue;
        psk_enc_dequantise(trial->residual.luma[block], coef, qp);
        coef[0] = dc[block];
        add_block(coef, trial->pred.luma + at, trial->recon.luma + at, 16);
    }
}

void psk_enc_code_luma_intra16(const struct psk_enc_frame *frame, uint32_t mb_x, uint32_t mb_y,
                               const struct psk_enc_samples *source, struct psk_enc_trial *trial)
{
    int16_t coef[16][16];
    int16_t dc[16];

    trial->residual.luma_cbp = 0;
    transform_luma(source, &trial->pred, coef);
    for (int block = 0; block < 16; block++) {
        const int context = psk_enc_luma_context(frame, mb_x, mb_y, &trial->mb, block);

        dc[block] = coef[block][0];
        trial->mb.luma_count[block] =
            (uint8_t)levels_of(frame, coef[block], 1, frame->qp, PSK_ENC_ROUND_INTRA, context,
                               trial->residual.luma[block]);
        if (trial->mb.luma_count[block] != 0)
            trial->residual.luma_cbp = 15;
    }
    psk_enc_luma_dc_forward(dc, trial->residual.luma_dc, frame->qp);
    rebuild_luma_intra16(frame->qp, trial);
}

uint32_t psk_enc_code_block_intra4(const struct psk_enc_frame *frame, const uint8_t source[16],
                                   const uint8_t pred[16], int context, int16_t level[16],
                                   uint8_t recon[16])
{
    int16_t difference[16];
    int16_t coef[16];
    uint32_t count;

    for (int i = 0; i < 16; i++) {
#pragma HLS UNROLL
        difference[i] = (int16_t)(source[i] - pred[i]);
    }
    psk_enc_forward(difference, coef);
    count = levels_of(frame, coef, 0, frame->qp, PSK_ENC_ROUND_INTRA, context, level);
    if (count == 0) {
        memcpy(recon, pred, 16);
    } else {
        psk_enc_dequantise(level, coef, frame->qp);
        add_block(coef, pred, recon, 4);
    }
    return count;
}

static void rebuild_chroma(int plane, uint32_t qp, struct psk_enc_trial *trial)
{
    const uint8_t *pred = trial->pred.chroma[plane];
    uint8_t *recon = trial->recon.chroma[plane];
    int16_t dc[4];

    psk_enc_chroma_dc_inverse(trial->residual.chroma_dc[plane], dc, qp);
    memcpy(recon, pred, 64);
    for (int block = 0; block < 4; block++) {
        const int at = chroma_block_at(block);
        int16_t coef[16];

        if (trial->mb.chroma_count[plane][block] == 0 && dc[block] == 0)
            continue;
        psk_enc_dequantise(trial->residual.chroma[plane][block], coef, qp);
        coef[0] = dc[block];
        add_block(coef, pred + at, recon + at, 8);
    }
}

/* Returns how many AC levels the plane has. */
static uint32_t chroma_levels(const struct psk_enc_frame *frame, uint32_t mb_x, uint32_t mb_y,
                              const struct psk_enc_samples *source, int plane, int intra,
                              struct psk_enc_trial *trial)
{
    const uint32_t qp = psk_enc_chroma_qp(frame->qp);
    uint8_t *counts = trial->mb.chroma_count[plane];
    uint32_t count = 0;
    uint32_t score = 0;
    int16_t coef[4][16];
    int16_t dc[4];

    for (int y = 0; y < 2; y++)
        psk_enc_forward_row(source->chroma[plane] + y * 32, trial->pred.chroma[plane] + y * 32, 8,
                            8, coef[y * 2]);
    for (int block = 0; block < 4; block++) {
        const int context = psk_enc_chroma_context(frame, mb_x, mb_y, &trial->mb, plane, block);
        int16_t *level = trial->residual.chroma[plane][block];

        dc[block] = coef[block][0];
        counts[block] =
            (uint8_t)levels_of(frame, coef[block], 1, qp,
                               intra ? PSK_ENC_ROUND_INTRA : PSK_ENC_ROUND_INTER, context, level);
        count += counts[block];
        if (counts[block] != 0)
            score += psk_enc_level_score(level, 1);
    }
    psk_enc_chroma_dc_forward(dc, trial->residual.chroma_dc[plane], qp, intra);
    if (intra || score >= CHROMA_SCORE_MIN)
        return count;
    memset(trial->residual.chroma[plane], 0, sizeof(trial->residual.chroma[plane]));
    memset(counts, 0, 4);
    return 0;
}

void psk_enc_code_chroma(const struct psk_enc_frame *frame, uint32_t mb_x, uint32_t mb_y,
                         const struct psk_enc_samples *source, int intra,
                         struct psk_enc_trial *trial)
{
    uint32_t ac_count = 0;
    int dc_set = 0;

    for (int plane = 0; plane < 2; plane++) {
        ac_count += chroma_levels(frame, mb_x, mb_y, source, plane, intra, trial);
        for (int i = 0; i < 4; i++)
            dc_set |= trial->residual.chroma_dc[plane][i] != 0;
        rebuild_chroma(plane, psk_enc_chroma_qp(frame->qp), trial);
    }
    trial->residual.chroma_cbp = ac_count != 0 ? 2u : (uint32_t)dc_set;
}

void psk_enc_code_nothing(struct psk_enc_trial *trial)
{
    trial->residual.luma_cbp = 0;
    trial->residual.chroma_cbp = 0;
    memset(trial->residual.luma_dc, 0, sizeof(trial->residual.luma_dc));
    memset(trial->mb.luma_count, 0, sizeof(trial->mb.luma_count));
    memset(trial->mb.chroma_count, 0, sizeof(trial->mb.chroma_count));
    trial->recon = trial->pred;
}
