/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * tests/unit/kernels/mark/test_mark.c - hardware form against reference form bit for bit, what the
 * mark promises of its sign, strength and visibility, refused arguments. The real frame's turn is
 * in tests/integration/kernels.
 */
#include "kernels/mark/mark.h"

#include <string.h>

#include "kernels/mark/pattern_priv.h"
#include "tests/support/ps_test.h"
#include "tests/unit/kernels/frames.h"

#define KEY_LO 0x12345678u
#define KEY_HI 0x9abcdef0u

struct marked {
    size_t size_bytes;
    uint8_t *src, *a, *b;
    struct psk_status status;
};

static struct marked begin(uint32_t width, uint32_t height, uint32_t frame_count)
{
    struct marked m = { .size_bytes = PSK_FRAME_BYTES(width, height) * frame_count };

    m.src = malloc(m.size_bytes);
    m.a = calloc(1, m.size_bytes);
    m.b = calloc(1, m.size_bytes);
    PS_REQUIRE(m.src != NULL && m.a != NULL && m.b != NULL);
    return m;
}

static void end(struct marked *m)
{
    free(m->src);
    free(m->a);
    free(m->b);
}

static void mark(struct marked *m, uint32_t width, uint32_t height, uint32_t frame_count,
                 uint32_t segment, uint32_t strength)
{
    struct psk_status status;

    psk_mark(m->src, m->a, m->b, width, height, frame_count, KEY_LO, KEY_HI, segment, 5, strength,
             &status);
    CU_ASSERT_EQUAL(status.code, PSK_OK);
    CU_ASSERT_EQUAL(status.frames_done, frame_count);
    m->status = status;
}

/* Sum of difference times sign over the cells' middles: positive for A, negative for B. */
static int64_t correlate(const uint8_t *marked, const uint8_t *src, uint32_t width, uint32_t height,
                         uint32_t segment)
{
    int64_t sum = 0;

    for (uint32_t y = 0; y < height; y++)
        for (uint32_t x = 0; x < width; x++)
            sum += (marked[y * width + x] - src[y * width + x]) *
                   psk_mark_sign(KEY_LO, KEY_HI, segment, x * PSK_MARK_COLUMNS / width,
                                 y * PSK_MARK_ROWS / height);
    return sum;
}

static void hardware_form_equals_reference_form(void)
{
    static const uint32_t sizes[][2] = { { 16, 16 },         { 34, 18 },   { 320, 180 },
                                         { 426, 240 },       { 18, 1080 }, { 642, 362 },
                                         { 160, 90 },        { 158, 90 },  { 160, 88 },
                                         { 162, 4 * 45 + 2 } };

    for (size_t i = 0; i < LENGTH(sizes); i++) {
        struct marked m = begin(sizes[i][0], sizes[i][1], 2);
        uint8_t *a = malloc(m.size_bytes);
        uint8_t *b = malloc(m.size_bytes);
        struct psk_status status;

        PS_REQUIRE(a != NULL && b != NULL);
        /* The second frame is mild, so that what noise drives to its limits is in between. */
        fill_with_noise(m.src, m.size_bytes, (uint32_t)i);
        for (size_t at = m.size_bytes / 2; at < m.size_bytes; at++)
            m.src[at] = (uint8_t)(at / 7 % 200 + m.src[at] / 32);
        mark(&m, sizes[i][0], sizes[i][1], 2, 9, 400);
        psk_mark_ref(m.src, a, b, sizes[i][0], sizes[i][1], 2, KEY_LO, KEY_HI, 9, 5, 400, &status);
        CU_ASSERT_EQUAL(status.code, PSK_OK);
        CU_ASSERT_EQUAL(memcmp(a, m.a, m.size_bytes), 0);
        CU_ASSERT_EQUAL(memcmp(b, m.b, m.size_bytes), 0);
        CU_ASSERT_EQUAL(memcmp(&m.status, &status, sizeof(status)), 0);
        CU_ASSERT_NOT_EQUAL(status.out[0].weighted, status.out[1].weighted);
        end(&m);
        free(a);
        free(b);
    }
}

