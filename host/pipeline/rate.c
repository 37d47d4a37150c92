/* SPDX-License-Identifier: BSD-3-Clause */
#include "host/pipeline/rate.h"

#include <stdbool.h>

#include "host/base/assert.h"

#define QP_MIN 10u
#define QP_MAX 51u

/* Where a stream begins, per sample: typical of clips at 0.05..0.2 bits per sample. */
#define IDR_COMPLEXITY_GUESS 12.0
#define P_COMPLEXITY_GUESS   2.5

/* An IDR frame is what the segment's other frames refer to: it is worth a finer step. */
#define IDR_QP_BONUS 2u

/*
 * How far the kernel may steer from the planned qp: far where it is a guess, and at the end, where
 * nothing can be made good any more; else little, as a picture is best at one qp.
 */
#define GUESS_QP_SWING 8u
#define LAST_QP_SWING  6u
#define QP_SWING       2u
#define LAST_SHARE     0.25 /* of the segment's frames, at its end */

/* A qp is kept as long as it would miss the budget by no more than this share of it. */
#define KEEP_SHARE 0.02

/* Share of a batch's finding in what is known of P frames; the first replaces the guess. */
#define LEARNING 0.85

/* A frame that took this share of its bits_max was cut short: it says less than is there. */
#define CUT_SHORT_SHARE 0.9
#define CUT_SHORT_MORE  1.3

/* No frame is planned below this share of the mean, however overspent the segment is. */
#define TARGET_SHARE_MIN 0.2

/* With a quality, a frame may take so many times the mean before steering makes it coarser. */
#define QUALITY_TARGETS 2.0

/* Of what the buffer bears: the rest is for what the model does not know. */
#define VBV_SHARE 0.9
#define IDR_SHARE 0.7

/*
 * Share of a batch's room that its first frame may take alone. What it leaves goes to those behind
 * it, so that any of them may be a cut's IDR frame.
 */
#define FIRST_SHARE 0.5
#define CARRY_ROOM  1.25 /* times the targets, below which nothing is handed on */
#define CUT_ROOM    2.0  /* times the coarsest IDR frame, below which there shall be no cut */

/* What is set aside for the frames behind a batch, of the bits that arrive for them. */
#define LATER_SHARE 0.6

static double larger(double a, double b)
{
    return a > b ? a : b;
}

static double smaller(double a, double b)
{
    return a < b ? a : b;
}

static double quantiser_step(uint32_t qp)
{
    static const double step[6] = { 0.625, 0.6875, 0.8125, 0.875, 1.0, 1.125 };

    return step[qp % 6] * (1u << (qp / 6));
}

/* Of a frame whose macroblocks differ in qp. */
static double mean_step(uint32_t qp_sum, uint32_t mb_count)
{
    const uint32_t qp = qp_sum / mb_count;
    const double part = (double)(qp_sum % mb_count) / mb_count;

    ps_assert(qp <= QP_MAX);
    return quantiser_step(qp) * (1 - part) + quantiser_step(qp + 1) * part;
}

static void init_vbv(struct ps_rate *rate, const struct ps_rate_config *cfg)
{
    ps_vbv_init(&rate->vbv, &(struct ps_vbv_config){ .peak_bps = cfg->bitrate_bps *
                                                                 (PS_RATE_PEAK_PERCENT / 1e2),
                                                     .size_ms = cfg->vbv_ms,
                                                     .fps_num = cfg->fps_num,
                                                     .fps_den = cfg->fps_den,
                                                     .mb_count = rate->mb_count,
                                                     .frame_count = cfg->frame_count });
}

