/* SPDX-License-Identifier: BSD-3-Clause */
#include "kernels/h264enc/transform_priv.h"

#include <stdlib.h>
#include <string.h>

/* The tables know three kinds of positions: both even (a), both odd (b), mixed (c). */
/* clang-format off */
#define RASTER(a, b, c) { a, c, a, c, c, b, c, b, a, c, a, c, c, b, c, b }
/* clang-format on */

static const uint16_t quant_scale[6][16] = {
    RASTER(13107, 5243, 8066), RASTER(11916, 4660, 7490), RASTER(10082, 4194, 6554),
    RASTER(9362, 3647, 5825),  RASTER(8192, 3355, 5243),  RASTER(7282, 2893, 4559),
};

static const int16_t dequant_scale[6][16] = {
    RASTER(10, 16, 13), RASTER(11, 18, 14), RASTER(13, 20, 16),
    RASTER(14, 23, 18), RASTER(16, 25, 20), RASTER(18, 29, 23),
};

static const uint8_t chroma_qp_above_29[22] = { 29, 30, 31, 32, 32, 33, 34, 34, 35, 35, 36,
                                                36, 37, 37, 37, 38, 38, 38, 39, 39, 39, 39 };

uint32_t psk_enc_chroma_qp(uint32_t qp)
{
    return qp < 30 ? qp : chroma_qp_above_29[qp - 30];
}

void psk_enc_forward(const int16_t residual[16], int16_t coef[16])
{
    int row[16];

    for (int i = 0; i < 16; i += 4) {
#pragma HLS UNROLL
        const int s03 = residual[i] + residual[i + 3];
        const int d03 = residual[i] - residual[i + 3];
        const int s12 = residual[i + 1] + residual[i + 2];
        const int d12 = residual[i + 1] - residual[i + 2];

        row[i] = s03 + s12;
        row[i + 1] = 2 * d03 + d12;
        row[i + 2] = s03 - s12;
        row[i + 3] = d03 - 2 * d12;
    }
    for (int i = 0; i < 4; i++) {
#pragma HLS UNROLL
        const int s03 = row[i] + row[i + 12];
        const int d03 = row[i] - row[i + 12];
        const int s12 = row[i + 4] + row[i + 8];
        const int d12 = row[i + 4] - row[i + 8];

        coef[i] = (int16_t)(s03 + s12);
        coef[i + 4] = (int16_t)(2 * d03 + d12);
        coef[i + 8] = (int16_t)(s03 - s12);
        coef[i + 12] = (int16_t)(d03 - 2 * d12);
    }
}

/* Sixteen bits hold it all: a coefficient is at most 36 * 255. */
static void forward_columns(const uint8_t *source, const uint8_t *pred, int stride, int columns,
                            int16_t *out)
{
    for (int x = 0; x < columns; x++) {
#pragma HLS LOOP_TRIPCOUNT min = 8 max = 16
        const int16_t d0 = (int16_t)(source[x] - pred[x]);
        const int16_t d1 = (int16_t)(source[stride + x] - pred[stride + x]);
        const int16_t d2 = (int16_t)(source[2 * stride + x] - pred[2 * stride + x]);
        const int16_t d3 = (int16_t)(source[3 * stride + x] - pred[3 * stride + x]);
        const int16_t s03 = (int16_t)(d0 + d3);
        const int16_t d03 = (int16_t)(d0 - d3);
        const int16_t s12 = (int16_t)(d1 + d2);
        const int16_t d12 = (int16_t)(d1 - d2);

        out[x] = (int16_t)(s03 + s12);
        out[columns + x] = (int16_t)(2 * d03 + d12);
        out[2 * columns + x] = (int16_t)(s03 - s12);
        out[3 * columns + x] = (int16_t)(d03 - 2 * d12);
    }
}

static void forward_lines(const int16_t *in, int groups, int16_t *out)
{
    for (int i = 0; i < groups; i++) {
#pragma HLS LOOP_TRIPCOUNT min = 8 max = 16
        const int16_t s03 = (int16_t)(in[4 * i] + in[4 * i + 3]);
        const int16_t d03 = (int16_t)(in[4 * i] - in[4 * i + 3]);
        const int16_t s12 = (int16_t)(in[4 * i + 1] + in[4 * i + 2]);
        const int16_t d12 = (int16_t)(in[4 * i + 1] - in[4 * i + 2]);

        out[4 * i] = (int16_t)(s03 + s12);
        out[4 * i + 1] = (int16_t)(2 * d03 + d12);
        out[4 * i + 2] = (int16_t)(s03 - s12);
        out[4 * i + 3] = (int16_t)(d03 - 2 * d12);
    }
}

