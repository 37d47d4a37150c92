/* SPDX-License-Identifier: BSD-3-Clause */
#include "host/pipeline/rate.h"

#include "host/base/assert.h"

#define QP_MIN 10u
#define QP_MAX 51u

/* Where a stream begins, per sample: typical of clips at 0.05..0.2 bits per sample. */
#define IDR_COMPLEXITY_GUESS 12.0
#define P_COMPLEXITY_GUESS   2.5

/* An IDR frame is what the segment's other frames refer to: it is worth a finer step. */
#define IDR_QP_BONUS 2u

/* How far the kernel may steer from the planned qp. An IDR's guess is the less certain. */
#define IDR_QP_SWING 6u
#define P_QP_SWING   4u

/* Share of a batch's finding in what is known of P frames; the first replaces the guess. */
#define P_LEARNING 0.4

/* No frame is planned below this share of the mean, however overspent the segment is. */
#define TARGET_SHARE_MIN 0.2

static double quantiser_step(uint32_t qp)
{
    static const double step[6] = { 0.625, 0.6875, 0.8125, 0.875, 1.0, 1.125 };

    return step[qp % 6] * (1u << (qp / 6));
}

void ps_rate_init(struct ps_rate *rate, const struct ps_rate_config *cfg)
{
    const double samples = (double)cfg->width * cfg->height;

    ps_assert(cfg->bitrate_bps >= 1000 && cfg->bitrate_bps <= 1000000000);
    ps_assert(cfg->fps_num >= 1 && cfg->fps_num <= INT32_MAX);
    ps_assert(cfg->fps_den >= 1 && cfg->fps_den <= INT32_MAX);
    ps_assert(cfg->width >= 16 && cfg->width <= PSK_ENC_WIDTH_MAX);
    ps_assert(cfg->height >= 16 && cfg->height <= PSK_ENC_HEIGHT_MAX);
    ps_assert(cfg->frame_count >= 1 && cfg->frame_count <= PS_RATE_FRAMES_MAX);
    rate->mb_count = (cfg->width + 15) / 16 * ((cfg->height + 15) / 16);
    rate->frames_left = cfg->frame_count;
    rate->is_first = 1;
    rate->p_is_guess = 1;
    rate->bits_per_frame = (double)cfg->bitrate_bps * cfg->fps_den / cfg->fps_num;
    rate->bits_left = rate->bits_per_frame * cfg->frame_count;
    rate->idr_complexity = samples * IDR_COMPLEXITY_GUESS;
    rate->p_complexity = samples * P_COMPLEXITY_GUESS;
}

static uint32_t idr_qp(uint32_t p_qp)
{
    return p_qp > QP_MIN + IDR_QP_BONUS ? p_qp - IDR_QP_BONUS : QP_MIN;
}

/* The finest qp of P frames at which the model spends no more than what is left. */
static uint32_t choose_qp(const struct ps_rate *rate)
{
    const double p_frames = rate->frames_left - rate->is_first;
    uint32_t qp = QP_MIN;

    while (qp < QP_MAX &&
           rate->p_complexity * p_frames / quantiser_step(qp) +
                   rate->idr_complexity * rate->is_first / quantiser_step(idr_qp(qp)) >
               rate->bits_left)
        qp++;
    return qp;
}

static struct psk_enc_control control_of(uint32_t qp, double target_bits, uint32_t swing)
{
    struct psk_enc_control control;

    control.qp = qp;
    control.target_bits = target_bits < 1 ? 1 : (uint32_t)target_bits;
    control.qp_min = qp > QP_MIN + swing ? qp - swing : QP_MIN;
    control.qp_max = qp + swing < QP_MAX ? qp + swing : QP_MAX;
    return control;
}

void ps_rate_plan(const struct ps_rate *rate, uint32_t frame_count, struct psk_enc_control *control)
{
    const uint32_t qp = choose_qp(rate);
    double left = rate->bits_left;
    double target = rate->bits_per_frame * TARGET_SHARE_MIN;
    uint32_t i = 0;

    ps_assert(frame_count >= 1 && frame_count <= PSK_BATCH_FRAMES_MAX);
    ps_assert(frame_count <= rate->frames_left);
    if (rate->is_first) {
        const double idr_bits = rate->idr_complexity / quantiser_step(idr_qp(qp));

        control[i++] = control_of(idr_qp(qp), idr_bits, IDR_QP_SWING);
        left -= idr_bits;
    }
    if (rate->frames_left > i && left / (rate->frames_left - i) > target)
        target = left / (rate->frames_left - i);
    for (; i < frame_count; i++)
        control[i] = control_of(qp, target, P_QP_SWING);
}

void ps_rate_learn(struct ps_rate *rate, uint32_t frame_count, const struct psk_enc_report *report)
{
    double found = 0;
    uint32_t p_frames = 0;

    ps_assert(frame_count <= rate->frames_left);
    for (uint32_t i = 0; i < frame_count; i++) {
        const double bits = report[i].bytes * 8.0;
        const double product = bits * quantiser_step(report[i].qp_sum / rate->mb_count);

        rate->bits_left -= bits;
        if (!report[i].is_idr) {
            found += product;
            p_frames++;
        }
    }
    if (p_frames > 0) {
        const double share = rate->p_is_guess ? 1 : P_LEARNING;

        rate->p_complexity += (found / p_frames - rate->p_complexity) * share;
        rate->p_is_guess = 0;
    }
    rate->frames_left -= frame_count;
    if (frame_count > 0)
        rate->is_first = 0;
}
