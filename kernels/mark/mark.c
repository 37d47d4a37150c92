/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * kernels/mark/mark.c - hardware form of the mark: a frame's gains, then eight lines in, their
 * blocks' amplitudes, eight lines out twice. Everything that depends on x alone is looked up.
 */
#include "kernels/mark/mark.h"

#include <string.h>

#include "kernels/abi/frame_sum.h"
#include "kernels/mark/cycles.h"
#include "kernels/mark/measure_priv.h"

#define BLOCK 8u

struct job {
    uint32_t width;
    uint32_t height;
    uint32_t segment;
    uint32_t strength;
};

static int8_t sign[PSK_MARK_ROWS][PSK_MARK_COLUMNS];
static uint8_t column_before[PSK_WIDTH_MAX]; /* the cell whose centre is left of x, */
static uint8_t column_behind[PSK_WIDTH_MAX]; /* the one right of it, */
static int16_t column_share[PSK_WIDTH_MAX];  /* and the right one's weight, 0..255 */
static uint8_t line[BLOCK][PSK_WIDTH_MAX];
static uint8_t line_a[PSK_WIDTH_MAX];
static uint8_t line_b[PSK_WIDTH_MAX];
static int32_t amplitude_a[PSK_WIDTH_MAX / BLOCK];
static int32_t amplitude_b[PSK_WIDTH_MAX / BLOCK];
static int16_t row_pattern[PSK_MARK_COLUMNS];

/* Q8, of the frame at hand: strength times the gain of A and of B. */
struct gains {
    uint32_t a;
    uint32_t b;
};

static struct psk_frame_sum sum_src;
static struct psk_frame_sum sum_a;
static struct psk_frame_sum sum_b;

int psk_mark_sign(uint32_t key_lo, uint32_t key_hi, uint32_t segment, uint32_t column, uint32_t row)
{
    const uint64_t key = (uint64_t)key_hi << 32 | key_lo;
    const uint64_t cell = (uint64_t)segment << 32 | (row << 16 | column);

    return (psk_mark_mix(key + psk_mark_mix(cell + 1)) & 1) != 0 ? 1 : -1;
}

/* Cells around @p position of @p length samples, clamped at the ends; returns the second's Q8
 * weight. */
static uint32_t cells_around(uint32_t position, uint32_t length, uint32_t cells, uint8_t *before,
                             uint8_t *behind)
{
    const uint32_t at = (2 * position + 1) * cells * 128 / length + 128; /* Q8, one cell ahead */
    const uint32_t next = at >> 8;

    *before = (uint8_t)(next == 0 ? 0 : next - 1);
    *behind = (uint8_t)(next >= cells ? cells - 1 : next);
    return at & 255;
}

static void fill_pattern(uint32_t key_lo, uint32_t key_hi, const struct job *job)
{
    for (uint32_t row = 0; row < PSK_MARK_ROWS; row++)
        for (uint32_t column = 0; column < PSK_MARK_COLUMNS; column++)
            sign[row][column] = (int8_t)psk_mark_sign(key_lo, key_hi, job->segment, column, row);
    for (uint32_t x = 0; x < job->width; x++) {
#pragma HLS LOOP_TRIPCOUNT min = 16 max = 3840
        column_share[x] = (int16_t)cells_around(x, job->width, PSK_MARK_COLUMNS, &column_before[x],
                                                &column_behind[x]);
    }
}

static void load_lines(const uint8_t *src, uint64_t first_word, uint32_t width, uint32_t rows)
{
    for (uint32_t y = 0; y < rows; y++) {
#pragma HLS LOOP_TRIPCOUNT min = 1 max = 8
        memcpy(line[y], src + y * width, width);
        psk_sum_line(&sum_src, first_word + y * PSK_LINE_WORDS(width), line[y], width);
    }
}

