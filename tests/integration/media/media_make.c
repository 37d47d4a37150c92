/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Makes what the media room makes, from the command line, for test_media.py:
 *   media_make info URL [TIMEOUT_MS]               what the source is, as key=value
 *   media_make frames URL FIRST COUNT [FIRST COUNT]...  MD5 of each frame; one source for all
 *   media_make segments KIND URL SEGMENT_MS DIR    init, all segments in a shuffled order,
 * playlists KIND is copy, audio or x264 (which stands in for the encoder kernel). Exit status 0, or
 * 1 with error=ERRNO on stdout.
 */
#include <errno.h>
#include <inttypes.h>
#include <libavcodec/avcodec.h>
#include <libavutil/md5.h>
#include <libavutil/opt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "host/base/mem.h"
#include "host/media/catalogue.h"
#include "host/media/playlist.h"
#include "host/media/segment.h"

#define FRAMES_MAX 1024u

struct encoded {
    uint8_t *headers;
    size_t headers_bytes;
    struct ps_video_frame frames[FRAMES_MAX];
    uint32_t frame_count;
};

static void encoded_fini(struct encoded *encoded)
{
    for (uint32_t i = 0; i < encoded->frame_count; i++) {
        union {
            const uint8_t *in;
            void *out;
        } bits = { .in = encoded->frames[i].bits };
        free(bits.out);
    }
    free(encoded->headers);
    memset(encoded, 0, sizeof(*encoded));
}

static uint8_t *copy_bytes(const uint8_t *from, size_t size_bytes)
{
    uint8_t *to = ps_zalloc(1, size_bytes);

    if (to != NULL)
        memcpy(to, from, size_bytes);
    return to;
}

static int keep_packets(AVCodecContext *codec, struct encoded *encoded)
{
    AVPacket *packet = av_packet_alloc();
    int rc = 0;

    while (rc == 0 && avcodec_receive_packet(codec, packet) == 0) {
        struct ps_video_frame *frame = &encoded->frames[encoded->frame_count];

        frame->bits = copy_bytes(packet->data, (size_t)packet->size);
        frame->size_bytes = (uint32_t)packet->size;
        frame->is_idr = (packet->flags & AV_PKT_FLAG_KEY) != 0;
        rc = frame->bits != NULL && encoded->frame_count++ < FRAMES_MAX - 1 ? 0 : -ENOMEM;
        av_packet_unref(packet);
    }
    av_packet_free(&packet);
    return rc;
}

static AVCodecContext *open_encoder(const struct ps_source_info *info)
{
    const AVCodec *x264 = avcodec_find_encoder_by_name("libx264");
    AVCodecContext *codec = x264 != NULL ? avcodec_alloc_context3(x264) : NULL;

    if (codec == NULL)
        return NULL;
    codec->width = (int)info->width;
    codec->height = (int)info->height;
    codec->pix_fmt = AV_PIX_FMT_YUV420P;
    codec->time_base = (AVRational){ (int)info->fps_den, (int)info->fps_num };
    codec->thread_count = 1;
    codec->max_b_frames = 0;
    codec->gop_size = 9999;
    codec->flags |= AV_CODEC_FLAG_GLOBAL_HEADER | AV_CODEC_FLAG_BITEXACT;
    av_opt_set(codec->priv_data, "preset", "ultrafast", 0);
    av_opt_set(codec->priv_data, "profile", "baseline", 0);
    if (avcodec_open2(codec, x264, NULL) < 0)
        avcodec_free_context(&codec);
    return codec;
}

static int send_frames(AVCodecContext *codec, const uint8_t *i420, uint32_t count,
                       struct encoded *encoded)
{
    const size_t luma = (size_t)codec->width * (size_t)codec->height;
    AVFrame *frame = av_frame_alloc();
    int rc = 0;

    frame->format = codec->pix_fmt;
    frame->width = codec->width;
    frame->height = codec->height;
    if (av_frame_get_buffer(frame, 0) < 0)
        rc = -ENOMEM;
    for (uint32_t i = 0; rc == 0 && i < count; i++) {
        const uint8_t *from = i420 + i * luma * 3 / 2;

        av_frame_make_writable(frame);
        for (int p = 0; p < 3; p++) {
            const int width = p == 0 ? codec->width : codec->width / 2;
            for (int y = 0; y < (p == 0 ? codec->height : codec->height / 2); y++, from += width)
                memcpy(frame->data[p] + y * frame->linesize[p], from, (size_t)width);
        }
        frame->pts = i;
        rc = avcodec_send_frame(codec, frame) < 0 ? -EIO : keep_packets(codec, encoded);
    }
    av_frame_free(&frame);
    return rc;
}

