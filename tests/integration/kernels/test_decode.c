/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * tests/integration/kernels/test_decode.c - libavcodec's pictures equal the encoder kernel's own,
 * bit for bit, every frame: over a real clip, noise, flat and moving content, sizes that need
 * cropping, the ends of the qp range, bounds on frames, and every effort.
 */
#include <stdlib.h>
#include <string.h>

#include "tests/integration/kernels/coded.h"
#include "tests/support/ps_test.h"
#include "tests/unit/kernels/frames.h"

#define BATCH 8u

static void encode_with_effort(const uint8_t *frames, uint32_t width, uint32_t height,
                               uint32_t frame_count, uint32_t qp, uint32_t qp_step, uint32_t effort)
{
    static struct coded coded;
    struct psk_enc_control control[BATCH];

    coded_begin(&coded, width, height);
    coded.effort = effort;
    for (uint32_t done = 0; done < frame_count;) {
        const uint32_t count = frame_count - done < BATCH ? frame_count - done : BATCH;

        for (uint32_t i = 0; i < count; i++) {
            memset(&control[i], 0, sizeof(control[i]));
            control[i].qp = 10 + (qp - 10 + (done + i) * qp_step) % 42;
        }
        coded_frames(&coded, frames + done * PSK_FRAME_BYTES(width, height), control, count,
                     done == 0);
        done += count;
    }
    coded_end(&coded);
    CU_ASSERT_EQUAL(coded.decoded, frame_count);
    CU_ASSERT_EQUAL(coded.mismatches, 0);
    if (getenv("PS_TEST_VERBOSE") != NULL)
        printf("\n    size=%ux%u effort=%u qp=%u frames=%u kbps_at_30=%.0f psnr_y=%.2f skip=%u "
               "intra=%u",
               width, height, effort, qp, frame_count,
               (double)coded.bytes * 240 / frame_count / 1000, coded_psnr(&coded),
               coded.report[coded.decoded - 1].skip_mbs, coded.report[coded.decoded - 1].intra_mbs);
}

/* qp_step walks qp over the range from frame to frame; 0 keeps it. */
static void encode_and_compare(const uint8_t *frames, uint32_t width, uint32_t height,
                               uint32_t frame_count, uint32_t qp, uint32_t qp_step)
{
    for (uint32_t effort = 0; effort <= PSK_ENC_EFFORT_MAX; effort++)
        encode_with_effort(frames, width, height, frame_count, qp, qp_step, effort);
}

static void a_real_clip_decodes_to_the_reconstruction(void)
{
    static const struct {
        uint32_t width, height, frames;
    } sizes[] = { { 320, 180, 60 }, { 426, 240, 24 }, { 640, 360, 24 }, { 720, 480, 8 } };

    for (size_t i = 0; i < LENGTH(sizes); i++) {
        uint32_t count = 0;
        uint8_t *frames =
            clip_frames("mdn_frog.mp4", sizes[i].width, sizes[i].height, sizes[i].frames, &count);

        CU_ASSERT_EQUAL(count, sizes[i].frames);
        for (uint32_t qp = 10; qp <= 51; qp += i == 0 ? 1 : 13)
            encode_and_compare(frames, sizes[i].width, sizes[i].height, i == 0 ? count / 4 : count,
                               qp, 0);
        encode_and_compare(frames, sizes[i].width, sizes[i].height, count, 10, 5);
        free(frames);
    }
}

/* A textured square that moves by fractions of a sample over a gradient, and jumps at times. */
static void draw_moving(uint8_t *frame, uint32_t width, uint32_t height, uint32_t time)
{
    const uint32_t jump = time / 7 * 37;
    const size_t luma = (size_t)width * height;

    for (uint32_t y = 0; y < height; y++) {
        for (uint32_t x = 0; x < width; x++) {
            const uint32_t u = 4 * x + 3 * time + jump;
            const uint32_t v = 4 * y + 5 * time;

            frame[y * width + x] = (uint8_t)(x + y + ((u / 16 ^ v / 16) % 5) * 17 + u % 16);
        }
    }
    for (size_t i = 0; i < luma / 2; i++)
        frame[luma + i] = (uint8_t)(100 + i % (width / 2) + 2 * time);
}

static void moving_pictures_decode_to_the_reconstruction(void)
{
    static const uint32_t sizes[][2] = { { 16, 16 }, { 34, 18 },  { 18, 34 },
                                         { 62, 50 }, { 128, 96 }, { 322, 182 } };
    const uint32_t frames = 21;

    for (size_t i = 0; i < LENGTH(sizes); i++) {
        const size_t frame_bytes = PSK_FRAME_BYTES(sizes[i][0], sizes[i][1]);
        uint8_t *bytes = malloc(frames * frame_bytes);

        PS_REQUIRE(bytes != NULL);
        for (uint32_t t = 0; t < frames; t++)
            draw_moving(bytes + t * frame_bytes, sizes[i][0], sizes[i][1], t);
        for (uint32_t qp = 10; qp <= 51; qp += 6)
            encode_and_compare(bytes, sizes[i][0], sizes[i][1], frames, qp, qp == 22 ? 11 : 0);
        encode_and_compare(bytes, sizes[i][0], sizes[i][1], frames, 51, 0);
        free(bytes);
    }
}

static void noise_decodes_to_the_reconstruction(void)
{
    static const uint32_t sizes[][2] = { { 34, 18 }, { 80, 64 } };

    for (size_t i = 0; i < LENGTH(sizes); i++) {
        const size_t size_bytes = PSK_FRAME_BYTES(sizes[i][0], sizes[i][1]) * 6;
        uint8_t *bytes = malloc(size_bytes);

        PS_REQUIRE(bytes != NULL);
        fill_with_noise(bytes, size_bytes, 11);
        for (uint32_t qp = 10; qp <= 51; qp++)
            encode_and_compare(bytes, sizes[i][0], sizes[i][1], 6, qp, 0);
        for (size_t k = 0; k < size_bytes; k++)
            bytes[k] = bytes[k] < 128 ? 0 : 255; /* the largest differences there are */
        for (uint32_t qp = 10; qp <= 51; qp++)
            encode_and_compare(bytes, sizes[i][0], sizes[i][1], 6, qp, 0);
        free(bytes);
    }
}