static void measure_blocks(const struct job *job, struct gains gains, uint32_t rows)
{
    for (uint32_t x0 = 0; x0 < job->width; x0 += BLOCK) {
#pragma HLS LOOP_TRIPCOUNT min = 2 max = 480
        const uint32_t columns = job->width - x0 < BLOCK ? job->width - x0 : BLOCK;
        uint32_t sum = 0;
        uint32_t squares = 0;

        for (uint32_t y = 0; y < rows; y++) {
#pragma HLS LOOP_TRIPCOUNT min = 1 max = 8
            for (uint32_t x = 0; x < columns; x++) {
#pragma HLS PIPELINE II = 1
#pragma HLS LOOP_TRIPCOUNT min = 1 max = 8
                const uint32_t sample = line[y][x0 + x];

                sum += sample;
                squares += sample * sample;
            }
        }
        const uint32_t amplitude = psk_mark_amplitude(rows * columns, sum, squares);
        amplitude_a[x0 / BLOCK] = (int32_t)(amplitude * gains.a >> 8);
        amplitude_b[x0 / BLOCK] = (int32_t)(amplitude * gains.b >> 8);
    }
}

static void interpolate_row(const struct job *job, uint32_t y)
{
    uint8_t before;
    uint8_t behind;
    const int share = (int)cells_around(y, job->height, PSK_MARK_ROWS, &before, &behind);

    for (uint32_t column = 0; column < PSK_MARK_COLUMNS; column++) {
#pragma HLS PIPELINE II = 1
        row_pattern[column] =
            (int16_t)((256 - share) * sign[before][column] + share * sign[behind][column]);
    }
}

static uint8_t clip(int value)
{
    return (uint8_t)(value < 0 ? 0 : value > 255 ? 255 : value);
}

static void mark_line(const struct job *job, uint32_t row, uint16_t seed)
{
    for (uint32_t x = 0; x < job->width; x++) {
#pragma HLS PIPELINE II = 1
#pragma HLS LOOP_TRIPCOUNT min = 16 max = 3840
        const int share = column_share[x];
        const int pattern =
            (256 - share) * row_pattern[column_before[x]] + share * row_pattern[column_behind[x]];
        const int dither = psk_mark_dither(seed, x);
        const int delta_a = (amplitude_a[x / BLOCK] * pattern) >> 16;
        const int delta_b = (amplitude_b[x / BLOCK] * pattern) >> 16;

        line_a[x] = clip(line[row][x] + ((delta_a + dither) >> 8));
        line_b[x] = clip(line[row][x] - ((delta_b + dither) >> 8));
    }
}

static void store_lines(uint8_t *dst_a, uint8_t *dst_b, uint64_t first_word, uint32_t width)
{
    memcpy(dst_a, line_a, width);
    memcpy(dst_b, line_b, width);
    psk_sum_line(&sum_a, first_word, line_a, width);
    psk_sum_line(&sum_b, first_word, line_b, width);
}

/* As many lines as luma has, half as long: Cb, then Cr. */
static void copy_chroma(const uint8_t *src, uint8_t *dst_a, uint8_t *dst_b, uint64_t first_word,
                        const struct job *job)
{
    const uint32_t width = job->width / 2;

    for (uint32_t y = 0; y < job->height; y++) {
#pragma HLS LOOP_TRIPCOUNT min = 16 max = 2160
        const uint64_t word = first_word + y * PSK_LINE_WORDS(width);

        load_lines(src + y * width, word, width, 1);
        memcpy(line_a, line[0], width);
        memcpy(line_b, line[0], width);
        store_lines(dst_a + y * width, dst_b + y * width, word, width);
    }
}

static struct gains gains_of(const uint8_t *luma, const struct job *job)
{
    struct gains gains = { PSK_MARK_GAIN_NOMINAL, PSK_MARK_GAIN_NOMINAL };
    struct psk_mark_measure measure;

    if (job->width >= PSK_MARK_MEASURED_MIN_W && job->height >= PSK_MARK_MEASURED_MIN_H) {
        psk_mark_measure(luma, job->width, job->height, sign, &measure);
        gains.a = psk_mark_gain(&measure, 1);
        gains.b = psk_mark_gain(&measure, -1);
    }
    gains.a = gains.a * job->strength >> 8;
    gains.b = gains.b * job->strength >> 8;
    return gains;
}

