/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * tests/bench/encode_clip.c - raw frames through the encoder kernel at a fixed qp, for the benches.
 *
 * Usage: encode-clip WIDTH HEIGHT FPS_NUM FPS_DEN QP EFFORT IDR_EVERY IN.yuv OUT.h264
 *
 * IN.yuv is I420, one frame after the other. Every IDR_EVERY frames a stream begins anew, as the
 * host begins a segment, with a qp that is 3 lower; no other frame may become an IDR, so that
 * encoders are compared on one grid. OUT.h264 is Annex-B with SPS and PPS before each IDR.
 * Prints key=value; seconds are processor time of the kernel's calls alone.
 */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "kernels/h264enc/h264enc.h"

#define BATCH   8u /* frames; a quarter of a second */
#define QP_SPAN 3u /* IDR below P */
#define NUMBERS 7

enum { WIDTH, HEIGHT, FPS_NUM, FPS_DEN, QP, EFFORT, IDR_EVERY };

struct clip {
    uint32_t number[NUMBERS];
    const uint8_t *frames;
    uint32_t frame_count;
    uint8_t headers[PSK_H264ENC_HEADERS_BYTES_MAX];
    size_t headers_bytes;
    uint8_t *state;
    uint8_t *bits;
    uint32_t bits_bytes_max;
    FILE *out;
    uint64_t slices_bytes;
    uint64_t qp_sum, intra_mbs, skip_mbs;
    double seconds;
};

static void fail(const char *what)
{
    fprintf(stderr, "encode-clip: %s\n", what);
    exit(EXIT_FAILURE);
}

static double cpu_s(void)
{
    struct timespec now;

    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
    return (double)now.tv_sec + 1e-9 * (double)now.tv_nsec;
}

static void open_clip(struct clip *clip, char **words)
{
    const uint32_t *n = clip->number;
    const int fd = open(words[NUMBERS], O_RDONLY | O_CLOEXEC);
    struct stat stat;

    for (int i = 0; i < NUMBERS; i++)
        clip->number[i] = (uint32_t)strtoul(words[i], NULL, 10);
    clip->headers_bytes = psk_h264enc_headers(n[WIDTH], n[HEIGHT], n[FPS_NUM], n[FPS_DEN],
                                              clip->headers, sizeof(clip->headers));
    if (clip->headers_bytes == 0 || n[IDR_EVERY] == 0 || n[QP] < PSK_ENC_QP_MIN + QP_SPAN)
        fail("a number is out of range");
    if (fd < 0 || fstat(fd, &stat) != 0 || stat.st_size == 0)
        fail("cannot read the frames");
    clip->frames = mmap(NULL, (size_t)stat.st_size, PROT_READ, MAP_PRIVATE | MAP_POPULATE, fd, 0);
    clip->frame_count = (uint32_t)((uint64_t)stat.st_size / PSK_FRAME_BYTES(n[WIDTH], n[HEIGHT]));
    close(fd);
    clip->state = malloc(psk_h264enc_state_bytes(n[WIDTH], n[HEIGHT]));
    clip->bits_bytes_max = psk_h264enc_bits_bytes_max(n[WIDTH], n[HEIGHT], BATCH);
    clip->bits = malloc(clip->bits_bytes_max);
    clip->out = fopen(words[NUMBERS + 1], "wb");
    if (clip->frames == MAP_FAILED || clip->state == NULL || clip->bits == NULL ||
        clip->out == NULL)
        fail("no memory, or the output cannot be written");
}

/* @p first and the @p count frames from it on; they do not cross the grid. */
static void encode_batch(struct clip *clip, uint32_t first, uint32_t count)
{
    const uint32_t *n = clip->number;
    const int begins = first % n[IDR_EVERY] == 0;
    struct psk_enc_control control[BATCH] = { 0 };
    struct psk_enc_report report[BATCH];
    struct psk_status status;
    uint64_t bytes = 0;
    double started;

    for (uint32_t i = 0; i < count; i++) {
        control[i].qp = begins && i == 0 ? n[QP] - QP_SPAN : n[QP];
        control[i].flags = begins && i == 0 ? PSK_ENC_FRAME_IDR : PSK_ENC_FRAME_NO_CUT;
    }
    started = cpu_s();
    psk_h264enc(clip->frames + first * PSK_FRAME_BYTES(n[WIDTH], n[HEIGHT]), clip->state, control,
                clip->bits, report, n[WIDTH], n[HEIGHT], count, clip->bits_bytes_max,
                begins ? PSK_ENC_START : 0, n[EFFORT], n[FPS_NUM], n[FPS_DEN], &status);
    clip->seconds += cpu_s() - started;
    if (status.code != PSK_OK)
        fail("the kernel refused");
    for (uint32_t i = 0; i < count; i++) {
        bytes += report[i].bytes;
        clip->qp_sum += report[i].qp_sum;
        clip->intra_mbs += report[i].intra_mbs;
        clip->skip_mbs += report[i].skip_mbs;
    }
    if ((begins && fwrite(clip->headers, clip->headers_bytes, 1, clip->out) != 1) ||
        fwrite(clip->bits, bytes, 1, clip->out) != 1)
        fail("the output cannot be written");
    clip->slices_bytes += bytes;
}

int main(int argc, char **argv)
{
    static struct clip clip;
    const uint32_t *n = clip.number;
    double mbs;

    if (argc != NUMBERS + 3)
        fail("usage: WIDTH HEIGHT FPS_NUM FPS_DEN QP EFFORT IDR_EVERY IN.yuv OUT.h264");
    open_clip(&clip, argv + 1);
    for (uint32_t first = 0, count; first < clip.frame_count; first += count) {
        const uint32_t to_grid = n[IDR_EVERY] - first % n[IDR_EVERY];
        const uint32_t left = clip.frame_count - first;

        count = BATCH < to_grid ? BATCH : to_grid;
        count = count < left ? count : left;
        encode_batch(&clip, first, count);
    }
    if (fclose(clip.out) != 0)
        fail("the output cannot be written");
    mbs = (double)clip.frame_count * ((n[WIDTH] + 15) / 16) * ((n[HEIGHT] + 15) / 16);
    printf("frames=%u slices_bytes=%llu seconds=%.3f fps=%.1f qp_mean=%.2f intra_pct=%.1f "
           "skip_pct=%.1f\n",
           clip.frame_count, (unsigned long long)clip.slices_bytes, clip.seconds,
           clip.frame_count / clip.seconds, (double)clip.qp_sum / mbs,
           100.0 * (double)clip.intra_mbs / mbs, 100.0 * (double)clip.skip_mbs / mbs);
    return EXIT_SUCCESS;
}