static void flat_content_carries_the_mark(void)
{
    const uint32_t luma = 320 * 180;
    struct marked m = begin(320, 180, 1);
    int64_t wrong;

    memset(m.src, 90, m.size_bytes);
    mark(&m, 320, 180, 1, 3, 256);
    /* Half a step of amplitude or a little less, two thirds of it left after interpolation. */
    CU_ASSERT_TRUE(correlate(m.a, m.src, 320, 180, 3) > luma / 6);
    CU_ASSERT_TRUE(correlate(m.b, m.src, 320, 180, 3) < -(int64_t)luma / 6);
    wrong = correlate(m.a, m.src, 320, 180, 4);
    CU_ASSERT_TRUE(wrong < luma / 20 && wrong > -(int64_t)luma / 20);
    end(&m);
}

static void a_and_b_are_mirrored_and_chroma_is_untouched(void)
{
    const size_t luma = 128 * 64;
    struct marked m = begin(128, 64, 1);
    size_t moved = 0;
    size_t lopsided = 0;

    fill_with_noise(m.src, m.size_bytes, 4);
    for (size_t i = 0; i < luma; i++)
        m.src[i] = (uint8_t)(64 + m.src[i] / 2);
    mark(&m, 128, 64, 1, 0, 256);
    for (size_t i = 0; i < luma; i++) {
        moved += m.a[i] != m.src[i];
        lopsided += m.a[i] - m.src[i] != m.src[i] - m.b[i];
    }
    CU_ASSERT_TRUE(moved > luma / 3);
    CU_ASSERT_EQUAL(lopsided, 0);
    CU_ASSERT_EQUAL(memcmp(m.a + luma, m.src + luma, luma / 2), 0);
    CU_ASSERT_EQUAL(memcmp(m.b + luma, m.src + luma, luma / 2), 0);
    end(&m);
}

/* What already looks like A needs less for A, and more for B. */
static void gain_follows_the_content(void)
{
    const uint32_t width = 640, height = 360, segment = 2;
    struct marked m = begin(width, height, 1);
    int64_t a, b;

    fill_with_noise(m.src, m.size_bytes, 8);
    for (uint32_t i = 0; i < width * height; i++) {
        const int sign = psk_mark_sign(KEY_LO, KEY_HI, segment, i % width / 8, i / width / 8);

        /* Every third cell is like the pattern. */
        m.src[i] = (uint8_t)(120 + m.src[i] / 16 + ((i % width / 8) % 3 == 0 ? 2 * sign : 0));
    }
    mark(&m, width, height, 1, segment, 256);
    a = correlate(m.a, m.src, width, height, segment);
    b = -correlate(m.b, m.src, width, height, segment);
    CU_ASSERT_TRUE(a > 0);
    CU_ASSERT_TRUE(b > a * 3 / 2);
    end(&m);
}

static void batches_may_be_cut_anywhere(void)
{
    const uint32_t width = 320, height = 180, frames = 3;
    const size_t frame_bytes = PSK_FRAME_BYTES(width, height);
    struct marked m = begin(width, height, frames);
    uint8_t *a = malloc(m.size_bytes);
    uint8_t *b = malloc(m.size_bytes);
    struct psk_status status;

    PS_REQUIRE(a != NULL && b != NULL);
    fill_with_noise(m.src, m.size_bytes, 12);
    mark(&m, width, height, frames, 1, 256);
    for (uint32_t i = 0; i < frames; i++)
        psk_mark(m.src + i * frame_bytes, a + i * frame_bytes, b + i * frame_bytes, width, height,
                 1, KEY_LO, KEY_HI, 1, 5 + i, 256, &status);
    CU_ASSERT_EQUAL(memcmp(a, m.a, m.size_bytes), 0);
    CU_ASSERT_EQUAL(memcmp(b, m.b, m.size_bytes), 0);
    free(a);
    free(b);
    end(&m);
}

/* Mean squared error of @p a. */
static double error_of(const struct marked *m, size_t luma)
{
    double sum = 0;

    for (size_t i = 0; i < luma; i++)
        sum += (m->a[i] - m->src[i]) * (m->a[i] - m->src[i]);
    return sum / (double)luma;
}

static void fidelity_is_kept_whatever_the_content(void)
{
    struct marked m = begin(640, 360, 1);

    for (uint32_t shift = 0; shift < 8; shift++) {
        fill_with_noise(m.src, m.size_bytes, shift);
        for (size_t i = 0; i < m.size_bytes; i++)
            m.src[i] = (uint8_t)((m.src[i] >> shift) + 100 * (shift > 0));
        mark(&m, 640, 360, 1, shift, 256);
        CU_ASSERT_TRUE(error_of(&m, 640 * 360) <= 2.58); /* 44 dB */
    }
    end(&m);
}

