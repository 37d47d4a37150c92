/* SPDX-License-Identifier: BSD-3-Clause */
#include "kernels/h264enc/intra_priv.h"

#include <string.h>

uint32_t psk_enc_chroma_mode_code(enum psk_enc_intra_mode mode)
{
    static const uint8_t code[PSK_ENC_INTRA_MODE_COUNT] = { 2, 1, 0, 3 };

    return code[mode];
}

void psk_enc_luma_border(const struct psk_enc_recon *recon, uint32_t mb_x, uint32_t mb_y,
                         struct psk_enc_border *border)
{
    const uint32_t x0 = mb_x * 16;
    const uint32_t y0 = mb_y * 16;

    border->has_top = mb_y > 0;
    border->has_left = mb_x > 0;
    border->corner = 0;
    for (uint32_t i = 0; i < 16; i++) {
#pragma HLS PIPELINE II = 1
        border->top[i] = mb_y > 0 ? recon->luma[y0 - 1][x0 + i] : 0;
        border->left[i] = mb_x > 0 ? recon->luma[y0 + i][x0 - 1] : 0;
    }
    if (mb_x > 0 && mb_y > 0)
        border->corner = recon->luma[y0 - 1][x0 - 1];
}

void psk_enc_chroma_border(const struct psk_enc_recon *recon, int plane, uint32_t mb_x,
                           uint32_t mb_y, struct psk_enc_border *border)
{
    const uint32_t x0 = mb_x * 8;
    const uint32_t y0 = mb_y * 8;

    border->has_top = mb_y > 0;
    border->has_left = mb_x > 0;
    border->corner = 0;
    for (uint32_t i = 0; i < 8; i++) {
#pragma HLS PIPELINE II = 1
        border->top[i] = mb_y > 0 ? recon->chroma[plane][y0 - 1][x0 + i] : 0;
        border->left[i] = mb_x > 0 ? recon->chroma[plane][y0 + i][x0 - 1] : 0;
    }
    if (mb_x > 0 && mb_y > 0)
        border->corner = recon->chroma[plane][y0 - 1][x0 - 1];
}

int psk_enc_intra_is_possible(enum psk_enc_intra_mode mode, const struct psk_enc_border *border)
{
    switch (mode) {
    case PSK_ENC_INTRA_VERTICAL:
        return border->has_top;
    case PSK_ENC_INTRA_HORIZONTAL:
        return border->has_left;
    case PSK_ENC_INTRA_PLANE:
        return border->has_top && border->has_left;
    default:
        return 1;
    }
}

static void predict_vertical(const struct psk_enc_border *border, int size, uint8_t *pred)
{
    for (int y = 0; y < size; y++) {
#pragma HLS LOOP_TRIPCOUNT min = 8 max = 16
        for (int x = 0; x < size; x++) {
#pragma HLS PIPELINE II = 1
#pragma HLS LOOP_TRIPCOUNT min = 8 max = 16
            pred[y * size + x] = border->top[x];
        }
    }
}

static void predict_horizontal(const struct psk_enc_border *border, int size, uint8_t *pred)
{
    for (int y = 0; y < size; y++) {
#pragma HLS LOOP_TRIPCOUNT min = 8 max = 16
        memset(pred + y * size, border->left[y], (size_t)size);
    }
}

/* Gradient along a border of @p size samples around its middle; corner is the sample before it. */
static int gradient(const uint8_t *line, uint8_t corner, int size)
{
    const int half = size / 2;
    int sum = half * (line[size - 1] - corner);

    for (int i = 1; i < half; i++) {
#pragma HLS LOOP_TRIPCOUNT min = 3 max = 7
        sum += i * (line[half - 1 + i] - line[half - 1 - i]);
    }
    return sum;
}

static void predict_plane(const struct psk_enc_border *border, int size, uint8_t *pred)
{
    const int factor = size == 16 ? 5 : 34;
    const int b = (factor * gradient(border->top, border->corner, size) + 32) >> 6;
    const int c = (factor * gradient(border->left, border->corner, size) + 32) >> 6;
    const int a = 16 * (border->left[size - 1] + border->top[size - 1]);
    const int middle = size / 2 - 1;

    for (int y = 0; y < size; y++) {
#pragma HLS LOOP_TRIPCOUNT min = 8 max = 16
        for (int x = 0; x < size; x++) {
#pragma HLS PIPELINE II = 1
#pragma HLS LOOP_TRIPCOUNT min = 8 max = 16
            pred[y * size + x] = psk_enc_clip((a + b * (x - middle) + c * (y - middle) + 16) >> 5);
        }
    }
}

static int sum_of(const uint8_t *line, int count)
{
    int sum = 0;

    for (int i = 0; i < count; i++) {
#pragma HLS LOOP_TRIPCOUNT min = 4 max = 16
        sum += line[i];
    }
    return sum;
}

static void predict_luma_dc(const struct psk_enc_border *border, uint8_t *pred)
{
    int dc = 128;

    if (border->has_top && border->has_left)
        dc = (sum_of(border->top, 16) + sum_of(border->left, 16) + 16) >> 5;
    else if (border->has_top)
        dc = (sum_of(border->top, 16) + 8) >> 4;
    else if (border->has_left)
        dc = (sum_of(border->left, 16) + 8) >> 4;
    memset(pred, dc, 256);
}

/* Each 4x4 block has its own DC; blocks off the diagonal prefer the border they touch. */
static uint8_t chroma_dc(const struct psk_enc_border *border, int bx, int by)
{
    const int top = sum_of(border->top + 4 * bx, 4);
    const int left = sum_of(border->left + 4 * by, 4);
    const int use_top = border->has_top && !(by > bx && border->has_left);
    const int use_left = border->has_left && !(bx > by && border->has_top);

    if (use_top && use_left)
        return (uint8_t)((top + left + 4) >> 3);
    if (use_top)
        return (uint8_t)((top + 2) >> 2);
    return (uint8_t)(use_left ? (left + 2) >> 2 : 128);
}

static void predict_chroma_dc(const struct psk_enc_border *border, uint8_t *pred)
{
    for (int block = 0; block < 4; block++) {
        const int bx = block & 1;
        const int by = block >> 1;
        const uint8_t dc = chroma_dc(border, bx, by);

        for (int y = 0; y < 4; y++)
            memset(pred + (4 * by + y) * 8 + 4 * bx, dc, 4);
    }
}

void psk_enc_predict_luma_intra(enum psk_enc_intra_mode mode, const struct psk_enc_border *border,
                                uint8_t pred[256])
{
    if (mode == PSK_ENC_INTRA_VERTICAL)
        predict_vertical(border, 16, pred);
    else if (mode == PSK_ENC_INTRA_HORIZONTAL)
        predict_horizontal(border, 16, pred);
    else if (mode == PSK_ENC_INTRA_PLANE)
        predict_plane(border, 16, pred);
    else
        predict_luma_dc(border, pred);
}

void psk_enc_predict_chroma_intra(enum psk_enc_intra_mode mode, const struct psk_enc_border *border,
                                  uint8_t pred[64])
{
    if (mode == PSK_ENC_INTRA_VERTICAL)
        predict_vertical(border, 8, pred);
    else if (mode == PSK_ENC_INTRA_HORIZONTAL)
        predict_horizontal(border, 8, pred);
    else if (mode == PSK_ENC_INTRA_PLANE)
        predict_plane(border, 8, pred);
    else
        predict_chroma_dc(border, pred);
}
