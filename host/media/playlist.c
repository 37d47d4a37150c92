/* SPDX-License-Identifier: BSD-3-Clause */
#include "host/media/playlist.h"

#include <errno.h>
#include <inttypes.h>
#include <libavutil/mathematics.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "host/base/assert.h"
#include "host/base/clock.h"
#include "host/base/mem.h"
#include "host/media/avc_priv.h"
#include "host/media/grid_priv.h"

#define TEXT_BYTES_FIRST 4096u
#define LINE_BYTES_MAX   512u

struct text {
    char *chars;
    size_t used, room;
    bool out_of_memory;
};

__attribute__((format(printf, 2, 3))) static void put(struct text *text, const char *fmt, ...)
{
    char line[LINE_BYTES_MAX];
    va_list args;
    int length;

    va_start(args, fmt);
    length = vsnprintf(line, sizeof(line), fmt, args);
    va_end(args);
    ps_assert(length >= 0 && length < (int)sizeof(line));
    if (text->room - text->used <= (size_t)length && !text->out_of_memory) {
        const size_t room = text->room > 0 ? 2 * text->room : TEXT_BYTES_FIRST;
        char *grown = ps_realloc(text->chars, room, 1);

        text->out_of_memory = grown == NULL;
        if (grown != NULL) {
            text->chars = grown;
            text->room = room;
        }
    }
    if (text->out_of_memory)
        return;
    memcpy(text->chars + text->used, line, (size_t)length + 1);
    text->used += (size_t)length;
}

static int take_text(struct text *text, char **ret_text)
{
    if (text->out_of_memory) {
        free(text->chars);
        return -ENOMEM;
    }
    *ret_text = text->chars;
    return 0;
}

void ps_playlist_codec(const struct ps_media *media, const struct ps_profile *profile,
                       char *ret_codec, size_t size_bytes)
{
    const struct ps_source_info *info = &media->info;

    if (profile->kind == PS_PROFILE_TRANSCODE)
        snprintf(ret_codec, size_bytes, "avc1.42c0%02x",
                 ps_avc_level(profile->width, profile->height, info->fps_num, info->fps_den));
    else
        snprintf(ret_codec, size_bytes, "%s",
                 profile->kind == PS_PROFILE_COPY ? info->video_codec : info->audio_codec);
}

static const struct ps_profile *
find_audio(const struct ps_media *media, const struct ps_profile *profiles, uint32_t profile_count)
{
    for (uint32_t i = 0; i < profile_count; i++)
        if (profiles[i].kind == PS_PROFILE_AUDIO && ps_media_fits(media, &profiles[i]))
            return &profiles[i];
    return NULL;
}

static void put_audio_group(struct text *text, const struct ps_media *media,
                            const struct ps_profile *audio)
{
    put(text,
        "#EXT-X-MEDIA:TYPE=AUDIO,GROUP-ID=\"audio\",NAME=\"%s\",DEFAULT=YES,AUTOSELECT=YES,"
        "CHANNELS=\"%" PRIu32 "\",URI=\"%s/index.m3u8\"\n",
        audio->name, media->info.audio_channels, audio->name);
}

/*
 * BANDWIDTH bounds the busiest segment: rate control lets none of ours exceed its bitrate by more
 * than a tenth, and boxes come on top; those of a source may swing by half.
 */
static void put_variant(struct text *text, const struct ps_media *media,
                        const struct ps_profile *profile, const struct ps_profile *audio)
{
    const struct ps_source_info *info = &media->info;
    const bool copies = profile->kind == PS_PROFILE_COPY;
    const uint64_t video_bps = copies ? info->video_bitrate_bps : profile->bitrate_bps;
    const uint64_t audio_bps = audio != NULL ? info->audio_bitrate_bps : 0;
    char codec[32];

    ps_playlist_codec(media, profile, codec, sizeof(codec));
    put(text, "#EXT-X-STREAM-INF:BANDWIDTH=%" PRIu64 ",AVERAGE-BANDWIDTH=%" PRIu64,
        video_bps * (copies ? 15 : 12) / 10 + audio_bps, video_bps + audio_bps);
    put(text, ",RESOLUTION=%" PRIu32 "x%" PRIu32 ",FRAME-RATE=%.3f",
        copies ? info->width : profile->width, copies ? info->height : profile->height,
        (double)info->fps_num / info->fps_den);
    if (audio != NULL)
        put(text, ",CODECS=\"%s,%s\",AUDIO=\"audio\"\n", codec, info->audio_codec);
    else
        put(text, ",CODECS=\"%s\"\n", codec);
    put(text, "%s/index.m3u8\n", profile->name);
}

static void put_audio_variant(struct text *text, const struct ps_media *media,
                              const struct ps_profile *audio)
{
    put(text, "#EXT-X-STREAM-INF:BANDWIDTH=%" PRIu64 ",CODECS=\"%s\"\n%s/index.m3u8\n",
        media->info.audio_bitrate_bps, media->info.audio_codec, audio->name);
}

