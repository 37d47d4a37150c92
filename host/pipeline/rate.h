/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * host/pipeline/rate.h - decides how many bits each frame of a segment may have, and at which qp
 * the encoder kernel starts it.
 *
 * Why on the host: a segment is encoded in batches that may run on different cards, so the kernel
 * keeps no budget. The model is the simplest that works: a frame's bits times its quantiser step
 * is a number that changes slowly from one P frame to the next. Each batch is planned from
 * what is left of the segment's budget; the kernel steers by rows towards each frame's target
 * within the bounds given here; its reports correct the model.
 *
 * Every segment has its own budget (bitrate times duration), so segments may be made alone and out
 * of order. The object is a plain struct without pointers and may be copied.
 *
 * Threads: one at a time per object. Pure: no heap, no clock, no I/O.
 */
#ifndef PS_HOST_PIPELINE_RATE_H
#define PS_HOST_PIPELINE_RATE_H

#include <stdint.h>

#include "kernels/abi/kernels.h"

#define PS_RATE_FRAMES_MAX 65536u /* of one segment */

struct ps_rate_config {
    uint32_t bitrate_bps; /* of the video stream, 1000..1e9 */
    uint32_t fps_num;     /* 1..INT32_MAX each */
    uint32_t fps_den;
    uint32_t width; /* as the encoder takes them */
    uint32_t height;
    uint32_t frame_count; /* of the segment, 1..PS_RATE_FRAMES_MAX */
};

struct ps_rate {
    uint32_t mb_count;
    uint32_t frames_left;
    uint32_t is_first;     /* the next frame planned is the segment's first */
    uint32_t p_is_guess;   /* no P frame has been seen yet */
    double bits_per_frame; /* at the configured bitrate */
    double bits_left;      /* of the segment's budget; below 0 when overspent */
    double idr_complexity; /* bits * quantiser step of one frame: a guess, as it comes once */
    double p_complexity;   /* the same, learned */
};

/** Open a segment: a fresh budget, and a guess of the model from the picture's size. */
void ps_rate_init(struct ps_rate *rate, const struct ps_rate_config *cfg);

/**
 * Fill the controls of the segment's next batch. Changes nothing: a batch that failed may be
 * planned again.
 *
 * @param frame_count  1..PSK_BATCH_FRAMES_MAX; at most what is left of the segment.
 */
void ps_rate_plan(const struct ps_rate *rate, uint32_t frame_count,
                  struct psk_enc_control *control);

/** Take in the reports of the batch planned last; it must have succeeded. */
void ps_rate_learn(struct ps_rate *rate, uint32_t frame_count, const struct psk_enc_report *report);

#endif