/* From lines of all blocks to blocks of four lines. */
static void sort_lines(const int16_t *line, int columns, int16_t *coef)
{
    for (int x = 0; x < columns; x += 4) {
#pragma HLS LOOP_TRIPCOUNT min = 2 max = 4
        for (int y = 0; y < 4; y++)
            memcpy(coef + x * 4 + y * 4, line + y * columns + x, 4 * sizeof(*coef));
    }
}

void psk_enc_forward_row(const uint8_t *source, const uint8_t *pred, int stride, int columns,
                         int16_t *coef)
{
    int16_t column[64];
    int16_t line[64];

    if (columns == 16) { /* fixed lengths vectorise */
        forward_columns(source, pred, stride, 16, column);
        forward_lines(column, 16, line);
        sort_lines(line, 16, coef);
    } else {
        forward_columns(source, pred, stride, 8, column);
        forward_lines(column, 8, line);
        sort_lines(line, 8, coef);
    }
}

void psk_enc_inverse(const int16_t coef[16], int16_t residual[16])
{
    int row[16];

    for (int i = 0; i < 16; i += 4) {
#pragma HLS UNROLL
        const int e = coef[i] + coef[i + 2];
        const int f = coef[i] - coef[i + 2];
        const int g = (coef[i + 1] >> 1) - coef[i + 3];
        const int h = coef[i + 1] + (coef[i + 3] >> 1);

        row[i] = e + h;
        row[i + 1] = f + g;
        row[i + 2] = f - g;
        row[i + 3] = e - h;
    }
    for (int i = 0; i < 4; i++) {
#pragma HLS UNROLL
        const int e = row[i] + row[i + 8] + 32;
        const int f = row[i] - row[i + 8] + 32;
        const int g = (row[i + 4] >> 1) - row[i + 12];
        const int h = row[i + 4] + (row[i + 12] >> 1);

        residual[i] = (int16_t)((e + h) >> 6);
        residual[i + 4] = (int16_t)((f + g) >> 6);
        residual[i + 8] = (int16_t)((f - g) >> 6);
        residual[i + 12] = (int16_t)((e - h) >> 6);
    }
}

static int16_t quantised(int coef, uint32_t scale, uint32_t round, uint32_t shift)
{
    const int level = (int)(((uint32_t)abs(coef) * scale + round) >> shift);

    return (int16_t)(coef < 0 ? -level : level);
}

/* 1 / this is added; by PSK_ENC_ROUND_... */
static const uint8_t round_divisor[3] = { 6, 3, 2 };

/* Up to here a coefficient of qp 0..5 is 0 with that rounding: 2^15 less the share, by scale. */
/* clang-format off */
#define REST(d)       (32768 - 32768 / (d))
#define BELOW(d, a, b, c) RASTER(REST(d) / (a), REST(d) / (b), REST(d) / (c))
#define BELOW_6(d)                                                                                 \
    { BELOW(d, 13107, 5243, 8066), BELOW(d, 11916, 4660, 7490), BELOW(d, 10082, 4194, 6554),       \
      BELOW(d, 9362, 3647, 5825),  BELOW(d, 8192, 3355, 5243),  BELOW(d, 7282, 2893, 4559) }
/* clang-format on */
static const int16_t zero_below[3][6][16] = { BELOW_6(6), BELOW_6(3), BELOW_6(2) };

uint32_t psk_enc_quantise(const int16_t coef[16], int16_t level[16], uint32_t qp, int rounding)
{
    const uint32_t shift = 15 + qp / 6;
    const uint32_t round = (1u << shift) / round_divisor[rounding];
    const uint16_t *scale = quant_scale[qp % 6];
    uint32_t count = 0;

    for (int i = 0; i < 16; i++) {
#pragma HLS UNROLL
        level[i] = quantised(coef[i], scale[i], round, shift);
    }
    for (int i = 0; i < 16; i++) {
#pragma HLS UNROLL
        count += level[i] != 0;
    }
    return count;
}

int psk_enc_dequant_step(int i, uint32_t qp)
{
    return dequant_scale[qp % 6][i] * (1 << (qp / 6));
}

