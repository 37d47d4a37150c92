/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * kernels/scale/cycles.h - how long the scaler takes on a card.
 *
 * An estimate from the source's loops before any synthesis; kernels/scale/cycles.c derives it. What
 * a real build takes goes into card.conf (calibrate).
 * Threads: any; no state.
 */
#ifndef PS_KERNELS_SCALE_CYCLES_H
#define PS_KERNELS_SCALE_CYCLES_H

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/**
 * @param sizes      PSK_SCALE_RENDITIONS_MAX of them, as the kernel takes them.
 * @param ret_bytes  Moved to and from memory.
 * @return cycles of a run, the same few for all that the kernel refuses.
 */
uint64_t psk_scale_cycles(uint32_t src_width, uint32_t src_height, uint32_t flags,
                          uint32_t frame_count, uint32_t rendition_count, const uint32_t *sizes,
                          uint64_t *ret_bytes);

#ifdef __cplusplus
}
#endif

#endif
