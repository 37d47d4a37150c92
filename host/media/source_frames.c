/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Decoding by absolute frame number. The same number gives the same picture however one comes to
 * it: of frames that share a number the first one counts, a number without a frame shows the one
 * before.
 */
#include <errno.h>
#include <libavutil/imgutils.h>
#include <libavutil/mathematics.h>

#include "host/base/assert.h"
#include "host/media/source_priv.h"

#define BAD_PACKETS_MAX 32u
#define SEEK_TRIES_MAX  5

static AVRational frame_base(const struct ps_source *source)
{
    return (AVRational){ (int)source->info.fps_den, (int)source->info.fps_num };
}

static int open_decoder(struct ps_source *source)
{
    struct ps_source_decoder *decoder = &source->decoder;
    const AVCodecParameters *par = source->video->codecpar;
    const AVCodec *codec = avcodec_find_decoder(par->codec_id);

    decoder->held = av_frame_alloc();
    decoder->next = av_frame_alloc();
    decoder->codec = avcodec_alloc_context3(codec);
    if (decoder->held == NULL || decoder->next == NULL || decoder->codec == NULL ||
        avcodec_parameters_to_context(decoder->codec, par) < 0)
        return -ENOMEM;
    decoder->codec->thread_count = 1; /* parallelism is across segments */
    decoder->codec->pkt_timebase = source->video->time_base;
    decoder->codec->max_pixels = (int64_t)PS_SOURCE_SIDE_MAX * PS_SOURCE_SIDE_MAX;
    return avcodec_open2(decoder->codec, codec, NULL) < 0 ? -EBADMSG : 0;
}

void ps_source_decoder_fini(struct ps_source_decoder *decoder)
{
    av_frame_free(&decoder->held);
    av_frame_free(&decoder->next);
    avcodec_free_context(&decoder->codec);
    sws_freeContext(decoder->scaler);
    decoder->scaler = NULL;
    decoder->position = PS_SOURCE_NOWHERE;
}

/* A damaged packet costs its frame; many of them cost the source. */
static int count_bad(struct ps_source_decoder *decoder)
{
    return ++decoder->bad_count > BAD_PACKETS_MAX ? -EBADMSG : 0;
}

static int feed_decoder(struct ps_source *source)
{
    const int got = ps_source_next_packet(source, source->video);
    int rc;

    if (got < 0)
        return got;
    rc = avcodec_send_packet(source->decoder.codec, got > 0 ? source->packet : NULL);
    av_packet_unref(source->packet);
    if (rc == AVERROR(ENOMEM))
        return -ENOMEM;
    return rc < 0 && rc != AVERROR_EOF ? count_bad(&source->decoder) : 0;
}

/* @return 1 with a frame in decoder->next, 0 at the end, or a negative errno. */
static int decode_one(struct ps_source *source)
{
    struct ps_source_decoder *decoder = &source->decoder;

    for (;;) {
        const int got = avcodec_receive_frame(decoder->codec, decoder->next);
        int rc;

        if (got == 0)
            return 1;
        if (got == AVERROR_EOF)
            return 0;
        if (got == AVERROR(EAGAIN))
            rc = feed_decoder(source);
        else
            rc = got == AVERROR(ENOMEM) ? -ENOMEM : count_bad(decoder);
        if (rc != 0)
            return rc;
    }
}

static int64_t number_of(const struct ps_source *source, const AVFrame *frame)
{
    if (frame->best_effort_timestamp == AV_NOPTS_VALUE)
        return source->decoder.held_frame + 1;
    return av_rescale_q(frame->best_effort_timestamp - source->video_zero, source->video->time_base,
                        frame_base(source));
}

/* Have a frame after the held one in decoder->next, unless the source ends before. */
static int load_next(struct ps_source *source)
{
    struct ps_source_decoder *decoder = &source->decoder;

    while (!decoder->at_end && decoder->next_frame <= decoder->held_frame) {
        const int got = decode_one(source);

        if (got < 0)
            return got;
        if (got == 0)
            decoder->at_end = true;
        else
            decoder->next_frame = number_of(source, decoder->next);
    }
    return 0;
}

static int seek_once(struct ps_source *source, int64_t frame)
{
    struct ps_source_decoder *decoder = &source->decoder;
    const int64_t timestamp =
        source->video_zero + av_rescale_q(frame, frame_base(source), source->video->time_base);
    const int rc = ps_source_seek(source, source->video, timestamp);

    if (rc != 0)
        return rc;
    avcodec_flush_buffers(decoder->codec);
    av_frame_unref(decoder->held);
    av_frame_unref(decoder->next);
    decoder->held_frame = -1;
    decoder->next_frame = -1;
    decoder->at_end = false;
    decoder->bad_count = 0;
    return load_next(source);
}

