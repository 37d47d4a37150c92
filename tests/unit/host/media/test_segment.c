/* SPDX-License-Identifier: BSD-3-Clause */
#include "host/media/segment.h"

#include <errno.h>
#include <string.h>

#include "host/base/mem.h"
#include "tests/support/ps_test.h"

static const uint8_t headers[] = { 0,    0,    0, 1, 0x67, 0x42, 0xc0, 0x1e, 0xda, 0x02,
                                   0x80, 0xbf, 0, 0, 1,    0x68, 0xce, 0x38, 0x80 };
static const uint8_t idr[] = { 0, 0, 0, 1, 0x65, 0x88, 0x84, 0x21 };
static const uint8_t delta[] = { 0, 0, 1, 0x41, 0x9a, 0x42 };

static const struct ps_video_track track = {
    .width = 640,
    .height = 360,
    .fps_num = 30000,
    .fps_den = 1001,
    .headers = headers,
    .headers_bytes = sizeof(headers),
};
static const struct ps_video_frame frames[] = {
    { .bits = idr, .size_bytes = sizeof(idr), .is_idr = true },
    { .bits = delta, .size_bytes = sizeof(delta) },
};

/* The payload of the first box of this type, wherever it is nested; NULL without. */
static const uint8_t *find_box(const struct ps_segment_bytes *bytes, const char *type)
{
    const uint8_t *at = memmem(bytes->data, bytes->size_bytes, type, 4);

    return at != NULL ? at + 4 : NULL;
}

static uint64_t big_endian(const uint8_t *at, size_t size_bytes)
{
    uint64_t value = 0;

    for (size_t i = 0; i < size_bytes; i++)
        value = value << 8 | at[i];
    return value;
}

static void an_init_segment_stands_alone(void)
{
    struct ps_segment_bytes init;

    PS_REQUIRE(ps_segment_video_init(&track, &init) == 0);
    CU_ASSERT_EQUAL(memcmp(init.data + 4, "ftyp", 4), 0);
    CU_ASSERT_PTR_NOT_NULL(find_box(&init, "moov"));
    CU_ASSERT_PTR_NOT_NULL(find_box(&init, "trex"));
    CU_ASSERT_PTR_NULL(find_box(&init, "moof"));
    CU_ASSERT_PTR_NULL(find_box(&init, "elst"));
    PS_REQUIRE(find_box(&init, "avcC") != NULL);
    CU_ASSERT_EQUAL(memcmp(find_box(&init, "avcC"), "\x01\x42\xc0\x1e\xff\xe1\x00\x08\x67", 9), 0);
    free(init.data);
}

static void a_segment_says_its_absolute_time_and_number(void)
{
    struct ps_segment_bytes segment;

    PS_REQUIRE(ps_segment_video(&track, 41, 2460, frames, 2, &segment) == 0);
    CU_ASSERT_EQUAL(memcmp(segment.data + 4, "moof", 4), 0);
    PS_REQUIRE(find_box(&segment, "tfdt") != NULL);
    CU_ASSERT_EQUAL(big_endian(find_box(&segment, "tfdt") + 4, 8), 2460u * 1001u);
    PS_REQUIRE(find_box(&segment, "mfhd") != NULL);
    CU_ASSERT_EQUAL(big_endian(find_box(&segment, "mfhd") + 4, 4), 42);
    free(segment.data);
}

static void frames_lie_behind_lengths_in_order(void)
{
    static const uint8_t expected[] = { 0, 0, 0, 4, 0x65, 0x88, 0x84, 0x21,
                                        0, 0, 0, 3, 0x41, 0x9a, 0x42 };
    struct ps_segment_bytes segment;
    const uint8_t *mdat;

    PS_REQUIRE(ps_segment_video(&track, 0, 0, frames, 2, &segment) == 0);
    mdat = find_box(&segment, "mdat");
    PS_REQUIRE(mdat != NULL);
    CU_ASSERT_EQUAL(segment.data + segment.size_bytes - mdat, sizeof(expected));
    CU_ASSERT_EQUAL(memcmp(mdat, expected, sizeof(expected)), 0);
    free(segment.data);
}

static void the_same_input_gives_the_same_bytes(void)
{
    struct ps_segment_bytes one, two;

    PS_REQUIRE(ps_segment_video(&track, 3, 180, frames, 2, &one) == 0);
    PS_REQUIRE(ps_segment_video(&track, 3, 180, frames, 2, &two) == 0);
    PS_REQUIRE(one.size_bytes == two.size_bytes);
    CU_ASSERT_EQUAL(memcmp(one.data, two.data, one.size_bytes), 0);
    free(one.data);
    free(two.data);
}

static void bad_tracks_are_refused(void)
{
    struct ps_segment_bytes bytes;
    struct ps_video_track bad = track;

    bad.headers_bytes = 4;
    CU_ASSERT_EQUAL(ps_segment_video_init(&bad, &bytes), -EINVAL);
    bad = track;
    bad.fps_den = 0;
    CU_ASSERT_EQUAL(ps_segment_video_init(&bad, &bytes), -EINVAL);
    bad = track;
    bad.fps_num = UINT32_MAX;
    CU_ASSERT_EQUAL(ps_segment_video_init(&bad, &bytes), -EINVAL);
    bad = track;
    bad.width = PS_SOURCE_SIDE_MAX + 1;
    CU_ASSERT_EQUAL(ps_segment_video_init(&bad, &bytes), -EINVAL);
}

static void bad_frames_are_refused(void)
{
    static const uint8_t zeros[16];
    const struct ps_video_frame empty[] = {
        { .bits = zeros, .size_bytes = sizeof(zeros), .is_idr = true },
    };
    struct ps_segment_bytes bytes;

    CU_ASSERT_EQUAL(ps_segment_video(&track, 0, 0, frames, 0, &bytes), -EINVAL);
    CU_ASSERT_EQUAL(ps_segment_video(&track, 0, 0, frames + 1, 1, &bytes), -EINVAL);
    CU_ASSERT_EQUAL(ps_segment_video(&track, 0, 0, empty, 1, &bytes), -EINVAL);
    CU_ASSERT_EQUAL(ps_segment_video(&track, UINT32_MAX, 0, frames, 1, &bytes), -EINVAL);
    CU_ASSERT_EQUAL(ps_segment_video(&track, 0, UINT64_MAX, frames, 1, &bytes), -EINVAL);
}

static void each_failed_allocation_is_reported(void)
{
    struct ps_segment_bytes segment = { 0 };
    unsigned failed_at = 0;

    for (;; failed_at++) {
        ps_fail_alloc_after(failed_at);
        const int rc = ps_segment_video(&track, 0, 0, frames, 2, &segment);
        ps_fail_alloc_never();
        if (rc == 0)
            break;
        CU_ASSERT_EQUAL(rc, -ENOMEM);
        CU_ASSERT_PTR_NULL(segment.data);
    }
    CU_ASSERT_EQUAL(failed_at, 2); /* the init segment's bytes and the media segment's */
    free(segment.data);
}

int main(void)
{
    static const struct ps_test tests[] = {
        PS_TEST(an_init_segment_stands_alone),
        PS_TEST(a_segment_says_its_absolute_time_and_number),
        PS_TEST(frames_lie_behind_lengths_in_order),
        PS_TEST(the_same_input_gives_the_same_bytes),
        PS_TEST(bad_tracks_are_refused),
        PS_TEST(bad_frames_are_refused),
        PS_TEST(each_failed_allocation_is_reported),
    };

    return ps_test_run("host/media/segment", tests, sizeof(tests) / sizeof(tests[0]));
}
