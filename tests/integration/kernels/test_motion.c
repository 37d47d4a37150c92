/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * tests/integration/kernels/test_motion.c - what libavcodec says of the vectors in our streams:
 * each partition is used where the picture moves that way, vectors lead over all four edges, and
 * every frame still equals the kernel's own.
 */
#include <libavutil/motion_vector.h>
#include <stdlib.h>
#include <string.h>

#include "tests/integration/kernels/coded.h"
#include "tests/support/ps_test.h"
#include "tests/unit/kernels/frames.h"

#define WIDTH  208u
#define HEIGHT 144u
#define FRAMES 10u

/* What the decoder found, over all frames of a stream. */
struct vectors {
    uint32_t of_size[2][2]; /* [8 or 16 wide][8 or 16 high] */
    uint32_t over_left, over_right, over_top, over_bottom;
    uint32_t right; /* just the motion of the picture */
};

static uint32_t lattice(uint32_t x, uint32_t y)
{
    uint32_t seed = x * 73856093u ^ y * 19349663u;

    draw(&seed);
    seed ^= seed >> 13; /* without it places at certain distances would look alike */
    return 40 + draw(&seed) % 160;
}

/* Smooth noise, a knot every 24 quarter samples: motion can be followed anywhere in it. */
static uint8_t texture(uint32_t u, uint32_t v)
{
    const uint32_t x = u / 24;
    const uint32_t y = v / 24;
    const uint32_t fx = u % 24;
    const uint32_t fy = v % 24;
    const uint32_t above = lattice(x, y) * (24 - fx) + lattice(x + 1, y) * fx;
    const uint32_t below = lattice(x, y + 1) * (24 - fx) + lattice(x + 1, y + 1) * fx;

    return (uint8_t)((above * (24 - fy) + below * fy) / 576);
}

/* Which of two motions a place follows. */
enum pattern { TOGETHER, COLUMNS, ROWS, SQUARES };

static uint32_t follows(enum pattern pattern, uint32_t x, uint32_t y)
{
    switch (pattern) {
    case COLUMNS:
        return (x + 8) / 16 & 1;
    case ROWS:
        return (y + 8) / 16 & 1;
    case SQUARES:
        return ((x / 8) ^ (y / 8)) & 1;
    default:
        return 0;
    }
}

static void draw_frame(uint8_t *frame, enum pattern pattern, uint32_t time, int dx, int dy)
{
    const size_t luma = WIDTH * HEIGHT;

    for (uint32_t y = 0; y < HEIGHT; y++) {
        for (uint32_t x = 0; x < WIDTH; x++) {
            const int way = follows(pattern, x, y) ? -(int)time : (int)time;

            frame[y * WIDTH + x] = texture((uint32_t)(4000 + 4 * (int)x + way * dx),
                                           (uint32_t)(4000 + 4 * (int)y + way * dy));
        }
    }
    for (size_t i = 0; i < luma / 2; i++)
        frame[luma + i] = (uint8_t)(90 + i % (WIDTH / 2) / 2 + time);
}

static void count_vectors(const AVFrame *frame, int dx, int dy, struct vectors *found)
{
    const AVFrameSideData *data = av_frame_get_side_data(frame, AV_FRAME_DATA_MOTION_VECTORS);
    const AVMotionVector *mv = data != NULL ? (const AVMotionVector *)data->data : NULL;
    const size_t count = data != NULL ? data->size / sizeof(*mv) : 0;

    for (size_t i = 0; i < count; i++) {
        const int x = mv[i].dst_x - mv[i].w / 2 + mv[i].motion_x / 4;
        const int y = mv[i].dst_y - mv[i].h / 2 + mv[i].motion_y / 4;

        found->of_size[mv[i].w / 16][mv[i].h / 16]++;
        found->over_left += x < 0;
        found->over_top += y < 0;
        found->over_right += x + mv[i].w > (int)WIDTH;
        found->over_bottom += y + mv[i].h > (int)HEIGHT;
        found->right += mv[i].motion_x == dx && mv[i].motion_y == dy;
    }
}

