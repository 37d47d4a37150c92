/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * tests/unit/kernels/h264enc/test_inter.c - interpolation against the standard's equations at all
 * sixteen positions, also outside the picture; vector prediction; what the search must find.
 */
#include "kernels/h264enc/inter_priv.h"
#include "kernels/h264enc/macroblock_priv.h"

#include <string.h>

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

static void luma_equals_the_equations_at_every_position(void)
{
    uint32_t wrong = 0;

    begin(1);
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
    CU_ASSERT_EQUAL(wrong, 0);
}

static void a_vector_and_its_offset_from_nearby_give_the_same(void)
{
    struct psk_enc_subpel subpel;
    struct psk_enc_samples direct;
    uint8_t pred[256];

    begin(2);
    psk_enc_interpolate(&reference, 16, 16, &subpel);
    for (int dy = -3; dy <= 3; dy++) {
        for (int dx = -3; dx <= 3; dx++) {
            const struct psk_enc_mv mv = { (int16_t)dx, (int16_t)dy };

            psk_enc_predict_luma_inter(&subpel, dx, dy, pred);
            psk_enc_predict_inter(&reference, 1, 1, mv, &direct);
            CU_ASSERT_EQUAL(memcmp(pred, direct.luma, sizeof(pred)), 0);
        }
    }
}

static void margins_repeat_the_border(void)
{
    begin(3);
    CU_ASSERT_EQUAL(reference.luma[0][0], recon.luma[0][0]);
    CU_ASSERT_EQUAL(reference.luma[MB_SIDE * 16 + 2 * PSK_ENC_MARGIN - 1]
                                  [MB_SIDE * 16 + 2 * PSK_ENC_MARGIN - 1],
                    recon.luma[MB_SIDE * 16 - 1][MB_SIDE * 16 - 1]);
    CU_ASSERT_EQUAL(reference.luma[PSK_ENC_MARGIN + 5][3], recon.luma[5][0]);
    CU_ASSERT_EQUAL(reference.chroma[1][3][PSK_ENC_MARGIN / 2 + 7], recon.chroma[1][0][7]);
}

static void the_search_finds_a_moved_block(void)
{
    static const int16_t moves[][2] = { { 0, 0 }, { 8, 4 }, { -12, 16 }, { 2, 0 }, { 5, -7 } };

    /* A smooth bump: the way downhill leads to the match. */
    begin(4);
    for (int y = 0; y < 64; y++)
        for (int x = 0; x < 64; x++)
            recon.luma[y][x] = (uint8_t)(255 - ((x - 30) * (x - 30) + (y - 28) * (y - 28)) / 8);
    psk_enc_update_reference(&recon, MB_SIDE, MB_SIDE, &reference);
    for (size_t i = 0; i < LENGTH(moves); i++) {
        const struct psk_enc_mv moved = { moves[i][0], moves[i][1] };
        struct psk_enc_samples source;
        struct psk_enc_samples pred;
        struct psk_enc_choice choice;

        psk_enc_predict_inter(&reference, 1, 1, moved, &source);
        psk_enc_search(&frame, &reference, 1, 1, &source, &choice, &pred);
        CU_ASSERT_TRUE(abs(choice.mv[0].x - moved.x) <= 1 && abs(choice.mv[0].y - moved.y) <= 1);
        CU_ASSERT_TRUE(psk_enc_sad(pred.luma, source.luma) <= 256);
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

int main(void)
{
    static const struct ps_test tests[] = {
        PS_TEST(luma_equals_the_equations_at_every_position),
        PS_TEST(a_vector_and_its_offset_from_nearby_give_the_same),
        PS_TEST(margins_repeat_the_border),
        PS_TEST(the_search_finds_a_moved_block),
        PS_TEST(vectors_stay_within_the_margins),
        PS_TEST(vectors_are_predicted_from_neighbours),
    };

    return ps_test_run("kernels/h264enc/inter", tests, LENGTH(tests));
}
