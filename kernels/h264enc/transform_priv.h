/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * kernels/h264enc/transform_priv.h - 4x4 core transform, quantisation and their inverses (H.264
 * 8.5), and the second-level transforms of luma DC (Intra 16x16) and chroma DC.
 *
 * All 4x4 arrays are in raster order. The inverses are normative: a bit off and the decoder
 * drifts. qp is 10..51 for luma; for chroma it is the value after psk_enc_chroma_qp(). From qp 10
 * on, no level of an 8-bit picture leaves the range Baseline can code.
 */
#ifndef PS_KERNELS_H264ENC_TRANSFORM_PRIV_H
#define PS_KERNELS_H264ENC_TRANSFORM_PRIV_H

#include <stdint.h>

/** Chroma qp that belongs to a luma qp (table 8-15, offset 0). */
uint32_t psk_enc_chroma_qp(uint32_t qp);

void psk_enc_forward(const int16_t residual[16], int16_t coef[16]);

/**
 * The same of a row of blocks at once, from samples: @p source minus @p pred.
 *
 * @param columns  8 or 16; @p stride samples a line, in both.
 * @param coef     One block after the other, columns / 4 of them.
 */
void psk_enc_forward_row(const uint8_t *source, const uint8_t *pred, int stride, int columns,
                         int16_t *coef);

/** Inverse, rounded to pixel scale: (x + 32) >> 6. */
void psk_enc_inverse(const int16_t coef[16], int16_t residual[16]);

/* What is added before the fraction is cut off: a sixth, a third, a half. */
enum { PSK_ENC_ROUND_INTER, PSK_ENC_ROUND_INTRA, PSK_ENC_ROUND_NEAREST };

/** Levels of @p coef. @return how many are not zero. */
uint32_t psk_enc_quantise(const int16_t coef[16], int16_t level[16], uint32_t qp, int rounding);

/** Whether all levels are 0, for sure: a quick test that a few blocks of zeros do not pass. */
int psk_enc_is_zero(const int16_t coef[16], uint32_t qp, int rounding);

/** What a level of one is worth at raster position @p i, as psk_enc_dequantise() puts it. */
int psk_enc_dequant_step(int i, uint32_t qp);

void psk_enc_dequantise(const int16_t level[16], int16_t coef[16], uint32_t qp);

/** The sixteen DCs of an Intra 16x16 macroblock (raster of blocks) to levels. */
uint32_t psk_enc_luma_dc_forward(const int16_t dc[16], int16_t level[16], uint32_t qp);

/** Back to the coefficient [0] of each block. */
void psk_enc_luma_dc_inverse(const int16_t level[16], int16_t dc[16], uint32_t qp);

uint32_t psk_enc_chroma_dc_forward(const int16_t dc[4], int16_t level[4], uint32_t qp, int intra);
void psk_enc_chroma_dc_inverse(const int16_t level[4], int16_t dc[4], uint32_t qp);

/* The same in obvious form (transform_ref.c), for tests. */
void psk_enc_forward_ref(const int16_t residual[16], int16_t coef[16]);
void psk_enc_inverse_ref(const int16_t coef[16], int16_t residual[16]);
uint32_t psk_enc_quantise_ref(const int16_t coef[16], int16_t level[16], uint32_t qp, int rounding);
void psk_enc_dequantise_ref(const int16_t level[16], int16_t coef[16], uint32_t qp);
void psk_enc_luma_dc_inverse_ref(const int16_t level[16], int16_t dc[16], uint32_t qp);
void psk_enc_chroma_dc_inverse_ref(const int16_t level[4], int16_t dc[4], uint32_t qp);

#endif
