/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * tests/unit/kernels/h264enc/test_deblock.c - sixteen lanes at a time filter as the standard does
 * sample by sample: over all qp, kinds of macroblocks, levels and vectors of each quarter.
 */
#include "kernels/h264enc/deblock_priv.h"

#include <string.h>

#include "tests/support/ps_test.h"
#include "tests/unit/kernels/frames.h"

#define MB_WIDTH  5u
#define MB_HEIGHT 4u

static struct psk_enc_recon recon[2];
static struct psk_enc_frame frame;

/* Steps of up to @p step between blocks, noise of up to @p noise within. */
static void draw_blocks(uint8_t *line, uint32_t width, uint32_t y, uint32_t step, uint32_t noise,
                        uint32_t *seed)
{
    for (uint32_t x = 0; x < width; x++) {
        uint32_t block = y / 4 * 977 + x / 4 * 331;

        line[x] = (uint8_t)(100 + draw(&block) % (step + 1) + draw(seed) % (noise + 1));
    }
}

static void draw_picture(uint32_t seed)
{
    const uint32_t step = draw(&seed) % 60;
    const uint32_t noise = draw(&seed) % 12;

    memset(recon, 0, sizeof(recon));
    for (uint32_t y = 0; y < MB_HEIGHT * 16; y++)
        draw_blocks(recon[0].luma[y], MB_WIDTH * 16, y, step, noise, &seed);
    for (uint32_t y = 0; y < MB_HEIGHT * 16; y++)
        draw_blocks(recon[0].chroma[y & 1][y / 2], MB_WIDTH * 8, y / 2, step, noise, &seed);
    recon[1] = recon[0];
}

static void draw_macroblock(struct psk_enc_mb *mb, uint32_t qp, uint32_t *seed)
{
    memset(mb, 0, sizeof(*mb));
    mb->qp = (uint8_t)(qp + draw(seed) % 5);
    mb->intra = draw(seed) % 4 == 0;
    for (int i = 0; i < 16; i++)
        mb->luma_count[i] = draw(seed) % 3 == 0 ? (uint8_t)(draw(seed) % 17) : 0;
    if (draw(seed) % 2 == 0)
        memset(mb->luma_count, 0, sizeof(mb->luma_count));
    for (int quarter = 0; quarter < 4 && !mb->intra; quarter++) {
        mb->mv[quarter].x = (int16_t)(draw(seed) % 7);
        mb->mv[quarter].y = (int16_t)((int)(draw(seed) % 7) - 7);
        if (draw(seed) % 3 != 0)
            mb->mv[quarter] = mb->mv[0];
    }
}

static void draw_frame(uint32_t qp, uint32_t seed)
{
    memset(&frame, 0, sizeof(frame));
    frame.mb_width = MB_WIDTH;
    frame.mb_height = MB_HEIGHT;
    for (uint32_t y = 0; y < MB_HEIGHT; y++)
        for (uint32_t x = 0; x < MB_WIDTH; x++)
            draw_macroblock(&frame.mb[y][x], qp, &seed);
}

static void lanes_equal_the_samples_of_the_standard(void)
{
    uint32_t changed = 0;

    for (uint32_t qp = 10; qp <= 47; qp++) {
        for (uint32_t seed = 0; seed < 8; seed++) {
            draw_picture(qp * 31 + seed);
            draw_frame(qp, qp * 57 + seed);
            psk_enc_deblock(&frame, &recon[0]);
            changed += memcmp(&recon[0], &recon[1], sizeof(recon[0])) != 0;
            psk_enc_deblock_ref(&frame, &recon[1]);
            CU_ASSERT_EQUAL(memcmp(&recon[0], &recon[1], sizeof(recon[0])), 0);
        }
    }
    CU_ASSERT_TRUE(changed > 100);
}

static void edges_of_the_picture_stay(void)
{
    draw_picture(3);
    memset(&frame, 0, sizeof(frame));
    frame.mb_width = frame.mb_height = 1;
    frame.mb[0][0].qp = 40; /* one plain macroblock: no edge of its own, none around it */
    psk_enc_deblock(&frame, &recon[0]);
    CU_ASSERT_EQUAL(memcmp(&recon[0], &recon[1], sizeof(recon[0])), 0);
}

/* A macroblock in quarters: the cross between them is filtered, the rest is not. */
static void quarters_that_moved_apart_are_filtered_between(void)
{
    draw_picture(5);
    memset(&frame, 0, sizeof(frame));
    frame.mb_width = frame.mb_height = 1;
    frame.mb[0][0].qp = 40;
    frame.mb[0][0].mv[3].x = 4;
    for (uint32_t y = 0; y < 16; y++)
        for (uint32_t x = 0; x < 16; x++)
            recon[0].luma[y][x] = (uint8_t)(100 + (x >= 8) * 3 + (y >= 8) * 4);
    recon[1] = recon[0];
    psk_enc_deblock(&frame, &recon[0]);
    CU_ASSERT_NOT_EQUAL(recon[0].luma[12][8], recon[1].luma[12][8]);
    CU_ASSERT_NOT_EQUAL(recon[0].luma[8][12], recon[1].luma[8][12]);
    CU_ASSERT_EQUAL(recon[0].luma[3][8], recon[1].luma[3][8]);
    CU_ASSERT_EQUAL(recon[0].luma[8][3], recon[1].luma[8][3]);
    CU_ASSERT_EQUAL(recon[0].luma[12][4], recon[1].luma[12][4]);
}

int main(void)
{
    static const struct ps_test tests[] = {
        PS_TEST(lanes_equal_the_samples_of_the_standard),
        PS_TEST(edges_of_the_picture_stay),
        PS_TEST(quarters_that_moved_apart_are_filtered_between),
    };

    return ps_test_run("kernels/h264enc/deblock", tests, LENGTH(tests));
}
