/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * tests/integration/kernels/test_scale_clip.c - real frames through both forms of the scaler, bit
 * for bit, as I420 and as NV12.
 */
#include <stdlib.h>
#include <string.h>

#include "kernels/scale/scale.h"
#include "tests/integration/kernels/coded.h"
#include "tests/support/ps_test.h"

#define WIDTH  640u
#define HEIGHT 360u
#define SKIP   60u /* the clips fade in */
#define COUNT  3u

static const uint32_t sizes[COUNT] = { PSK_SCALE_SIZE(426, 240), PSK_SCALE_SIZE(320, 180),
                                       PSK_SCALE_SIZE(138, 78) };

static void pair_chroma(const uint8_t *i420, uint8_t *nv12)
{
    const uint32_t luma = WIDTH * HEIGHT;

    memcpy(nv12, i420, luma);
    for (uint32_t i = 0; i < luma / 4; i++) {
        nv12[luma + 2 * i] = i420[luma + i];
        nv12[luma + 2 * i + 1] = i420[luma * 5 / 4 + i];
    }
}

static void compare(const uint8_t *frame, uint32_t flags)
{
    uint8_t *dst[2][COUNT];
    struct psk_status status, ref;

    for (uint32_t i = 0; i < 2 * COUNT; i++)
        PS_REQUIRE((dst[i / COUNT][i % COUNT] = calloc(1, PSK_FRAME_BYTES(426, 240))) != NULL);
    psk_scale(frame, dst[0][0], dst[0][1], dst[0][2], NULL, NULL, NULL, WIDTH, HEIGHT, flags, 1,
              COUNT, sizes[0], sizes[1], sizes[2], 0, 0, 0, &status);
    psk_scale_ref(frame, dst[1][0], dst[1][1], dst[1][2], NULL, NULL, NULL, WIDTH, HEIGHT, flags, 1,
                  COUNT, sizes[0], sizes[1], sizes[2], 0, 0, 0, &ref);
    CU_ASSERT_EQUAL(status.code, PSK_OK);
    CU_ASSERT_EQUAL(memcmp(status.out, ref.out, sizeof(ref.out)), 0);
    CU_ASSERT_EQUAL(memcmp(&status.in, &ref.in, sizeof(ref.in)), 0);
    for (uint32_t i = 0; i < COUNT; i++) {
        CU_ASSERT_EQUAL(memcmp(dst[0][i], dst[1][i], PSK_FRAME_BYTES(426, 240)), 0);
        CU_ASSERT_NOT_EQUAL(memcmp(dst[0][i], dst[0][i] + 1, 4096), 0); /* not flat */
        free(dst[0][i]);
        free(dst[1][i]);
    }
}

static void real_frames_are_the_same_in_both_forms(void)
{
    static const char *const clips[] = { "mdn_frog.mp4", "bbb_480p_30s.mp4", "flutter_bee.mp4" };
    uint8_t *nv12 = malloc(PSK_FRAME_BYTES(WIDTH, HEIGHT));

    PS_REQUIRE(nv12 != NULL);
    for (size_t i = 0; i < sizeof(clips) / sizeof(clips[0]); i++) {
        uint32_t count = 0;
        uint8_t *frames = clip_frames(clips[i], WIDTH, HEIGHT, SKIP + 1, &count);
        const uint8_t *frame = frames + SKIP * PSK_FRAME_BYTES(WIDTH, HEIGHT);

        PS_REQUIRE(count == SKIP + 1);
        compare(frame, 0);
        pair_chroma(frame, nv12);
        compare(nv12, PSK_SCALE_NV12);
        free(frames);
    }
    free(nv12);
}

int main(void)
{
    static const struct ps_test tests[] = { PS_TEST(real_frames_are_the_same_in_both_forms) };

    return ps_test_run("kernels/scale on clips", tests, sizeof(tests) / sizeof(tests[0]));
}
