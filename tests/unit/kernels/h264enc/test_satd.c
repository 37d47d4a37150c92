/* SPDX-License-Identifier: BSD-3-Clause */
/* tests/unit/kernels/h264enc/test_satd.c - the three forms against the definition. */
#include "kernels/h264enc/satd_priv.h"

#include <string.h>

#include "tests/support/ps_test.h"
#include "tests/unit/kernels/frames.h"

/* Noise, and the largest differences there are. */
static void fill_pair(uint8_t a[256], uint8_t b[256], uint32_t n)
{
    fill_with_noise(a, 256, 2 * n + 1);
    fill_with_noise(b, 256, 2 * n + 2);
    for (int i = 0; i < 256 && n % 4 == 0; i++) {
        a[i] = n % 8 == 0 || (a[i] & 1) != 0 ? 255 : 0;
        b[i] = (uint8_t)(255 - a[i]);
    }
}

static uint32_t satd_ref(const uint8_t *a, const uint8_t *b, int columns, int rows, int stride)
{
    uint32_t sum = 0;

    for (int y = 0; y < rows; y += 4)
        for (int x = 0; x < columns; x += 4)
            sum += psk_enc_satd_4x4_ref(a + y * stride + x, b + y * stride + x, stride);
    return sum;
}

static void blocks_equal_the_definition(void)
{
    uint32_t wrong = 0;

    for (uint32_t n = 0; n < 400; n++) {
        uint8_t a[256], b[256];

        fill_pair(a, b, n);
        for (int rows = 4; rows <= 16; rows += 4)
            wrong += psk_enc_satd_16(a, b, rows) != satd_ref(a, b, 16, rows, 16);
        for (int rows = 8; rows <= 16; rows += 8)
            wrong += rows % 8 == 0 && psk_enc_satd_8(a, b, 16, rows) != satd_ref(a, b, 8, rows, 16);
        wrong += psk_enc_satd_8(a, b, 8, 8) != satd_ref(a, b, 8, 8, 8);
    }
    CU_ASSERT_EQUAL(wrong, 0);
}

static void lanes_equal_the_definition(void)
{
    uint32_t wrong = 0;

    for (uint32_t n = 0; n < 400; n++) {
        uint8_t source[256], other[256], pred[16][PSK_ENC_SATD_LANES], one[16];
        uint16_t satd[PSK_ENC_SATD_LANES];

        fill_pair(source, other, n);
        memcpy(pred, other, sizeof(pred));
        psk_enc_satd_lanes(source, pred, satd);
        for (int lane = 0; lane < PSK_ENC_SATD_LANES; lane++) {
            for (int i = 0; i < 16; i++)
                one[i] = pred[i][lane];
            wrong += satd[lane] != psk_enc_satd_4x4_ref(source, one, 4);
        }
    }
    CU_ASSERT_EQUAL(wrong, 0);
}

int main(void)
{
    static const struct ps_test tests[] = {
        PS_TEST(blocks_equal_the_definition),
        PS_TEST(lanes_equal_the_definition),
    };

    return ps_test_run("kernels/h264enc/satd", tests, LENGTH(tests));
}
