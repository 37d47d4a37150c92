/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * host/request/path.h - what a path below /m/ asks for: a title's playlist, or a piece of it.
 *
 * The delivery serves these paths and logs of earlier requests are read by them, so there is one
 * parser. Threads: any; no state.
 */
#ifndef PS_HOST_REQUEST_PATH_H
#define PS_HOST_REQUEST_PATH_H

#include "host/plan/resource.h"

#define PS_REQUEST_PREFIX           "/m/"
#define PS_REQUEST_INDEX_DIGITS_MAX 8u /* years of one-second segments */

enum ps_request_kind {
    PS_REQUEST_MASTER,         /* /m/<media>/master.m3u8 */
    PS_REQUEST_MEDIA_PLAYLIST, /* /m/<media>/<profile>/index.m3u8: someone begins to watch */
    PS_REQUEST_INIT,           /* .../init.mp4 */
    PS_REQUEST_SEGMENT,        /* .../<k>.m4s */
};

/* A path below PS_REQUEST_PREFIX, in its parts. */
struct ps_request_path {
    enum ps_request_kind kind;
    char media[PS_MEDIA_ID_MAX + 1];
    char profile[PS_PROFILE_NAME_MAX + 1]; /* empty for the master playlist */
    int32_t index;                         /* PS_SEGMENT_INIT or a segment's */
};

/**
 * @param path  Decoded, without a query; begins with PS_REQUEST_PREFIX.
 * @return 0, -ENOENT (no such shape) or -EINVAL (a name or number out of its bounds).
 */
int ps_request_path_parse(const char *path, struct ps_request_path *ret_path);

#endif
