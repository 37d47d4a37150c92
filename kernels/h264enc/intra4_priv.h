/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * kernels/h264enc/intra4_priv.h - Intra 4x4 prediction (H.264 8.3.1): nine modes from up to
 * thirteen neighbours, and the mode that is expected.
 */
#ifndef PS_KERNELS_H264ENC_INTRA4_PRIV_H
#define PS_KERNELS_H264ENC_INTRA4_PRIV_H

#include "kernels/h264enc/picture_priv.h"
#include "kernels/h264enc/satd_priv.h"

/* As coded. */
enum psk_enc_intra4_mode {
    PSK_ENC_INTRA4_VERTICAL,
    PSK_ENC_INTRA4_HORIZONTAL,
    PSK_ENC_INTRA4_DC,
    PSK_ENC_INTRA4_DOWN_LEFT,
    PSK_ENC_INTRA4_DOWN_RIGHT,
    PSK_ENC_INTRA4_VERTICAL_RIGHT,
    PSK_ENC_INTRA4_HORIZONTAL_DOWN,
    PSK_ENC_INTRA4_VERTICAL_LEFT,
    PSK_ENC_INTRA4_HORIZONTAL_UP,
    PSK_ENC_INTRA4_MODE_COUNT
};

/*
 * A macroblock's luma as it is rebuilt, with what borders on it: line 0 lies above, column 0 left.
 * Above, four samples more to the right.
 */
#define PSK_ENC_WINDOW_STRIDE 24
struct psk_enc_window {
    uint8_t has_top;
    uint8_t has_left;
    uint8_t has_top_right;
    uint8_t line[17][PSK_ENC_WINDOW_STRIDE];
};

/*
 * The neighbours of a block, running from its lower left corner up, over the corner at [4] and to
 * the right; where the four at the end do not exist, [8] stands for them.
 */
struct psk_enc_edge {
    uint8_t has_top;
    uint8_t has_left;
    uint8_t sample[13];
};

/** Start a window: the neighbours from the reconstruction; the macroblock itself is not filled. */
void psk_enc_open_window(const struct psk_enc_recon *recon, uint32_t mb_width, uint32_t mb_x,
                         uint32_t mb_y, struct psk_enc_window *window);

/** The neighbours of 4x4 block @p block (raster). */
void psk_enc_edge_of(const struct psk_enc_window *window, int block, struct psk_enc_edge *edge);

/** Whether the neighbours that the mode needs exist. */
int psk_enc_intra4_is_possible(int mode, const struct psk_enc_edge *edge);

/** All modes at once, by sample in raster order, then mode; impossible ones hold anything. */
void psk_enc_predict_intra4(const struct psk_enc_edge *edge, uint8_t pred[16][PSK_ENC_SATD_LANES]);

/** predIntra4x4PredMode (8.3.1.1) of a block; @p mode holds those of the macroblock's blocks
 * before it. */
int psk_enc_expect_intra4(const struct psk_enc_frame *frame, uint32_t mb_x, uint32_t mb_y,
                          int block, const uint8_t mode[16]);

/* One sample from the standard's equations (prediction_ref.c), for tests. */
uint8_t psk_enc_intra4_sample_ref(int mode, const struct psk_enc_edge *edge, int x, int y);

#endif
