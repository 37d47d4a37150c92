/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * tests/integration/kernels/test_streams.c - random streams through the encoder kernel: every frame
 * decodes to the reconstruction, and stopping and resuming elsewhere changes no bit.
 *
 * As a test it takes small streams and seconds. tools/soak kernels gives the environment more:
 * PS_STREAMS and PS_STREAMS_FIRST, which seeds; PS_STREAM_MBS, macroblocks of a stream (large ones
 * allow large pictures); PS_STREAM_CLIPS, frames of each real clip, at each effort.
 */
#include <stdlib.h>
#include <string.h>

#include "kernels/h264enc/state_priv.h"
#include "tests/integration/kernels/coded.h"
#include "tests/integration/kernels/stream.h"
#include "tests/support/ps_test.h"
#include "tests/unit/kernels/frames.h"

#define STREAMS     40u
#define STREAM_MBS  600u
#define CLIP_FRAMES 10u

struct totals {
    uint32_t streams;
    uint32_t frames;
    uint32_t differing; /* frames whose decode is not the reconstruction, or that are missing */
    uint32_t bounds;    /* frames above bits_max, or IDR against their flags */
    uint32_t resumes;
    uint32_t changed; /* resumed streams that are not bit-identical */
    uint32_t failed;  /* runs */
};

static uint32_t asked(const char *name, uint32_t otherwise)
{
    const char *text = getenv(name);

    return text == NULL ? otherwise : (uint32_t)strtoul(text, NULL, 10);
}

/* Samples of the decoder's last picture against those the state keeps; whole macroblocks are kept,
 * the decoder's picture is cropped. */
static int state_holds_picture(const struct part *part, const struct coded *coded)
{
    static struct psk_enc_frame frame;
    static struct psk_enc_recon recon;
    struct psk_crc32c crc;

    psk_crc32c_init(&crc);
    frame.width = coded->width;
    frame.height = coded->height;
    frame.mb_width = (coded->width + 15) / 16;
    frame.mb_height = (coded->height + 15) / 16;
    if (psk_enc_load_state(part->bytes, &crc, &frame, &recon) != PSK_OK)
        return 0;
    for (uint32_t y = 0; y < coded->height; y++)
        if (memcmp(recon.luma[y], coded->last + y * coded->width, coded->width) != 0)
            return 0;
    return 1;
}

/* @return frames whose decoded picture is not the kernel's. */
static uint32_t decode(const struct stream *stream, const struct part *part)
{
    static struct coded coded;
    uint32_t differing;

    coded_begin(&coded, stream->width, stream->height);
    coded_check(&coded, part_bits(part), part->report, stream->frames, part->frames_done);
    coded_drain(&coded);
    differing = coded.mismatches + (stream->frame_count - coded.decoded);
    differing += differing == 0 && !state_holds_picture(part, &coded);
    coded_end(&coded);
    return differing;
}

static uint32_t out_of_bounds(const struct stream *stream, const struct part *part)
{
    uint32_t wrong = 0;

    for (uint32_t i = 0; i < part->frames_done; i++) {
        const struct psk_enc_control *control = &stream->control[i];
        const int asked_idr = i == 0 || (control->flags & PSK_ENC_FRAME_IDR) != 0;

        wrong +=
            (control->bits_max != 0 && part->report[i].bytes * 8 > control->bits_max) ||
            (asked_idr && !part->report[i].is_idr) ||
            (!asked_idr && (control->flags & PSK_ENC_FRAME_NO_CUT) != 0 && part->report[i].is_idr);
    }
    return wrong;
}

static int parts_are_equal(const struct part *a, const struct part *b)
{
    return a->frames_done == b->frames_done && a->bits_bytes == b->bits_bytes &&
           memcmp(a->report, b->report, sizeof(a->report[0]) * a->frames_done) == 0 &&
           memcmp(a->bytes, b->bytes, a->state_bytes + a->bits_bytes) == 0;
}

static void check_stream(const struct stream *stream, uint32_t seed, struct totals *totals)
{
    const struct totals before = *totals;
    struct part *whole = part_create(stream);
    struct part *stopped = part_create(stream);

    part_code(whole, stream, 0, stream->frame_count, seed);
    totals->streams++;
    totals->frames += stream->frame_count;
    totals->failed += whole->failed;
    totals->differing += decode(stream, whole);
    totals->bounds += out_of_bounds(stream, whole);
    if (stream->stop != 0) {
        part_code(stopped, stream, 0, stream->stop, seed + 1);
        part_code(stopped, stream, stream->stop, stream->frame_count - stream->stop, seed + 2);
        totals->resumes++;
        totals->failed += stopped->failed;
        totals->changed += !parts_are_equal(whole, stopped);
    }
    if (totals->failed != before.failed || totals->differing != before.differing ||
        totals->bounds != before.bounds || totals->changed != before.changed)
        printf("\n    seed=%u kind=%s size=%ux%u frames=%u efforts=%u,%u stop=%u failed=%u "
               "differing=%u bounds=%u changed=%u",
               seed, stream->kind, stream->width, stream->height, stream->frame_count,
               stream->effort[0], stream->effort[1], stream->stop, totals->failed - before.failed,
               totals->differing - before.differing, totals->bounds - before.bounds,
               totals->changed - before.changed);
    part_destroy(stopped);
    part_destroy(whole);
}

