/* SPDX-License-Identifier: BSD-3-Clause */
#include "kernels/h264enc/satd_priv.h"

static inline int16_t larger(int16_t a, int16_t b)
{
    return a > b ? a : b;
}

/* In 16 bits, as all sums here: wider ones would halve the lanes. */
static inline int16_t magnitude(int value)
{
    return larger((int16_t)value, (int16_t)-value);
}

/*
 * Of four lines of @p columns samples, the vertical half of the transform; @p out by coefficient,
 * sixteen apart, then column. At most 4 * 255.
 */
static void transform_columns(const uint8_t *a, const uint8_t *b, int stride, int columns,
                              int16_t *__restrict out)
{
    for (int x = 0; x < columns; x++) {
#pragma HLS UNROLL
        const int16_t d0 = (int16_t)(a[x] - b[x]);
        const int16_t d1 = (int16_t)(a[stride + x] - b[stride + x]);
        const int16_t d2 = (int16_t)(a[2 * stride + x] - b[2 * stride + x]);
        const int16_t d3 = (int16_t)(a[3 * stride + x] - b[3 * stride + x]);
        const int16_t s01 = (int16_t)(d0 + d1);
        const int16_t d01 = (int16_t)(d0 - d1);
        const int16_t s23 = (int16_t)(d2 + d3);
        const int16_t d23 = (int16_t)(d2 - d3);

        out[x] = (int16_t)(s01 + s23);
        out[16 + x] = (int16_t)(s01 - s23);
        out[32 + x] = (int16_t)(d01 + d23);
        out[48 + x] = (int16_t)(d01 - d23);
    }
}

/*
 * The horizontal half of @p count groups of four columns, summed up. Of two sums and differences
 * |p + q| + |p - q| is twice the larger of |p| and |q|: the last step and the halving in one.
 */
static void add_rows(const int16_t *in, int count, uint16_t *sum)
{
    for (int i = 0; i < count; i++) {
#pragma HLS UNROLL
        const int16_t s01 = magnitude(in[4 * i] + in[4 * i + 1]);
        const int16_t d01 = magnitude(in[4 * i] - in[4 * i + 1]);
        const int16_t s23 = magnitude(in[4 * i + 2] + in[4 * i + 3]);
        const int16_t d23 = magnitude(in[4 * i + 2] - in[4 * i + 3]);

        sum[i] = (uint16_t)(sum[i] + larger(s01, s23) + larger(d01, d23));
    }
}

/* A lane of a 16x16 block adds up four times 4080. */
uint32_t psk_enc_satd_16(const uint8_t *a, const uint8_t *b, int rows)
{
    uint16_t sum[16] = { 0 };
    uint32_t total = 0;

    for (int y = 0; y < rows; y += 4) {
#pragma HLS LOOP_TRIPCOUNT min = 2 max = 4
        int16_t column[64];

        transform_columns(a + y * 16, b + y * 16, 16, 16, column);
        add_rows(column, 16, sum);
    }
    for (int i = 0; i < 16; i++) {
#pragma HLS UNROLL
        total += sum[i];
    }
    return total;
}

/* Lines 4..7 go beside lines 0..3: sixteen lanes again. */
uint32_t psk_enc_satd_8(const uint8_t *a, const uint8_t *b, int stride, int rows)
{
    uint16_t sum[16] = { 0 };
    uint32_t total = 0;

    for (int y = 0; y < rows; y += 8) {
#pragma HLS LOOP_TRIPCOUNT min = 1 max = 2
        int16_t column[64];

        transform_columns(a + y * stride, b + y * stride, stride, 8, column);
        transform_columns(a + (y + 4) * stride, b + (y + 4) * stride, stride, 8, column + 8);
        add_rows(column, 16, sum);
    }
    for (int i = 0; i < 16; i++) {
#pragma HLS UNROLL
        total += sum[i];
    }
    return total;
}

/* Horizontal sums and differences of one line of the block, by coefficient, then lane. */
static void transform_line(const uint8_t source[4], uint8_t pred[4][PSK_ENC_SATD_LANES],
                           int16_t out[4][PSK_ENC_SATD_LANES])
{
    for (int i = 0; i < PSK_ENC_SATD_LANES; i++) {
#pragma HLS UNROLL
        const int16_t d0 = (int16_t)(source[0] - pred[0][i]);
        const int16_t d1 = (int16_t)(source[1] - pred[1][i]);
        const int16_t d2 = (int16_t)(source[2] - pred[2][i]);
        const int16_t d3 = (int16_t)(source[3] - pred[3][i]);
        const int16_t s01 = (int16_t)(d0 + d1);
        const int16_t d01 = (int16_t)(d0 - d1);
        const int16_t s23 = (int16_t)(d2 + d3);
        const int16_t d23 = (int16_t)(d2 - d3);

        out[0][i] = (int16_t)(s01 + s23);
        out[1][i] = (int16_t)(s01 - s23);
        out[2][i] = (int16_t)(d01 + d23);
        out[3][i] = (int16_t)(d01 - d23);
    }
}

void psk_enc_satd_lanes(const uint8_t source[16], uint8_t pred[16][PSK_ENC_SATD_LANES],
                        uint16_t satd[PSK_ENC_SATD_LANES])
{
    int16_t line[4][4][PSK_ENC_SATD_LANES];
    uint16_t sum[PSK_ENC_SATD_LANES] = { 0 };

    for (int y = 0; y < 4; y++)
        transform_line(source + 4 * y, pred + 4 * y, line[y]);
    for (int k = 0; k < 4; k++) {
        for (int i = 0; i < PSK_ENC_SATD_LANES; i++) {
#pragma HLS UNROLL
            const int16_t s01 = magnitude(line[0][k][i] + line[1][k][i]);
            const int16_t d01 = magnitude(line[0][k][i] - line[1][k][i]);
            const int16_t s23 = magnitude(line[2][k][i] + line[3][k][i]);
            const int16_t d23 = magnitude(line[2][k][i] - line[3][k][i]);

            sum[i] = (uint16_t)(sum[i] + larger(s01, s23) + larger(d01, d23));
        }
    }
    for (int i = 0; i < PSK_ENC_SATD_LANES; i++)
        satd[i] = sum[i];
}
