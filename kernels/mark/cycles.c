/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * How the cycles follow from mark.c's and measure.c's loops, one turn a cycle, one after the other:
 *   gain    per luma sample: read and add to its cell (2); per cell of the pattern: its mean, its
 *           neighbours' and its share of the gain (10)
 *   luma    per sample: read, measure its block, mark, store A, store B (5); the checksums of a
 *           line go along at a word a cycle, and are hidden in these
 *   chroma  per sample: read, store A, store B (3), half as many samples as luma
 */
#include "kernels/mark/cycles.h"

#include "kernels/mark/mark.h"

#define RUN_CYCLES  2000u /* to start and end any run */
#define GAIN_CYCLES 2u    /* per luma sample */
#define CELL_CYCLES 10u
#define LUMA_CYCLES 5u

uint64_t psk_mark_cycles(uint32_t width, uint32_t height, uint32_t frame_count, uint64_t *ret_bytes)
{
    const uint64_t luma = (uint64_t)width * height;
    const uint64_t cells = (uint64_t)PSK_MARK_COLUMNS * PSK_MARK_ROWS;

    if (width > PSK_WIDTH_MAX || height > PSK_HEIGHT_MAX || frame_count > PSK_BATCH_FRAMES_MAX)
        return RUN_CYCLES;
    *ret_bytes = frame_count * (3 * PSK_FRAME_BYTES(width, height) + luma);
    return RUN_CYCLES +
           frame_count * ((GAIN_CYCLES + LUMA_CYCLES) * luma + CELL_CYCLES * cells + 3 * luma / 2);
}
