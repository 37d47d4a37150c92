/* SPDX-License-Identifier: BSD-3-Clause */
#include "host/media/segment.h"

#include <errno.h>
#include <libavutil/mem.h>
#include <string.h>

#include "host/base/assert.h"
#include "host/media/avc_priv.h"
#include "host/media/mux_priv.h"

#define CONFIG_BYTES_MAX 1024u

/* Whole frame rates get a finer clock than one tick per frame, as players are used to. */
static uint32_t tick_factor(const struct ps_video_track *track)
{
    return track->fps_num < 1000 ? 1000 : 1;
}

static bool is_valid(const struct ps_video_track *track)
{
    return track->fps_num > 0 && track->fps_num <= PS_SOURCE_FPS_TERM_MAX && track->fps_den > 0 &&
           track->fps_den <= PS_SOURCE_FPS_TERM_MAX && track->width > 0 &&
           track->width <= PS_SOURCE_SIDE_MAX && track->height > 0 &&
           track->height <= PS_SOURCE_SIDE_MAX;
}

static int set_config(AVCodecParameters *par, const struct ps_video_track *track)
{
    uint8_t config[CONFIG_BYTES_MAX];
    const size_t size_bytes =
        ps_avc_config(track->headers, track->headers_bytes, config, sizeof(config));

    if (size_bytes == 0)
        return -EINVAL;
    par->extradata = av_mallocz(size_bytes + AV_INPUT_BUFFER_PADDING_SIZE);
    if (par->extradata == NULL)
        return -ENOMEM;
    memcpy(par->extradata, config, size_bytes);
    par->extradata_size = (int)size_bytes;
    return 0;
}

static int open_mux(struct ps_mux *mux, const struct ps_video_track *track, uint32_t sequence)
{
    AVCodecParameters *par;
    int rc;

    if (!is_valid(track))
        return -EINVAL;
    par = avcodec_parameters_alloc();
    if (par == NULL)
        return -ENOMEM;
    par->codec_type = AVMEDIA_TYPE_VIDEO;
    par->codec_id = AV_CODEC_ID_H264;
    par->format = AV_PIX_FMT_YUV420P;
    par->width = (int)track->width;
    par->height = (int)track->height;
    par->sample_aspect_ratio = (AVRational){ 1, 1 };
    rc = set_config(par, track);
    if (rc == 0)
        rc = ps_mux_init(mux, par,
                         &(struct ps_mux_options){
                             .time_base = { 1, (int)(track->fps_num * tick_factor(track)) },
                             .sequence = sequence,
                         });
    avcodec_parameters_free(&par);
    return rc;
}

int ps_segment_video_init(const struct ps_video_track *track, struct ps_segment_bytes *ret_bytes)
{
    struct ps_mux mux;
    const int rc = open_mux(&mux, track, 1);

    if (rc != 0)
        return rc;
    *ret_bytes = ps_mux_take(&mux.init);
    ps_mux_fini(&mux);
    return 0;
}

static int fill_packet(AVPacket *packet, const struct ps_video_frame *frame)
{
    const size_t size_bytes = ps_avc_mp4_bytes(frame->bits, frame->size_bytes);

    if (size_bytes == 0 || size_bytes > INT32_MAX - AV_INPUT_BUFFER_PADDING_SIZE)
        return -EINVAL;
    if (av_new_packet(packet, (int)size_bytes) < 0)
        return -ENOMEM;
    ps_avc_to_mp4(frame->bits, frame->size_bytes, packet->data);
    packet->flags = frame->is_idr ? AV_PKT_FLAG_KEY : 0;
    return 0;
}

static int write_frames(struct ps_mux *mux, const struct ps_video_track *track,
                        uint64_t first_frame, const struct ps_video_frame *frames,
                        uint32_t frame_count)
{
    const uint32_t ticks = track->fps_den * tick_factor(track);
    AVPacket *packet = av_packet_alloc();
    int rc = packet != NULL ? 0 : -ENOMEM;

    for (uint32_t i = 0; rc == 0 && i < frame_count; i++) {
        rc = fill_packet(packet, &frames[i]);
        if (rc != 0)
            break;
        packet->pts = packet->dts = (int64_t)((first_frame + i) * ticks);
        packet->duration = ticks;
        rc = ps_mux_write(mux, packet);
    }
    av_packet_free(&packet);
    return rc;
}

int ps_segment_video(const struct ps_video_track *track, uint32_t index, uint64_t first_frame,
                     const struct ps_video_frame *frames, uint32_t frame_count,
                     struct ps_segment_bytes *ret_bytes)
{
    struct ps_mux mux;
    int rc;

    if (frame_count == 0 || !frames[0].is_idr || index >= INT32_MAX || first_frame > UINT32_MAX)
        return -EINVAL;
    rc = open_mux(&mux, track, index + 1);
    if (rc != 0)
        return rc;
    rc = write_frames(&mux, track, first_frame, frames, frame_count);
    if (rc == 0)
        rc = ps_mux_finish(&mux);
    if (rc == 0)
        *ret_bytes = ps_mux_take(&mux.media);
    ps_mux_fini(&mux);
    return rc;
}
