/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * host/media/segment.h - makes CMAF: standalone init and media segments, independent of each other.
 *
 * Threads: any; no shared state. The copy and audio forms read the source and block.
 */
#ifndef PS_HOST_MEDIA_SEGMENT_H
#define PS_HOST_MEDIA_SEGMENT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "host/media/source.h"

/* Bytes made; free data with free(). */
struct ps_segment_bytes {
    uint8_t *data;
    size_t size_bytes;
};

/* An encoded video track: what the mux needs of it. */
struct ps_video_track {
    uint32_t width, height;
    uint32_t fps_num, fps_den;
    const uint8_t *headers; /* SPS and PPS, Annex B */
    size_t headers_bytes;
};

/* One encoded frame: Annex-B NAL units, no SPS/PPS. */
struct ps_video_frame {
    const uint8_t *bits;
    uint32_t size_bytes;
    bool is_idr;
};

/** Init segment (ftyp moov) of an encoded track. @return 0, -EINVAL or -ENOMEM. */
int ps_segment_video_init(const struct ps_video_track *track, struct ps_segment_bytes *ret_bytes);
/**
 * Media segment (moof mdat): @p frames in order, the first one being absolute frame
 * @p first_frame of the source; tfdt follows from it. Sequence number is index + 1.
 */
int ps_segment_video(const struct ps_video_track *track, uint32_t index, uint64_t first_frame,
                     const struct ps_video_frame *frames, uint32_t frame_count,
                     struct ps_segment_bytes *ret_bytes);

/**
 * Segment @p index (or PS_SEGMENT_INIT) of the source's own track, untouched: its H.264
 * (profile kind COPY) or its AAC (AUDIO).
 * COPY cuts at the source's key frames; its segments are numbered without holes, as
 * host/media/source.h says and as the playlist lists them.
 * @return 0, -ENODATA (no such segment), -ENOTSUP (no such track, or not H.264/AAC), -EBADMSG (its
 * packets make no sense), -ENOMEM or an I/O error as in ps_source_frames().
 */
int ps_segment_passthrough(struct ps_source *source, const struct ps_profile *profile,
                           int32_t index, struct ps_segment_bytes *ret_bytes);

#endif
