/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * tests/unit/kernels/scale/test_scale.c - hardware form against reference form, bit for bit, over
 * noise at edge sizes and odd ratios; what a mean must keep; refused arguments.
 */
#include "kernels/scale/scale.h"

#include <stdlib.h>
#include <string.h>

#include "tests/support/ps_test.h"
#include "tests/unit/kernels/frames.h"

struct sizes {
    uint32_t src_width, src_height, dst_width, dst_height;
};

static uint8_t *noise(size_t size_bytes, uint32_t seed)
{
    uint8_t *bytes = malloc(size_bytes);

    PS_REQUIRE(bytes != NULL);
    fill_with_noise(bytes, size_bytes, seed);
    return bytes;
}

static struct psk_status last_status;

static uint32_t scale(const uint8_t *src, uint8_t *dst, const struct sizes *s, uint32_t frames)
{
    struct psk_status status = { .code = 99 };

    psk_scale(src, dst, s->src_width, s->src_height, s->dst_width, s->dst_height, frames, &status);
    if (status.code == PSK_OK)
        CU_ASSERT_EQUAL(status.frames_done, frames);
    last_status = status;
    return status.code;
}

static void compare_with_reference(const struct sizes *s, uint32_t frames)
{
    const size_t dst_bytes = PSK_FRAME_BYTES(s->dst_width, s->dst_height) * frames;
    uint8_t *src = noise(PSK_FRAME_BYTES(s->src_width, s->src_height) * frames, s->src_width);
    uint8_t *dst = calloc(1, dst_bytes + 1);
    uint8_t *ref = calloc(1, dst_bytes);
    struct psk_status status;

    PS_REQUIRE(dst != NULL && ref != NULL);
    dst[dst_bytes] = 0xa5;
    CU_ASSERT_EQUAL(scale(src, dst, s, frames), PSK_OK);
    psk_scale_ref(src, ref, s->src_width, s->src_height, s->dst_width, s->dst_height, frames,
                  &status);
    CU_ASSERT_EQUAL(status.code, PSK_OK);
    CU_ASSERT_EQUAL(memcmp(dst, ref, dst_bytes), 0);
    /* What was read and written, checksums included, and not those of an earlier run. */
    CU_ASSERT_EQUAL(memcmp(&last_status, &status, sizeof(status)), 0);
    CU_ASSERT_NOT_EQUAL(status.in.weighted, 0);
    CU_ASSERT_NOT_EQUAL(status.out[0].weighted, 0);
    CU_ASSERT_EQUAL(dst[dst_bytes], 0xa5);
    free(src);
    free(dst);
    free(ref);
}

static void hardware_form_equals_reference_form(void)
{
    static const struct sizes cases[] = {
        { 16, 16, 16, 16 },     { 18, 16, 16, 16 },      { 34, 18, 16, 16 },
        { 34, 18, 32, 18 },     { 854, 480, 320, 180 },  { 720, 480, 426, 240 },
        { 1000, 22, 998, 20 },  { 3840, 16, 16, 16 },    { 16, 2160, 16, 16 },
        { 3840, 16, 3838, 16 }, { 1280, 720, 640, 360 }, { 62, 98, 30, 96 },
        { 3840, 2160, 16, 16 }, { 130, 130, 128, 66 },
    };

    for (size_t i = 0; i < LENGTH(cases); i++)
        compare_with_reference(&cases[i], 1);
}

static void random_sizes_equal_the_reference_form(void)
{
    uint32_t seed = 7;

    for (int i = 0; i < 60; i++) {
        const uint32_t width = 16 + 2 * (draw(&seed) % 120);
        const uint32_t height = 16 + 2 * (draw(&seed) % 120);
        const struct sizes s = { width, height, 16 + 2 * (draw(&seed) % ((width - 14) / 2)),
                                 16 + 2 * (draw(&seed) % ((height - 14) / 2)) };
        compare_with_reference(&s, 1 + draw(&seed) % 3);
    }
}

static void equal_size_copies(void)
{
    const struct sizes s = { 66, 34, 66, 34 };
    const size_t size_bytes = PSK_FRAME_BYTES(66, 34) * 2;
    uint8_t *src = noise(size_bytes, 3);
    uint8_t *dst = calloc(1, size_bytes);

    PS_REQUIRE(dst != NULL);
    CU_ASSERT_EQUAL(scale(src, dst, &s, 2), PSK_OK);
    CU_ASSERT_EQUAL(memcmp(src, dst, size_bytes), 0);
    free(src);
    free(dst);
}

static void a_flat_frame_stays_flat(void)
{
    const struct sizes s = { 854, 480, 322, 182 };
    const size_t src_bytes = PSK_FRAME_BYTES(854, 480);
    const size_t dst_bytes = PSK_FRAME_BYTES(322, 182);
    uint8_t *src = malloc(src_bytes);
    uint8_t *dst = malloc(dst_bytes);
    size_t wrong = 0;

    PS_REQUIRE(src != NULL && dst != NULL);
    for (int value = 0; value <= 255; value += 51) {
        memset(src, value, src_bytes);
        CU_ASSERT_EQUAL(scale(src, dst, &s, 1), PSK_OK);
        for (size_t i = 0; i < dst_bytes; i++)
            wrong += dst[i] != value;
    }
    CU_ASSERT_EQUAL(wrong, 0);
    free(src);
    free(dst);
}

static void bad_arguments_are_refused_and_nothing_is_written(void)
{
    static const struct sizes cases[] = {
        { 15, 16, 15, 16 },   { 32, 32, 14, 16 },   { 32, 32, 16, 14 }, { 32, 32, 34, 32 },
        { 32, 32, 32, 34 },   { 33, 32, 32, 32 },   { 32, 33, 32, 32 }, { 32, 32, 31, 32 },
        { 3842, 16, 16, 16 }, { 16, 2162, 16, 16 }, { 0, 0, 0, 0 },     { 0xfffffffeu, 16, 16, 16 },
    };
    const struct sizes good = { 16, 16, 16, 16 };
    const struct psk_status wanted = { .code = PSK_BAD_ARGUMENT };
    uint8_t src[384] = { 0 };
    uint8_t dst[384] = { 0x5a };

    for (size_t i = 0; i < LENGTH(cases); i++) {
        const struct sizes *s = &cases[i];
        struct psk_status ref;

        CU_ASSERT_EQUAL(scale(src, dst, s, 1), PSK_BAD_ARGUMENT);
        psk_scale_ref(src, dst, s->src_width, s->src_height, s->dst_width, s->dst_height, 1, &ref);
        CU_ASSERT_EQUAL(memcmp(&ref, &wanted, sizeof(ref)), 0);
    }
    CU_ASSERT_EQUAL(scale(src, dst, &good, 0), PSK_BAD_ARGUMENT);
    CU_ASSERT_EQUAL(scale(src, dst, &good, PSK_BATCH_FRAMES_MAX + 1), PSK_BAD_ARGUMENT);
    CU_ASSERT_EQUAL(dst[0], 0x5a);
}

int main(void)
{
    static const struct ps_test tests[] = {
        PS_TEST(hardware_form_equals_reference_form),
        PS_TEST(random_sizes_equal_the_reference_form),
        PS_TEST(equal_size_copies),
        PS_TEST(a_flat_frame_stays_flat),
        PS_TEST(bad_arguments_are_refused_and_nothing_is_written),
    };

    return ps_test_run("kernels/scale", tests, LENGTH(tests));
}
