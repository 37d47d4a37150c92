/* SPDX-License-Identifier: BSD-3-Clause */
/* tests/unit/kernels/scale/test_cycles.c - the scaler's cycle model: what must make it longer. */
#include "kernels/scale/cycles.h"

#include "kernels/scale/scale.h"
#include "tests/support/ps_test.h"

static const uint32_t ladder[PSK_SCALE_RENDITIONS_MAX] = {
    PSK_SCALE_SIZE(1280, 720), PSK_SCALE_SIZE(960, 540), PSK_SCALE_SIZE(640, 360),
    PSK_SCALE_SIZE(416, 234),  PSK_SCALE_SIZE(320, 180), PSK_SCALE_SIZE(256, 144),
};

static uint64_t bytes;

static uint64_t cycles(uint32_t frames, uint32_t count)
{
    bytes = 0;
    return psk_scale_cycles(1920, 1080, 0, frames, count, ladder, &bytes);
}

static void time_grows_with_frames_and_renditions(void)
{
    const uint64_t frame = cycles(2, 4) - cycles(1, 4);

    CU_ASSERT_EQUAL(cycles(9, 4) - cycles(1, 4), 8 * frame);
    for (uint32_t count = 2; count <= PSK_SCALE_RENDITIONS_MAX; count++)
        CU_ASSERT(cycles(1, count) > cycles(1, count - 1));
}

/* The point of several renditions in one run: the source is read once, and loading hides. */
static void one_run_is_shorter_than_one_for_each(void)
{
    uint64_t apart = 0, moved = 0;

    for (uint32_t i = 0; i < 4; i++) {
        uint64_t moved_here = 0;

        apart += psk_scale_cycles(1920, 1080, 0, 8, 1, &ladder[i], &moved_here);
        moved += moved_here;
    }
    CU_ASSERT(cycles(8, 4) < apart);
    CU_ASSERT_EQUAL(moved - bytes, 3 * 8 * PSK_FRAME_BYTES(1920, 1080));
}

static void a_frame_cannot_be_faster_than_it_is_read(void)
{
    CU_ASSERT(cycles(2, 1) - cycles(1, 1) > 1920 * 1080 * 3 / 2);
    CU_ASSERT(300000000 / (cycles(2, 4) - cycles(1, 4)) >= 15); /* of 1080p a second at 300 MHz */
}

static void a_refused_run_costs_next_to_nothing(void)
{
    const uint32_t larger[PSK_SCALE_RENDITIONS_MAX] = { PSK_SCALE_SIZE(64, 16) };

    CU_ASSERT(cycles(33, 1) < 10000);
    CU_ASSERT(cycles(1, 7) < 10000);
    CU_ASSERT(psk_scale_cycles(32, 32, 0, 1, 1, larger, &bytes) < 10000);
    CU_ASSERT(psk_scale_cycles(UINT32_MAX, UINT32_MAX, 0, 1, 1, larger, &bytes) < 10000);
    CU_ASSERT_EQUAL(bytes, 0);
}

/* A status says what the model says. */
static void a_run_reports_its_cycles(void)
{
    static uint8_t src[64 * 64 * 3 / 2], dst[32 * 32 * 3 / 2];
    const uint32_t sizes[PSK_SCALE_RENDITIONS_MAX] = { PSK_SCALE_SIZE(32, 32) };
    struct psk_status status;

    psk_scale_one(src, dst, 64, 64, 32, 32, 1, &status);
    CU_ASSERT_EQUAL(status.cycles_lo | (uint64_t)status.cycles_hi << 32,
                    psk_scale_cycles(64, 64, 0, 1, 1, sizes, &bytes));
}

int main(void)
{
    static const struct ps_test tests[] = {
        PS_TEST(time_grows_with_frames_and_renditions),
        PS_TEST(one_run_is_shorter_than_one_for_each),
        PS_TEST(a_frame_cannot_be_faster_than_it_is_read),
        PS_TEST(a_refused_run_costs_next_to_nothing),
        PS_TEST(a_run_reports_its_cycles),
    };

    return ps_test_run("kernels/scale/cycles", tests, sizeof(tests) / sizeof(tests[0]));
}
