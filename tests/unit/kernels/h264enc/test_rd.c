/* SPDX-License-Identifier: BSD-3-Clause */
/* tests/unit/kernels/h264enc/test_rd.c - thinned blocks cost no more than what they came from,
 * counted the long way: inverse transform, squared error, CAVLC. */
#include "kernels/h264enc/rd_priv.h"

#include <stdlib.h>
#include <string.h>

#include "kernels/h264enc/cavlc_priv.h"
#include "kernels/h264enc/transform_priv.h"
#include "tests/support/ps_test.h"
#include "tests/unit/kernels/frames.h"

/* 16 * squared error + lambda * bits. */
static int64_t cost_of(const int16_t source[16], const int16_t level[16], int first, int16_t dc,
                       uint32_t qp, int context)
{
    int16_t coef[16], back[16], scan[16];
    int64_t error = 0;

    psk_enc_dequantise(level, coef, qp);
    if (first)
        coef[0] = dc;
    psk_enc_inverse(coef, back);
    for (int i = 0; i < 16; i++)
        error += (source[i] - back[i]) * (source[i] - back[i]);
    for (int k = first; k < 16; k++)
        scan[k - first] = level[psk_enc_zigzag[k]];
    return (error << PSK_ENC_RD_SHIFT) +
           (int64_t)psk_enc_lambda_rd(qp) * psk_enc_block_bits(scan, 16 - first, context);
}

/* Rounding of samples blurs the long way by a little per block, hence the sum over many. */
static void thinning_lowers_error_plus_bits(void)
{
    for (uint32_t qp = 16; qp <= 51; qp++) {
        uint32_t seed = qp;
        int64_t before = 0, after = 0;

        for (uint32_t n = 0; n < 400; n++) {
            const int first = n & 1, context = (int)(n % 9);
            const uint32_t range = 4 + draw(&seed) % (2u << qp / 7);
            int16_t source[16], coef[16], level[16];
            uint32_t count = 0;

            for (int i = 0; i < 16; i++)
                source[i] = (int16_t)((int)(draw(&seed) % range) - (int)range / 2);
            psk_enc_forward(source, coef);
            const int16_t dc = (int16_t)(first ? coef[0] * 4 : 0);

            if (first)
                coef[0] = 0;
            psk_enc_quantise(coef, level, qp, PSK_ENC_ROUND_NEAREST);
            before += cost_of(source, level, first, dc, qp, context);
            count = psk_enc_thin_levels(coef, level, first, qp, psk_enc_lambda_rd(qp), context);
            after += cost_of(source, level, first, dc, qp, context);
            for (int i = 0; i < 16; i++)
                count -= level[i] != 0;
            CU_ASSERT_EQUAL(count, 0);
        }
        CU_ASSERT_TRUE(after < before);
    }
}

static void levels_only_come_nearer_to_zero(void)
{
    uint32_t seed = 9;

    for (uint32_t n = 0; n < 2000; n++) {
        const uint32_t qp = 10 + n % 42;
        int16_t source[16], coef[16], level[16], thin[16];

        for (int i = 0; i < 16; i++)
            source[i] = (int16_t)((int)(draw(&seed) % 511) - 255);
        psk_enc_forward(source, coef);
        psk_enc_quantise(coef, level, qp, PSK_ENC_ROUND_NEAREST);
        memcpy(thin, level, sizeof(thin));
        psk_enc_thin_levels(coef, thin, 0, qp, psk_enc_lambda_rd(qp), 3);
        for (int i = 0; i < 16; i++)
            CU_ASSERT_TRUE(thin[i] * level[i] >= 0 && abs(thin[i]) <= abs(level[i]));
    }
}

static void lonely_ones_score_low(void)
{
    int16_t level[16] = { 0 };

    CU_ASSERT_EQUAL(psk_enc_level_score(level, 0), 0);
    level[15] = -1; /* behind fifteen zeros */
    CU_ASSERT_EQUAL(psk_enc_level_score(level, 0), 0);
    level[0] = 1;
    CU_ASSERT_EQUAL(psk_enc_level_score(level, 0), 3);
    CU_ASSERT_EQUAL(psk_enc_level_score(level, 1), 0);
    level[5] = 2;
    CU_ASSERT_TRUE(psk_enc_level_score(level, 0) >= 9);
}

static void error_is_the_sum_of_squares(void)
{
    uint8_t a[256], b[256];
    uint32_t sum = 0;

    fill_with_noise(a, sizeof(a), 1);
    fill_with_noise(b, sizeof(b), 2);
    a[3] = 255;
    b[3] = 0;
    for (int i = 0; i < 256; i++)
        sum += (uint32_t)((a[i] - b[i]) * (a[i] - b[i]));
    CU_ASSERT_EQUAL(psk_enc_ssd(a, b, 256), sum);
    CU_ASSERT_EQUAL(psk_enc_ssd(a, a, 64), 0);
}

int main(void)
{
    static const struct ps_test tests[] = {
        PS_TEST(thinning_lowers_error_plus_bits),
        PS_TEST(levels_only_come_nearer_to_zero),
        PS_TEST(lonely_ones_score_low),
        PS_TEST(error_is_the_sum_of_squares),
    };

    return ps_test_run("kernels/h264enc/rd", tests, LENGTH(tests));
}
