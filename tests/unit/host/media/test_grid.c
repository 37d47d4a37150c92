/* SPDX-License-Identifier: BSD-3-Clause */
#include "host/media/grid_priv.h"

#include "tests/support/ps_test.h"

#define SECOND 1000000000ull

static const struct ps_source_info film24 = {
    .has_video = true,
    .has_audio = true,
    .fps_num = 24,
    .fps_den = 1,
    .frame_count = 720,
    .duration_ns = 30 * SECOND,
    .audio_duration_ns = 30 * SECOND,
    .video_codec = "avc1.64001e",
};

static struct ps_source_info film_ntsc(void)
{
    struct ps_source_info info = film24;

    info.fps_num = 30000;
    info.fps_den = 1001;
    info.frame_count = 121;
    return info;
}

static struct ps_profile profile_of(enum ps_profile_kind kind, uint32_t segment_ms)
{
    return (struct ps_profile){ .kind = kind, .segment_ms = segment_ms };
}

static void a_cell_is_whole_frames_rounded_up(void)
{
    const struct ps_source_info ntsc = film_ntsc();

    CU_ASSERT_EQUAL(ps_grid_frames(&film24, 2000), 48);
    CU_ASSERT_EQUAL(ps_grid_frames(&film24, 2001), 49);
    CU_ASSERT_EQUAL(ps_grid_frames(&ntsc, 2000), 60); /* 59.94 */
    CU_ASSERT_EQUAL(ps_grid_frames(&film24, 1), 1);
    CU_ASSERT_EQUAL(ps_grid_frames(&film24, UINT32_MAX), 103079216);
}

static void a_step_is_exact(void)
{
    const struct ps_source_info ntsc = film_ntsc();
    const struct ps_grid_step step = ps_grid_step(&ntsc, 2000);

    CU_ASSERT_EQUAL(step.num, 60 * 1001);
    CU_ASSERT_EQUAL(step.den, 30000);
}

static void without_video_a_step_is_the_configured_time(void)
{
    const struct ps_source_info radio = { .has_audio = true };
    const struct ps_grid_step step = ps_grid_step(&radio, 1999);

    CU_ASSERT_EQUAL(step.num, 1999);
    CU_ASSERT_EQUAL(step.den, 1000);
}

static void frame_times_do_not_drift(void)
{
    const struct ps_source_info ntsc = film_ntsc();

    CU_ASSERT_EQUAL(ps_grid_frame_ns(&ntsc, 0), 0);
    CU_ASSERT_EQUAL(ps_grid_frame_ns(&ntsc, 30000), 1001 * SECOND);
    CU_ASSERT_EQUAL(ps_grid_frame_ns(&ntsc, 1), 33366667);
}

static void the_last_segment_may_be_shorter(void)
{
    const struct ps_source_info ntsc = film_ntsc();
    const struct ps_profile profile = profile_of(PS_PROFILE_TRANSCODE, 2000);

    CU_ASSERT_EQUAL(ps_source_segment_count(&film24, &profile), 15);
    CU_ASSERT_EQUAL(ps_source_segment_count(&ntsc, &profile), 3);
    CU_ASSERT_EQUAL(ps_source_segment_first_frame(&ntsc, 2000, 2), 120);
}

static void an_audio_tail_too_short_for_a_packet_has_no_segment(void)
{
    const struct ps_profile profile = profile_of(PS_PROFILE_AUDIO, 2000);
    struct ps_source_info info = film24;

    CU_ASSERT_EQUAL(ps_source_segment_count(&info, &profile), 15);
    info.audio_duration_ns = 30 * SECOND + PS_AUDIO_TAIL_NS - 1;
    CU_ASSERT_EQUAL(ps_source_segment_count(&info, &profile), 15);
    info.audio_duration_ns = 30 * SECOND + PS_AUDIO_TAIL_NS;
    CU_ASSERT_EQUAL(ps_source_segment_count(&info, &profile), 16);
    info.audio_duration_ns = 1;
    CU_ASSERT_EQUAL(ps_source_segment_count(&info, &profile), 1);
}

static void a_missing_track_has_no_segments(void)
{
    const struct ps_source_info radio = { .has_audio = true, .audio_duration_ns = SECOND };
    const struct ps_profile transcode = profile_of(PS_PROFILE_TRANSCODE, 2000);
    const struct ps_profile copy = profile_of(PS_PROFILE_COPY, 2000);
    const struct ps_profile audio = profile_of(PS_PROFILE_AUDIO, 2000);
    struct ps_source_info silent = film24;

    silent.has_audio = false;
    silent.video_codec[0] = '\0';
    CU_ASSERT_EQUAL(ps_source_segment_count(&radio, &transcode), 0);
    CU_ASSERT_EQUAL(ps_source_segment_count(&radio, &copy), 0);
    CU_ASSERT_EQUAL(ps_source_segment_count(&silent, &audio), 0);
    CU_ASSERT_EQUAL(ps_source_segment_count(&silent, &copy), 0);
}

static void copy_segments_gather_the_key_frames_of_a_cell(void)
{
    /* Cells of 2 s: { 0, 1.5 }, none, { 4 }, { 7.99 }. */
    static const uint64_t keys[] = { 0, 3 * SECOND / 2, 4 * SECOND, 7990 * SECOND / 1000 };

    CU_ASSERT_EQUAL(ps_grid_copy_next(&film24, 2000, keys, 4, 0), 2);
    CU_ASSERT_EQUAL(ps_grid_copy_next(&film24, 2000, keys, 4, 2), 3);
    CU_ASSERT_EQUAL(ps_grid_copy_next(&film24, 2000, keys, 4, 3), 4);
    CU_ASSERT_EQUAL(ps_grid_copy_next(&film24, 60000, keys, 4, 0), 4);
}

static void a_key_frame_on_the_edge_begins_the_next_cell(void)
{
    const struct ps_source_info ntsc = film_ntsc();
    /* Frame 60 is at 2.002 s exactly; rounding to whole ns must not move it back. */
    const uint64_t keys[] = { 0, ps_grid_frame_ns(&ntsc, 59), ps_grid_frame_ns(&ntsc, 60) };

    CU_ASSERT_EQUAL(ps_grid_copy_next(&ntsc, 2000, keys, 3, 0), 2);
}

int main(void)
{
    static const struct ps_test tests[] = {
        PS_TEST(a_cell_is_whole_frames_rounded_up),
        PS_TEST(a_step_is_exact),
        PS_TEST(without_video_a_step_is_the_configured_time),
        PS_TEST(frame_times_do_not_drift),
        PS_TEST(the_last_segment_may_be_shorter),
        PS_TEST(an_audio_tail_too_short_for_a_packet_has_no_segment),
        PS_TEST(a_missing_track_has_no_segments),
        PS_TEST(copy_segments_gather_the_key_frames_of_a_cell),
        PS_TEST(a_key_frame_on_the_edge_begins_the_next_cell),
    };

    return ps_test_run("host/media/grid", tests, sizeof(tests) / sizeof(tests[0]));
}
