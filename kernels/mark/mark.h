/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * kernels/mark/mark.h - the A/B watermark kernel: one bit per segment, in luma.
 *
 * A picture of any size carries the same pattern: a grid of 80x45 cells (8x8 samples at 640x360),
 * each +1 or -1 by (key, segment), interpolated bilinearly between the cells' centres. Variant A
 * adds it, B subtracts it. The amplitude follows the local activity (0.5 + 0.1 sigma of each 8x8
 * block of samples, 0.5..2, times strength), because busy places hide more. Rounding is dithered:
 * an amplitude below half a step would be lost in flat places otherwise. Chroma is copied.
 *
 * Every frame and variant has a gain of 0.6..1.8 besides, which follows the content: a frame is
 * read twice, first for how like the pattern it is already and how clearly a reader would see the
 * mark in it (host/watermark/detect.h). The gain is what brings A, and B, to
 * PSK_MARK_TARGET standard deviations, but no more than a mean error and a loss of SSIM allow
 * (measure_priv.h, pattern_priv.h). It depends on the frame alone, so it is the same however a
 * segment is cut into batches. Pictures smaller than 160x90 are marked with gain 1.
 *
 * Limits: even sizes from 16x16 to PSK_WIDTH_MAX x PSK_HEIGHT_MAX, strength (Q8) at most
 * PSK_MARK_STRENGTH_MAX.
 * Threads: static line buffers, as in a compute unit: one psk_mark() call per process at a time.
 * The reference form and psk_mark_sign() are reentrant.
 */
#ifndef PS_KERNELS_MARK_MARK_H
#define PS_KERNELS_MARK_MARK_H

#include "kernels/abi/kernels.h"

#ifdef __cplusplus
extern "C" {
#endif

#define PSK_MARK_COLUMNS      80
#define PSK_MARK_ROWS         45
#define PSK_MARK_STRENGTH_MAX 1024u

/**
 * Mark a batch; arguments are the ABI's (kernels/abi/kernels.h). @p dst_a, @p dst_b and @p src
 * must not overlap.
 *
 * @param status  PSK_OK or PSK_BAD_ARGUMENT; on error nothing else is written.
 */
void psk_mark(const uint8_t *src, uint8_t *dst_a, uint8_t *dst_b, uint32_t width, uint32_t height,
              uint32_t frame_count, uint32_t key_lo, uint32_t key_hi, uint32_t segment,
              uint32_t first_frame, uint32_t strength, struct psk_status *status);

/** The obvious form: same arguments, same bytes. For tests; slow. */
void psk_mark_ref(const uint8_t *src, uint8_t *dst_a, uint8_t *dst_b, uint32_t width,
                  uint32_t height, uint32_t frame_count, uint32_t key_lo, uint32_t key_hi,
                  uint32_t segment, uint32_t first_frame, uint32_t strength,
                  struct psk_status *status);

/** A cell's sign, +1 or -1: what a reader of the mark correlates with. */
int psk_mark_sign(uint32_t key_lo, uint32_t key_hi, uint32_t segment, uint32_t column,
                  uint32_t row);

#ifdef __cplusplus
}
#endif

#endif
