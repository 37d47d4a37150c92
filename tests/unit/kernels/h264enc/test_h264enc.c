/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * tests/unit/kernels/h264enc/test_h264enc.c - the run: batches, reports, targets, refused
 * arguments, too little room. What the bits decode to is the integration test's.
 */
#include "kernels/abi/frame_sum.h"
#include "tests/unit/kernels/h264enc/run.h"

static uint32_t total_bytes(const struct run *run, uint32_t count)
{
    uint32_t bytes = 0;

    for (uint32_t i = 0; i < count; i++)
        bytes += run->report[i].bytes;
    return bytes;
}

static void batches_of_any_size_give_the_same_stream(void)
{
    struct run whole = run_begin(80, 48, 30);
    struct run parts = run_begin(80, 48, 30);
    uint32_t at = 0;

    CU_ASSERT_EQUAL(run_frames(&whole, 0, RUN_FRAMES, PSK_ENC_START), PSK_OK);
    for (uint32_t first = 0, count = 1; first < RUN_FRAMES; first += count, count = 3) {
        if (count > RUN_FRAMES - first)
            count = RUN_FRAMES - first;
        CU_ASSERT_EQUAL(run_frames(&parts, first, count, first == 0 ? PSK_ENC_START : 0), PSK_OK);
        CU_ASSERT_EQUAL(memcmp(parts.report, &whole.report[first], count * sizeof(parts.report[0])),
                        0);
        CU_ASSERT_EQUAL(memcmp(parts.bits, whole.bits + at, total_bytes(&parts, count)), 0);
        at += total_bytes(&parts, count);
    }
    CU_ASSERT_EQUAL(memcmp(parts.state, whole.state, psk_h264enc_state_bytes(80, 48)), 0);
    run_end(&whole);
    run_end(&parts);
}

/* Another stream in between must not show: a CU serves many. */
static void nothing_but_the_state_buffer_is_kept(void)
{
    struct run run = run_begin(64, 32, 24);
    struct run other = run_begin(96, 64, 40);
    uint32_t crc;

    CU_ASSERT_EQUAL(run_frames(&run, 0, RUN_FRAMES, PSK_ENC_START), PSK_OK);
    crc = run.report[RUN_FRAMES - 1].recon_crc32c;
    CU_ASSERT_EQUAL(run_frames(&run, 0, 4, PSK_ENC_START), PSK_OK);
    CU_ASSERT_EQUAL(run_frames(&other, 0, RUN_FRAMES, PSK_ENC_START), PSK_OK);
    CU_ASSERT_EQUAL(run_frames(&run, 4, 4, 0), PSK_OK);
    CU_ASSERT_EQUAL(run.report[3].recon_crc32c, crc);
    run_end(&run);
    run_end(&other);
}

/* Widths that end inside a word and heights that end inside a macroblock, from any batch. */
static void the_sum_of_what_was_read_is_reported(void)
{
    static const uint32_t sizes[][2] = { { 16, 16 }, { 34, 18 }, { 66, 50 }, { 160, 90 } };

    for (size_t i = 0; i < LENGTH(sizes); i++) {
        const uint32_t width = sizes[i][0], height = sizes[i][1];
        struct run run = run_begin(width, height, 30);

        CU_ASSERT_EQUAL(run_frames(&run, 0, 5, PSK_ENC_START), PSK_OK);
        CU_ASSERT_EQUAL(run_frames(&run, 5, 3, 0), PSK_OK);
        const struct psk_frame_sum wanted =
            psk_sum_frames_ref(run.src + 5 * PSK_FRAME_BYTES(width, height), width, height, 3);
        CU_ASSERT_EQUAL(run.status.in.sum, wanted.sum);
        CU_ASSERT_EQUAL(run.status.in.weighted, wanted.weighted);
        CU_ASSERT_EQUAL(run_frames(&run, 0, 0, 0), PSK_BAD_ARGUMENT);
        CU_ASSERT_EQUAL(run.status.in.weighted, 0);
        run_end(&run);
    }
}