/* @p first_word is the number of the frame's first word in the batch, for the checksum. */
static void mark_frame(const uint8_t *src, uint8_t *dst_a, uint8_t *dst_b, uint64_t first_word,
                       uint32_t frame, const struct job *job)
{
    const uint32_t luma = job->width * job->height;
    const uint32_t line_words = PSK_LINE_WORDS(job->width);
    const struct gains gains = gains_of(src, job);

    for (uint32_t y0 = 0; y0 < job->height; y0 += BLOCK) {
#pragma HLS LOOP_TRIPCOUNT min = 2 max = 270
        const uint32_t rows = job->height - y0 < BLOCK ? job->height - y0 : BLOCK;

        load_lines(src + y0 * job->width, first_word + y0 * line_words, job->width, rows);
        measure_blocks(job, gains, rows);
        for (uint32_t row = 0; row < rows; row++) {
#pragma HLS LOOP_TRIPCOUNT min = 1 max = 8
            const uint32_t y = y0 + row;

            interpolate_row(job, y);
            mark_line(job, row, psk_mark_row_seed(job->segment, frame, y));
            store_lines(dst_a + y * job->width, dst_b + y * job->width, first_word + y * line_words,
                        job->width);
        }
    }
    copy_chroma(src + luma, dst_a + luma, dst_b + luma, first_word + job->height * line_words, job);
}

static int arguments_are_valid(const struct job *job, uint32_t frame_count)
{
    return job->width >= 16 && job->width <= PSK_WIDTH_MAX && job->width % 2 == 0 &&
           job->height >= 16 && job->height <= PSK_HEIGHT_MAX && job->height % 2 == 0 &&
           job->strength <= PSK_MARK_STRENGTH_MAX && frame_count >= 1 &&
           frame_count <= PSK_BATCH_FRAMES_MAX;
}

void psk_mark(const uint8_t *src, uint8_t *dst_a, uint8_t *dst_b, uint32_t width, uint32_t height,
              uint32_t frame_count, uint32_t key_lo, uint32_t key_hi, uint32_t segment,
              uint32_t first_frame, uint32_t strength, struct psk_status *status)
{
#pragma HLS INTERFACE m_axi port = src bundle = gmem0 depth = 12441600
#pragma HLS INTERFACE m_axi port = dst_a bundle = gmem1 depth = 12441600
#pragma HLS INTERFACE m_axi port = dst_b bundle = gmem2 depth = 12441600
#pragma HLS INTERFACE m_axi port = status bundle = gmem3 depth = 1
#pragma HLS INTERFACE s_axilite port = width
#pragma HLS INTERFACE s_axilite port = height
#pragma HLS INTERFACE s_axilite port = frame_count
#pragma HLS INTERFACE s_axilite port = key_lo
#pragma HLS INTERFACE s_axilite port = key_hi
#pragma HLS INTERFACE s_axilite port = segment
#pragma HLS INTERFACE s_axilite port = first_frame
#pragma HLS INTERFACE s_axilite port = strength
#pragma HLS INTERFACE s_axilite port = return
    const struct job job = { width, height, segment, strength };
    uint64_t bytes_moved = 0;
    const struct psk_frame_sum none = { 0, 0 };

    psk_status_clear(status);
    if (!arguments_are_valid(&job, frame_count))
        return;
    sum_src = none;
    sum_a = none;
    sum_b = none;
    fill_pattern(key_lo, key_hi, &job);
    for (uint32_t i = 0; i < frame_count; i++) {
#pragma HLS LOOP_TRIPCOUNT min = 1 max = 32
        const uint64_t at = i * PSK_FRAME_BYTES(width, height);

        mark_frame(src + at, dst_a + at, dst_b + at, 1 + i * PSK_FRAME_WORDS(width, height),
                   first_frame + i, &job);
    }
    status->in = sum_src;
    psk_status_cycles(status, psk_mark_cycles(width, height, frame_count, &bytes_moved));
    status->out[0] = sum_a;
    status->out[1] = sum_b;
    status->frames_done = frame_count;
    status->code = PSK_OK;
}
