/* SPDX-License-Identifier: BSD-3-Clause */
/* tests/unit/kernels/h264enc/test_cycles.c - the encoder's cycle model. */
#include "kernels/h264enc/cycles.h"

#include "kernels/abi/kernels.h"
#include "tests/support/ps_test.h"

static uint64_t bytes;

static uint64_t cycles(uint32_t width, uint32_t height, uint32_t frames, uint32_t flags,
                       uint32_t effort)
{
    bytes = 0;
    return psk_h264enc_cycles(width, height, frames, flags, effort, &bytes);
}

static void time_grows_with_frames_and_effort(void)
{
    uint64_t less = 0;

    for (uint32_t effort = 0; effort <= PSK_ENC_EFFORT_MAX; effort++) {
        const uint64_t one = cycles(640, 360, 1, 0, effort), two = cycles(640, 360, 2, 0, effort);

        CU_ASSERT_EQUAL(cycles(640, 360, 9, 0, effort) - one, 8 * (two - one));
        CU_ASSERT(two - one > less);
        less = two - one;
    }
}

static void a_first_frame_costs_what_its_macroblocks_cost(void)
{
    for (uint32_t effort = 0; effort <= PSK_ENC_EFFORT_MAX; effort++) {
        const int64_t intra = psk_h264enc_mb_cycles(effort, 1);
        const int64_t inter = psk_h264enc_mb_cycles(effort, 0);

        CU_ASSERT_EQUAL((int64_t)cycles(640, 368, 4, PSK_ENC_START, effort) -
                            (int64_t)cycles(640, 368, 4, 0, effort),
                        40 * 23 * (intra - inter));
    }
}

static void part_macroblocks_count_as_whole(void)
{
    CU_ASSERT_EQUAL(cycles(640, 354, 1, 0, 1), cycles(640, 368, 1, 0, 1));
    CU_ASSERT(cycles(640, 370, 1, 0, 1) > cycles(640, 368, 1, 0, 1));
}

static void a_start_reads_no_state(void)
{
    uint64_t on;

    cycles(640, 360, 3, 0, 1);
    on = bytes;
    cycles(640, 360, 3, PSK_ENC_START, 1);
    CU_ASSERT_EQUAL(on - bytes, PSK_FRAME_BYTES(640, 360));
}

static void a_refused_run_costs_next_to_nothing(void)
{
    CU_ASSERT(cycles(UINT32_MAX, UINT32_MAX, UINT32_MAX, 0, 0) < 10000);
    CU_ASSERT(cycles(640, 360, PSK_BATCH_FRAMES_MAX + 1, 0, 0) < 10000);
    CU_ASSERT(cycles(640, 360, 1, 0, PSK_ENC_EFFORT_MAX + 1) < 10000);
    CU_ASSERT_EQUAL(bytes, 0);
}

int main(void)
{
    static const struct ps_test tests[] = {
        PS_TEST(time_grows_with_frames_and_effort),
        PS_TEST(a_first_frame_costs_what_its_macroblocks_cost),
        PS_TEST(part_macroblocks_count_as_whole),
        PS_TEST(a_start_reads_no_state),
        PS_TEST(a_refused_run_costs_next_to_nothing),
    };

    return ps_test_run("kernels/h264enc/cycles", tests, sizeof(tests) / sizeof(tests[0]));
}
