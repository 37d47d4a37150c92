/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * kernels/scale/window_priv.h - the source samples that one output sample is made of, and their
 * weights.
 *
 * Why: the filter is the part of scaling that is easy to get nearly right. Both forms of the kernel
 * take it from here, and its test compares it with Lanczos' formula in floating point.
 *
 * Samples cover their area: output sample o of a centred line has its middle at (o + 1/2) * src/dst
 * of the source's length. Left-sited samples, as 4:2:0's chroma horizontally (MPEG-2), sit in the
 * middle of the left one of the two luma samples they belong to, in the source and in the output:
 * at o * src/dst + (src/dst - 1) / 4, counted in source samples from the first one's place.
 * The kernel is stretched by src/dst, so what the output could not hold is filtered out. Weights
 * are whole numbers, made without floating point; those of one output sample add up to
 * WINDOW_ONE exactly, so a flat source stays what it is. Past an edge the edge's sample counts.
 *
 * Threads: any; no state.
 */
#ifndef PS_KERNELS_SCALE_WINDOW_PRIV_H
#define PS_KERNELS_SCALE_WINDOW_PRIV_H

#include <stdint.h>

#include "kernels/scale/scale.h"

#ifdef __cplusplus
extern "C" {
#endif

#define WINDOW_ONE      16384
#define WINDOW_TAPS_MAX (6u * PSK_SCALE_RATIO_MAX) /* three lobes to either side, stretched */

struct psk_window {
    uint32_t first; /* source sample */
    uint32_t count;
    int32_t weights[WINDOW_TAPS_MAX];
};

/* One direction of one plane. */
struct psk_window_axis {
    uint32_t src;     /* samples */
    uint32_t dst;     /* src / PSK_SCALE_RATIO_MAX .. src */
    uint32_t is_left; /* 1: left-sited, 0: centred */
};

void psk_window(struct psk_window *ret_window, const struct psk_window_axis *axis, uint32_t out);

#ifdef __cplusplus
}
#endif

#endif
