/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * kernels/h264enc/macroblock_priv.h - one macroblock: choose its prediction, transform what is
 * left, reconstruct as the decoder will, write its syntax.
 *
 * A way of coding is tried on a struct psk_enc_trial: nothing else changes until one is taken.
 */
#ifndef PS_KERNELS_H264ENC_MACROBLOCK_PRIV_H
#define PS_KERNELS_H264ENC_MACROBLOCK_PRIV_H

#include "kernels/h264enc/bits_priv.h"
#include "kernels/h264enc/inter_priv.h"
#include "kernels/h264enc/intra_priv.h"
#include "kernels/h264enc/picture_priv.h"

/* Most bits of macroblock_layer() (H.264 A.3.1); beyond it samples are sent as they are. */
#define PSK_ENC_MB_BITS_MAX 3200u

/* Efforts from which on: choices are by squared error and bits; levels must be worth their bits. */
#define PSK_ENC_EFFORT_RD   1u
#define PSK_ENC_EFFORT_THIN 2u

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
    uint32_t luma_cbp;        /* a bit per 8x8 block; 0 or 15 when Intra 16x16 */
    uint32_t chroma_cbp;      /* 0 nothing, 1 DC, 2 DC and AC */
};

struct psk_enc_trial {
    struct psk_enc_choice choice;
    struct psk_enc_samples pred;
    struct psk_enc_residual residual;
    struct psk_enc_samples recon;
    struct psk_enc_mb mb; /* counts; the rest when it is taken */
};

/*
 * Levels and reconstruction of what trial->pred leaves of the source. By effort, levels that cost
 * more than they repair are left out. Reads frame->qp and the neighbours' counts.
 */
void psk_enc_code_luma_inter(const struct psk_enc_frame *frame, uint32_t mb_x, uint32_t mb_y,
                             const struct psk_enc_samples *source, struct psk_enc_trial *trial);
void psk_enc_code_luma_intra16(const struct psk_enc_frame *frame, uint32_t mb_x, uint32_t mb_y,
                               const struct psk_enc_samples *source, struct psk_enc_trial *trial);

/** The same of one Intra 4x4 block, samples without gaps. @return how many levels are not zero. */
uint32_t psk_enc_code_block_intra4(const struct psk_enc_frame *frame, const uint8_t source[16],
                                   const uint8_t pred[16], int context, int16_t level[16],
                                   uint8_t recon[16]);
void psk_enc_code_chroma(const struct psk_enc_frame *frame, uint32_t mb_x, uint32_t mb_y,
                         const struct psk_enc_samples *source, int intra,
                         struct psk_enc_trial *trial);

/**
 * Choose the modes of an Intra 4x4 macroblock's blocks, and code their luma, one after the other.
 *
 * @param cost_max  Stop where the cost so far reaches this.
 * @return SATD + lambda * bits of modes, or UINT32_MAX when stopped; then the trial is undefined.
 */
uint32_t psk_enc_code_luma_intra4(const struct psk_enc_frame *frame,
                                  const struct psk_enc_recon *recon, uint32_t mb_x, uint32_t mb_y,
                                  const struct psk_enc_samples *source, uint32_t cost_max,
                                  struct psk_enc_trial *trial);

/** The prediction is the reconstruction: no residual, all counts 0. */
void psk_enc_code_nothing(struct psk_enc_trial *trial);

/** Choose how to code the macroblock: @p trial is complete afterwards. */
void psk_enc_decide(struct psk_enc_frame *frame, const struct psk_enc_reference *reference,
                    const struct psk_enc_recon *recon, uint32_t mb_x, uint32_t mb_y,
                    const struct psk_enc_samples *source, struct psk_enc_trial *trial);

/** The least there is that a decoder takes: a skip, or an intra mean without residual. */
void psk_enc_decide_least(const struct psk_enc_frame *frame,
                          const struct psk_enc_reference *reference,
                          const struct psk_enc_recon *recon, uint32_t mb_x, uint32_t mb_y,
                          struct psk_enc_trial *trial);

/* Raster index of the n-th 4x4 luma block in coding order. */
extern const uint8_t psk_enc_coding_order[16];

/** nC of a block: mean level count of its neighbours, which are in the frame or in @p mb. */
int psk_enc_luma_context(const struct psk_enc_frame *frame, uint32_t mb_x, uint32_t mb_y,
                         const struct psk_enc_mb *mb, int block);
int psk_enc_chroma_context(const struct psk_enc_frame *frame, uint32_t mb_x, uint32_t mb_y,
                           const struct psk_enc_mb *mb, int plane, int block);

/** Write macroblock_layer(), or count one more skipped. Keeps frame->qp_coded and skip_run. */
void psk_enc_write_mb(struct psk_enc_frame *frame, uint32_t mb_x, uint32_t mb_y,
                      const struct psk_enc_trial *trial, struct psk_enc_bits *bits);

/** Write an I_PCM macroblock: the samples themselves. */
void psk_enc_write_pcm(struct psk_enc_frame *frame, const struct psk_enc_samples *source,
                       struct psk_enc_bits *bits);

/**
 * The whole way for one macroblock; reads frame->qp, fills frame->mb[mb_y][mb_x]. @p bits holds
 * less than a byte before, all of the macroblock after.
 *
 * @param bits_max  More bits than these the macroblock does not take, the run of skipped ones
 *                  before it included; psk_enc_decide_least() always fits.
 */
void psk_enc_code_mb(struct psk_enc_frame *frame, const struct psk_enc_reference *reference,
                     uint32_t mb_x, uint32_t mb_y, const struct psk_enc_samples *source,
                     uint32_t bits_max, struct psk_enc_recon *recon, struct psk_enc_bits *bits);

#endif
