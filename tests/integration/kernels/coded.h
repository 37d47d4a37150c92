/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * tests/integration/kernels/coded.h - the encoder kernel and a foreign decoder, side by side.
 *
 * coded_begin() ... coded_frames() ... coded_end(): each batch is encoded, its NAL units go through
 * libavcodec, and every decoded frame's crc32c must equal the kernel's own. Also the source of
 * frames: a real clip, decoded and scaled by the scale kernel.
 */
#ifndef PS_TESTS_INTEGRATION_KERNELS_CODED_H
#define PS_TESTS_INTEGRATION_KERNELS_CODED_H

#include <libavcodec/avcodec.h>

#include "kernels/h264enc/h264enc.h"

#define CODED_FRAMES_MAX 1000

struct coded {
    uint32_t width, height;
    uint32_t effort; /* 1; may be changed between batches */
    AVCodecContext *decoder;
    AVPacket *packet;
    AVFrame *frame;
    uint8_t *state;
    uint8_t *bits;
    uint32_t bits_bytes_max;
    uint32_t encoded; /* frames */
    uint32_t decoded;
    uint32_t mismatches; /* of size or checksum */
    uint64_t bytes;
    double squared_error; /* of luma, over all frames; for PSNR */
    uint8_t *last;        /* luma of the last decoded frame; until coded_end() */
    int drained;
    struct psk_enc_report report[CODED_FRAMES_MAX];
    const uint8_t *source[CODED_FRAMES_MAX];
};

void coded_begin(struct coded *coded, uint32_t width, uint32_t height);

/** Encode @p frame_count frames and decode what came out. @p start begins a stream. */
void coded_frames(struct coded *coded, const uint8_t *frames, const struct psk_enc_control *control,
                  uint32_t frame_count, int start);

/**
 * Decode frames that something else encoded: their NAL units one after the other, reports and
 * sources. What the decoder refuses counts as a mismatch.
 */
void coded_check(struct coded *coded, const uint8_t *bits, const struct psk_enc_report *report,
                 const uint8_t *frames, uint32_t frame_count);

/** Drain the decoder; then coded->decoded and ->mismatches are final. */
void coded_drain(struct coded *coded);

/** coded_drain() unless done, and release everything. */
void coded_end(struct coded *coded);

double coded_psnr(const struct coded *coded);

/**
 * Decode @p frame_count_max frames of a clip under tests/data/clips, scaled to the size.
 *
 * @param frame_count  How many there were. @return the frames; the caller frees.
 */
uint8_t *clip_frames(const char *name, uint32_t width, uint32_t height, uint32_t frame_count_max,
                     uint32_t *frame_count);

#endif
