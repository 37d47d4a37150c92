/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * kernels/h264enc/deblock.c - sixteen samples of an edge at a time.
 *
 * A macroblock and what lies before it become lines across which all edges run the same way, so
 * that one filter serves both directions: upright edges are turned first, and back after.
 */
#include "kernels/h264enc/deblock_priv.h"

#include <stdlib.h>
#include <string.h>

#include "kernels/h264enc/transform_priv.h"

const uint8_t psk_enc_alpha[52] = { 0,  0,  0,  0,   0,   0,   0,   0,   0,   0,   0,   0,   0,
                                    0,  0,  0,  4,   4,   5,   6,   7,   8,   9,   10,  12,  13,
                                    15, 17, 20, 22,  25,  28,  32,  36,  40,  45,  50,  56,  63,
                                    71, 80, 90, 101, 113, 127, 144, 162, 182, 203, 226, 255, 255 };
const uint8_t psk_enc_beta[52] = { 0,  0,  0,  0,  0,  0,  0,  0,  0,  0,  0,  0,  0,
                                   0,  0,  0,  2,  2,  2,  3,  3,  3,  3,  4,  4,  4,
                                   6,  6,  7,  7,  8,  8,  9,  9,  10, 10, 11, 11, 12,
                                   12, 13, 13, 14, 14, 15, 15, 16, 16, 17, 17, 18, 18 };

/* Table 8-17; nothing moves below index 17. */
const uint8_t psk_enc_move[52][3] = {
    { 0 },         { 0 },          { 0 },          { 0 },          { 0 },         { 0 },
    { 0 },         { 0 },          { 0 },          { 0 },          { 0 },         { 0 },
    { 0 },         { 0 },          { 0 },          { 0 },          { 0 },         { 0, 0, 1 },
    { 0, 0, 1 },   { 0, 0, 1 },    { 0, 0, 1 },    { 0, 1, 1 },    { 0, 1, 1 },   { 1, 1, 1 },
    { 1, 1, 1 },   { 1, 1, 1 },    { 1, 1, 1 },    { 1, 1, 2 },    { 1, 1, 2 },   { 1, 1, 2 },
    { 1, 1, 2 },   { 1, 2, 3 },    { 1, 2, 3 },    { 2, 2, 3 },    { 2, 2, 4 },   { 2, 3, 4 },
    { 2, 3, 4 },   { 3, 3, 5 },    { 3, 4, 6 },    { 3, 4, 6 },    { 4, 5, 7 },   { 4, 5, 8 },
    { 4, 6, 9 },   { 5, 7, 10 },   { 6, 8, 11 },   { 6, 8, 13 },   { 7, 10, 14 }, { 8, 11, 16 },
    { 9, 12, 18 }, { 10, 13, 20 }, { 11, 15, 23 }, { 13, 17, 25 },
};

#define LANES         16
#define LUMA_BEFORE   16 /* lines before the macroblock's first */
#define CHROMA_BEFORE 8

/* The macroblock before and this one; of chroma Cb beside Cr. */
struct lines {
    uint8_t luma[LUMA_BEFORE + 16][LANES];
    uint8_t chroma[CHROMA_BEFORE + 8][LANES];
};

/* By edge and by quarter of its length. */
struct strengths {
    uint8_t at[4][4];
};

static int16_t clamp(int16_t value, int16_t limit)
{
    const int16_t low = (int16_t)-limit;
    const int16_t above = value < low ? low : value;

    return above > limit ? limit : above;
}

static int16_t magnitude(int value)
{
    const int16_t narrow = (int16_t)value;

    return (int16_t)(narrow < 0 ? -narrow : narrow);
}

static uint8_t clip(int16_t value)
{
    const int16_t low = value < 0 ? (int16_t)0 : value;

    return (uint8_t)(low > 255 ? (int16_t)255 : low);
}

/*
 * @p q: the first line behind the edge; @p move by lane, -1 where there is nothing to filter.
 * Conditions become limits of 0, so that lanes need no branch.
 */
