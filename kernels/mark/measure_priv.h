/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * kernels/mark/measure_priv.h - the pass over a frame's luma that comes before marking: what of it
 * decides the gain. Threads: static buffers, one call per process at a time.
 */
#ifndef PS_KERNELS_MARK_MEASURE_PRIV_H
#define PS_KERNELS_MARK_MEASURE_PRIV_H

#include "kernels/mark/pattern_priv.h"

#ifdef __cplusplus
extern "C" {
#endif

/** @p width x @p height of at least PSK_MARK_MEASURED_MIN_W x _H. */
void psk_mark_measure(const uint8_t *luma, uint32_t width, uint32_t height,
                      int8_t sign[PSK_MARK_ROWS][PSK_MARK_COLUMNS],
                      struct psk_mark_measure *ret_measure);

#ifdef __cplusplus
}
#endif

#endif
