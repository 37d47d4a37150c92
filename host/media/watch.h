/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * host/media/watch.h - looks at the pictures of whatever libavformat opens, one after the other.
 *
 * Why beside host/media/source.h: a source is one of ours, an MP4 or Matroska file whose segments
 * lie on a grid. What is found elsewhere may be anything: a stream, a playlist, a recording.
 * Only luma is looked at.
 *
 * Blocks on I/O and decodes. Threads: one at a time per watch.
 */
#ifndef PS_HOST_MEDIA_WATCH_H
#define PS_HOST_MEDIA_WATCH_H

#include <stddef.h>
#include <stdint.h>

struct ps_watch;

#define PS_WATCH_SIDE_MIN 16u
#define PS_WATCH_SIDE_MAX 8192u

/* One picture. The bytes are the watch's, valid until the next call. */
struct ps_watch_picture {
    uint64_t time_ns; /* when it is shown; 0 is the file's first picture */
    const uint8_t *luma;
    ptrdiff_t stride_bytes;
    uint32_t width, height;
};

struct ps_watch_info {
    uint64_t duration_ns;      /* 0 when unknown */
    uint64_t start_ns;         /* the first picture's own time stamp; 0 when it has none */
    uint32_t fps_num, fps_den; /* as libavformat guesses; 0/1 when unknown */
};

/**
 * Open the first or best video of a file or URL.
 * @return 0, -ENOENT, -EACCES, -ETIMEDOUT, -ENOTSUP (no video that can be decoded), -EIO, -ENOMEM.
 */
int ps_watch_open(struct ps_watch **ret_watch, const char *url);
/** NULL is allowed. */
void ps_watch_close(struct ps_watch *watch);
const struct ps_watch_info *ps_watch_info(const struct ps_watch *watch);

/**
 * The next picture in order of time. Damaged ones are passed over.
 * @return 1, 0 at the end, -ENOTSUP (a size or sample format that cannot be read), -ETIMEDOUT,
 *         -EIO or -ENOMEM.
 */
int ps_watch_next(struct ps_watch *watch, struct ps_watch_picture *ret_picture);
/** Pictures or packets that were damaged so far. */
uint32_t ps_watch_damaged(const struct ps_watch *watch);

#endif
