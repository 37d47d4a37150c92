/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * kernels/h264enc/decide.c - how a macroblock is coded: the least error plus weighted bits.
 *
 * At effort 0 both are estimated by SATD, and only the winner is coded; from PSK_ENC_EFFORT_RD on
 * the best few are coded, and squared error and true bits decide.
 */
#include <string.h>

#include "kernels/h264enc/macroblock_priv.h"
#include "kernels/h264enc/rd_priv.h"
#include "kernels/h264enc/satd_priv.h"

/* What Intra 4x4 costs beyond its modes and residual, in bits: a residual that is spread wider. */
#define INTRA4_BITS 10u

/* What an intra macroblock costs beyond its residual, in bits, next to an inter one. */
#define INTRA_IN_P_BITS 6u

/* At effort 0 an inter macroblock that costs less than so many bits is not compared with intra; and
 * intra only goes on where Intra 16x16 costs at most a quarter more than inter, else twice. */
#define INTER_IS_FINE 150u

static int has_residual(const struct psk_enc_residual *residual)
{
    return residual->luma_cbp != 0 || residual->chroma_cbp != 0;
}

static void begin_choice(struct psk_enc_choice *choice)
{
    memset(choice, 0, sizeof(*choice));
    memset(choice->intra4_mode, PSK_ENC_INTRA_DC, sizeof(choice->intra4_mode));
}

/* Error plus bits of a coded trial. Where levels are not thinned, a skip must do that: bits weigh
 * more. */
static uint32_t rd_cost(struct psk_enc_frame *frame, uint32_t mb_x, uint32_t mb_y,
                        const struct psk_enc_samples *source, const struct psk_enc_trial *trial)
{
    const uint32_t qp_coded = frame->qp_coded;
    const uint32_t skip_run = frame->skip_run;
    const uint32_t weight = psk_enc_lambda_rd(frame->qp);
    const uint32_t lambda = frame->effort < PSK_ENC_EFFORT_THIN ? weight / 5 * 8 : weight;
    const uint32_t error = psk_enc_ssd(source->luma, trial->recon.luma, 256) +
                           psk_enc_ssd(source->chroma[0], trial->recon.chroma[0], 64) +
                           psk_enc_ssd(source->chroma[1], trial->recon.chroma[1], 64);
    struct psk_enc_bits bits;

    psk_enc_bits_reset(&bits);
    psk_enc_write_mb(frame, mb_x, mb_y, trial, &bits);
    frame->qp_coded = qp_coded;
    frame->skip_run = skip_run;
    return (error << PSK_ENC_RD_SHIFT) + lambda * (bits.count * 8 + bits.tail_bits);
}

/* Luma, by the least SATD + lambda * bits, which is returned. */
static uint32_t choose_intra16(const struct psk_enc_frame *frame, const struct psk_enc_recon *recon,
                               uint32_t mb_x, uint32_t mb_y, const struct psk_enc_samples *source,
                               struct psk_enc_trial *trial)
{
    const uint32_t lambda = psk_enc_lambda(frame->qp);
    struct psk_enc_border border;
    uint32_t best = UINT32_MAX;
    uint8_t candidate[256];

    psk_enc_luma_border(recon, mb_x, mb_y, &border);
    for (int i = 0; i < PSK_ENC_INTRA_MODE_COUNT; i++) {
        const enum psk_enc_intra_mode mode = (enum psk_enc_intra_mode)i;
        uint32_t cost;

        if (!psk_enc_intra_is_possible(mode, &border))
            continue;
        psk_enc_predict_luma_intra(mode, &border, candidate);
        cost = psk_enc_satd_16(candidate, source->luma, 16) +
               lambda * psk_enc_ue_length((uint32_t)mode);
        if (cost < best) {
            best = cost;
            trial->choice.luma_mode = mode;
            memcpy(trial->pred.luma, candidate, sizeof(candidate));
        }
    }
    trial->choice.kind = PSK_ENC_KIND_INTRA16;
    return best;
}