void ps_rate_init(struct ps_rate *rate, const struct ps_rate_config *cfg)
{
    const double samples = (double)cfg->width * cfg->height;

    ps_assert(cfg->bitrate_bps >= 1000 && cfg->bitrate_bps <= 1000000000);
    ps_assert(cfg->quality_qp == 0 || cfg->quality_qp >= QP_MIN);
    ps_assert(cfg->quality_qp <= QP_MAX);
    ps_assert(cfg->vbv_ms >= 1 && cfg->vbv_ms <= PS_RATE_VBV_MS_MAX);
    ps_assert(cfg->fps_num >= 1 && cfg->fps_num <= INT32_MAX);
    ps_assert(cfg->fps_den >= 1 && cfg->fps_den <= INT32_MAX);
    ps_assert(cfg->width >= 16 && cfg->width <= PSK_ENC_WIDTH_MAX);
    ps_assert(cfg->height >= 16 && cfg->height <= PSK_ENC_HEIGHT_MAX);
    ps_assert(cfg->frame_count >= 1 && cfg->frame_count <= PS_RATE_FRAMES_MAX);
    *rate = (struct ps_rate){
        .mb_count = (cfg->width + 15) / 16 * ((cfg->height + 15) / 16),
        .frame_count = cfg->frame_count,
        .frames_left = cfg->frame_count,
        .quality_qp = cfg->quality_qp,
        .bits_per_frame = (double)cfg->bitrate_bps * cfg->fps_den / cfg->fps_num,
        .idr_complexity = samples * IDR_COMPLEXITY_GUESS,
        .p = { .complexity = samples * P_COMPLEXITY_GUESS, .is_guess = 1 },
    };
    rate->bits_left = rate->bits_per_frame * cfg->frame_count;
    init_vbv(rate, cfg);
}

static uint32_t is_first(const struct ps_rate *rate)
{
    return rate->frames_left == rate->frame_count;
}

static uint32_t idr_qp(uint32_t p_qp)
{
    return p_qp > QP_MIN + IDR_QP_BONUS ? p_qp - IDR_QP_BONUS : QP_MIN;
}

/* Bits that the model expects of the rest of the segment. */
static double expected_bits(const struct ps_rate *rate, uint32_t qp)
{
    return rate->p.complexity * (rate->frames_left - is_first(rate)) / quantiser_step(qp) +
           rate->idr_complexity * is_first(rate) / quantiser_step(idr_qp(qp));
}

/* What the rest of the segment may take before the buffer returns less than it has to. */
static double bearable_bits(const struct ps_rate *rate)
{
    const struct ps_vbv *vbv = &rate->vbv;

    return vbv->full_bits - vbv->return_bits + vbv->frame_bits * rate->frames_left;
}

/* The finest qp from @p qp on at which the model spends no more than @p bits. */
static uint32_t finest_qp(const struct ps_rate *rate, uint32_t qp, double bits)
{
    while (qp < QP_MAX && expected_bits(rate, qp) > bits)
        qp++;
    return qp;
}

static uint32_t choose_qp(const struct ps_rate *rate)
{
    const double bearable = bearable_bits(rate) * VBV_SHARE;
    const double budget = rate->bits_per_frame * rate->frame_count;
    double off;

    if (rate->quality_qp != 0)
        return finest_qp(rate, rate->quality_qp, bearable);
    if (rate->qp != 0 && !rate->p.is_guess) {
        off = expected_bits(rate, rate->qp) - rate->bits_left;
        if (off < budget * KEEP_SHARE && off > -budget * KEEP_SHARE)
            return rate->qp;
    }
    return finest_qp(rate, QP_MIN, rate->bits_left);
}

static uint32_t swing_of(const struct ps_rate *rate)
{
    if (rate->p.is_guess)
        return GUESS_QP_SWING;
    return rate->frames_left <= rate->frame_count * LAST_SHARE ? LAST_QP_SWING : QP_SWING;
}

/* With a quality, steering only makes frames coarser. */
static struct psk_enc_control control_of(const struct ps_rate *rate, uint32_t qp, double target,
                                         uint32_t swing)
{
    const uint32_t finer = rate->quality_qp != 0 ? 0 : swing;

    return (struct psk_enc_control){
        .qp = qp,
        .target_bits = target < 1 ? 1 : (uint32_t)target,
        .qp_min = qp > QP_MIN + finer ? qp - finer : QP_MIN,
        .qp_max = qp + swing < QP_MAX ? qp + swing : QP_MAX,
    };
}