static void filter_luma_weak(uint8_t *q, int16_t alpha, int16_t beta, const int16_t move[LANES])
{
    uint8_t out[4][LANES];

    for (int i = 0; i < LANES; i++) {
#pragma HLS UNROLL
        const int16_t p2 = q[i - 3 * LANES];
        const int16_t p1 = q[i - 2 * LANES];
        const int16_t p0 = q[i - LANES];
        const int16_t q0 = q[i];
        const int16_t q1 = q[i + LANES];
        const int16_t q2 = q[i + 2 * LANES];
        const int16_t most = move[i];
        const int on = (most >= 0) & (magnitude(p0 - q0) < alpha) & (magnitude(p1 - p0) < beta) &
                       (magnitude(q1 - q0) < beta);
        const int p_flat = on & (magnitude(p2 - p0) < beta);
        const int q_flat = on & (magnitude(q2 - q0) < beta);
        const int16_t limit = (int16_t)((most & -on) + p_flat + q_flat);
        const int16_t delta = clamp((int16_t)((4 * (q0 - p0) + p1 - q1 + 4) >> 3), limit);
        const int16_t middle = (int16_t)((p0 + q0 + 1) >> 1);
        const int16_t p_half = (int16_t)((p2 + middle - 2 * p1) >> 1);
        const int16_t q_half = (int16_t)((q2 + middle - 2 * q1) >> 1);

        out[0][i] = (uint8_t)(p1 + clamp(p_half, (int16_t)(most & -p_flat)));
        out[1][i] = clip((int16_t)(p0 + delta));
        out[2][i] = clip((int16_t)(q0 - delta));
        out[3][i] = (uint8_t)(q1 + clamp(q_half, (int16_t)(most & -q_flat)));
    }
    memcpy(q - 2 * LANES, out, sizeof(out));
}

/* Strength 4: all along the edge. */
static void filter_luma_strong(uint8_t *q, int16_t alpha, int16_t beta)
{
    uint8_t out[6][LANES];

    for (int i = 0; i < LANES; i++) {
#pragma HLS UNROLL
        const int16_t p3 = q[i - 4 * LANES];
        const int16_t p2 = q[i - 3 * LANES];
        const int16_t p1 = q[i - 2 * LANES];
        const int16_t p0 = q[i - LANES];
        const int16_t q0 = q[i];
        const int16_t q1 = q[i + LANES];
        const int16_t q2 = q[i + 2 * LANES];
        const int16_t q3 = q[i + 3 * LANES];
        const int16_t step = magnitude(p0 - q0);
        const int on = (step < alpha) & (magnitude(p1 - p0) < beta) & (magnitude(q1 - q0) < beta);
        const int near = on & (step < (alpha >> 2) + 2);
        const int p_flat = near & (magnitude(p2 - p0) < beta);
        const int q_flat = near & (magnitude(q2 - q0) < beta);
        const int16_t p0_weak = (int16_t)(on ? (2 * p1 + p0 + q1 + 2) >> 2 : p0);
        const int16_t q0_weak = (int16_t)(on ? (2 * q1 + q0 + p1 + 2) >> 2 : q0);

        out[0][i] = (uint8_t)(p_flat ? (2 * p3 + 3 * p2 + p1 + p0 + q0 + 4) >> 3 : p2);
        out[1][i] = (uint8_t)(p_flat ? (p2 + p1 + p0 + q0 + 2) >> 2 : p1);
        out[2][i] = (uint8_t)(p_flat ? (p2 + 2 * p1 + 2 * p0 + 2 * q0 + q1 + 4) >> 3 : p0_weak);
        out[3][i] = (uint8_t)(q_flat ? (q2 + 2 * q1 + 2 * q0 + 2 * p0 + p1 + 4) >> 3 : q0_weak);
        out[4][i] = (uint8_t)(q_flat ? (q2 + q1 + q0 + p0 + 2) >> 2 : q1);
        out[5][i] = (uint8_t)(q_flat ? (2 * q3 + 3 * q2 + q1 + q0 + p0 + 4) >> 3 : q2);
    }
    memcpy(q - 3 * LANES, out, sizeof(out));
}

