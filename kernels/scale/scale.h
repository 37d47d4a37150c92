/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * kernels/scale/scale.h - the downscaling kernel and its reference form.
 *
 * Each output sample is the mean of the source area it covers, with fractional coverage at the
 * area's borders (a box filter). Weights are whole numbers, so the result is exact: one rounding
 * per sample, nothing to tune, and equal sizes copy. Planes are scaled one by one; the small
 * shift between MPEG-2 and centred chroma positions is ignored.
 *
 * Limits: even sizes from 16x16 to PSK_WIDTH_MAX x PSK_HEIGHT_MAX, destination no larger than
 * source in either direction, 1..PSK_BATCH_FRAMES_MAX frames.
 * Threads: the hardware form keeps its line buffers in static storage, as a compute unit does: one
 * caller per process at a time. The reference form is reentrant.
 */
#ifndef PS_KERNELS_SCALE_SCALE_H
#define PS_KERNELS_SCALE_SCALE_H

#include "kernels/abi/kernels.h"

#ifdef __cplusplus
extern "C" {
#endif

/**
 * Scale @p frame_count I420 frames; arguments are the ABI's (kernels/abi/kernels.h).
 *
 * @param status  Gets PSK_OK or PSK_BAD_ARGUMENT, and the frames done; on error nothing else is
 *                written.
 */
void psk_scale(const uint8_t *src, uint8_t *dst, uint32_t src_width, uint32_t src_height,
               uint32_t dst_width, uint32_t dst_height, uint32_t frame_count,
               struct psk_status *status);

/** The obvious form: same arguments, same bytes. For tests; slow. */
void psk_scale_ref(const uint8_t *src, uint8_t *dst, uint32_t src_width, uint32_t src_height,
                   uint32_t dst_width, uint32_t dst_height, uint32_t frame_count,
                   struct psk_status *status);

#ifdef __cplusplus
}
#endif

#endif