static double p_target(const struct ps_rate *rate, double left, uint32_t frames)
{
    double share = left / frames;

    if (rate->quality_qp != 0)
        share =
            (bearable_bits(rate) - (rate->bits_left - left)) * VBV_SHARE * QUALITY_TARGETS / frames;
    return larger(share, rate->bits_per_frame * TARGET_SHARE_MIN);
}

static void plan_targets(const struct ps_rate *rate, uint32_t frame_count,
                         struct psk_enc_control *control)
{
    const uint32_t qp = choose_qp(rate);
    double left = rate->bits_left;
    uint32_t i = 0;

    if (is_first(rate)) {
        double bits = rate->idr_complexity / quantiser_step(idr_qp(qp));

        if (rate->quality_qp != 0) /* as many as it takes */
            bits = bearable_bits(rate);
        bits = smaller(bits, rate->vbv.full_bits * IDR_SHARE);
        control[i++] = control_of(rate, idr_qp(qp), bits, GUESS_QP_SWING);
        left -= bits;
    }
    for (; i < frame_count; i++)
        control[i] = control_of(rate, qp, p_target(rate, left, rate->frames_left - is_first(rate)),
                                swing_of(rate));
}

/* What the batch's frame number @p i takes in any case. */
static double bits_min(const struct ps_rate *rate, uint32_t i)
{
    return is_first(rate) && i == 0 ? rate->vbv.idr_bits : rate->vbv.p_bits;
}

static double least_bits(const struct ps_rate *rate, uint32_t frame_count)
{
    double bits = 0;

    for (uint32_t i = 0; i < frame_count; i++)
        bits += bits_min(rate, i);
    return bits;
}

/* Bits that a batch may take together, so that enough is left for the frames behind it. */
static double batch_room(const struct ps_rate *rate, uint32_t frame_count, double all)
{
    const uint32_t later = rate->frames_left - frame_count;
    const double fair = all * frame_count / rate->frames_left;
    const double wanted = all - later * rate->vbv.frame_bits * LATER_SHARE;

    return smaller(larger(fair, wanted), all - later * rate->vbv.p_bits);
}

/* The same where frames may save bits for others: the buffer must have room to save them in. */
static double carried_room(const struct ps_rate *rate, uint32_t frame_count)
{
    const struct ps_vbv *vbv = &rate->vbv;
    const uint32_t later = rate->frames_left - frame_count;
    const double from_full = vbv->size_bits - vbv->return_bits + vbv->frame_bits * (later + 1);

    return smaller(batch_room(rate, frame_count, smaller(bearable_bits(rate), from_full)),
                   vbv->size_bits);
}

static double sum_of_targets(const struct psk_enc_control *control, uint32_t frame_count)
{
    double bits = 0;

    for (uint32_t i = 0; i < frame_count; i++)
        bits += control[i].target_bits;
    return bits;
}

/* With a small buffer, or at the end of what had to be saved, the room may be too small for that.
 */
static bool may_carry(const struct ps_rate *rate, uint32_t frame_count, double targets)
{
    if (rate->quality_qp != 0)
        targets /= QUALITY_TARGETS;
    return carried_room(rate, frame_count) >
           larger(targets, least_bits(rate, frame_count)) * CARRY_ROOM;
}

/*
 * Each frame may take of the room what its target is of those not yet dealt with; where bits are
 * carried the first one may take more, and what one leaves goes to the next. All up to a frame may
 * take together what is in the buffer for them: when they take it one by one, and when they save it
 * for the last of them.
 */
static void plan_bounds(const struct ps_rate *rate, uint32_t frame_count,
                        struct psk_enc_control *control)
{
    double targets = sum_of_targets(control, frame_count);
    double least = least_bits(rate, frame_count);
    const bool carries = may_carry(rate, frame_count, targets);
    double room = carries ? carried_room(rate, frame_count)
                          : batch_room(rate, frame_count, bearable_bits(rate));
    double arrived = rate->vbv.full_bits, taken = 0;
    struct ps_vbv vbv = rate->vbv;

