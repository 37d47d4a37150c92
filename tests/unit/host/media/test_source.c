/* SPDX-License-Identifier: BSD-3-Clause */
#include "host/media/source.h"

#include <errno.h>
#include <string.h>

#include "host/base/mem.h"
#include "host/media/segment.h"
#include "tests/support/ps_test.h"

#define BEE       PS_TEST_DATA "/clips/flutter_bee.mp4"
#define BEE_BYTES ((size_t)1280 * 720 * 3 / 2)

static const struct ps_profile copy = { .kind = PS_PROFILE_COPY, .segment_ms = 2000 };
static const struct ps_profile audio = { .kind = PS_PROFILE_AUDIO, .segment_ms = 2000 };

static struct ps_source *open_bee(const atomic_bool *cancel)
{
    const struct ps_source_options options = { .cancel = cancel };
    struct ps_source *source = NULL;

    PS_REQUIRE(ps_source_open(&source, BEE, &options) == 0);
    return source;
}

static void a_clip_is_described(void)
{
    struct ps_source *source = open_bee(NULL);
    const struct ps_source_info *info = ps_source_info(source);

    CU_ASSERT_TRUE(info->has_video && info->has_audio);
    CU_ASSERT_EQUAL(info->width, 1280);
    CU_ASSERT_EQUAL(info->height, 720);
    CU_ASSERT_EQUAL(info->fps_num, 30000);
    CU_ASSERT_EQUAL(info->fps_den, 1001);
    CU_ASSERT_EQUAL(info->frame_count, 121);
    CU_ASSERT_EQUAL(info->audio_rate_hz, 48000);
    CU_ASSERT_EQUAL(info->audio_channels, 2);
    CU_ASSERT_STRING_EQUAL(info->video_codec, "avc1.64001f");
    CU_ASSERT_STRING_EQUAL(info->audio_codec, "mp4a.40.2");
    CU_ASSERT_TRUE(info->video_bitrate_bps > 100000);
    ps_source_close(source);
}

static void key_frames_are_where_the_clip_has_them(void)
{
    struct ps_source *source = open_bee(NULL);
    uint64_t *keys = NULL;
    uint32_t count = 0;

    PS_REQUIRE(ps_source_keyframes(source, &keys, &count) == 0);
    PS_REQUIRE(count == 2);
    CU_ASSERT_EQUAL(keys[0], 0);
    CU_ASSERT_EQUAL(keys[1], 3003000000ull);
    free(keys);
    keys = NULL;
    ps_fail_alloc_after(0);
    CU_ASSERT_EQUAL(ps_source_keyframes(source, &keys, &count), -ENOMEM);
    ps_fail_alloc_never();
    CU_ASSERT_PTR_NULL(keys);
    ps_source_close(source);
}

static void the_end_of_the_frames_is_told_apart_from_trouble(void)
{
    struct ps_source *source = open_bee(NULL);
    uint8_t *i420 = ps_zalloc(2, BEE_BYTES);

    CU_ASSERT_EQUAL(ps_source_frames(source, 121, 1, i420), -ENODATA);
    CU_ASSERT_EQUAL(ps_source_frames(source, UINT64_MAX, 1, i420), -ENODATA);
    CU_ASSERT_EQUAL(ps_source_frames(source, 120, 2, i420), -ENODATA);
    CU_ASSERT_EQUAL(ps_source_frames(source, 120, 1, i420), 0);
    free(i420);
    ps_source_close(source);
}

static void a_cancelled_source_stops_and_says_so(void)
{
    static atomic_bool cancel;
    struct ps_segment_bytes bytes;
    struct ps_source *source;
    uint8_t *i420 = ps_zalloc(1, BEE_BYTES);
    const struct ps_source_options options = { .cancel = &cancel };

    atomic_store(&cancel, false);
    source = open_bee(&cancel);
    CU_ASSERT_EQUAL(ps_source_frames(source, 0, 1, i420), 0);
    atomic_store(&cancel, true);
    CU_ASSERT_EQUAL(ps_source_frames(source, 100, 1, i420), -ECANCELED);
    CU_ASSERT_EQUAL(ps_segment_passthrough(source, &copy, 1, &bytes), -ECANCELED);
    atomic_store(&cancel, false);
    CU_ASSERT_EQUAL(ps_source_frames(source, 100, 1, i420), 0);
    ps_source_close(source);
    source = NULL;
    atomic_store(&cancel, true);
    CU_ASSERT_EQUAL(ps_source_open(&source, BEE, &options), -ECANCELED);
    CU_ASSERT_PTR_NULL(source);
    free(i420);
}