static void a_start_forgets_the_state(void)
{
    struct run run = run_begin(32, 32, 30);

    memset(run.state, 0xff, psk_h264enc_state_bytes(32, 32));
    CU_ASSERT_EQUAL(run_frames(&run, 0, 2, PSK_ENC_START), PSK_OK);
    CU_ASSERT_EQUAL(run.report[0].is_idr, 1);
    CU_ASSERT_EQUAL(run.report[1].is_idr, 0);
    CU_ASSERT_EQUAL(memcmp(run.bits, "\0\0\0\1\x65", 5), 0);
    CU_ASSERT_EQUAL(memcmp(run.bits + run.report[0].bytes, "\0\0\0\1\x61", 5), 0);
    run_end(&run);
}

static void a_still_picture_is_skipped(void)
{
    struct run run = run_begin(64, 64, 28);

    memset(run.src, 100, PSK_FRAME_BYTES(64, 64) * RUN_FRAMES);
    CU_ASSERT_EQUAL(run_frames(&run, 0, 3, PSK_ENC_START), PSK_OK);
    CU_ASSERT_EQUAL(run.report[2].skip_mbs, 16);
    CU_ASSERT_EQUAL(run.report[2].intra_mbs, 0);
    CU_ASSERT_EQUAL(run.report[0].intra_mbs, 16);
    CU_ASSERT_TRUE(run.report[2].bytes < 16);
    run_end(&run);
}

static void qp_without_a_target_is_constant(void)
{
    struct run run = run_begin(64, 64, 33);

    CU_ASSERT_EQUAL(run_frames(&run, 0, 2, PSK_ENC_START), PSK_OK);
    CU_ASSERT_EQUAL(run.report[0].qp_sum, 33 * 16);
    run_end(&run);
}

static uint32_t bytes_with_target(uint32_t target_bits, uint32_t *qp_sum)
{
    struct run run = run_begin(64, 256, 30);
    uint32_t bytes;

    for (uint32_t i = 0; i < RUN_FRAMES; i++)
        run.control[i] = (struct psk_enc_control){ 30, target_bits, 24, 40 };
    CU_ASSERT_EQUAL(run_frames(&run, 0, 1, PSK_ENC_START), PSK_OK);
    bytes = run.report[0].bytes;
    *qp_sum = run.report[0].qp_sum;
    run_end(&run);
    return bytes;
}

static void a_target_pulls_qp_within_its_bounds(void)
{
    uint32_t free_sum, tight_sum, wide_sum;
    const uint32_t free_bytes = bytes_with_target(0, &free_sum);
    const uint32_t tight = bytes_with_target(free_bytes * 8 / 2, &tight_sum);
    const uint32_t wide = bytes_with_target(free_bytes * 8 * 2, &wide_sum);

    CU_ASSERT_EQUAL(free_sum, 30 * 64);
    CU_ASSERT_TRUE(tight < free_bytes && wide > free_bytes);
    CU_ASSERT_TRUE(tight_sum > free_sum && tight_sum <= 40 * 64);
    CU_ASSERT_TRUE(wide_sum < free_sum && wide_sum >= 24 * 64);
}

/* Stills, each shown for six frames: the picture changes at the seventh. */
static void draw_scenes(struct run *run)
{
    const size_t frame_bytes = PSK_FRAME_BYTES(run->width, run->height);

    fill_with_noise(run->src, frame_bytes, 12);
    fill_with_noise(run->src + 6 * frame_bytes, frame_bytes, 34);
    for (uint32_t i = 0; i < RUN_FRAMES; i++)
        if (i % 6 != 0)
            memcpy(run->src + i * frame_bytes, run->src + (i - 1) * frame_bytes, frame_bytes);
    for (size_t i = 0; i < RUN_FRAMES * frame_bytes; i++)
        run->src[i] = (uint8_t)(run->src[i] / 4 + (i < 6 * frame_bytes ? 0 : 190));
}

