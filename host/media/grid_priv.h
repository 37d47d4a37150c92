/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * host/media/grid_priv.h - the absolute grid of segments: exact arithmetic, no rounding that adds
 * up.
 *
 * Pure. Threads: any.
 */
#ifndef PS_HOST_MEDIA_GRID_PRIV_H
#define PS_HOST_MEDIA_GRID_PRIV_H

#include <stdint.h>

#include "host/media/source.h"

/* Length of a grid cell, num/den seconds. */
struct ps_grid_step {
    int64_t num, den;
};

/** @p info must have a track; @p segment_ms > 0. */
struct ps_grid_step ps_grid_step(const struct ps_source_info *info, uint32_t segment_ms);

/** Whole frames in a cell; at least 1. @p info must have video. */
uint64_t ps_grid_frames(const struct ps_source_info *info, uint32_t segment_ms);

/** Time of absolute frame @p frame in ns, rounded to the nearest. */
uint64_t ps_grid_frame_ns(const struct ps_source_info *info, uint64_t frame);

/**
 * COPY: of the ascending key frames, which one starts the segment after the one that key frame
 * @p start_idx starts. @return Its index, or @p count: the track ends first.
 */
uint32_t ps_grid_copy_next(const struct ps_source_info *info, uint32_t segment_ms,
                           const uint64_t *keyframe_ns, uint32_t count, uint32_t start_idx);

#endif
