/* SPDX-License-Identifier: BSD-3-Clause */
/* tests/unit/host/pipeline/test_vbv.c - the player's buffer, against the standard's telling. */
#include "host/pipeline/vbv.h"

#include "tests/support/hrd.h"
#include "tests/support/ps_test.h"

#define MBS 240u

static const struct ps_vbv_config small = {
    .peak_bps = 300000,
    .size_ms = 1000,
    .fps_num = 30,
    .fps_den = 1,
    .mb_count = MBS,
    .frame_count = 60,
};

static void a_frame_that_is_not_there_whole_is_seen(void)
{
    struct ps_vbv vbv;

    ps_vbv_init(&vbv, &small);
    CU_ASSERT_EQUAL(vbv.frame_bits, 10000);
    CU_ASSERT_EQUAL(vbv.size_bits, 300000);
    CU_ASSERT_EQUAL(vbv.start_bits, 225000);
    CU_ASSERT_EQUAL(vbv.return_bits, vbv.start_bits);
    CU_ASSERT_TRUE(ps_vbv_take(&vbv, 225000));
    CU_ASSERT_EQUAL(vbv.full_bits, 10000);
    CU_ASSERT_TRUE(ps_vbv_take(&vbv, 10000));
    CU_ASSERT_FALSE(ps_vbv_take(&vbv, 10001));
    CU_ASSERT_EQUAL(vbv.full_bits, 10000);
}

static void it_holds_no_more_than_its_size(void)
{
    struct ps_vbv vbv;

    ps_vbv_init(&vbv, &small);
    for (int i = 0; i < 10; i++)
        CU_ASSERT_TRUE(ps_vbv_take(&vbv, 0));
    CU_ASSERT_EQUAL(vbv.full_bits, 300000);
    CU_ASSERT_FALSE(ps_vbv_take(&vbv, 300001));
}

static uint32_t next(uint32_t *seed)
{
    *seed = *seed * 1664525u + 1013904223u;
    return *seed >> 8;
}

/* Frames of 0 to 2 intervals' bits, and now and then a large one: many underflows and none. */
static void bits_and_arrival_times_tell_the_same(void)
{
    uint32_t seed = 1, underflows = 0;

    for (int stream = 0; stream < 200; stream++) {
        struct ps_vbv vbv;
        struct hrd hrd;

        ps_vbv_init(&vbv, &small);
        hrd_begin(&hrd, 300000, vbv.size_bits, vbv.start_bits, 1.0 / 30);
        for (int i = 0; i < 60; i++) {
            const uint32_t most = next(&seed) % 40 == 0 ? 300000 : 19000;
            const uint32_t before = hrd.underflows;
            const double bits = next(&seed) % most;

            hrd_frame(&hrd, bits);
            CU_ASSERT_EQUAL(ps_vbv_take(&vbv, bits), hrd.underflows == before);
            if (hrd.underflows != before)
                break; /* they go on in different ways */
        }
        underflows += hrd.underflows;
    }
    CU_ASSERT_TRUE(underflows > 20 && underflows < 180);
}

static void what_cannot_carry_the_coarsest_frames_is_raised(void)
{
    struct ps_vbv_config cfg = small;
    struct ps_vbv vbv;

    cfg.peak_bps = 1000;
    cfg.size_ms = 1;
    ps_vbv_init(&vbv, &cfg);
    CU_ASSERT_TRUE(ps_vbv_take(&vbv, PS_VBV_IDR_BITS(MBS)));
    for (int i = 1; i < 15; i++)
        CU_ASSERT_TRUE(ps_vbv_take(&vbv, PS_VBV_P_BITS(MBS)));
    CU_ASSERT_TRUE(vbv.full_bits >= vbv.start_bits - 1e-6);
    CU_ASSERT_EQUAL(vbv.return_bits, vbv.start_bits);
}

static void a_segment_of_one_frame_returns_what_it_can(void)
{
    struct ps_vbv_config cfg = small;
    struct ps_vbv vbv;

    cfg.peak_bps = 60000;
    cfg.frame_count = 1;
    ps_vbv_init(&vbv, &cfg);
    CU_ASSERT_TRUE(vbv.return_bits < vbv.start_bits);
    CU_ASSERT_TRUE(ps_vbv_take(&vbv, PS_VBV_IDR_BITS(MBS)));
    CU_ASSERT_TRUE(vbv.full_bits >= vbv.return_bits - 1e-6);
}

int main(void)
{
    static const struct ps_test tests[] = {
        PS_TEST(a_frame_that_is_not_there_whole_is_seen),
        PS_TEST(it_holds_no_more_than_its_size),
        PS_TEST(bits_and_arrival_times_tell_the_same),
        PS_TEST(what_cannot_carry_the_coarsest_frames_is_raised),
        PS_TEST(a_segment_of_one_frame_returns_what_it_can),
    };

    return ps_test_run("host/pipeline/vbv", tests, sizeof(tests) / sizeof(tests[0]));
}
