/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * host/media/source_priv.h - what an open source holds, for the files that read it.
 */
#ifndef PS_HOST_MEDIA_SOURCE_PRIV_H
#define PS_HOST_MEDIA_SOURCE_PRIV_H

#include <libavcodec/avcodec.h>
#include <libavformat/avformat.h>
#include <libswscale/swscale.h>

#include "host/media/origin_priv.h"
#include "host/media/source.h"

/* Where decoding stands. Frames are numbered absolutely; -1 is before the first. */
struct ps_source_decoder {
    AVCodecContext *codec; /* NULL until the first frame is wanted */
    struct SwsContext *scaler;
    AVFrame *held; /* the last frame at or before the position */
    AVFrame *next; /* the first one after held, when next_frame > held_frame */
    int64_t held_frame, next_frame;
    uint64_t position; /* where the last call stopped; PS_SOURCE_NOWHERE: seek first */
    bool at_end;
    uint32_t bad_count; /* undecodable packets since the last seek */
};

#define PS_SOURCE_NOWHERE UINT64_MAX

struct ps_source {
    struct ps_origin *origin;
    AVFormatContext *format;
    AVPacket *packet;
    AVStream *video, *audio;        /* NULL without */
    int64_t video_zero, audio_zero; /* time 0 in the time base of each */
    struct ps_source_info info;
    uint64_t *keyframe_ns; /* see ps_source_keyframes() */
    int64_t *keyframe_dts; /* the same key frames as decoding times of the stream */
    uint32_t keyframe_count;
    struct ps_source_decoder decoder;
};

/** Fill info and key frames from the opened format. @return 0, -ENOTSUP or -ENOMEM. */
int ps_source_describe(struct ps_source *source);

/** Read only @p stream's packets from here on. Decoding will have to seek. */
void ps_source_select(struct ps_source *source, const AVStream *stream);

/**
 * The next packet of @p stream, into source->packet; av_packet_unref() it.
 * @return 1, 0 at the end, or a negative errno of the contracts in source.h.
 */
int ps_source_next_packet(struct ps_source *source, const AVStream *stream);

/** Seek to the key frame at or before @p timestamp. @return 0 or an I/O error. */
int ps_source_seek(struct ps_source *source, const AVStream *stream, int64_t timestamp);

/** NULL parts are allowed. */
void ps_source_decoder_fini(struct ps_source_decoder *decoder);

#endif
