/* SPDX-License-Identifier: BSD-3-Clause */
/* kernels/mark/mark_ref.c - the mark sample by sample, as its definition reads. */
#include "kernels/mark/mark.h"

#include <stdlib.h>

#include "kernels/abi/frame_sum.h"
#include "kernels/mark/cycles.h"
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

struct block {
    uint32_t count, sum, squares;
};

/* Samples with left <= x < right and top <= y < bottom. */
static struct block block_of(const struct picture *p, uint32_t left, uint32_t right, uint32_t top,
                             uint32_t bottom)
{
    struct block block = { 0, 0, 0 };

    for (uint32_t y = top; y < bottom && y < p->height; y++) {
        for (uint32_t x = left; x < right && x < p->width; x++) {
            const uint32_t sample = p->luma[y * p->width + x];

            block.count++;
            block.sum += sample;
            block.squares += sample * sample;
        }
    }
    return block;
}

static uint32_t amplitude_of(struct block block)
{
    return psk_mark_amplitude(block.count, block.sum, block.squares);
}

static uint32_t amplitude_at(const struct picture *p, uint32_t x, uint32_t y)
{
    return amplitude_of(block_of(p, x / 8 * 8, x / 8 * 8 + 8, y / 8 * 8, y / 8 * 8 + 8));
}

/* Cells beyond an edge are those at the edge. */
static struct block cell_of(const struct picture *p, int column, int row)
{
    const uint32_t c = (uint32_t)(column < 0                   ? 0
                                  : column >= PSK_MARK_COLUMNS ? PSK_MARK_COLUMNS - 1
                                                               : column);
    const uint32_t r = (uint32_t)(row < 0 ? 0 : row >= PSK_MARK_ROWS ? PSK_MARK_ROWS - 1 : row);

    return block_of(p, psk_mark_cell_edge(c, PSK_MARK_COLUMNS, p->width),
                    psk_mark_cell_edge(c + 1, PSK_MARK_COLUMNS, p->width),
                    psk_mark_cell_edge(r, PSK_MARK_ROWS, p->height),
                    psk_mark_cell_edge(r + 1, PSK_MARK_ROWS, p->height));
}

static int mean_of(const struct picture *p, int column, int row)
{
    const struct block cell = cell_of(p, column, row);

    return (int)(cell.sum * 16 / cell.count);
}

/* What a cell has more than its neighbours. */
static void high_pass(const struct picture *p, int high[PSK_MARK_ROWS][PSK_MARK_COLUMNS])
{
    for (int row = 0; row < PSK_MARK_ROWS; row++) {
        for (int column = 0; column < PSK_MARK_COLUMNS; column++) {
            high[row][column] = 9 * mean_of(p, column, row);
            for (int i = 0; i < 9; i++)
                high[row][column] -= mean_of(p, column + i % 3 - 1, row + i / 3 - 1);
        }
    }
}

static uint32_t deviations(int high[PSK_MARK_ROWS][PSK_MARK_COLUMNS], int column, int row)
{
    uint32_t sum = 0;

    for (int i = 0; i < 9; i++) {
        int c = column + i % 3 - 1;
        int r = row + i / 3 - 1;

        c = c < 0 ? 0 : c >= PSK_MARK_COLUMNS ? PSK_MARK_COLUMNS - 1 : c;
        r = r < 0 ? 0 : r >= PSK_MARK_ROWS ? PSK_MARK_ROWS - 1 : r;
        sum += (uint32_t)abs(high[r][c]);
    }
    return sum;
}

static struct psk_mark_measure measure(const struct picture *p)
{
    static int high[PSK_MARK_ROWS][PSK_MARK_COLUMNS];
    struct psk_mark_measure m = { 0, 0, 0, 0, 0 };

    high_pass(p, high);
    for (int row = 0; row < PSK_MARK_ROWS; row++) {
        for (int column = 0; column < PSK_MARK_COLUMNS; column++) {
            const struct block cell = cell_of(p, column, row);
            const uint32_t amplitude = amplitude_of(cell);
            const uint64_t spread = psk_mark_spread(cell.count, cell.sum, cell.squares);

            psk_mark_measure_cell(
                &m, high[row][column], psk_mark_scale(deviations(high, column, row), amplitude),
                amplitude, (uint32_t)(spread / (cell.count * cell.count)), sign_of(p, column, row));
        }
    }
    return m;
}

/* Q8 gain of variant A (@p variant 1) or B (-1). */
static uint32_t gain_of(const struct picture *p, int variant)
{
    struct psk_mark_measure m;

    if (p->width < PSK_MARK_MEASURED_MIN_W || p->height < PSK_MARK_MEASURED_MIN_H)
        return PSK_MARK_GAIN_NOMINAL * p->strength >> 8;
    m = measure(p);
    return psk_mark_gain(&m, variant) * p->strength >> 8;
}

static uint8_t clip(int value)
{
    return (uint8_t)(value < 0 ? 0 : value > 255 ? 255 : value);
}

/* By how much a sample moves in the direction of the pattern. */
static int step_at(const struct picture *p, uint32_t frame, uint32_t gain, uint32_t x, uint32_t y)
{
    const int amplitude = (int)(amplitude_at(p, x, y) * gain >> 8);
    const int delta = (amplitude * pattern_at(p, x, y)) >> 16;

    return (delta + psk_mark_dither(psk_mark_row_seed(p->segment, frame, y), x)) >> 8;
}

static void mark_frame(const struct picture *p, uint8_t *dst_a, uint8_t *dst_b, uint32_t frame)
{
    const uint32_t luma = p->width * p->height;
    const uint32_t gain_a = gain_of(p, 1);
    const uint32_t gain_b = gain_of(p, -1);

    for (uint32_t i = 0; i < luma; i++) {
        const uint32_t x = i % p->width;
        const uint32_t y = i / p->width;

        dst_a[i] = clip(p->luma[i] + step_at(p, frame, gain_a, x, y));
        dst_b[i] = clip(p->luma[i] - step_at(p, frame, gain_b, x, y));
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
    uint64_t bytes_moved = 0;

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
    psk_status_cycles(status, psk_mark_cycles(width, height, frame_count, &bytes_moved));
    status->out[0] = psk_sum_frames_ref(dst_a, width, height, frame_count);
    status->out[1] = psk_sum_frames_ref(dst_b, width, height, frame_count);
}
