/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * kernels/h264enc/deblock_priv.h - the in-loop filter of H.264 8.7 for frames of one slice and one
 * reference, with the strengths the standard's tables give.
 */
#ifndef PS_KERNELS_H264ENC_DEBLOCK_PRIV_H
#define PS_KERNELS_H264ENC_DEBLOCK_PRIV_H

#include "kernels/h264enc/picture_priv.h"

/* A step over an edge below alpha, and below beta beside it, is the coder's and not content. By
 * mean qp of both sides (table 8-16). */
extern const uint8_t psk_enc_alpha[52];
extern const uint8_t psk_enc_beta[52];

/* Most a sample may move (table 8-17): [qp][strength - 1]. */
extern const uint8_t psk_enc_move[52][3];

/** Filter the whole picture, macroblock after macroblock; frame->mb says what lies where. */
void psk_enc_deblock(const struct psk_enc_frame *frame, struct psk_enc_recon *recon);

/** The same from the standard's words, sample by sample (deblock_ref.c). For tests. */
void psk_enc_deblock_ref(const struct psk_enc_frame *frame, struct psk_enc_recon *recon);

#endif
