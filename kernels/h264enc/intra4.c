/* SPDX-License-Identifier: BSD-3-Clause */
#include "kernels/h264enc/intra4_priv.h"

#include <string.h>

#include "kernels/h264enc/intra_priv.h"

/*
 * Whatever the mode, a predicted sample is one of 39 values: a neighbour S(i), the mean T(i) of
 * neighbours i and i + 1, the mean H(i) of three around i (its own weight is two; the ends repeat),
 * or the mean of the block's borders. So the modes are a table of which.
 */
#define S(i)        (i)
#define T(i)        (13 + (i))
#define H(i)        (25 + (i))
#define DC          38
#define VALUE_COUNT 39

/* By sample in raster order, then mode; the equations of 8.3.1.2. */
static const uint8_t value_of[16][PSK_ENC_INTRA4_MODE_COUNT] = {
    { S(5), S(3), DC, H(6), H(4), T(4), T(3), T(5), T(2) },
    { S(6), S(3), DC, H(7), H(5), T(5), H(4), T(6), H(2) },
    { S(7), S(3), DC, H(8), H(6), T(6), H(5), T(7), T(1) },
    { S(8), S(3), DC, H(9), H(7), T(7), H(6), T(8), H(1) },
    { S(5), S(2), DC, H(7), H(3), H(4), T(2), H(6), T(1) },
    { S(6), S(2), DC, H(8), H(4), H(5), H(3), H(7), H(1) },
    { S(7), S(2), DC, H(9), H(5), H(6), T(3), H(8), T(0) },
    { S(8), S(2), DC, H(10), H(6), H(7), H(4), H(9), H(0) },
    { S(5), S(1), DC, H(8), H(2), H(3), T(1), T(6), T(0) },
    { S(6), S(1), DC, H(9), H(3), T(4), H(2), T(7), H(0) },
    { S(7), S(1), DC, H(10), H(4), T(5), T(2), T(8), S(0) },
    { S(8), S(1), DC, H(11), H(5), T(6), H(3), T(9), S(0) },
    { S(5), S(0), DC, H(9), H(1), H(2), T(0), H(7), S(0) },
    { S(6), S(0), DC, H(10), H(2), H(4), H(1), H(8), S(0) },
    { S(7), S(0), DC, H(11), H(3), H(5), T(1), H(9), S(0) },
    { S(8), S(0), DC, H(12), H(4), H(6), H(2), H(10), S(0) },
};

/* Blocks whose neighbours to the upper right lie in the same macroblock and are coded before. */
#define TOP_RIGHT_INSIDE 0x5750u

void psk_enc_open_window(const struct psk_enc_recon *recon, uint32_t mb_width, uint32_t mb_x,
                         uint32_t mb_y, struct psk_enc_window *window)
{
    const uint32_t x0 = mb_x * 16;
    const uint32_t y0 = mb_y * 16;

    window->has_top = mb_y > 0;
    window->has_left = mb_x > 0;
    window->has_top_right = mb_y > 0 && mb_x + 1 < mb_width;
    if (mb_y > 0) {
        memcpy(&window->line[0][1], &recon->luma[y0 - 1][x0], 16);
        if (mb_x > 0)
            window->line[0][0] = recon->luma[y0 - 1][x0 - 1];
        if (mb_x + 1 < mb_width)
            memcpy(&window->line[0][17], &recon->luma[y0 - 1][x0 + 16], 4);
    }
    for (uint32_t y = 0; y < 16 && mb_x > 0; y++) {
#pragma HLS LOOP_TRIPCOUNT min = 0 max = 16
#pragma HLS PIPELINE II = 1
#pragma HLS LOOP_TRIPCOUNT min = 0 max = 16
        window->line[1 + y][0] = recon->luma[y0 + y][x0 - 1];
    }
}

