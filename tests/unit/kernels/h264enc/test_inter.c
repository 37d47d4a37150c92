/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * tests/unit/kernels/h264enc/test_inter.c - interpolation against the standard's equations at all
 * sixteen positions, also outside the picture; vector prediction, part by part; what the search
 * must find.
 */
#include "kernels/h264enc/inter_priv.h"

#include <string.h>

#include "kernels/h264enc/macroblock_priv.h"
#include "tests/support/ps_test.h"
#include "tests/unit/kernels/frames.h"

#define MB_SIDE 4u /* pictures of 64x64 */

static struct psk_enc_recon recon;
static struct psk_enc_reference reference;
static struct psk_enc_frame frame;

static void begin(uint32_t seed)
{
    for (uint32_t y = 0; y < MB_SIDE * 16; y++)
        fill_with_noise(recon.luma[y], MB_SIDE * 16, seed + y);
    for (int plane = 0; plane < 2; plane++)
        for (uint32_t y = 0; y < MB_SIDE * 8; y++)
            fill_with_noise(recon.chroma[plane][y], MB_SIDE * 8, seed + 100 + y);
    psk_enc_update_reference(&recon, MB_SIDE, MB_SIDE, &reference);
    memset(&frame, 0, sizeof(frame));
    frame.width = frame.height = MB_SIDE * 16;
    frame.mb_width = frame.mb_height = MB_SIDE;
    frame.qp = 20;
}

/* Black and white only: the largest sums there are. */
static void begin_harsh(uint32_t seed)
{
    begin(seed);
    for (uint32_t y = 0; y < MB_SIDE * 16; y++)
        for (uint32_t x = 0; x < MB_SIDE * 16; x++)
            recon.luma[y][x] = recon.luma[y][x] < 128 ? 0 : 255;
    psk_enc_update_reference(&recon, MB_SIDE, MB_SIDE, &reference);
}

static uint32_t wrong_at_any_position(void)
{
    uint32_t wrong = 0;

    for (int mb = 0; mb < 16; mb += 5) {
        for (int y = -96; y <= 96; y += 19) {
            for (int x = -96; x <= 96; x += 17) {
                const struct psk_enc_mv mv = { (int16_t)x, (int16_t)y };
                const uint32_t mb_x = (uint32_t)mb % 4;
                const uint32_t mb_y = (uint32_t)mb / 4;
                struct psk_enc_samples pred;

                if (!psk_enc_mv_is_inside(&frame, mb_x, mb_y, mv))
                    continue;
                psk_enc_predict_inter(&reference, mb_x, mb_y, mv, &pred);
                for (int i = 0; i < 256; i++)
                    wrong += pred.luma[i] !=
                             psk_enc_luma_inter_sample_ref(&reference, (int)mb_x * 16 + i % 16,
                                                           (int)mb_y * 16 + i / 16, mv);
            }
        }
    }
    return wrong;
}

static void luma_equals_the_equations_at_every_position(void)
{
    begin(1);
    CU_ASSERT_EQUAL(wrong_at_any_position(), 0);
    for (uint32_t seed = 0; seed < 20; seed++) {
        begin_harsh(seed);
        CU_ASSERT_EQUAL(wrong_at_any_position(), 0);
    }
}

/* All 64 patterns of six columns times those of the same kind below each other. */
static void planes_hold_at_the_ends_of_their_sums(void)
{
    uint32_t wrong = 0;

    for (uint32_t pattern = 0; pattern < 4096; pattern++) {
        const struct psk_enc_mv both = { 2, 2 };

        for (int y = 0; y < 16; y++)
            for (int x = 0; x < 16; x++)
                recon.luma[y][x] = ((pattern >> (x % 6)) ^ (pattern >> (6 + y % 6))) & 1 ? 255 : 0;
        psk_enc_update_reference(&recon, 1, 1, &reference);
        for (int x = 0; x < 6; x++)
            wrong +=
                reference.luma[PSK_ENC_HALF_BOTH][PSK_ENC_MARGIN + 5][PSK_ENC_MARGIN + 5 + x] !=
                psk_enc_luma_inter_sample_ref(&reference, 5 + x, 5, both);
    }
    CU_ASSERT_EQUAL(wrong, 0);
}

