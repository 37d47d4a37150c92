/* SPDX-License-Identifier: BSD-3-Clause */
#include "host/media/playlist.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "host/base/mem.h"
#include "tests/support/ps_test.h"

#define SECOND 1000000000ull

static uint64_t keys[] = { 0, 5 * SECOND / 2, 3 * SECOND };

static struct ps_media film(void)
{
    return (struct ps_media){
        .id = "film",
        .state = PS_MEDIA_READY,
        .info = {
            .has_video = true,
            .has_audio = true,
            .width = 1280,
            .height = 720,
            .fps_num = 30000,
            .fps_den = 1001,
            .frame_count = 121,
            .audio_duration_ns = 4031666667ull,
            .audio_channels = 6,
            .video_bitrate_bps = 2000000,
            .audio_bitrate_bps = 100000,
            .video_codec = "avc1.64001f",
            .audio_codec = "mp4a.40.2",
        },
        .keyframe_ns = keys,
        .keyframe_count = 3,
    };
}

static const struct ps_profile profiles[] = {
    { .name = "source", .kind = PS_PROFILE_COPY, .segment_ms = 2000 },
    { .name = "uhd",
      .kind = PS_PROFILE_TRANSCODE,
      .width = 3840,
      .height = 2160,
      .bitrate_bps = 9000000,
      .segment_ms = 2000 },
    { .name = "mobile",
      .kind = PS_PROFILE_TRANSCODE,
      .width = 640,
      .height = 360,
      .bitrate_bps = 600000,
      .segment_ms = 2000 },
    { .name = "sound", .kind = PS_PROFILE_AUDIO, .segment_ms = 2000 },
};

static void a_media_playlist_lists_the_grid_exactly(void)
{
    const struct ps_media media = film();
    char *text = NULL;

    PS_REQUIRE(ps_playlist_media(&media, &profiles[2], &text) == 0);
    CU_ASSERT_STRING_EQUAL(text, "#EXTM3U\n"
                                 "#EXT-X-VERSION:7\n"
                                 "#EXT-X-TARGETDURATION:3\n"
                                 "#EXT-X-MEDIA-SEQUENCE:0\n"
                                 "#EXT-X-PLAYLIST-TYPE:VOD\n"
                                 "#EXT-X-INDEPENDENT-SEGMENTS\n"
                                 "#EXT-X-MAP:URI=\"init.mp4\"\n"
                                 "#EXTINF:2.002000,\n0.m4s\n"
                                 "#EXTINF:2.002000,\n1.m4s\n"
                                 "#EXTINF:0.033367,\n2.m4s\n"
                                 "#EXT-X-ENDLIST\n");
    free(text);
}

static void a_copy_playlist_follows_the_key_frames(void)
{
    const struct ps_media media = film();
    char *text = NULL;

    PS_REQUIRE(ps_playlist_media(&media, &profiles[0], &text) == 0);
    CU_ASSERT_PTR_NOT_NULL(strstr(text,
                                  "#EXTINF:2.500000,\n0.m4s\n#EXTINF:1.537367,\n1.m4s\n#EXT-X-"
                                  "ENDLIST\n"));
    free(text);
}

static void an_audio_playlist_ends_with_the_audio(void)
{
    const struct ps_media media = film();
    char *text = NULL;

    PS_REQUIRE(ps_playlist_media(&media, &profiles[3], &text) == 0);
    CU_ASSERT_PTR_NOT_NULL(
        strstr(text, "#EXTINF:2.002000,\n0.m4s\n#EXTINF:2.029667,\n1.m4s\n#EXT-X-ENDLIST\n"));
    free(text);
}

static void the_master_offers_what_fits_the_source(void)
{
    const struct ps_media media = film();
    char *text = NULL;

    PS_REQUIRE(ps_playlist_master(&media, profiles, PS_ARRAY_LEN(profiles), &text) == 0);
    CU_ASSERT_STRING_EQUAL(
        text,
        "#EXTM3U\n"
        "#EXT-X-VERSION:7\n"
        "#EXT-X-INDEPENDENT-SEGMENTS\n"
        "#EXT-X-MEDIA:TYPE=AUDIO,GROUP-ID=\"audio\",NAME=\"sound\",DEFAULT=YES,AUTOSELECT=YES,"
        "CHANNELS=\"6\",URI=\"sound/index.m3u8\"\n"
        "#EXT-X-STREAM-INF:BANDWIDTH=3100000,AVERAGE-BANDWIDTH=2100000,RESOLUTION=1280x720,"
        "FRAME-RATE=29.970,CODECS=\"avc1.64001f,mp4a.40.2\",AUDIO=\"audio\"\n"
        "source/index.m3u8\n"
        "#EXT-X-STREAM-INF:BANDWIDTH=820000,AVERAGE-BANDWIDTH=700000,RESOLUTION=640x360,"
        "FRAME-RATE=29.970,CODECS=\"avc1.42c01e,mp4a.40.2\",AUDIO=\"audio\"\n"
        "mobile/index.m3u8\n");
    free(text);
}

