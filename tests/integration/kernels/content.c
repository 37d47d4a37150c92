/* SPDX-License-Identifier: BSD-3-Clause */
#include "tests/integration/kernels/content.h"

#include <string.h>

#define LATTICE 16u /* samples between the texture's drawn values */
#define CELL    8u  /* a letter's side, margin included */

struct plane {
    uint8_t *samples;
    uint32_t width, height;
    uint32_t stride;
    uint32_t shift; /* 1 for chroma: how much smaller than luma */
    uint32_t seed;
};

typedef void draw_plane(const struct plane *plane, uint32_t time);

static uint32_t hash(uint32_t a, uint32_t b, uint32_t c)
{
    uint32_t h = a * 0x9e3779b1u ^ b * 0x85ebca77u ^ c * 0xc2b2ae3du;

    h ^= h >> 15;
    h *= 0x2c1b3c6du;
    h ^= h >> 13;
    h *= 0x297a2d39u;
    return h ^ h >> 16;
}

static uint32_t lattice(uint32_t seed, uint32_t x, uint32_t y)
{
    return hash(seed, x, y) & 255;
}

/* Smooth hills with a fine grain; @p u and @p v in quarter samples, any value. */
static uint8_t texture(uint32_t seed, uint32_t u, uint32_t v)
{
    const uint32_t x = u / (4 * LATTICE), y = v / (4 * LATTICE);
    const uint32_t fx = u % (4 * LATTICE), fy = v % (4 * LATTICE), whole = 4 * LATTICE;
    const uint32_t top = lattice(seed, x, y) * (whole - fx) + lattice(seed, x + 1, y) * fx;
    const uint32_t low = lattice(seed, x, y + 1) * (whole - fx) + lattice(seed, x + 1, y + 1) * fx;
    const uint32_t smooth = (top * (whole - fy) + low * fy) / (whole * whole);

    return (uint8_t)(smooth * 7 / 8 + (hash(seed, u / 4 + 7, v / 4) & 31));
}

static void draw_noise(const struct plane *plane, uint32_t time)
{
    const uint32_t range = 1u << plane->seed % 9;

    for (uint32_t y = 0; y < plane->height; y++)
        for (uint32_t x = 0; x < plane->width; x++)
            plane->samples[y * plane->stride + x] =
                (uint8_t)((128 - range / 2) + hash(plane->seed + time, x, y) % range);
}

static void draw_flat(const struct plane *plane, uint32_t time)
{
    const int level = (int)(hash(plane->seed, time / (1 + plane->seed % 5), 0) & 255);

    for (uint32_t y = 0; y < plane->height; y++)
        memset(plane->samples + y * plane->stride, level, plane->width);
}

static void draw_texture(const struct plane *plane, uint32_t seed, uint32_t u, uint32_t v,
                         uint32_t weight)
{
    for (uint32_t y = 0; y < plane->height; y++)
        for (uint32_t x = 0; x < plane->width; x++)
            plane->samples[y * plane->stride + x] =
                (uint8_t)(texture(seed, 4 * x + u, 4 * y + v) * weight / 16);
}

static void draw_fade(const struct plane *plane, uint32_t time)
{
    const uint32_t step = time % 32;

    draw_texture(plane, plane->seed, time, 0, step < 16 ? step + 1 : 32 - step);
}

static void draw_cuts(const struct plane *plane, uint32_t time)
{
    draw_texture(plane, plane->seed + time / (2 + plane->seed % 9), 3 * time, time, 16);
}

static void draw_pan(const struct plane *plane, uint32_t time)
{
    const uint32_t reach = 1u << plane->seed % 9; /* quarter samples of luma per frame */
    const uint32_t u = time * (hash(plane->seed >> 4, 1, 0) % (2 * reach) - reach);
    const uint32_t v = time * (hash(plane->seed >> 4, 2, 0) % (2 * reach) - reach);

    /* Far from where the lattice would wrap. */
    draw_texture(plane, plane->seed >> 4, (1u << 24) + (u >> plane->shift),
                 (1u << 24) + (v >> plane->shift), 16);
}

static void draw_text(const struct plane *plane, uint32_t time)
{
    const uint32_t cell = CELL >> plane->shift;

    for (uint32_t y = 0; y < plane->height; y++) {
        const uint32_t line = y / cell;
        const uint32_t scroll = line % 3 * time >> plane->shift;

        for (uint32_t x = 0; x < plane->width; x++) {
            const uint32_t letter = hash(plane->seed, (x + scroll) / cell, line);
            const uint32_t dot = (x + scroll) % cell / 2 + y % cell / 2 * 3;
            const uint32_t ink = dot < 9 && letter >> dot % 32 & 1 && letter % 5 != 0;

            plane->samples[y * plane->stride + x] = (uint8_t)(ink ? 235 : 16 + (x + y) % 64);
        }
    }
}

static void draw_extremes(const struct plane *plane, uint32_t time)
{
    const uint32_t side = 1 + plane->seed % 5;

    for (uint32_t y = 0; y < plane->height; y++)
        for (uint32_t x = 0; x < plane->width; x++)
            plane->samples[y * plane->stride + x] = (x / side + y / side + time) % 2 != 0 ? 255 : 0;
}

static draw_plane *const draw_plane_of[] = {
    [CONTENT_NOISE] = draw_noise,       [CONTENT_FLAT] = draw_flat, [CONTENT_FADE] = draw_fade,
    [CONTENT_CUTS] = draw_cuts,         [CONTENT_PAN] = draw_pan,   [CONTENT_TEXT] = draw_text,
    [CONTENT_EXTREMES] = draw_extremes,
};

static void draw_quarters(const struct plane *plane, uint32_t time)
{
    const uint32_t left = plane->width / 2, top = plane->height / 2;

    for (uint32_t quarter = 0; quarter < 4; quarter++) {
        const uint32_t x = quarter % 2 * left, y = quarter / 2 * top;
        const struct plane part = {
            .samples = plane->samples + y * plane->stride + x,
            .width = quarter % 2 ? plane->width - left : left,
            .height = quarter / 2 ? plane->height - top : top,
            .stride = plane->stride,
            .shift = plane->shift,
            .seed = plane->seed + quarter,
        };

        draw_plane_of[hash(plane->seed, quarter, 0) % CONTENT_MIXED](&part, time);
    }
}

void content_draw(enum content kind, uint32_t seed, uint32_t time, uint8_t *frame, uint32_t width,
                  uint32_t height)
{
    uint8_t *at = frame;

    for (uint32_t i = 0; i < 3; i++) {
        const uint32_t shift = i > 0;
        const struct plane plane = { .samples = at,
                                     .width = width >> shift,
                                     .height = height >> shift,
                                     .stride = width >> shift,
                                     .shift = shift,
                                     .seed = seed };

        (kind == CONTENT_MIXED ? draw_quarters : draw_plane_of[kind])(&plane, time);
        at += (size_t)plane.width * plane.height;
    }
}
