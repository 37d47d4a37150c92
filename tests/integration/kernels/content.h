/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * tests/integration/kernels/content.h - pictures made up to be hard on an encoder.
 *
 * A frame depends on kind, seed, size and its number only, so any part of a sequence can be drawn.
 */
#ifndef PS_TESTS_INTEGRATION_KERNELS_CONTENT_H
#define PS_TESTS_INTEGRATION_KERNELS_CONTENT_H

#include <stdint.h>

enum content {
    CONTENT_NOISE,    /* new in each frame, from faint to full range */
    CONTENT_FLAT,     /* one level, another one now and then */
    CONTENT_FADE,     /* a texture out of black and back */
    CONTENT_CUTS,     /* another texture every few frames */
    CONTENT_PAN,      /* a texture that moves by quarter samples, up to many per frame */
    CONTENT_TEXT,     /* sharp letters, some scroll, over a gradient */
    CONTENT_EXTREMES, /* 0 and 255 in patterns that turn over: the largest differences there are */
    CONTENT_MIXED,    /* quarters of the picture, each another kind */
    CONTENT_COUNT
};

/** Draw frame @p time into @p frame, I420 of an even size. */
void content_draw(enum content kind, uint32_t seed, uint32_t time, uint8_t *frame, uint32_t width,
                  uint32_t height);

#endif