static void a_new_scene_begins_with_an_idr(void)
{
    struct run run = run_begin(64, 64, 28);
    const struct psk_frame_sum wanted =
        psk_sum_frames_ref(run.src, run.width, run.height, RUN_FRAMES);

    CU_ASSERT_EQUAL(run_frames(&run, 0, RUN_FRAMES, PSK_ENC_START), PSK_OK);
    CU_ASSERT_EQUAL(run.status.in.weighted, wanted.weighted);
    for (uint32_t i = 1; i < RUN_FRAMES; i++)
        CU_ASSERT_EQUAL(run.report[i].is_idr, 0);

    draw_scenes(&run);
    const struct psk_frame_sum scenes =
        psk_sum_frames_ref(run.src, run.width, run.height, RUN_FRAMES);
    CU_ASSERT_EQUAL(run_frames(&run, 0, RUN_FRAMES, PSK_ENC_START), PSK_OK);
    for (uint32_t i = 0; i < RUN_FRAMES; i++)
        CU_ASSERT_EQUAL(run.report[i].is_idr, i % 6 == 0);
    CU_ASSERT_EQUAL(run.status.in.weighted, scenes.weighted); /* read twice, counted once */

    run.control[6].flags = PSK_ENC_FRAME_NO_CUT;
    CU_ASSERT_EQUAL(run_frames(&run, 0, RUN_FRAMES, PSK_ENC_START), PSK_OK);
    CU_ASSERT_EQUAL(run.report[6].is_idr, 0);
    CU_ASSERT_EQUAL(run.report[6].intra_mbs, 16);
    run_end(&run);
}

/* ue(v) after first_mb, slice type, parameter set and frame_num: 17 bits in. */
static uint32_t idr_pic_id(const uint8_t *nal)
{
    const uint32_t bits = (uint32_t)nal[7] << 8 | nal[8];

    return bits >> 14 & 1 ? 0 : (bits >> 12 & 3) - 1;
}

static void an_idr_may_be_asked_for_anywhere(void)
{
    struct run run = run_begin(48, 48, 30);
    const uint8_t *nal = run.bits;
    uint32_t previous = UINT32_MAX;

    for (uint32_t i = 2; i < 6; i++)
        run.control[i].flags = PSK_ENC_FRAME_IDR;
    CU_ASSERT_EQUAL(run_frames(&run, 0, RUN_FRAMES, PSK_ENC_START), PSK_OK);
    for (uint32_t i = 0; i < RUN_FRAMES; nal += run.report[i].bytes, i++) {
        CU_ASSERT_EQUAL(run.report[i].is_idr, i == 0 || (i >= 2 && i < 6));
        CU_ASSERT_EQUAL(nal[4], run.report[i].is_idr ? 0x65 : 0x61);
        if (run.report[i].is_idr) {
            CU_ASSERT_NOT_EQUAL(idr_pic_id(nal), previous);
            previous = idr_pic_id(nal);
            CU_ASSERT_EQUAL(previous == 0, i == 0); /* nor the next stream's first */
        }
    }
    run_end(&run);
}

/* Noise at the lowest qp, from the least there may be up: what is promised is kept. */
static void no_frame_takes_more_than_its_bits_max(void)
{
    static const uint32_t sizes[][2] = { { 16, 16 }, { 160, 96 }, { 34, 130 } };

    for (size_t i = 0; i < LENGTH(sizes); i++) {
        struct run run = run_begin(sizes[i][0], sizes[i][1], PSK_ENC_QP_MIN);
        const uint32_t idr_min = psk_h264enc_frame_bits_min(run.width, run.height, 1);
        const uint32_t p_min = psk_h264enc_frame_bits_min(run.width, run.height, 0);

        fill_with_noise(run.src, PSK_FRAME_BYTES(run.width, run.height) * RUN_FRAMES, 3);
        for (uint32_t scale = 16; scale < 16 * 40; scale += scale / 4) {
            for (uint32_t k = 0; k < RUN_FRAMES; k++) {
                run.control[k].flags = k == 5 ? PSK_ENC_FRAME_IDR : 0;
                run.control[k].target_bits = k % 3 == 1 ? 4000000 : 0;
                run.control[k].qp_min = run.control[k].qp_max = PSK_ENC_QP_MIN;
                run.control[k].bits_max = (k == 0 || k == 5 ? idr_min
                                           : k == 2         ? p_min
                                                            : idr_min * 2) *
                                          scale / 16;
            }
            CU_ASSERT_EQUAL(run_frames(&run, 0, RUN_FRAMES, PSK_ENC_START), PSK_OK);
            for (uint32_t k = 0; k < RUN_FRAMES; k++)
                CU_ASSERT_TRUE(run.report[k].bytes * 8 <= run.control[k].bits_max);
        }
        run_end(&run);
    }
}

