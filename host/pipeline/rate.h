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
 * Two modes. With a bitrate alone a segment ends near bitrate times duration. With a quality, its
 * qp is that of P frames wherever the bitrate bears it, and content that needs less takes less. In
 * both no segment is above PS_RATE_PEAK_PERCENT of the bitrate, nor is the buffer of vbv.h ever run
 * dry: frames get a bits_max such that even a batch of frames that each take all of it
 * leaves what the coarsest coding of the rest needs. The kernel keeps to bits_max at any cost.
 *
 * Every segment has its own budget (bitrate times duration), so segments may be made alone and out
 * of order. The object is a plain struct without pointers and may be copied.
 *
 * The relation bits * step = complexity of a kind of frame is that of MPEG-2's Test Model 5
 * (ISO/IEC JTC1/SC29/WG11 N0400, 1993), and of the predictors of most one-pass encoders since; the
 * buffer is annex C of H.264. See docs/decisions/015-rate-control.md.
 *
 * Threads: one at a time per object. Pure: no heap, no clock, no I/O.
 */
#ifndef PS_HOST_PIPELINE_RATE_H
#define PS_HOST_PIPELINE_RATE_H

#include <stdint.h>

#include "host/pipeline/vbv.h"
#include "kernels/abi/kernels.h"

#define PS_RATE_FRAMES_MAX   65536u /* of one segment */
#define PS_RATE_PEAK_PERCENT 110u   /* of the bitrate: rate at which the player's buffer fills */
#define PS_RATE_VBV_MS_MAX   10000u

struct ps_rate_config {
    uint32_t bitrate_bps; /* of the video stream, 1000..1e9 */
    uint32_t quality_qp;  /* 0: hold the bitrate; 10..51: hold this qp, capped by the bitrate */
    uint32_t vbv_ms;      /* size of the player's buffer, 1..PS_RATE_VBV_MS_MAX */
    uint32_t fps_num;     /* 1..INT32_MAX each */
    uint32_t fps_den;
    uint32_t width; /* as the encoder takes them */
    uint32_t height;
    uint32_t frame_count; /* of the segment, 1..PS_RATE_FRAMES_MAX */
};

/* What is known of one kind of frame: bits * quantiser step. */
struct ps_rate_model {
    double complexity;    /* of the frames to come */
    double bits_per_cost; /* times quantiser step, where the kernel says what prediction left over;
                             0: not known */
    uint32_t is_guess;    /* nothing has been seen since the start or a cut */
};

struct ps_rate {
    uint32_t mb_count;
    uint32_t frame_count;
    uint32_t frames_left;
    uint32_t quality_qp;
    uint32_t qp;           /* of the last batch's P frames; 0: there was none */
    double bits_per_frame; /* at the configured bitrate */
    double bits_left;      /* of the segment's budget; below 0 when overspent */
    double idr_complexity; /* bits * quantiser step of one frame: a guess, as it comes once */
    struct ps_rate_model p;
    struct ps_vbv vbv;
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

/** Take in the reports of the batch planned last, of as many frames; it must have succeeded. */
void ps_rate_learn(struct ps_rate *rate, uint32_t frame_count, const struct psk_enc_report *report);

#endif