static void judge(const char *of, const struct totals *totals)
{
    printf("\n    of=%s streams=%u frames=%u differing=%u out_of_bounds=%u resumes=%u changed=%u "
           "failed_runs=%u\n",
           of, totals->streams, totals->frames, totals->differing, totals->bounds, totals->resumes,
           totals->changed, totals->failed);
    CU_ASSERT_EQUAL(totals->differing, 0);
    CU_ASSERT_EQUAL(totals->bounds, 0);
    CU_ASSERT_EQUAL(totals->changed, 0);
    CU_ASSERT_EQUAL(totals->failed, 0);
}

static void random_streams_decode_and_resume_bit_identically(void)
{
    const uint32_t first = asked("PS_STREAMS_FIRST", 0), count = asked("PS_STREAMS", STREAMS);
    static struct stream stream;
    struct totals totals = { 0 };

    for (uint32_t seed = first; seed < first + count; seed++) {
        stream_draw(&stream, seed, asked("PS_STREAM_MBS", STREAM_MBS));
        check_stream(&stream, seed, &totals);
        stream_fini(&stream);
    }
    judge("random", &totals);
}

static void clips_decode_and_resume_bit_identically(void)
{
    static const struct {
        const char *name;
        uint32_t sizes[2][2]; /* for seconds, for a campaign */
    } clips[] = { { "bbb_480p_30s.mp4", { { 426, 240 }, { 640, 360 } } },
                  { "flutter_bee.mp4", { { 320, 180 }, { 1280, 720 } } },
                  { "mdn_frog.mp4", { { 360, 240 }, { 720, 480 } } } };
    const uint32_t frames_max = asked("PS_STREAM_CLIPS", CLIP_FRAMES);
    static struct stream stream;
    struct totals totals = { 0 };

    for (uint32_t i = 0; frames_max > 0 && i < LENGTH(clips); i++) {
        for (uint32_t effort = 0; effort <= PSK_ENC_EFFORT_MAX; effort++) {
            const uint32_t *size = clips[i].sizes[frames_max > CLIP_FRAMES];
            uint32_t count = 0;
            uint8_t *frames = clip_frames(clips[i].name, size[0], size[1], frames_max, &count);

            stream_of_clip(&stream, i + effort, clips[i].name, frames, size[0], size[1], count);
            stream.effort[0] = stream.effort[1] = effort;
            check_stream(&stream, i + effort, &totals);
            stream_fini(&stream);
        }
    }
    judge("clips", &totals);
}

/* As if the run had found another reference in the state: inverted luma, with a crc that fits. */
static void damage_state(struct part *part, uint32_t luma_bytes)
{
    struct psk_state_header *header = (struct psk_state_header *)(void *)part_state(part);
    struct psk_crc32c crc;

    psk_crc32c_init(&crc);
    for (uint32_t i = 0; i < luma_bytes; i++)
        part_state(part)[part->state_bytes - 1 - luma_bytes / 2 - i] ^= 255;
    header->crc32c = 0;
    header->crc32c = psk_crc32c(&crc, 0, part_state(part), part->state_bytes);
}

/* Without this the tests above might be unable to fail. */
static void a_damaged_stream_and_a_damaged_state_are_seen(void)
{
    static struct stream stream;
    uint32_t differing, in_state;
    struct part *whole, *damaged;

    stream_draw(&stream, 5, STREAM_MBS); /* text */
    for (uint32_t i = 0; i < stream.frame_count; i++)
        stream.control[i] = (struct psk_enc_control){ .qp = 30, .flags = PSK_ENC_FRAME_NO_CUT };
    whole = part_create(&stream);
    damaged = part_create(&stream);
    part_code(whole, &stream, 0, stream.frame_count, 1);
    part_code(damaged, &stream, 0, stream.frame_count / 2, 1);
    damage_state(damaged, (stream.width + 15) / 16 * ((stream.height + 15) / 16) * 256);
    part_code(damaged, &stream, stream.frame_count / 2, stream.frame_count - stream.frame_count / 2,
              1);
    CU_ASSERT_FALSE(whole->failed || damaged->failed);
    CU_ASSERT_FALSE(parts_are_equal(whole, damaged));
    in_state = decode(&stream, damaged);
    CU_ASSERT_TRUE(in_state > 0);

    CU_ASSERT_EQUAL(decode(&stream, whole), 0);
    whole->bytes[whole->state_bytes + whole->bits_bytes * 3 / 4] ^= 4;
    av_log_set_level(AV_LOG_QUIET); /* it complains, as it should */
    differing = decode(&stream, whole);
    av_log_set_level(AV_LOG_INFO);
    CU_ASSERT_TRUE(differing > 0);
    printf("\n    of=damaged differing_by_state=%u differing_by_bit=%u\n", in_state, differing);
    part_destroy(damaged);
    part_destroy(whole);
    stream_fini(&stream);
}

int main(void)
{
    static const struct ps_test tests[] = {
        PS_TEST(random_streams_decode_and_resume_bit_identically),
        PS_TEST(clips_decode_and_resume_bit_identically),
        PS_TEST(a_damaged_stream_and_a_damaged_state_are_seen),
    };

    return ps_test_run("kernels/h264enc, random streams", tests, LENGTH(tests));
}
