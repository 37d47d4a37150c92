/* SPDX-License-Identifier: BSD-3-Clause */
#include "host/media/mux_priv.h"

#include <errno.h>
#include <libavutil/dict.h>
#include <libavutil/mem.h>
#include <stdlib.h>
#include <string.h>

#include "host/base/assert.h"
#include "host/base/mem.h"
#include "host/media/libav_priv.h"

#define IO_BUFFER_BYTES   (64u * 1024u)
#define SINK_BYTES_FIRST  (256u * 1024u)
#define SEGMENT_BYTES_MAX (1u << 30)

/*
 * frag_custom: fragments end where we say; frag_discont: the first one's decode time is its
 * packet's and not 0. cmaf adds the brands, and negative composition offsets, which a delay
 * replaces: there only the header gets it. delay_moov: the edit list is known with the first packet
 * only.
 */
#define MOVFLAGS_MEDIA "+empty_moov+default_base_moof+frag_custom+frag_discont+skip_trailer"
#define MOVFLAGS_BOTH  MOVFLAGS_MEDIA "+cmaf"
#define MOVFLAGS_INIT  MOVFLAGS_BOTH "+delay_moov"

static bool append(struct ps_mux_sink *sink, const uint8_t *data, size_t size_bytes)
{
    const size_t used = sink->bytes.size_bytes;
    size_t room = sink->room_bytes > 0 ? sink->room_bytes : SINK_BYTES_FIRST;

    if (size_bytes > SEGMENT_BYTES_MAX - used)
        return false;
    while (room < used + size_bytes)
        room *= 2;
    if (room != sink->room_bytes) {
        uint8_t *grown = ps_realloc(sink->bytes.data, room, 1);
        if (grown == NULL)
            return false;
        sink->bytes.data = grown;
        sink->room_bytes = room;
    }
    memcpy(sink->bytes.data + used, data, size_bytes);
    sink->bytes.size_bytes = used + size_bytes;
    return true;
}

static int write_typed(void *arg, uint8_t *buf, int size, enum AVIODataMarkerType type,
                       int64_t time)
{
    struct ps_mux *mux = arg;

    (void)time;
    if (!append(type == AVIO_DATA_MARKER_HEADER ? &mux->init : &mux->media, buf, (size_t)size)) {
        mux->out_of_memory = true;
        return AVERROR(ENOMEM);
    }
    return size;
}

static int write_plain(void *arg, uint8_t *buf, int size)
{
    return write_typed(arg, buf, size, AVIO_DATA_MARKER_UNKNOWN, 0);
}

static int open_io(struct ps_mux *mux)
{
    unsigned char *buffer = av_malloc(IO_BUFFER_BYTES);

    if (buffer == NULL)
        return AVERROR(ENOMEM);
    mux->format->pb = avio_alloc_context(buffer, IO_BUFFER_BYTES, 1, mux, NULL, write_plain, NULL);
    if (mux->format->pb == NULL) {
        av_free(buffer);
        return AVERROR(ENOMEM);
    }
    mux->format->pb->seekable = 0;
    mux->format->pb->write_data_type = write_typed;
    return 0;
}

static int add_stream(struct ps_mux *mux, const AVCodecParameters *par, AVRational time_base)
{
    int rc;

    mux->stream = avformat_new_stream(mux->format, NULL);
    if (mux->stream == NULL)
        return AVERROR(ENOMEM);
    rc = avcodec_parameters_copy(mux->stream->codecpar, par);
    mux->stream->codecpar->codec_tag = 0; /* the muxer's choice, not the source container's */
    mux->stream->time_base = time_base;
    return rc;
}

