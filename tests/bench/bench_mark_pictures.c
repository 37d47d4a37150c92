/* SPDX-License-Identifier: BSD-3-Clause */
/* tests/bench/bench_mark_pictures.c - what is done to pictures between marking and reading. */
#include <libavcodec/avcodec.h>
#include <libavutil/opt.h>
#include <libswscale/swscale.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "host/media/source.h"
#include "host/pipeline/rate.h"
#include "kernels/h264enc/h264enc.h"
#include "tests/bench/bench_mark.h"

#define QP_MAX 51u

struct clip {
    struct ps_source *source;
    const struct ps_source_info *info;
    struct SwsContext *scaler;
    uint8_t *frame;
    uint64_t next;
};

static _Noreturn void give_up(const char *what)
{
    fprintf(stderr, "bench-mark: %s\n", what);
    exit(EXIT_FAILURE);
}

static void need(bool is_well, const char *what)
{
    if (!is_well)
        give_up(what);
}

struct pictures *pictures_create(void)
{
    struct pictures *pictures = calloc(1, sizeof(*pictures));

    need(pictures != NULL, "out of memory");
    pictures->bytes = malloc(PSK_FRAME_BYTES(WIDTH, HEIGHT) * FRAMES_MAX);
    need(pictures->bytes != NULL, "out of memory");
    return pictures;
}

void pictures_destroy(struct pictures *pictures)
{
    free(pictures->bytes);
    free(pictures);
}

uint8_t *pictures_frame(const struct pictures *pictures, uint32_t i)
{
    return pictures->bytes + i * PSK_FRAME_BYTES(pictures->width, pictures->height);
}

/* Size and rate of @p from, no frames. */
static void begin_like(const struct pictures *from, struct pictures *to)
{
    to->width = from->width;
    to->height = from->height;
    to->fps_num = from->fps_num;
    to->fps_den = from->fps_den;
    to->count = 0;
}

static uint32_t plane_width(uint32_t width, int plane)
{
    return plane == 0 ? width : width / 2;
}

/* Where plane @p plane of a packed frame begins. */
static size_t plane_start(uint32_t width, uint32_t height, int plane)
{
    return plane == 0 ? 0 : (size_t)width * height * (plane == 1 ? 4 : 5) / 4;
}

struct clip *clip_open(const char *name)
{
    struct clip *clip = calloc(1, sizeof(*clip));
    const struct ps_source_options options = { 0 };
    char path[512];

    need(clip != NULL, "out of memory");
    snprintf(path, sizeof(path), "%s/clips/%s", PS_TEST_DATA, name);
    need(ps_source_open(&clip->source, path, &options) == 0, "a clip does not open");
    clip->info = ps_source_info(clip->source);
    clip->frame = malloc(PSK_FRAME_BYTES(clip->info->width, clip->info->height));
    clip->scaler =
        sws_getContext((int)clip->info->width, (int)clip->info->height, AV_PIX_FMT_YUV420P, WIDTH,
                       HEIGHT, AV_PIX_FMT_YUV420P, SWS_BICUBIC, NULL, NULL, NULL);
    need(clip->frame != NULL && clip->scaler != NULL, "out of memory");
    return clip;
}

void clip_close(struct clip *clip)
{
    sws_freeContext(clip->scaler);
    ps_source_close(clip->source);
    free(clip->frame);
    free(clip);
}

static void scale(struct SwsContext *scaler, const uint8_t *from, uint32_t from_width,
                  uint32_t from_height, uint8_t *to, uint32_t width, uint32_t height)
{
    const uint8_t *planes[4] = { NULL };
    uint8_t *out[4] = { NULL };
    int strides[4] = { 0 }, out_strides[4] = { 0 };

    for (int i = 0; i < 3; i++) {
        planes[i] = from + plane_start(from_width, from_height, i);
        strides[i] = (int)plane_width(from_width, i);
        out[i] = to + plane_start(width, height, i);
        out_strides[i] = (int)plane_width(width, i);
    }
    sws_scale(scaler, planes, strides, 0, (int)from_height, out, out_strides);
}