/* In 16 bits throughout, for the lanes: one of the differences is negative, or none. */
int psk_enc_is_zero(const int16_t coef[16], uint32_t qp, int rounding)
{
    const int16_t *limit = zero_below[rounding][qp % 6];
    const uint32_t shift = qp / 6;
    int16_t below = 0;

    for (int i = 0; i < 16; i++) {
#pragma HLS UNROLL
        const int16_t minus = (int16_t)-coef[i];
        const int16_t size = coef[i] > minus ? coef[i] : minus;

        below = (int16_t)(below | (int16_t)((int16_t)(limit[i] << shift) - 1 - size));
    }
    return below >= 0;
}

void psk_enc_dequantise(const int16_t level[16], int16_t coef[16], uint32_t qp)
{
    const int16_t *scale = dequant_scale[qp % 6];
    const int factor = 1 << (qp / 6);

    for (int i = 0; i < 16; i++) {
#pragma HLS UNROLL
        coef[i] = (int16_t)(level[i] * scale[i] * factor);
    }
}

/* 4x4 Hadamard, unscaled; it is its own inverse up to a factor. */
static void hadamard(const int16_t in[16], int out[16])
{
    int row[16];

    for (int i = 0; i < 16; i += 4) {
#pragma HLS UNROLL
        const int s01 = in[i] + in[i + 1];
        const int d01 = in[i] - in[i + 1];
        const int s23 = in[i + 2] + in[i + 3];
        const int d23 = in[i + 2] - in[i + 3];

        row[i] = s01 + s23;
        row[i + 1] = s01 - s23;
        row[i + 2] = d01 - d23;
        row[i + 3] = d01 + d23;
    }
    for (int i = 0; i < 4; i++) {
#pragma HLS UNROLL
        const int s01 = row[i] + row[i + 4];
        const int d01 = row[i] - row[i + 4];
        const int s23 = row[i + 8] + row[i + 12];
        const int d23 = row[i + 8] - row[i + 12];

        out[i] = s01 + s23;
        out[i + 4] = s01 - s23;
        out[i + 8] = d01 - d23;
        out[i + 12] = d01 + d23;
    }
}

uint32_t psk_enc_luma_dc_forward(const int16_t dc[16], int16_t level[16], uint32_t qp)
{
    const uint32_t shift = 16 + qp / 6;
    uint32_t count = 0;
    int sum[16];

    hadamard(dc, sum);
    for (int i = 0; i < 16; i++) {
#pragma HLS UNROLL
        level[i] = quantised((sum[i] + 1) >> 1, quant_scale[qp % 6][0], (1u << shift) / 3, shift);
        count += level[i] != 0;
    }
    return count;
}

void psk_enc_luma_dc_inverse(const int16_t level[16], int16_t dc[16], uint32_t qp)
{
    const int scale = dequant_scale[qp % 6][0];
    int sum[16];

    hadamard(level, sum);
    for (int i = 0; i < 16; i++) {
#pragma HLS UNROLL
        const int scaled = sum[i] * scale * (1 << (qp / 6));

        dc[i] = (int16_t)((scaled + 2) >> 2);
    }
}

uint32_t psk_enc_chroma_dc_forward(const int16_t dc[4], int16_t level[4], uint32_t qp, int intra)
{
    const uint32_t shift = 16 + qp / 6;
    const uint32_t round =
        (1u << shift) / round_divisor[intra ? PSK_ENC_ROUND_INTRA : PSK_ENC_ROUND_INTER];
    const uint32_t scale = quant_scale[qp % 6][0];

    level[0] = quantised(dc[0] + dc[1] + dc[2] + dc[3], scale, round, shift);
    level[1] = quantised(dc[0] - dc[1] + dc[2] - dc[3], scale, round, shift);
    level[2] = quantised(dc[0] + dc[1] - dc[2] - dc[3], scale, round, shift);
    level[3] = quantised(dc[0] - dc[1] - dc[2] + dc[3], scale, round, shift);
    return (uint32_t)((level[0] != 0) + (level[1] != 0) + (level[2] != 0) + (level[3] != 0));
}

void psk_enc_chroma_dc_inverse(const int16_t level[4], int16_t dc[4], uint32_t qp)
{
    const int scale = dequant_scale[qp % 6][0] * (1 << (qp / 6));

    dc[0] = (int16_t)(((level[0] + level[1] + level[2] + level[3]) * scale) >> 1);
    dc[1] = (int16_t)(((level[0] - level[1] + level[2] - level[3]) * scale) >> 1);
    dc[2] = (int16_t)(((level[0] + level[1] - level[2] - level[3]) * scale) >> 1);
    dc[3] = (int16_t)(((level[0] - level[1] - level[2] + level[3]) * scale) >> 1);
}
