/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * tests/unit/kernels/abi/test_frame_sum.c - the fast form equals the obvious one, and what the
 * checksum promises to see: any flipped bit, any two words changed or swapped, wherever they are.
 */
#include "kernels/abi/frame_sum.h"

#include <string.h>

#include "tests/support/ps_test.h"
#include "tests/unit/kernels/frames.h"

#define WIDTH  18u /* luma lines end in half a word, chroma lines in a quarter */
#define HEIGHT 16u
#define FRAMES 2u
#define BYTES  (WIDTH * HEIGHT * 3u / 2u * FRAMES)

static uint8_t frames[BYTES];

static bool unseen(struct psk_frame_sum before)
{
    const struct psk_frame_sum now = psk_sum_frames(frames, WIDTH, HEIGHT, FRAMES);

    return memcmp(&before, &now, sizeof(now)) == 0;
}

static struct psk_frame_sum noise(uint32_t seed)
{
    fill_with_noise(frames, BYTES, seed);
    return psk_sum_frames(frames, WIDTH, HEIGHT, FRAMES);
}

static void fast_form_equals_the_obvious_form(void)
{
    static const uint32_t sizes[][3] = { { 16, 16, 1 },  { 18, 16, 3 },   { 34, 18, 2 },
                                         { 62, 98, 1 },  { 320, 180, 2 }, { 1920, 16, 1 },
                                         { 3840, 16, 2 } };

    for (size_t i = 0; i < LENGTH(sizes); i++) {
        const size_t bytes = PSK_FRAME_BYTES(sizes[i][0], sizes[i][1]) * sizes[i][2];
        uint8_t *src = malloc(bytes);

        PS_REQUIRE(src != NULL);
        fill_with_noise(src, bytes, (uint32_t)i);
        const struct psk_frame_sum a = psk_sum_frames(src, sizes[i][0], sizes[i][1], sizes[i][2]);
        const struct psk_frame_sum b =
            psk_sum_frames_ref(src, sizes[i][0], sizes[i][1], sizes[i][2]);
        CU_ASSERT_EQUAL(a.sum, b.sum);
        CU_ASSERT_EQUAL(a.weighted, b.weighted);
        free(src);
    }
}

static void lines_in_any_order_give_the_same_sum(void)
{
    const struct psk_frame_sum forward = noise(5);
    struct psk_frame_sum backward = { 0, 0 };

    for (uint32_t frame = FRAMES; frame-- > 0;) {
        for (uint32_t y = HEIGHT * 2; y-- > 0;) {
            const uint32_t luma = y < HEIGHT ? y : HEIGHT, chroma = y - luma;
            const uint64_t word = frame * PSK_FRAME_WORDS(WIDTH, HEIGHT) +
                                  luma * PSK_LINE_WORDS(WIDTH) + chroma * PSK_LINE_WORDS(WIDTH / 2);

            psk_sum_line(&backward, 1 + word,
                         frames + frame * PSK_FRAME_BYTES(WIDTH, HEIGHT) + luma * WIDTH +
                             chroma * WIDTH / 2,
                         y < HEIGHT ? WIDTH : WIDTH / 2);
        }
    }
    CU_ASSERT_EQUAL(forward.sum, backward.sum);
    CU_ASSERT_EQUAL(forward.weighted, backward.weighted);
}

static void every_flipped_bit_is_seen(void)
{
    const struct psk_frame_sum before = noise(1);
    uint32_t missed = 0;

    for (uint32_t bit = 0; bit < BYTES * 8; bit++) {
        frames[bit / 8] ^= (uint8_t)(1u << bit % 8);
        missed += unseen(before);
        frames[bit / 8] ^= (uint8_t)(1u << bit % 8);
    }
    CU_ASSERT_EQUAL(missed, 0);
    CU_ASSERT_TRUE(unseen(before));
}

static void every_pair_of_flipped_bits_is_seen(void)
{
    const struct psk_frame_sum before = noise(2);
    uint32_t missed = 0;

    for (uint32_t a = 0; a < 400; a++) {
        frames[a / 8] ^= (uint8_t)(1u << a % 8);
        for (uint32_t b = a + 1; b < BYTES * 8; b += 1 + b % 7) {
            frames[b / 8] ^= (uint8_t)(1u << b % 8);
            missed += unseen(before);
            frames[b / 8] ^= (uint8_t)(1u << b % 8);
        }
        frames[a / 8] ^= (uint8_t)(1u << a % 8);
    }
    CU_ASSERT_EQUAL(missed, 0);
}

/* Swapping leaves the plain sum as it is: what a checksum without places never sees. */
static void swapped_lines_and_frames_are_seen(void)
{
    const struct psk_frame_sum before = noise(3);
    const size_t half = BYTES / FRAMES;
    uint8_t copy[BYTES];

    memcpy(copy, frames, BYTES);
    for (uint32_t y = 1; y < HEIGHT; y++) {
        memcpy(frames, copy + y * WIDTH, WIDTH);
        memcpy(frames + y * WIDTH, copy, WIDTH);
        CU_ASSERT_FALSE(unseen(before));
        memcpy(frames, copy, BYTES);
    }
    memcpy(frames, copy + half, half);
    memcpy(frames + half, copy, half);
    CU_ASSERT_FALSE(unseen(before));
}

/* The worst case for weights modulo 2^32: distance and difference of the words are both 2^16. */
static void words_far_apart_may_not_cancel_out(void)
{
    struct psk_frame_sum a = { 0, 0 }, b = { 0, 0 };
    const uint8_t low[4] = { 0, 0, 0, 0 }, high[4] = { 0, 0, 1, 0 };

    psk_sum_line(&a, 1, low, 4);
    psk_sum_line(&a, 1 + 65536, high, 4);
    psk_sum_line(&b, 1, high, 4);
    psk_sum_line(&b, 1 + 65536, low, 4);
    CU_ASSERT_EQUAL(a.sum, b.sum);
    CU_ASSERT_NOT_EQUAL(a.weighted, b.weighted);
}

int main(void)
{
    static const struct ps_test tests[] = {
        PS_TEST(fast_form_equals_the_obvious_form), PS_TEST(lines_in_any_order_give_the_same_sum),
        PS_TEST(every_flipped_bit_is_seen),         PS_TEST(every_pair_of_flipped_bits_is_seen),
        PS_TEST(swapped_lines_and_frames_are_seen), PS_TEST(words_far_apart_may_not_cancel_out),
    };

    return ps_test_run("kernels/abi/frame_sum", tests, LENGTH(tests));
}