/* @p move as above, one more than luma's; @p strong: strength 4. */
static void filter_chroma(uint8_t *q, int16_t alpha, int16_t beta, const int16_t move[LANES],
                          int strong)
{
    uint8_t out[2][LANES];

    for (int i = 0; i < LANES; i++) {
#pragma HLS UNROLL
        const int16_t p1 = q[i - 2 * LANES];
        const int16_t p0 = q[i - LANES];
        const int16_t q0 = q[i];
        const int16_t q1 = q[i + LANES];
        const int on = (move[i] > 0) & (magnitude(p0 - q0) < alpha) & (magnitude(p1 - p0) < beta) &
                       (magnitude(q1 - q0) < beta);
        const int16_t delta =
            clamp((int16_t)((4 * (q0 - p0) + p1 - q1 + 4) >> 3), (int16_t)(on ? move[i] : 0));
        const int16_t p0_strong = (int16_t)(on ? (2 * p1 + p0 + q1 + 2) >> 2 : p0);
        const int16_t q0_strong = (int16_t)(on ? (2 * q1 + q0 + p1 + 2) >> 2 : q0);

        out[0][i] = strong ? (uint8_t)p0_strong : clip((int16_t)(p0 + delta));
        out[1][i] = strong ? (uint8_t)q0_strong : clip((int16_t)(q0 - delta));
    }
    memcpy(q - LANES, out, sizeof(out));
}

/* @p count lanes for each of the four strengths; strength 4 moves freely. */
static void moves_of(const uint8_t strength[4], uint32_t qp, int count, int16_t *move)
{
    for (int i = 0; i < 4; i++) {
        const int s = strength[i];
        const int16_t most = (int16_t)(s == 0 ? -1 : s == 4 ? 0 : psk_enc_move[qp][s - 1]);

        for (int k = 0; k < count; k++) {
#pragma HLS LOOP_TRIPCOUNT min = 2 max = 4
            move[i * count + k] = most;
        }
    }
}

static void filter_luma_edge(uint8_t *q, const uint8_t strength[4], uint32_t qp)
{
    int16_t move[LANES];

    if (strength[0] == 4) {
        filter_luma_strong(q, psk_enc_alpha[qp], psk_enc_beta[qp]);
        return;
    }
    moves_of(strength, qp, 4, move);
    filter_luma_weak(q, psk_enc_alpha[qp], psk_enc_beta[qp], move);
}

static void filter_chroma_edge(uint8_t *q, const uint8_t strength[4], uint32_t qp)
{
    int16_t move[LANES];

    moves_of(strength, qp, 2, move);
    for (int i = 0; i < 8; i++) {
#pragma HLS UNROLL
        move[i]++;
        move[8 + i] = move[i];
    }
    filter_chroma(q, psk_enc_alpha[qp], psk_enc_beta[qp], move, strength[0] == 4);
}

