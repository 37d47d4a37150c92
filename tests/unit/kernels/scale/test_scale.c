/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * tests/unit/kernels/scale/test_scale.c - hardware form against reference form, bit for bit, over
 * noise, edges and gradients at edge sizes and odd ratios, I420 and NV12, one to six renditions;
 * what scaling must keep; where chroma sits; refused arguments.
 */
#include "kernels/scale/scale.h"

#include <stdlib.h>
#include <string.h>

#include "tests/support/ps_test.h"
#include "tests/unit/kernels/frames.h"

struct call {
    uint32_t src_width, src_height, flags, frames, count;
    uint32_t sizes[PSK_SCALE_RENDITIONS_MAX];
};

typedef void scale_form(const uint8_t *, uint8_t *, uint8_t *, uint8_t *, uint8_t *, uint8_t *,
                        uint8_t *, uint32_t, uint32_t, uint32_t, uint32_t, uint32_t, uint32_t,
                        uint32_t, uint32_t, uint32_t, uint32_t, uint32_t, struct psk_status *);

struct outputs {
    uint8_t *dst[PSK_SCALE_RENDITIONS_MAX];
    size_t size_bytes[PSK_SCALE_RENDITIONS_MAX];
    struct psk_status status;
};

/* With a guard behind each buffer. */
static void run(scale_form *form, const struct call *c, const uint8_t *src, struct outputs *out)
{
    const uint32_t *s = c->sizes;

    for (uint32_t i = 0; i < PSK_SCALE_RENDITIONS_MAX; i++) {
        out->size_bytes[i] =
            i < c->count ? PSK_FRAME_BYTES(s[i] >> 16, s[i] & 0xffff) * c->frames : 0;
        out->dst[i] = malloc(out->size_bytes[i] + 1);
        PS_REQUIRE(out->dst[i] != NULL);
        memset(out->dst[i], 0xa5, out->size_bytes[i] + 1);
    }
    memset(&out->status, 0x77, sizeof(out->status));
    form(src, out->dst[0], out->dst[1], out->dst[2], out->dst[3], out->dst[4], out->dst[5],
         c->src_width, c->src_height, c->flags, c->frames, c->count, s[0], s[1], s[2], s[3], s[4],
         s[5], &out->status);
}

static void drop(struct outputs *out)
{
    for (uint32_t i = 0; i < PSK_SCALE_RENDITIONS_MAX; i++)
        free(out->dst[i]);
}

enum content { NOISE, EXTREMES, GRADIENT, CONTENTS };

static uint8_t *source(const struct call *c, enum content content, uint32_t seed)
{
    const size_t size_bytes = PSK_FRAME_BYTES(c->src_width, c->src_height) * c->frames;
    uint8_t *bytes = malloc(size_bytes);

    PS_REQUIRE(bytes != NULL);
    fill_with_noise(bytes, size_bytes, seed);
    for (size_t i = 0; i < size_bytes && content == EXTREMES; i++)
        bytes[i] = bytes[i] & 1 ? 255 : 0;
    for (size_t i = 0; i < size_bytes && content == GRADIENT; i++)
        bytes[i] = (uint8_t)(i * 255 / size_bytes + i % 3);
    return bytes;
}

static void compare_with_reference(const struct call *c, enum content content)
{
    uint8_t *src = source(c, content, c->src_width + c->count);
    struct outputs hw, ref;

    run(psk_scale, c, src, &hw);
    run(psk_scale_ref, c, src, &ref);
    CU_ASSERT_EQUAL(hw.status.code, PSK_OK);
    CU_ASSERT_EQUAL(hw.status.frames_done, c->frames);
    CU_ASSERT_NOT_EQUAL(hw.status.in.weighted, 0);
    CU_ASSERT_EQUAL(memcmp(&hw.status.in, &ref.status.in, sizeof(hw.status.in)), 0);
    CU_ASSERT_EQUAL(memcmp(hw.status.out, ref.status.out, sizeof(hw.status.out)), 0);
    for (uint32_t i = 0; i < PSK_SCALE_RENDITIONS_MAX; i++) {
        CU_ASSERT_EQUAL(memcmp(hw.dst[i], ref.dst[i], hw.size_bytes[i] + 1), 0);
        CU_ASSERT_EQUAL(hw.dst[i][hw.size_bytes[i]], 0xa5);
        CU_ASSERT_EQUAL(hw.status.out[i].weighted != 0, i < c->count);
    }
    free(src);
    drop(&hw);
    drop(&ref);
}

#define SIZE(w, h) PSK_SCALE_SIZE(w, h)

