/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * tests/bench/openh264_clip.c - raw frames through OpenH264 at a fixed qp, to compare with.
 *
 * Usage: openh264-clip WIDTH HEIGHT FPS QP IDR_EVERY IN.yuv OUT.h264
 *
 * Its own best for this: medium complexity, Constrained Baseline's CAVLC, one thread, one slice, no
 * adaptive quantisation, no frame left out, no IDR but on the grid. Debian's ffmpeg is built
 * without OpenH264, hence this.
 */
#include <stdio.h>
#include <stdlib.h>
#include <wels/codec_api.h>

#define NUMBERS 5

enum { WIDTH, HEIGHT, FPS, QP, IDR_EVERY };

static void fail(const char *what)
{
    fprintf(stderr, "openh264-clip: %s\n", what);
    exit(EXIT_FAILURE);
}

static void configure(ISVCEncoder *encoder, const int *n)
{
    SEncParamExt param;
    int quiet = WELS_LOG_QUIET;

    (*encoder)->SetOption(encoder, ENCODER_OPTION_TRACE_LEVEL, &quiet);
    (*encoder)->GetDefaultParams(encoder, &param);
    param.iUsageType = CAMERA_VIDEO_REAL_TIME;
    param.iPicWidth = n[WIDTH];
    param.iPicHeight = n[HEIGHT];
    param.fMaxFrameRate = (float)n[FPS];
    param.iRCMode = RC_OFF_MODE;
    param.iComplexityMode = MEDIUM_COMPLEXITY;
    param.uiIntraPeriod = (unsigned)n[IDR_EVERY];
    param.iMultipleThreadIdc = 1;
    param.iEntropyCodingModeFlag = 0;
    param.bEnableFrameSkip = false;
    param.bEnableAdaptiveQuant = false;
    param.bEnableSceneChangeDetect = false;
    param.sSpatialLayers[0].iVideoWidth = n[WIDTH];
    param.sSpatialLayers[0].iVideoHeight = n[HEIGHT];
    param.sSpatialLayers[0].fFrameRate = (float)n[FPS];
    param.sSpatialLayers[0].uiProfileIdc = PRO_BASELINE;
    param.sSpatialLayers[0].iDLayerQp = n[QP];
    param.sSpatialLayers[0].sSliceArgument.uiSliceMode = SM_SINGLE_SLICE;
    if ((*encoder)->InitializeExt(encoder, &param) != 0)
        fail("the encoder refused its settings");
}

static void write_frame(const SFrameBSInfo *info, FILE *out)
{
    for (int i = 0; i < info->iLayerNum; i++) {
        const SLayerBSInfo *layer = &info->sLayerInfo[i];
        size_t bytes = 0;

        for (int k = 0; k < layer->iNalCount; k++)
            bytes += (size_t)layer->pNalLengthInByte[k];
        if (fwrite(layer->pBsBuf, bytes, 1, out) != 1)
            fail("the output cannot be written");
    }
}

int main(int argc, char **argv)
{
    int n[NUMBERS];
    ISVCEncoder *encoder;
    SSourcePicture picture = { .iColorFormat = videoFormatI420 };
    SFrameBSInfo info;
    FILE *in, *out;
    size_t luma;
    unsigned char *frame;

    if (argc != NUMBERS + 3)
        fail("usage: WIDTH HEIGHT FPS QP IDR_EVERY IN.yuv OUT.h264");
    for (int i = 0; i < NUMBERS; i++)
        n[i] = atoi(argv[1 + i]);
    in = fopen(argv[1 + NUMBERS], "rb");
    out = fopen(argv[2 + NUMBERS], "wb");
    luma = (size_t)n[WIDTH] * (size_t)n[HEIGHT];
    frame = malloc(luma * 3 / 2);
    if (in == NULL || out == NULL || frame == NULL || WelsCreateSVCEncoder(&encoder) != 0)
        fail("a file cannot be opened, or there is no memory");
    configure(encoder, n);
    picture.iPicWidth = n[WIDTH];
    picture.iPicHeight = n[HEIGHT];
    picture.iStride[0] = n[WIDTH];
    picture.iStride[1] = picture.iStride[2] = n[WIDTH] / 2;
    picture.pData[0] = frame;
    picture.pData[1] = frame + luma;
    picture.pData[2] = frame + luma + luma / 4;
    for (int i = 0; fread(frame, luma * 3 / 2, 1, in) == 1; i++) {
        picture.uiTimeStamp = i * 1000LL / n[FPS];
        if ((*encoder)->EncodeFrame(encoder, &picture, &info) != cmResultSuccess ||
            info.eFrameType == videoFrameTypeSkip)
            fail("a frame was not encoded");
        write_frame(&info, out);
    }
    if (fclose(out) != 0)
        fail("the output cannot be written");
    fclose(in);
    free(frame);
    (*encoder)->Uninitialize(encoder);
    WelsDestroySVCEncoder(encoder);
    return EXIT_SUCCESS;
}