bool clip_next(struct clip *clip, uint32_t seconds, struct pictures *ret_pictures)
{
    const struct ps_source_info *info = clip->info;
    const uint32_t frames = (seconds * info->fps_num + info->fps_den - 1) / info->fps_den;

    need(frames <= FRAMES_MAX, "too many frames in a segment");
    if (clip->next + frames > info->frame_count)
        return false;
    ret_pictures->width = WIDTH;
    ret_pictures->height = HEIGHT;
    ret_pictures->fps_num = info->fps_num;
    ret_pictures->fps_den = info->fps_den;
    ret_pictures->count = frames;
    for (uint32_t i = 0; i < frames; i++) {
        if (ps_source_frames(clip->source, clip->next++, 1, clip->frame) != 0)
            return false;
        scale(clip->scaler, clip->frame, info->width, info->height, pictures_frame(ret_pictures, i),
              WIDTH, HEIGHT);
    }
    return true;
}

static AVCodecContext *open_decoder(void)
{
    const AVCodec *codec = avcodec_find_decoder(AV_CODEC_ID_H264);
    AVCodecContext *decoder = codec != NULL ? avcodec_alloc_context3(codec) : NULL;

    need(decoder != NULL, "no decoder");
    decoder->thread_count = 1;
    need(avcodec_open2(decoder, codec, NULL) == 0, "no decoder");
    return decoder;
}

/* A packet, or NULL for the end, in; whatever comes out is appended to @p to. */
static void decode(AVCodecContext *decoder, const AVPacket *packet, AVFrame *frame,
                   struct pictures *to)
{
    need(avcodec_send_packet(decoder, packet) == 0, "decoding failed");
    while (avcodec_receive_frame(decoder, frame) == 0) {
        need(frame->width == (int)to->width && frame->height == (int)to->height &&
                 to->count < FRAMES_MAX,
             "the decoder made something else");
        uint8_t *out = pictures_frame(to, to->count++);

        for (int plane = 0; plane < 3; plane++) {
            const uint32_t width = plane_width(to->width, plane);

            for (uint32_t y = 0; y < plane_width(to->height, plane); y++, out += width)
                memcpy(out, frame->data[plane] + (ptrdiff_t)y * frame->linesize[plane], width);
        }
    }
}

static AVCodecContext *open_x264(const struct pictures *from, uint32_t bitrate_bps, uint32_t crf)
{
    const AVCodec *codec = avcodec_find_encoder_by_name("libx264");
    AVCodecContext *encoder = codec != NULL ? avcodec_alloc_context3(codec) : NULL;

    need(encoder != NULL, "no libx264 in libavcodec");
    encoder->width = (int)from->width;
    encoder->height = (int)from->height;
    encoder->pix_fmt = AV_PIX_FMT_YUV420P;
    encoder->time_base = (AVRational){ (int)from->fps_den, (int)from->fps_num };
    encoder->framerate = (AVRational){ (int)from->fps_num, (int)from->fps_den };
    encoder->thread_count = 1;
    encoder->gop_size = (int)FRAMES_MAX;
    if (bitrate_bps > 0) {
        encoder->bit_rate = bitrate_bps;
        encoder->rc_max_rate = bitrate_bps;
        encoder->rc_buffer_size = (int)bitrate_bps;
    } else {
        av_opt_set_int(encoder->priv_data, "crf", crf, 0);
    }
    av_opt_set(encoder->priv_data, "preset", "veryfast", 0);
    need(avcodec_open2(encoder, codec, NULL) == 0, "libx264 does not start");
    return encoder;
}

/* Point @p frame at frame @p i of @p from. */
static void show(const struct pictures *from, uint32_t i, AVFrame *frame)
{
    frame->format = AV_PIX_FMT_YUV420P;
    frame->width = (int)from->width;
    frame->height = (int)from->height;
    frame->pts = i;
    for (int plane = 0; plane < 3; plane++) {
        frame->data[plane] =
            pictures_frame(from, i) + plane_start(from->width, from->height, plane);
        frame->linesize[plane] = (int)plane_width(from->width, plane);
    }
}

void reencode(const struct pictures *from, uint32_t bitrate_bps, uint32_t crf, struct pictures *to)
{
    AVCodecContext *encoder = open_x264(from, bitrate_bps, crf), *decoder = open_decoder();
    AVPacket *packet = av_packet_alloc();
    AVFrame *frame = av_frame_alloc(), *decoded = av_frame_alloc();

    need(packet != NULL && frame != NULL && decoded != NULL, "out of memory");
    begin_like(from, to);
    for (uint32_t i = 0; i <= from->count; i++) {
        if (i < from->count)
            show(from, i, frame);
        need(avcodec_send_frame(encoder, i < from->count ? frame : NULL) == 0, "encoding failed");
        while (avcodec_receive_packet(encoder, packet) == 0) {
            decode(decoder, packet, decoded, to);
            av_packet_unref(packet);
        }
    }
    decode(decoder, NULL, decoded, to);
    need(to->count == from->count, "frames were lost");
    av_packet_free(&packet);
    av_frame_free(&frame);
    av_frame_free(&decoded);
    avcodec_free_context(&encoder);
    avcodec_free_context(&decoder);
}

