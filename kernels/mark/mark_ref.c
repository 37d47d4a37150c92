/* SPDX-License-Identifier: BSD-3-Clause */
/* kernels/mark/mark_ref.c - the mark sample by sample, as its definition reads. */
#include "kernels/mark/mark.h"

#include "kernels/abi/frame_sum.h"
#include "kernels/mark/pattern_priv.h"

struct picture {
    const uint8_t *luma;
    uint32_t width, height;
    uint32_t key_lo, key_hi, segment, strength;
};

static int sign_of(const struct picture *p, int column, int row)
{
    const int c = column < 0 ? 0 : column >= PSK_MARK_COLUMNS ? PSK_MARK_COLUMNS - 1 : column;
    const int r = row < 0 ? 0 : row >= PSK_MARK_ROWS ? PSK_MARK_ROWS - 1 : row;

    return psk_mark_sign(p->key_lo, p->key_hi, p->segment, (uint32_t)c, (uint32_t)r);
}

/* Q16: the signs of the four cells whose centres surround the sample, weighted by nearness. */
static int pattern_at(const struct picture *p, uint32_t x, uint32_t y)
{
    const int u = (int)((2 * x + 1) * PSK_MARK_COLUMNS * 128 / p->width) - 128;
    const int v = (int)((2 * y + 1) * PSK_MARK_ROWS * 128 / p->height) - 128;
    const int column = u >> 8;
    const int row = v >> 8;
    const int fx = u & 255;
    const int fy = v & 255;

    return (256 - fy) * ((256 - fx) * sign_of(p, column, row) + fx * sign_of(p, column + 1, row)) +
           fy * ((256 - fx) * sign_of(p, column, row + 1) + fx * sign_of(p, column + 1, row + 1));
}

static int amplitude_at(const struct picture *p, uint32_t x, uint32_t y)
{
    uint32_t count = 0;
    uint32_t sum = 0;
    uint32_t squares = 0;

    for (uint32_t j = y / 8 * 8; j < y / 8 * 8 + 8 && j < p->height; j++) {
        for (uint32_t i = x / 8 * 8; i < x / 8 * 8 + 8 && i < p->width; i++) {
            const uint32_t sample = p->luma[j * p->width + i];

            count++;
            sum += sample;
            squares += sample * sample;
        }
    }
    return (int)psk_mark_amplitude(count, sum, squares, p->strength);
}

static uint8_t clip(int value)
{
    return (uint8_t)(value < 0 ? 0 : value > 255 ? 255 : value);
}

static void mark_frame(const struct picture *p, uint8_t *dst_a, uint8_t *dst_b, uint32_t frame)
{
    const uint32_t luma = p->width * p->height;

    for (uint32_t i = 0; i < luma; i++) {
        const uint32_t x = i % p->width;
        const uint32_t y = i / p->width;
        const int delta = (amplitude_at(p, x, y) * pattern_at(p, x, y)) >> 16;
        const int dither = psk_mark_dither(psk_mark_row_seed(p->segment, frame, y), x);
        const int step = (delta + dither) >> 8;

        dst_a[i] = clip(p->luma[i] + step);
        dst_b[i] = clip(p->luma[i] - step);
    }
    for (uint32_t i = luma; i < luma + luma / 2; i++) {
        dst_a[i] = p->luma[i];
        dst_b[i] = p->luma[i];
    }
}

void psk_mark_ref(const uint8_t *src, uint8_t *dst_a, uint8_t *dst_b, uint32_t width,
                  uint32_t height, uint32_t frame_count, uint32_t key_lo, uint32_t key_hi,
                  uint32_t segment, uint32_t first_frame, uint32_t strength,
                  struct psk_status *status)
{
    struct picture p = { src, width, height, key_lo, key_hi, segment, strength };
    const struct psk_status bad = { .code = PSK_BAD_ARGUMENT };

    *status = bad;
    if (width < 16 || width > PSK_WIDTH_MAX || height < 16 || height > PSK_HEIGHT_MAX ||
        (width | height) % 2 != 0 || strength > PSK_MARK_STRENGTH_MAX || frame_count < 1 ||
        frame_count > PSK_BATCH_FRAMES_MAX)
        return;
    for (uint32_t i = 0; i < frame_count; i++) {
        const uint64_t at = i * PSK_FRAME_BYTES(width, height);

        p.luma = src + at;
        mark_frame(&p, dst_a + at, dst_b + at, first_frame + i);
    }
    status->code = PSK_OK;
    status->frames_done = frame_count;
    status->in = psk_sum_frames_ref(src, width, height, frame_count);
    status->out[0] = psk_sum_frames_ref(dst_a, width, height, frame_count);
    status->out[1] = psk_sum_frames_ref(dst_b, width, height, frame_count);
}
