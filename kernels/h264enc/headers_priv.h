/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * kernels/h264enc/headers_priv.h - SPS, PPS and slice header.
 */
#ifndef PS_KERNELS_H264ENC_HEADERS_PRIV_H
#define PS_KERNELS_H264ENC_HEADERS_PRIV_H

#include "kernels/h264enc/bits_priv.h"
#include "kernels/h264enc/picture_priv.h"

#define PSK_ENC_NAL_SLICE 0x61u /* nal_ref_idc 3; nal_unit_type 1 */
#define PSK_ENC_NAL_IDR   0x65u
#define PSK_ENC_NAL_SPS   0x67u
#define PSK_ENC_NAL_PPS   0x68u

/** slice_header() of the frame's only slice, at frame->qp. */
void psk_enc_put_slice_header(struct psk_enc_bits *bits, const struct psk_enc_frame *frame);

#endif