struct delivery {
    AVCodecContext *decoder;
    AVPacket *packet;
    AVFrame *frame;
    uint8_t *state, *bits;
    uint32_t bits_max;
    struct psk_enc_control control[PSK_BATCH_FRAMES_MAX];
    struct psk_enc_report report[PSK_BATCH_FRAMES_MAX];
    struct ps_rate rate;
};

/* Our coded frames of one batch, each a packet; the first one begins with SPS and PPS. */
static uint64_t decode_batch(struct delivery *d, uint32_t frames, bool is_first,
                             struct pictures *to)
{
    const uint8_t *bits = d->bits;
    uint64_t bytes = 0;

    for (uint32_t i = 0; i < frames; i++) {
        const uint32_t size = d->report[i].bytes;
        size_t head = 0;

        need(av_new_packet(d->packet, (int)(size + PSK_H264ENC_HEADERS_BYTES_MAX)) == 0,
             "out of memory");
        if (is_first && i == 0)
            head = psk_h264enc_headers(to->width, to->height, to->fps_num, to->fps_den,
                                       d->packet->data, PSK_H264ENC_HEADERS_BYTES_MAX);
        memcpy(d->packet->data + head, bits, size);
        av_shrink_packet(d->packet, (int)(size + head));
        decode(d->decoder, d->packet, d->frame, to);
        av_packet_unref(d->packet);
        bits += size;
        bytes += size;
    }
    return bytes;
}

uint64_t deliver(const struct pictures *from, uint32_t bitrate_bps, uint32_t qp,
                 struct pictures *to)
{
    struct delivery d = { .decoder = open_decoder(),
                          .packet = av_packet_alloc(),
                          .frame = av_frame_alloc(),
                          .state = malloc(psk_h264enc_state_bytes(from->width, from->height)),
                          .bits_max = psk_h264enc_bits_bytes_max(from->width, from->height,
                                                                 PSK_BATCH_FRAMES_MAX) };
    const struct ps_rate_config cfg = { .bitrate_bps = bitrate_bps > 0 ? bitrate_bps : 1000,
                                        .vbv_ms = 2000,
                                        .fps_num = from->fps_num,
                                        .fps_den = from->fps_den,
                                        .width = from->width,
                                        .height = from->height,
                                        .frame_count = from->count };
    uint64_t bytes = 0;

    d.bits = malloc(d.bits_max);
    need(d.packet != NULL && d.frame != NULL && d.state != NULL && d.bits != NULL, "out of memory");
    ps_rate_init(&d.rate, &cfg);
    begin_like(from, to);
    for (uint32_t i = 0; i < from->count; i += PSK_BATCH_FRAMES_MAX) {
        const uint32_t left = from->count - i;
        const uint32_t frames = left < PSK_BATCH_FRAMES_MAX ? left : PSK_BATCH_FRAMES_MAX;
        struct psk_status status;

        memset(d.control, 0, sizeof(d.control));
        for (uint32_t k = 0; k < frames; k++)
            d.control[k] = (struct psk_enc_control){ .qp = qp, .qp_min = qp, .qp_max = qp };
        if (bitrate_bps > 0)
            ps_rate_plan(&d.rate, frames, d.control);
        psk_h264enc(pictures_frame(from, i), d.state, d.control, d.bits, d.report, from->width,
                    from->height, frames, d.bits_max, i == 0 ? PSK_ENC_START : 0, 0, from->fps_num,
                    from->fps_den, &status);
        need(status.code == PSK_OK, "our encoder failed");
        if (bitrate_bps > 0)
            ps_rate_learn(&d.rate, frames, d.report);
        bytes += decode_batch(&d, frames, i == 0, to);
    }
    decode(d.decoder, NULL, d.frame, to);
    need(to->count == from->count, "frames were lost");
    av_packet_free(&d.packet);
    av_frame_free(&d.frame);
    avcodec_free_context(&d.decoder);
    free(d.state);
    free(d.bits);
    return bytes;
}