    for (uint32_t i = 0; i < frame_count; i++) {
        const double fair = control[i].target_bits / targets;
        const double share = carries && i == 0 ? larger(fair, FIRST_SHARE) : fair;
        double bits = bits_min(rate, i) + larger(room - least, 0) * share;

        bits = smaller(bits, carries ? smaller(arrived, vbv.size_bits) - taken : vbv.full_bits);
        targets -= control[i].target_bits;
        control[i].bits_max = bits < UINT32_MAX ? (uint32_t)bits : UINT32_MAX;
        control[i].flags = (carries ? PSK_ENC_FRAME_CARRY : 0) |
                           (room < vbv.idr_bits * CUT_ROOM ? PSK_ENC_FRAME_NO_CUT : 0);
        ps_vbv_take(&vbv, control[i].bits_max);
        taken += control[i].bits_max;
        arrived += vbv.frame_bits;
        room -= control[i].bits_max;
        least -= bits_min(rate, i);
    }
}

void ps_rate_plan(const struct ps_rate *rate, uint32_t frame_count, struct psk_enc_control *control)
{
    ps_assert(frame_count >= 1 && frame_count <= PSK_BATCH_FRAMES_MAX);
    ps_assert(frame_count <= rate->frames_left);
    plan_targets(rate, frame_count, control);
    plan_bounds(rate, frame_count, control);
}

/* What a batch's P frames since the last cut say, the later the more. */
struct finding {
    double weight, product;                        /* of frames */
    double whole, cost_of_whole, product_of_whole; /* of frames that were not cut short */
    double cost;
};

static void find(struct finding *f, const struct ps_rate *rate, double bits_max,
                 const struct psk_enc_report *report)
{
    const double bits = report->bytes * 8.0;
    const int cut_short = bits > bits_max * CUT_SHORT_SHARE;
    double product = bits * mean_step(report->qp_sum, rate->mb_count);

    if (cut_short)
        product = larger(product, rate->p.complexity) * CUT_SHORT_MORE;
    f->weight++;
    f->product += product * f->weight;
    f->cost += report->cost * f->weight;
    if (!cut_short) {
        f->cost_of_whole += report->cost;
        f->product_of_whole += product;
    }
}

static void learn_p(struct ps_rate_model *p, const struct finding *f)
{
    const double share = p->is_guess ? 1 : LEARNING;
    const double weights = f->weight * (f->weight + 1) / 2;
    double found = f->product / weights;

    if (f->cost_of_whole > 0) {
        const double ratio = f->product_of_whole / f->cost_of_whole;

        p->bits_per_cost += (ratio - p->bits_per_cost) * (p->bits_per_cost > 0 ? share : 1);
    }
    if (f->cost > 0 && p->bits_per_cost > 0)
        found = p->bits_per_cost * f->cost / weights;
    p->complexity += (found - p->complexity) * share;
    p->is_guess = 0;
}

/* A cut, whether the kernel made it an IDR frame or not: what was known of P frames is void. */
static int is_cut(const struct ps_rate *rate, const struct psk_enc_report *report)
{
    return report->is_idr || report->intra_mbs > rate->mb_count / 2;
}

void ps_rate_learn(struct ps_rate *rate, uint32_t frame_count, const struct psk_enc_report *report)
{
    struct psk_enc_control control[PSK_BATCH_FRAMES_MAX];
    struct finding f = { 0 };
    double bits_max = 0;

    ps_rate_plan(rate, frame_count, control);
    rate->qp = control[frame_count - 1].qp;
    for (uint32_t i = 0; i < frame_count; i++) {
        bits_max = control[i].bits_max + (control[i].flags & PSK_ENC_FRAME_CARRY ? bits_max : 0);
        rate->bits_left -= report[i].bytes * 8.0;
        ps_vbv_take(&rate->vbv, report[i].bytes * 8.0);
        if (is_cut(rate, &report[i])) {
            f = (struct finding){ 0 };
            rate->p.is_guess = 1;
        } else {
            find(&f, rate, bits_max, &report[i]);
        }
        bits_max = larger(bits_max - report[i].bytes * 8.0, 0);
    }
    if (f.weight > 0)
        learn_p(&rate->p, &f);
    rate->frames_left -= frame_count;
}