static int encode(const struct ps_source_info *info, const uint8_t *i420, uint32_t count,
                  struct encoded *encoded)
{
    AVCodecContext *codec = open_encoder(info);
    int rc;

    if (codec == NULL)
        return -ENOTSUP;
    encoded->headers = copy_bytes(codec->extradata, (size_t)codec->extradata_size);
    encoded->headers_bytes = (size_t)codec->extradata_size;
    rc = send_frames(codec, i420, count, encoded);
    avcodec_send_frame(codec, NULL);
    if (rc == 0)
        rc = keep_packets(codec, encoded);
    avcodec_free_context(&codec);
    return rc;
}

static int transcode(struct ps_source *source, const struct ps_profile *profile, int32_t index,
                     struct ps_segment_bytes *ret_bytes)
{
    const struct ps_source_info *info = ps_source_info(source);
    const uint32_t idx = index < 0 ? 0 : (uint32_t)index;
    const uint64_t first = ps_source_segment_first_frame(info, profile->segment_ms, idx);
    const uint64_t end = ps_source_segment_first_frame(info, profile->segment_ms, idx + 1);
    const uint32_t count = (uint32_t)((end < info->frame_count ? end : info->frame_count) - first);
    uint8_t *i420 = first >= info->frame_count
                        ? NULL
                        : ps_zalloc(count, (size_t)info->width * info->height * 3 / 2);
    struct encoded encoded = { 0 };
    int rc = first >= info->frame_count ? -ENODATA
             : i420 == NULL             ? -ENOMEM
                                        : ps_source_frames(source, first, count, i420);

    if (rc == 0)
        rc = encode(info, i420, count, &encoded);
    if (rc == 0) {
        const struct ps_video_track track = {
            .width = info->width,
            .height = info->height,
            .fps_num = info->fps_num,
            .fps_den = info->fps_den,
            .headers = encoded.headers,
            .headers_bytes = encoded.headers_bytes,
        };
        rc = index < 0 ? ps_segment_video_init(&track, ret_bytes)
                       : ps_segment_video(&track, idx, first, encoded.frames, encoded.frame_count,
                                          ret_bytes);
    }
    encoded_fini(&encoded);
    free(i420);
    return rc;
}

static int write_file(const char *dir, const char *name, const void *data, size_t size_bytes)
{
    char path[4096];
    FILE *file;
    bool ok;

    snprintf(path, sizeof(path), "%s/%s", dir, name);
    file = fopen(path, "wb");
    if (file == NULL)
        return -errno;
    ok = fwrite(data, 1, size_bytes, file) == size_bytes;
    return fclose(file) == 0 && ok ? 0 : -EIO;
}

static int write_segment(struct ps_source *source, const struct ps_profile *profile, int32_t index,
                         const char *dir)
{
    struct ps_segment_bytes bytes;
    char name[32] = "init.mp4";
    int rc = profile->kind == PS_PROFILE_TRANSCODE
                 ? transcode(source, profile, index, &bytes)
                 : ps_segment_passthrough(source, profile, index, &bytes);

    if (rc != 0)
        return rc;
    if (index >= 0)
        snprintf(name, sizeof(name), "%" PRId32 ".m4s", index);
    rc = write_file(dir, name, bytes.data, bytes.size_bytes);
    free(bytes.data);
    return rc;
}

static int write_playlists(const struct ps_media *media, const struct ps_profile *profile,
                           const char *dir)
{
    char *text;
    int rc = ps_playlist_media(media, profile, &text);

    if (rc != 0)
        return rc;
    rc = write_file(dir, "index.m3u8", text, strlen(text));
    free(text);
    if (rc != 0 || ps_playlist_master(media, profile, 1, &text) != 0)
        return rc; /* an audio profile alone has no master for a film */
    rc = write_file(dir, "master.m3u8", text, strlen(text));
    free(text);
    return rc;
}

static int read_profile(struct ps_profile *profile, const struct ps_source_info *info,
                        const char *kind, const char *segment_ms)
{
    *profile = (struct ps_profile){
        .kind = strcmp(kind, "copy") == 0    ? PS_PROFILE_COPY
                : strcmp(kind, "audio") == 0 ? PS_PROFILE_AUDIO
                                             : PS_PROFILE_TRANSCODE,
        .width = info->width,
        .height = info->height,
        .bitrate_bps = 1000000,
        .vbv_ms = 1000,
        .segment_ms = (uint32_t)atoi(segment_ms),
    };
    snprintf(profile->name, sizeof(profile->name), "%s", kind);
    return 0;
}

