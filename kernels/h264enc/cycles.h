/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * kernels/h264enc/cycles.h - how long the encoder takes on a card.
 *
 * An estimate before any synthesis; kernels/h264enc/cycles.c derives it. What a real build takes
 * goes into card.conf (calibrate).
 * Threads: any; no state.
 */
#ifndef PS_KERNELS_H264ENC_CYCLES_H
#define PS_KERNELS_H264ENC_CYCLES_H

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/**
 * Of a run whose first frame is an IDR when PSK_ENC_START is in @p flags, and all whose others are
 * P: which frames a scene cut or the host's control makes IDR is in no scalar, and so in no model.
 *
 * @param ret_bytes  Moved to and from memory; written unless the kernel refuses the run.
 * @return cycles of a run, the same few for all that the kernel refuses.
 */
uint64_t psk_h264enc_cycles(uint32_t width, uint32_t height, uint32_t frame_count, uint32_t flags,
                            uint32_t effort, uint64_t *ret_bytes);

/** Of one macroblock: @p is_intra in a frame of intra macroblocks only, else in a P frame. */
uint32_t psk_h264enc_mb_cycles(uint32_t effort, int is_intra);

#ifdef __cplusplus
}
#endif

#endif
