/* SPDX-License-Identifier: BSD-3-Clause */
#include "kernels/h264enc/macroblock_priv.h"

#include <string.h>

#include "kernels/h264enc/satd_priv.h"

/* I_PCM: type and run before it, up to seven bits of alignment, the samples. */
#define PCM_BITS_MAX (48u + 384u * 8u)

/* What a coded macroblock changes outside its trial. */
struct writer {
    uint64_t tail;
    uint32_t tail_bits;
    uint32_t qp_coded;
    uint32_t skip_run;
};

static struct writer save(const struct psk_enc_frame *frame, const struct psk_enc_bits *bits)
{
    struct writer before;

    before.tail = bits->tail;
    before.tail_bits = bits->tail_bits;
    before.qp_coded = frame->qp_coded;
    before.skip_run = frame->skip_run;
    return before;
}

static void restore(const struct writer *before, struct psk_enc_frame *frame,
                    struct psk_enc_bits *bits)
{
    bits->tail = before->tail;
    bits->tail_bits = before->tail_bits;
    bits->count = 0;
    frame->qp_coded = before->qp_coded;
    frame->skip_run = before->skip_run;
}

static uint32_t bits_since(const struct writer *before, const struct psk_enc_bits *bits)
{
    return bits->count * 8 + bits->tail_bits - before->tail_bits;
}

/* A decoder counts sixteen levels in each of its blocks, and filters it with qp 0. */
static void code_pcm(struct psk_enc_frame *frame, const struct psk_enc_samples *source,
                     struct psk_enc_trial *trial, struct psk_enc_bits *bits)
{
    psk_enc_write_pcm(frame, source, bits);
    memset(&trial->choice, 0, sizeof(trial->choice));
    memset(trial->choice.intra4_mode, PSK_ENC_INTRA_DC, sizeof(trial->choice.intra4_mode));
    trial->choice.kind = PSK_ENC_KIND_INTRA16;
    trial->pred = *source;
    trial->recon = *source;
    memset(trial->mb.luma_count, 16, sizeof(trial->mb.luma_count));
    memset(trial->mb.chroma_count, 16, sizeof(trial->mb.chroma_count));
}

/* A qp that nothing is quantised with need not be coded. */
static void write_least(struct psk_enc_frame *frame, const struct psk_enc_reference *reference,
                        const struct psk_enc_recon *recon, uint32_t mb_x, uint32_t mb_y,
                        struct psk_enc_trial *trial, struct psk_enc_bits *bits)
{
    const uint32_t qp = frame->qp;

    frame->qp = frame->qp_coded;
    psk_enc_decide_least(frame, reference, recon, mb_x, mb_y, trial);
    psk_enc_write_mb(frame, mb_x, mb_y, trial, bits);
    frame->qp = qp;
}

/* Everything that later macroblocks, the filter and the report ask about. */
static void take(struct psk_enc_frame *frame, uint32_t mb_x, uint32_t mb_y,
                 const struct psk_enc_samples *source, const struct psk_enc_trial *trial,
                 uint32_t qp, struct psk_enc_recon *recon)
{
    struct psk_enc_mb *mb = &frame->mb[mb_y][mb_x];
    const enum psk_enc_kind kind = trial->choice.kind;

    *mb = trial->mb;
    mb->intra = kind == PSK_ENC_KIND_INTRA16 || kind == PSK_ENC_KIND_INTRA4;
    mb->qp = (uint8_t)qp;
    memcpy(mb->mv, trial->choice.mv, sizeof(mb->mv));
    memcpy(mb->intra4_mode, trial->choice.intra4_mode, sizeof(mb->intra4_mode));
    for (uint32_t y = 0; y < 16; y++)
        memcpy(&recon->luma[mb_y * 16 + y][mb_x * 16], trial->recon.luma + y * 16, 16);
    for (int plane = 0; plane < 2; plane++)
        for (uint32_t y = 0; y < 8; y++)
            memcpy(&recon->chroma[plane][mb_y * 8 + y][mb_x * 8],
                   trial->recon.chroma[plane] + y * 8, 8);
    frame->qp_sum += frame->qp_coded;
    frame->intra_mbs += mb->intra;
    frame->skip_mbs += kind == PSK_ENC_KIND_SKIP;
    frame->cost += psk_enc_satd_16(source->luma, trial->pred.luma, 16);
}

void psk_enc_code_mb(struct psk_enc_frame *frame, const struct psk_enc_reference *reference,
                     uint32_t mb_x, uint32_t mb_y, const struct psk_enc_samples *source,
                     uint32_t bits_max, struct psk_enc_recon *recon, struct psk_enc_bits *bits)
{
    const struct writer before = save(frame, bits);
    struct psk_enc_trial trial;
    int is_pcm = 0;

    psk_enc_decide(frame, reference, recon, mb_x, mb_y, source, &trial);
    psk_enc_write_mb(frame, mb_x, mb_y, &trial, bits);
    if (bits_since(&before, bits) > bits_max || bits_since(&before, bits) > PSK_ENC_MB_BITS_MAX) {
        restore(&before, frame, bits);
        is_pcm = bits_max >= PCM_BITS_MAX;
        if (is_pcm)
            code_pcm(frame, source, &trial, bits);
        else
            write_least(frame, reference, recon, mb_x, mb_y, &trial, bits);
    }
    take(frame, mb_x, mb_y, source, &trial, is_pcm ? 0 : frame->qp_coded, recon);
}