static void a_silent_source_has_no_audio_group(void)
{
    struct ps_media media = film();
    char *text = NULL;

    media.info.has_audio = false;
    media.keyframe_count = 0;
    PS_REQUIRE(ps_playlist_master(&media, profiles, PS_ARRAY_LEN(profiles), &text) == 0);
    CU_ASSERT_PTR_NULL(strstr(text, "AUDIO"));
    CU_ASSERT_PTR_NULL(strstr(text, "mp4a"));
    CU_ASSERT_PTR_NULL(strstr(text, "source/"));
    CU_ASSERT_PTR_NOT_NULL(strstr(text, "CODECS=\"avc1.42c01e\"\nmobile/index.m3u8\n"));
    free(text);
}

static void sound_alone_is_a_variant(void)
{
    struct ps_media media = film();
    char *text = NULL;

    media.info.has_video = false;
    PS_REQUIRE(ps_playlist_master(&media, profiles, PS_ARRAY_LEN(profiles), &text) == 0);
    CU_ASSERT_PTR_NOT_NULL(strstr(
        text, "#EXT-X-STREAM-INF:BANDWIDTH=100000,CODECS=\"mp4a.40.2\"\nsound/index.m3u8\n"));
    CU_ASSERT_PTR_NULL(strstr(text, "EXT-X-MEDIA"));
    free(text);
    PS_REQUIRE(ps_playlist_media(&media, &profiles[3], &text) == 0);
    CU_ASSERT_PTR_NOT_NULL(strstr(text, "#EXTINF:2.000000,\n0.m4s\n#EXTINF:2.031667,\n1.m4s\n"));
    free(text);
}

static void what_is_not_there_has_no_playlist(void)
{
    struct ps_media media = film();
    char *text = NULL;

    CU_ASSERT_EQUAL(ps_playlist_media(&media, &profiles[1], &text), -ENOENT);
    CU_ASSERT_EQUAL(ps_playlist_master(&media, &profiles[1], 1, &text), -ENOENT);
    CU_ASSERT_EQUAL(ps_playlist_master(&media, profiles, 0, &text), -ENOENT);
    media.state = PS_MEDIA_PROBING;
    CU_ASSERT_EQUAL(ps_playlist_media(&media, &profiles[2], &text), -ENODATA);
    CU_ASSERT_EQUAL(ps_playlist_master(&media, profiles, 4, &text), -ENODATA);
    CU_ASSERT_PTR_NULL(text);
}

static void the_longest_names_fit_the_lines(void)
{
    const struct ps_media media = film();
    struct ps_profile longest[2] = { profiles[2], profiles[3] };
    char *text = NULL;

    memset(longest[0].name, 'v', PS_PROFILE_NAME_MAX);
    memset(longest[1].name, 'a', PS_PROFILE_NAME_MAX);
    PS_REQUIRE(ps_playlist_master(&media, longest, 2, &text) == 0);
    CU_ASSERT_PTR_NOT_NULL(strstr(text, longest[0].name));
    free(text);
}

/* Durations are differences of rounded times: over ten hours the sum is still the length. */
static void durations_sum_to_the_length(void)
{
    struct ps_media media = film();
    char *text = NULL;
    uint64_t sum_us = 0;

    media.info.frame_count = 30000ull * 36;
    PS_REQUIRE(ps_playlist_media(&media, &profiles[2], &text) == 0);
    for (char *at = strstr(text, "#EXTINF:"); at != NULL; at = strstr(at + 1, "#EXTINF:")) {
        unsigned s = 0, us = 0;

        CU_ASSERT_EQUAL(sscanf(at, "#EXTINF:%u.%6u,", &s, &us), 2);
        sum_us += s * 1000000ull + us;
    }
    CU_ASSERT_EQUAL(sum_us, 1001ull * 36 * 1000000);
    free(text);
}

static void each_failed_allocation_is_reported(void)
{
    struct ps_media media = film();
    char *text = NULL;
    unsigned failed_at = 0;

    media.info.frame_count = 20000;
    for (;; failed_at++) {
        ps_fail_alloc_after(failed_at);
        const int rc = ps_playlist_media(&media, &profiles[2], &text);
        ps_fail_alloc_never();
        if (rc == 0)
            break;
        CU_ASSERT_EQUAL(rc, -ENOMEM);
        CU_ASSERT_PTR_NULL(text);
    }
    CU_ASSERT_TRUE(failed_at >= 2); /* the text, and each time it grows */
    free(text);
    ps_fail_alloc_after(0);
    CU_ASSERT_EQUAL(ps_playlist_master(&media, profiles, 4, &text), -ENOMEM);
    ps_fail_alloc_never();
}

int main(void)
{
    static const struct ps_test tests[] = {
        PS_TEST(a_media_playlist_lists_the_grid_exactly),
        PS_TEST(a_copy_playlist_follows_the_key_frames),
        PS_TEST(an_audio_playlist_ends_with_the_audio),
        PS_TEST(the_master_offers_what_fits_the_source),
        PS_TEST(a_silent_source_has_no_audio_group),
        PS_TEST(sound_alone_is_a_variant),
        PS_TEST(what_is_not_there_has_no_playlist),
        PS_TEST(the_longest_names_fit_the_lines),
        PS_TEST(durations_sum_to_the_length),
        PS_TEST(each_failed_allocation_is_reported),
    };

    return ps_test_run("host/media/playlist", tests, sizeof(tests) / sizeof(tests[0]));
}
