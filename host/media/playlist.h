/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * host/media/playlist.h - HLS playlists (RFC 8216) over the segments that exist on paper.
 *
 * Playlists are written from the source's grid, not from what is made: a segment is made when
 * wanted. Threads: any; pure.
 */
#ifndef PS_HOST_MEDIA_PLAYLIST_H
#define PS_HOST_MEDIA_PLAYLIST_H

#include <stddef.h>
#include <stdint.h>

#include "host/media/catalogue.h"
#include "host/plan/resource.h"

/**
 * The master playlist: every transcode or copy profile that fits the source (no larger than it) as
 * a variant with BANDWIDTH, RESOLUTION, CODECS, FRAME-RATE; the first audio profile as its audio
 * group, or as the only variant of a source without video.
 * @param ret_text  NUL-terminated; free with free().
 * @return 0, -ENODATA (media not probed), -ENOENT (no profile fits the source) or -ENOMEM.
 */
int ps_playlist_master(const struct ps_media *media, const struct ps_profile *profiles,
                       uint32_t profile_count, char **ret_text);

/**
 * The media playlist of one profile: init.mp4 and 0.m4s, 1.m4s, ... with exact EXTINF.
 * @return As ps_playlist_master(); -ENOENT when this profile does not fit the source.
 */
int ps_playlist_media(const struct ps_media *media, const struct ps_profile *profile,
                      char **ret_text);

/**
 * RFC 6381 codec of what the encoder makes for this profile and source, e.g. avc1.42c01e:
 * constrained baseline at the lowest level of H.264 table A-1 that holds the frame size and the
 * macroblock rate. Copy and audio: the source's own.
 */
void ps_playlist_codec(const struct ps_media *media, const struct ps_profile *profile,
                       char *ret_codec, size_t size_bytes);

#endif
