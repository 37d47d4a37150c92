/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * kernels/h264enc/satd_priv.h - how much a prediction leaves over: the sum of absolute values of
 * the difference's 4x4 Hadamard transforms, halved.
 *
 * Next to a plain sum of absolute differences it foretells the bits of the residual better, since
 * the transform gathers what is smooth. Loops run over independent lanes, so that a compiler puts
 * them into vector registers and hardware unrolls them.
 */
#ifndef PS_KERNELS_H264ENC_SATD_PRIV_H
#define PS_KERNELS_H264ENC_SATD_PRIV_H

#include <stdint.h>

/** Blocks of 16 columns and @p rows lines (a multiple of 4, up to 16), both 16 samples a line. */
uint32_t psk_enc_satd_16(const uint8_t *a, const uint8_t *b, int rows);

/** The same of 8 columns and 8 or 16 lines; @p stride samples a line (8 for chroma). */
uint32_t psk_enc_satd_8(const uint8_t *a, const uint8_t *b, int stride, int rows);

#define PSK_ENC_SATD_LANES 16

/**
 * One 4x4 block against up to PSK_ENC_SATD_LANES predictions at once.
 *
 * @param pred  By sample in raster order, then by lane.
 */
void psk_enc_satd_lanes(const uint8_t source[16], uint8_t pred[16][PSK_ENC_SATD_LANES],
                        uint16_t satd[PSK_ENC_SATD_LANES]);

/** One 4x4 block from the definition (satd_ref.c). For tests. */
uint32_t psk_enc_satd_4x4_ref(const uint8_t *a, const uint8_t *b, int stride);

#endif