/* Each part of each partition at its own vector: what the equations say of its samples. */
static uint32_t wrong_samples(enum psk_enc_partition partition, uint32_t seed)
{
    const int count = psk_enc_part_count(partition);
    struct psk_enc_samples pred;
    struct psk_enc_mv mv[4];
    uint32_t wrong = 0;

    for (int i = 0; i < count; i++) {
        mv[i].x = (int16_t)((int)(draw(&seed) % 193) - 96);
        mv[i].y = (int16_t)((int)(draw(&seed) % 193) - 96);
        psk_enc_predict_luma_part(&reference, 1, 2, psk_enc_part_of(partition, i), mv[i],
                                  pred.luma);
        psk_enc_predict_chroma_part(&reference, 1, 2, psk_enc_part_of(partition, i), mv[i], &pred);
    }
    for (int i = 0; i < count; i++) {
        const struct psk_enc_part part = psk_enc_part_of(partition, i);

        for (int y = part.y * 8; y < (part.y + part.height) * 8; y++)
            for (int x = part.x * 8; x < (part.x + part.width) * 8; x++)
                wrong += pred.luma[y * 16 + x] !=
                         psk_enc_luma_inter_sample_ref(&reference, 16 + x, 32 + y, mv[i]);
        for (int y = part.y * 4; y < (part.y + part.height) * 4; y++)
            for (int x = part.x * 4; x < (part.x + part.width) * 4; x++)
                for (int plane = 0; plane < 2; plane++)
                    wrong +=
                        pred.chroma[plane][y * 8 + x] !=
                        psk_enc_chroma_inter_sample_ref(&reference, plane, 8 + x, 16 + y, mv[i]);
    }
    return wrong;
}

static void parts_equal_the_equations_each_at_its_vector(void)
{
    begin(2);
    for (int partition = 0; partition < 4; partition++)
        for (uint32_t seed = 0; seed < 50; seed++)
            CU_ASSERT_EQUAL(wrong_samples((enum psk_enc_partition)partition, seed), 0);
}

static void parts_tile_the_macroblock(void)
{
    for (int partition = 0; partition < 4; partition++) {
        uint32_t covered = 0;

        for (int i = 0; i < psk_enc_part_count((enum psk_enc_partition)partition); i++) {
            const struct psk_enc_part part = psk_enc_part_of((enum psk_enc_partition)partition, i);

            for (int y = part.y; y < part.y + part.height; y++)
                for (int x = part.x; x < part.x + part.width; x++)
                    covered += 1u << (8 * (y * 2 + x));
        }
        CU_ASSERT_EQUAL(covered, 0x01010101);
    }
}

static void margins_repeat_the_border(void)
{
    begin(3);
    CU_ASSERT_EQUAL(reference.luma[0][0][0], recon.luma[0][0]);
    CU_ASSERT_EQUAL(reference.luma[0][MB_SIDE * 16 + 2 * PSK_ENC_MARGIN - 1]
                                  [MB_SIDE * 16 + 2 * PSK_ENC_MARGIN - 1],
                    recon.luma[MB_SIDE * 16 - 1][MB_SIDE * 16 - 1]);
    CU_ASSERT_EQUAL(reference.luma[0][PSK_ENC_MARGIN + 5][3], recon.luma[5][0]);
    CU_ASSERT_EQUAL(reference.chroma[1][3][PSK_ENC_MARGIN / 2 + 7], recon.chroma[1][0][7]);
}

/* The way downhill leads to the match. */
static void begin_bump(void)
{
    begin(4);
    for (int y = 0; y < 64; y++)
        for (int x = 0; x < 64; x++)
            recon.luma[y][x] = (uint8_t)(255 - ((x - 30) * (x - 30) + (y - 28) * (y - 28)) / 8);
    psk_enc_update_reference(&recon, MB_SIDE, MB_SIDE, &reference);
}

static void the_search_finds_a_moved_block(void)
{
    static const int16_t moves[][2] = { { 0, 0 }, { 8, 4 }, { -12, 16 }, { 2, 0 }, { 5, -7 } };

    begin_bump();
    for (size_t i = 0; i < LENGTH(moves); i++) {
        const struct psk_enc_mv moved = { moves[i][0], moves[i][1] };
        struct psk_enc_samples source;
        struct psk_enc_samples pred;
        struct psk_enc_choice choice;

        psk_enc_predict_inter(&reference, 1, 1, moved, &source);
        psk_enc_search(&frame, &reference, 1, 1, &source, &choice, &pred);
        CU_ASSERT_EQUAL(choice.partition, PSK_ENC_P16X16);
        CU_ASSERT_TRUE(abs(choice.mv[3].x - moved.x) <= 1 && abs(choice.mv[3].y - moved.y) <= 1);
        CU_ASSERT_TRUE(psk_enc_sad(pred.luma, source.luma) <= 256);
    }
}

static int is_near(struct psk_enc_mv a, struct psk_enc_mv b)
{
    return abs(a.x - b.x) <= 1 && abs(a.y - b.y) <= 1;
}

