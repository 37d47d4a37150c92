/* SPDX-License-Identifier: BSD-3-Clause */
/* What a source is: its tracks, their rates and lengths, and where its key frames lie. */
#include <errno.h>
#include <libavutil/mathematics.h>
#include <stdio.h>
#include <string.h>

#include "host/base/assert.h"
#include "host/base/clock.h"
#include "host/base/mem.h"
#include "host/media/source_priv.h"

#define FPS_MAX       240
#define CHANNELS_MAX  8
#define RATE_HZ_MAX   192000
#define KEYFRAMES_MAX (1 << 20)

static const AVRational ns_base = { 1, (int)PS_NS_PER_SEC };

static bool is_fps(AVRational fps)
{
    return fps.num > 0 && fps.den > 0 && fps.num <= (int64_t)fps.den * FPS_MAX;
}

/* The nominal rate that frames are numbered by; a source without one is put on 25 a second. */
static AVRational frame_rate(AVFormatContext *format, AVStream *video)
{
    AVRational fps = av_guess_frame_rate(format, video, NULL);

    if (!is_fps(fps))
        fps = video->avg_frame_rate;
    if (is_fps(fps))
        av_reduce(&fps.num, &fps.den, fps.num, fps.den, PS_SOURCE_FPS_TERM_MAX);
    return is_fps(fps) ? fps : (AVRational){ 25, 1 };
}

/* Length of a track in ns; 0 when unknown or out of range. */
static uint64_t track_ns(const AVFormatContext *format, const AVStream *stream)
{
    int64_t ns = 0;

    if (stream->duration != AV_NOPTS_VALUE && stream->duration > 0)
        ns = av_rescale_q(stream->duration, stream->time_base, ns_base);
    else if (format->duration != AV_NOPTS_VALUE && format->duration > 0)
        ns = av_rescale_q(format->duration, AV_TIME_BASE_Q, ns_base);
    return ns > 0 && ns <= (int64_t)(PS_SOURCE_DURATION_S_MAX * PS_NS_PER_SEC) ? (uint64_t)ns : 0;
}

static bool is_base(const AVStream *stream)
{
    return stream->time_base.num > 0 && stream->time_base.den > 0;
}

static AVStream *find_stream(AVFormatContext *format, enum AVMediaType type)
{
    const int idx = av_find_best_stream(format, type, -1, -1, NULL, 0);

    return idx >= 0 && is_base(format->streams[idx]) ? format->streams[idx] : NULL;
}

static bool is_usable_video(const AVStream *stream)
{
    const AVCodecParameters *par = stream->codecpar;

    return (stream->disposition & AV_DISPOSITION_ATTACHED_PIC) == 0 && par->width >= 16 &&
           par->width <= (int)PS_SOURCE_SIDE_MAX && par->height >= 16 &&
           par->height <= (int)PS_SOURCE_SIDE_MAX && avcodec_find_decoder(par->codec_id) != NULL;
}

static void describe_video(struct ps_source *source)
{
    AVStream *video = find_stream(source->format, AVMEDIA_TYPE_VIDEO);
    struct ps_source_info *info = &source->info;
    const uint64_t length_ns = video != NULL ? track_ns(source->format, video) : 0;
    AVRational fps;

    if (length_ns == 0 || !is_usable_video(video))
        return;
    fps = frame_rate(source->format, video);
    source->video = video;
    source->video_zero = video->start_time != AV_NOPTS_VALUE ? video->start_time : 0;
    info->has_video = true;
    info->width = (uint32_t)video->codecpar->width & ~1u;
    info->height = (uint32_t)video->codecpar->height & ~1u;
    info->fps_num = (uint32_t)fps.num;
    info->fps_den = (uint32_t)fps.den;
    info->frame_count = (uint64_t)av_rescale_q((int64_t)length_ns, ns_base, av_inv_q(fps));
    if (info->frame_count == 0)
        info->frame_count = 1;
    info->duration_ns = length_ns;
    if (video->codecpar->bit_rate > 0)
        info->video_bitrate_bps = (uint64_t)video->codecpar->bit_rate;
    else if (source->format->bit_rate > 0)
        info->video_bitrate_bps = (uint64_t)source->format->bit_rate;
}

/* MPEG-4 audio object type of an AudioSpecificConfig (ISO/IEC 14496-3, 1.6.2.1). */
static unsigned audio_object_type(const uint8_t *config)
{
    const unsigned type = config[0] >> 3;

    return type != 31 ? type : 32 + ((config[0] & 7u) << 3 | config[1] >> 5);
}

static bool is_usable_audio(const AVStream *stream)
{
    const AVCodecParameters *par = stream->codecpar;

    return par->codec_id == AV_CODEC_ID_AAC && par->extradata_size >= 2 && par->sample_rate > 0 &&
           par->sample_rate <= RATE_HZ_MAX && par->ch_layout.nb_channels > 0 &&
           par->ch_layout.nb_channels <= CHANNELS_MAX;
}

