/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * How the cycles follow from scale.c's loops, all with II = 1:
 *   load    one sample a cycle, summed by the word: 5/4 cycles a sample
 *   keep    16 samples a cycle
 *   make    a row of a rendition: begin and end 16 columns a cycle, each group of 4 lines 16
 *           columns a cycle; windows are 6 * ratio lines high and begin anywhere in a group, which
 *           makes (6 * ratio + 3) / 4 groups; along the line 16 weights a cycle, and some 4 to
 *           fill and empty the sum
 *   store   one sample a cycle, summed by the word: 5/4 cycles a sample; the renditions' stores
 *           are six processes that work at once
 * Load, make and store work at once, each on its own line (DATAFLOW), so a line takes what the
 * slowest of them takes, and a fixed time to begin. On average over lines: a rendition has
 * dst / src of a row for each line. Weights are made twice in a run, a weight every 12 cycles (a
 * 32-bit division, not pipelined into the next).
 */
#include "kernels/scale/cycles.h"

#include "kernels/scale/scale.h"

#define RUN_CYCLES    2000u /* to start and end any run */
#define LINE_CYCLES   100u  /* to start and end a line's three steps: memory's latency, mostly */
#define WEIGHT_CYCLES 12u

static uint64_t larger(uint64_t a, uint64_t b)
{
    return a > b ? a : b;
}

/* Cycles to make one row of a line's width, columns first. */
static uint64_t row_cycles(uint32_t src_width, uint32_t src_height, uint32_t width, uint32_t height)
{
    const uint64_t groups = (6 * src_height / height + 3 + 3) / 4;
    const uint64_t turns = (6 * src_width / width + 1 + 15) / 16;

    return (2 + groups) * ((src_width + 15) / 16) + width * (turns + 4);
}

uint64_t psk_scale_cycles(uint32_t src_width, uint32_t src_height, uint32_t flags,
                          uint32_t frame_count, uint32_t rendition_count, const uint32_t *sizes,
                          uint64_t *ret_bytes)
{
    uint64_t make = (uint64_t)src_height * (src_width / 16), load, store = 0, weights = 0;
    uint64_t bytes = PSK_FRAME_BYTES(src_width, src_height);

    if (src_width > PSK_WIDTH_MAX || src_height > PSK_HEIGHT_MAX || flags > PSK_SCALE_NV12 ||
        frame_count > PSK_BATCH_FRAMES_MAX || rendition_count > PSK_SCALE_RENDITIONS_MAX)
        return RUN_CYCLES;
    for (uint32_t i = 0; i < rendition_count; i++) {
#pragma HLS LOOP_TRIPCOUNT min = 1 max = 6
        const uint32_t width = sizes[i] >> 16, height = sizes[i] & 0xffff;

        if (width > src_width || height > src_height || width == 0 || height == 0)
            return RUN_CYCLES;
        make += height * row_cycles(src_width, src_height, width, height);
        store = larger(store, (uint64_t)width * height * 5 / 4);
        weights += 2ull * 6 * (src_width + src_height);
        bytes += PSK_FRAME_BYTES(width, height);
    }
    load = (uint64_t)src_width * src_height * 5 / 4;
    *ret_bytes = frame_count * bytes;
    /* Chroma has as wide lines, half as many. */
    return RUN_CYCLES + (frame_count == 0 ? 0 : weights * WEIGHT_CYCLES) +
           frame_count * (larger(larger(load, make), store) + src_height * LINE_CYCLES) * 3 / 2;
}