static void decoding_and_passing_through_do_not_disturb_each_other(void)
{
    struct ps_source *source = open_bee(NULL);
    uint8_t *first = ps_zalloc(1, BEE_BYTES), *again = ps_zalloc(1, BEE_BYTES);
    struct ps_segment_bytes bytes;

    CU_ASSERT_EQUAL(ps_source_frames(source, 9, 1, again), 0);
    CU_ASSERT_EQUAL(ps_source_frames(source, 10, 1, first), 0);
    CU_ASSERT_EQUAL(ps_source_frames(source, 9, 1, again), 0);
    PS_REQUIRE(ps_segment_passthrough(source, &audio, 1, &bytes) == 0);
    free(bytes.data);
    CU_ASSERT_EQUAL(ps_source_frames(source, 10, 1, again), 0);
    CU_ASSERT_EQUAL(memcmp(first, again, BEE_BYTES), 0);
    free(first);
    free(again);
    ps_source_close(source);
}

static void indices_outside_a_track_have_no_segment(void)
{
    struct ps_source *source = open_bee(NULL);
    struct ps_segment_bytes bytes;

    CU_ASSERT_EQUAL(ps_segment_passthrough(source, &copy, 2, &bytes), -ENODATA);
    CU_ASSERT_EQUAL(ps_segment_passthrough(source, &audio, 2, &bytes), -ENODATA);
    CU_ASSERT_EQUAL(ps_segment_passthrough(source, &audio, INT32_MAX, &bytes), -ENODATA);
    CU_ASSERT_EQUAL(ps_segment_passthrough(source, &audio, -2, &bytes), -ENODATA);
    ps_source_close(source);
}

static void what_cannot_be_opened_is_named(void)
{
    struct ps_source *source = NULL;

    CU_ASSERT_EQUAL(ps_source_open(&source, PS_TEST_DATA "/clips/none.mp4", NULL), -ENOENT);
    CU_ASSERT_EQUAL(ps_source_open(&source, BEE "/x", NULL), -ENOENT);
    CU_ASSERT_EQUAL(ps_source_open(&source, PS_TEST_DATA "/clips/README.md", NULL), -ENOTSUP);
    CU_ASSERT_EQUAL(ps_source_open(&source, PS_TEST_DATA, NULL), -ENOTSUP);
    CU_ASSERT_EQUAL(ps_source_open(&source, "rtsp://127.0.0.1/", NULL), -EPROTONOSUPPORT);
    CU_ASSERT_EQUAL(ps_source_open(&source, "file://" BEE, NULL), 0);
    ps_source_close(source);
    ps_source_close(NULL);
}

static void open_survives_each_failed_allocation(void)
{
    struct ps_source *source = NULL;
    unsigned failed_at = 0;

    for (;; failed_at++) {
        ps_fail_alloc_after(failed_at);
        const int rc = ps_source_open(&source, BEE, NULL);
        ps_fail_alloc_never();
        if (rc == 0)
            break;
        CU_ASSERT_EQUAL(rc, -ENOMEM);
        CU_ASSERT_PTR_NULL(source);
    }
    CU_ASSERT_EQUAL(failed_at, 4); /* source, origin, key frames' times twice */
    ps_source_close(source);
}

int main(void)
{
    static const struct ps_test tests[] = {
        PS_TEST(a_clip_is_described),
        PS_TEST(key_frames_are_where_the_clip_has_them),
        PS_TEST(the_end_of_the_frames_is_told_apart_from_trouble),
        PS_TEST(a_cancelled_source_stops_and_says_so),
        PS_TEST(decoding_and_passing_through_do_not_disturb_each_other),
        PS_TEST(indices_outside_a_track_have_no_segment),
        PS_TEST(what_cannot_be_opened_is_named),
        PS_TEST(open_survives_each_failed_allocation),
    };

    return ps_test_run("host/media/source", tests, sizeof(tests) / sizeof(tests[0]));
}
