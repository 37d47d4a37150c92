/* SPDX-License-Identifier: BSD-3-Clause */
/* tests/integration/kernels/clip.c - real frames for coded.h. */
#include <libavformat/avformat.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "kernels/scale/scale.h"
#include "tests/integration/kernels/coded.h"
#include "tests/support/ps_test.h"

struct clip {
    AVFormatContext *format;
    AVCodecContext *decoder;
    AVPacket *packet;
    AVFrame *frame;
    int stream;
    uint8_t *source; /* one frame, tightly packed */
};

static void open_clip(struct clip *clip, const char *name)
{
    const AVCodec *codec = NULL;
    char path[512];

    memset(clip, 0, sizeof(*clip));
    snprintf(path, sizeof(path), "%s/clips/%s", PS_TEST_DATA, name);
    PS_REQUIRE(avformat_open_input(&clip->format, path, NULL, NULL) == 0);
    clip->stream = av_find_best_stream(clip->format, AVMEDIA_TYPE_VIDEO, -1, -1, &codec, 0);
    PS_REQUIRE(clip->stream >= 0);
    clip->decoder = avcodec_alloc_context3(codec);
    clip->packet = av_packet_alloc();
    clip->frame = av_frame_alloc();
    PS_REQUIRE(clip->decoder != NULL && clip->packet != NULL && clip->frame != NULL);
    PS_REQUIRE(avcodec_parameters_to_context(clip->decoder,
                                             clip->format->streams[clip->stream]->codecpar) == 0);
    PS_REQUIRE(avcodec_open2(clip->decoder, codec, NULL) == 0);
}

static void close_clip(struct clip *clip)
{
    avformat_close_input(&clip->format);
    avcodec_free_context(&clip->decoder);
    av_packet_free(&clip->packet);
    av_frame_free(&clip->frame);
    free(clip->source);
}

static void pack(struct clip *clip)
{
    const AVFrame *frame = clip->frame;
    uint8_t *to;

    if (clip->source == NULL)
        clip->source = malloc(PSK_FRAME_BYTES((uint32_t)frame->width, (uint32_t)frame->height));
    PS_REQUIRE(clip->source != NULL && frame->format == AV_PIX_FMT_YUV420P);
    to = clip->source;
    for (int plane = 0; plane < 3; plane++) {
        const int width = plane ? frame->width / 2 : frame->width;
        const int height = plane ? frame->height / 2 : frame->height;

        for (int y = 0; y < height; y++, to += width)
            memcpy(to, frame->data[plane] + y * frame->linesize[plane], (size_t)width);
    }
}

/* Next frame, packed; 0 at the end. */
static int next_frame(struct clip *clip)
{
    while (avcodec_receive_frame(clip->decoder, clip->frame) != 0) {
        if (av_read_frame(clip->format, clip->packet) != 0)
            return 0;
        if (clip->packet->stream_index == clip->stream)
            avcodec_send_packet(clip->decoder, clip->packet);
        av_packet_unref(clip->packet);
    }
    pack(clip);
    return 1;
}

uint8_t *clip_frames(const char *name, uint32_t width, uint32_t height, uint32_t frame_count_max,
                     uint32_t *frame_count)
{
    const size_t frame_bytes = PSK_FRAME_BYTES(width, height);
    uint8_t *frames = malloc(frame_bytes * frame_count_max);
    struct psk_status status;
    struct clip clip;

    PS_REQUIRE(frames != NULL);
    open_clip(&clip, name);
    *frame_count = 0;
    while (*frame_count < frame_count_max && next_frame(&clip)) {
        psk_scale_one(clip.source, frames + *frame_count * frame_bytes, (uint32_t)clip.frame->width,
                      (uint32_t)clip.frame->height, width, height, 1, &status);
        PS_REQUIRE(status.code == PSK_OK);
        ++*frame_count;
    }
    close_clip(&clip);
    return frames;
}
