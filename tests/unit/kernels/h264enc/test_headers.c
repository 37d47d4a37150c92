/* SPDX-License-Identifier: BSD-3-Clause */
/* tests/unit/kernels/h264enc/test_headers.c - parameter sets: profile, level, refused arguments.
 * That they decode, with the right size, is the integration test's. */
#include "kernels/h264enc/h264enc.h"

#include <string.h>

#include "tests/support/ps_test.h"
#include "tests/unit/kernels/frames.h"

static uint8_t out[PSK_H264ENC_HEADERS_BYTES_MAX];

static size_t headers(uint32_t width, uint32_t height, uint32_t fps_num, uint32_t fps_den)
{
    return psk_h264enc_headers(width, height, fps_num, fps_den, out, sizeof(out));
}

static void profile_is_constrained_baseline(void)
{
    CU_ASSERT_TRUE(headers(320, 180, 30, 1) > 12);
    CU_ASSERT_EQUAL(memcmp(out, "\0\0\0\1\x67\x42\xc0\x1e", 8), 0); /* avc1.42C01E */
}

static void level_follows_size_and_rate(void)
{
    static const struct {
        uint32_t width, height, fps_num;
        uint8_t level;
    } cases[] = { { 720, 576, 25, 30 },    { 720, 576, 50, 31 },   { 1280, 720, 30, 31 },
                  { 1280, 720, 60, 32 },   { 1920, 1080, 30, 40 }, { 1920, 1080, 60, 42 },
                  { 1920, 1088, 120, 51 }, { 1920, 1080, 240, 52 } };

    for (size_t i = 0; i < LENGTH(cases); i++) {
        CU_ASSERT_TRUE(headers(cases[i].width, cases[i].height, cases[i].fps_num, 1) > 0);
        CU_ASSERT_EQUAL(out[7], cases[i].level);
    }
}

static void the_largest_headers_fit(void)
{
    CU_ASSERT_TRUE(headers(1906, 1074, INT32_MAX, UINT32_MAX) > 0);
    CU_ASSERT_TRUE(headers(1906, 1074, 1, 1) > 0); /* zero bytes need prevention bytes */
}

static void bad_arguments_give_nothing(void)
{
    const size_t size = headers(320, 180, 30, 1);

    CU_ASSERT_EQUAL(headers(14, 180, 30, 1), 0);
    CU_ASSERT_EQUAL(headers(320, 14, 30, 1), 0);
    CU_ASSERT_EQUAL(headers(321, 180, 30, 1), 0);
    CU_ASSERT_EQUAL(headers(320, 181, 30, 1), 0);
    CU_ASSERT_EQUAL(headers(1922, 180, 30, 1), 0);
    CU_ASSERT_EQUAL(headers(320, 1090, 30, 1), 0);
    CU_ASSERT_EQUAL(headers(320, 180, 0, 1), 0);
    CU_ASSERT_EQUAL(headers(320, 180, 30, 0), 0);
    CU_ASSERT_EQUAL(headers(320, 180, 0x80000000u, 1), 0);
    for (size_t max = 0; max < size; max++)
        CU_ASSERT_EQUAL(psk_h264enc_headers(320, 180, 30, 1, out, max), 0);
    CU_ASSERT_EQUAL(psk_h264enc_headers(320, 180, 30, 1, out, size), size);
}

int main(void)
{
    static const struct ps_test tests[] = {
        PS_TEST(profile_is_constrained_baseline),
        PS_TEST(level_follows_size_and_rate),
        PS_TEST(the_largest_headers_fit),
        PS_TEST(bad_arguments_give_nothing),
    };

    return ps_test_run("kernels/h264enc/headers", tests, LENGTH(tests));
}