static void choose_chroma_intra(const struct psk_enc_frame *frame,
                                const struct psk_enc_recon *recon, uint32_t mb_x, uint32_t mb_y,
                                const struct psk_enc_samples *source, struct psk_enc_trial *trial)
{
    const uint32_t lambda = psk_enc_lambda(frame->qp);
    struct psk_enc_border border[2];
    uint32_t best = UINT32_MAX;
    uint8_t candidate[2][64];

    psk_enc_chroma_border(recon, 0, mb_x, mb_y, &border[0]);
    psk_enc_chroma_border(recon, 1, mb_x, mb_y, &border[1]);
    for (int i = 0; i < PSK_ENC_INTRA_MODE_COUNT; i++) {
        const enum psk_enc_intra_mode mode = (enum psk_enc_intra_mode)i;
        uint32_t cost;

        if (!psk_enc_intra_is_possible(mode, &border[0]))
            continue;
        psk_enc_predict_chroma_intra(mode, &border[0], candidate[0]);
        psk_enc_predict_chroma_intra(mode, &border[1], candidate[1]);
        cost = psk_enc_satd_8(candidate[0], source->chroma[0], 8, 8) +
               psk_enc_satd_8(candidate[1], source->chroma[1], 8, 8) +
               lambda * psk_enc_ue_length(psk_enc_chroma_mode_code(mode));
        if (cost < best) {
            best = cost;
            trial->choice.chroma_mode = mode;
            memcpy(trial->pred.chroma, candidate, sizeof(candidate));
        }
    }
}

/* Chroma is the same with either kind of luma. */
static void copy_chroma(const struct psk_enc_trial *from, struct psk_enc_trial *to)
{
    to->choice.chroma_mode = from->choice.chroma_mode;
    to->residual.chroma_cbp = from->residual.chroma_cbp;
    memcpy(to->residual.chroma_dc, from->residual.chroma_dc, sizeof(to->residual.chroma_dc));
    memcpy(to->residual.chroma, from->residual.chroma, sizeof(to->residual.chroma));
    memcpy(to->recon.chroma, from->recon.chroma, sizeof(to->recon.chroma));
    memcpy(to->pred.chroma, from->pred.chroma, sizeof(to->pred.chroma));
    memcpy(to->mb.chroma_count, from->mb.chroma_count, sizeof(to->mb.chroma_count));
}

/*
 * The better of Intra 16x16, chosen already at @p cost16, and Intra 4x4; coded.
 * @return SATD + lambda * bits, or UINT32_MAX when neither is below @p cost_max.
 */
static uint32_t decide_intra(struct psk_enc_frame *frame, const struct psk_enc_recon *recon,
                             uint32_t mb_x, uint32_t mb_y, const struct psk_enc_samples *source,
                             uint32_t cost16, uint32_t cost_max, struct psk_enc_trial *trial)
{
    const uint32_t extra = INTRA4_BITS * psk_enc_lambda(frame->qp);
    const uint32_t limit = cost16 < cost_max ? cost16 : cost_max;
    const uint32_t limit4 = frame->effort >= PSK_ENC_EFFORT_RD ? limit + limit / 4 : limit;
    struct psk_enc_trial other;
    uint32_t cost4;

    begin_choice(&other.choice);
    other.choice.kind = PSK_ENC_KIND_INTRA4;
    cost4 = limit4 > extra
                ? psk_enc_code_luma_intra4(frame, recon, mb_x, mb_y, source, limit4 - extra, &other)
                : UINT32_MAX;
    if (cost4 == UINT32_MAX && cost16 >= cost_max)
        return UINT32_MAX;
    choose_chroma_intra(frame, recon, mb_x, mb_y, source, trial);
    psk_enc_code_chroma(frame, mb_x, mb_y, source, 1, trial);
    copy_chroma(trial, &other);
    if (frame->effort < PSK_ENC_EFFORT_RD) {
        if (cost4 != UINT32_MAX)
            *trial = other;
        else
            psk_enc_code_luma_intra16(frame, mb_x, mb_y, source, trial);
        return cost4 != UINT32_MAX ? cost4 + extra : cost16;
    }
    psk_enc_code_luma_intra16(frame, mb_x, mb_y, source, trial);
    if (cost4 != UINT32_MAX &&
        rd_cost(frame, mb_x, mb_y, source, &other) < rd_cost(frame, mb_x, mb_y, source, trial))
        *trial = other;
    return cost16;
}

