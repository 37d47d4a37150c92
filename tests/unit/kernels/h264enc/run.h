/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * tests/unit/kernels/h264enc/run.h - one encoder run with buffers of exactly the promised sizes, so
 * that the sanitizer sees a byte too many.
 */
#ifndef PS_TESTS_UNIT_KERNELS_H264ENC_RUN_H
#define PS_TESTS_UNIT_KERNELS_H264ENC_RUN_H

#include <stdlib.h>
#include <string.h>

#include "kernels/h264enc/h264enc.h"
#include "tests/support/ps_test.h"
#include "tests/unit/kernels/frames.h"

#define RUN_FRAMES 8u

struct run {
    uint32_t width, height;
    uint32_t bits_bytes_max;
    uint8_t *src; /* RUN_FRAMES of moving noise */
    uint8_t *state;
    uint8_t *bits;
    struct psk_enc_control control[RUN_FRAMES];
    struct psk_enc_report report[RUN_FRAMES];
    struct psk_status status;
};

static inline struct run run_begin(uint32_t width, uint32_t height, uint32_t qp)
{
    const size_t frame_bytes = PSK_FRAME_BYTES(width, height);
    struct run run = { .width = width, .height = height };

    run.bits_bytes_max = psk_h264enc_bits_bytes_max(width, height, RUN_FRAMES);
    run.src = malloc(frame_bytes * RUN_FRAMES);
    run.state = malloc(psk_h264enc_state_bytes(width, height));
    run.bits = malloc(run.bits_bytes_max);
    PS_REQUIRE(run.src != NULL && run.state != NULL && run.bits != NULL);
    fill_with_noise(run.src, frame_bytes, 77);
    for (uint32_t i = 0; i < RUN_FRAMES; i++) {
        run.control[i] = (struct psk_enc_control){ .qp = qp };
        for (size_t k = 0; i > 0 && k < frame_bytes; k++)
            run.src[i * frame_bytes + k] = run.src[(k + i) % frame_bytes];
    }
    return run;
}

static inline void run_end(struct run *run)
{
    free(run->src);
    free(run->state);
    free(run->bits);
}

/* Frames @p first.. of the source; reports and bits start over. Returns the status code. */
static inline uint32_t run_frames(struct run *run, uint32_t first, uint32_t count, uint32_t flags)
{
    psk_h264enc(run->src + first * PSK_FRAME_BYTES(run->width, run->height), run->state,
                &run->control[first], run->bits, run->report, run->width, run->height, count,
                run->bits_bytes_max, flags, 1, 30, 1, &run->status);
    return run->status.code;
}

#endif
