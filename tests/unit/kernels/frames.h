/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * tests/unit/kernels/frames.h - bytes to feed kernels with. Kernel tests build without host/, so
 * they have their own few helpers.
 */
#ifndef PS_TESTS_UNIT_KERNELS_FRAMES_H
#define PS_TESTS_UNIT_KERNELS_FRAMES_H

#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#define LENGTH(a) (sizeof(a) / sizeof((a)[0]))

static inline uint32_t draw(uint32_t *seed)
{
    *seed = *seed * 1664525u + 1013904223u;
    return *seed >> 8;
}

static inline void fill_with_noise(uint8_t *bytes, size_t size_bytes, uint32_t seed)
{
    for (size_t i = 0; i < size_bytes; i++)
        bytes[i] = (uint8_t)(draw(&seed) >> 16);
}

#endif
