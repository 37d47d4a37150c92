/* SPDX-License-Identifier: BSD-3-Clause */
/* tests/unit/kernels/h264enc/test_intra4.c - the nine modes against the standard's equations,
 * sample by sample; which neighbours a block has; which mode is expected. */
#include "kernels/h264enc/intra4_priv.h"

#include <string.h>

#include "tests/support/ps_test.h"
#include "tests/unit/kernels/frames.h"

static struct psk_enc_recon recon;
static struct psk_enc_frame frame;

static void modes_equal_the_equations(void)
{
    uint32_t wrong = 0;

    for (uint32_t n = 0; n < 1000; n++) {
        struct psk_enc_edge edge = { .has_top = n & 1, .has_left = n >> 1 & 1 };
        uint8_t pred[16][PSK_ENC_SATD_LANES];

        fill_with_noise(edge.sample, sizeof(edge.sample), n);
        psk_enc_predict_intra4(&edge, pred);
        for (int mode = 0; mode < PSK_ENC_INTRA4_MODE_COUNT; mode++)
            for (int i = 0; i < 16 && psk_enc_intra4_is_possible(mode, &edge); i++)
                wrong += pred[i][mode] != psk_enc_intra4_sample_ref(mode, &edge, i % 4, i / 4);
    }
    CU_ASSERT_EQUAL(wrong, 0);
}

static int possible_modes(int top, int left)
{
    const struct psk_enc_edge edge = { .has_top = top != 0, .has_left = left != 0 };
    int count = 0;

    for (int mode = 0; mode < PSK_ENC_INTRA4_MODE_COUNT; mode++)
        count += psk_enc_intra4_is_possible(mode, &edge);
    return count;
}

static void modes_need_their_neighbours(void)
{
    CU_ASSERT_EQUAL(possible_modes(0, 0), 1);
    CU_ASSERT_EQUAL(possible_modes(1, 0), 4);
    CU_ASSERT_EQUAL(possible_modes(0, 1), 3);
    CU_ASSERT_EQUAL(possible_modes(1, 1), 9);
}

/* Order of coding of each block (6.4.3): what comes later cannot be a neighbour. */
static void edges_hold_only_what_is_coded_before(void)
{
    static const uint8_t order[16] = { 0, 1, 4, 5, 2, 3, 6, 7, 8, 9, 12, 13, 10, 11, 14, 15 };

    for (uint32_t mb_x = 0; mb_x < 3; mb_x++) {
        for (int block = 0; block < 16; block++) {
            const int bx = block % 4 + 1, by = block / 4 - 1;
            const int exists =
                by < 0 ? mb_x < 2 || bx < 4 : bx < 4 && order[by * 4 + bx] < order[block];
            struct psk_enc_window window;
            struct psk_enc_edge edge;

            memset(recon.luma, 7, sizeof(recon.luma));
            psk_enc_open_window(&recon, 3, mb_x, 1, &window);
            for (int i = 0; i < 16; i++) /* each block is filled with its number + 100 */
                for (int y = 0; y < 4; y++)
                    memset(&window.line[1 + i / 4 * 4 + y][1 + i % 4 * 4], 100 + i, 4);
            psk_enc_edge_of(&window, block, &edge);
            CU_ASSERT_EQUAL(edge.has_top, 1);
            CU_ASSERT_EQUAL(edge.has_left, mb_x > 0 || block % 4 > 0);
            const int wanted = exists ? by < 0 ? 7 : 100 + by * 4 + bx : edge.sample[8];
            for (int i = 9; i < 13; i++)
                CU_ASSERT_EQUAL(edge.sample[i], wanted);
        }
    }
}

static void a_window_takes_in_what_borders_on_it(void)
{
    struct psk_enc_window window;
    struct psk_enc_edge edge;

    fill_with_noise(recon.luma[0], sizeof(recon.luma[0]) * 40, 3);
    psk_enc_open_window(&recon, 4, 1, 1, &window);
    psk_enc_edge_of(&window, 0, &edge);
    for (int i = 0; i < 4; i++)
        CU_ASSERT_EQUAL(edge.sample[i], recon.luma[19 - i][15]);
    CU_ASSERT_EQUAL(memcmp(edge.sample + 4, &recon.luma[15][15], 9), 0);
    psk_enc_edge_of(&window, 3, &edge);
    CU_ASSERT_EQUAL(memcmp(edge.sample + 5, &recon.luma[15][28], 8), 0);
    psk_enc_open_window(&recon, 4, 0, 0, &window);
    psk_enc_edge_of(&window, 0, &edge);
    CU_ASSERT_FALSE(edge.has_top || edge.has_left);
}

static void the_lesser_neighbour_mode_is_expected(void)
{
    uint8_t mode[16] = { 8, 7, 6, 5, 4, 3 };

    memset(frame.mb[0][0].intra4_mode, 6, 16);
    memset(frame.mb[0][1].intra4_mode, 1, 16);
    memset(frame.mb[1][0].intra4_mode, 4, 16);
    CU_ASSERT_EQUAL(psk_enc_expect_intra4(&frame, 1, 1, 0, mode), 1);
    CU_ASSERT_EQUAL(psk_enc_expect_intra4(&frame, 1, 1, 4, mode), 4);
    CU_ASSERT_EQUAL(psk_enc_expect_intra4(&frame, 1, 1, 5, mode), 4);
    CU_ASSERT_EQUAL(psk_enc_expect_intra4(&frame, 1, 1, 6, mode), 3);
    CU_ASSERT_EQUAL(psk_enc_expect_intra4(&frame, 0, 0, 0, mode), PSK_ENC_INTRA4_DC);
    CU_ASSERT_EQUAL(psk_enc_expect_intra4(&frame, 0, 1, 4, mode), PSK_ENC_INTRA4_DC);
    CU_ASSERT_EQUAL(psk_enc_expect_intra4(&frame, 1, 0, 1, mode), PSK_ENC_INTRA4_DC);
    CU_ASSERT_EQUAL(psk_enc_expect_intra4(&frame, 1, 0, 4, mode), 6);
}

int main(void)
{
    static const struct ps_test tests[] = {
        PS_TEST(modes_equal_the_equations),
        PS_TEST(modes_need_their_neighbours),
        PS_TEST(edges_hold_only_what_is_coded_before),
        PS_TEST(a_window_takes_in_what_borders_on_it),
        PS_TEST(the_lesser_neighbour_mode_is_expected),
    };

    return ps_test_run("kernels/h264enc/intra4", tests, LENGTH(tests));
}
