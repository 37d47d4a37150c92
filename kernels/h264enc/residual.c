/* SPDX-License-Identifier: BSD-3-Clause */
/* kernels/h264enc/residual.c - a macroblock's samples to levels and back. */
#include "kernels/h264enc/macroblock_priv.h"
#include "kernels/h264enc/transform_priv.h"

#include <string.h>

/* @p at: first sample of a 4x4 block in rows of @p stride samples. */
static void transform_block(const uint8_t *source, const uint8_t *pred, int at, int stride,
                            int16_t coef[16])
{
    int16_t difference[16];

    for (int i = 0; i < 16; i++) {
#pragma HLS UNROLL
        const int sample = at + (i >> 2) * stride + (i & 3);

        difference[i] = (int16_t)(source[sample] - pred[sample]);
    }
    psk_enc_forward(difference, coef);
}

static int luma_block_at(int block)
{
    return (block >> 2) * 64 + (block & 3) * 4;
}

static int chroma_block_at(int block)
{
    return (block >> 1) * 32 + (block & 1) * 4;
}

static void transform_luma(const struct psk_enc_samples *source, const struct psk_enc_samples *pred,
                           uint32_t qp, int intra, struct psk_enc_residual *residual,
                           struct psk_enc_mb *mb)
{
    int16_t dc[16];

    residual->luma_cbp = 0;
    for (int block = 0; block < 16; block++) {
        const uint32_t quarter = (uint32_t)((block >> 3) * 2 + ((block >> 1) & 1));
        int16_t coef[16];

        transform_block(source->luma, pred->luma, luma_block_at(block), 16, coef);
        if (intra) {
            dc[block] = coef[0];
            coef[0] = 0;
        }
        mb->luma_count[block] = (uint8_t)psk_enc_quantise(coef, residual->luma[block], qp, intra);
        if (mb->luma_count[block] != 0)
            residual->luma_cbp |= intra ? 15u : 1u << quarter;
    }
    if (intra)
        psk_enc_luma_dc_forward(dc, residual->luma_dc, qp);
}

static void transform_chroma(const struct psk_enc_samples *source,
                             const struct psk_enc_samples *pred, uint32_t qp, int intra,
                             struct psk_enc_residual *residual, struct psk_enc_mb *mb)
{
    uint32_t dc_count = 0;
    uint32_t ac_count = 0;

    for (int plane = 0; plane < 2; plane++) {
        int16_t dc[4];

        for (int block = 0; block < 4; block++) {
            int16_t coef[16];

            transform_block(source->chroma[plane], pred->chroma[plane], chroma_block_at(block), 8,
                            coef);
            dc[block] = coef[0];
            coef[0] = 0;
            mb->chroma_count[plane][block] =
                (uint8_t)psk_enc_quantise(coef, residual->chroma[plane][block], qp, intra);
            ac_count += mb->chroma_count[plane][block];
        }
        dc_count += psk_enc_chroma_dc_forward(dc, residual->chroma_dc[plane], qp, intra);
    }
    residual->chroma_cbp = ac_count != 0 ? 2 : dc_count != 0 ? 1 : 0;
}

void psk_enc_transform_mb(const struct psk_enc_samples *source, const struct psk_enc_samples *pred,
                          uint32_t qp, int intra, struct psk_enc_residual *residual,
                          struct psk_enc_mb *mb)
{
    transform_luma(source, pred, qp, intra, residual, mb);
    transform_chroma(source, pred, psk_enc_chroma_qp(qp), intra, residual, mb);
}

static void add_block(const int16_t coef[16], const uint8_t *pred, int stride, uint8_t *out,
                      size_t out_stride)
{
    int16_t difference[16];

    psk_enc_inverse(coef, difference);
    for (int y = 0; y < 4; y++) {
        for (int x = 0; x < 4; x++) {
#pragma HLS UNROLL
            out[(size_t)y * out_stride + (size_t)x] =
                psk_enc_clip(pred[y * stride + x] + difference[y * 4 + x]);
        }
    }
}

static void copy_block(const uint8_t *pred, int stride, uint8_t *out, size_t out_stride)
{
    for (int y = 0; y < 4; y++)
        memcpy(out + (size_t)y * out_stride, pred + y * stride, 4);
}

static void reconstruct_luma(const struct psk_enc_residual *residual,
                             const struct psk_enc_samples *pred, const struct psk_enc_mb *mb,
                             uint32_t qp, uint32_t mb_x, uint32_t mb_y, struct psk_enc_recon *recon)
{
    int16_t dc[16] = { 0 };

    if (mb->intra)
        psk_enc_luma_dc_inverse(residual->luma_dc, dc, qp);
    for (int block = 0; block < 16; block++) {
        const uint8_t *from = pred->luma + luma_block_at(block);
        uint8_t *to = &recon->luma[mb_y * 16 + (uint32_t)(block >> 2) * 4]
                                  [mb_x * 16 + (uint32_t)(block & 3) * 4];

        if (mb->luma_count[block] != 0 || dc[block] != 0) {
            int16_t coef[16];

            psk_enc_dequantise(residual->luma[block], coef, qp);
            if (mb->intra)
                coef[0] = dc[block];
            add_block(coef, from, 16, to, PSK_ENC_WIDTH_MAX);
        } else {
            copy_block(from, 16, to, PSK_ENC_WIDTH_MAX);
        }
    }
}

static void reconstruct_chroma(const struct psk_enc_residual *residual, int plane,
                               const struct psk_enc_samples *pred, const struct psk_enc_mb *mb,
                               uint32_t qp, uint32_t mb_x, uint32_t mb_y,
                               struct psk_enc_recon *recon)
{
    int16_t dc[4] = { 0 };

    if (residual->chroma_cbp != 0)
        psk_enc_chroma_dc_inverse(residual->chroma_dc[plane], dc, qp);
    for (int block = 0; block < 4; block++) {
        const uint8_t *from = pred->chroma[plane] + chroma_block_at(block);
        uint8_t *to = &recon->chroma[plane][mb_y * 8 + (uint32_t)(block >> 1) * 4]
                                    [mb_x * 8 + (uint32_t)(block & 1) * 4];

        if (mb->chroma_count[plane][block] != 0 || dc[block] != 0) {
            int16_t coef[16];

            psk_enc_dequantise(residual->chroma[plane][block], coef, qp);
            coef[0] = dc[block];
            add_block(coef, from, 8, to, PSK_ENC_WIDTH_MAX / 2);
        } else {
            copy_block(from, 8, to, PSK_ENC_WIDTH_MAX / 2);
        }
    }
}

void psk_enc_reconstruct_mb(const struct psk_enc_residual *residual,
                            const struct psk_enc_samples *pred, const struct psk_enc_mb *mb,
                            uint32_t qp, uint32_t mb_x, uint32_t mb_y, struct psk_enc_recon *recon)
{
    const uint32_t chroma_qp = psk_enc_chroma_qp(qp);

    reconstruct_luma(residual, pred, mb, qp, mb_x, mb_y, recon);
    reconstruct_chroma(residual, 0, pred, mb, chroma_qp, mb_x, mb_y, recon);
    reconstruct_chroma(residual, 1, pred, mb, chroma_qp, mb_x, mb_y, recon);
}