/* Halves that moved apart, each by its own vector. */
static void the_search_splits_where_halves_moved_apart(void)
{
    const struct psk_enc_mv way[2] = { { 10, -4 }, { -6, 8 } };

    begin_bump();
    for (frame.effort = 1; frame.effort <= 2; frame.effort++) {
        for (int partition = PSK_ENC_P16X8; partition <= PSK_ENC_P8X16; partition++) {
            struct psk_enc_samples source;
            struct psk_enc_samples pred;
            struct psk_enc_choice choice;

            for (int i = 0; i < 2; i++) {
                const struct psk_enc_part part =
                    psk_enc_part_of((enum psk_enc_partition)partition, i);

                psk_enc_predict_luma_part(&reference, 1, 1, part, way[i], source.luma);
                psk_enc_predict_chroma_part(&reference, 1, 1, part, way[i], &source);
            }
            psk_enc_search(&frame, &reference, 1, 1, &source, &choice, &pred);
            CU_ASSERT_EQUAL((int)choice.partition, partition);
            CU_ASSERT_TRUE(is_near(choice.mv[0], way[0]) && is_near(choice.mv[3], way[1]));
            CU_ASSERT_TRUE(psk_enc_sad(pred.luma, source.luma) <= 256);
        }
    }
}

static void vectors_stay_within_the_margins(void)
{
    struct psk_enc_mv mv = { -4 * 24, 0 };

    begin(5);
    CU_ASSERT_TRUE(psk_enc_mv_is_inside(&frame, 0, 0, mv));
    mv.x--;
    CU_ASSERT_FALSE(psk_enc_mv_is_inside(&frame, 0, 0, mv));
    mv.x = 4 * 24 + 1;
    CU_ASSERT_FALSE(psk_enc_mv_is_inside(&frame, MB_SIDE - 1, 0, mv));
    mv.x = 0;
    mv.y = 4 * 24 + 1;
    CU_ASSERT_FALSE(psk_enc_mv_is_inside(&frame, 0, MB_SIDE - 1, mv));
    frame.mb_width = frame.mb_height = 60;
    mv.y = PSK_ENC_MV_MAX + 1;
    CU_ASSERT_FALSE(psk_enc_mv_is_inside(&frame, 30, 30, mv));
}

static void set_mv(uint32_t x, uint32_t y, int16_t mv_x, int16_t mv_y, uint8_t intra)
{
    for (int quarter = 0; quarter < 4; quarter++) {
        frame.mb[y][x].mv[quarter].x = mv_x;
        frame.mb[y][x].mv[quarter].y = mv_y;
    }
    frame.mb[y][x].intra = intra;
}

static void vectors_are_predicted_from_neighbours(void)
{
    struct psk_enc_mv median;
    struct psk_enc_mv skip;

    begin(6);
    psk_enc_predict_mv(&frame, 0, 0, &median, &skip); /* nobody there */
    CU_ASSERT_TRUE(median.x == 0 && median.y == 0 && skip.x == 0);
    set_mv(0, 0, 4, 8, 0);
    psk_enc_predict_mv(&frame, 1, 0, &median, &skip); /* only the left one */
    CU_ASSERT_TRUE(median.x == 4 && median.y == 8);
    CU_ASSERT_TRUE(skip.x == 0 && skip.y == 0); /* nothing above: skip stands still */
    set_mv(1, 0, 6, 2, 0);
    set_mv(2, 0, 20, -4, 0);
    set_mv(0, 1, 10, 12, 0);
    psk_enc_predict_mv(&frame, 1, 1, &median, &skip); /* the median of three */
    CU_ASSERT_TRUE(median.x == 10 && median.y == 2);
    CU_ASSERT_TRUE(skip.x == 10 && skip.y == 2);
    set_mv(1, 0, 0, 0, 1);
    set_mv(2, 0, 0, 0, 1);
    psk_enc_predict_mv(&frame, 1, 1, &median, &skip); /* two intra: the one that is not */
    CU_ASSERT_TRUE(median.x == 10 && median.y == 12);
    set_mv(3, 0, 2, 2, 0);
    set_mv(2, 0, 8, 8, 0);
    set_mv(2, 1, 4, 4, 0);
    psk_enc_predict_mv(&frame, 3, 1, &median, &skip); /* last column: above left stands in */
    CU_ASSERT_TRUE(median.x == 4 && median.y == 4);
}

/* The macroblock in the middle of nine, with vectors that tell the quarters around it apart. */
static struct psk_enc_motion motion_amid_neighbours(void)
{
    struct psk_enc_motion motion;

