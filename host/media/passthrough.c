/* SPDX-License-Identifier: BSD-3-Clause */
/* Segments of the source's own H.264 and AAC: packets are moved, not touched. */
#include <errno.h>
#include <libavutil/mathematics.h>

#include "host/base/assert.h"
#include "host/media/grid_priv.h"
#include "host/media/mux_priv.h"
#include "host/media/source_priv.h"

#define PACKETS_MAX 1000000u

static int open_mux(struct ps_mux *mux, const AVStream *stream, int32_t index, int64_t delay)
{
    AVCodecParameters *par = avcodec_parameters_alloc();
    int rc;

    if (par == NULL || avcodec_parameters_copy(par, stream->codecpar) < 0) {
        avcodec_parameters_free(&par);
        return -ENOMEM;
    }
    par->initial_padding = 0; /* the priming packets stay behind */
    rc = ps_mux_init(mux, par,
                     &(struct ps_mux_options){
                         .time_base = { 1, stream->time_base.den },
                         .sequence = index < 0 ? 1 : (uint32_t)index + 1,
                         .delay = delay,
                         .init_only = index < 0,
                     });
    avcodec_parameters_free(&par);
    return rc == -EINVAL ? -ENOTSUP : rc;
}

/* Segment @p index is the key frames [*ret_first, *ret_end). */
static int find_copy_segment(const struct ps_source *source, uint32_t segment_ms, int32_t index,
                             uint32_t *ret_first, uint32_t *ret_end)
{
    const uint32_t count = source->keyframe_count;
    uint32_t first = 0;

    for (int32_t i = 0; i < index && first < count; i++)
        first = ps_grid_copy_next(&source->info, segment_ms, source->keyframe_ns, count, first);
    if (first >= count)
        return -ENODATA;
    *ret_first = first;
    *ret_end = ps_grid_copy_next(&source->info, segment_ms, source->keyframe_ns, count, first);
    return 0;
}

/* By how much showing lags behind decoding: how long before time 0 the first frame is decoded. */
static int64_t reorder_delay(const struct ps_source *source)
{
    const int64_t delay = source->video_zero - source->keyframe_dts[0];

    return delay > 0 ? delay : 0;
}

/* Packets in decoding order from key frame @p first up to key frame @p end. */
static int copy_video(struct ps_source *source, struct ps_mux *mux, uint32_t first, uint32_t end)
{
    const int64_t from = source->keyframe_dts[first];
    const int64_t to = end < source->keyframe_count ? source->keyframe_dts[end] : INT64_MAX;
    const int64_t delay = reorder_delay(source);
    AVPacket *packet = source->packet;
    unsigned moved = 0;
    int rc = ps_source_seek(source, source->video, from);

    while (rc == 0 && moved < PACKETS_MAX) {
        rc = ps_source_next_packet(source, source->video);
        if (rc <= 0)
            break;
        rc = 0;
        if (packet->dts == AV_NOPTS_VALUE || packet->pts == AV_NOPTS_VALUE || packet->dts >= to)
            break;
        if (packet->dts < from) {
            av_packet_unref(packet);
            continue;
        }
        moved++;
        packet->pts += delay - source->video_zero;
        packet->dts += delay - source->video_zero;
        rc = ps_mux_write(mux, packet);
    }
    av_packet_unref(packet);
    return rc == 0 && moved == 0 ? -EBADMSG : rc;
}

/* Packets whose time lies in [@p from, @p to), both in the stream's time base. */
static int copy_audio(struct ps_source *source, struct ps_mux *mux, int64_t from, int64_t to)
{
    const int64_t zero = source->audio_zero;
    AVPacket *packet = source->packet;
    unsigned moved = 0;
    /* A second early: a container's index may point a little late. */
    int rc = ps_source_seek(source, source->audio, zero + from - source->audio->time_base.den);

    while (rc == 0 && moved < PACKETS_MAX) {
        rc = ps_source_next_packet(source, source->audio);
        if (rc <= 0)
            break;
        rc = 0;
        if (packet->pts == AV_NOPTS_VALUE || packet->pts - zero >= to)
            break;
        if (packet->pts - zero < from) { /* priming is at times before 0 */
            av_packet_unref(packet);
            continue;
        }
        moved++;
        packet->pts -= zero;
        packet->dts = packet->pts;
        av_packet_free_side_data(packet); /* it tells of samples to skip */
        rc = ps_mux_write(mux, packet);
    }
    av_packet_unref(packet);
    return rc == 0 && moved == 0 ? -ENODATA : rc;
}

static int copy_audio_segment(struct ps_source *source, struct ps_mux *mux,
                              const struct ps_profile *profile, int32_t index)
{
    const struct ps_grid_step step = ps_grid_step(&source->info, profile->segment_ms);
    const int64_t rate = source->audio->time_base.den;
    const uint32_t count = ps_source_segment_count(&source->info, profile);
    const int64_t from = av_rescale_rnd(index * step.num, rate, step.den, AV_ROUND_UP);
    const int64_t to = av_rescale_rnd((index + 1) * step.num, rate, step.den, AV_ROUND_UP);

    return copy_audio(source, mux, from, (uint32_t)index + 1 < count ? to : INT64_MAX);
}

static int copy_segment(struct ps_source *source, struct ps_mux *mux,
                        const struct ps_profile *profile, int32_t index)
{
    uint32_t first, end;
    int rc;

    if (profile->kind == PS_PROFILE_AUDIO)
        return copy_audio_segment(source, mux, profile, index);
    rc = find_copy_segment(source, profile->segment_ms, index, &first, &end);
    return rc != 0 ? rc : copy_video(source, mux, first, end);
}

int ps_segment_passthrough(struct ps_source *source, const struct ps_profile *profile,
                           int32_t index, struct ps_segment_bytes *ret_bytes)
{
    const bool copies = profile->kind == PS_PROFILE_COPY;
    const AVStream *stream = copies ? source->video : source->audio;
    struct ps_mux mux;
    int rc;

    ps_assert(profile->kind == PS_PROFILE_AUDIO || profile->kind == PS_PROFILE_COPY);
    if (stream == NULL || (copies && source->keyframe_count == 0) || stream->time_base.num != 1)
        return -ENOTSUP;
    if (index < PS_SEGMENT_INIT ||
        (index >= 0 && (uint32_t)index >= ps_source_segment_count(&source->info, profile)))
        return -ENODATA;
    rc = open_mux(&mux, stream, index, copies ? reorder_delay(source) : 0);
    if (rc != 0)
        return rc;
    if (index != PS_SEGMENT_INIT) {
        ps_source_select(source, stream);
        rc = copy_segment(source, &mux, profile, index);
        if (rc == 0)
            rc = ps_mux_finish(&mux);
    }
    if (rc == -EINVAL) /* the muxer does not take these time stamps */
        rc = -EBADMSG;
    if (rc == 0)
        *ret_bytes = ps_mux_take(index == PS_SEGMENT_INIT ? &mux.init : &mux.media);
    ps_mux_fini(&mux);
    return rc;
}
