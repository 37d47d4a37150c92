/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * tests/bench/bench_scale.c - how good the scaler's pictures are, and how fast they come.
 *
 * Pictures: FRAMES frames of each real clip behind its fade-in, at its own size, to four renditions
 * at 1080p's usual ratios. Each sample is compared with Lanczos-3 in floating point before
 * rounding, luma centred and chroma left-sited; rounding alone costs 58.92 dB where there is
 * something to see. swscale (lanczos, accurate rounding, all its chroma as MPEG-2) is measured the
 * same way. Speed: 1920x1080 to 1280x720, 960x540, 640x360 and 416x234 on one thread, in its own
 * CPU time, ROUNDS rounds that take turns, median. Pixels are those of the source, read once by
 * ours and once for each rendition by swscale. swscale's C path is the same library without SIMD
 * (av_force_cpu_flags(0)), its other one with what this CPU has; ours is C that GCC vectorised.
 * The bars: as fast as swscale's C path, and within a dB of what rounding allows.
 */
#include <libavutil/cpu.h>
#include <libavutil/opt.h>
#include <libswscale/swscale.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "kernels/scale/scale.h"
#include "tests/integration/kernels/coded.h"
#include "tests/support/ps_test.h"

#define FRAMES       4u
#define SKIP         100u
#define ROUNDS       9u
#define SPEED_WIDTH  1920u
#define SPEED_HEIGHT 1080u
#define RUNGS        4u
#define RATIO_BAR    1.0
#define PSNR_BAR     57.9

static const uint32_t rungs[RUNGS][2] = { { 1280, 720 }, { 960, 540 }, { 640, 360 }, { 416, 234 } };

static const struct {
    const char *name;
    uint32_t width, height;
} clips[] = { { "flutter_bee.mp4", 1280, 720 },
              { "bbb_480p_30s.mp4", 854, 480 },
              { "mdn_frog.mp4", 720, 480 } };

/* ---- the reference ---- */

static double lanczos3(double x)
{
    const double at = M_PI * x;

    if (fabs(x) < 1e-9)
        return 1;
    return fabs(x) < 3 ? 3 * sin(at) * sin(at / 3) / (at * at) : 0;
}

/* Along one direction: samples @p step apart, lines @p line apart. */
static void filter(const double *src, double *dst, uint32_t src_length, uint32_t dst_length,
                   uint32_t lines, uint32_t step, uint32_t line, uint32_t dst_step,
                   uint32_t dst_line, int is_left)
{
    const double ratio = (double)src_length / dst_length;

    for (uint32_t o = 0; o < dst_length; o++) {
        const double place = is_left ? o * ratio + (ratio - 1) / 4 : (o + 0.5) * ratio - 0.5;
        const int from = (int)floor(place - 3 * ratio), to = (int)ceil(place + 3 * ratio);

        for (uint32_t l = 0; l < lines; l++) {
            double sum = 0, total = 0;

            for (int s = from; s <= to; s++) {
                const int at = s < 0 ? 0 : s >= (int)src_length ? (int)src_length - 1 : s;
                const double weight = lanczos3((s - place) / ratio);

                total += weight;
                sum += weight * src[(uint32_t)at * step + l * line];
            }
            dst[o * dst_step + l * dst_line] = sum / total;
        }
    }
}

/* The sum of squared distances of @p got from the plane's reference. */
static double plane_error(const uint8_t *src, uint32_t width, uint32_t height, const uint8_t *got,
                          uint32_t dst_width, uint32_t dst_height, int is_left)
{
    double *whole = malloc(sizeof(double) * width * height);
    double *lower = malloc(sizeof(double) * width * dst_height);
    double *small = malloc(sizeof(double) * dst_width * dst_height);
    double error = 0;

    PS_REQUIRE(whole != NULL && lower != NULL && small != NULL);
    for (uint32_t i = 0; i < width * height; i++)
        whole[i] = src[i];
    filter(whole, lower, height, dst_height, width, width, 1, width, 1, 0);
    filter(lower, small, width, dst_width, dst_height, 1, width, 1, dst_width, is_left);
    for (uint32_t i = 0; i < dst_width * dst_height; i++) {
        const double wanted = fmin(fmax(small[i], 0), 255);

        error += (got[i] - wanted) * (got[i] - wanted);
    }
    free(whole);
    free(lower);
    free(small);
    return error;
}

static double error_of(const uint8_t *src, uint32_t width, uint32_t height, const uint8_t *got,
                       uint32_t dst_width, uint32_t dst_height)
{
    double error = plane_error(src, width, height, got, dst_width, dst_height, 0);

    for (uint32_t p = 0; p < 2; p++)
        error += plane_error(src + width * height * (4 + p) / 4, width / 2, height / 2,
                             got + dst_width * dst_height * (4 + p) / 4, dst_width / 2,
                             dst_height / 2, 1);
    return error;
}

