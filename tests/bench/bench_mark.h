/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * tests/bench/bench_mark.h - what the parts of `tools/bench mark` share.
 *
 * Pictures are 4:2:0 frames as the kernels take them, one segment at a time. Encoding for attacks
 * is libx264's through libavcodec, one thread, preset veryfast. Threads: one.
 */
#ifndef PS_TESTS_BENCH_BENCH_MARK_H
#define PS_TESTS_BENCH_BENCH_MARK_H

#include <stdbool.h>
#include <stdint.h>

/* Frames of one segment; size_bytes is room enough for FRAMES_MAX of the largest size. */
struct pictures {
    uint32_t width, height;
    uint32_t count;
    uint32_t fps_num, fps_den;
    uint8_t *bytes;
};

#define FRAMES_MAX 72u
#define WIDTH      640u
#define HEIGHT     360u

/* bench_mark_pictures.c */
struct pictures *pictures_create(void);
void pictures_destroy(struct pictures *pictures);
uint8_t *pictures_frame(const struct pictures *pictures, uint32_t i);

struct clip;
struct clip *clip_open(const char *name);
void clip_close(struct clip *clip);
/** The next @p seconds of a clip at WIDTH x HEIGHT; false at the end or when there is less. */
bool clip_next(struct clip *clip, uint32_t seconds, struct pictures *ret_pictures);

/** Encode by libx264 at @p bitrate_bps (or, when 0, @p crf), decode, and put it into @p to. */
void reencode(const struct pictures *from, uint32_t bitrate_bps, uint32_t crf, struct pictures *to);
/** Encode by our kernel at a profile's bitrate or, when 0, at constant @p qp, and decode.
 * @return bytes of the coded frames. */
uint64_t deliver(const struct pictures *from, uint32_t bitrate_bps, uint32_t qp,
                 struct pictures *to);
void resize(const struct pictures *from, uint32_t width, uint32_t height, struct pictures *to);
void crop(const struct pictures *from, uint32_t left, uint32_t top, uint32_t width, uint32_t height,
          struct pictures *to);
/** Show every fifth frame twice, and all a sixth shorter: from 25 frames a second to 30. */
void retime(const struct pictures *from, struct pictures *to);
/** (a * weight_a + b * weight_b) / (weight_a + weight_b). */
void mix(const struct pictures *a, uint32_t weight_a, const struct pictures *b, uint32_t weight_b,
         struct pictures *to);
double mean_squared_error(const struct pictures *a, const struct pictures *b);
double ssim(const struct pictures *a, const struct pictures *b);

/* bench_mark_codes.c */
#define POOL_MAX 512u

/* z as it was read off real pictures, by what the pirates made. */
struct pool {
    uint32_t count;
    double z[POOL_MAX];
};
struct pools {
    struct pool bit;        /* of a bit as it is, positive when read right */
    struct pool half;       /* A and B averaged */
    struct pool two_thirds; /* A, A and B averaged, positive when read as A */
};
/** Prints the keys about codes. @return whether all bars were kept. */
bool measure_codes(const struct pools *pools, bool quick);

#endif
