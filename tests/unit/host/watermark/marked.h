/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * tests/unit/host/watermark/marked.h - pictures to read marks from: smooth noise that moves, marked
 * by the kernel, cut out and scaled as asked.
 */
#ifndef PS_TESTS_UNIT_HOST_WATERMARK_MARKED_H
#define PS_TESTS_UNIT_HOST_WATERMARK_MARKED_H

#include <math.h>
#include <stdint.h>
#include <stdlib.h>

#include "kernels/mark/mark.h"
#include "tests/support/ps_test.h"

#define MARKED_WIDTH  640u
#define MARKED_HEIGHT 360u
#define MARKED_KEY    0x5eed5eed12345678ull

static inline uint8_t marked_content(uint32_t x, uint32_t y, uint32_t frame)
{
    const double u = x + 2.0 * frame, v = y - 1.5 * frame;
    const uint32_t noise = (x * 2654435761u ^ y * 40503u ^ frame * 69069u) * 2246822519u;

    return (uint8_t)(120 + 40 * sin(u / 37) * cos(v / 23) + 5 * sin(u / 5 + v / 7) + (noise >> 29));
}

/* A frame as 4:2:0, marked A (1) or B (-1) or not (0); free() it. */
static inline uint8_t *marked_frame(uint32_t segment, uint32_t frame, int sign)
{
    const size_t size = PSK_FRAME_BYTES(MARKED_WIDTH, MARKED_HEIGHT);
    uint8_t *plain = calloc(1, size), *a = calloc(1, size), *b = calloc(1, size);
    struct psk_status status;

    PS_REQUIRE(plain != NULL && a != NULL && b != NULL);
    for (uint32_t y = 0; y < MARKED_HEIGHT; y++)
        for (uint32_t x = 0; x < MARKED_WIDTH; x++)
            plain[y * MARKED_WIDTH + x] = marked_content(x, y, frame);
    psk_mark(plain, a, b, MARKED_WIDTH, MARKED_HEIGHT, 1, (uint32_t)MARKED_KEY,
             (uint32_t)(MARKED_KEY >> 32), segment, frame, 256, &status);
    PS_REQUIRE(status.code == PSK_OK);
    uint8_t *kept = sign > 0 ? a : sign < 0 ? b : plain;

    if (kept != plain)
        free(plain);
    if (kept != a)
        free(a);
    if (kept != b)
        free(b);
    return kept;
}

/* The same part of it at another size, by means of nearest samples; free() it. */
static inline uint8_t *marked_part(const uint8_t *frame, double left, double top, double width,
                                   double height, uint32_t columns, uint32_t rows)
{
    uint8_t *part = malloc((size_t)columns * rows);

    PS_REQUIRE(part != NULL);
    for (uint32_t y = 0; y < rows; y++)
        for (uint32_t x = 0; x < columns; x++) {
            const double u = (left + width * (x + 0.5) / columns) * MARKED_WIDTH;
            const double v = (top + height * (y + 0.5) / rows) * MARKED_HEIGHT;

            part[y * columns + x] = frame[(uint32_t)v * MARKED_WIDTH + (uint32_t)u];
        }
    return part;
}

#endif
