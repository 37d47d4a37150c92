/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * host/watermark/detect.h - reads one bit of the A/B mark (kernels/mark) out of pictures.
 *
 * Blind: the unmarked pictures are not needed. Pictures of any size are reduced to means over a
 * grid of 160x90 (half a cell of the mark each way), high-pass filtered over 3x3 cells, divided by
 * their local spread, clipped and summed over the segment: what moves averages out, the mark does
 * not. The sum is spread over the cells that a view says its points show, and correlated
 * with the key's signs.
 *
 * The result z is normalised so that under a key that was not used it has mean 0 and variance 1
 * whatever the pictures are, because then the signs are fair coins independent of them; and
 * P(z >= t) <= exp(-t^2 / 2) by Hoeffding's inequality (J. Am. Stat. Assoc. 58, 1963, theorem 2).
 * Positive means A, negative B. Spread-spectrum marks and their detection by
 * normalised correlation: Cox, Kilian, Leighton and Shamoon, IEEE Trans. Image Process. 6(12),
 * 1997.
 *
 * Threads: any; no state of its own. No heap; a quarter of a megabyte of stack.
 */
#ifndef PS_HOST_WATERMARK_DETECT_H
#define PS_HOST_WATERMARK_DETECT_H

#include <stddef.h>
#include <stdint.h>

#include "kernels/mark/mark.h"

#define PS_MARK_MAP_COLUMNS (2 * PSK_MARK_COLUMNS)
#define PS_MARK_MAP_ROWS    (2 * PSK_MARK_ROWS)
#define PS_MARK_SIDE_MIN    16u /* pixels; a smaller picture is not read */

/* What a segment's pictures, or some of them, say before any key is tried. Zero it to begin. */
struct ps_mark_map {
    uint32_t frame_count;
    float sum[PS_MARK_MAP_ROWS][PS_MARK_MAP_COLUMNS];
};

/* Which part of the marked picture is seen: 0, 0, 1, 1 is all of it. Shares of its sides. */
struct ps_mark_view {
    double left;
    double top;
    double width;
    double height;
};

/* The signs of one segment under one key. */
struct ps_mark_signs {
    int8_t sign[PSK_MARK_ROWS][PSK_MARK_COLUMNS];
};

/* A map whose columns were spread over the cells: half way to the cells. */
struct ps_mark_strips {
    float value[PS_MARK_MAP_ROWS][PSK_MARK_COLUMNS];
};

/* A map seen through a view, cell by cell. */
struct ps_mark_cells {
    float value[PSK_MARK_ROWS][PSK_MARK_COLUMNS];
    double norm; /* square root of the sum of squares */
};

extern const struct ps_mark_view ps_mark_view_whole;

/** Add one picture's luma; sides of PS_MARK_SIDE_MIN to 65535 pixels. */
void ps_mark_map_add(struct ps_mark_map *map, const uint8_t *luma, ptrdiff_t stride_bytes,
                     uint32_t width, uint32_t height);
/** Add what another map holds. */
void ps_mark_map_merge(struct ps_mark_map *map, const struct ps_mark_map *other);

void ps_mark_signs_of(uint64_t key, uint32_t segment, struct ps_mark_signs *ret_signs);

/** The two halves of ps_mark_cells_of(), for trying many views: across, then down. */
void ps_mark_strips_of(const struct ps_mark_map *map, double left, double width,
                       struct ps_mark_strips *ret_strips);
void ps_mark_cells_of_strips(const struct ps_mark_strips *strips, double top, double height,
                             struct ps_mark_cells *ret_cells);

/** @p view may reach past the picture; what lies there counts for nothing. */
void ps_mark_cells_of(const struct ps_mark_map *map, const struct ps_mark_view *view,
                      struct ps_mark_cells *ret_cells);

/** z as explained above; 0 when the map is empty or flat. */
double ps_mark_z(const struct ps_mark_cells *cells, const struct ps_mark_signs *signs);

#endif
