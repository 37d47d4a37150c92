/* SPDX-License-Identifier: BSD-3-Clause */
#include "tests/integration/kernels/stream.h"

#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "kernels/abi/frame_sum.h"
#include "kernels/h264enc/crc32c_priv.h"
#include "tests/integration/kernels/content.h"
#include "tests/support/ps_test.h"
#include "tests/unit/kernels/frames.h"

#define CROPPINGS    8u  /* of each dimension: 0, 2, ... 14 samples less than whole macroblocks */
#define CORNER_EVERY 64u /* streams; after as many every pair of croppings came up once */
#define SMALL_MBS    8u
#define LONG_FRAMES  300u /* frame_num wraps on the way */

static const char *const kind_names[] = { "noise", "flat", "fade",     "cuts",
                                          "pan",   "text", "extremes", "mixed" };

static uint32_t between(uint32_t *seed, uint32_t low, uint32_t high)
{
    return low + draw(seed) % (high - low + 1);
}

/* The smallest, the largest, the flattest and the slimmest picture. */
static void draw_corner(struct stream *stream, uint32_t corner)
{
    static const uint32_t sizes[][2] = { { 16, 16 },
                                         { PSK_ENC_WIDTH_MAX, PSK_ENC_HEIGHT_MAX },
                                         { PSK_ENC_WIDTH_MAX, 16 },
                                         { 16, PSK_ENC_HEIGHT_MAX } };

    stream->width = sizes[corner % LENGTH(sizes)][0];
    stream->height = sizes[corner % LENGTH(sizes)][1];
}

static void draw_size(struct stream *stream, uint32_t number, uint32_t mbs_max, uint32_t *seed)
{
    const uint32_t crop_x = number % CROPPINGS, crop_y = number / CROPPINGS % CROPPINGS;
    const uint32_t kind = mbs_max < 8160 ? 0 : draw(seed) % 8;
    const uint32_t columns = kind < 4 ? SMALL_MBS : kind < 7 ? 45 : PSK_ENC_WIDTH_MAX / 16;
    const uint32_t rows = kind < 4 ? SMALL_MBS : kind < 7 ? 36 : PSK_ENC_HEIGHT_MAX / 16;

    if (number % CORNER_EVERY == 0 && (mbs_max >= 8160 || number == 0)) {
        draw_corner(stream, number / CORNER_EVERY);
        return;
    }
    stream->width = 16 * between(seed, 1 + (crop_x != 0), columns) - 2 * crop_x;
    stream->height = 16 * between(seed, 1 + (crop_y != 0), rows) - 2 * crop_y;
}

static uint32_t mbs_of(const struct stream *stream)
{
    return (stream->width + 15) / 16 * ((stream->height + 15) / 16);
}

/* How a stream is steered: some qp, some targets, some hard bounds, and flags here and there. */
static void draw_controls(struct stream *stream, uint32_t *seed)
{
    const uint32_t mbs = mbs_of(stream), style = draw(seed) % 4;
    const uint32_t jump = between(seed, 0, 6), base = between(seed, PSK_ENC_QP_MIN, PSK_ENC_QP_MAX);
    const uint32_t target = 300 + mbs * (1u << between(seed, 1, 10));
    const uint32_t idr_bits = psk_h264enc_frame_bits_min(stream->width, stream->height, 1);
    const uint32_t p_bits = psk_h264enc_frame_bits_min(stream->width, stream->height, 0);

    for (uint32_t i = 0; i < stream->frame_count; i++) {
        struct psk_enc_control *control = &stream->control[i];
        const uint32_t flag = draw(seed) % 16;
        const uint32_t qp = base + between(seed, 0, jump);

        memset(control, 0, sizeof(*control));
        control->qp = qp > PSK_ENC_QP_MAX ? PSK_ENC_QP_MAX : qp;
        control->flags = flag == 0 ? PSK_ENC_FRAME_IDR : flag < 5 ? PSK_ENC_FRAME_NO_CUT : 0;
        if (style == 1 || style == 2) {
            control->target_bits = target;
            control->qp_min = between(seed, PSK_ENC_QP_MIN, control->qp);
            control->qp_max = between(seed, control->qp, PSK_ENC_QP_MAX);
        }
        if (style >= 2) {
            control->bits_max = p_bits + draw(seed) % (64 * mbs);
            if (i == 0 || (control->flags & PSK_ENC_FRAME_IDR) != 0)
                control->bits_max += idr_bits;
            else if (control->bits_max < 2 * idr_bits)
                control->flags = PSK_ENC_FRAME_NO_CUT;
        }
    }
}

static void draw_manner(struct stream *stream, uint32_t *seed)
{
    stream->effort[0] = draw(seed) % (PSK_ENC_EFFORT_MAX + 1);
    stream->effort[1] = draw(seed) % (PSK_ENC_EFFORT_MAX + 1);
    stream->effort_change = between(seed, 0, stream->frame_count);
    stream->stop = stream->frame_count > 1 ? between(seed, 1, stream->frame_count - 1) : 0;
    draw_controls(stream, seed);
}