/*
 * Demuxers seek by decoding time, which runs ahead of showing time by the reorder delay: go back
 * that far and a frame more. Where that still lands behind the frame, or nothing can be decoded
 * from there, go back further, at last to the start.
 */
static int seek_before(struct ps_source *source, uint64_t frame)
{
    int64_t back = source->video->codecpar->video_delay + 1;
    int rc = 0;

    for (int tries = 0; tries < SEEK_TRIES_MAX; tries++) {
        const bool is_last = tries == SEEK_TRIES_MAX - 1;

        rc = seek_once(source, is_last ? -back : (int64_t)frame - back);
        if (rc != 0 ||
            (source->decoder.next_frame >= 0 && source->decoder.next_frame <= (int64_t)frame))
            return rc;
        back *= 8;
    }
    return rc;
}

static bool needs_scaler(const struct ps_source_info *info, const AVFrame *frame)
{
    return frame->format != AV_PIX_FMT_YUV420P || (uint32_t)(frame->width & ~1) != info->width ||
           (uint32_t)(frame->height & ~1) != info->height;
}

/* @p frame as I420 of the info size; a trailing odd column or row is left out. */
static int copy_frame(struct ps_source *source, const AVFrame *frame, uint8_t *out)
{
    struct ps_source_decoder *decoder = &source->decoder;
    const int width = (int)source->info.width, height = (int)source->info.height;
    uint8_t *planes[4];
    int strides[4];

    av_image_fill_arrays(planes, strides, out, AV_PIX_FMT_YUV420P, width, height, 1);
    if (!needs_scaler(&source->info, frame)) {
        const uint8_t *const from[4] = { frame->data[0], frame->data[1], frame->data[2], NULL };

        for (int i = 0; i < 3; i++)
            av_image_copy_plane(planes[i], strides[i], from[i], frame->linesize[i],
                                i == 0 ? width : width / 2, i == 0 ? height : height / 2);
        return 0;
    }
    decoder->scaler = sws_getCachedContext(
        decoder->scaler, frame->width & ~1, frame->height & ~1, frame->format, width, height,
        AV_PIX_FMT_YUV420P, SWS_BICUBIC | SWS_ACCURATE_RND | SWS_BITEXACT, NULL, NULL, NULL);
    if (decoder->scaler == NULL)
        return -EBADMSG;
    sws_scale(decoder->scaler, (const uint8_t *const *)frame->data, frame->linesize, 0,
              frame->height & ~1, planes, strides);
    return 0;
}

/* Put frame number @p frame, or what stands for it, into @p out. */
static int emit_frame(struct ps_source *source, int64_t frame, uint8_t *out)
{
    struct ps_source_decoder *decoder = &source->decoder;
    const int64_t tail_frames_max = source->info.fps_num / source->info.fps_den + 1;

    while (decoder->held_frame < frame) {
        const int rc = load_next(source);

        if (rc != 0)
            return rc;
        if (decoder->at_end || decoder->next_frame > frame)
            break;
        av_frame_unref(decoder->held);
        av_frame_move_ref(decoder->held, decoder->next);
        decoder->held_frame = decoder->next_frame;
    }
    if (decoder->held_frame >= 0) {
        /* A header may promise a little more than there is; much more means a broken file. */
        if (decoder->at_end && frame - decoder->held_frame > tail_frames_max)
            return -EBADMSG;
        return copy_frame(source, decoder->held, out);
    }
    return decoder->at_end ? -EBADMSG : copy_frame(source, decoder->next, out);
}

static int go_to(struct ps_source *source, uint64_t frame)
{
    int rc = 0;

    if (source->decoder.codec == NULL)
        rc = open_decoder(source);
    if (rc != 0) {
        ps_source_decoder_fini(&source->decoder);
        return rc;
    }
    if (source->decoder.position == frame)
        return 0;
    ps_source_select(source, source->video);
    return seek_before(source, frame);
}

int ps_source_frames(struct ps_source *source, uint64_t first_frame, uint32_t frame_count,
                     uint8_t *ret_frames)
{
    const struct ps_source_info *info = &source->info;
    const size_t frame_bytes = (size_t)info->width * info->height * 3 / 2;
    int rc;

    if (!info->has_video || first_frame >= info->frame_count ||
        frame_count > info->frame_count - first_frame)
        return -ENODATA;
    rc = go_to(source, first_frame);
    for (uint32_t i = 0; rc == 0 && i < frame_count; i++)
        rc = emit_frame(source, (int64_t)(first_frame + i), ret_frames + i * frame_bytes);
    source->decoder.position = rc == 0 ? first_frame + frame_count : PS_SOURCE_NOWHERE;
    return rc;
}