static double psnr(double error, double samples)
{
    return 10 * log10(255.0 * 255.0 * samples / error);
}

/* ---- swscale ---- */

static struct SwsContext *open_sws(uint32_t width, uint32_t height, uint32_t dst_width,
                                   uint32_t dst_height, int flags)
{
    struct SwsContext *sws = sws_alloc_context();
    static const struct {
        const char *name;
        int value;
    } places[] = {
        { "src_h_chr_pos", 0 },
        { "dst_h_chr_pos", 0 },
        { "src_v_chr_pos", 128 },
        { "dst_v_chr_pos", 128 },
    };

    PS_REQUIRE(sws != NULL);
    av_opt_set_int(sws, "srcw", width, 0);
    av_opt_set_int(sws, "srch", height, 0);
    av_opt_set_int(sws, "dstw", dst_width, 0);
    av_opt_set_int(sws, "dsth", dst_height, 0);
    av_opt_set_int(sws, "src_format", AV_PIX_FMT_YUV420P, 0);
    av_opt_set_int(sws, "dst_format", AV_PIX_FMT_YUV420P, 0);
    av_opt_set_int(sws, "sws_flags", SWS_LANCZOS | flags, 0);
    for (size_t i = 0; i < sizeof(places) / sizeof(places[0]); i++)
        PS_REQUIRE(av_opt_set_int(sws, places[i].name, places[i].value, 0) == 0);
    PS_REQUIRE(sws_init_context(sws, NULL, NULL) >= 0);
    return sws;
}

static void run_sws(struct SwsContext *sws, const uint8_t *src, uint32_t width, uint32_t height,
                    uint8_t *dst, uint32_t dst_width, uint32_t dst_height)
{
    const uint8_t *from[4] = { src, src + width * height, src + width * height * 5 / 4, NULL };
    uint8_t *to[4] = { dst, dst + dst_width * dst_height, dst + dst_width * dst_height * 5 / 4,
                       NULL };
    const int from_step[4] = { (int)width, (int)width / 2, (int)width / 2, 0 };
    const int to_step[4] = { (int)dst_width, (int)dst_width / 2, (int)dst_width / 2, 0 };

    sws_scale(sws, from, from_step, 0, (int)height, to, to_step);
}

/* ---- pictures ---- */

struct quality {
    double ours, sws; /* squared errors over all samples */
    double samples;
    double least; /* PSNR of the worst frame of ours */
    uint32_t count;
};

static void measure_rendition(const uint8_t *frames, uint32_t count, uint32_t width,
                              uint32_t height, const uint32_t *rung, struct quality *q)
{
    const uint32_t w = width * rung[0] / SPEED_WIDTH / 2 * 2;
    const uint32_t h = height * rung[1] / SPEED_HEIGHT / 2 * 2;
    struct SwsContext *sws = open_sws(width, height, w, h, SWS_ACCURATE_RND | SWS_BITEXACT);
    uint8_t *got = malloc(PSK_FRAME_BYTES(w, h));
    struct psk_status status;

    PS_REQUIRE(got != NULL);
    for (uint32_t i = 0; i < count; i++) {
        const uint8_t *src = frames + i * PSK_FRAME_BYTES(width, height);

        psk_scale_one(src, got, width, height, w, h, 1, &status);
        PS_REQUIRE(status.code == PSK_OK);
        const double ours = error_of(src, width, height, got, w, h);
        const double samples = (double)PSK_FRAME_BYTES(w, h);
        run_sws(sws, src, width, height, got, w, h);
        q->sws += error_of(src, width, height, got, w, h);
        q->ours += ours;
        q->samples += samples;
        q->least = q->count == 0 ? psnr(ours, samples) : fmin(q->least, psnr(ours, samples));
        q->count++;
    }
    free(got);
    sws_freeContext(sws);
}

static void pictures_are_what_the_formula_says(void)
{
    struct quality q = { .count = 0 };

    for (size_t c = 0; c < sizeof(clips) / sizeof(clips[0]); c++) {
        uint32_t count = 0;
        uint8_t *frames =
            clip_frames(clips[c].name, clips[c].width, clips[c].height, SKIP + FRAMES, &count);
        const uint8_t *seen = frames + SKIP * PSK_FRAME_BYTES(clips[c].width, clips[c].height);

        PS_REQUIRE(count == SKIP + FRAMES);
        for (uint32_t r = 0; r < RUNGS; r++)
            measure_rendition(seen, FRAMES, clips[c].width, clips[c].height, rungs[r], &q);
        free(frames);
    }
    printf("\nbench=scale case=pictures clips=%zu frames=%u psnr_vs_float_db=%.2f "
           "psnr_vs_float_db_min=%.2f psnr_of_rounding_db=58.92 psnr_swscale_vs_float_db=%.2f "
           "psnr_bar_db=%.1f\n",
           sizeof(clips) / sizeof(clips[0]), q.count, psnr(q.ours, q.samples), q.least,
           psnr(q.sws, q.samples), PSNR_BAR);
    CU_ASSERT(q.least >= PSNR_BAR);
}