void stream_draw(struct stream *stream, uint32_t seed, uint32_t mbs_max)
{
    const enum content kind = seed % CONTENT_COUNT;
    const uint32_t number = seed;
    uint32_t frame_max;

    memset(stream, 0, sizeof(*stream));
    seed = seed * 2654435761u + 1;
    draw_size(stream, number, mbs_max, &seed);
    frame_max = mbs_max / mbs_of(stream);
    if (frame_max < 3)
        frame_max = 3;
    stream->frame_count = between(&seed, 2, frame_max > 40 ? 40 : frame_max);
    if (number % 10 == 9 && frame_max > LONG_FRAMES)
        stream->frame_count = LONG_FRAMES;
    stream->kind = kind_names[kind];
    stream->frames = malloc(PSK_FRAME_BYTES(stream->width, stream->height) * stream->frame_count);
    PS_REQUIRE(stream->frames != NULL);
    for (uint32_t t = 0; t < stream->frame_count; t++)
        content_draw(kind, seed >> 8, t,
                     stream->frames + t * PSK_FRAME_BYTES(stream->width, stream->height),
                     stream->width, stream->height);
    draw_manner(stream, &seed);
    if (stream->frame_count == LONG_FRAMES)
        for (uint32_t t = 1; t < LONG_FRAMES; t++)
            stream->control[t].flags = PSK_ENC_FRAME_NO_CUT;
}

void stream_of_clip(struct stream *stream, uint32_t seed, const char *name, uint8_t *frames,
                    uint32_t width, uint32_t height, uint32_t frame_count)
{
    memset(stream, 0, sizeof(*stream));
    stream->kind = name;
    stream->frames = frames;
    stream->width = width;
    stream->height = height;
    stream->frame_count = frame_count;
    draw_manner(stream, &seed);
}

void stream_fini(struct stream *stream)
{
    free(stream->frames);
    stream->frames = NULL;
}

struct part *part_create(const struct stream *stream)
{
    const uint32_t state_bytes = psk_h264enc_state_bytes(stream->width, stream->height);
    const uint64_t bits_bytes_max =
        (uint64_t)psk_h264enc_bits_bytes_max(stream->width, stream->height, 1) *
        stream->frame_count;
    const size_t size_bytes = sizeof(struct part) + state_bytes + bits_bytes_max;
    struct part *part = mmap(NULL, size_bytes, PROT_READ | PROT_WRITE,
                             MAP_SHARED | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

    PS_REQUIRE(part != MAP_FAILED && bits_bytes_max <= UINT32_MAX);
    part->size_bytes = size_bytes;
    part->state_bytes = state_bytes;
    part->bits_bytes_max = (uint32_t)bits_bytes_max;
    return part;
}

void part_destroy(struct part *part)
{
    munmap(part, part->size_bytes);
}

uint8_t *part_state(struct part *part)
{
    return part->bytes;
}

const uint8_t *part_bits(const struct part *part)
{
    return part->bytes + part->state_bytes;
}

/* The run's own accounts: of its input, and of the bits of each frame. */
static int accounts_agree(const struct part *part, const struct stream *stream,
                          const uint8_t *frames, uint32_t count, const struct psk_status *status)
{
    const struct psk_frame_sum in =
        psk_sum_frames_ref(frames, stream->width, stream->height, count);
    const uint8_t *bits = part_bits(part) + part->bits_bytes;
    struct psk_crc32c crc;

    psk_crc32c_init(&crc);
    for (uint32_t i = 0; i < count; i++) {
        const struct psk_enc_report *report = &part->report[part->frames_done + i];

        if (psk_crc32c(&crc, 0, bits, report->bytes) != report->bits_crc32c)
            return 0;
        bits += report->bytes;
    }
    return status->frames_done == count && status->in.sum == in.sum &&
           status->in.weighted == in.weighted;
}

static int run(struct part *part, const struct stream *stream, uint32_t first, uint32_t count)
{
    const uint8_t *frames = stream->frames + first * PSK_FRAME_BYTES(stream->width, stream->height);
    struct psk_status status;

    psk_h264enc(frames, part_state(part), &stream->control[first],
                part->bytes + part->state_bytes + part->bits_bytes,
                &part->report[part->frames_done], stream->width, stream->height, count,
                part->bits_bytes_max - (uint32_t)part->bits_bytes, first == 0 ? PSK_ENC_START : 0,
                stream->effort[first >= stream->effort_change], 30, 1, &status);
    if (status.code != PSK_OK || !accounts_agree(part, stream, frames, count, &status))
        return -1;
    for (uint32_t i = 0; i < count; i++)
        part->bits_bytes += part->report[part->frames_done + i].bytes;
    part->frames_done += count;
    return 0;
}

static void code_here(struct part *part, const struct stream *stream, uint32_t first, uint32_t end,
                      uint32_t split)
{
    while (first < end) {
        const uint32_t until = first < stream->effort_change && stream->effort_change < end
                                   ? stream->effort_change
                                   : end;
        uint32_t count = between(&split, 1, PSK_BATCH_FRAMES_MAX);

        if (count > until - first)
            count = until - first;
        if (run(part, stream, first, count) != 0)
            _exit(EXIT_FAILURE);
        first += count;
    }
    _exit(EXIT_SUCCESS);
}

void part_code(struct part *part, const struct stream *stream, uint32_t first, uint32_t count,
               uint32_t split)
{
    const pid_t child = fork();
    int status = -1;

    PS_REQUIRE(child >= 0);
    if (child == 0)
        code_here(part, stream, first, first + count, split);
    PS_REQUIRE(waitpid(child, &status, 0) == child);
    part->failed |= !WIFEXITED(status) || WEXITSTATUS(status) != EXIT_SUCCESS;
}
