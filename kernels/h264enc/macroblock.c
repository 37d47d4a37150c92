/* SPDX-License-Identifier: BSD-3-Clause */
#include "kernels/h264enc/macroblock_priv.h"

#include <stdlib.h>
#include <string.h>

#include "kernels/h264enc/satd_priv.h"

/* What an intra macroblock costs beyond its residual, in bits, next to an inter one. */
#define INTRA_IN_P_BITS 12u

/* Luma, by the least SATD. Returns its cost; @p pred gets the winner's samples. */
static uint32_t choose_luma_intra(const struct psk_enc_recon *recon, uint32_t mb_x, uint32_t mb_y,
                                  const struct psk_enc_samples *source,
                                  struct psk_enc_choice *choice, uint8_t pred[256])
{
    struct psk_enc_border border;
    uint32_t best = UINT32_MAX;
    uint8_t candidate[256];

    psk_enc_luma_border(recon, mb_x, mb_y, &border);
    for (int i = 0; i < PSK_ENC_INTRA_MODE_COUNT; i++) {
        const enum psk_enc_intra_mode mode = (enum psk_enc_intra_mode)i;

        if (!psk_enc_intra_is_possible(mode, &border))
            continue;
        psk_enc_predict_luma_intra(mode, &border, candidate);

        const uint32_t satd = psk_enc_satd_16(candidate, source->luma, 16);

        if (satd < best) {
            best = satd;
            choice->luma_mode = mode;
            memcpy(pred, candidate, sizeof(candidate));
        }
    }
    return best;
}

static uint32_t chroma_sad(const uint8_t a[64], const uint8_t b[64])
{
    int sum = 0;

    for (int i = 0; i < 64; i++) {
#pragma HLS UNROLL factor = 16
        sum += abs(a[i] - b[i]);
    }
    return (uint32_t)sum;
}

static void choose_chroma_intra(const struct psk_enc_recon *recon, uint32_t mb_x, uint32_t mb_y,
                                const struct psk_enc_samples *source, struct psk_enc_choice *choice,
                                struct psk_enc_samples *pred)
{
    struct psk_enc_border border[2];
    uint32_t best = UINT32_MAX;
    uint8_t candidate[2][64];

    psk_enc_chroma_border(recon, 0, mb_x, mb_y, &border[0]);
    psk_enc_chroma_border(recon, 1, mb_x, mb_y, &border[1]);
    for (int i = 0; i < PSK_ENC_INTRA_MODE_COUNT; i++) {
        const enum psk_enc_intra_mode mode = (enum psk_enc_intra_mode)i;

        if (!psk_enc_intra_is_possible(mode, &border[0]))
            continue;
        psk_enc_predict_chroma_intra(mode, &border[0], candidate[0]);
        psk_enc_predict_chroma_intra(mode, &border[1], candidate[1]);

        const uint32_t sad = chroma_sad(candidate[0], source->chroma[0]) +
                             chroma_sad(candidate[1], source->chroma[1]);

        if (sad < best) {
            best = sad;
            choice->chroma_mode = mode;
            memcpy(pred->chroma, candidate, sizeof(candidate));
        }
    }
}

static int has_residual(const struct psk_enc_residual *residual)
{
    return residual->luma_cbp != 0 || residual->chroma_cbp != 0;
}

/*
 * Skip costs next to nothing, so it is tried before the search: taken when everything quantises
 * to zero. A mean difference of half a quantiser step cannot, so the transform is saved there.
 */
static int try_skip(const struct psk_enc_frame *frame, const struct psk_enc_reference *reference,
                    uint32_t mb_x, uint32_t mb_y, const struct psk_enc_samples *source,
                    struct psk_enc_mv skip, struct psk_enc_samples *pred,
                    struct psk_enc_residual *residual, struct psk_enc_mb *mb)
{
    const uint32_t sad_max = 80u << (frame->qp / 6);

    if (!psk_enc_mv_is_inside(frame, mb_x, mb_y, skip))
        return 0;
    psk_enc_predict_inter(reference, mb_x, mb_y, skip, pred);
    if (psk_enc_sad(pred->luma, source->luma) > sad_max)
        return 0;
    psk_enc_transform_mb(source, pred, frame->qp, 0, residual, mb);
    return !has_residual(residual);
}

/* Returns 1 when the choice is inter (or skip) and @p pred holds its samples. */
static int choose_inter(const struct psk_enc_frame *frame,
                        const struct psk_enc_reference *reference, uint32_t mb_x, uint32_t mb_y,
                        const struct psk_enc_samples *source, uint32_t intra_cost,
                        struct psk_enc_choice *choice, struct psk_enc_samples *pred)
{
    const uint32_t cost = psk_enc_search(frame, reference, mb_x, mb_y, source, choice, pred);

    choice->kind = PSK_ENC_KIND_INTER;
    return cost <= intra_cost + INTRA_IN_P_BITS * psk_enc_lambda(frame->qp);
}

static void code_intra(const struct psk_enc_frame *frame, const struct psk_enc_recon *recon,
                       uint32_t mb_x, uint32_t mb_y, const struct psk_enc_samples *source,
                       struct psk_enc_choice *choice, struct psk_enc_samples *pred,
                       struct psk_enc_residual *residual, struct psk_enc_mb *mb)
{
    choice->kind = PSK_ENC_KIND_INTRA16;
    memset(choice->mv, 0, sizeof(choice->mv));
    choose_chroma_intra(recon, mb_x, mb_y, source, choice, pred);
    psk_enc_transform_mb(source, pred, frame->qp, 1, residual, mb);
}