static void describe_audio(struct ps_source *source)
{
    AVStream *audio = find_stream(source->format, AVMEDIA_TYPE_AUDIO);
    struct ps_source_info *info = &source->info;
    const uint64_t length_ns = audio != NULL ? track_ns(source->format, audio) : 0;
    int64_t start, end_ns;

    if (length_ns == 0 || !is_usable_audio(audio))
        return;
    start = audio->start_time != AV_NOPTS_VALUE ? audio->start_time : 0;
    source->audio_zero =
        source->video == NULL
            ? start
            : av_rescale_q(source->video_zero, source->video->time_base, audio->time_base);
    end_ns =
        (int64_t)length_ns + av_rescale_q(start - source->audio_zero, audio->time_base, ns_base);
    if (end_ns <= 0 || end_ns > (int64_t)(PS_SOURCE_DURATION_S_MAX * PS_NS_PER_SEC))
        return;
    source->audio = audio;
    info->has_audio = true;
    info->audio_duration_ns = (uint64_t)end_ns;
    if (info->duration_ns < info->audio_duration_ns)
        info->duration_ns = info->audio_duration_ns;
    info->audio_rate_hz = (uint32_t)audio->codecpar->sample_rate;
    info->audio_channels = (uint32_t)audio->codecpar->ch_layout.nb_channels;
    info->audio_bitrate_bps =
        audio->codecpar->bit_rate > 0 ? (uint64_t)audio->codecpar->bit_rate : 0;
    snprintf(info->audio_codec, sizeof(info->audio_codec), "mp4a.40.%u",
             audio_object_type(audio->codecpar->extradata));
}

/*
 * Passing through needs an index that knows every key frame before the media is read, which MP4's
 * sample table is when it reaches to the end; the first frames must be for showing (an edit list
 * can hide some), else time 0 would not be a key frame.
 */
static bool is_copyable(AVStream *video, uint64_t length_ns)
{
    const AVCodecParameters *par = video->codecpar;
    const int count = avformat_index_get_entries_count(video);
    const AVIndexEntry *first, *last;
    int64_t indexed_ns;

    if (par->codec_id != AV_CODEC_ID_H264 || par->extradata_size < 7 || par->extradata[0] != 1 ||
        count < 1)
        return false;
    first = avformat_index_get_entry(video, 0);
    last = avformat_index_get_entry(video, count - 1);
    indexed_ns = av_rescale_q(last->timestamp - first->timestamp, video->time_base, ns_base);
    return (first->flags & AVINDEX_KEYFRAME) != 0 && (first->flags & AVINDEX_DISCARD_FRAME) == 0 &&
           indexed_ns >= 0 && (uint64_t)indexed_ns + PS_NS_PER_SEC >= length_ns;
}

/*
 * The index gives decoding times. A key frame is shown a constant time after it is decoded (no
 * frame before it in one order comes after it in the other), so both differ by the first one's
 * delay.
 */
static int describe_keyframes(struct ps_source *source, uint64_t length_ns)
{
    AVStream *video = source->video;
    const int count = avformat_index_get_entries_count(video);
    int keyframes = 0;
    int64_t first_dts;

    for (int i = 0; i < count; i++)
        keyframes += (avformat_index_get_entry(video, i)->flags & AVINDEX_KEYFRAME) != 0;
    if (keyframes > KEYFRAMES_MAX)
        return 0;
    source->keyframe_ns = ps_zalloc((size_t)keyframes, sizeof(*source->keyframe_ns));
    source->keyframe_dts = ps_zalloc((size_t)keyframes, sizeof(*source->keyframe_dts));
    if (source->keyframe_ns == NULL || source->keyframe_dts == NULL)
        return -ENOMEM;
    first_dts = avformat_index_get_entry(video, 0)->timestamp;
    for (int i = 0; i < count; i++) {
        const AVIndexEntry *entry = avformat_index_get_entry(video, i);
        const int64_t ns = av_rescale_q(entry->timestamp - first_dts, video->time_base, ns_base);
        const uint32_t n = source->keyframe_count;

        if ((entry->flags & AVINDEX_KEYFRAME) == 0 || ns < 0 || (uint64_t)ns >= length_ns ||
            (n > 0 && (uint64_t)ns <= source->keyframe_ns[n - 1]))
            continue;
        source->keyframe_ns[n] = (uint64_t)ns;
        source->keyframe_dts[n] = entry->timestamp;
        source->keyframe_count++;
    }
    ps_assert(source->keyframe_count > 0);
    snprintf(source->info.video_codec, sizeof(source->info.video_codec), "avc1.%02x%02x%02x",
             video->codecpar->extradata[1], video->codecpar->extradata[2],
             video->codecpar->extradata[3]);
    return 0;
}

int ps_source_describe(struct ps_source *source)
{
    describe_video(source);
    const uint64_t video_ns = source->info.duration_ns;

    describe_audio(source);
    if (!source->info.has_video && !source->info.has_audio)
        return -ENOTSUP;
    if (source->video != NULL && strstr(source->format->iformat->name, "mp4") != NULL &&
        is_copyable(source->video, video_ns))
        return describe_keyframes(source, video_ns);
    return 0;
}
