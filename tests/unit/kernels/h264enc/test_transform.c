/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * tests/unit/kernels/h264enc/test_transform.c - hardware forms against matrices, bit for bit, over
 * noise and the largest residuals at every qp; and that a residual survives the round trip.
 */
#include "kernels/h264enc/transform_priv.h"

#include <string.h>

#include "tests/support/ps_test.h"
#include "tests/unit/kernels/frames.h"

/* Noise of several strengths; every fourth block only -255 and 255. */
static void draw_residual(int16_t block[16], uint32_t n, uint32_t *seed)
{
    const int range = 1 << (n % 9);

    for (int i = 0; i < 16; i++) {
        const int value = (int)(draw(seed) >> 4) % 511 - 255;

        block[i] = (int16_t)(n % 4 == 0 ? (value < 0 ? -255 : 255) : value * range / 256);
    }
}

static void core_transform_equals_its_matrix(void)
{
    uint32_t seed = 1;

    for (uint32_t n = 0; n < 2000; n++) {
        int16_t block[16], coef[16], ref[16];

        draw_residual(block, n, &seed);
        psk_enc_forward(block, coef);
        psk_enc_forward_ref(block, ref);
        CU_ASSERT_EQUAL(memcmp(coef, ref, sizeof(ref)), 0);
    }
}

static void rows_of_blocks_equal_single_ones(void)
{
    for (uint32_t n = 0; n < 200; n++) {
        uint8_t source[64], pred[64];
        int16_t coef[64], block[16], one[16];

        fill_with_noise(source, sizeof(source), n);
        fill_with_noise(pred, sizeof(pred), n + 1000);
        for (int i = 0; i < 64 && n % 4 == 0; i++) { /* the largest differences there are */
            source[i] = source[i] < 128 ? 0 : 255;
            pred[i] = (uint8_t)(255 - source[i]);
        }
        for (int columns = 8; columns <= 16; columns += 8) {
            psk_enc_forward_row(source, pred, columns, columns, coef);
            for (int x = 0; x < columns; x += 4) {
                for (int i = 0; i < 16; i++) {
                    const int at = i / 4 * columns + x + i % 4;

                    block[i] = (int16_t)(source[at] - pred[at]);
                }
                psk_enc_forward_ref(block, one);
                CU_ASSERT_EQUAL(memcmp(coef + x * 4, one, sizeof(one)), 0);
            }
        }
    }
}

static void quantiser_and_inverse_equal_the_standards_equations(void)
{
    uint32_t seed = 2;
    int zero_blocks = 0, zero_seen = 0;

    for (uint32_t n = 0; n < 4200; n++) {
        const uint32_t qp = 10 + n % 42;
        const int rounding = (int)(n / 42 % 3);
        int16_t block[16], coef[16], level[16], level_ref[16], back[16], back_ref[16];

        draw_residual(block, n / 42, &seed);
        psk_enc_forward(block, coef);
        CU_ASSERT_EQUAL(psk_enc_quantise(coef, level, qp, rounding),
                        psk_enc_quantise_ref(coef, level_ref, qp, rounding));
        CU_ASSERT_EQUAL(memcmp(level, level_ref, sizeof(level)), 0);
        int zeros = 1;
        for (int i = 0; i < 16; i++)
            zeros &= level[i] == 0;
        CU_ASSERT_TRUE(zeros || !psk_enc_is_zero(coef, qp, rounding));
        zero_blocks += zeros;
        zero_seen += psk_enc_is_zero(coef, qp, rounding);
        psk_enc_dequantise(level, coef, qp);
        psk_enc_dequantise_ref(level, back_ref, qp);
        CU_ASSERT_EQUAL(memcmp(coef, back_ref, sizeof(coef)), 0);
        psk_enc_inverse(coef, back);
        psk_enc_inverse_ref(coef, back_ref);
        CU_ASSERT_EQUAL(memcmp(back, back_ref, sizeof(back)), 0);
    }
    CU_ASSERT_TRUE(zero_seen > zero_blocks * 9 / 10);
}

