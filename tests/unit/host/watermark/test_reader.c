/* SPDX-License-Identifier: BSD-3-Clause */
/* tests/unit/host/watermark/test_reader.c - pictures in, bits out; what is refused, and what fails.
 */
#include "host/watermark/reader.h"

#include <errno.h>

#include "host/base/mem.h"
#include "tests/unit/host/watermark/marked.h"

#define SEGMENT_NS 1000000000ull

static const struct ps_mark_reader_config plain = { .key = MARKED_KEY,
                                                    .segment_ns = SEGMENT_NS,
                                                    .start_end = 4 };

static struct ps_mark_reader *create(const struct ps_mark_reader_config *cfg)
{
    struct ps_mark_reader *reader = NULL;

    PS_REQUIRE(ps_mark_reader_create(&reader, cfg) == 0);
    return reader;
}

static int show(struct ps_mark_reader *reader, uint64_t time_ns, uint32_t segment, int sign)
{
    uint8_t *frame = marked_frame(segment, (uint32_t)(time_ns / 40000000), sign);
    const int rc =
        ps_mark_reader_add(reader, time_ns, frame, MARKED_WIDTH, MARKED_WIDTH, MARKED_HEIGHT);

    free(frame);
    return rc;
}

/* At 3 frames a second or 5: segments go by time. */
static void bits_come_out_by_segment(void)
{
    for (uint32_t fps = 3; fps <= 5; fps += 2) {
        struct ps_mark_reader *reader = create(&plain);
        const struct ps_mark_bit *bits;
        uint32_t count;

        for (uint32_t i = 0; i < 3 * fps; i++)
            CU_ASSERT_EQUAL(show(reader, i * SEGMENT_NS / fps, i / fps, i / fps == 1 ? -1 : 1), 0);
        CU_ASSERT_EQUAL(ps_mark_reader_finish(reader), 0);
        bits = ps_mark_reader_bits(reader, &count);
        CU_ASSERT_TRUE(ps_mark_reader_found(reader)->is_sure);
        PS_REQUIRE(count == 3);
        for (uint32_t i = 0; i < 3; i++) {
            CU_ASSERT_EQUAL(bits[i].segment, i);
            CU_ASSERT_EQUAL(bits[i].frame_count, fps);
            CU_ASSERT_TRUE((i == 1 ? -bits[i].z : bits[i].z) > 4);
        }
        CU_ASSERT_TRUE(ps_mark_strength(bits, count) > 4);
        ps_mark_reader_destroy(reader);
    }
}

/* More segments than are kept for the search; holes in time leave segments out. */
static void long_recordings_are_read_on(void)
{
    struct ps_mark_reader *reader = create(&plain);
    const struct ps_mark_bit *bits;
    uint32_t count;

    for (uint32_t i = 0; i < 20; i++)
        if (i != 18)
            CU_ASSERT_EQUAL(show(reader, i * SEGMENT_NS, i, 1), 0);
    CU_ASSERT_EQUAL(ps_mark_reader_finish(reader), 0);
    bits = ps_mark_reader_bits(reader, &count);
    PS_REQUIRE(count == 19);
    CU_ASSERT_EQUAL(bits[17].segment, 17);
    CU_ASSERT_EQUAL(bits[18].segment, 19);
    CU_ASSERT_TRUE(bits[18].z > 2);
    ps_mark_reader_destroy(reader);
}

static void an_empty_recording_has_no_bits(void)
{
    struct ps_mark_reader *reader = create(&plain);
    uint32_t count = 1;

    CU_ASSERT_EQUAL(ps_mark_reader_finish(reader), 0);
    ps_mark_reader_bits(reader, &count);
    CU_ASSERT_EQUAL(count, 0);
    CU_ASSERT_EQUAL(ps_mark_strength(NULL, 0), 0);
    ps_mark_reader_destroy(reader);
    ps_mark_reader_destroy(NULL);
}

static void what_is_out_of_range_is_refused(void)
{
    struct ps_mark_reader_config cfg = plain;
    struct ps_mark_reader *reader = NULL;
    static const uint8_t picture[16 * 16];

    cfg.segment_ns = PS_MARK_SEGMENT_NS_MIN - 1;
    CU_ASSERT_EQUAL(ps_mark_reader_create(&reader, &cfg), -EINVAL);
    cfg.segment_ns = PS_MARK_SEGMENT_NS_MAX + 1;
    CU_ASSERT_EQUAL(ps_mark_reader_create(&reader, &cfg), -EINVAL);
    cfg = plain;
    cfg.start_end = PS_MARK_STARTS_MAX + 1;
    CU_ASSERT_EQUAL(ps_mark_reader_create(&reader, &cfg), -EINVAL);
    reader = create(&plain);
    CU_ASSERT_EQUAL(ps_mark_reader_add(reader, 0, picture, 16, 15, 16), -EINVAL);
    CU_ASSERT_EQUAL(ps_mark_reader_add(reader, 0, picture, 16, 16, 15), -EINVAL);
    CU_ASSERT_EQUAL(ps_mark_reader_add(reader, 0, picture, 16, 16, 65536), -EINVAL);
    CU_ASSERT_EQUAL(
        ps_mark_reader_add(reader, PS_MARK_SEGMENTS_MAX * SEGMENT_NS, picture, 16, 16, 16), -E2BIG);
    ps_mark_reader_destroy(reader);
}

static void create_survives_each_failed_allocation(void)
{
    struct ps_mark_reader *reader = NULL;

    for (unsigned n = 0; n < 2; n++) {
        ps_fail_alloc_after(n);
        CU_ASSERT_EQUAL(ps_mark_reader_create(&reader, &plain), -ENOMEM);
        ps_fail_alloc_never();
        CU_ASSERT_PTR_NULL(reader);
    }
}

static void finish_reports_each_failed_allocation(void)
{
    for (unsigned n = 0; n < 2; n++) { /* the search, the bits */
        struct ps_mark_reader *reader = create(&plain);

        CU_ASSERT_EQUAL(show(reader, 0, 0, 1), 0);
        ps_fail_alloc_after(n);
        CU_ASSERT_EQUAL(ps_mark_reader_finish(reader), -ENOMEM);
        ps_fail_alloc_never();
        ps_mark_reader_destroy(reader);
    }
}

static void confidence_grows_with_z(void)
{
    CU_ASSERT_EQUAL(ps_mark_confidence(5, 0), .5);
    CU_ASSERT_EQUAL(ps_mark_confidence(0, 5), .5);
    CU_ASSERT_TRUE(ps_mark_confidence(-2, 3) > .99);
}

int main(void)
{
    static const struct ps_test tests[] = {
        PS_TEST(bits_come_out_by_segment),
        PS_TEST(long_recordings_are_read_on),
        PS_TEST(an_empty_recording_has_no_bits),
        PS_TEST(what_is_out_of_range_is_refused),
        PS_TEST(create_survives_each_failed_allocation),
        PS_TEST(finish_reports_each_failed_allocation),
        PS_TEST(confidence_grows_with_z),
    };

    return ps_test_run("host/watermark/reader", tests, PS_ARRAY_LEN(tests));
}
