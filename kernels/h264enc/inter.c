/* SPDX-License-Identifier: BSD-3-Clause */
/* kernels/h264enc/inter.c - half-sample planes, and prediction out of them. */
#include "kernels/h264enc/inter_priv.h"

#include <string.h>

#define STRIDE PSK_ENC_REFERENCE_STRIDE

/* The six taps reach three samples: farther outside than that, planes repeat their border too. */
#define RIM 4

static int16_t six_taps(int a, int b, int c, int d, int e, int f)
{
    return (int16_t)(a - 5 * (b + e) + 20 * (c + d) + f);
}

/* As psk_enc_clip(), in 16 bits. */
static uint8_t clip(int16_t value)
{
    const int16_t low = value < 0 ? (int16_t)0 : value;

    return (uint8_t)(low > 255 ? (int16_t)255 : low);
}

/*
 * (a - 5 b + 20 c + 512) >> 10 without leaving 16 bits: that is ((((a - b) >> 2) + c - b) >> 2)
 * + c + 32) >> 6, as >> rounds down every time. The inner sum could overflow, so its halves are
 * shifted before they meet, and what that drops is added by itself.
 */
static uint8_t half_of_halves(const int16_t *sum)
{
    const int16_t a = (int16_t)(sum[0] + sum[5]);
    const int16_t b = (int16_t)(sum[1] + sum[4]);
    const int16_t c = (int16_t)(sum[2] + sum[3]);
    const int16_t u = (int16_t)((int16_t)(a - b) >> 2);
    const int16_t v = (int16_t)(c - b);
    const int16_t dropped = (int16_t)(((u & 3) + (v & 3)) >> 2);
    const int16_t inner = (int16_t)((u >> 2) + (v >> 2) + dropped + c);

    return clip((int16_t)((int16_t)(inner + 32) >> 6));
}

/* @p whole and the planes point at the first of @p length samples. */
static void fill_half_right(const uint8_t *whole, int length, uint8_t *__restrict right)
{
    for (int x = 0; x < length; x++) {
#pragma HLS PIPELINE II = 1
#pragma HLS LOOP_TRIPCOUNT min = 24 max = 1928
        const int16_t sum = six_taps(whole[x - 2], whole[x - 1], whole[x], whole[x + 1],
                                     whole[x + 2], whole[x + 3]);

        right[x] = clip((int16_t)((int16_t)(sum + 16) >> 5));
    }
}

static void fill_half_below(const uint8_t *whole, int length, uint8_t *__restrict below,
                            uint8_t *__restrict both)
{
    int16_t sums[STRIDE];

    for (int x = -2; x < length + 3; x++) {
#pragma HLS PIPELINE II = 1
#pragma HLS LOOP_TRIPCOUNT min = 29 max = 1933
        sums[x + 2] = six_taps(whole[x - 2 * STRIDE], whole[x - STRIDE], whole[x],
                               whole[x + STRIDE], whole[x + 2 * STRIDE], whole[x + 3 * STRIDE]);
    }
    for (int x = 0; x < length; x++) {
#pragma HLS PIPELINE II = 1
#pragma HLS LOOP_TRIPCOUNT min = 24 max = 1928
        below[x] = clip((int16_t)((int16_t)(sums[x + 2] + 16) >> 5));
        both[x] = half_of_halves(sums + x);
    }
}

/* Repeat what lies at the rim, to the left and right; @p row points at the margin's begin. */
static void pad_row(uint8_t *row, int width)
{
    uint8_t *end = row + PSK_ENC_MARGIN + width + RIM;

    memset(row, row[PSK_ENC_MARGIN - RIM], PSK_ENC_MARGIN - RIM);
    memset(end, end[-1], PSK_ENC_MARGIN - RIM);
}

/* The same above and below. */
static void pad_plane(uint8_t rows[][STRIDE], int width, int height)
{
    const size_t length = (size_t)(width + 2 * PSK_ENC_MARGIN);
    const int end = PSK_ENC_MARGIN + height + RIM;

    for (int i = 0; i < PSK_ENC_MARGIN - RIM; i++) {
        memcpy(rows[i], rows[PSK_ENC_MARGIN - RIM], length);
        memcpy(rows[end + i], rows[end - 1], length);
    }
}

void psk_enc_fill_half_planes(int width, int height, struct psk_enc_reference *reference)
{
    const int first = PSK_ENC_MARGIN - RIM;

    for (int row = first; row < first + height + 2 * RIM; row++) {
#pragma HLS LOOP_TRIPCOUNT min = 24 max = 1096
        const uint8_t *whole = &reference->luma[PSK_ENC_WHOLE][row][first];

        fill_half_right(whole, width + 2 * RIM, &reference->luma[PSK_ENC_HALF_RIGHT][row][first]);
        fill_half_below(whole, width + 2 * RIM, &reference->luma[PSK_ENC_HALF_BELOW][row][first],
                        &reference->luma[PSK_ENC_HALF_BOTH][row][first]);
        for (int plane = PSK_ENC_HALF_RIGHT; plane < PSK_ENC_PLANES; plane++)
            pad_row(reference->luma[plane][row], width);
    }
    for (int plane = PSK_ENC_HALF_RIGHT; plane < PSK_ENC_PLANES; plane++)
        pad_plane(reference->luma[plane], width, height);
}