/* Last, first, and the rest by a stride that is coprime to the count. */
static int write_segments(struct ps_source *source, const struct ps_profile *profile,
                          uint32_t count, const char *dir)
{
    const uint32_t stride = count % 7 != 0 ? 7 : 5;
    int rc = 0;

    for (uint32_t i = 0; rc == 0 && i < count; i++)
        rc = write_segment(source, profile, (int32_t)((count - 1 + i * stride) % count), dir);
    if (rc == 0)
        rc = write_segment(source, profile, PS_SEGMENT_INIT, dir);
    if (rc == 0 && write_segment(source, profile, (int32_t)count, dir) != -ENODATA)
        rc = -EINVAL; /* there is none past the last one */
    return rc;
}

static int run_segments(struct ps_source *source, char **argv)
{
    const struct ps_source_info *info = ps_source_info(source);
    struct ps_media media = { .id = "t", .state = PS_MEDIA_NEW };
    struct ps_profile profile;
    uint64_t *keyframe_ns;
    uint32_t keyframe_count;
    int rc = ps_source_keyframes(source, &keyframe_ns, &keyframe_count);

    if (rc != 0)
        return rc;
    read_profile(&profile, info, argv[0], argv[2]);
    ps_catalogue_set_info(&media, info, keyframe_ns, keyframe_count);
    rc = write_playlists(&media, &profile, argv[3]);
    if (rc == 0)
        rc = write_segments(source, &profile, ps_media_segment_count(&media, &profile), argv[3]);
    ps_catalogue_set_failed(&media, -ECANCELED); /* frees the key frames */
    return rc;
}

static void print_md5(uint64_t frame, const uint8_t *data, size_t size_bytes)
{
    uint8_t md5[16];

    av_md5_sum(md5, data, size_bytes);
    printf("%" PRIu64 " ", frame);
    for (size_t i = 0; i < sizeof(md5); i++)
        printf("%02x", md5[i]);
    printf("\n");
}

static int run_frames(struct ps_source *source, char **argv)
{
    const struct ps_source_info *info = ps_source_info(source);
    const size_t frame_bytes = (size_t)info->width * info->height * 3 / 2;
    uint8_t *i420 = ps_zalloc(1, frame_bytes);
    int rc = i420 == NULL ? -ENOMEM : 0;

    for (; rc == 0 && argv[0] != NULL && argv[1] != NULL; argv += 2) {
        const uint64_t first = strtoull(argv[0], NULL, 10), count = strtoull(argv[1], NULL, 10);
        for (uint64_t n = first; rc == 0 && n < first + count; n++) {
            rc = ps_source_frames(source, n, 1, i420);
            if (rc == 0)
                print_md5(n, i420, frame_bytes);
        }
    }
    free(i420);
    return rc;
}

static int run_info(const struct ps_source *source)
{
    const struct ps_source_info *info = ps_source_info(source);

    printf("version=%016" PRIx64 "\nvideo=%d\naudio=%d\n", info->version, info->has_video,
           info->has_audio);
    printf("size=%" PRIu32 "x%" PRIu32 "\nfps=%" PRIu32 "/%" PRIu32 "\nframes=%" PRIu64 "\n",
           info->width, info->height, info->fps_num, info->fps_den, info->frame_count);
    printf("duration_ns=%" PRIu64 "\naudio_duration_ns=%" PRIu64 "\n", info->duration_ns,
           info->audio_duration_ns);
    printf("audio_rate=%" PRIu32 "\nchannels=%" PRIu32 "\n", info->audio_rate_hz,
           info->audio_channels);
    printf("video_codec=%s\naudio_codec=%s\n", info->video_codec, info->audio_codec);
    return 0;
}

int main(int argc, char **argv)
{
    const bool makes = argc == 6 && strcmp(argv[1], "segments") == 0;
    struct ps_source_options options = { .timeout_ms = 3000 };
    struct ps_source *source = NULL;
    int rc;

    if (argc < 3)
        return 2;
    if (strcmp(argv[1], "info") == 0 && argc > 3)
        options.timeout_ms = (uint32_t)atoi(argv[3]);
    rc = ps_source_open(&source, argv[makes ? 3 : 2], &options);
    if (rc == 0)
        rc = makes                            ? run_segments(source, argv + 2)
             : strcmp(argv[1], "frames") == 0 ? run_frames(source, argv + 3)
                                              : run_info(source);
    ps_source_close(source);
    if (rc != 0)
        printf("error=%s\n", rc == -ENOTSUP ? "ENOTSUP" : strerrorname_np(-rc));
    return rc == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
