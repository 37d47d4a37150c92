/* SPDX-License-Identifier: BSD-3-Clause */
#include "kernels/abi/frame_sum.h"

#include <string.h>

/* The last word of a line whose width is not a multiple of four. */
static uint32_t padded_word(const uint8_t *bytes, uint32_t count)
{
    uint32_t word = 0;

    for (uint32_t i = 0; i < count; i++) {
#pragma HLS LOOP_TRIPCOUNT min = 0 max = 3
        word |= (uint32_t)bytes[i] << (8 * i);
    }
    return word;
}

/* Numbers from 0 inside, so that a factor has ten bits; the line's place comes in at the end. */
void psk_sum_line(struct psk_frame_sum *sum, uint64_t first_word, const uint8_t *line,
                  uint32_t width)
{
    const uint32_t whole = width / 4;
    uint64_t plain = padded_word(line + whole * 4, width % 4);
    uint64_t weighted = plain * whole;

    for (uint32_t i = 0; i < whole; i++) {
#pragma HLS PIPELINE II = 1
#pragma HLS LOOP_TRIPCOUNT min = 2 max = 960
        uint32_t word;

        memcpy(&word, line + i * 4, 4);
        plain += word;
        weighted += (uint64_t)word * i;
    }
    sum->sum += plain;
    sum->weighted += weighted + first_word * plain;
}

struct psk_frame_sum psk_sum_frames(const uint8_t *frames, uint32_t width, uint32_t height,
                                    uint32_t frame_count)
{
    struct psk_frame_sum sum = { 0, 0 };
    uint64_t word = 1;

    for (uint32_t frame = 0; frame < frame_count; frame++) {
#pragma HLS LOOP_TRIPCOUNT min = 1 max = 32
        for (uint32_t y = 0; y < height * 2; y++) { /* as many chroma lines as luma lines */
#pragma HLS LOOP_TRIPCOUNT min = 32 max = 4320
            const uint32_t length = y < height ? width : width / 2;

            psk_sum_line(&sum, word, frames, length);
            word += PSK_LINE_WORDS(length);
            frames += length;
        }
    }
    return sum;
}
