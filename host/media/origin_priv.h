/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * host/media/origin_priv.h - the bytes of a file or an HTTP URL, with a time-out and a way to stop.
 *
 * Why a layer of our own below the demuxer: demuxers report a dead origin as a short file. Here the
 * true error is kept. The first bytes are kept too: probing goes back to them, and over HTTP each
 * way back would be one more request.
 *
 * Threads: one at a time per origin.
 */
#ifndef PS_HOST_MEDIA_ORIGIN_PRIV_H
#define PS_HOST_MEDIA_ORIGIN_PRIV_H

#include <libavformat/avio.h>
#include <stdint.h>

#include "host/media/source.h"

#define PS_ORIGIN_HEAD_BYTES     (64u * 1024u)
#define PS_ORIGIN_TIMEOUT_MS_MAX 600000u
/* Reading on is cheaper than a new request up to this many bytes ahead. */
#define PS_ORIGIN_READ_ON_BYTES (1u << 20)

struct ps_origin;

/** @return 0 or what ps_source_open() returns for the URL itself. */
int ps_origin_open(struct ps_origin **ret_origin, const char *url,
                   const struct ps_source_options *options);
/** NULL is allowed. */
void ps_origin_close(struct ps_origin *origin);

/** The demuxer's handle; owned by the origin. */
AVIOContext *ps_origin_io(struct ps_origin *origin);
/** See struct ps_source_info. */
uint64_t ps_origin_version(const struct ps_origin *origin);
/** The first thing that went wrong with the bytes since the last call: a negative errno, or 0. */
int ps_origin_take_error(struct ps_origin *origin);

#endif