static struct vectors code(enum pattern pattern, uint32_t effort, int dx, int dy)
{
    static struct coded coded;
    static uint8_t frames[FRAMES][WIDTH * HEIGHT * 3 / 2];
    const struct psk_enc_control control = { .qp = 24 };
    struct vectors found;

    memset(&found, 0, sizeof(found));
    coded_begin(&coded, WIDTH, HEIGHT);
    coded.effort = effort;
    coded.decoder->export_side_data |= AV_CODEC_EXPORT_DATA_MVS;
    for (uint32_t t = 0; t < FRAMES; t++) {
        draw_frame(frames[t], pattern, t, dx, dy);
        coded_frames(&coded, frames[t], &control, 1, t == 0);
        PS_REQUIRE(coded.decoded == t + 1);
        count_vectors(coded.frame, dx, dy, &found);
    }
    coded_end(&coded);
    CU_ASSERT_EQUAL(coded.mismatches, 0);
    if (getenv("PS_TEST_VERBOSE") != NULL)
        printf("\n    pattern=%d effort=%u mv=%d,%d 16x16=%u 16x8=%u 8x16=%u 8x8=%u left=%u "
               "right=%u top=%u bottom=%u as_moved=%u",
               (int)pattern, effort, dx, dy, found.of_size[1][1], found.of_size[1][0],
               found.of_size[0][1], found.of_size[0][0], found.over_left, found.over_right,
               found.over_top, found.over_bottom, found.right);
    return found;
}

static void each_partition_is_used_where_it_fits(void)
{
    for (uint32_t effort = 1; effort <= PSK_ENC_EFFORT_MAX; effort++) {
        CU_ASSERT_TRUE(code(COLUMNS, effort, 5, 2).of_size[0][1] > 100);
        CU_ASSERT_TRUE(code(ROWS, effort, 3, 6).of_size[1][0] > 100);
        CU_ASSERT_TRUE(code(SQUARES, effort, 6, 5).of_size[0][0] > 100);
    }
}

static void the_least_effort_leaves_macroblocks_whole(void)
{
    const struct vectors found = code(SQUARES, 0, 6, 5);

    CU_ASSERT_EQUAL(found.of_size[0][0] + found.of_size[0][1] + found.of_size[1][0], 0);
    CU_ASSERT_TRUE(found.of_size[1][1] > 0);
}

static void vectors_lead_over_every_edge(void)
{
    for (uint32_t effort = 0; effort <= PSK_ENC_EFFORT_MAX; effort++) {
        CU_ASSERT_TRUE(code(TOGETHER, effort, 21, 0).over_right > 20);
        CU_ASSERT_TRUE(code(TOGETHER, effort, -21, 0).over_left > 20);
        CU_ASSERT_TRUE(code(TOGETHER, effort, 0, 23).over_bottom > 20);
        CU_ASSERT_TRUE(code(TOGETHER, effort, 0, -23).over_top > 20);
    }
}

/* Faster than any neighbour's vector leads to at first: the walk has to find its way. */
static void fast_motion_is_followed(void)
{
    for (uint32_t effort = 0; effort <= PSK_ENC_EFFORT_MAX; effort++) {
        const uint32_t all = (FRAMES - 1) * (WIDTH / 16) * (HEIGHT / 16);

        CU_ASSERT_TRUE(code(TOGETHER, effort, 61, -47).right > all / 2);
    }
}

int main(void)
{
    static const struct ps_test tests[] = {
        PS_TEST(each_partition_is_used_where_it_fits),
        PS_TEST(the_least_effort_leaves_macroblocks_whole),
        PS_TEST(vectors_lead_over_every_edge),
        PS_TEST(fast_motion_is_followed),
    };

    return ps_test_run("kernels/h264enc's vectors", tests, LENGTH(tests));
}