/*
 * Beyond the reference's margins all samples are those of the picture's edge, so a vector that
 * leads farther out may be taken back to where they begin.
 */
static struct psk_enc_mv within_margins(const struct psk_enc_frame *frame, uint32_t mb_x,
                                        uint32_t mb_y, struct psk_enc_mv mv)
{
    const int reach = 4 * PSK_ENC_MV_REACH;
    const int right = (int)(frame->mb_width - 1 - mb_x) * 64 + reach;
    const int left = (int)mb_x * 64 + reach;
    const int down = (int)(frame->mb_height - 1 - mb_y) * 64 + reach;
    const int up = (int)mb_y * 64 + reach;
    struct psk_enc_mv inside;

    inside.x = (int16_t)(mv.x < -left ? -left : mv.x > right ? right : mv.x);
    inside.y = (int16_t)(mv.y < -up ? -up : mv.y > down ? down : mv.y);
    return inside;
}

/* A skipped macroblock, without knowing whether it is any good. */
static void predict_skip(const struct psk_enc_frame *frame,
                         const struct psk_enc_reference *reference, uint32_t mb_x, uint32_t mb_y,
                         struct psk_enc_trial *trial)
{
    struct psk_enc_mv median;
    struct psk_enc_mv skip;

    begin_choice(&trial->choice);
    psk_enc_predict_mv(frame, mb_x, mb_y, &median, &skip);
    trial->choice.kind = PSK_ENC_KIND_SKIP;
    for (int quarter = 0; quarter < 4; quarter++)
        trial->choice.mv[quarter] = skip;
    psk_enc_predict_inter(reference, mb_x, mb_y, within_margins(frame, mb_x, mb_y, skip),
                          &trial->pred);
}

/*
 * Skip costs next to nothing, so it is tried before the search: taken when everything quantises
 * to zero. A mean difference of half a quantiser step cannot, so the transform is saved there.
 */
static int skip_leaves_nothing(const struct psk_enc_frame *frame, uint32_t mb_x, uint32_t mb_y,
                               const struct psk_enc_samples *source, struct psk_enc_trial *trial)
{
    const uint32_t sad_max = 80u << (frame->qp / 6);

    if (psk_enc_sad(trial->pred.luma, source->luma) > sad_max)
        return 0;
    psk_enc_code_luma_inter(frame, mb_x, mb_y, source, trial);
    if (trial->residual.luma_cbp != 0)
        return 0;
    psk_enc_code_chroma(frame, mb_x, mb_y, source, 0, trial);
    return trial->residual.chroma_cbp == 0;
}

static void code_inter(struct psk_enc_frame *frame, uint32_t mb_x, uint32_t mb_y,
                       const struct psk_enc_samples *source, struct psk_enc_trial *trial)
{
    trial->choice.kind = PSK_ENC_KIND_INTER;
    psk_enc_code_luma_inter(frame, mb_x, mb_y, source, trial);
    psk_enc_code_chroma(frame, mb_x, mb_y, source, 0, trial);
}

static int is_skip(const struct psk_enc_trial *trial, struct psk_enc_mv skip)
{
    return !has_residual(&trial->residual) && trial->choice.partition == PSK_ENC_P16X16 &&
           trial->choice.mv[0].x == skip.x && trial->choice.mv[0].y == skip.y;
}