static int write_header(struct ps_mux *mux, const struct ps_mux_options *options)
{
    AVDictionary *dict = NULL;
    const bool waits = options->delay > 0 && options->init_only;
    const char *movflags = waits                ? MOVFLAGS_INIT
                           : options->delay > 0 ? MOVFLAGS_MEDIA
                                                : MOVFLAGS_BOTH;
    int rc = av_dict_set(&dict, "movflags", movflags, 0);

    if (rc >= 0)
        rc = av_dict_set_int(&dict, "use_editlist", waits, 0);
    if (rc >= 0)
        rc = av_dict_set_int(&dict, "fragment_index", options->sequence, 0);
    if (rc >= 0) /* without it a video timescale below 10000 would be changed */
        rc = av_dict_set_int(&dict, "video_track_timescale", options->time_base.den, 0);
    if (rc >= 0)
        rc = avformat_write_header(mux->format, &dict);
    av_dict_free(&dict);
    if (rc >= 0)
        avio_flush(mux->format->pb);
    return rc;
}

/* A packet that stands for the first one, for the header's sake. */
static int write_stand_in(struct ps_mux *mux, int64_t delay)
{
    AVPacket *packet = av_packet_alloc();
    int rc = packet != NULL ? av_new_packet(packet, 1) : AVERROR(ENOMEM);

    if (rc >= 0) {
        packet->data[0] = 0;
        packet->pts = 0;
        packet->dts = -delay;
        packet->duration = 1;
        packet->flags = AV_PKT_FLAG_KEY;
        rc = av_write_frame(mux->format, packet);
    }
    if (rc >= 0)
        rc = av_write_frame(mux->format, NULL);
    if (rc >= 0)
        avio_flush(mux->format->pb);
    av_packet_free(&packet);
    return rc;
}

static int mux_errno(const struct ps_mux *mux, int av_error)
{
    return mux->out_of_memory || av_error == AVERROR(ENOMEM) ? -ENOMEM : -EINVAL;
}

int ps_mux_init(struct ps_mux *mux, const AVCodecParameters *par,
                const struct ps_mux_options *options)
{
    int rc;

    ps_assert(options->time_base.num == 1);
    ps_assert(options->sequence > 0);
    ps_libav_quiet();
    *mux = (struct ps_mux){ 0 };
    rc = avformat_alloc_output_context2(&mux->format, NULL, "mp4", NULL);
    if (rc >= 0) {
        mux->format->flags |= AVFMT_FLAG_CUSTOM_IO | AVFMT_FLAG_BITEXACT;
        mux->format->avoid_negative_ts = AVFMT_AVOID_NEG_TS_DISABLED;
        rc = open_io(mux);
    }
    if (rc >= 0)
        rc = add_stream(mux, par, options->time_base);
    if (rc >= 0)
        rc = write_header(mux, options);
    if (rc >= 0 && options->delay > 0 && options->init_only)
        rc = write_stand_in(mux, options->delay);
    if (rc >= 0 && !mux->out_of_memory && mux->init.bytes.size_bytes > 0)
        return 0;
    rc = mux_errno(mux, rc);
    ps_mux_fini(mux);
    return rc;
}

int ps_mux_write(struct ps_mux *mux, AVPacket *packet)
{
    int rc;

    packet->stream_index = 0;
    packet->pos = -1;
    rc = av_write_frame(mux->format, packet);
    av_packet_unref(packet);
    return rc < 0 || mux->out_of_memory ? mux_errno(mux, rc) : 0;
}

int ps_mux_finish(struct ps_mux *mux)
{
    int rc = av_write_frame(mux->format, NULL); /* cuts the fragment */

    if (rc >= 0)
        rc = av_write_trailer(mux->format);
    avio_flush(mux->format->pb);
    return rc < 0 || mux->out_of_memory ? mux_errno(mux, rc) : 0;
}

struct ps_segment_bytes ps_mux_take(struct ps_mux_sink *sink)
{
    const struct ps_segment_bytes bytes = sink->bytes;

    *sink = (struct ps_mux_sink){ 0 };
    return bytes;
}

void ps_mux_fini(struct ps_mux *mux)
{
    if (mux->format != NULL) {
        if (mux->format->pb != NULL)
            av_freep(&mux->format->pb->buffer);
        avio_context_free(&mux->format->pb);
        avformat_free_context(mux->format);
        mux->format = NULL;
    }
    free(mux->init.bytes.data);
    free(mux->media.bytes.data);
    mux->init = mux->media = (struct ps_mux_sink){ 0 };
}
