/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * kernels/h264enc/intra_priv.h - Intra 16x16 and chroma prediction (H.264 8.3.3, 8.3.4).
 *
 * Neighbours are taken from the reconstruction before deblocking.
 */
#ifndef PS_KERNELS_H264ENC_INTRA_PRIV_H
#define PS_KERNELS_H264ENC_INTRA_PRIV_H

#include "kernels/h264enc/picture_priv.h"

/* Intra 16x16 modes as coded; chroma modes have another order, see psk_enc_chroma_mode. */
enum psk_enc_intra_mode {
    PSK_ENC_INTRA_VERTICAL,
    PSK_ENC_INTRA_HORIZONTAL,
    PSK_ENC_INTRA_DC,
    PSK_ENC_INTRA_PLANE,
    PSK_ENC_INTRA_MODE_COUNT
};

struct psk_enc_border {
    uint8_t has_top;
    uint8_t has_left;
    uint8_t corner; /* valid with both */
    uint8_t top[16];
    uint8_t left[16];
};

/** intra_chroma_pred_mode of a mode. */
uint32_t psk_enc_chroma_mode_code(enum psk_enc_intra_mode mode);

void psk_enc_luma_border(const struct psk_enc_recon *recon, uint32_t mb_x, uint32_t mb_y,
                         struct psk_enc_border *border);
void psk_enc_chroma_border(const struct psk_enc_recon *recon, int plane, uint32_t mb_x,
                           uint32_t mb_y, struct psk_enc_border *border);

/** Whether the neighbours that the mode needs exist. */
int psk_enc_intra_is_possible(enum psk_enc_intra_mode mode, const struct psk_enc_border *border);

/** Predict; the mode must be possible. */
void psk_enc_predict_luma_intra(enum psk_enc_intra_mode mode, const struct psk_enc_border *border,
                                uint8_t pred[256]);
void psk_enc_predict_chroma_intra(enum psk_enc_intra_mode mode, const struct psk_enc_border *border,
                                  uint8_t pred[64]);

/* Sample by sample from the standard's equations (prediction_ref.c), for tests. */
uint8_t psk_enc_luma_intra_sample_ref(enum psk_enc_intra_mode mode,
                                      const struct psk_enc_border *border, int x, int y);
uint8_t psk_enc_chroma_intra_sample_ref(enum psk_enc_intra_mode mode,
                                        const struct psk_enc_border *border, int x, int y);

#endif
