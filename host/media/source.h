/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * host/media/source.h - an open source at the origin: what it is, its frames, its own packets.
 *
 * A source is a file or an HTTP URL that libavformat opens. Everything here blocks on I/O or
 * decodes, so it runs on the pipeline's worker threads, never on the loop thread.
 *
 * Segments lie on an absolute grid: segment k holds the frames whose presentation time t has
 * k*D <= t < (k+1)*D, D being segment_ms rounded up to whole frames of this source; time 0 is the
 * stream's first frame. So any segment can be made alone, in any order, on any machine. A source
 * without video has D = segment_ms; its time 0 is the first audio packet. An audio segment takes
 * the packets whose time lies in the same interval; an audio tail too short to hold a packet for
 * sure (PS_AUDIO_TAIL_NS) belongs to the segment before.
 *
 * COPY cannot cut where it likes, only at the source's key frames: its segments are the grid cells
 * that hold a key frame, numbered 0, 1, 2, ... without holes, each lasting to the next one's start.
 *
 * Threads: one thread at a time per source; different sources are independent.
 */
#ifndef PS_HOST_MEDIA_SOURCE_H
#define PS_HOST_MEDIA_SOURCE_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "host/plan/resource.h"

struct ps_source;

#define PS_URL_BYTES_MAX         2048u
#define PS_SOURCE_DURATION_S_MAX (48u * 3600u) /* longer sources are refused */
#define PS_SOURCE_SIDE_MAX       8192u         /* pixels; larger video is refused */
#define PS_SOURCE_FPS_TERM_MAX   1000000u      /* numerator and denominator of a frame rate */
#define PS_AUDIO_TAIL_NS         250000000ull

/* What is known of a source once opened. Plain numbers; kept by the catalogue. */
struct ps_source_info {
    /*
     * A file: from size and mtime. HTTP: from the size and the first 64 KiB, because libavformat
     * does not hand out ETag or Last-Modified; an origin that replaces a title in place with one of
     * the same size and the same first 64 KiB goes unnoticed.
     */
    uint64_t version;
    bool has_video, has_audio; /* audio counts when it is AAC that can be passed through */
    uint32_t width, height;    /* pixels of the source's video, odd sizes cropped to even */
    uint32_t fps_num, fps_den;
    uint64_t frame_count;       /* video; 0 without video */
    uint64_t duration_ns;       /* of the longest track */
    uint64_t audio_duration_ns; /* from time 0 to the end of the audio; 0 without audio */
    uint32_t audio_rate_hz;
    uint32_t audio_channels;
    uint64_t video_bitrate_bps; /* of the source's own video */
    uint64_t audio_bitrate_bps;
    char video_codec[32]; /* RFC 6381 of the source's own video, e.g. avc1.64001f; empty: no copy
                             profile */
    char audio_codec[32]; /* e.g. mp4a.40.2 */
};

struct ps_source_options {
    uint32_t timeout_ms; /* without a byte from the origin; 0 is 10 s, at most 600 s */
    const atomic_bool
        *cancel; /* may be NULL; when it turns true a blocking call ends: -ECANCELED */
};

/**
 * Open @p url and read what is in it.
 * @return 0, -ENOENT, -EACCES, -ETIMEDOUT, -ECANCELED, -EPROTONOSUPPORT (scheme not file or http),
 *         -ENOTSUP (no H.264/AAC or other decodable track, not an MP4 or Matroska file,
 *         or an origin without byte ranges), -EIO or -ENOMEM.
 */
int ps_source_open(struct ps_source **ret_source, const char *url,
                   const struct ps_source_options *options);
/** NULL is allowed. */
void ps_source_close(struct ps_source *source);
const struct ps_source_info *ps_source_info(const struct ps_source *source);

/** Memory that @p source keeps while open, near enough to budget with: index, buffers, decoder. */
uint64_t ps_source_memory_bytes(const struct ps_source *source);

/**
 * Where the key frames of the source's own H.264 lie, ascending; the first one is at 0. Empty when
 * the source cannot be passed through (not H.264 in MP4, or an index that is not complete).
 * @param ret_ns  Free with free(); NULL when empty.
 * @return 0 or -ENOMEM.
 */
int ps_source_keyframes(const struct ps_source *source, uint64_t **ret_ns, uint32_t *ret_count);

/**
 * How many segments the grid gives a profile of this source; the last one may be shorter. 0 when
 * the source lacks the track. For COPY it is an upper bound: ps_media_segment_count() is exact.
 */
uint32_t ps_source_segment_count(const struct ps_source_info *info,
                                 const struct ps_profile *profile);
/** First video frame of segment @p index (absolute frame number); segment_count gives the end. */
uint64_t ps_source_segment_first_frame(const struct ps_source_info *info, uint32_t segment_ms,
                                       uint32_t index);

/**
 * Decode @p frame_count frames from absolute frame @p first_frame on, as I420 8 bit of the
 * source's info size (kernels' frame layout), into @p ret_frames. Goes on without seeking when
 * @p first_frame is where the last call stopped. A frame missing in the source repeats the one
 * before.
 * @return 0, -ENODATA (past the end), -ETIMEDOUT, -ECANCELED, -EBADMSG (not decodable), -EIO.
 */
int ps_source_frames(struct ps_source *source, uint64_t first_frame, uint32_t frame_count,
                     uint8_t *ret_frames);

#endif
