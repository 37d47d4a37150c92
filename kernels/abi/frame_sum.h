/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * kernels/abi/frame_sum.h - checksum of a batch of frames, taken by who writes it and by who reads
 * it.
 *
 * Why: between two kernels a batch lies in device memory, where the host never looks. Each kernel
 * sums what it reads and what it writes while the lines pass through it, and reports both; whoever
 * compares the producer's sum with the consumer's sees damage done in between, and a run that
 * wrote nothing at all.
 *
 * Definition: every line of every plane is filled up with zeros to whole 32-bit little-endian
 * words; the words of all lines are numbered 1, 2, ... in the order in which they lie in the batch.
 * Then sum is the total of the words and weighted that of word times number, both modulo 2^64: the
 * pair of Fletcher's checksum, with whole-number weights in place of its modulus.
 *
 * What it sees for certain: any change within one or two words, wherever they are, so any flipped
 * bit and any two words swapped. For word numbers stay below 2^27, so that one changed word moves
 * weighted by less than 2^59 and not by 0; and when two changes cancel out in sum they are d and
 * -d, and move weighted by d times the distance of the words. Other damage goes unseen by accident
 * only. It is no defence against intent.
 *
 * Any order of lines gives the same result, so that a kernel may sum as it reads.
 * Threads: reentrant.
 */
#ifndef PS_KERNELS_ABI_FRAME_SUM_H
#define PS_KERNELS_ABI_FRAME_SUM_H

#include "kernels/abi/kernels.h"

#ifdef __cplusplus
extern "C" {
#endif

#define PSK_LINE_WORDS(width) (((width) + 3u) / 4u)
#define PSK_FRAME_WORDS(w, h)                                                                      \
    ((uint64_t)PSK_LINE_WORDS(w) * (h) + (uint64_t)PSK_LINE_WORDS((w) / 2u) * (h))

/**
 * Add one line.
 * @param first_word  Number of its first word; 1 for the first line of a batch.
 * @param width       Samples, at most PSK_WIDTH_MAX.
 */
void psk_sum_line(struct psk_frame_sum *sum, uint64_t first_word, const uint8_t *line,
                  uint32_t width);

/** The sum of whole frames as they lie in a batch buffer. */
struct psk_frame_sum psk_sum_frames(const uint8_t *frames, uint32_t width, uint32_t height,
                                    uint32_t frame_count);

/** The obvious form: same arguments, same result. For tests; slow. */
struct psk_frame_sum psk_sum_frames_ref(const uint8_t *frames, uint32_t width, uint32_t height,
                                        uint32_t frame_count);

#ifdef __cplusplus
}
#endif

#endif
