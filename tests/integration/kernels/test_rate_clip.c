/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * tests/integration/kernels/test_rate_clip.c - the host's rate control with the real kernel on real
 * clips: each standalone segment of 1 to 4 s ends within 10 % of its budget, in batches of eight
 * frames, over all of the clip up to 10 s; the player's buffer never runs dry over their sequence;
 * and every frame still decodes to the reconstruction. Prints what it found.
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "host/pipeline/rate.h"
#include "tests/integration/kernels/coded.h"
#include "tests/support/hrd.h"
#include "tests/support/ps_test.h"
#include "tests/unit/kernels/frames.h"

#define BATCH 8u
#define FPS   30u

static struct coded coded;

struct found {
    double share_least, share_most, share_mean;
    double qp; /* mean over frames */
    uint32_t segments, idrs, above_bits_max;
    struct hrd hrd;
};

static void look_at(const struct ps_rate *rate, const struct psk_enc_control *control,
                    const struct psk_enc_report *report, uint32_t count, struct found *found)
{
    double bits_max = 0;

    for (uint32_t i = 0; i < count; i++) {
        bits_max = control[i].bits_max + (control[i].flags & PSK_ENC_FRAME_CARRY ? bits_max : 0);
        hrd_frame(&found->hrd, report[i].bytes * 8.0);
        found->above_bits_max += report[i].bytes * 8.0 > bits_max;
        bits_max -= report[i].bytes * 8.0;
        found->idrs += report[i].is_idr;
        found->qp += (double)report[i].qp_sum / rate->mb_count;
    }
}

static double encode_segment(const uint8_t *frames, const struct ps_rate_config *cfg,
                             struct found *found)
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
        look_at(&rate, control, &coded.report[first + done], count, found);
        ps_rate_learn(&rate, count, &coded.report[first + done]);
        done += count;
    }
    return (double)(coded.bytes - bytes_before) * 8 * FPS /
           ((double)cfg->bitrate_bps * cfg->frame_count);
}

static struct found player(const struct ps_rate_config *cfg)
{
    struct found found = { .share_least = INFINITY };
    struct ps_rate rate;

    ps_rate_init(&rate, cfg);
    hrd_begin(&found.hrd, rate.vbv.frame_bits * FPS, rate.vbv.size_bits, rate.vbv.start_bits,
              1.0 / FPS);
    return found;
}

/* All segments of the clip, the short one at its end too; @p least may be missed by that alone. */
static struct found encode_frames(const uint8_t *frames, uint32_t count, struct ps_rate_config cfg,
                                  uint32_t segment_frames)
{
    const size_t frame_bytes = PSK_FRAME_BYTES(cfg.width, cfg.height);
    struct found found;

    cfg.frame_count = segment_frames;
    found = player(&cfg);
    coded_begin(&coded, cfg.width, cfg.height);
    for (uint32_t first = 0; first < count; first += cfg.frame_count) {
        cfg.frame_count = count - first < segment_frames ? count - first : segment_frames;
        const double share = encode_segment(frames + first * frame_bytes, &cfg, &found);

        found.share_most = fmax(found.share_most, share);
        if (cfg.frame_count < segment_frames)
            break;
        found.share_least = fmin(found.share_least, share);
        found.share_mean += share;
        found.segments++;
    }
    found.share_mean /= found.segments;
    found.qp /= coded.encoded;
    coded_end(&coded);
    CU_ASSERT_EQUAL(coded.decoded, coded.encoded);
    CU_ASSERT_EQUAL(coded.mismatches, 0);
    CU_ASSERT_EQUAL(found.above_bits_max, 0);
    CU_ASSERT_EQUAL(found.hrd.underflows, 0);
    return found;
}

static void print_found(const char *name, const struct ps_rate_config *cfg, uint32_t frames,
                        const struct found *found)
{
    printf("\n    emulated clip=%s size=%ux%u bps=%u quality=%u vbv_ms=%u frames=%u segments=%u "
           "idrs=%u "
           "share_least=%.3f share_mean=%.3f share_most=%.3f qp_mean=%.1f spare_ms_least=%.0f "
           "underflows=%u above_bits_max=%u psnr_y=%.2f",
           name, cfg->width, cfg->height, cfg->bitrate_bps, cfg->quality_qp, cfg->vbv_ms, frames,
           found->segments, found->idrs, found->share_least, found->share_mean, found->share_most,
           found->qp, found->hrd.least_spare_s * 1000, found->hrd.underflows, found->above_bits_max,
           coded_psnr(&coded));
}

static struct found encode_clip(const char *name, struct ps_rate_config cfg,
                                uint32_t segment_frames)
{
    uint32_t count = 0;
    uint8_t *frames = clip_frames(name, cfg.width, cfg.height, 10 * FPS, &count);
    struct found found;

    cfg.fps_num = FPS;
    cfg.fps_den = 1;
    found = encode_frames(frames, count, cfg, segment_frames);
    print_found(name, &cfg, segment_frames, &found);
    free(frames);
    return found;
}

