/* SPDX-License-Identifier: BSD-3-Clause */
#include "host/media/source.h"

#include <errno.h>
#include <stdlib.h>

#include "host/base/assert.h"
#include "host/base/mem.h"
#include "host/media/source_priv.h"

#define PROBE_BYTES_MAX (4 << 20)
#define STREAMS_MAX     64
/* Packets of other streams, or unusable ones, in a row before a file is given up. */
#define PS_SOURCE_SKIP_MAX 100000u
/* Of ps_source_memory_bytes(): buffers and libav's contexts, one packet's index entry in
 * libavformat with what the demuxer keeps beside it, and the pictures a decoder holds. */
#define OPEN_BYTES       (512u << 10)
#define PACKET_BYTES     40u
#define DECODER_PICTURES 8u

/* A source is one file: whatever else its headers point at stays closed. */
static int refuse_open(AVFormatContext *format, AVIOContext **io, const char *url, int flags,
                       AVDictionary **options)
{
    (void)format;
    (void)io;
    (void)url;
    (void)flags;
    (void)options;
    return AVERROR(EPERM);
}

/* What stopped the demuxer: the origin's own error, no memory, or a file that is not media. */
static int open_errno(struct ps_source *source, int av_error)
{
    const int origin_error = ps_origin_take_error(source->origin);

    if (origin_error != 0)
        return origin_error;
    return av_error == AVERROR(ENOMEM) ? -ENOMEM : -ENOTSUP;
}

static int open_format(struct ps_source *source)
{
    AVDictionary *options = NULL;
    int rc;

    source->format = avformat_alloc_context();
    if (source->format == NULL)
        return -ENOMEM;
    source->format->pb = ps_origin_io(source->origin);
    source->format->io_open = refuse_open;
    source->format->probesize = PROBE_BYTES_MAX;
    source->format->max_streams = STREAMS_MAX;
    /* Containers with an index: without one every seek would search the whole file. */
    rc = av_dict_set(&options, "format_whitelist", "mov,matroska", 0);
    if (rc >= 0) /* frees the context when it fails */
        rc = avformat_open_input(&source->format, NULL, NULL, &options);
    av_dict_free(&options);
    if (rc >= 0)
        rc = avformat_find_stream_info(source->format, NULL);
    if (rc < 0)
        return open_errno(source, rc);
    rc = ps_origin_take_error(source->origin);
    return rc;
}

static int open_source(struct ps_source *source, const char *url,
                       const struct ps_source_options *options)
{
    int rc = ps_origin_open(&source->origin, url, options);

    if (rc == 0)
        rc = open_format(source);
    if (rc != 0)
        return rc;
    source->packet = av_packet_alloc();
    if (source->packet == NULL)
        return -ENOMEM;
    rc = ps_source_describe(source);
    source->info.version = ps_origin_version(source->origin);
    return rc;
}

int ps_source_open(struct ps_source **ret_source, const char *url,
                   const struct ps_source_options *options)
{
    struct ps_source *source;
    int rc;

    ps_assert(url != NULL);
    source = ps_zalloc(1, sizeof(*source));
    if (source == NULL)
        return -ENOMEM;
    source->decoder.position = PS_SOURCE_NOWHERE;
    rc = open_source(source, url, options);
    if (rc != 0) {
        ps_source_close(source);
        return rc;
    }
    *ret_source = source;
    return 0;
}

void ps_source_close(struct ps_source *source)
{
    if (source == NULL)
        return;
    ps_source_decoder_fini(&source->decoder);
    free(source->keyframe_ns);
    free(source->keyframe_dts);
    av_packet_free(&source->packet);
    avformat_close_input(&source->format);
    ps_origin_close(source->origin);
    free(source);
}

const struct ps_source_info *ps_source_info(const struct ps_source *source)
{
    return &source->info;
}

uint64_t ps_source_memory_bytes(const struct ps_source *source)
{
    uint64_t bytes = OPEN_BYTES;

    for (unsigned i = 0; i < source->format->nb_streams; i++)
        bytes +=
            PACKET_BYTES * (uint64_t)avformat_index_get_entries_count(source->format->streams[i]);
    if (source->decoder.codec != NULL)
        bytes += DECODER_PICTURES * (uint64_t)source->info.width * source->info.height * 3 / 2;
    return bytes;
}

int ps_source_keyframes(const struct ps_source *source, uint64_t **ret_ns, uint32_t *ret_count)
{
    uint64_t *copy = NULL;

    if (source->keyframe_count > 0) {
        copy = ps_zalloc(source->keyframe_count, sizeof(*copy));
        if (copy == NULL)
            return -ENOMEM;
        for (uint32_t i = 0; i < source->keyframe_count; i++)
            copy[i] = source->keyframe_ns[i];
    }
    *ret_ns = copy;
    *ret_count = source->keyframe_count;
    return 0;
}

void ps_source_select(struct ps_source *source, const AVStream *stream)
{
    for (unsigned i = 0; i < source->format->nb_streams; i++) {
        AVStream *other = source->format->streams[i];
        other->discard = other == stream ? AVDISCARD_DEFAULT : AVDISCARD_ALL;
    }
    source->decoder.position = PS_SOURCE_NOWHERE;
}

int ps_source_next_packet(struct ps_source *source, const AVStream *stream)
{
    for (unsigned skipped = 0; skipped < PS_SOURCE_SKIP_MAX; skipped++) {
        const int rc = av_read_frame(source->format, source->packet);
        const int origin_error = ps_origin_take_error(source->origin);

        if (origin_error != 0) {
            av_packet_unref(source->packet);
            return origin_error;
        }
        if (rc == AVERROR_EOF)
            return 0;
        if (rc < 0)
            return rc == AVERROR(ENOMEM) ? -ENOMEM : -EBADMSG;
        if (source->packet->stream_index == stream->index)
            return 1;
        av_packet_unref(source->packet);
    }
    return -EBADMSG;
}

int ps_source_seek(struct ps_source *source, const AVStream *stream, int64_t timestamp)
{
    const int rc = av_seek_frame(source->format, stream->index, timestamp, AVSEEK_FLAG_BACKWARD);
    const int origin_error = ps_origin_take_error(source->origin);

    if (origin_error != 0)
        return origin_error;
    return rc < 0 ? -EIO : 0;
}
