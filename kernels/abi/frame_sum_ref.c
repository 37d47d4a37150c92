/* SPDX-License-Identifier: BSD-3-Clause */
/* kernels/abi/frame_sum_ref.c - byte by byte: each adds its part of the word that it is in. */
#include "kernels/abi/frame_sum.h"

static void add_plane(struct psk_frame_sum *sum, uint64_t first_word, const uint8_t *plane,
                      uint32_t width, uint32_t height)
{
    for (uint32_t y = 0; y < height; y++) {
        for (uint32_t x = 0; x < width; x++) {
            const uint64_t number = first_word + y * ((width + 3) / 4) + x / 4;
            const uint64_t part = (uint64_t)plane[y * width + x] << 8 * (x % 4);

            sum->sum += part;
            sum->weighted += number * part;
        }
    }
}

struct psk_frame_sum psk_sum_frames_ref(const uint8_t *frames, uint32_t width, uint32_t height,
                                        uint32_t frame_count)
{
    const uint32_t luma_words = (width + 3) / 4 * height;
    const uint32_t chroma_words = (width / 2 + 3) / 4 * (height / 2);
    struct psk_frame_sum sum = { 0, 0 };
    uint64_t word = 1;

    for (uint32_t i = 0; i < frame_count; i++) {
        add_plane(&sum, word, frames, width, height);
        add_plane(&sum, word + luma_words, frames + width * height, width / 2, height / 2);
        add_plane(&sum, word + luma_words + chroma_words, frames + width * height * 5 / 4,
                  width / 2, height / 2);
        word += luma_words + 2 * chroma_words;
        frames += width * height * 3 / 2;
    }
    return sum;
}
