/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * kernels/h264enc/cavlc_priv.h - residual_block_cavlc() of H.264 7.3.5.3.2 / 9.2.
 */
#ifndef PS_KERNELS_H264ENC_CAVLC_PRIV_H
#define PS_KERNELS_H264ENC_CAVLC_PRIV_H

#include <stdint.h>

#include "kernels/h264enc/bits_priv.h"

#define PSK_ENC_CONTEXT_CHROMA_DC (-1)

/* Raster index of the k-th level in scan order. */
extern const uint8_t psk_enc_zigzag[16];

/**
 * Write one block of levels in scan order.
 *
 * @param level      Magnitudes below 2064, which psk_enc_quantise() keeps from qp 10 on.
 * @param level_max  4 (chroma DC), 15 (AC) or 16.
 * @param context    nC: mean level count of the neighbours, or PSK_ENC_CONTEXT_CHROMA_DC.
 */
void psk_enc_put_block(struct psk_enc_bits *bits, const int16_t *level, int level_max, int context);

/** How many bits that would be. */
uint32_t psk_enc_block_bits(const int16_t *level, int level_max, int context);

/** The same bits from the standard's syntax read top to bottom (cavlc_ref.c). For tests. */
void psk_enc_put_block_ref(struct psk_enc_bits *bits, const int16_t *level, int level_max,
                           int context);

#endif
