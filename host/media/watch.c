/* SPDX-License-Identifier: BSD-3-Clause */
#include "host/media/watch.h"

#include <errno.h>
#include <libavcodec/avcodec.h>
#include <libavformat/avformat.h>
#include <libavutil/pixdesc.h>
#include <libswscale/swscale.h>
#include <stdlib.h>

#include "host/base/mem.h"
#include "host/media/libav_priv.h"

#define TIMEOUT_US "10000000" /* without a byte from the network */

struct ps_watch {
    AVFormatContext *format;
    AVCodecContext *codec;
    AVPacket *packet;
    AVFrame *frame;
    AVFrame *planar; /* where pictures of other formats become I420 */
    struct SwsContext *scaler;
    AVStream *stream;
    struct ps_watch_info info;
    int64_t zero; /* of time, in the stream's time base; AV_NOPTS_VALUE before the first picture */
    uint64_t last_ns;
    uint32_t damaged;
};

static int open_decoder(struct ps_watch *watch)
{
    const AVCodec *codec = NULL;
    const int index = av_find_best_stream(watch->format, AVMEDIA_TYPE_VIDEO, -1, -1, &codec, 0);

    if (index < 0 || codec == NULL)
        return -ENOTSUP;
    watch->stream = watch->format->streams[index];
    for (unsigned i = 0; i < watch->format->nb_streams; i++)
        watch->format->streams[i]->discard = (int)i == index ? AVDISCARD_DEFAULT : AVDISCARD_ALL;
    watch->codec = avcodec_alloc_context3(codec);
    if (watch->codec == NULL ||
        avcodec_parameters_to_context(watch->codec, watch->stream->codecpar) < 0)
        return -ENOMEM;
    watch->codec->pkt_timebase = watch->stream->time_base;
    watch->codec->max_pixels = (int64_t)PS_WATCH_SIDE_MAX * PS_WATCH_SIDE_MAX;
    return avcodec_open2(watch->codec, codec, NULL) < 0 ? -ENOTSUP : 0;
}

static void describe(struct ps_watch *watch)
{
    const AVRational rate = av_guess_frame_rate(watch->format, watch->stream, NULL);

    if (watch->format->duration > 0)
        watch->info.duration_ns = (uint64_t)watch->format->duration * (1000000000 / AV_TIME_BASE);
    if (rate.num > 0 && rate.den > 0) {
        watch->info.fps_num = (uint32_t)rate.num;
        watch->info.fps_den = (uint32_t)rate.den;
    } else {
        watch->info.fps_den = 1;
    }
    if (watch->stream->start_time > 0)
        watch->info.start_ns = (uint64_t)av_rescale_q(
            watch->stream->start_time, watch->stream->time_base, (AVRational){ 1, 1000000000 });
}

int ps_watch_open(struct ps_watch **ret_watch, const char *url)
{
    struct ps_watch *watch = ps_zalloc(1, sizeof(*watch));
    AVDictionary *options = NULL;
    int rc;

    if (watch == NULL)
        return -ENOMEM;
    ps_libav_quiet();
    watch->zero = AV_NOPTS_VALUE;
    av_dict_set(&options, "rw_timeout", TIMEOUT_US, 0);
    rc = avformat_open_input(&watch->format, url, NULL, &options);
    av_dict_free(&options);
    if (rc == 0)
        rc = avformat_find_stream_info(watch->format, NULL);
    rc = rc < 0 ? (rc == AVERROR_INVALIDDATA ? -ENOTSUP : ps_libav_errno(rc)) : open_decoder(watch);
    if (rc != 0)
        goto fail;
    rc = -ENOMEM;
    watch->packet = av_packet_alloc();
    watch->frame = av_frame_alloc();
    watch->planar = av_frame_alloc();
    if (watch->packet == NULL || watch->frame == NULL || watch->planar == NULL)
        goto fail;
    describe(watch);
    *ret_watch = watch;
    return 0;

fail:
    ps_watch_close(watch);
    return rc;
}

void ps_watch_close(struct ps_watch *watch)
{
    if (watch == NULL)
        return;
    sws_freeContext(watch->scaler);
    av_frame_free(&watch->planar);
    av_frame_free(&watch->frame);
    av_packet_free(&watch->packet);
    avcodec_free_context(&watch->codec);
    avformat_close_input(&watch->format);
    free(watch);
}

const struct ps_watch_info *ps_watch_info(const struct ps_watch *watch)
{
    return &watch->info;
}

