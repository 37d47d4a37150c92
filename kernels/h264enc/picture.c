/* SPDX-License-Identifier: BSD-3-Clause */
#include "kernels/h264enc/picture_priv.h"

#include <string.h>

static void load_block(const uint8_t *plane, uint32_t width, uint32_t height, uint32_t x0,
                       uint32_t y0, uint32_t size, uint8_t *block)
{
    for (uint32_t y = 0; y < size; y++) {
#pragma HLS LOOP_TRIPCOUNT min = 8 max = 16
        const uint32_t row = y0 + y < height ? y0 + y : height - 1;
        const uint8_t *line = plane + row * width;

        for (uint32_t x = 0; x < size; x++) {
#pragma HLS PIPELINE II = 1
            block[y * size + x] = line[x0 + x < width ? x0 + x : width - 1];
        }
    }
}

void psk_enc_load_source(const uint8_t *frame, uint32_t width, uint32_t height, uint32_t mb_x,
                         uint32_t mb_y, struct psk_enc_samples *source)
{
    const uint8_t *cb = frame + width * height;
    const uint8_t *cr = cb + width * height / 4;

    load_block(frame, width, height, mb_x * 16, mb_y * 16, 16, source->luma);
    load_block(cb, width / 2, height / 2, mb_x * 8, mb_y * 8, 8, source->chroma[0]);
    load_block(cr, width / 2, height / 2, mb_x * 8, mb_y * 8, 8, source->chroma[1]);
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

        copy_row(recon->luma[row], &reference->luma[y + PSK_ENC_MARGIN][PSK_ENC_MARGIN],
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
}
