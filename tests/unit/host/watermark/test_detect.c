/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * tests/unit/host/watermark/test_detect.c - what was marked is read, at any size and through the
 * right view; under another key, and without a mark, z is standard.
 */
#include "host/watermark/detect.h"

#include <string.h>

#include "host/base/mem.h"
#include "tests/unit/host/watermark/marked.h"

#define SEGMENT 5u
#define FRAMES  4u

static struct ps_mark_map map;
static struct ps_mark_cells cells;
static struct ps_mark_signs signs;

/* A part of a few marked frames, scaled to a size, into the map. */
static void watch(int sign, const struct ps_mark_view *part, uint32_t columns, uint32_t rows)
{
    memset(&map, 0, sizeof(map));
    for (uint32_t i = 0; i < FRAMES; i++) {
        uint8_t *frame = marked_frame(SEGMENT, i, sign);
        uint8_t *seen =
            marked_part(frame, part->left, part->top, part->width, part->height, columns, rows);

        ps_mark_map_add(&map, seen, columns, columns, rows);
        free(frame);
        free(seen);
    }
}

static double z_through(const struct ps_mark_view *view, uint64_t key, uint32_t segment)
{
    ps_mark_cells_of(&map, view, &cells);
    ps_mark_signs_of(key, segment, &signs);
    return ps_mark_z(&cells, &signs);
}

static void bits_are_read_at_any_size(void)
{
    static const uint32_t sizes[][2] = { { 640, 360 }, { 320, 180 }, { 854, 480 }, { 1280, 720 } };

    for (size_t i = 0; i < PS_ARRAY_LEN(sizes); i++) {
        watch(1, &ps_mark_view_whole, sizes[i][0], sizes[i][1]);
        CU_ASSERT_EQUAL(map.frame_count, FRAMES);
        CU_ASSERT_TRUE(z_through(&ps_mark_view_whole, MARKED_KEY, SEGMENT) > 5);
        watch(-1, &ps_mark_view_whole, sizes[i][0], sizes[i][1]);
        CU_ASSERT_TRUE(z_through(&ps_mark_view_whole, MARKED_KEY, SEGMENT) < -5);
    }
}

static void a_part_is_read_through_its_view(void)
{
    static const struct ps_mark_view parts[] = { { .03, .02, .95, .95 },
                                                 { .1, 0, .9, 1 },
                                                 { 0, .06, .97, .91 } };

    for (size_t i = 0; i < PS_ARRAY_LEN(parts); i++) {
        watch(1, &parts[i], 608, 342);
        CU_ASSERT_TRUE(z_through(&parts[i], MARKED_KEY, SEGMENT) > 5);
        CU_ASSERT_TRUE(z_through(&parts[i], MARKED_KEY, SEGMENT) >
                       2 * z_through(&ps_mark_view_whole, MARKED_KEY, SEGMENT));
    }
}

static void bars_around_the_picture_count_for_nothing(void)
{
    const struct ps_mark_view wide = { -.1, -.1, 1.2, 1.2 };

    watch(1, &ps_mark_view_whole, 640, 360);
    /* As if the picture were a sixth smaller: only that it is looked at beyond its edges. */
    CU_ASSERT_TRUE(z_through(&wide, MARKED_KEY, SEGMENT) <
                   z_through(&ps_mark_view_whole, MARKED_KEY, SEGMENT));
}

static void other_keys_and_segments_read_nothing(void)
{
    double sum = 0, squares = 0, most = 0;

    watch(1, &ps_mark_view_whole, 640, 360);
    for (uint32_t i = 0; i < 400; i++) {
        const double z = i % 2 == 0 ? z_through(&ps_mark_view_whole, i, SEGMENT)
                                    : z_through(&ps_mark_view_whole, MARKED_KEY, 100 + i);

        sum += z;
        squares += z * z;
        most = fmax(most, fabs(z));
    }
    /* 400 standard normal draws: mean within 4 of 0.05, variance within 4 of 0.07, none of 5. */
    CU_ASSERT_TRUE(fabs(sum / 400) < .2);
    CU_ASSERT_TRUE(fabs(squares / 400 - 1) < .28);
    CU_ASSERT_TRUE(most < 5);
}

static void unmarked_pictures_read_nothing(void)
{
    watch(0, &ps_mark_view_whole, 640, 360);
    CU_ASSERT_TRUE(fabs(z_through(&ps_mark_view_whole, MARKED_KEY, SEGMENT)) < 4.5);
}

static void maps_add_up(void)
{
    struct ps_mark_map *half = ps_zalloc(2, sizeof(*half));
    uint8_t *frame[2] = { marked_frame(SEGMENT, 0, 1), marked_frame(SEGMENT, 1, 1) };

    PS_REQUIRE(half != NULL);
    memset(&map, 0, sizeof(map));
    for (int i = 0; i < 2; i++) {
        ps_mark_map_add(&map, frame[i], MARKED_WIDTH, MARKED_WIDTH, MARKED_HEIGHT);
        ps_mark_map_add(&half[i], frame[i], MARKED_WIDTH, MARKED_WIDTH, MARKED_HEIGHT);
        free(frame[i]);
    }
    ps_mark_map_merge(&half[0], &half[1]);
    CU_ASSERT_EQUAL(memcmp(&half[0], &map, sizeof(map)), 0);
    free(half);
}

static void flat_and_tiny_pictures_are_no_trouble(void)
{
    uint8_t flat[16 * 16];

    memset(flat, 90, sizeof(flat));
    memset(&map, 0, sizeof(map));
    CU_ASSERT_EQUAL(z_through(&ps_mark_view_whole, MARKED_KEY, SEGMENT), 0);
    ps_mark_map_add(&map, flat, 16, 16, 16);
    CU_ASSERT_EQUAL(z_through(&ps_mark_view_whole, MARKED_KEY, SEGMENT), 0);
}

int main(void)
{
    static const struct ps_test tests[] = {
        PS_TEST(bits_are_read_at_any_size),
        PS_TEST(a_part_is_read_through_its_view),
        PS_TEST(bars_around_the_picture_count_for_nothing),
        PS_TEST(other_keys_and_segments_read_nothing),
        PS_TEST(unmarked_pictures_read_nothing),
        PS_TEST(maps_add_up),
        PS_TEST(flat_and_tiny_pictures_are_no_trouble),
    };

    return ps_test_run("host/watermark/detect", tests, PS_ARRAY_LEN(tests));
}
