/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * kernels/scale/scale.h - the downscaling kernel and its reference form.
 *
 * One source, read once, becomes up to PSK_SCALE_RENDITIONS_MAX smaller ones. Filter: Lanczos with
 * three lobes, stretched by the ratio, first down the columns, then along the lines; weights in
 * whole numbers (kernels/scale/window_priv.h), in between 8.6 bits. Flat pictures stay flat, equal
 * sizes copy. Chroma is taken to be left-sited horizontally and centred vertically, in the source
 * and in what comes out (MPEG-2's, and what H.264 assumes when nothing is said).
 *
 * Limits: even sizes from 16x16 to PSK_WIDTH_MAX x PSK_HEIGHT_MAX, each rendition no larger than
 * the source and no smaller than 1/PSK_SCALE_RATIO_MAX of it, in either direction;
 * 1..PSK_BATCH_FRAMES_MAX frames.
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
 * Scale @p frame_count frames; arguments are the ABI's (kernels/abi/kernels.h). Renditions from
 * @p rendition_count on are not looked at.
 *
 * @param status  Gets PSK_OK or PSK_BAD_ARGUMENT, and the frames done; on error nothing else is
 *                written.
 */
void psk_scale(const uint8_t *src, uint8_t *dst0, uint8_t *dst1, uint8_t *dst2, uint8_t *dst3,
               uint8_t *dst4, uint8_t *dst5, uint32_t src_width, uint32_t src_height,
               uint32_t flags, uint32_t frame_count, uint32_t rendition_count, uint32_t size0,
               uint32_t size1, uint32_t size2, uint32_t size3, uint32_t size4, uint32_t size5,
               struct psk_status *status);

/** The obvious form: same arguments, same bytes. For tests; slow. */
void psk_scale_ref(const uint8_t *src, uint8_t *dst0, uint8_t *dst1, uint8_t *dst2, uint8_t *dst3,
                   uint8_t *dst4, uint8_t *dst5, uint32_t src_width, uint32_t src_height,
                   uint32_t flags, uint32_t frame_count, uint32_t rendition_count, uint32_t size0,
                   uint32_t size1, uint32_t size2, uint32_t size3, uint32_t size4, uint32_t size5,
                   struct psk_status *status);

/** One rendition of I420 frames: psk_scale() for callers in C. */
static inline void psk_scale_one(const uint8_t *src, uint8_t *dst, uint32_t src_width,
                                 uint32_t src_height, uint32_t dst_width, uint32_t dst_height,
                                 uint32_t frame_count, struct psk_status *status)
{
    psk_scale(src, dst, dst, dst, dst, dst, dst, src_width, src_height, 0, frame_count, 1,
              PSK_SCALE_SIZE(dst_width, dst_height), 0, 0, 0, 0, 0, status);
}

#ifdef __cplusplus
}
#endif

#endif
