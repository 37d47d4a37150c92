/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * tests/integration/kernels/test_rate_clip.c - the host's rate control with the real kernel on real
 * clips: each standalone segment of 2 to 4 s ends within 15 % of its budget, in batches of eight
 * frames, over all of the clip up to 10 s; and every frame still decodes to the reconstruction.
 */
#include <stdlib.h>

#include "host/pipeline/rate.h"
#include "tests/integration/kernels/coded.h"
#include "tests/support/ps_test.h"
#include "tests/unit/kernels/frames.h"

#define BATCH 8u
#define FPS   30u

static struct coded coded;

static double encode_segment(const uint8_t *frames, const struct ps_rate_config *cfg)
{
    const uint64_t bytes_before = coded.bytes;
    const uint32_t first = coded.encoded;
    struct psk_enc_control control[BATCH];
    struct ps_rate rate;

    ps_rate_init(&rate, cfg);
    for (uint32_t done = 0; done < cfg->frame_count;) {
        const uint32_t left = cfg->frame_count - done;
        const uint32_t count = left < BATCH ? left : BATCH;

        ps_rate_plan(&rate, count, control);
        coded_frames(&coded, frames + done * PSK_FRAME_BYTES(cfg->width, cfg->height), control,
                     count, done == 0);
        ps_rate_learn(&rate, count, &coded.report[first + done]);
        done += count;
    }
    return (double)(coded.bytes - bytes_before) * 8 * FPS /
           ((double)cfg->bitrate_bps * cfg->frame_count);
}

static void encode_clip(const char *name, struct ps_rate_config cfg, uint32_t segment_frames)
{
    const size_t frame_bytes = PSK_FRAME_BYTES(cfg.width, cfg.height);
    uint32_t count = 0;
    uint8_t *frames = clip_frames(name, cfg.width, cfg.height, 10 * FPS, &count);

    coded_begin(&coded, cfg.width, cfg.height);
    for (uint32_t first = 0; first + segment_frames <= count; first += segment_frames) {
        cfg.frame_count = segment_frames;
        const double share = encode_segment(frames + first * frame_bytes, &cfg);
        CU_ASSERT_TRUE(share > 0.85 && share < 1.15);
        if (getenv("PS_TEST_VERBOSE") != NULL)
            printf("\n    emulated clip=%s size=%ux%u bps=%u frames=%u share=%.3f", name, cfg.width,
                   cfg.height, cfg.bitrate_bps, segment_frames, share);
    }
    coded_end(&coded);
    CU_ASSERT_TRUE(coded.encoded >= 2 * segment_frames);
    CU_ASSERT_EQUAL(coded.decoded, coded.encoded);
    CU_ASSERT_EQUAL(coded.mismatches, 0);
    if (getenv("PS_TEST_VERBOSE") != NULL)
        printf(" psnr_y=%.2f", coded_psnr(&coded));
    free(frames);
}

static void segments_hold_their_bitrate(void)
{
    static const struct {
        uint32_t bitrate_bps, width, height, segment_frames;
    } cases[] = {
        { 200000, 320, 180, 60 }, { 200000, 320, 180, 120 }, { 600000, 640, 360, 60 },
        { 600000, 640, 360, 96 }, { 100000, 320, 180, 60 },  { 1000000, 426, 240, 60 },
    };
    static const char *const clips[] = { "mdn_frog.mp4", "bbb_480p_30s.mp4" };

    for (size_t i = 0; i < LENGTH(cases); i++) {
        for (size_t k = 0; k < LENGTH(clips); k++) {
            const struct ps_rate_config cfg = { .bitrate_bps = cases[i].bitrate_bps,
                                                .fps_num = FPS,
                                                .fps_den = 1,
                                                .width = cases[i].width,
                                                .height = cases[i].height };

            encode_clip(clips[k], cfg, cases[i].segment_frames);
        }
    }
}

int main(void)
{
    static const struct ps_test tests[] = {
        PS_TEST(segments_hold_their_bitrate),
    };

    return ps_test_run("host/pipeline/rate on clips", tests, LENGTH(tests));
}
