/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * kernels/h264enc/picture_priv.h - what the encoder keeps of a picture.
 *
 * Two pictures: the one being reconstructed, and the reference, which has margins so that motion
 * may point outside without a test per pixel, and its luma also half a sample to the right, below
 * and both, made once per picture: a prediction at any quarter sample is then a mean of two blocks.
 * The emulated kernel keeps them in static storage; in hardware the reconstruction sits in URAM,
 * the reference's planes in device memory. Rows are as long as the widest picture: addresses need
 * no multiplication by a run-time width.
 */
#ifndef PS_KERNELS_H264ENC_PICTURE_PRIV_H
#define PS_KERNELS_H264ENC_PICTURE_PRIV_H

#include "kernels/abi/kernels.h"

#define PSK_ENC_MARGIN           32 /* luma; chroma has half */
#define PSK_ENC_REFERENCE_STRIDE ((int)PSK_ENC_WIDTH_MAX + 2 * PSK_ENC_MARGIN)
#define PSK_ENC_REFERENCE_LINES  ((int)PSK_ENC_HEIGHT_MAX + 2 * PSK_ENC_MARGIN)
#define PSK_ENC_PLANE_SIZE       (PSK_ENC_REFERENCE_LINES * PSK_ENC_REFERENCE_STRIDE)
#define PSK_ENC_MB_WIDTH_MAX     (PSK_ENC_WIDTH_MAX / 16)
#define PSK_ENC_MB_HEIGHT_MAX    (PSK_ENC_HEIGHT_MAX / 16)

struct psk_enc_recon {
    uint8_t luma[PSK_ENC_HEIGHT_MAX][PSK_ENC_WIDTH_MAX];
    uint8_t chroma[2][PSK_ENC_HEIGHT_MAX / 2][PSK_ENC_WIDTH_MAX / 2];
};

/* Planes of the reference's luma. */
enum { PSK_ENC_WHOLE, PSK_ENC_HALF_RIGHT, PSK_ENC_HALF_BELOW, PSK_ENC_HALF_BOTH, PSK_ENC_PLANES };

struct psk_enc_reference {
    uint8_t luma[PSK_ENC_PLANES][PSK_ENC_REFERENCE_LINES][PSK_ENC_REFERENCE_STRIDE];
    uint8_t chroma[2][PSK_ENC_HEIGHT_MAX / 2 + PSK_ENC_MARGIN]
                  [PSK_ENC_WIDTH_MAX / 2 + PSK_ENC_MARGIN];
};

/* Samples of one macroblock: its source or its prediction. */
struct psk_enc_samples {
    uint8_t luma[256];
    uint8_t chroma[2][64];
};

/* The source's lines of one row of macroblocks, as far as the picture reaches. */
struct psk_enc_source {
    uint8_t luma[16][PSK_ENC_WIDTH_MAX];
    uint8_t chroma[2][8][PSK_ENC_WIDTH_MAX / 2];
    uint32_t width;
    uint32_t luma_lines; /* 16, fewer in the last row; chroma has half */
};

struct psk_enc_mv {
    int16_t x; /* quarter samples */
    int16_t y;
};

/* What later macroblocks and the deblocking filter ask of a coded macroblock. */
struct psk_enc_mb {
    struct psk_enc_mv mv[4]; /* by 8x8 quarter, raster; 0 when intra */
    uint8_t intra;
    uint8_t qp;
    uint8_t intra4_mode[16];    /* by 4x4 block, raster; PSK_ENC_INTRA_DC unless Intra 4x4 */
    uint8_t luma_count[16];     /* levels per 4x4 block, raster; DC of Intra 16x16 not counted */
    uint8_t chroma_count[2][4]; /* AC levels */
};

#define PSK_ENC_IDR_PIC_ID_MAX 2u

struct psk_enc_frame {
    uint32_t width; /* as asked; the coded picture is in whole macroblocks */
    uint32_t height;
    uint32_t mb_width;
    uint32_t mb_height;
    uint32_t effort; /* 0..PSK_ENC_EFFORT_MAX */
    uint32_t is_idr;
    uint32_t frame_count; /* since the start */
    uint32_t frame_num;   /* since the IDR */
    uint32_t idr_pic_id;  /* of the last IDR */
    uint32_t qp;          /* wanted for the next macroblock */
    uint32_t qp_coded;    /* what the decoder holds: that of the last macroblock with a residual */
    uint32_t skip_run;
    uint32_t qp_sum; /* these four for the report */
    uint32_t intra_mbs;
    uint32_t skip_mbs;
    uint32_t cost; /* SATD that prediction left over in luma */
    struct psk_enc_mb mb[PSK_ENC_MB_HEIGHT_MAX][PSK_ENC_MB_WIDTH_MAX];
};

static inline uint8_t psk_enc_clip(int value)
{
    const int low = value < 0 ? 0 : value; /* in two steps, which vectors have instructions for */

    return (uint8_t)(low > 255 ? 255 : low);
}

/**
 * Load the lines of a row of macroblocks out of an I420 frame, and add them to @p sum.
 * @param first_word  Number of the frame's first word in the batch (kernels/abi/frame_sum.h).
 */
void psk_enc_load_row(const uint8_t *frame, uint32_t width, uint32_t height, uint32_t mb_y,
                      uint64_t first_word, struct psk_enc_source *source,
                      struct psk_frame_sum *sum);

/** Copy one macroblock out of its row; beyond the picture's borders the last samples repeat. */
void psk_enc_load_mb(const struct psk_enc_source *source, uint32_t mb_x,
                     struct psk_enc_samples *samples);

/** Make the reconstruction the reference: copy it, fill the margins and the half-sample planes. */
void psk_enc_update_reference(const struct psk_enc_recon *recon, uint32_t mb_width,
                              uint32_t mb_height, struct psk_enc_reference *reference);

#endif