static void decide_p(struct psk_enc_frame *frame, const struct psk_enc_reference *reference,
                     const struct psk_enc_recon *recon, uint32_t mb_x, uint32_t mb_y,
                     const struct psk_enc_samples *source, struct psk_enc_trial *trial)
{
    const uint32_t intra_extra = INTRA_IN_P_BITS * psk_enc_lambda(frame->qp);
    const uint32_t intra_reach = frame->effort < PSK_ENC_EFFORT_RD ? 4 : 1;
    struct psk_enc_trial intra;
    struct psk_enc_trial inter;
    uint32_t inter_cost;
    uint32_t cost16;
    uint32_t best;
    uint32_t rd;

    predict_skip(frame, reference, mb_x, mb_y, trial);
    if (skip_leaves_nothing(frame, mb_x, mb_y, source, trial)) {
        psk_enc_code_nothing(trial);
        return;
    }
    psk_enc_code_nothing(trial);
    best = rd_cost(frame, mb_x, mb_y, source, trial);

    begin_choice(&inter.choice);
    inter_cost = psk_enc_search(frame, reference, mb_x, mb_y, source, &inter.choice, &inter.pred);
    begin_choice(&intra.choice);
    if (frame->effort < PSK_ENC_EFFORT_RD && inter_cost < INTER_IS_FINE * psk_enc_lambda(frame->qp))
        cost16 = UINT32_MAX;
    else
        cost16 = choose_intra16(frame, recon, mb_x, mb_y, source, &intra) + intra_extra;

    code_inter(frame, mb_x, mb_y, source, &inter);
    rd = rd_cost(frame, mb_x, mb_y, source, &inter);
    if (!is_skip(&inter, trial->choice.mv[0]) && rd < best) {
        best = rd;
        *trial = inter;
    }
    if (cost16 >= inter_cost + inter_cost / intra_reach)
        return;
    if (decide_intra(frame, recon, mb_x, mb_y, source, cost16, inter_cost + inter_cost / 8,
                     &intra) == UINT32_MAX)
        return;
    if (rd_cost(frame, mb_x, mb_y, source, &intra) < best)
        *trial = intra;
}

void psk_enc_decide(struct psk_enc_frame *frame, const struct psk_enc_reference *reference,
                    const struct psk_enc_recon *recon, uint32_t mb_x, uint32_t mb_y,
                    const struct psk_enc_samples *source, struct psk_enc_trial *trial)
{
    uint32_t cost;

    if (!frame->is_idr) {
        decide_p(frame, reference, recon, mb_x, mb_y, source, trial);
        return;
    }
    begin_choice(&trial->choice);
    cost = choose_intra16(frame, recon, mb_x, mb_y, source, trial);
    decide_intra(frame, recon, mb_x, mb_y, source, cost, UINT32_MAX, trial);
}

void psk_enc_decide_least(const struct psk_enc_frame *frame,
                          const struct psk_enc_reference *reference,
                          const struct psk_enc_recon *recon, uint32_t mb_x, uint32_t mb_y,
                          struct psk_enc_trial *trial)
{
    if (!frame->is_idr) {
        predict_skip(frame, reference, mb_x, mb_y, trial);
    } else {
        struct psk_enc_border border;

        begin_choice(&trial->choice);
        trial->choice.kind = PSK_ENC_KIND_INTRA16;
        trial->choice.luma_mode = PSK_ENC_INTRA_DC;
        trial->choice.chroma_mode = PSK_ENC_INTRA_DC;
        psk_enc_luma_border(recon, mb_x, mb_y, &border);
        psk_enc_predict_luma_intra(PSK_ENC_INTRA_DC, &border, trial->pred.luma);
        for (int plane = 0; plane < 2; plane++) {
            psk_enc_chroma_border(recon, plane, mb_x, mb_y, &border);
            psk_enc_predict_chroma_intra(PSK_ENC_INTRA_DC, &border, trial->pred.chroma[plane]);
        }
    }
    psk_enc_code_nothing(trial);
}
