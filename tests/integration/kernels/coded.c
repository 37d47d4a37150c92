/* SPDX-License-Identifier: BSD-3-Clause */
#include "tests/integration/kernels/coded.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "kernels/h264enc/crc32c_priv.h"
#include "tests/support/ps_test.h"

#define FPS_NUM 30u
#define FPS_DEN 1u

void coded_begin(struct coded *coded, uint32_t width, uint32_t height)
{
    uint8_t headers[PSK_H264ENC_HEADERS_BYTES_MAX + AV_INPUT_BUFFER_PADDING_SIZE];
    const size_t size =
        psk_h264enc_headers(width, height, FPS_NUM, FPS_DEN, headers, sizeof(headers));
    const AVCodec *codec = avcodec_find_decoder(AV_CODEC_ID_H264);

    memset(coded, 0, sizeof(*coded));
    coded->width = width;
    coded->height = height;
    coded->effort = 1;
    coded->decoder = avcodec_alloc_context3(codec);
    coded->packet = av_packet_alloc();
    coded->frame = av_frame_alloc();
    coded->state = malloc(psk_h264enc_state_bytes(width, height));
    coded->bits_bytes_max = psk_h264enc_bits_bytes_max(width, height, PSK_BATCH_FRAMES_MAX);
    coded->bits = malloc(coded->bits_bytes_max);
    coded->last = malloc((size_t)width * height);
    PS_REQUIRE(size > 0 && coded->decoder != NULL && coded->packet != NULL &&
               coded->frame != NULL && coded->state != NULL && coded->bits != NULL &&
               coded->last != NULL);
    coded->decoder->extradata = av_mallocz(size + AV_INPUT_BUFFER_PADDING_SIZE);
    PS_REQUIRE(coded->decoder->extradata != NULL);
    memcpy(coded->decoder->extradata, headers, size);
    coded->decoder->extradata_size = (int)size;
    coded->decoder->thread_count = 1;
    coded->decoder->err_recognition = AV_EF_EXPLODE | AV_EF_CRCCHECK | AV_EF_BITSTREAM;
    PS_REQUIRE(avcodec_open2(coded->decoder, codec, NULL) == 0);
}

static uint32_t crc_of_plane(const struct psk_crc32c *crc, uint32_t value, const AVFrame *frame,
                             int plane)
{
    const int shift = plane > 0;

    for (int y = 0; y < frame->height >> shift; y++)
        value = psk_crc32c(crc, value, frame->data[plane] + y * frame->linesize[plane],
                           (uint32_t)(frame->width >> shift));
    return value;
}

static double squared_error(const AVFrame *frame, const uint8_t *source)
{
    double sum = 0;

    for (int y = 0; y < frame->height; y++) {
        for (int x = 0; x < frame->width; x++) {
            const int d = frame->data[0][y * frame->linesize[0] + x] - source[y * frame->width + x];

            sum += d * d;
        }
    }
    return sum;
}

static void keep(struct coded *coded)
{
    const AVFrame *frame = coded->frame;

    coded->squared_error += squared_error(frame, coded->source[coded->decoded]);
    for (uint32_t y = 0; y < coded->height; y++)
        memcpy(coded->last + y * coded->width, frame->data[0] + y * (size_t)frame->linesize[0],
               coded->width);
}

static void check_frame(struct coded *coded)
{
    const AVFrame *frame = coded->frame;
    struct psk_crc32c crc;
    uint32_t value = 0;

    psk_crc32c_init(&crc);
    for (int plane = 0; plane < 3; plane++)
        value = crc_of_plane(&crc, value, frame, plane);
    if (frame->format != AV_PIX_FMT_YUV420P || frame->width != (int)coded->width ||
        frame->height != (int)coded->height || value != coded->report[coded->decoded].recon_crc32c)
        coded->mismatches++;
    else
        keep(coded);
    coded->decoded++;
}

static void receive(struct coded *coded)
{
    while (coded->decoded < coded->encoded &&
           avcodec_receive_frame(coded->decoder, coded->frame) == 0)
        check_frame(coded);
}

static void decode(struct coded *coded, const uint8_t *bytes, uint32_t size)
{
    PS_REQUIRE(av_new_packet(coded->packet, (int)size) == 0);
    memcpy(coded->packet->data, bytes, size);
    if (avcodec_send_packet(coded->decoder, coded->packet) != 0)
        coded->mismatches++;
    av_packet_unref(coded->packet);
    receive(coded);
}

void coded_check(struct coded *coded, const uint8_t *bits, const struct psk_enc_report *report,
                 const uint8_t *frames, uint32_t frame_count)
{
    PS_REQUIRE(coded->encoded + frame_count <= CODED_FRAMES_MAX);
    for (uint32_t i = 0; i < frame_count; i++) {
        coded->report[coded->encoded] = report[i];
        coded->source[coded->encoded] = frames + i * PSK_FRAME_BYTES(coded->width, coded->height);
        coded->encoded++;
        coded->bytes += report[i].bytes;
        decode(coded, bits, report[i].bytes);
        bits += report[i].bytes;
    }
}

void coded_frames(struct coded *coded, const uint8_t *frames, const struct psk_enc_control *control,
                  uint32_t frame_count, int start)
{
    struct psk_enc_report report[PSK_BATCH_FRAMES_MAX];
    const uint8_t *bits = coded->bits;
    struct psk_status status;
    struct psk_crc32c crc;

    PS_REQUIRE(frame_count <= PSK_BATCH_FRAMES_MAX);
    psk_crc32c_init(&crc);
    psk_h264enc(frames, coded->state, control, coded->bits, report, coded->width, coded->height,
                frame_count, coded->bits_bytes_max, start ? PSK_ENC_START : 0, coded->effort,
                FPS_NUM, FPS_DEN, &status);
    PS_REQUIRE(status.code == PSK_OK && status.frames_done == frame_count);
    for (uint32_t i = 0; i < frame_count; i++) {
        CU_ASSERT_TRUE(report[i].is_idr || !start || i != 0);
        CU_ASSERT_EQUAL(psk_crc32c(&crc, 0, bits, report[i].bytes), report[i].bits_crc32c);
        bits += report[i].bytes;
    }
    coded_check(coded, coded->bits, report, frames, frame_count);
}

void coded_drain(struct coded *coded)
{
    if (!coded->drained) {
        avcodec_send_packet(coded->decoder, NULL);
        receive(coded);
    }
    coded->drained = 1;
}

void coded_end(struct coded *coded)
{
    coded_drain(coded);
    avcodec_free_context(&coded->decoder);
    av_packet_free(&coded->packet);
    av_frame_free(&coded->frame);
    free(coded->state);
    free(coded->bits);
    free(coded->last);
}

double coded_psnr(const struct coded *coded)
{
    const double samples = (double)coded->width * coded->height * coded->decoded;

    return 10 * log10(255.0 * 255.0 * samples / (coded->squared_error + 1e-9));
}