uint32_t ps_watch_damaged(const struct ps_watch *watch)
{
    return watch->damaged;
}

/* One packet, or the end, into the decoder. @return 0 or a negative errno. */
static int feed(struct ps_watch *watch)
{
    int rc = av_read_frame(watch->format, watch->packet);

    if (rc == AVERROR_EOF) {
        avcodec_send_packet(watch->codec, NULL);
        return 0;
    }
    if (rc < 0)
        return rc == AVERROR_INVALIDDATA ? -EIO : ps_libav_errno(rc);
    if (watch->packet->stream_index == watch->stream->index) {
        rc = avcodec_send_packet(watch->codec, watch->packet);
        watch->damaged += rc < 0 && rc != AVERROR_EOF;
    }
    av_packet_unref(watch->packet);
    return rc == AVERROR(ENOMEM) ? -ENOMEM : 0;
}

/* @return 1, 0 at the end, or a negative errno. */
static int decode(struct ps_watch *watch)
{
    for (;;) {
        const int got = avcodec_receive_frame(watch->codec, watch->frame);
        int rc = 0;

        if (got == 0)
            return 1;
        if (got == AVERROR_EOF)
            return 0;
        if (got == AVERROR(ENOMEM))
            return -ENOMEM;
        if (got == AVERROR(EAGAIN))
            rc = feed(watch);
        else
            watch->damaged++;
        if (rc != 0)
            return rc;
    }
}

/* Formats whose first plane is 8-bit luma need no conversion. */
static int has_plain_luma(const AVFrame *frame)
{
    const AVPixFmtDescriptor *format = av_pix_fmt_desc_get(frame->format);

    return format != NULL && (format->flags & (AV_PIX_FMT_FLAG_RGB | AV_PIX_FMT_FLAG_PAL)) == 0 &&
           format->comp[0].depth == 8 && format->comp[0].plane == 0 && format->comp[0].step == 1 &&
           format->comp[0].shift == 0 && format->comp[0].offset == 0;
}

static int convert(struct ps_watch *watch)
{
    const AVFrame *from = watch->frame;
    AVFrame *to = watch->planar;

    if (to->width != from->width || to->height != from->height) {
        av_frame_unref(to);
        to->width = from->width;
        to->height = from->height;
        to->format = AV_PIX_FMT_YUV420P;
        if (av_frame_get_buffer(to, 0) < 0)
            return -ENOMEM;
    }
    watch->scaler =
        sws_getCachedContext(watch->scaler, from->width, from->height, from->format, to->width,
                             to->height, AV_PIX_FMT_YUV420P, SWS_BILINEAR, NULL, NULL, NULL);
    if (watch->scaler == NULL)
        return -ENOTSUP;
    sws_scale(watch->scaler, (const uint8_t *const *)from->data, from->linesize, 0, from->height,
              to->data, to->linesize);
    return 0;
}

static uint64_t time_of(struct ps_watch *watch)
{
    const int64_t stamp = watch->frame->best_effort_timestamp;
    int64_t time_ns;

    if (stamp == AV_NOPTS_VALUE) /* as long after the one before as the frame rate says */
        return watch->info.fps_num == 0 || watch->zero == AV_NOPTS_VALUE
                   ? watch->last_ns
                   : watch->last_ns + 1000000000ull * watch->info.fps_den / watch->info.fps_num;
    if (watch->zero == AV_NOPTS_VALUE)
        watch->zero = stamp;
    time_ns =
        av_rescale_q(stamp - watch->zero, watch->stream->time_base, (AVRational){ 1, 1000000000 });
    return time_ns < 0 ? 0 : (uint64_t)time_ns;
}

int ps_watch_next(struct ps_watch *watch, struct ps_watch_picture *ret_picture)
{
    const int got = decode(watch);
    const AVFrame *shown = watch->frame;

    if (got <= 0)
        return got;
    if (shown->width < (int)PS_WATCH_SIDE_MIN || shown->height < (int)PS_WATCH_SIDE_MIN)
        return -ENOTSUP;
    if (!has_plain_luma(shown)) {
        const int rc = convert(watch);

        if (rc != 0)
            return rc;
        shown = watch->planar;
    }
    watch->last_ns = time_of(watch);
    *ret_picture = (struct ps_watch_picture){ .time_ns = watch->last_ns,
                                              .luma = shown->data[0],
                                              .stride_bytes = shown->linesize[0],
                                              .width = (uint32_t)shown->width,
                                              .height = (uint32_t)shown->height };
    return 1;
}
