/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * kernels/h264enc/inter_priv.h - P prediction: partitions, interpolation (H.264 8.4.2.2), vector
 * prediction (8.4.1) and the search.
 *
 * Vectors are kept so short that a block and the search around it stay within the reference's
 * margins: psk_enc_mv_is_inside(). Everything here may rely on that.
 */
#ifndef PS_KERNELS_H264ENC_INTER_PRIV_H
#define PS_KERNELS_H264ENC_INTER_PRIV_H

#include "kernels/h264enc/picture_priv.h"

/* Longest vector, in quarter samples: any level's vertical range has room for it. */
#define PSK_ENC_MV_MAX 508

/* How far beyond the picture a block of prediction may reach, in samples; chroma reads one more. */
#define PSK_ENC_MV_REACH (PSK_ENC_MARGIN - 8)

struct psk_enc_choice; /* macroblock_priv.h */

/* mb_type of a P macroblock; in the last all four quarters are whole 8x8. */
enum psk_enc_partition { PSK_ENC_P16X16, PSK_ENC_P16X8, PSK_ENC_P8X16, PSK_ENC_P8X8 };

/* Where a part of a macroblock lies and how large it is, in quarters: 0, 1 and 1, 2. */
struct psk_enc_part {
    uint8_t x, y;
    uint8_t width, height;
};

/* What prediction knows at an 8x8 quarter. */
struct psk_enc_neighbour {
    struct psk_enc_mv mv; /* 0 unless inter */
    uint8_t available;
    uint8_t inter;
};

/* A macroblock's quarters at [1..2][1..2] and those around them: left, above, above right. */
struct psk_enc_motion {
    struct psk_enc_neighbour at[3][4];
};

/** How many parts @p partition has, 1, 2 or 4. */
int psk_enc_part_count(enum psk_enc_partition partition);

/** The @p index-th of them in coding order. */
struct psk_enc_part psk_enc_part_of(enum psk_enc_partition partition, int index);

/** The quarter whose mv and median stand for the part. */
static inline int psk_enc_first_quarter(struct psk_enc_part part)
{
    return part.y * 2 + part.x;
}

/** What lies around macroblock (@p mb_x, @p mb_y); its own quarters are not coded yet. */
void psk_enc_look_around(const struct psk_enc_frame *frame, uint32_t mb_x, uint32_t mb_y,
                         struct psk_enc_motion *motion);

/** What the @p index-th part's vector is coded against; the parts before it are in @p motion. */
struct psk_enc_mv psk_enc_predict_part(const struct psk_enc_motion *motion,
                                       enum psk_enc_partition partition, int index);

/** The part has vector @p mv now. */
void psk_enc_set_part(struct psk_enc_motion *motion, struct psk_enc_part part,
                      struct psk_enc_mv mv);

/** Prediction of the whole macroblock's vector, and the one a skipped macroblock would have. */
void psk_enc_predict_mv(const struct psk_enc_frame *frame, uint32_t mb_x, uint32_t mb_y,
                        struct psk_enc_mv *median, struct psk_enc_mv *skip);

/** Whether any part of the macroblock may have this vector. */
int psk_enc_mv_is_inside(const struct psk_enc_frame *frame, uint32_t mb_x, uint32_t mb_y,
                         struct psk_enc_mv mv);

/** Half-sample planes of the reference's luma, margins included, from its whole samples. */
void psk_enc_fill_half_planes(int width, int height, struct psk_enc_reference *reference);

/** The part's first sample at @p mv, in the plane of whole samples, fractions dropped; the other
 * planes lie PSK_ENC_PLANE_SIZE apart. */
static inline const uint8_t *psk_enc_luma_at(const struct psk_enc_reference *reference,
                                             uint32_t mb_x, uint32_t mb_y, struct psk_enc_part part,
                                             struct psk_enc_mv mv)
{
    const int x = (int)mb_x * 16 + part.x * 8 + (mv.x >> 2) + PSK_ENC_MARGIN;
    const int y = (int)mb_y * 16 + part.y * 8 + (mv.y >> 2) + PSK_ENC_MARGIN;

    return &reference->luma[0][0][0] + y * PSK_ENC_REFERENCE_STRIDE + x;
}

/** Luma of a part at @p mv, into its place in the macroblock's @p pred. */
void psk_enc_predict_luma_part(const struct psk_enc_reference *reference, uint32_t mb_x,
                               uint32_t mb_y, struct psk_enc_part part, struct psk_enc_mv mv,
                               uint8_t pred[256]);

/** Both chroma blocks of a part. */
void psk_enc_predict_chroma_part(const struct psk_enc_reference *reference, uint32_t mb_x,
                                 uint32_t mb_y, struct psk_enc_part part, struct psk_enc_mv mv,
                                 struct psk_enc_samples *pred);

/** Luma and chroma of the whole macroblock at @p mv. */
void psk_enc_predict_inter(const struct psk_enc_reference *reference, uint32_t mb_x, uint32_t mb_y,
                           struct psk_enc_mv mv, struct psk_enc_samples *pred);

uint32_t psk_enc_sad(const uint8_t a[256], const uint8_t b[256]);

/**
 * Look for the partition and vectors with the least SATD + lambda * bits, in a bounded number of
 * steps; frame->effort says how hard.
 *
 * @param choice  Its partition, mv and median are set.
 * @param pred    The prediction, luma and chroma.
 * @return the cost; lambda is psk_enc_lambda(frame->qp).
 */
uint32_t psk_enc_search(const struct psk_enc_frame *frame,
                        const struct psk_enc_reference *reference, uint32_t mb_x, uint32_t mb_y,
                        const struct psk_enc_samples *source, struct psk_enc_choice *choice,
                        struct psk_enc_samples *pred);

/** Weight of a bit in units of SATD. */
uint32_t psk_enc_lambda(uint32_t qp);

/* One sample of the picture at a vector, from the standard's equations (prediction_ref.c). For
 * tests. */
uint8_t psk_enc_luma_inter_sample_ref(const struct psk_enc_reference *reference, int x, int y,
                                      struct psk_enc_mv mv);
uint8_t psk_enc_chroma_inter_sample_ref(const struct psk_enc_reference *reference, int plane, int x,
                                        int y, struct psk_enc_mv mv);

#endif