/* Those edges whose bit in @p edges is set. */
static void filter_lines(const struct psk_enc_mb *before, const struct psk_enc_mb *mb,
                         const struct strengths *strength, uint32_t edges, struct lines *lines)
{
    for (int edge = 0; edge < 4; edge++) {
        const struct psk_enc_mb *other = edge == 0 ? before : mb;
        const uint32_t chroma_qp =
            (psk_enc_chroma_qp(other->qp) + psk_enc_chroma_qp(mb->qp) + 1) >> 1;

        if ((edges >> edge & 1) == 0)
            continue;
        filter_luma_edge(lines->luma[LUMA_BEFORE + edge * 4], strength->at[edge],
                         (other->qp + mb->qp + 1u) >> 1);
        if ((edge & 1) == 0)
            filter_chroma_edge(lines->chroma[CHROMA_BEFORE + edge * 2], strength->at[edge],
                               chroma_qp);
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

/* Whether edges inside the macroblock may have any strength. */
static int is_plain(const struct psk_enc_mb *mb)
{
    int levels = 0;

    for (int i = 0; i < 16; i++) {
#pragma HLS UNROLL
        levels |= mb->luma_count[i];
    }
    return !mb->intra && levels == 0 && !moved(mb->mv[0], mb->mv[1]) &&
           !moved(mb->mv[0], mb->mv[2]) && !moved(mb->mv[1], mb->mv[3]) &&
           !moved(mb->mv[2], mb->mv[3]);
}

/*
 * Strengths of the @p edge-th edge of @p mb; @p before is the macroblock on the other side, itself
 * for inner edges. Returns whether any is set.
 */
static uint32_t strengths_of(const struct psk_enc_mb *before, const struct psk_enc_mb *mb, int edge,
                             int upright, uint8_t strength[4])
{
    uint32_t any = 0;

    for (int i = 0; i < 4; i++) {
#pragma HLS UNROLL
        const int block = upright ? i * 4 + edge : edge * 4 + i;
        const int other = upright ? i * 4 + ((edge + 3) & 3) : ((edge + 3) & 3) * 4 + i;

        if (mb->intra || before->intra)
            strength[i] = edge == 0 ? 4 : 3;
        else if (mb->luma_count[block] != 0 || before->luma_count[other] != 0)
            strength[i] = 2;
        else
            strength[i] = moved(mb->mv[quarter_of(block)], before->mv[quarter_of(other)]);
        any |= strength[i];
    }
    return any != 0;
}

/* A bit for each edge with anything to filter. Without @p has_before there is no outer edge. */
static uint32_t edges_of(const struct psk_enc_mb *before, const struct psk_enc_mb *mb,
                         int has_before, int upright, struct strengths *strength)
{
    uint32_t edges = has_before ? strengths_of(before, mb, 0, upright, strength->at[0]) : 0;

    if (is_plain(mb))
        return edges;
    for (int edge = 1; edge < 4; edge++)
        edges |= strengths_of(mb, mb, edge, upright, strength->at[edge]) << edge;
    return edges;
}

/* Rotates the eight bits of a sample's place by one: line and column each have four. */
static void interleave(const uint8_t in[256], uint8_t *__restrict out)
{
    for (int i = 0; i < 128; i++) {
#pragma HLS UNROLL
        out[2 * i] = in[i];
        out[2 * i + 1] = in[128 + i];
    }
}

/* Lines become columns. */
static void turn(const uint8_t in[256], uint8_t *__restrict out)
{
    uint8_t once[256];
    uint8_t twice[256];

    interleave(in, once);
    interleave(once, twice);
    interleave(twice, once);
    interleave(once, out);
}

static void turn_luma_in(const struct psk_enc_recon *recon, uint32_t x, uint32_t y,
                         uint8_t lines[16][LANES])
{
    uint8_t block[256];

    for (uint32_t row = 0; row < 16; row++)
        memcpy(block + row * 16, &recon->luma[y + row][x], 16);
    turn(block, lines[0]);
}

static void turn_luma_out(uint8_t lines[16][LANES], uint32_t x, uint32_t y,
                          struct psk_enc_recon *recon)
{
    uint8_t block[256];

    turn(lines[0], block);
    for (uint32_t row = 0; row < 16; row++)
        memcpy(&recon->luma[y + row][x], block + row * 16, 16);
}

/* Eight columns from @p x - 8 on, if there are any, and eight more; Cb's rows, then Cr's. */
static void turn_chroma_in(const struct psk_enc_recon *recon, uint32_t x, uint32_t y,
                           uint8_t lines[16][LANES])
{
    const uint32_t before = x > 0 ? x - 8 : x;
    uint8_t block[256];

    for (uint32_t row = 0; row < 16; row++) {
        const uint8_t *from = recon->chroma[row >> 3][y + (row & 7)];

        memcpy(block + row * 16, from + before, 8);
        memcpy(block + row * 16 + 8, from + x, 8);
    }
    turn(block, lines[0]);
}

static void turn_chroma_out(uint8_t lines[16][LANES], uint32_t x, uint32_t y,
                            struct psk_enc_recon *recon)
{
    uint8_t block[256];

    turn(lines[0], block);
    for (uint32_t row = 0; row < 16; row++) {
        uint8_t *to = recon->chroma[row >> 3][y + (row & 7)];

        if (x > 0)
            memcpy(to + x - 8, block + row * 16, 8);
        memcpy(to + x, block + row * 16 + 8, 8);
    }
}

static void filter_upright(const struct psk_enc_frame *frame, uint32_t mb_x, uint32_t mb_y,
                           struct psk_enc_recon *recon)
{
    const struct psk_enc_mb *mb = &frame->mb[mb_y][mb_x];
    const struct psk_enc_mb *before = mb_x > 0 ? mb - 1 : mb;
    struct strengths strength;
    const uint32_t edges = edges_of(before, mb, mb_x > 0, 1, &strength);
    struct lines lines;

    if (edges == 0)
        return;
    if ((edges & 1) != 0)
        turn_luma_in(recon, mb_x * 16 - 16, mb_y * 16, lines.luma);
    turn_luma_in(recon, mb_x * 16, mb_y * 16, lines.luma + LUMA_BEFORE);
    if ((edges & 5) != 0)
        turn_chroma_in(recon, mb_x * 8, mb_y * 8, lines.chroma);
    filter_lines(before, mb, &strength, edges, &lines);
    if ((edges & 1) != 0)
        turn_luma_out(lines.luma, mb_x * 16 - 16, mb_y * 16, recon);
    turn_luma_out(lines.luma + LUMA_BEFORE, mb_x * 16, mb_y * 16, recon);
    if ((edges & 5) != 0)
        turn_chroma_out(lines.chroma, mb_x * 8, mb_y * 8, recon);
}

static void filter_level(const struct psk_enc_frame *frame, uint32_t mb_x, uint32_t mb_y,
                         struct psk_enc_recon *recon)
{
    const struct psk_enc_mb *mb = &frame->mb[mb_y][mb_x];
    const struct psk_enc_mb *before = mb_y > 0 ? &frame->mb[mb_y - 1][mb_x] : mb;
    struct strengths strength;
    const uint32_t edges = edges_of(before, mb, mb_y > 0, 0, &strength);
    const uint32_t luma_before = mb_y > 0 ? 4 : 0;
    const uint32_t chroma_before = mb_y > 0 ? 2 : 0;
    struct lines lines;

    if (edges == 0)
        return;
    for (uint32_t i = LUMA_BEFORE - luma_before; i < LUMA_BEFORE + 16; i++) {
#pragma HLS LOOP_TRIPCOUNT min = 16 max = 20
        memcpy(lines.luma[i], &recon->luma[mb_y * 16 + i - LUMA_BEFORE][mb_x * 16], 16);
    }
    for (uint32_t i = CHROMA_BEFORE - chroma_before; i < CHROMA_BEFORE + 8; i++) {
#pragma HLS LOOP_TRIPCOUNT min = 8 max = 10
        for (int plane = 0; plane < 2; plane++)
            memcpy(lines.chroma[i] + plane * 8,
                   &recon->chroma[plane][mb_y * 8 + i - CHROMA_BEFORE][mb_x * 8], 8);
    }
    filter_lines(before, mb, &strength, edges, &lines);
    for (uint32_t i = LUMA_BEFORE - luma_before; i < LUMA_BEFORE + 16; i++) {
#pragma HLS LOOP_TRIPCOUNT min = 16 max = 20
        memcpy(&recon->luma[mb_y * 16 + i - LUMA_BEFORE][mb_x * 16], lines.luma[i], 16);
    }
    for (uint32_t i = CHROMA_BEFORE - chroma_before; i < CHROMA_BEFORE + 8; i++) {
#pragma HLS LOOP_TRIPCOUNT min = 8 max = 10
        for (int plane = 0; plane < 2; plane++)
            memcpy(&recon->chroma[plane][mb_y * 8 + i - CHROMA_BEFORE][mb_x * 8],
                   lines.chroma[i] + plane * 8, 8);
    }
}

void psk_enc_deblock(const struct psk_enc_frame *frame, struct psk_enc_recon *recon)
{
    for (uint32_t y = 0; y < frame->mb_height; y++) {
#pragma HLS LOOP_TRIPCOUNT min = 1 max = 68
        for (uint32_t x = 0; x < frame->mb_width; x++) {
#pragma HLS LOOP_TRIPCOUNT min = 1 max = 120
            filter_upright(frame, x, y, recon);
            filter_level(frame, x, y, recon);
        }
    }
}
