/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * host/pipeline/coded_frame.h - whether an encoder's frame has the outer form that it must have.
 *
 * Why: the checksum proves that the bytes are those the kernel wrote, not that the kernel wrote a
 * frame. This is the cheap half of decoding it: one NAL unit of the wanted type with a whole slice
 * header for the wanted frame, nothing inside that a player would take for the start of another,
 * and a proper end. What the macroblocks say is not looked at.
 *
 * Pure. Reads no byte beyond those given; time grows with them. Threads: any.
 */
#ifndef PS_HOST_PIPELINE_CODED_FRAME_H
#define PS_HOST_PIPELINE_CODED_FRAME_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/**
 * @param bits       What the kernel says is one frame: a NAL unit with its start code.
 * @param frame_num  Frames since the IDR; 0 is the IDR.
 * @return Whether it can be that frame.
 */
bool ps_coded_frame_is_sound(const uint8_t *bits, size_t size_bytes, uint32_t frame_num);

#endif
