/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * kernels/h264enc/rd_priv.h - what a choice costs: squared error and bits, in one number; and the
 * levels of a block that are worth their bits.
 */
#ifndef PS_KERNELS_H264ENC_RD_PRIV_H
#define PS_KERNELS_H264ENC_RD_PRIV_H

#include <stdint.h>

/* Costs are in sixteenths of a squared sample. */
#define PSK_ENC_RD_SHIFT 4

/** Weight of a bit in such sixteenths. */
uint32_t psk_enc_lambda_rd(uint32_t qp);

/** Squared error of @p count samples (a multiple of 16). */
uint32_t psk_enc_ssd(const uint8_t *a, const uint8_t *b, int count);

/**
 * Take levels of a 4x4 block one nearer to zero, or the whole block to zero, as long as that saves
 * more bits (as CAVLC counts them) than it adds error.
 *
 * @param coef     The coefficients; raster order, as are the levels.
 * @param level    Rounded to nearest; changed in place.
 * @param first    1 where the DC goes another way, else 0.
 * @param qp       The level's own: a chroma qp for chroma.
 * @param lambda   psk_enc_lambda_rd() of the macroblock's qp.
 * @param context  nC of the block.
 * @return how many levels are not zero.
 */
uint32_t psk_enc_thin_levels(const int16_t coef[16], int16_t level[16], int first, uint32_t qp,
                             uint32_t lambda, int context);

/** A measure of how lonely a block's levels are: 0 none, small for a few ones far apart. */
uint32_t psk_enc_level_score(const int16_t level[16], int first);

#endif
