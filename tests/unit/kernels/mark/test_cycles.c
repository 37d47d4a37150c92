/* SPDX-License-Identifier: BSD-3-Clause */
/* tests/unit/kernels/mark/test_cycles.c - the marker's cycle model. */
#include "kernels/mark/cycles.h"

#include "kernels/abi/kernels.h"
#include "tests/support/ps_test.h"

static uint64_t bytes;

static uint64_t cycles(uint32_t width, uint32_t height, uint32_t frames)
{
    bytes = 0;
    return psk_mark_cycles(width, height, frames, &bytes);
}

static void time_grows_with_frames_and_size(void)
{
    const uint64_t frame = cycles(640, 360, 2) - cycles(640, 360, 1);

    CU_ASSERT_EQUAL(cycles(640, 360, 9) - cycles(640, 360, 1), 8 * frame);
    CU_ASSERT(frame > 640 * 360 * 3); /* one read and two stores, at least */
    CU_ASSERT(cycles(1280, 720, 1) > 3 * cycles(640, 360, 1));
}

static void luma_is_read_twice_and_everything_written_twice(void)
{
    cycles(640, 360, 2);
    CU_ASSERT_EQUAL(bytes, 2 * (640 * 360 + 3 * PSK_FRAME_BYTES(640, 360)));
}

static void a_refused_run_costs_next_to_nothing(void)
{
    CU_ASSERT(cycles(UINT32_MAX, UINT32_MAX, UINT32_MAX) < 10000);
    CU_ASSERT(cycles(640, 360, PSK_BATCH_FRAMES_MAX + 1) < 10000);
    CU_ASSERT_EQUAL(bytes, 0);
}

int main(void)
{
    static const struct ps_test tests[] = {
        PS_TEST(time_grows_with_frames_and_size),
        PS_TEST(luma_is_read_twice_and_everything_written_twice),
        PS_TEST(a_refused_run_costs_next_to_nothing),
    };

    return ps_test_run("kernels/mark/cycles", tests, sizeof(tests) / sizeof(tests[0]));
}