static void strength_zero_leaves_the_picture(void)
{
    struct marked m = begin(64, 64, 1);

    fill_with_noise(m.src, m.size_bytes, 6);
    mark(&m, 64, 64, 1, 0, 0);
    CU_ASSERT_EQUAL(memcmp(m.a, m.src, m.size_bytes), 0);
    CU_ASSERT_EQUAL(memcmp(m.b, m.src, m.size_bytes), 0);
    end(&m);
}

static void signs_are_balanced_and_depend_on_key_and_segment(void)
{
    int sum = 0;
    int same_segment = 0;
    int same_key = 0;

    for (uint32_t row = 0; row < PSK_MARK_ROWS; row++) {
        for (uint32_t column = 0; column < PSK_MARK_COLUMNS; column++) {
            const int sign = psk_mark_sign(KEY_LO, KEY_HI, 1, column, row);

            sum += sign;
            same_segment += sign == psk_mark_sign(KEY_LO, KEY_HI, 2, column, row);
            same_key += sign == psk_mark_sign(KEY_LO, KEY_HI + 1, 1, column, row);
        }
    }
    /* 3600 fair coins: four standard deviations are 240 in the sum, 120 in a count. */
    CU_ASSERT_TRUE(abs(sum) < 240);
    CU_ASSERT_TRUE(abs(same_segment - 1800) < 120);
    CU_ASSERT_TRUE(abs(same_key - 1800) < 120);
}

static void dither_is_even(void)
{
    uint32_t count[256] = { 0 };
    uint32_t far_off = 0;

    for (uint32_t y = 0; y < 256; y++)
        for (uint32_t x = 0; x < 1024; x++)
            count[psk_mark_dither(psk_mark_row_seed(1, 2, y), x) & 255]++;
    for (int i = 0; i < 256; i++)
        far_off += count[i] < 800 || count[i] > 1250;
    CU_ASSERT_EQUAL(far_off, 0);
}

static void bad_arguments_are_refused_and_nothing_is_written(void)
{
    static const uint32_t cases[][4] = { { 14, 16, 1, 256 },
                                         { 16, 14, 1, 256 },
                                         { 17, 16, 1, 256 },
                                         { 16, 17, 1, 256 },
                                         { 3842, 16, 1, 256 },
                                         { 16, 2162, 1, 256 },
                                         { 16, 16, 0, 256 },
                                         { 16, 16, PSK_BATCH_FRAMES_MAX + 1, 256 },
                                         { 16, 16, 1, PSK_MARK_STRENGTH_MAX + 1 } };
    struct marked m = begin(16, 16, 1);

    memset(m.src, 1, m.size_bytes);
    for (size_t i = 0; i < LENGTH(cases); i++) {
        struct psk_status status;

        psk_mark(m.src, m.a, m.b, cases[i][0], cases[i][1], cases[i][2], 0, 0, 0, 0, cases[i][3],
                 &status);
        CU_ASSERT_EQUAL(status.code, PSK_BAD_ARGUMENT);
        CU_ASSERT_EQUAL(status.frames_done, 0);
        psk_mark_ref(m.src, m.a, m.b, cases[i][0], cases[i][1], cases[i][2], 0, 0, 0, 0,
                     cases[i][3], &status);
        CU_ASSERT_EQUAL(status.code, PSK_BAD_ARGUMENT);
    }
    CU_ASSERT_EQUAL(m.a[0], 0);
    CU_ASSERT_EQUAL(m.b[0], 0);
    end(&m);
}

int main(void)
{
    static const struct ps_test tests[] = {
        PS_TEST(hardware_form_equals_reference_form),
        PS_TEST(flat_content_carries_the_mark),
        PS_TEST(a_and_b_are_mirrored_and_chroma_is_untouched),
        PS_TEST(gain_follows_the_content),
        PS_TEST(batches_may_be_cut_anywhere),
        PS_TEST(fidelity_is_kept_whatever_the_content),
        PS_TEST(strength_zero_leaves_the_picture),
        PS_TEST(signs_are_balanced_and_depend_on_key_and_segment),
        PS_TEST(dither_is_even),
        PS_TEST(bad_arguments_are_refused_and_nothing_is_written),
    };

    return ps_test_run("kernels/mark", tests, LENGTH(tests));
}
