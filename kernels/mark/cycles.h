/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * kernels/mark/cycles.h - how long the marker takes on a card.
 *
 * An estimate from the source's loops before any synthesis; kernels/mark/cycles.c derives it. What
 * a real build takes goes into card.conf (calibrate).
 * Threads: any; no state.
 */
#ifndef PS_KERNELS_MARK_CYCLES_H
#define PS_KERNELS_MARK_CYCLES_H

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/**
 * @param ret_bytes  Moved to and from memory; written unless the kernel refuses the run.
 * @return cycles of a run, the same few for all that the kernel refuses.
 */
uint64_t psk_mark_cycles(uint32_t width, uint32_t height, uint32_t frame_count,
                         uint64_t *ret_bytes);

#ifdef __cplusplus
}
#endif

#endif
