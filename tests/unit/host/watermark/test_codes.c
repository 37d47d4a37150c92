/* SPDX-License-Identifier: BSD-3-Clause */
/* tests/unit/host/watermark/test_codes.c - biases, words drawn by them, arguments refused. */
#include "host/watermark/codes.h"

#include <errno.h>
#include <math.h>
#include <string.h>

#include "host/base/mem.h"
#include "tests/support/ps_test.h"

static struct ps_codes codes, other;
static uint8_t bits[PS_CODES_BYTES_MAX], more[PS_CODES_BYTES_MAX];

/* Points and weights as Nuida et al. list them. */
static void levels_are_those_of_the_literature(void)
{
    struct ps_codes_level levels[PS_CODES_LEVELS_MAX];

    CU_ASSERT_EQUAL(ps_codes_levels(2, levels), 1);
    CU_ASSERT_DOUBLE_EQUAL(levels[0].bias, .5, 1e-9);
    CU_ASSERT_EQUAL(ps_codes_levels(4, levels), 2);
    CU_ASSERT_DOUBLE_EQUAL(levels[0].bias, .21132, 1e-5);
    CU_ASSERT_DOUBLE_EQUAL(levels[1].weight, .5, 1e-9);
    CU_ASSERT_EQUAL(ps_codes_levels(6, levels), 3);
    CU_ASSERT_DOUBLE_EQUAL(levels[0].bias, .11270, 1e-5);
    CU_ASSERT_DOUBLE_EQUAL(levels[0].weight, .33201, 1e-5);
    CU_ASSERT_DOUBLE_EQUAL(levels[1].weight, .33598, 1e-5);
}

static void levels_are_symmetric_and_tend_to_the_arcsine_law(void)
{
    for (uint32_t c = 1; c <= PS_CODES_COLLUDERS_MAX; c++) {
        struct ps_codes_level levels[PS_CODES_LEVELS_MAX];
        const uint32_t count = ps_codes_levels(c, levels);
        double sum = 0, below = 0;

        for (uint32_t i = 0; i < count; i++) {
            sum += levels[i].weight;
            below += levels[i].bias < .25 ? levels[i].weight : 0;
            CU_ASSERT_DOUBLE_EQUAL(levels[i].bias + levels[count - 1 - i].bias, 1, 1e-9);
            CU_ASSERT_TRUE(levels[i].bias > .001 && levels[i].bias < .999);
        }
        CU_ASSERT_DOUBLE_EQUAL(sum, 1, 1e-9);
        if (c == PS_CODES_COLLUDERS_MAX) /* 2/pi asin(sqrt(1/4)) */
            CU_ASSERT_DOUBLE_EQUAL(below, 1 / 3.0, .05);
    }
}

static void words_follow_the_biases(void)
{
    const uint32_t segments = 64, viewers = 4000;
    double far_off = 0;
    uint32_t ones[64] = { 0 };

    CU_ASSERT_EQUAL(ps_codes_draw(&codes, 1, 4, segments), 0);
    for (uint32_t v = 1; v <= viewers; v++) {
        ps_codes_word(&codes, v, bits);
        for (uint32_t i = 0; i < segments; i++)
            ones[i] += (uint32_t)ps_codes_bit(bits, i);
    }
    for (uint32_t i = 0; i < segments; i++)
        far_off = fmax(far_off, fabs(ones[i] / (double)viewers - codes.bias[i] / 65536.0));
    CU_ASSERT_TRUE(far_off < 5 * .5 / sqrt(viewers)); /* five deviations */
}

static void words_depend_on_key_and_viewer_alone(void)
{
    CU_ASSERT_EQUAL(ps_codes_draw(&codes, 1, 4, 1000), 0);
    CU_ASSERT_EQUAL(ps_codes_draw(&other, 1, 4, 300), 0);
    CU_ASSERT_EQUAL(memcmp(codes.bias, other.bias, 300 * sizeof(codes.bias[0])), 0);
    ps_codes_word(&codes, 7, bits);
    ps_codes_word(&other, 7, more);
    CU_ASSERT_EQUAL(memcmp(bits, more, 300 / 8), 0);
    CU_ASSERT_EQUAL(more[300 / 8] & 0x0f, 0);
    ps_codes_word(&other, 8, more);
    CU_ASSERT_NOT_EQUAL(memcmp(bits, more, 300 / 8), 0);
    CU_ASSERT_EQUAL(ps_codes_draw(&other, 2, 4, 300), 0);
    ps_codes_word(&other, 7, more);
    CU_ASSERT_NOT_EQUAL(memcmp(bits, more, 300 / 8), 0);
}

static void numbers_out_of_range_are_refused(void)
{
    CU_ASSERT_EQUAL(ps_codes_draw(&codes, 1, 0, 10), -EINVAL);
    CU_ASSERT_EQUAL(ps_codes_draw(&codes, 1, PS_CODES_COLLUDERS_MAX + 1, 10), -EINVAL);
    CU_ASSERT_EQUAL(ps_codes_draw(&codes, 1, 1, 0), -EINVAL);
    CU_ASSERT_EQUAL(ps_codes_draw(&codes, 1, 1, PS_CODES_SEGMENTS_MAX + 1), -EINVAL);
    CU_ASSERT_EQUAL(ps_codes_draw(&codes, 1, PS_CODES_COLLUDERS_MAX, PS_CODES_SEGMENTS_MAX), 0);
    for (uint32_t i = 0; i < PS_CODES_SEGMENTS_MAX; i++)
        PS_REQUIRE(codes.bias[i] != 0);
}

static void one_bit_is_that_of_the_word(void)
{
    for (uint32_t c = 1; c <= 9; c += 4) {
        CU_ASSERT_EQUAL(ps_codes_draw(&codes, 77 + c, c, 3000), 0);
        for (uint64_t viewer = 1; viewer < 4000000000u; viewer = viewer * 40 + 7) {
            ps_codes_word(&codes, viewer, bits);
            for (uint32_t i = 0; i < 3000; i++)
                CU_ASSERT_EQUAL(ps_codes_bit_of(77 + c, c, viewer, i), ps_codes_bit(bits, i));
        }
    }
    CU_ASSERT_EQUAL(ps_codes_bit_of(1, 0, 1, 0), -EINVAL);
    CU_ASSERT_EQUAL(ps_codes_bit_of(1, 33, 1, 0), -EINVAL);
    CU_ASSERT_EQUAL(ps_codes_bit_of(1, 4, 1, PS_CODES_SEGMENTS_MAX), -EINVAL);
}

int main(void)
{
    static const struct ps_test tests[] = {
        PS_TEST(levels_are_those_of_the_literature),
        PS_TEST(levels_are_symmetric_and_tend_to_the_arcsine_law),
        PS_TEST(words_follow_the_biases),
        PS_TEST(words_depend_on_key_and_viewer_alone),
        PS_TEST(numbers_out_of_range_are_refused),
        PS_TEST(one_bit_is_that_of_the_word),
    };

    return ps_test_run("host/watermark/codes", tests, PS_ARRAY_LEN(tests));
}
