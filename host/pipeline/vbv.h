/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * host/pipeline/vbv.h - the buffer of a player on a line of constant rate: what it can bear.
 *
 * The hypothetical reference decoder of H.264, annex C.1, with one schedule and cbr_flag 0: bits
 * arrive at the peak rate until the buffer is full; a frame leaves it at once, at its own time;
 * a frame that has not arrived whole by then is an underflow, the one thing that may not happen.
 *
 * Segments are made alone, out of order, and their variants are mixed. So each of them is held to
 * begin with a buffer of `start_bits` and to leave no less behind: then any sequence of them holds,
 * since a fuller buffer does no harm. It follows that no segment is larger than the peak rate times
 * its duration.
 *
 * Even the coarsest frames cost something (see PS_VBV_IDR_BITS and PS_VBV_P_BITS): a rate or size
 * that cannot carry one such IDR frame every half second is raised until it can. A segment shorter
 * than that, which only a stream's last one is, may leave less behind than it found.
 *
 * Pure: plain structs, no heap. Threads: one at a time per object.
 */
#ifndef PS_HOST_PIPELINE_VBV_H
#define PS_HOST_PIPELINE_VBV_H

#include <stdbool.h>
#include <stdint.h>

/* A frame of so many macroblocks can be coded in this many bits whatever it shows. */
#define PS_VBV_IDR_BITS(mb_count) (512.0 + 20.0 * (mb_count))
#define PS_VBV_P_BITS(mb_count)   (512.0 + 0.25 * (mb_count))

struct ps_vbv {
    double frame_bits;  /* that arrive from one frame to the next */
    double size_bits;   /* of the buffer */
    double start_bits;  /* in it when the segment's first frame leaves */
    double return_bits; /* that must be in it when the next segment's first frame leaves */
    double full_bits;   /* in it now: when the next frame leaves, before it does */
    double idr_bits;    /* what the coarsest frames cost */
    double p_bits;
};

struct ps_vbv_config {
    double peak_bps;
    uint32_t size_ms; /* at peak_bps */
    uint32_t fps_num;
    uint32_t fps_den;
    uint32_t mb_count;
    uint32_t frame_count; /* of the segment */
};

void ps_vbv_init(struct ps_vbv *vbv, const struct ps_vbv_config *cfg);

/**
 * The next frame leaves, and the bits of one interval arrive.
 * @return Whether it was there whole; when not, the buffer counts as empty.
 */
bool ps_vbv_take(struct ps_vbv *vbv, double bits);

#endif
