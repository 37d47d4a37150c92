/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * kernels/h264enc/deblock_priv.h - the in-loop filter of H.264 8.7 for frames of one slice and one
 * reference, with the strengths the standard's tables give.
 */
#ifndef PS_KERNELS_H264ENC_DEBLOCK_PRIV_H
#define PS_KERNELS_H264ENC_DEBLOCK_PRIV_H

#include "kernels/h264enc/picture_priv.h"

/** Filter the whole picture, macroblock after macroblock; frame->mb says what lies where. */
void psk_enc_deblock(const struct psk_enc_frame *frame, struct psk_enc_recon *recon);

#endif
