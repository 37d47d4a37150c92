/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * kernels/h264enc/inter_priv.h - P 16x16 prediction: interpolation (H.264 8.4.2.2), vector
 * prediction (8.4.1) and the search.
 *
 * Vectors are kept so short that a block and the interpolation's reach stay within the reference's
 * margins: psk_enc_mv_is_inside(). Everything here may rely on that.
 */
#ifndef PS_KERNELS_H264ENC_INTER_PRIV_H
#define PS_KERNELS_H264ENC_INTER_PRIV_H

#include "kernels/h264enc/picture_priv.h"

/* Longest whole-sample vector, in quarter samples: any level's vertical range has room for it. */
#define PSK_ENC_MV_MAX        508
#define PSK_ENC_SUBPEL_SIZE   18
#define PSK_ENC_SUBPEL_STRIDE 32

struct psk_enc_choice; /* macroblock_priv.h */

/*
 * Samples around a 16x16 block at a whole-sample position, one column and row more on each side:
 * as they are, and half a sample to the right, below, and both. Quarter positions are means of
 * two of these.
 */
struct psk_enc_subpel {
    uint8_t plane[4][PSK_ENC_SUBPEL_SIZE][PSK_ENC_SUBPEL_STRIDE];
};

/** Median prediction from the neighbours, and the vector a skipped macroblock would have. */
void psk_enc_predict_mv(const struct psk_enc_frame *frame, uint32_t mb_x, uint32_t mb_y,
                        struct psk_enc_mv *median, struct psk_enc_mv *skip);

int psk_enc_mv_is_inside(const struct psk_enc_frame *frame, uint32_t mb_x, uint32_t mb_y,
                         struct psk_enc_mv mv);

/** Fill @p subpel around whole-sample position (@p x, @p y) of the reference's picture. */
void psk_enc_interpolate(const struct psk_enc_reference *reference, int x, int y,
                         struct psk_enc_subpel *subpel);

/** The block @p dx, @p dy quarter samples (-3..3) from where @p subpel was filled. */
void psk_enc_predict_luma_inter(const struct psk_enc_subpel *subpel, int dx, int dy,
                                uint8_t pred[256]);

/** Both chroma blocks of the macroblock at @p mv. */
void psk_enc_predict_chroma_inter(const struct psk_enc_reference *reference, uint32_t mb_x,
                                  uint32_t mb_y, struct psk_enc_mv mv,
                                  struct psk_enc_samples *pred);

/** Luma and chroma of the macroblock at @p mv. */
void psk_enc_predict_inter(const struct psk_enc_reference *reference, uint32_t mb_x, uint32_t mb_y,
                           struct psk_enc_mv mv, struct psk_enc_samples *pred);

uint32_t psk_enc_sad(const uint8_t a[256], const uint8_t b[256]);

/**
 * Look for the vector with the least SAD + lambda * bits: hexagon around the best of the
 * predictors, then half, then quarter samples. A bounded number of steps.
 *
 * @param best  The vector; @p pred its luma and chroma.
 * @return its cost.
 */
uint32_t psk_enc_search(const struct psk_enc_frame *frame,
                        const struct psk_enc_reference *reference, uint32_t mb_x, uint32_t mb_y,
                        const struct psk_enc_samples *source, struct psk_enc_choice *choice,
                        struct psk_enc_samples *pred);

/** Weight of a bit in units of SAD. */
uint32_t psk_enc_lambda(uint32_t qp);

/* One luma sample at a vector, from the standard's equations (prediction_ref.c). For tests. */
uint8_t psk_enc_luma_inter_sample_ref(const struct psk_enc_reference *reference, int x, int y,
                                      struct psk_enc_mv mv);

#endif