static void dc_transforms_equal_the_standards_equations(void)
{
    uint32_t seed = 3;

    for (uint32_t n = 0; n < 4200; n++) {
        const uint32_t qp = 10 + n % 42;
        int16_t dc[16], level[16], back[16], ref[16];

        for (int i = 0; i < 16; i++)
            dc[i] = (int16_t)((int)(draw(&seed) >> 4) % 8161 - 4080);
        psk_enc_luma_dc_forward(dc, level, qp);
        psk_enc_luma_dc_inverse(level, back, qp);
        psk_enc_luma_dc_inverse_ref(level, ref, qp);
        CU_ASSERT_EQUAL(memcmp(back, ref, sizeof(ref)), 0);
        psk_enc_chroma_dc_forward(dc, level, psk_enc_chroma_qp(qp), n & 1);
        psk_enc_chroma_dc_inverse(level, back, psk_enc_chroma_qp(qp));
        psk_enc_chroma_dc_inverse_ref(level, ref, psk_enc_chroma_qp(qp));
        CU_ASSERT_EQUAL(memcmp(back, ref, 4 * sizeof(ref[0])), 0);
    }
}

static void a_residual_survives_at_the_finest_step(void)
{
    uint32_t seed = 4;

    for (uint32_t n = 0; n < 500; n++) {
        int16_t block[16], coef[16], level[16], back[16];
        int worst = 0;

        draw_residual(block, n, &seed);
        psk_enc_forward(block, coef);
        psk_enc_quantise(coef, level, 10, PSK_ENC_ROUND_NEAREST);
        psk_enc_dequantise(level, coef, 10);
        psk_enc_inverse(coef, back);
        for (int i = 0; i < 16; i++)
            if (abs(back[i] - block[i]) > worst)
                worst = abs(back[i] - block[i]);
        CU_ASSERT_TRUE(worst <= 4); /* the step is 2; errors of sixteen coefficients meet */
    }
}

static void a_flat_macroblock_survives_by_its_dc(void)
{
    int16_t dc[16], level[16];

    for (uint32_t qp = 10; qp <= 51; qp++) {
        for (int i = 0; i < 16; i++)
            dc[i] = 16 * 200;
        CU_ASSERT_TRUE(psk_enc_luma_dc_forward(dc, level, qp) == 1);
        psk_enc_luma_dc_inverse(level, dc, qp);
        /* A block of one DC d decodes to d / 64. */
        CU_ASSERT_TRUE(abs(dc[5] - 64 * 200) <= 64 * (1 << (qp / 6)));
        CU_ASSERT_EQUAL(dc[0], dc[15]);
    }
}

static void chroma_qp_follows_table_8_15(void)
{
    CU_ASSERT_EQUAL(psk_enc_chroma_qp(10), 10);
    CU_ASSERT_EQUAL(psk_enc_chroma_qp(29), 29);
    CU_ASSERT_EQUAL(psk_enc_chroma_qp(30), 29);
    CU_ASSERT_EQUAL(psk_enc_chroma_qp(39), 35);
    CU_ASSERT_EQUAL(psk_enc_chroma_qp(51), 39);
}

int main(void)
{
    static const struct ps_test tests[] = {
        PS_TEST(core_transform_equals_its_matrix),
        PS_TEST(rows_of_blocks_equal_single_ones),
        PS_TEST(quantiser_and_inverse_equal_the_standards_equations),
        PS_TEST(dc_transforms_equal_the_standards_equations),
        PS_TEST(a_residual_survives_at_the_finest_step),
        PS_TEST(a_flat_macroblock_survives_by_its_dc),
        PS_TEST(chroma_qp_follows_table_8_15),
    };

    return ps_test_run("kernels/h264enc/transform", tests, LENGTH(tests));
}
