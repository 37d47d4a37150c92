/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * kernels/h264enc/h264enc.h - the H.264 encoder kernel.
 *
 * Constrained Baseline: Intra 16x16 and 4x4, P 16x16 to 8x8 with quarter-sample vectors and skip,
 * I_PCM for what will not compress, CAVLC, in-loop deblocking, one slice and one reference per
 * frame. The first frame after PSK_ENC_START is an IDR, as is one that the host asks for, and one
 * where the scene changes: that is, whose macroblocks turn out mostly intra as a P frame; it is
 * coded once more. All others are P. Any conforming decoder's output equals the kernel's
 * reconstruction bit for bit; its checksum is in the report.
 *
 * Rate control is the host's. The kernel takes a qp per frame and, when the frame has a target,
 * moves qp by rows of macroblocks within the host's bounds. A frame with bits_max stays within it
 * whatever its content: qp rises where bits run short, and in the end what is left is skipped, or
 * predicted without a residual.
 *
 * Limits: even sizes from 16x16 to PSK_ENC_WIDTH_MAX x PSK_ENC_HEIGHT_MAX, qp 10..51.
 * Threads: pictures sit in static storage, as in a compute unit: one psk_h264enc() call per process
 * at a time. Nothing is kept there between calls; what must last is in the state buffer. The other
 * functions here are reentrant.
 */
#ifndef PS_KERNELS_H264ENC_H264ENC_H
#define PS_KERNELS_H264ENC_H264ENC_H

#include <stddef.h>

#include "kernels/abi/kernels.h"

#ifdef __cplusplus
extern "C" {
#endif

#define PSK_ENC_QP_MIN 10u
#define PSK_ENC_QP_MAX 51u

/**
 * Encode a batch; arguments are the ABI's (kernels/abi/kernels.h).
 *
 * @param state   psk_h264enc_state_bytes() bytes. Read unless PSK_ENC_START is given, written
 *                back on success.
 * @param status  PSK_OK; PSK_BAD_ARGUMENT (size, frame count, flags, frame rate or a control's
 *                fields out of range; nothing else is written); PSK_BAD_STATE (nothing else is
 * written); PSK_NO_SPACE (outputs are undefined, the state is as it was). frames_done counts the
 * whole frames.
 */
void psk_h264enc(const uint8_t *src, uint8_t *state, const struct psk_enc_control *control,
                 uint8_t *bits, struct psk_enc_report *report, uint32_t width, uint32_t height,
                 uint32_t frame_count, uint32_t bits_bytes_max, uint32_t flags, uint32_t effort,
                 uint32_t fps_num, uint32_t fps_den, struct psk_status *status);

/**
 * SPS and PPS with start codes; they depend on the arguments only.
 *
 * @return bytes written to @p out; 0 when an argument is out of range or @p max is too small.
 *         PSK_H264ENC_HEADERS_BYTES_MAX is always enough.
 */
size_t psk_h264enc_headers(uint32_t width, uint32_t height, uint32_t fps_num, uint32_t fps_den,
                           uint8_t *out, size_t max);
#define PSK_H264ENC_HEADERS_BYTES_MAX 64u

/** Size of the state buffer; 0 when the picture's size is out of range. */
uint32_t psk_h264enc_state_bytes(uint32_t width, uint32_t height);

/** A bits buffer that any content fits in; 0 when an argument is out of range. */
uint32_t psk_h264enc_bits_bytes_max(uint32_t width, uint32_t height, uint32_t frame_count);

/** Least bits_max of a frame: what a picture without any detail may take. */
uint32_t psk_h264enc_frame_bits_min(uint32_t width, uint32_t height, int is_idr);

int psk_h264enc_size_is_valid(uint32_t width, uint32_t height);
int psk_h264enc_rate_is_valid(uint32_t fps_num, uint32_t fps_den);

#ifdef __cplusplus
}
#endif

#endif
