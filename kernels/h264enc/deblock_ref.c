/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * kernels/h264enc/deblock_ref.c - the filter one sample after the other, edge by edge, as H.264 8.7
 * says it.
 */
#include "kernels/h264enc/deblock_priv.h"

#include <stddef.h>
#include <stdlib.h>

#include "kernels/h264enc/transform_priv.h"

struct limits {
    int alpha;
    int beta;
    const uint8_t *move; /* by strength - 1 */
};

static struct limits limits_for(uint32_t qp)
{
    struct limits limits;

    limits.alpha = psk_enc_alpha[qp];
    limits.beta = psk_enc_beta[qp];
    limits.move = psk_enc_move[qp];
    return limits;
}

static int clamp(int value, int limit)
{
    return value < -limit ? -limit : value > limit ? limit : value;
}

/* A step this small or large is no block edge but content. @p q: first sample behind the edge. */
static int is_content(const uint8_t *q, ptrdiff_t step, const struct limits *limits)
{
    return abs(q[-step] - q[0]) >= limits->alpha || abs(q[-2 * step] - q[-step]) >= limits->beta ||
           abs(q[step] - q[0]) >= limits->beta;
}

/*
 * One side of a strong luma edge: @p a is the side's sample at the edge, @p in steps away from the
 * edge, @p b0 and @p b1 are the other side's. Returns by writing the three samples.
 */
static void smooth_side(uint8_t *a, ptrdiff_t in, int b0, int b1, int flat)
{
    const int a0 = a[0];
    const int a1 = a[in];
    const int a2 = a[2 * in];

    if (flat) {
        a[0] = (uint8_t)((a2 + 2 * a1 + 2 * a0 + 2 * b0 + b1 + 4) >> 3);
        a[in] = (uint8_t)((a2 + a1 + a0 + b0 + 2) >> 2);
        a[2 * in] = (uint8_t)((2 * a[3 * in] + 3 * a2 + a1 + a0 + b0 + 4) >> 3);
    } else {
        a[0] = (uint8_t)((2 * a1 + a0 + b1 + 2) >> 2);
    }
}

static void filter_luma_strong(uint8_t *q, ptrdiff_t step, const struct limits *limits)
{
    uint8_t *p = q - step;
    const int p0 = p[0];
    const int p1 = p[-step];
    const int q0 = q[0];
    const int q1 = q[step];
    const int near = abs(p0 - q0) < (limits->alpha >> 2) + 2;
    const int p_flat = near && abs(p[-2 * step] - p0) < limits->beta;
    const int q_flat = near && abs(q[2 * step] - q0) < limits->beta;

    smooth_side(p, -step, q0, q1, p_flat);
    smooth_side(q, step, p0, p1, q_flat);
}

static void filter_luma_weak(uint8_t *q, ptrdiff_t step, const struct limits *limits, int strength)
{
    uint8_t *p = q - step;
    const int p0 = p[0];
    const int p1 = p[-step];
    const int p2 = p[-2 * step];
    const int q0 = q[0];
    const int q1 = q[step];
    const int q2 = q[2 * step];
    const int move = limits->move[strength - 1];
    const int p_flat = abs(p2 - p0) < limits->beta;
    const int q_flat = abs(q2 - q0) < limits->beta;
    const int delta = clamp((4 * (q0 - p0) + p1 - q1 + 4) >> 3, move + p_flat + q_flat);
    const int middle = (p0 + q0 + 1) >> 1;

    p[0] = psk_enc_clip(p0 + delta);
    q[0] = psk_enc_clip(q0 - delta);
    if (p_flat)
        p[-step] = (uint8_t)(p1 + clamp((p2 + middle - 2 * p1) >> 1, move));
    if (q_flat)
        q[step] = (uint8_t)(q1 + clamp((q2 + middle - 2 * q1) >> 1, move));
}

static void filter_chroma(uint8_t *q, ptrdiff_t step, const struct limits *limits, int strength)
{
    uint8_t *p = q - step;
    const int p0 = p[0];
    const int p1 = p[-step];
    const int q0 = q[0];
    const int q1 = q[step];

    if (strength == 4) {
        p[0] = (uint8_t)((2 * p1 + p0 + q1 + 2) >> 2);
        q[0] = (uint8_t)((2 * q1 + q0 + p1 + 2) >> 2);
    } else {
        const int move = limits->move[strength - 1] + 1;
        const int delta = clamp((4 * (q0 - p0) + p1 - q1 + 4) >> 3, move);

        p[0] = psk_enc_clip(p0 + delta);
        q[0] = psk_enc_clip(q0 - delta);
    }
}