static void code_in_p(const struct psk_enc_frame *frame, const struct psk_enc_reference *reference,
                      const struct psk_enc_recon *recon, uint32_t mb_x, uint32_t mb_y,
                      const struct psk_enc_samples *source, struct psk_enc_choice *choice,
                      struct psk_enc_samples *pred, struct psk_enc_residual *residual,
                      struct psk_enc_mb *mb)
{
    struct psk_enc_samples intra;
    struct psk_enc_mv median;
    struct psk_enc_mv skip;
    uint32_t intra_cost;

    psk_enc_predict_mv(frame, mb_x, mb_y, &median, &skip);
    if (try_skip(frame, reference, mb_x, mb_y, source, skip, pred, residual, mb)) {
        choice->kind = PSK_ENC_KIND_SKIP;
        for (int quarter = 0; quarter < 4; quarter++)
            choice->mv[quarter] = skip;
        return;
    }
    intra_cost = choose_luma_intra(recon, mb_x, mb_y, source, choice, intra.luma);
    if (!choose_inter(frame, reference, mb_x, mb_y, source, intra_cost, choice, pred)) {
        *pred = intra;
        code_intra(frame, recon, mb_x, mb_y, source, choice, pred, residual, mb);
        return;
    }
    psk_enc_transform_mb(source, pred, frame->qp, 0, residual, mb);
    if (!has_residual(residual) && choice->partition == PSK_ENC_P16X16 &&
        choice->mv[0].x == skip.x && choice->mv[0].y == skip.y)
        choice->kind = PSK_ENC_KIND_SKIP;
}

/* A decoder counts sixteen levels in each of its blocks, and filters it with qp 0. */
static void code_pcm(struct psk_enc_frame *frame, const struct psk_enc_samples *source,
                     uint32_t mb_x, uint32_t mb_y, struct psk_enc_recon *recon,
                     struct psk_enc_bits *bits)
{
    struct psk_enc_mb *mb = &frame->mb[mb_y][mb_x];

    psk_enc_write_pcm(frame, source, bits);
    for (uint32_t y = 0; y < 16; y++)
        memcpy(&recon->luma[mb_y * 16 + y][mb_x * 16], source->luma + y * 16, 16);
    for (int plane = 0; plane < 2; plane++)
        for (uint32_t y = 0; y < 8; y++)
            memcpy(&recon->chroma[plane][mb_y * 8 + y][mb_x * 8], source->chroma[plane] + y * 8, 8);
    memset(mb->luma_count, 16, sizeof(mb->luma_count));
    memset(mb->chroma_count, 16, sizeof(mb->chroma_count));
    mb->intra = 1;
    memset(mb->mv, 0, sizeof(mb->mv));
    memset(mb->intra4_mode, PSK_ENC_INTRA_DC, sizeof(mb->intra4_mode));
    mb->qp = 0;
}

/* Choose, transform, reconstruct, write. Returns what was chosen. */
static enum psk_enc_kind code_predicted(struct psk_enc_frame *frame,
                                        const struct psk_enc_reference *reference, uint32_t mb_x,
                                        uint32_t mb_y, const struct psk_enc_samples *source,
                                        struct psk_enc_recon *recon, struct psk_enc_bits *bits)
{
    struct psk_enc_mb *mb = &frame->mb[mb_y][mb_x];
    struct psk_enc_choice choice;
    struct psk_enc_residual residual;
    struct psk_enc_samples pred;

    memset(&choice, 0, sizeof(choice));
    memset(choice.intra4_mode, PSK_ENC_INTRA_DC, sizeof(choice.intra4_mode));
    if (frame->is_idr) {
        choose_luma_intra(recon, mb_x, mb_y, source, &choice, pred.luma);
        code_intra(frame, recon, mb_x, mb_y, source, &choice, &pred, &residual, mb);
    } else {
        code_in_p(frame, reference, recon, mb_x, mb_y, source, &choice, &pred, &residual, mb);
    }
    mb->intra = choice.kind == PSK_ENC_KIND_INTRA16;
    memcpy(mb->mv, choice.mv, sizeof(mb->mv));
    memcpy(mb->intra4_mode, choice.intra4_mode, sizeof(mb->intra4_mode));
    psk_enc_reconstruct_mb(&residual, &pred, mb, frame->qp, mb_x, mb_y, recon);
    psk_enc_write_mb(frame, mb_x, mb_y, &choice, &residual, bits);
    mb->qp = (uint8_t)frame->qp_coded; /* where no qp is coded, the decoder goes on with this */
    return choice.kind;
}

void psk_enc_code_mb(struct psk_enc_frame *frame, const struct psk_enc_reference *reference,
                     uint32_t mb_x, uint32_t mb_y, const struct psk_enc_samples *source,
                     struct psk_enc_recon *recon, struct psk_enc_bits *bits)
{
    const uint64_t tail = bits->tail;
    const uint32_t tail_bits = bits->tail_bits;
    const uint32_t qp_coded = frame->qp_coded;
    const uint32_t skip_run = frame->skip_run;
    enum psk_enc_kind kind = code_predicted(frame, reference, mb_x, mb_y, source, recon, bits);

    if (bits->count * 8 + bits->tail_bits > tail_bits + PSK_ENC_MB_BITS_MAX) {
        bits->tail = tail;
        bits->tail_bits = tail_bits;
        bits->count = 0;
        frame->qp_coded = qp_coded;
        frame->skip_run = skip_run;
        code_pcm(frame, source, mb_x, mb_y, recon, bits);
        kind = PSK_ENC_KIND_INTRA16;
    }
    frame->qp_sum += frame->qp_coded;
    frame->intra_mbs += kind == PSK_ENC_KIND_INTRA16;
    frame->skip_mbs += kind == PSK_ENC_KIND_SKIP;
}
