/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * kernels/mark/pattern_priv.h - the numbers both forms of the mark are defined by.
 */
#ifndef PS_KERNELS_MARK_PATTERN_PRIV_H
#define PS_KERNELS_MARK_PATTERN_PRIV_H

#include <stdint.h>

/* Finaliser of splitmix64: every input bit reaches every output bit. */
static inline uint64_t psk_mark_mix(uint64_t value)
{
    value = (value ^ (value >> 30)) * 0xbf58476d1ce4e5b9u;
    value = (value ^ (value >> 27)) * 0x94d049bb133111ebu;
    return value ^ (value >> 31);
}

/* Seed of a row's dither; a frame index of the segment, so that B repeats what A rounded. */
static inline uint16_t psk_mark_row_seed(uint32_t segment, uint32_t frame, uint32_t y)
{
    return (uint16_t)psk_mark_mix(((uint64_t)segment << 32 | frame) + ((uint64_t)y << 48));
}

/* 0..255, evenly; sixteen-bit steps so that a row is one vector loop and one DSP. */
static inline uint16_t psk_mark_dither(uint16_t row_seed, uint32_t x)
{
    uint16_t value = (uint16_t)(row_seed + (uint16_t)x * 0x9e3bu);

    value = (uint16_t)(value ^ value >> 7);
    value = (uint16_t)(value * 0xb5adu);
    value = (uint16_t)(value ^ value >> 9);
    value = (uint16_t)(value * 0x2c9bu);
    return (uint16_t)(value >> 8);
}

/* Largest whole number whose square is at most @p value. */
static inline uint32_t psk_mark_root(uint32_t value)
{
    uint32_t root = 0;

    for (uint32_t bit = 1u << 15; bit != 0; bit >>= 1) {
#pragma HLS UNROLL
        if ((root + bit) * (root + bit) <= value)
            root += bit;
    }
    return root;
}

/* Q8 amplitude of a block of @p count samples with these sums; sigma in Q4 on the way. */
static inline uint32_t psk_mark_amplitude(uint32_t count, uint32_t sum, uint32_t sum_of_squares,
                                          uint32_t strength)
{
    const uint32_t spread = count * sum_of_squares - sum * sum; /* count^2 * variance */
    const uint32_t sigma = psk_mark_root((uint32_t)((uint64_t)spread * 256 / (count * count)));
    const uint32_t amplitude = 128 + sigma * 26 / 16;

    return (amplitude > 512 ? 512 : amplitude) * strength >> 8;
}

#endif