    begin(7);
    for (uint32_t i = 0; i < 9; i++)
        for (int quarter = 0; quarter < 4; quarter++) {
            struct psk_enc_mv *mv = &frame.mb[i / 3][i % 3].mv[quarter];

            mv->x = (int16_t)(10 * i + (uint32_t)quarter);
            mv->y = (int16_t)-mv->x;
        }
    psk_enc_look_around(&frame, 1, 1, &motion);
    return motion;
}

static int16_t predicted(struct psk_enc_motion *motion, enum psk_enc_partition partition, int index)
{
    const struct psk_enc_mv mv = psk_enc_predict_part(motion, partition, index);
    const struct psk_enc_mv own = { (int16_t)(100 + index), (int16_t)(-100 - index) };

    CU_ASSERT_EQUAL(mv.y, -mv.x);
    psk_enc_set_part(motion, psk_enc_part_of(partition, index), own);
    return mv.x;
}

/* Neighbours: left 31 and 33, above 12 and 13, above right 22, above left 3. */
static void parts_are_predicted_from_their_own_neighbours(void)
{
    struct psk_enc_motion motion = motion_amid_neighbours();

    CU_ASSERT_EQUAL(predicted(&motion, PSK_ENC_P16X16, 0), 22); /* of 31, 12, 22 */
    motion = motion_amid_neighbours();
    CU_ASSERT_EQUAL(predicted(&motion, PSK_ENC_P16X8, 0), 12); /* above */
    CU_ASSERT_EQUAL(predicted(&motion, PSK_ENC_P16X8, 1), 33); /* left */
    motion = motion_amid_neighbours();
    CU_ASSERT_EQUAL(predicted(&motion, PSK_ENC_P8X16, 0), 31); /* left */
    CU_ASSERT_EQUAL(predicted(&motion, PSK_ENC_P8X16, 1), 22); /* above right */
    motion = motion_amid_neighbours();
    CU_ASSERT_EQUAL(predicted(&motion, PSK_ENC_P8X8, 0), 13);  /* of 31, 12, 13 */
    CU_ASSERT_EQUAL(predicted(&motion, PSK_ENC_P8X8, 1), 22);  /* of 100, 13, 22 */
    CU_ASSERT_EQUAL(predicted(&motion, PSK_ENC_P8X8, 2), 100); /* of 33, 100, 101 */
    CU_ASSERT_EQUAL(predicted(&motion, PSK_ENC_P8X8, 3), 101); /* of 102, 101, 100 */
}

static void parts_fall_back_where_a_neighbour_is_intra_or_missing(void)
{
    struct psk_enc_motion motion;

    motion_amid_neighbours();
    set_mv(1, 0, 0, 0, 1); /* above */
    psk_enc_look_around(&frame, 1, 1, &motion);
    CU_ASSERT_EQUAL(predicted(&motion, PSK_ENC_P16X8, 0), 22); /* of 31, 0, 22 */
    motion_amid_neighbours();
    set_mv(0, 1, 0, 0, 1); /* left */
    psk_enc_look_around(&frame, 1, 1, &motion);
    CU_ASSERT_EQUAL(predicted(&motion, PSK_ENC_P8X16, 0), 12);  /* of 0, 12, 13 */
    CU_ASSERT_EQUAL(predicted(&motion, PSK_ENC_P16X8, 1), 100); /* the half above: none but it */
    motion_amid_neighbours();
    frame.mb_width = 2; /* nothing above right: above left of the part stands in */
    psk_enc_look_around(&frame, 1, 1, &motion);
    CU_ASSERT_EQUAL(predicted(&motion, PSK_ENC_P8X16, 0), 31);
    CU_ASSERT_EQUAL(predicted(&motion, PSK_ENC_P8X16, 1), 12);
    frame.mb_width = MB_SIDE;
}

int main(void)
{
    static const struct ps_test tests[] = {
        PS_TEST(luma_equals_the_equations_at_every_position),
        PS_TEST(planes_hold_at_the_ends_of_their_sums),
        PS_TEST(parts_equal_the_equations_each_at_its_vector),
        PS_TEST(parts_tile_the_macroblock),
        PS_TEST(margins_repeat_the_border),
        PS_TEST(the_search_finds_a_moved_block),
        PS_TEST(the_search_splits_where_halves_moved_apart),
        PS_TEST(vectors_stay_within_the_margins),
        PS_TEST(vectors_are_predicted_from_neighbours),
        PS_TEST(parts_are_predicted_from_their_own_neighbours),
        PS_TEST(parts_fall_back_where_a_neighbour_is_intra_or_missing),
    };

    return ps_test_run("kernels/h264enc/inter", tests, LENGTH(tests));
}
