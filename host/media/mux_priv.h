/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * host/media/mux_priv.h - one CMAF init segment and one media segment from packets, in memory.
 *
 * Time stamps are absolute on the grid, which is what makes segments independent of each other.
 * Threads: one at a time per mux.
 */
#ifndef PS_HOST_MEDIA_MUX_PRIV_H
#define PS_HOST_MEDIA_MUX_PRIV_H

#include <libavcodec/avcodec.h>
#include <libavformat/avformat.h>

#include "host/media/segment.h"

struct ps_mux_sink {
    struct ps_segment_bytes bytes;
    size_t room_bytes;
};

struct ps_mux {
    AVFormatContext *format;
    AVStream *stream;
    struct ps_mux_sink init, media;
    bool out_of_memory;
};

struct ps_mux_options {
    AVRational time_base; /* of the packets; 1/timescale for video */
    uint32_t sequence;    /* of the fragment; from 1 */
    /*
     * Reordered video: packets carry times this much later than they are shown at, because decoding
     * may not start before 0; an edit list in the init segment takes it back. (Negative composition
     * offsets, the other way, are read one delay late by libavformat.) Such a mux makes the init
     * segment or the media segment, not both.
     */
    int64_t delay;
    bool init_only; /* with a delay: which of the two */
};

/** Write the init segment of a track like @p par. On error nothing is left to fini. */
int ps_mux_init(struct ps_mux *mux, const AVCodecParameters *par,
                const struct ps_mux_options *options);
/** @p packet's time stamps are in options' time base; it is unreferenced. */
int ps_mux_write(struct ps_mux *mux, AVPacket *packet);
/** Close the fragment. */
int ps_mux_finish(struct ps_mux *mux);
/** Hand the bytes over: free() them. */
struct ps_segment_bytes ps_mux_take(struct ps_mux_sink *sink);
void ps_mux_fini(struct ps_mux *mux);

#endif
