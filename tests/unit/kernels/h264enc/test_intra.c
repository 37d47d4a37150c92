/* SPDX-License-Identifier: BSD-3-Clause */
/* tests/unit/kernels/h264enc/test_intra.c - predictors against the standard's equations, sample by
 * sample, with every set of neighbours. */
#include "kernels/h264enc/intra_priv.h"

#include <string.h>

#include "tests/support/ps_test.h"
#include "tests/unit/kernels/frames.h"

static struct psk_enc_border draw_border(uint32_t n, uint32_t *seed)
{
    struct psk_enc_border border = { .has_top = n & 1, .has_left = n >> 1 & 1 };

    for (int i = 0; i < 16; i++) {
        border.top[i] = (uint8_t)draw(seed);
        border.left[i] = (uint8_t)draw(seed);
    }
    if (n % 5 == 0) /* steep: the plane must clip */
        memset(border.left, 255, sizeof(border.left));
    border.corner = (uint8_t)draw(seed);
    return border;
}

static void luma_predictors_equal_the_equations(void)
{
    uint32_t seed = 21;
    uint32_t wrong = 0;

    for (uint32_t n = 0; n < 400; n++) {
        const struct psk_enc_border border = draw_border(n, &seed);

        for (int mode = 0; mode < PSK_ENC_INTRA_MODE_COUNT; mode++) {
            uint8_t pred[256];

            if (!psk_enc_intra_is_possible((enum psk_enc_intra_mode)mode, &border))
                continue;
            psk_enc_predict_luma_intra((enum psk_enc_intra_mode)mode, &border, pred);
            for (int i = 0; i < 256; i++)
                wrong += pred[i] != psk_enc_luma_intra_sample_ref((enum psk_enc_intra_mode)mode,
                                                                  &border, i % 16, i / 16);
        }
    }
    CU_ASSERT_EQUAL(wrong, 0);
}

static void chroma_predictors_equal_the_equations(void)
{
    uint32_t seed = 22;
    uint32_t wrong = 0;

    for (uint32_t n = 0; n < 400; n++) {
        const struct psk_enc_border border = draw_border(n, &seed);

        for (int mode = 0; mode < PSK_ENC_INTRA_MODE_COUNT; mode++) {
            uint8_t pred[64];

            if (!psk_enc_intra_is_possible((enum psk_enc_intra_mode)mode, &border))
                continue;
            psk_enc_predict_chroma_intra((enum psk_enc_intra_mode)mode, &border, pred);
            for (int i = 0; i < 64; i++)
                wrong += pred[i] != psk_enc_chroma_intra_sample_ref((enum psk_enc_intra_mode)mode,
                                                                    &border, i % 8, i / 8);
        }
    }
    CU_ASSERT_EQUAL(wrong, 0);
}

static void modes_need_their_neighbours(void)
{
    const struct psk_enc_border none = { 0 };
    const struct psk_enc_border top = { .has_top = 1 };

    CU_ASSERT_TRUE(psk_enc_intra_is_possible(PSK_ENC_INTRA_DC, &none));
    CU_ASSERT_FALSE(psk_enc_intra_is_possible(PSK_ENC_INTRA_VERTICAL, &none));
    CU_ASSERT_TRUE(psk_enc_intra_is_possible(PSK_ENC_INTRA_VERTICAL, &top));
    CU_ASSERT_FALSE(psk_enc_intra_is_possible(PSK_ENC_INTRA_HORIZONTAL, &top));
    CU_ASSERT_FALSE(psk_enc_intra_is_possible(PSK_ENC_INTRA_PLANE, &top));
}

int main(void)
{
    static const struct ps_test tests[] = {
        PS_TEST(luma_predictors_equal_the_equations),
        PS_TEST(chroma_predictors_equal_the_equations),
        PS_TEST(modes_need_their_neighbours),
    };

    return ps_test_run("kernels/h264enc/intra", tests, LENGTH(tests));
}