/* What the first frame leaves is the second's, and what both leave the third's. */
static void bits_that_are_left_are_carried_on(void)
{
    struct run run = run_begin(64, 64, PSK_ENC_QP_MIN);
    const uint32_t bits = psk_h264enc_frame_bits_min(run.width, run.height, 1) * 8;
    const size_t frame_bytes = PSK_FRAME_BYTES(run.width, run.height);

    memset(run.src, 60, frame_bytes * 2);
    fill_with_noise(run.src + frame_bytes * 2, frame_bytes * (RUN_FRAMES - 2), 3);
    for (uint32_t k = 0; k < RUN_FRAMES; k++)
        run.control[k].bits_max = bits;
    CU_ASSERT_EQUAL(run_frames(&run, 0, 3, PSK_ENC_START), PSK_OK);
    const uint32_t alone = run.report[2].bytes;
    run.control[2].flags = PSK_ENC_FRAME_CARRY; /* the frame before it carries nothing on itself */
    CU_ASSERT_EQUAL(run_frames(&run, 0, 3, PSK_ENC_START), PSK_OK);
    const uint32_t with_one = run.report[2].bytes;
    CU_ASSERT_TRUE(with_one > alone && (run.report[1].bytes + with_one) * 8 <= bits * 2);
    run.control[1].flags = PSK_ENC_FRAME_CARRY;
    CU_ASSERT_EQUAL(run_frames(&run, 0, 4, PSK_ENC_START), PSK_OK);
    const uint32_t with_two = run.report[2].bytes;
    CU_ASSERT_TRUE(with_two > with_one && with_two * 8 > bits);
    CU_ASSERT_TRUE((run.report[0].bytes + run.report[1].bytes + with_two) * 8 <= bits * 3);
    CU_ASSERT_TRUE(run.report[3].bytes * 8 <= bits); /* may not take what others left */
    run_end(&run);
}

/* A bound that content does not reach changes nothing. */
static void an_idle_bits_max_does_not_show(void)
{
    struct run run = run_begin(64, 64, 34);
    uint32_t crc;

    CU_ASSERT_EQUAL(run_frames(&run, 0, RUN_FRAMES, PSK_ENC_START), PSK_OK);
    crc = run.report[RUN_FRAMES - 1].recon_crc32c;
    for (uint32_t i = 0; i < RUN_FRAMES; i++)
        run.control[i].bits_max = 4000000;
    CU_ASSERT_EQUAL(run_frames(&run, 0, RUN_FRAMES, PSK_ENC_START), PSK_OK);
    CU_ASSERT_EQUAL(run.report[RUN_FRAMES - 1].recon_crc32c, crc);
    run_end(&run);
}

static void the_report_says_how_hard_a_frame_was(void)
{
    struct run run = run_begin(64, 64, 30);

    memset(run.src, 90, PSK_FRAME_BYTES(64, 64) * 3);
    CU_ASSERT_EQUAL(run_frames(&run, 0, 4, PSK_ENC_START), PSK_OK);
    CU_ASSERT_TRUE(run.report[2].cost <= 64 * 64); /* what qp takes from a flat picture */
    CU_ASSERT_TRUE(run.report[3].cost > 8 * 64 * 64);
    run_end(&run);
}

static void noise_fits_the_promised_buffer(void)
{
    for (uint32_t kind = 0; kind < 3; kind++) {
        struct run run = run_begin(64, 64, PSK_ENC_QP_MIN);
        const size_t size_bytes = PSK_FRAME_BYTES(64, 64) * RUN_FRAMES;

        fill_with_noise(run.src, size_bytes, 5 + kind);
        for (size_t i = 0; kind > 0 && i < size_bytes; i++)
            run.src[i] =
                kind == 1 ? (run.src[i] < 128 ? 0 : 255) : (uint8_t)((i ^ i / 64) & 1) * 255;
        CU_ASSERT_EQUAL(run_frames(&run, 0, RUN_FRAMES, PSK_ENC_START), PSK_OK);
        run_end(&run);
    }
}

static void too_little_room_is_an_error_at_every_size(void)
{
    struct run run = run_begin(32, 32, 20);
    uint8_t *promised = run.bits;
    uint32_t needed;

    CU_ASSERT_EQUAL(run_frames(&run, 0, 2, PSK_ENC_START), PSK_OK);
    needed = total_bytes(&run, 2);
    for (uint32_t max = 0; max <= needed; max += max < 40 || max + 40 > needed ? 1 : 37) {
        run.bits = malloc(max + 1); /* so that the sanitizer watches the end */
        run.bits_bytes_max = max;
        CU_ASSERT_EQUAL(run_frames(&run, 0, 2, PSK_ENC_START),
                        max < needed ? PSK_NO_SPACE : PSK_OK);
        free(run.bits);
    }
    run.bits = promised;
    run_end(&run);
}