void resize(const struct pictures *from, uint32_t width, uint32_t height, struct pictures *to)
{
    struct SwsContext *scaler =
        sws_getContext((int)from->width, (int)from->height, AV_PIX_FMT_YUV420P, (int)width,
                       (int)height, AV_PIX_FMT_YUV420P, SWS_BICUBIC, NULL, NULL, NULL);

    need(scaler != NULL, "out of memory");
    begin_like(from, to);
    to->width = width;
    to->height = height;
    to->count = from->count;
    for (uint32_t i = 0; i < from->count; i++)
        scale(scaler, pictures_frame(from, i), from->width, from->height, pictures_frame(to, i),
              width, height);
    sws_freeContext(scaler);
}

void crop(const struct pictures *from, uint32_t left, uint32_t top, uint32_t width, uint32_t height,
          struct pictures *to)
{
    begin_like(from, to);
    to->width = width;
    to->height = height;
    to->count = from->count;
    for (uint32_t i = 0; i < from->count; i++) {
        for (int plane = 0; plane < 3; plane++) {
            const uint32_t stride = plane_width(from->width, plane);
            const uint32_t columns = plane_width(width, plane);
            const uint8_t *in = pictures_frame(from, i) +
                                plane_start(from->width, from->height, plane) +
                                plane_width(top, plane) * stride + plane_width(left, plane);
            uint8_t *out = pictures_frame(to, i) + plane_start(width, height, plane);

            for (uint32_t y = 0; y < plane_width(height, plane); y++)
                memcpy(out + (size_t)y * columns, in + (size_t)y * stride, columns);
        }
    }
}

void retime(const struct pictures *from, struct pictures *to)
{
    begin_like(from, to);
    to->fps_num = from->fps_num * 6;
    to->fps_den = from->fps_den * 5;
    to->count = from->count * 6 / 5 < FRAMES_MAX ? from->count * 6 / 5 : FRAMES_MAX;
    for (uint32_t i = 0; i < to->count; i++)
        memcpy(pictures_frame(to, i), pictures_frame(from, i * 5 / 6),
               PSK_FRAME_BYTES(from->width, from->height));
}

void mix(const struct pictures *a, uint32_t weight_a, const struct pictures *b, uint32_t weight_b,
         struct pictures *to)
{
    const size_t size = PSK_FRAME_BYTES(a->width, a->height) * a->count;
    const uint32_t sum = weight_a + weight_b;

    begin_like(a, to);
    to->count = a->count;
    for (size_t i = 0; i < size; i++)
        to->bytes[i] = (uint8_t)((a->bytes[i] * weight_a + b->bytes[i] * weight_b + sum / 2) / sum);
}

double mean_squared_error(const struct pictures *a, const struct pictures *b)
{
    uint64_t sum = 0;

    for (uint32_t i = 0; i < a->count; i++) {
        const uint8_t *x = pictures_frame(a, i), *y = pictures_frame(b, i);

        for (size_t k = 0; k < (size_t)a->width * a->height; k++)
            sum += (uint64_t)((x[k] - y[k]) * (x[k] - y[k]));
    }
    return (double)sum / a->count / a->width / a->height;
}

/* Of one window of 8x8 luma samples, as ffmpeg's filter of that name has it. */
static double ssim_window(const uint8_t *a, const uint8_t *b, uint32_t stride)
{
    const double c1 = .01 * .01 * 255 * 255, c2 = .03 * .03 * 255 * 255;
    int sum_a = 0, sum_b = 0, squares = 0, product = 0;

    for (uint32_t y = 0; y < 8; y++)
        for (uint32_t x = 0; x < 8; x++) {
            const int p = a[y * stride + x], q = b[y * stride + x];

            sum_a += p;
            sum_b += q;
            squares += p * p + q * q;
            product += p * q;
        }
    const double mean_a = sum_a / 64.0, mean_b = sum_b / 64.0;
    const double means = mean_a * mean_b;
    const double variances = squares / 64.0 - mean_a * mean_a - mean_b * mean_b;

    return (2 * means + c1) * (2 * (product / 64.0 - means) + c2) /
           ((mean_a * mean_a + mean_b * mean_b + c1) * (variances + c2));
}

/* Mean over windows four samples apart, of every sixth frame. */
double ssim(const struct pictures *a, const struct pictures *b)
{
    double sum = 0;
    uint32_t count = 0;

    for (uint32_t i = 0; i < a->count; i += 6)
        for (uint32_t y = 0; y + 8 <= a->height; y += 4)
            for (uint32_t x = 0; x + 8 <= a->width; x += 4, count++)
                sum += ssim_window(pictures_frame(a, i) + y * a->width + x,
                                   pictures_frame(b, i) + y * a->width + x, a->width);
    return sum / count;
}