/*
 * Which two blocks a quarter position is the mean of, as distances from the whole sample up left
 * of it (H.264 figure 8-4, read as [fraction y][fraction x]). A plane's own position names it
 * twice.
 */
#define FROM(plane, right, below) ((plane)*PSK_ENC_PLANE_SIZE + (below)*STRIDE + (right))

static const int32_t blocks_of[16][2] = {
    { FROM(0, 0, 0), FROM(0, 0, 0) }, { FROM(0, 0, 0), FROM(1, 0, 0) },
    { FROM(1, 0, 0), FROM(1, 0, 0) }, { FROM(1, 0, 0), FROM(0, 1, 0) },
    { FROM(0, 0, 0), FROM(2, 0, 0) }, { FROM(1, 0, 0), FROM(2, 0, 0) },
    { FROM(1, 0, 0), FROM(3, 0, 0) }, { FROM(1, 0, 0), FROM(2, 1, 0) },
    { FROM(2, 0, 0), FROM(2, 0, 0) }, { FROM(2, 0, 0), FROM(3, 0, 0) },
    { FROM(3, 0, 0), FROM(3, 0, 0) }, { FROM(3, 0, 0), FROM(2, 1, 0) },
    { FROM(2, 0, 0), FROM(0, 0, 1) }, { FROM(2, 0, 0), FROM(1, 0, 1) },
    { FROM(3, 0, 0), FROM(1, 0, 1) }, { FROM(2, 1, 0), FROM(1, 0, 1) },
};

/* Two widths, each fixed, so that a row is one vector operation. */
static void mean_16_wide(const uint8_t *a, const uint8_t *b, int rows, uint8_t *__restrict pred)
{
    for (int y = 0; y < rows; y++) {
#pragma HLS LOOP_TRIPCOUNT min = 8 max = 16
        for (int x = 0; x < 16; x++) {
#pragma HLS UNROLL
            pred[y * 16 + x] = (uint8_t)((a[y * STRIDE + x] + b[y * STRIDE + x] + 1) >> 1);
        }
    }
}

static void mean_8_wide(const uint8_t *a, const uint8_t *b, int rows, uint8_t *__restrict pred)
{
    for (int y = 0; y < rows; y++) {
#pragma HLS LOOP_TRIPCOUNT min = 8 max = 16
        for (int x = 0; x < 8; x++) {
#pragma HLS UNROLL
            pred[y * 16 + x] = (uint8_t)((a[y * STRIDE + x] + b[y * STRIDE + x] + 1) >> 1);
        }
    }
}

void psk_enc_predict_luma_part(const struct psk_enc_reference *reference, uint32_t mb_x,
                               uint32_t mb_y, struct psk_enc_part part, struct psk_enc_mv mv,
                               uint8_t pred[256])
{
    const uint8_t *at = psk_enc_luma_at(reference, mb_x, mb_y, part, mv);
    const int32_t *block = blocks_of[(mv.y & 3) * 4 + (mv.x & 3)];
    uint8_t *to = pred + part.y * 128 + part.x * 8;

    if (part.width == 2)
        mean_16_wide(at + block[0], at + block[1], part.height * 8, to);
    else
        mean_8_wide(at + block[0], at + block[1], part.height * 8, to);
}

void psk_enc_predict_chroma_part(const struct psk_enc_reference *reference, uint32_t mb_x,
                                 uint32_t mb_y, struct psk_enc_part part, struct psk_enc_mv mv,
                                 struct psk_enc_samples *pred)
{
    const int x0 = (int)mb_x * 8 + part.x * 4 + (mv.x >> 3) + PSK_ENC_MARGIN / 2;
    const int y0 = (int)mb_y * 8 + part.y * 4 + (mv.y >> 3) + PSK_ENC_MARGIN / 2;
    const int fx = mv.x & 7;
    const int fy = mv.y & 7;

    for (int plane = 0; plane < 2; plane++) {
        for (int y = 0; y < part.height * 4; y++) {
#pragma HLS LOOP_TRIPCOUNT min = 4 max = 8
            const uint8_t *upper = &reference->chroma[plane][y0 + y][x0];
            const uint8_t *lower = &reference->chroma[plane][y0 + y + 1][x0];
            uint8_t *to = &pred->chroma[plane][(part.y * 4 + y) * 8 + part.x * 4];

            for (int x = 0; x < part.width * 4; x++) {
#pragma HLS PIPELINE II = 1
#pragma HLS LOOP_TRIPCOUNT min = 4 max = 8
                const int sum = (8 - fy) * ((8 - fx) * upper[x] + fx * upper[x + 1]) +
                                fy * ((8 - fx) * lower[x] + fx * lower[x + 1]);

                to[x] = (uint8_t)((sum + 32) >> 6);
            }
        }
    }
}

void psk_enc_predict_inter(const struct psk_enc_reference *reference, uint32_t mb_x, uint32_t mb_y,
                           struct psk_enc_mv mv, struct psk_enc_samples *pred)
{
    const struct psk_enc_part whole = { 0, 0, 2, 2 };

    psk_enc_predict_luma_part(reference, mb_x, mb_y, whole, mv, pred->luma);
    psk_enc_predict_chroma_part(reference, mb_x, mb_y, whole, mv, pred);
}
