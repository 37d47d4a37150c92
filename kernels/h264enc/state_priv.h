/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * kernels/h264enc/state_priv.h - what the encoder keeps between runs, as bytes.
 *
 * Layout, little endian: struct psk_state_header, whose next_frame counts from the start; u32
 * width, height, frame_num, idr_pic_id; then the reference picture without margins, in whole
 * macroblocks: luma, Cb, Cr. The buffer may move to another CU or card, so it is checked like a
 * file: magic, version, kernel, size, picture size, crc32c.
 */
#ifndef PS_KERNELS_H264ENC_STATE_PRIV_H
#define PS_KERNELS_H264ENC_STATE_PRIV_H

#include "kernels/h264enc/crc32c_priv.h"
#include "kernels/h264enc/picture_priv.h"

/** Write the state: @p recon is the last frame, frame's counts are the next one's. */
void psk_enc_save_state(const struct psk_enc_frame *frame, const struct psk_enc_recon *recon,
                        const struct psk_crc32c *crc, uint8_t *state);

/**
 * Check and read the state for a picture of frame's size into @p recon and frame's counts.
 *
 * @return PSK_OK or PSK_BAD_STATE; then nothing is written.
 */
uint32_t psk_enc_load_state(const uint8_t *state, const struct psk_crc32c *crc,
                            struct psk_enc_frame *frame, struct psk_enc_recon *recon);

#endif
