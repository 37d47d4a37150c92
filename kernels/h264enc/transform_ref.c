/* SPDX-License-Identifier: BSD-3-Clause */
/* kernels/h264enc/transform_ref.c - transforms as matrices, scaling as H.264 8.5 writes it. */
#include "kernels/h264enc/transform_priv.h"

#include <stdlib.h>

enum kind { EVEN, ODD, MIXED };

static const int quant_factor[6][3] = { { 13107, 5243, 8066 }, { 11916, 4660, 7490 },
                                        { 10082, 4194, 6554 }, { 9362, 3647, 5825 },
                                        { 8192, 3355, 5243 },  { 7282, 2893, 4559 } };
static const int norm_adjust[6][3] = { { 10, 16, 13 }, { 11, 18, 14 }, { 13, 20, 16 },
                                       { 14, 23, 18 }, { 16, 25, 20 }, { 18, 29, 23 } };
static const int core[4][4] = {
    { 1, 1, 1, 1 }, { 2, 1, -1, -2 }, { 1, -1, -1, 1 }, { 1, -2, 2, -1 }
};
static const int hadamard4[4][4] = {
    { 1, 1, 1, 1 }, { 1, 1, -1, -1 }, { 1, -1, -1, 1 }, { 1, -1, 1, -1 }
};
static const int hadamard2[2][2] = { { 1, 1 }, { 1, -1 } };

static enum kind kind_of(int i)
{
    const int column_odd = i % 4 % 2;
    const int row_odd = i / 4 % 2;

    return column_odd != row_odd ? MIXED : column_odd ? ODD : EVEN;
}

/* One sample of M X M transposed. */
static int both_ways(const int matrix[4][4], const int16_t x[16], int row, int column)
{
    int sum = 0;

    for (int i = 0; i < 4; i++)
        for (int j = 0; j < 4; j++)
            sum += matrix[row][i] * x[i * 4 + j] * matrix[column][j];
    return sum;
}

void psk_enc_forward_ref(const int16_t residual[16], int16_t coef[16])
{
    for (int i = 0; i < 16; i++)
        coef[i] = (int16_t)both_ways(core, residual, i / 4, i % 4);
}

/* Equations 8-338 to 8-345: four values @p stride apart. */
static void inverse_line(int *d, int stride)
{
    const int e0 = d[0] + d[2 * stride];
    const int e1 = d[0] - d[2 * stride];
    const int e2 = (d[stride] >> 1) - d[3 * stride];
    const int e3 = d[stride] + (d[3 * stride] >> 1);

    d[0] = e0 + e3;
    d[stride] = e1 + e2;
    d[2 * stride] = e1 - e2;
    d[3 * stride] = e0 - e3;
}

void psk_enc_inverse_ref(const int16_t coef[16], int16_t residual[16])
{
    int d[16];

    for (int i = 0; i < 16; i++)
        d[i] = coef[i];
    for (int row = 0; row < 4; row++)
        inverse_line(d + 4 * row, 1);
    for (int column = 0; column < 4; column++)
        inverse_line(d + column, 4);
    for (int i = 0; i < 16; i++)
        residual[i] = (int16_t)((d[i] + 32) >> 6);
}

uint32_t psk_enc_quantise_ref(const int16_t coef[16], int16_t level[16], uint32_t qp, int rounding)
{
    const int64_t one = (int64_t)1 << (15 + qp / 6);
    uint32_t count = 0;

    for (int i = 0; i < 16; i++) {
        const int64_t scaled = (int64_t)abs(coef[i]) * quant_factor[qp % 6][kind_of(i)];
        const int64_t magnitude = (scaled + one / (rounding == PSK_ENC_ROUND_INTER   ? 6
                                                   : rounding == PSK_ENC_ROUND_INTRA ? 3
                                                                                     : 2)) /
                                  one;

        level[i] = (int16_t)(coef[i] < 0 ? -magnitude : magnitude);
        if (level[i] != 0)
            count++;
    }
    return count;
}

void psk_enc_dequantise_ref(const int16_t level[16], int16_t coef[16], uint32_t qp)
{
    for (int i = 0; i < 16; i++) {
        const int level_scale = 16 * norm_adjust[qp % 6][kind_of(i)];

        if (qp >= 24)
            coef[i] = (int16_t)(level[i] * level_scale * (1 << (qp / 6 - 4)));
        else
            coef[i] = (int16_t)((level[i] * level_scale + (1 << (3 - qp / 6))) >> (4 - qp / 6));
    }
}

void psk_enc_luma_dc_inverse_ref(const int16_t level[16], int16_t dc[16], uint32_t qp)
{
    const int level_scale = 16 * norm_adjust[qp % 6][EVEN];

    for (int i = 0; i < 16; i++) {
        const int f = both_ways(hadamard4, level, i / 4, i % 4);

        if (qp >= 36)
            dc[i] = (int16_t)(f * level_scale * (1 << (qp / 6 - 6)));
        else
            dc[i] = (int16_t)((f * level_scale + (1 << (5 - qp / 6))) >> (6 - qp / 6));
    }
}

void psk_enc_chroma_dc_inverse_ref(const int16_t level[4], int16_t dc[4], uint32_t qp)
{
    const int level_scale = 16 * norm_adjust[qp % 6][EVEN];

    for (int k = 0; k < 4; k++) {
        int f = 0;

        for (int i = 0; i < 2; i++)
            for (int j = 0; j < 2; j++)
                f += hadamard2[k / 2][i] * level[i * 2 + j] * hadamard2[k % 2][j];
        dc[k] = (int16_t)((f * level_scale * (1 << (qp / 6))) >> 5);
    }
}