/* ---- speed ---- */

static double cpu_s(void)
{
    struct timespec at;

    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &at);
    return (double)at.tv_sec + (double)at.tv_nsec * 1e-9;
}

static int by_value(const void *a, const void *b)
{
    const double *x = a, *y = b;

    return (*x > *y) - (*x < *y);
}

static double median(double *values)
{
    qsort(values, ROUNDS, sizeof(*values), by_value);
    return values[ROUNDS / 2];
}

static double time_sws(struct SwsContext *const *sws, const uint8_t *src, uint8_t *const *dst)
{
    const double start = cpu_s();

    for (uint32_t r = 0; r < RUNGS; r++)
        run_sws(sws[r], src, SPEED_WIDTH, SPEED_HEIGHT, dst[r], rungs[r][0], rungs[r][1]);
    return cpu_s() - start;
}

static double time_ours(const uint8_t *src, uint8_t *const *dst)
{
    const double start = cpu_s();
    struct psk_status status;

    psk_scale(src, dst[0], dst[1], dst[2], dst[3], dst[0], dst[0], SPEED_WIDTH, SPEED_HEIGHT, 0, 1,
              RUNGS, PSK_SCALE_SIZE(rungs[0][0], rungs[0][1]),
              PSK_SCALE_SIZE(rungs[1][0], rungs[1][1]), PSK_SCALE_SIZE(rungs[2][0], rungs[2][1]),
              PSK_SCALE_SIZE(rungs[3][0], rungs[3][1]), 0, 0, &status);
    PS_REQUIRE(status.code == PSK_OK);
    return cpu_s() - start;
}

static void it_is_as_fast_as_swscale_in_c(void)
{
    static double ours[ROUNDS], plain[ROUNDS], simd[ROUNDS], to_plain[ROUNDS], to_simd[ROUNDS];
    const double mpixels = SPEED_WIDTH * SPEED_HEIGHT / 1e6;
    uint8_t *src = malloc(PSK_FRAME_BYTES(SPEED_WIDTH, SPEED_HEIGHT)), *dst[RUNGS];
    struct SwsContext *sws_plain[RUNGS], *sws_simd[RUNGS];

    PS_REQUIRE(src != NULL);
    for (uint32_t i = 0; i < PSK_FRAME_BYTES(SPEED_WIDTH, SPEED_HEIGHT); i++)
        src[i] = (uint8_t)(i / 1000 + i * 2654435761u / 50000000u);
    for (uint32_t r = 0; r < RUNGS; r++) {
        const uint32_t w = rungs[r][0], h = rungs[r][1];

        dst[r] = malloc(PSK_FRAME_BYTES(w, h));
        sws_simd[r] = open_sws(SPEED_WIDTH, SPEED_HEIGHT, w, h, 0);
        av_force_cpu_flags(0);
        sws_plain[r] = open_sws(SPEED_WIDTH, SPEED_HEIGHT, w, h, 0);
        av_force_cpu_flags(-1);
    }
    for (uint32_t i = 0; i < ROUNDS; i++) {
        ours[i] = time_ours(src, dst);
        plain[i] = time_sws(sws_plain, src, dst);
        simd[i] = time_sws(sws_simd, src, dst);
        to_plain[i] = plain[i] / ours[i];
        to_simd[i] = simd[i] / ours[i];
    }
    const double ratio = median(to_plain);
    printf("\nbench=scale case=speed emulated=yes renditions=%u mpixels_s=%.1f "
           "mpixels_s_swscale_c=%.1f mpixels_s_swscale_simd=%.1f ratio_swscale_c=%.2f "
           "ratio_swscale_simd=%.2f ratio_bar=%.1f\n",
           RUNGS, mpixels / median(ours), mpixels / median(plain), mpixels / median(simd), ratio,
           median(to_simd), RATIO_BAR);
    free(src);
    for (uint32_t r = 0; r < RUNGS; r++) {
        free(dst[r]);
        sws_freeContext(sws_plain[r]);
        sws_freeContext(sws_simd[r]);
    }
    CU_ASSERT(ratio >= RATIO_BAR);
}

int main(void)
{
    static const struct ps_test tests[] = {
        PS_TEST(pictures_are_what_the_formula_says),
        PS_TEST(it_is_as_fast_as_swscale_in_c),
    };

    return ps_test_run("bench/scale", tests, sizeof(tests) / sizeof(tests[0]));
}