static int has_top_right(const struct psk_enc_window *window, int block)
{
    if (block == 3)
        return window->has_top_right;
    return block < 3 ? window->has_top : (int)(TOP_RIGHT_INSIDE >> block & 1);
}

void psk_enc_edge_of(const struct psk_enc_window *window, int block, struct psk_enc_edge *edge)
{
    const int x = (block & 3) * 4;
    const int y = (block >> 2) * 4;

    edge->has_top = (uint8_t)(y > 0 || window->has_top);
    edge->has_left = (uint8_t)(x > 0 || window->has_left);
    for (int i = 0; i < 4; i++) {
#pragma HLS UNROLL
        edge->sample[i] = window->line[y + 4 - i][x];
    }
    memcpy(edge->sample + 4, &window->line[y][x], 5);
    if (has_top_right(window, block))
        memcpy(edge->sample + 9, &window->line[y][x + 5], 4);
    else
        memset(edge->sample + 9, edge->sample[8], 4);
}

int psk_enc_intra4_is_possible(int mode, const struct psk_enc_edge *edge)
{
    switch (mode) {
    case PSK_ENC_INTRA4_DC:
        return 1;
    case PSK_ENC_INTRA4_VERTICAL:
    case PSK_ENC_INTRA4_DOWN_LEFT:
    case PSK_ENC_INTRA4_VERTICAL_LEFT:
        return edge->has_top;
    case PSK_ENC_INTRA4_HORIZONTAL:
    case PSK_ENC_INTRA4_HORIZONTAL_UP:
        return edge->has_left;
    default:
        return edge->has_top && edge->has_left;
    }
}

static uint8_t mean_of_borders(const struct psk_enc_edge *edge)
{
    const uint8_t *s = edge->sample;
    const int left = s[0] + s[1] + s[2] + s[3];
    const int top = s[5] + s[6] + s[7] + s[8];

    if (edge->has_top && edge->has_left)
        return (uint8_t)((left + top + 4) >> 3);
    if (edge->has_top)
        return (uint8_t)((top + 2) >> 2);
    return (uint8_t)(edge->has_left ? (left + 2) >> 2 : 128);
}

void psk_enc_predict_intra4(const struct psk_enc_edge *edge, uint8_t pred[16][PSK_ENC_SATD_LANES])
{
    const uint8_t *s = edge->sample;
    uint8_t value[VALUE_COUNT];

    memcpy(value, s, 13);
    for (int i = 0; i < 12; i++) {
#pragma HLS UNROLL
        value[T(i)] = (uint8_t)((s[i] + s[i + 1] + 1) >> 1);
    }
    for (int i = 1; i < 12; i++) {
#pragma HLS UNROLL
        value[H(i)] = (uint8_t)((s[i - 1] + 2 * s[i] + s[i + 1] + 2) >> 2);
    }
    value[H(0)] = (uint8_t)((3 * s[0] + s[1] + 2) >> 2);
    value[H(12)] = (uint8_t)((s[11] + 3 * s[12] + 2) >> 2);
    value[DC] = mean_of_borders(edge);
    for (int i = 0; i < 16; i++) {
#pragma HLS PIPELINE II = 1
        for (int mode = 0; mode < PSK_ENC_INTRA4_MODE_COUNT; mode++)
            pred[i][mode] = value[value_of[i][mode]];
    }
}

int psk_enc_expect_intra4(const struct psk_enc_frame *frame, uint32_t mb_x, uint32_t mb_y,
                          int block, const uint8_t mode[16])
{
    int left, above;

    if (((block & 3) == 0 && mb_x == 0) || (block < 4 && mb_y == 0))
        return PSK_ENC_INTRA4_DC;
    left = (block & 3) != 0 ? mode[block - 1] : frame->mb[mb_y][mb_x - 1].intra4_mode[block + 3];
    above = block >= 4 ? mode[block - 4] : frame->mb[mb_y - 1][mb_x].intra4_mode[block + 12];
    return left < above ? left : above;
}