static void hardware_form_equals_reference_form(void)
{
    static const struct call cases[] = {
        { 16, 16, 0, 1, 1, { SIZE(16, 16) } },
        { 18, 16, 1, 1, 1, { SIZE(16, 16) } },
        { 34, 18, 0, 2, 2, { SIZE(16, 16), SIZE(34, 16) } },
        { 34, 18, 1, 1, 1, { SIZE(32, 18) } },
        { 854, 480, 0, 1, 2, { SIZE(320, 180), SIZE(426, 240) } },
        { 1000, 22, 1, 1, 1, { SIZE(998, 20) } },
        { 3840, 16, 0, 1, 2, { SIZE(240, 16), SIZE(3838, 16) } },
        { 16, 2160, 0, 1, 2, { SIZE(16, 136), SIZE(16, 2158) } },
        { 256, 256, 1, 1, 1, { SIZE(16, 16) } },
        { 640, 360, 0, 1, 3, { SIZE(320, 180), SIZE(214, 120), SIZE(640, 360) } },
        { 62, 98, 0, 3, 1, { SIZE(30, 96) } },
        { 130, 130, 1, 2, 2, { SIZE(128, 66), SIZE(66, 128) } },
    };

    for (size_t i = 0; i < LENGTH(cases); i++)
        for (int content = 0; content < CONTENTS; content++)
            compare_with_reference(&cases[i], content);
}

static uint32_t draw_length(uint32_t *seed, uint32_t src)
{
    const uint32_t least = src / 2 / PSK_SCALE_RATIO_MAX > 8 ? src / PSK_SCALE_RATIO_MAX + 2 : 16;
    const uint32_t from = least / 2 * 2;

    return from + 2 * (draw(seed) % ((src - from) / 2 + 1));
}

static void random_sizes_equal_the_reference_form(void)
{
    uint32_t seed = 7;

    for (int i = 0; i < 60; i++) {
        struct call c = { .src_width = 16 + 2 * (draw(&seed) % 150),
                          .src_height = 16 + 2 * (draw(&seed) % 150),
                          .flags = draw(&seed) & 1,
                          .frames = 1 + draw(&seed) % 3,
                          .count = 1 + draw(&seed) % PSK_SCALE_RENDITIONS_MAX };

        for (uint32_t r = 0; r < c.count; r++) {
            const uint32_t width = draw_length(&seed, c.src_width);

            c.sizes[r] = SIZE(width, draw_length(&seed, c.src_height));
        }
        compare_with_reference(&c, draw(&seed) % CONTENTS);
    }
}

static void one_run_makes_what_six_make(void)
{
    const struct call all = { 640,
                              360,
                              0,
                              2,
                              6,
                              { SIZE(640, 360), SIZE(426, 240), SIZE(320, 180), SIZE(256, 144),
                                SIZE(214, 120), SIZE(160, 90) } };
    uint8_t *src = source(&all, NOISE, 3);
    struct outputs together;

    run(psk_scale, &all, src, &together);
    for (uint32_t i = 0; i < all.count; i++) {
        const struct call one = { 640, 360, 0, 2, 1, { all.sizes[i] } };
        struct outputs alone;

        run(psk_scale, &one, src, &alone);
        CU_ASSERT_EQUAL(alone.size_bytes[0], together.size_bytes[i]);
        CU_ASSERT_EQUAL(memcmp(alone.dst[0], together.dst[i], alone.size_bytes[0]), 0);
        CU_ASSERT_EQUAL(
            memcmp(&alone.status.out[0], &together.status.out[i], sizeof(struct psk_frame_sum)), 0);
        drop(&alone);
    }
    drop(&together);
    free(src);
}

static void nv12_gives_what_i420_gives(void)
{
    const struct call planar = { 98, 66, 0, 1, 1, { SIZE(48, 32) } };
    const struct call paired = { 98, 66, PSK_SCALE_NV12, 1, 1, { SIZE(48, 32) } };
    const uint32_t luma = 98 * 66, quarter = luma / 4;
    uint8_t *i420 = source(&planar, NOISE, 5), *nv12 = malloc(luma * 3 / 2);
    struct outputs a, b;

    PS_REQUIRE(nv12 != NULL);
    memcpy(nv12, i420, luma);
    for (uint32_t i = 0; i < quarter; i++) {
        nv12[luma + 2 * i] = i420[luma + i];
        nv12[luma + 2 * i + 1] = i420[luma + quarter + i];
    }
    run(psk_scale, &planar, i420, &a);
    run(psk_scale, &paired, nv12, &b);
    CU_ASSERT_EQUAL(memcmp(a.dst[0], b.dst[0], a.size_bytes[0]), 0);
    free(i420);
    free(nv12);
    drop(&a);
    drop(&b);
}

static void equal_size_copies(void)
{
    const struct call c = { 66, 34, 0, 2, 1, { SIZE(66, 34) } };
    uint8_t *src = source(&c, NOISE, 3);
    struct outputs out;

    run(psk_scale, &c, src, &out);
    CU_ASSERT_EQUAL(memcmp(src, out.dst[0], out.size_bytes[0]), 0);
    free(src);
    drop(&out);
}