static void bad_arguments_are_refused(void)
{
    struct run run = run_begin(32, 32, 30);
    const struct run good = run;

    CU_ASSERT_EQUAL(run_frames(&run, 0, 0, PSK_ENC_START), PSK_BAD_ARGUMENT);
    CU_ASSERT_EQUAL(run_frames(&run, 0, PSK_BATCH_FRAMES_MAX + 1, PSK_ENC_START), PSK_BAD_ARGUMENT);
    CU_ASSERT_EQUAL(run_frames(&run, 0, 1, 2), PSK_BAD_ARGUMENT);
    static const uint32_t sizes[][2] = { { 31, 32 },   { 32, 31 },   { 14, 32 }, { 32, 14 },
                                         { 1922, 32 }, { 32, 1090 }, { 0, 0 } };
    for (size_t i = 0; i < LENGTH(sizes); i++) {
        run.width = sizes[i][0];
        run.height = sizes[i][1];
        CU_ASSERT_EQUAL(run_frames(&run, 0, 1, PSK_ENC_START), PSK_BAD_ARGUMENT);
        CU_ASSERT_EQUAL(psk_h264enc_state_bytes(run.width, run.height), 0);
        CU_ASSERT_EQUAL(psk_h264enc_bits_bytes_max(run.width, run.height, 1), 0);
    }
    CU_ASSERT_EQUAL(psk_h264enc_bits_bytes_max(32, 32, 0), 0);
    CU_ASSERT_EQUAL(psk_h264enc_bits_bytes_max(32, 32, PSK_BATCH_FRAMES_MAX + 1), 0);
    run = good;
    psk_h264enc(run.src, run.state, run.control, run.bits, run.report, 32, 32, 1,
                run.bits_bytes_max, PSK_ENC_START, 1, 0, 1, &run.status);
    CU_ASSERT_EQUAL(run.status.code, PSK_BAD_ARGUMENT);
    run_end(&run);
}

static void bad_controls_are_refused(void)
{
    static const struct psk_enc_control bad[] = {
        { .qp = 9 },
        { .qp = 52 },
        { 30, 1000, 9, 40 },
        { 30, 1000, 20, 52 },
        { 30, 1000, 31, 40 },
        { 30, 1000, 20, 29 },
        { 30, 1000, 40, 20 },
        { .qp = 30, .flags = 8 },
        { .qp = 30, .reserved = { 0, 1 } },
        { .qp = 30, .bits_max = 512 },
        { .qp = 30, .bits_max = 591, .flags = PSK_ENC_FRAME_IDR }
    };
    struct run run = run_begin(32, 32, 30);

    for (size_t i = 0; i < LENGTH(bad); i++) {
        run.control[1] = bad[i];
        CU_ASSERT_EQUAL(run_frames(&run, 0, 2, PSK_ENC_START), PSK_BAD_ARGUMENT);
        CU_ASSERT_EQUAL(run.status.frames_done, 0);
    }
    run_end(&run);
}

int main(void)
{
    static const struct ps_test tests[] = {
        PS_TEST(batches_of_any_size_give_the_same_stream),
        PS_TEST(nothing_but_the_state_buffer_is_kept),
        PS_TEST(the_sum_of_what_was_read_is_reported),
        PS_TEST(a_start_forgets_the_state),
        PS_TEST(a_still_picture_is_skipped),
        PS_TEST(qp_without_a_target_is_constant),
        PS_TEST(a_target_pulls_qp_within_its_bounds),
        PS_TEST(a_new_scene_begins_with_an_idr),
        PS_TEST(an_idr_may_be_asked_for_anywhere),
        PS_TEST(no_frame_takes_more_than_its_bits_max),
        PS_TEST(bits_that_are_left_are_carried_on),
        PS_TEST(an_idle_bits_max_does_not_show),
        PS_TEST(the_report_says_how_hard_a_frame_was),
        PS_TEST(noise_fits_the_promised_buffer),
        PS_TEST(too_little_room_is_an_error_at_every_size),
        PS_TEST(bad_arguments_are_refused),
        PS_TEST(bad_controls_are_refused),
    };

    return ps_test_run("kernels/h264enc", tests, LENGTH(tests));
}
