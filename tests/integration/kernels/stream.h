/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * tests/integration/kernels/stream.h - a random stream for the encoder kernel, and its parts coded
 * in processes of their own.
 *
 * Why: "a job can stop after any batch and go on elsewhere" is about what a compute unit keeps and
 * should not. Each part is coded in a fresh child of a process that never calls the kernel, so its
 * static storage is as new as another card's; a kernel that crashes fails its stream only.
 *
 * A stream is a function of its seed: size with every cropping there is, content, frame controls
 * (qp, targets, bounds, flags) and effort.
 */
#ifndef PS_TESTS_INTEGRATION_KERNELS_STREAM_H
#define PS_TESTS_INTEGRATION_KERNELS_STREAM_H

#include "kernels/h264enc/h264enc.h"

#define STREAM_FRAMES_MAX 1000u

struct stream {
    uint32_t width, height, frame_count;
    uint32_t effort[2];     /* before and from effort_change on */
    uint32_t effort_change; /* a frame's number; a run ends there */
    uint32_t stop;          /* the frame before which it is stopped and resumed; 0: it is not */
    const char *kind;       /* for messages */
    uint8_t *frames;
    struct psk_enc_control control[STREAM_FRAMES_MAX];
};

/* Frames of a stream as one or several runs coded them; in memory shared with the child. */
struct part {
    size_t size_bytes; /* of this */
    uint32_t failed;   /* not PSK_OK, wrong counts or checksums, or the child died */
    uint32_t frames_done;
    uint32_t state_bytes;
    uint32_t bits_bytes_max;
    uint64_t bits_bytes;
    struct psk_enc_report report[STREAM_FRAMES_MAX];
    uint8_t bytes[]; /* the state, then the bits */
};

/**
 * Draw the stream @p seed.
 * @param mbs_max  Macroblocks of all its frames together, about; large pictures get few frames.
 */
void stream_draw(struct stream *stream, uint32_t seed, uint32_t mbs_max);

/** Take these frames, which stream_fini() frees, with random controls. */
void stream_of_clip(struct stream *stream, uint32_t seed, const char *name, uint8_t *frames,
                    uint32_t width, uint32_t height, uint32_t frame_count);

void stream_fini(struct stream *stream);

struct part *part_create(const struct stream *stream);
void part_destroy(struct part *part);
const uint8_t *part_bits(const struct part *part);
uint8_t *part_state(struct part *part);

/**
 * Code @p count frames from @p first on in a new process, in batches that @p split draws, behind
 * what @p part holds already; they go on from its state unless @p first is 0.
 */
void part_code(struct part *part, const struct stream *stream, uint32_t first, uint32_t count,
               uint32_t split);

#endif