/* @p across steps over the edge, @p along it. */
static void filter_luma_edge(uint8_t *q, ptrdiff_t across, ptrdiff_t along,
                             const uint8_t strength[4], uint32_t qp)
{
    const struct limits limits = limits_for(qp);

    for (int i = 0; i < 16; i++) {
        uint8_t *at = q + i * along;
        const int s = strength[i >> 2];

        if (s == 0 || is_content(at, across, &limits))
            continue;
        if (s == 4)
            filter_luma_strong(at, across, &limits);
        else
            filter_luma_weak(at, across, &limits, s);
    }
}

static void filter_chroma_edge(uint8_t *q, ptrdiff_t across, ptrdiff_t along,
                               const uint8_t strength[4], uint32_t qp)
{
    const struct limits limits = limits_for(qp);

    for (int i = 0; i < 8; i++) {
        uint8_t *at = q + i * along;
        const int s = strength[i >> 1];

        if (s != 0 && !is_content(at, across, &limits))
            filter_chroma(at, across, &limits, s);
    }
}

/* @p block in raster order of 4x4. */
static int quarter_of(int block)
{
    return (block >> 3) * 2 + ((block >> 1) & 1);
}

/* By a whole sample or more. */
static uint8_t moved(struct psk_enc_mv a, struct psk_enc_mv b)
{
    return abs(a.x - b.x) >= 4 || abs(a.y - b.y) >= 4;
}

/*
 * Strengths of the @p edge-th edge (0..3) of @p mb; @p before is the macroblock on the other side,
 * itself for inner edges. @p vertical: the edge stands upright. Returns whether any is set.
 */
static int strengths_of(const struct psk_enc_mb *before, const struct psk_enc_mb *mb, int edge,
                        int vertical, uint8_t strength[4])
{
    int any = 0;

    for (int i = 0; i < 4; i++) {
        const int block = vertical ? i * 4 + edge : edge * 4 + i;
        const int other = vertical ? i * 4 + ((edge + 3) & 3) : ((edge + 3) & 3) * 4 + i;

        if (mb->intra || before->intra)
            strength[i] = edge == 0 ? 4 : 3;
        else if (mb->luma_count[block] != 0 || before->luma_count[other] != 0)
            strength[i] = 2;
        else
            strength[i] = moved(mb->mv[quarter_of(block)], before->mv[quarter_of(other)]);
        any |= strength[i];
    }
    return any;
}

static void filter_edge(struct psk_enc_recon *recon, const struct psk_enc_mb *before,
                        const struct psk_enc_mb *mb, uint32_t mb_x, uint32_t mb_y, uint32_t edge,
                        int vertical)
{
    const ptrdiff_t across = vertical ? 1 : PSK_ENC_WIDTH_MAX;
    const ptrdiff_t along = vertical ? PSK_ENC_WIDTH_MAX : 1;
    const uint32_t right = vertical ? edge : 0;
    const uint32_t down = vertical ? 0 : edge;
    uint8_t strength[4];

    if (!strengths_of(before, mb, (int)edge, vertical, strength))
        return;
    filter_luma_edge(&recon->luma[mb_y * 16 + down * 4][mb_x * 16 + right * 4], across, along,
                     strength, (before->qp + mb->qp + 1u) >> 1);
    if ((edge & 1) != 0)
        return;

    const uint32_t qp = (psk_enc_chroma_qp(before->qp) + psk_enc_chroma_qp(mb->qp) + 1) >> 1;
    const ptrdiff_t chroma_across = vertical ? 1 : PSK_ENC_WIDTH_MAX / 2;
    const ptrdiff_t chroma_along = vertical ? PSK_ENC_WIDTH_MAX / 2 : 1;

    for (int plane = 0; plane < 2; plane++)
        filter_chroma_edge(&recon->chroma[plane][mb_y * 8 + down * 2][mb_x * 8 + right * 2],
                           chroma_across, chroma_along, strength, qp);
}

static void filter_mb(const struct psk_enc_frame *frame, uint32_t mb_x, uint32_t mb_y,
                      struct psk_enc_recon *recon)
{
    const struct psk_enc_mb *mb = &frame->mb[mb_y][mb_x];

    for (uint32_t edge = mb_x > 0 ? 0 : 1; edge < 4; edge++)
        filter_edge(recon, edge == 0 ? &frame->mb[mb_y][mb_x - 1] : mb, mb, mb_x, mb_y, edge, 1);
    for (uint32_t edge = mb_y > 0 ? 0 : 1; edge < 4; edge++)
        filter_edge(recon, edge == 0 ? &frame->mb[mb_y - 1][mb_x] : mb, mb, mb_x, mb_y, edge, 0);
}

void psk_enc_deblock_ref(const struct psk_enc_frame *frame, struct psk_enc_recon *recon)
{
    for (uint32_t y = 0; y < frame->mb_height; y++) {
        for (uint32_t x = 0; x < frame->mb_width; x++) {
            filter_mb(frame, x, y, recon);
        }
    }
}
