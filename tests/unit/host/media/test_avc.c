/* SPDX-License-Identifier: BSD-3-Clause */
#include "host/media/avc_priv.h"

#include <string.h>

#include "tests/support/ps_test.h"

static const uint8_t two_sets[] = {
    0, 0, 0, 1,    0x67, 0x42, 0xc0, 0x1e, 0xaa, /* SPS, long start code */
    0, 0, 1, 0x68, 0xce, 0x38, 0x80,             /* PPS, short start code */
};

static void nal_units_are_found_behind_both_start_codes(void)
{
    struct ps_avc_nal nal;
    size_t pos = 0;

    PS_REQUIRE(ps_avc_next_nal(two_sets, sizeof(two_sets), &pos, &nal));
    CU_ASSERT_EQUAL(nal.size_bytes, 5);
    CU_ASSERT_EQUAL(nal.data[0], 0x67);
    PS_REQUIRE(ps_avc_next_nal(two_sets, sizeof(two_sets), &pos, &nal));
    CU_ASSERT_EQUAL(nal.size_bytes, 4);
    CU_ASSERT_EQUAL(nal.data[0], 0x68);
    CU_ASSERT_FALSE(ps_avc_next_nal(two_sets, sizeof(two_sets), &pos, &nal));
    CU_ASSERT_FALSE(ps_avc_next_nal(two_sets, sizeof(two_sets), &pos, &nal));
}

static void bytes_without_a_unit_give_none(void)
{
    static const uint8_t cases[][6] = {
        { 0, 0, 0, 0, 0, 0 },
        { 1, 2, 3, 4, 5, 6 },
        { 0, 0, 1, 0, 0, 1 },
        { 0, 0, 1, 0, 0, 0 },
    };
    struct ps_avc_nal nal;

    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        size_t pos = 0;

        CU_ASSERT_FALSE(ps_avc_next_nal(cases[i], sizeof(cases[i]), &pos, &nal));
        CU_ASSERT_EQUAL(ps_avc_mp4_bytes(cases[i], sizeof(cases[i])), 0);
    }
    CU_ASSERT_EQUAL(ps_avc_mp4_bytes(cases[0], 0), 0);
}

static void mp4_form_has_lengths_for_start_codes(void)
{
    static const uint8_t expected[] = { 0, 0, 0, 5, 0x67, 0x42, 0xc0, 0x1e, 0xaa,
                                        0, 0, 0, 4, 0x68, 0xce, 0x38, 0x80 };
    uint8_t out[sizeof(expected)];

    PS_REQUIRE(ps_avc_mp4_bytes(two_sets, sizeof(two_sets)) == sizeof(expected));
    ps_avc_to_mp4(two_sets, sizeof(two_sets), out);
    CU_ASSERT_EQUAL(memcmp(out, expected, sizeof(expected)), 0);
}

static void the_config_record_carries_both_sets(void)
{
    static const uint8_t expected[] = {
        1,    0x42, 0xc0, 0x1e, 0xff, 0xe1, 0,    5,    0x67, 0x42,
        0xc0, 0x1e, 0xaa, 1,    0,    4,    0x68, 0xce, 0x38, 0x80
    };
    uint8_t out[64];

    PS_REQUIRE(ps_avc_config(two_sets, sizeof(two_sets), out, sizeof(out)) == sizeof(expected));
    CU_ASSERT_EQUAL(memcmp(out, expected, sizeof(expected)), 0);
}

static void a_missing_set_or_too_little_room_gives_no_record(void)
{
    static const uint8_t short_sps[] = { 0, 0, 1, 0x67, 0x42, 0, 0, 1, 0x68, 0xce };
    uint8_t out[64];

    CU_ASSERT_EQUAL(ps_avc_config(two_sets, 9, out, sizeof(out)), 0);
    CU_ASSERT_EQUAL(ps_avc_config(two_sets + 9, sizeof(two_sets) - 9, out, sizeof(out)), 0);
    CU_ASSERT_EQUAL(ps_avc_config(short_sps, sizeof(short_sps), out, sizeof(out)), 0);
    CU_ASSERT_EQUAL(ps_avc_config(two_sets, sizeof(two_sets), out, 19), 0);
}

static void the_level_is_the_lowest_that_holds_size_and_rate(void)
{
    CU_ASSERT_EQUAL(ps_avc_level(176, 144, 15, 1), 10);
    CU_ASSERT_EQUAL(ps_avc_level(176, 144, 16, 1), 11);
    CU_ASSERT_EQUAL(ps_avc_level(640, 360, 24, 1), 30); /* 920 MBs, 22080 a second */
    CU_ASSERT_EQUAL(ps_avc_level(640, 360, 22, 1), 22);
    CU_ASSERT_EQUAL(ps_avc_level(1280, 720, 30000, 1001), 31);
    CU_ASSERT_EQUAL(ps_avc_level(1920, 1080, 30, 1), 40);
    CU_ASSERT_EQUAL(ps_avc_level(1920, 1080, 60, 1), 42);
    CU_ASSERT_EQUAL(ps_avc_level(8192, 8192, 120, 1), 51);
}

int main(void)
{
    static const struct ps_test tests[] = {
        PS_TEST(nal_units_are_found_behind_both_start_codes),
        PS_TEST(bytes_without_a_unit_give_none),
        PS_TEST(mp4_form_has_lengths_for_start_codes),
        PS_TEST(the_config_record_carries_both_sets),
        PS_TEST(a_missing_set_or_too_little_room_gives_no_record),
        PS_TEST(the_level_is_the_lowest_that_holds_size_and_rate),
    };

    return ps_test_run("host/media/avc", tests, sizeof(tests) / sizeof(tests[0]));
}