int ps_playlist_master(const struct ps_media *media, const struct ps_profile *profiles,
                       uint32_t profile_count, char **ret_text)
{
    const struct ps_profile *audio;
    struct text text = { 0 };
    uint32_t variants = 0;

    if (media->state != PS_MEDIA_READY)
        return -ENODATA;
    audio = find_audio(media, profiles, profile_count);
    put(&text, "#EXTM3U\n#EXT-X-VERSION:7\n#EXT-X-INDEPENDENT-SEGMENTS\n");
    if (audio != NULL && media->info.has_video)
        put_audio_group(&text, media, audio);
    for (uint32_t i = 0; i < profile_count; i++) {
        if (profiles[i].kind == PS_PROFILE_AUDIO || !ps_media_fits(media, &profiles[i]))
            continue;
        put_variant(&text, media, &profiles[i], audio);
        variants++;
    }
    if (variants == 0 && audio != NULL && !media->info.has_video) {
        put_audio_variant(&text, media, audio);
        variants++;
    }
    if (variants == 0) {
        free(text.chars);
        return -ENOENT;
    }
    return take_text(&text, ret_text);
}

static uint64_t video_end_ns(const struct ps_source_info *info)
{
    return ps_grid_frame_ns(info, info->frame_count);
}

/* When segment @p index of a profile on the grid ends, in ns. */
static uint64_t grid_end_ns(const struct ps_media *media, const struct ps_profile *profile,
                            uint32_t index, bool is_last)
{
    const struct ps_source_info *info = &media->info;
    struct ps_grid_step step;

    if (is_last)
        return profile->kind == PS_PROFILE_AUDIO ? info->audio_duration_ns : video_end_ns(info);
    step = ps_grid_step(info, profile->segment_ms);
    return (uint64_t)av_rescale((index + 1) * step.num, PS_NS_PER_SEC, step.den);
}

/* Goes over the segments of a profile in order; sets when each ends. */
struct walk {
    uint32_t index; /* of the segment next_end() tells about */
    uint32_t keyframe_idx;
};

static uint64_t next_end_ns(struct walk *walk, const struct ps_media *media,
                            const struct ps_profile *profile, uint32_t count)
{
    const uint32_t index = walk->index++;

    if (profile->kind != PS_PROFILE_COPY)
        return grid_end_ns(media, profile, index, index + 1 == count);
    walk->keyframe_idx = ps_grid_copy_next(&media->info, profile->segment_ms, media->keyframe_ns,
                                           media->keyframe_count, walk->keyframe_idx);
    return walk->keyframe_idx < media->keyframe_count ? media->keyframe_ns[walk->keyframe_idx]
                                                      : video_end_ns(&media->info);
}

/* Microseconds, rounded; the difference of two is a duration whose sum never drifts. */
static uint64_t us_of(uint64_t ns)
{
    return (ns + 500) / 1000;
}

static uint64_t target_duration_s(const struct ps_media *media, const struct ps_profile *profile,
                                  uint32_t count)
{
    struct walk walk = { 0 };
    uint64_t begin_us = 0, longest_us = 0;

    for (uint32_t i = 0; i < count; i++) {
        const uint64_t end_us = us_of(next_end_ns(&walk, media, profile, count));
        if (end_us - begin_us > longest_us)
            longest_us = end_us - begin_us;
        begin_us = end_us;
    }
    return (longest_us + 999999) / 1000000;
}

int ps_playlist_media(const struct ps_media *media, const struct ps_profile *profile,
                      char **ret_text)
{
    struct text text = { 0 };
    struct walk walk = { 0 };
    uint64_t begin_us = 0;
    uint32_t count;

    if (media->state != PS_MEDIA_READY)
        return -ENODATA;
    if (!ps_media_fits(media, profile))
        return -ENOENT;
    count = ps_media_segment_count(media, profile);
    put(&text,
        "#EXTM3U\n#EXT-X-VERSION:7\n#EXT-X-TARGETDURATION:%" PRIu64 "\n"
        "#EXT-X-MEDIA-SEQUENCE:0\n#EXT-X-PLAYLIST-TYPE:VOD\n#EXT-X-INDEPENDENT-SEGMENTS\n"
        "#EXT-X-MAP:URI=\"init.mp4\"\n",
        target_duration_s(media, profile, count));
    for (uint32_t i = 0; i < count; i++) {
        const uint64_t end_us = us_of(next_end_ns(&walk, media, profile, count));
        const uint64_t us = end_us - begin_us;

        put(&text, "#EXTINF:%" PRIu64 ".%06" PRIu64 ",\n%" PRIu32 ".m4s\n", us / 1000000,
            us % 1000000, i);
        begin_us = end_us;
    }
    put(&text, "#EXT-X-ENDLIST\n");
    return take_text(&text, ret_text);
}