/* Half noise that ends as I_PCM, half flat, and a target that drives qp through its range. */
static void steered_pictures_decode_to_the_reconstruction(void)
{
    static struct coded coded;
    const size_t frame_bytes = PSK_FRAME_BYTES(96, 160);
    uint8_t *bytes = malloc(frame_bytes * BATCH);
    struct psk_enc_control control[BATCH];
    uint32_t qp_sum_before = UINT32_MAX;

    PS_REQUIRE(bytes != NULL);
    for (uint32_t target = 20000; target <= 640000; target *= 2) {
        coded_begin(&coded, 96, 160);
        for (uint32_t t = 0; t < BATCH; t++) {
            uint8_t *frame = bytes + t * frame_bytes;

            memset(frame, 80, frame_bytes);
            for (uint32_t y = t; y < 160; y += 1 + t % 3)
                fill_with_noise(frame + y * 96, 96, y * BATCH + t);
            control[t] = (struct psk_enc_control){
                .qp = 12, .target_bits = target, .qp_min = 10, .qp_max = 51
            };
        }
        coded_frames(&coded, bytes, control, BATCH, 1);
        coded_end(&coded);
        CU_ASSERT_EQUAL(coded.decoded, BATCH);
        CU_ASSERT_EQUAL(coded.mismatches, 0);
        CU_ASSERT_TRUE(coded.report[1].qp_sum <= qp_sum_before);
        qp_sum_before = coded.report[1].qp_sum;
    }
    CU_ASSERT_TRUE(qp_sum_before < 12 * 60);
    free(bytes);
}

/* Scenes of noise, each four frames long, under bounds from far too tight to idle. */
static void bounded_pictures_decode_to_the_reconstruction(void)
{
    static struct coded coded;
    const size_t frame_bytes = PSK_FRAME_BYTES(130, 66);
    const uint32_t least = psk_h264enc_frame_bits_min(130, 66, 1);
    uint8_t *bytes = malloc(frame_bytes * 2 * BATCH);
    struct psk_enc_control control[BATCH];

    PS_REQUIRE(bytes != NULL);
    for (uint32_t t = 0; t < 2 * BATCH; t++)
        fill_with_noise(bytes + t * frame_bytes, frame_bytes, t / 4 + 1);
    for (uint32_t bits_max = least; bits_max < 600 * least; bits_max *= 2) {
        coded_begin(&coded, 130, 66);
        for (uint32_t batch = 0; batch < 2; batch++) {
            for (uint32_t t = 0; t < BATCH; t++)
                control[t] = (struct psk_enc_control){ .qp = 10 + t,
                                                       .bits_max = bits_max + 97 * t,
                                                       .flags = t == 6 ? PSK_ENC_FRAME_IDR : 0 };
            coded.effort = batch * 2;
            coded_frames(&coded, bytes + batch * BATCH * frame_bytes, control, BATCH, batch == 0);
        }
        coded_end(&coded);
        CU_ASSERT_EQUAL(coded.decoded, 2 * BATCH);
        CU_ASSERT_EQUAL(coded.mismatches, 0);
        for (uint32_t t = 0; t < 2 * BATCH; t++)
            CU_ASSERT_TRUE(coded.report[t].bytes * 8 <= bits_max + 97 * (t % BATCH));
    }
    free(bytes);
}

static void flat_pictures_decode_to_the_reconstruction(void)
{
    const size_t frame_bytes = PSK_FRAME_BYTES(66, 34);
    uint8_t *bytes = malloc(frame_bytes * 6);

    PS_REQUIRE(bytes != NULL);
    for (uint32_t t = 0; t < 6; t++)
        memset(bytes + t * frame_bytes, t < 3 ? 0 : 255, frame_bytes);
    for (uint32_t qp = 10; qp <= 51; qp++)
        encode_and_compare(bytes, 66, 34, 6, qp, 0);
    free(bytes);
}

static void the_largest_picture_decodes_to_the_reconstruction(void)
{
    const size_t frame_bytes = PSK_FRAME_BYTES(PSK_ENC_WIDTH_MAX, PSK_ENC_HEIGHT_MAX);
    uint8_t *bytes = malloc(frame_bytes * 2);

    PS_REQUIRE(bytes != NULL);
    for (uint32_t t = 0; t < 2; t++)
        draw_moving(bytes + t * frame_bytes, PSK_ENC_WIDTH_MAX, PSK_ENC_HEIGHT_MAX, t);
    encode_and_compare(bytes, PSK_ENC_WIDTH_MAX, PSK_ENC_HEIGHT_MAX, 2, 30, 0);
    free(bytes);
}

int main(void)
{
    static const struct ps_test tests[] = {
        PS_TEST(moving_pictures_decode_to_the_reconstruction),
        PS_TEST(noise_decodes_to_the_reconstruction),
        PS_TEST(steered_pictures_decode_to_the_reconstruction),
        PS_TEST(bounded_pictures_decode_to_the_reconstruction),
        PS_TEST(flat_pictures_decode_to_the_reconstruction),
        PS_TEST(a_real_clip_decodes_to_the_reconstruction),
        PS_TEST(the_largest_picture_decodes_to_the_reconstruction),
    };

    return ps_test_run("kernels/h264enc against libavcodec", tests, LENGTH(tests));
}