static const char *const clips[] = { "mdn_frog.mp4", "bbb_480p_30s.mp4", "flutter_bee.mp4" };

static void segments_hold_their_bitrate(void)
{
    static const struct {
        uint32_t bitrate_bps, width, height, vbv_ms, segment_frames;
    } cases[] = {
        { 200000, 320, 180, 1000, 60 }, { 200000, 320, 180, 1000, 90 },
        { 600000, 640, 360, 1000, 60 }, { 600000, 640, 360, 500, 75 },
        { 100000, 320, 180, 1000, 60 }, { 500000, 426, 240, 1000, 60 },
        { 300000, 320, 180, 2000, 30 },
    };

    for (size_t i = 0; i < LENGTH(cases); i++) {
        for (size_t k = 0; k < LENGTH(clips); k++) {
            const struct found found =
                encode_clip(clips[k],
                            (struct ps_rate_config){ .bitrate_bps = cases[i].bitrate_bps,
                                                     .vbv_ms = cases[i].vbv_ms,
                                                     .width = cases[i].width,
                                                     .height = cases[i].height },
                            cases[i].segment_frames);

            CU_ASSERT_TRUE(found.share_least > 0.9 && found.share_most <= 1.1);
        }
    }
}

static void a_quality_is_held_where_the_bitrate_bears_it(void)
{
    for (size_t k = 0; k < LENGTH(clips); k++) {
        struct ps_rate_config cfg = {
            .bitrate_bps = 8000000, .quality_qp = 28, .vbv_ms = 1000, .width = 320, .height = 180
        };
        struct found found = encode_clip(clips[k], cfg, 60);

        CU_ASSERT_TRUE(found.qp > 27.5 && found.qp < 28.5 && found.share_most < 0.5);
        cfg.bitrate_bps = 200000;
        cfg.quality_qp = 14;
        found = encode_clip(clips[k], cfg, 60);
        CU_ASSERT_TRUE(found.qp > 15 && found.share_most <= 1.1);
    }
}

/* Two clips in turns of 20 frames, which no segment boundary falls upon. */
static void cuts_inside_segments_are_borne(void)
{
    const struct ps_rate_config cfg = { .bitrate_bps = 300000,
                                        .vbv_ms = 1000,
                                        .fps_num = FPS,
                                        .fps_den = 1,
                                        .width = 320,
                                        .height = 180 };
    const size_t frame_bytes = PSK_FRAME_BYTES(cfg.width, cfg.height);
    uint32_t counts[2];
    uint8_t *other = clip_frames(clips[0], cfg.width, cfg.height, 240, &counts[0]);
    uint8_t *frames = clip_frames(clips[1], cfg.width, cfg.height, 240, &counts[1]);
    struct found found;

    PS_REQUIRE(counts[0] == 240 && counts[1] == 240);
    for (uint32_t i = 0; i < 240; i++)
        if ((i + 7) / 20 % 2 == 1)
            memcpy(frames + i * frame_bytes, other + i * frame_bytes, frame_bytes);
    found = encode_frames(frames, 240, cfg, 60);
    print_found("cuts", &cfg, 60, &found);
    CU_ASSERT_TRUE(found.share_least > 0.85 && found.share_most <= 1.1);
    free(other);
    free(frames);
}

/* Made frames: nothing moves, or nothing can be predicted. */
static void stills_and_noise_stay_below_the_peak(void)
{
    const struct ps_rate_config cfg = { .bitrate_bps = 120000,
                                        .vbv_ms = 500,
                                        .fps_num = FPS,
                                        .fps_den = 1,
                                        .width = 176,
                                        .height = 144 };
    const size_t frame_bytes = PSK_FRAME_BYTES(cfg.width, cfg.height);
    uint8_t *frames = calloc(97, frame_bytes);
    struct found found;
    uint32_t seed = 1;

    PS_REQUIRE(frames != NULL);
    found = encode_frames(frames, 97, cfg, 32);
    print_found("black", &cfg, 32, &found);
    CU_ASSERT_TRUE(found.share_most < 0.5);
    for (size_t i = 0; i < 97 * frame_bytes; i++) {
        seed = seed * 1664525u + 1013904223u;
        frames[i] = (uint8_t)(seed >> 24);
    }
    found = encode_frames(frames, 97, cfg, 32); /* the last one is of one frame */
    print_found("noise", &cfg, 32, &found);
    found = encode_frames(frames, 5, cfg, 1);
    print_found("noise", &cfg, 1, &found);
    free(frames);
}

int main(void)
{
    static const struct ps_test tests[] = {
        PS_TEST(segments_hold_their_bitrate),
        PS_TEST(a_quality_is_held_where_the_bitrate_bears_it),
        PS_TEST(cuts_inside_segments_are_borne),
        PS_TEST(stills_and_noise_stay_below_the_peak),
    };

    return ps_test_run("host/pipeline/rate on clips", tests, LENGTH(tests));
}
