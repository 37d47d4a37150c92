/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * tests/integration/kernels/test_mark_clip.c - on real frames: the mark is hard to see (PSNR of at
 * least 44 dB) and the same in both forms, both variants can be told apart, and every kernel's
 * checksum of its input is that of the output before it.
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "kernels/abi/frame_sum.h"
#include "kernels/h264enc/h264enc.h"
#include "kernels/mark/mark.h"
#include "kernels/scale/scale.h"
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

static void real_frames_come_out_as_the_reference_form_has_them(void)
{
    const uint32_t sizes[][2] = { { 640, 360 }, { 426, 240 }, { 322, 182 } };

    for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
        const uint32_t width = sizes[i][0], height = sizes[i][1];
        const size_t bytes = PSK_FRAME_BYTES(width, height) * 2;
        uint8_t *out[4] = { malloc(bytes), malloc(bytes), malloc(bytes), malloc(bytes) };
        struct psk_status status, status_ref;
        uint32_t count = 0;
        uint8_t *frames = clip_frames("flutter_bee.mp4", width, height, 2, &count);

        PS_REQUIRE(out[0] != NULL && out[1] != NULL && out[2] != NULL && out[3] != NULL &&
                   count == 2);
        psk_mark(frames, out[0], out[1], width, height, 2, 3, 4, SEGMENT, 60, 256, &status);
        psk_mark_ref(frames, out[2], out[3], width, height, 2, 3, 4, SEGMENT, 60, 256, &status_ref);
        CU_ASSERT_EQUAL(memcmp(out[0], out[2], bytes), 0);
        CU_ASSERT_EQUAL(memcmp(out[1], out[3], bytes), 0);
        CU_ASSERT_EQUAL(memcmp(&status, &status_ref, sizeof(status)), 0);
        for (int k = 0; k < 4; k++)
            free(out[k]);
        free(frames);
    }
}

/* From the scaler to both encoders: what each says it read is what the one before says it wrote. */
static void each_kernel_reads_what_the_one_before_it_wrote(void)
{
    const size_t frame_bytes = PSK_FRAME_BYTES(WIDTH, HEIGHT);
    struct psk_status scaled, marked, coded;
    struct psk_enc_control control[FRAMES];
    struct psk_enc_report report[FRAMES];
    const uint32_t bits_max = psk_h264enc_bits_bytes_max(WIDTH / 2, HEIGHT / 2, FRAMES);
    uint32_t count = 0;
    uint8_t *frames = clip_frames("mdn_frog.mp4", WIDTH, HEIGHT, FRAMES, &count);
    uint8_t *small = malloc(frame_bytes * FRAMES), *bits = malloc(bits_max);
    uint8_t *variant[2] = { malloc(frame_bytes * FRAMES), malloc(frame_bytes * FRAMES) };
    uint8_t *state = malloc(psk_h264enc_state_bytes(WIDTH / 2, HEIGHT / 2));

    PS_REQUIRE(small != NULL && bits != NULL && variant[0] != NULL && variant[1] != NULL &&
               state != NULL && count == FRAMES);
    for (uint32_t i = 0; i < FRAMES; i++)
        control[i] = (struct psk_enc_control){ .qp = 30 };
    psk_scale_one(frames, small, WIDTH, HEIGHT, WIDTH / 2, HEIGHT / 2, FRAMES, &scaled);
    const struct psk_frame_sum source = psk_sum_frames_ref(frames, WIDTH, HEIGHT, FRAMES);
    CU_ASSERT_EQUAL(memcmp(&scaled.in, &source, sizeof(source)), 0);
    psk_mark(small, variant[0], variant[1], WIDTH / 2, HEIGHT / 2, FRAMES, 1, 2, SEGMENT, 0, 256,
             &marked);
    CU_ASSERT_EQUAL(memcmp(&marked.in, &scaled.out[0], sizeof(source)), 0);
    for (int v = 0; v < 2; v++) {
        psk_h264enc(variant[v], state, control, bits, report, WIDTH / 2, HEIGHT / 2, FRAMES,
                    bits_max, PSK_ENC_START, 1, 30, 1, &coded);
        CU_ASSERT_EQUAL(coded.code, PSK_OK);
        CU_ASSERT_EQUAL(memcmp(&coded.in, &marked.out[v], sizeof(source)), 0);
    }
    CU_ASSERT_NOT_EQUAL(memcmp(&marked.out[0], &marked.out[1], sizeof(source)), 0);
    free(frames);
    free(small);
    free(bits);
    free(variant[0]);
    free(variant[1]);
    free(state);
}

int main(void)
{
    static const struct ps_test tests[] = {
        PS_TEST(a_real_frame_carries_the_mark_unseen),
        PS_TEST(real_frames_come_out_as_the_reference_form_has_them),
        PS_TEST(each_kernel_reads_what_the_one_before_it_wrote),
    };

    return ps_test_run("kernels/mark on a clip", tests, sizeof(tests) / sizeof(tests[0]));
}
