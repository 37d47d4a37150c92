/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * tests/integration/kernels/test_mark_clip.c - on real frames: the mark is hard to see (PSNR of at
 * least 44 dB) and both variants can be told apart.
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "kernels/mark/mark.h"
#include "tests/integration/kernels/coded.h"
#include "tests/support/ps_test.h"

#define WIDTH   640u
#define HEIGHT  360u
#define FRAMES  8u
#define SEGMENT 7u

static int64_t correlate(const uint8_t *marked, const uint8_t *other)
{
    int64_t sum = 0;

    for (uint32_t y = 0; y < HEIGHT; y++)
        for (uint32_t x = 0; x < WIDTH; x++)
            sum += (marked[y * WIDTH + x] - other[y * WIDTH + x]) *
                   psk_mark_sign(1, 2, SEGMENT, x * PSK_MARK_COLUMNS / WIDTH,
                                 y * PSK_MARK_ROWS / HEIGHT);
    return sum;
}

static double psnr(const uint8_t *a, const uint8_t *b)
{
    double sum = 0;

    for (uint32_t i = 0; i < WIDTH * HEIGHT; i++)
        sum += (a[i] - b[i]) * (a[i] - b[i]);
    return 10 * log10(255.0 * 255.0 * WIDTH * HEIGHT / sum);
}

static void a_real_frame_carries_the_mark_unseen(void)
{
    const size_t frame_bytes = PSK_FRAME_BYTES(WIDTH, HEIGHT);
    struct psk_status status;
    uint32_t count = 0;
    uint8_t *frames = clip_frames("mdn_frog.mp4", WIDTH, HEIGHT, FRAMES, &count);
    uint8_t *a = malloc(frame_bytes * FRAMES);
    uint8_t *b = malloc(frame_bytes * FRAMES);

    PS_REQUIRE(a != NULL && b != NULL && count == FRAMES);
    psk_mark(frames, a, b, WIDTH, HEIGHT, FRAMES, 1, 2, SEGMENT, 0, 256, &status);
    CU_ASSERT_EQUAL(status.code, PSK_OK);
    for (uint32_t i = 0; i < FRAMES; i++) {
        const size_t at = i * frame_bytes;

        CU_ASSERT_TRUE(psnr(a + at, frames + at) >= 44);
        CU_ASSERT_TRUE(psnr(b + at, frames + at) >= 44);
        CU_ASSERT_TRUE(correlate(a + at, frames + at) > (int64_t)(WIDTH * HEIGHT / 5));
        CU_ASSERT_TRUE(correlate(b + at, frames + at) < -(int64_t)(WIDTH * HEIGHT / 5));
    }
    if (getenv("PS_TEST_VERBOSE") != NULL)
        printf("\n    mark psnr_a=%.2f psnr_b=%.2f correlation=%.3f", psnr(a, frames),
               psnr(b, frames), (double)correlate(a, frames) / (WIDTH * HEIGHT));
    free(frames);
    free(a);
    free(b);
}

int main(void)
{
    static const struct ps_test tests[] = {
        PS_TEST(a_real_frame_carries_the_mark_unseen),
    };

    return ps_test_run("kernels/mark on a clip", tests, sizeof(tests) / sizeof(tests[0]));
}