static void a_flat_frame_stays_flat(void)
{
    const struct call c = { 854, 480, 0, 1, 2, { SIZE(322, 182), SIZE(54, 30) } };
    size_t wrong = 0;
    uint8_t *src = source(&c, NOISE, 1);

    for (int value = 0; value <= 255; value += 51) {
        struct outputs out;

        memset(src, value, PSK_FRAME_BYTES(854, 480));
        run(psk_scale, &c, src, &out);
        for (uint32_t r = 0; r < c.count; r++)
            for (size_t i = 0; i < out.size_bytes[r]; i++)
                wrong += out.dst[r][i] != value;
        drop(&out);
    }
    CU_ASSERT_EQUAL(wrong, 0);
    free(src);
}

/*
 * Chroma that grows by one a sample: the rendition's sample x sits at source sample 8x + 7/4 and so
 * shows 8x + 2. Were it taken for centred, as luma is, 8x + 7/2 would show.
 */
static void chroma_stays_left_sited(void)
{
    const struct call c = { 512, 32, 0, 1, 1, { SIZE(64, 16) } };
    uint8_t *src = source(&c, NOISE, 1);
    struct outputs out;

    for (uint32_t i = 0; i < 256 * 16; i++)
        src[512 * 32 + i] = (uint8_t)(i % 256);
    run(psk_scale, &c, src, &out);
    for (uint32_t x = 4; x < 28; x++)
        CU_ASSERT_EQUAL(out.dst[0][64 * 16 + x], 8 * x + 2);
    free(src);
    drop(&out);
}

static void bad_arguments_are_refused_and_nothing_is_written(void)
{
    static const struct call cases[] = {
        { 15, 16, 0, 1, 1, { SIZE(15, 16) } },
        { 32, 32, 0, 1, 1, { SIZE(14, 16) } },
        { 32, 32, 0, 1, 1, { SIZE(16, 14) } },
        { 32, 32, 0, 1, 1, { SIZE(34, 32) } },
        { 32, 32, 0, 1, 1, { SIZE(32, 34) } },
        { 33, 32, 0, 1, 1, { SIZE(32, 32) } },
        { 32, 33, 0, 1, 1, { SIZE(32, 32) } },
        { 32, 32, 0, 1, 1, { SIZE(31, 32) } },
        { 32, 32, 0, 1, 2, { SIZE(16, 16), 0 } },
        { 32, 32, 0, 1, 6, { SIZE(16, 16), SIZE(16, 16), SIZE(16, 16), SIZE(16, 16), 0 } },
        { 258, 16, 0, 1, 1, { SIZE(16, 16) } },
        { 16, 258, 0, 1, 1, { SIZE(16, 16) } },
        { 32, 32, 2, 1, 1, { SIZE(16, 16) } },
        { 32, 32, 0, 1, 0, { SIZE(16, 16) } },
        { 32, 32, 0, 1, 7, { SIZE(16, 16) } },
        { 32, 32, 0, 1, 0xffffffff, { SIZE(16, 16) } },
        { 32, 32, 0, 0, 1, { SIZE(16, 16) } },
        { 32, 32, 0, PSK_BATCH_FRAMES_MAX + 1, 1, { SIZE(16, 16) } },
        { 3842, 16, 0, 1, 1, { SIZE(3840, 16) } },
        { 16, 2162, 0, 1, 1, { SIZE(16, 2160) } },
        { 0, 0, 0, 1, 1, { 0 } },
        { 0xfffffffeu, 16, 0, 1, 1, { SIZE(0xfffe, 16) } },
    };
    const struct psk_status wanted = { .code = PSK_BAD_ARGUMENT };
    uint8_t src[1] = { 0 }, dst[1] = { 0x5a };

    for (size_t i = 0; i < LENGTH(cases); i++) {
        const struct call *c = &cases[i];
        struct psk_status hw, ref;

        psk_scale(src, dst, dst, dst, dst, dst, dst, c->src_width, c->src_height, c->flags,
                  c->frames, c->count, c->sizes[0], c->sizes[1], c->sizes[2], c->sizes[3],
                  c->sizes[4], c->sizes[5], &hw);
        psk_scale_ref(src, dst, dst, dst, dst, dst, dst, c->src_width, c->src_height, c->flags,
                      c->frames, c->count, c->sizes[0], c->sizes[1], c->sizes[2], c->sizes[3],
                      c->sizes[4], c->sizes[5], &ref);
        CU_ASSERT_EQUAL(memcmp(&hw, &wanted, sizeof(hw)), 0);
        CU_ASSERT_EQUAL(memcmp(&ref, &wanted, sizeof(ref)), 0);
    }
    CU_ASSERT_EQUAL(dst[0], 0x5a);
}

int main(void)
{
    static const struct ps_test tests[] = {
        PS_TEST(hardware_form_equals_reference_form),
        PS_TEST(random_sizes_equal_the_reference_form),
        PS_TEST(one_run_makes_what_six_make),
        PS_TEST(nv12_gives_what_i420_gives),
        PS_TEST(equal_size_copies),
        PS_TEST(a_flat_frame_stays_flat),
        PS_TEST(chroma_stays_left_sited),
        PS_TEST(bad_arguments_are_refused_and_nothing_is_written),
    };

    return ps_test_run("kernels/scale", tests, LENGTH(tests));
}
