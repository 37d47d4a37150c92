/* SPDX-License-Identifier: BSD-3-Clause */
#include "kernels/h264enc/picture_priv.h"

#include <string.h>

#include "kernels/abi/frame_sum.h"
#include "kernels/h264enc/inter_priv.h"

static void load_line(const uint8_t *from, uint8_t *to, uint32_t width, uint64_t first_word,
                      struct psk_frame_sum *sum)
{
    memcpy(to, from, width);
    psk_sum_line(sum, first_word, to, width);
}

void psk_enc_load_row(const uint8_t *frame, uint32_t width, uint32_t height, uint32_t mb_y,
                      uint64_t first_word, struct psk_enc_source *source, struct psk_frame_sum *sum)
{
    const uint8_t *chroma = frame + width * height; /* Cb's lines, then Cr's */
    const uint64_t first_chroma_word = first_word + PSK_LINE_WORDS(width) * height;
    const uint32_t rest = height - mb_y * 16;

    source->width = width;
    source->luma_lines = rest < 16 ? rest : 16;
    for (uint32_t y = 0; y < source->luma_lines; y++) {
#pragma HLS LOOP_TRIPCOUNT min = 2 max = 16
        const uint32_t row = mb_y * 16 + y;

        load_line(frame + row * width, source->luma[y], width,
                  first_word + row * PSK_LINE_WORDS(width), sum);
    }
    for (uint32_t plane = 0; plane < 2; plane++) {
        for (uint32_t y = 0; y < source->luma_lines / 2; y++) {
#pragma HLS LOOP_TRIPCOUNT min = 1 max = 8
            const uint32_t row = plane * (height / 2) + mb_y * 8 + y;

            load_line(chroma + row * (width / 2), source->chroma[plane][y], width / 2,
                      first_chroma_word + row * PSK_LINE_WORDS(width / 2), sum);
        }
    }
}

/* @p lines are @p stride apart; @p columns of them and @p rows belong to the picture. */
static void load_block(const uint8_t *lines, uint32_t stride, uint32_t columns, uint32_t rows,
                       uint32_t x0, uint32_t size, uint8_t *block)
{
    for (uint32_t y = 0; y < size; y++) {
#pragma HLS LOOP_TRIPCOUNT min = 8 max = 16
        const uint8_t *line = lines + (y < rows ? y : rows - 1) * stride;

        for (uint32_t x = 0; x < size; x++) {
#pragma HLS PIPELINE II = 1
#pragma HLS LOOP_TRIPCOUNT min = 8 max = 16
            block[y * size + x] = line[x0 + x < columns ? x0 + x : columns - 1];
        }
    }
}

void psk_enc_load_mb(const struct psk_enc_source *source, uint32_t mb_x,
                     struct psk_enc_samples *samples)
{
    const uint32_t columns = source->width / 2;
    const uint32_t rows = source->luma_lines / 2;

    load_block(source->luma[0], PSK_ENC_WIDTH_MAX, source->width, source->luma_lines, mb_x * 16, 16,
               samples->luma);
    for (int plane = 0; plane < 2; plane++)
        load_block(source->chroma[plane][0], PSK_ENC_WIDTH_MAX / 2, columns, rows, mb_x * 8, 8,
                   samples->chroma[plane]);
}

/* @p to points at the row's first sample; margins lie before and behind. */
static void copy_row(const uint8_t *from, uint8_t *to, uint32_t length, uint32_t margin)
{
    memset(to - margin, from[0], margin);
    memcpy(to, from, length);
    memset(to + length, from[length - 1], margin);
}

static void update_luma(const struct psk_enc_recon *recon, int width, int height,
                        struct psk_enc_reference *reference)
{
    for (int y = -PSK_ENC_MARGIN; y < height + PSK_ENC_MARGIN; y++) {
#pragma HLS LOOP_TRIPCOUNT min = 80 max = 1152
        const int row = y < 0 ? 0 : y >= height ? height - 1 : y;

        copy_row(recon->luma[row],
                 &reference->luma[PSK_ENC_WHOLE][y + PSK_ENC_MARGIN][PSK_ENC_MARGIN],
                 (uint32_t)width, PSK_ENC_MARGIN);
    }
}

static void update_chroma(const struct psk_enc_recon *recon, int plane, int width, int height,
                          struct psk_enc_reference *reference)
{
    const int margin = PSK_ENC_MARGIN / 2;

    for (int y = -margin; y < height + margin; y++) {
#pragma HLS LOOP_TRIPCOUNT min = 40 max = 576
        const int row = y < 0 ? 0 : y >= height ? height - 1 : y;

        copy_row(recon->chroma[plane][row], &reference->chroma[plane][y + margin][margin],
                 (uint32_t)width, PSK_ENC_MARGIN / 2);
    }
}

void psk_enc_update_reference(const struct psk_enc_recon *recon, uint32_t mb_width,
                              uint32_t mb_height, struct psk_enc_reference *reference)
{
    update_luma(recon, (int)mb_width * 16, (int)mb_height * 16, reference);
    update_chroma(recon, 0, (int)mb_width * 8, (int)mb_height * 8, reference);
    update_chroma(recon, 1, (int)mb_width * 8, (int)mb_height * 8, reference);
    psk_enc_fill_half_planes((int)mb_width * 16, (int)mb_height * 16, reference);
}
