/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * kernels/h264enc/macroblock_priv.h - one macroblock: choose its prediction, transform what is
 * left, reconstruct as the decoder will, write its syntax.
 */
#ifndef PS_KERNELS_H264ENC_MACROBLOCK_PRIV_H
#define PS_KERNELS_H264ENC_MACROBLOCK_PRIV_H

#include "kernels/h264enc/bits_priv.h"
#include "kernels/h264enc/inter_priv.h"
#include "kernels/h264enc/intra_priv.h"
#include "kernels/h264enc/picture_priv.h"

/* Most bits of macroblock_layer() (H.264 A.3.1); beyond it samples are sent as they are. */
#define PSK_ENC_MB_BITS_MAX 3200u

enum psk_enc_kind {
    PSK_ENC_KIND_INTRA16,
    PSK_ENC_KIND_INTRA4,
    PSK_ENC_KIND_INTER,
    PSK_ENC_KIND_SKIP
};

struct psk_enc_choice {
    enum psk_enc_kind kind;
    enum psk_enc_partition partition;
    enum psk_enc_intra_mode luma_mode; /* Intra 16x16 */
    enum psk_enc_intra_mode chroma_mode;
    uint8_t intra4_mode[16]; /* by block, raster; PSK_ENC_INTRA_DC unless Intra 4x4 */
    struct psk_enc_mv mv[4]; /* by quarter */
    struct psk_enc_mv
        median[4]; /* what a partition's vector is coded against, at its first quarter */
};

/* Levels, blocks and levels within them in raster order; counts are in struct psk_enc_mb. */
struct psk_enc_residual {
    int16_t luma_dc[16]; /* Intra 16x16 only; then luma[][0] is 0 */
    int16_t luma[16][16];
    int16_t chroma_dc[2][4];
    int16_t chroma[2][4][16]; /* [0] is 0 */
    uint32_t luma_cbp;        /* a bit per 8x8 block; 0 or 15 when intra */
    uint32_t chroma_cbp;      /* 0 nothing, 1 DC, 2 DC and AC */
};

/** Transform and quantise @p source minus @p pred; fills the counts of @p mb. */
void psk_enc_transform_mb(const struct psk_enc_samples *source, const struct psk_enc_samples *pred,
                          uint32_t qp, int intra, struct psk_enc_residual *residual,
                          struct psk_enc_mb *mb);

/** Prediction plus what @p residual decodes to, into the reconstruction. */
void psk_enc_reconstruct_mb(const struct psk_enc_residual *residual,
                            const struct psk_enc_samples *pred, const struct psk_enc_mb *mb,
                            uint32_t qp, uint32_t mb_x, uint32_t mb_y, struct psk_enc_recon *recon);

/** Write macroblock_layer(), or count one more skipped. Keeps frame->qp_coded and skip_run. */
void psk_enc_write_mb(struct psk_enc_frame *frame, uint32_t mb_x, uint32_t mb_y,
                      const struct psk_enc_choice *choice, const struct psk_enc_residual *residual,
                      struct psk_enc_bits *bits);

/** Write an I_PCM macroblock: the samples themselves. */
void psk_enc_write_pcm(struct psk_enc_frame *frame, const struct psk_enc_samples *source,
                       struct psk_enc_bits *bits);

/** The whole way for one macroblock; reads frame->qp, fills frame->mb[mb_y][mb_x]. @p bits holds
 * less than a byte before, all of the macroblock after. */
void psk_enc_code_mb(struct psk_enc_frame *frame, const struct psk_enc_reference *reference,
                     uint32_t mb_x, uint32_t mb_y, const struct psk_enc_samples *source,
                     struct psk_enc_recon *recon, struct psk_enc_bits *bits);

#endif
