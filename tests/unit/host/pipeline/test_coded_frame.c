/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * tests/unit/host/pipeline/test_coded_frame.c - every frame the encoder makes is found sound, and
 * what is damaged, cut off, doubled or out of order is not.
 */
#include "host/pipeline/coded_frame.h"

#include <stdlib.h>
#include <string.h>

#include "host/base/mem.h"
#include "kernels/h264enc/h264enc.h"
#include "tests/support/ps_test.h"

#define WIDTH       64u
#define HEIGHT      48u
#define FRAMES      20u
#define FRAME_BYTES (WIDTH * HEIGHT * 3u / 2u)
#define BITS_MAX    (1u << 20)

static uint8_t bits[BITS_MAX];
static struct psk_enc_report report[FRAMES];

/* Frames of noise about a level, so that small and large frames come out; noise is no cut. */
static void encode(uint32_t qp, uint32_t noise)
{
    static uint8_t src[FRAME_BYTES * FRAMES], state[1 << 16];
    struct psk_enc_control control[FRAMES];
    struct psk_status status;
    uint32_t seed = qp;

    PS_REQUIRE(psk_h264enc_state_bytes(WIDTH, HEIGHT) <= sizeof(state));
    for (uint32_t i = 0; i < sizeof(src); i++) {
        seed = seed * 1664525u + 1013904223u;
        src[i] = (uint8_t)(60 + i / FRAME_BYTES + (seed >> 16) % noise);
    }
    for (uint32_t i = 0; i < FRAMES; i++)
        control[i] = (struct psk_enc_control){ .qp = qp, .flags = PSK_ENC_FRAME_NO_CUT };
    psk_h264enc(src, state, control, bits, report, WIDTH, HEIGHT, FRAMES, BITS_MAX, PSK_ENC_START,
                1, 30, 1, &status);
    PS_REQUIRE(status.code == PSK_OK);
}

/* A copy of exactly the frame's size, so that the sanitizer sees a byte too many. */
static uint8_t *copy_of(uint32_t frame, size_t size_bytes)
{
    const uint8_t *at = bits;
    uint8_t *copy = malloc(size_bytes);

    PS_REQUIRE(copy != NULL);
    for (uint32_t i = 0; i < frame; i++)
        at += report[i].bytes;
    memcpy(copy, at, size_bytes);
    return copy;
}

static bool is_sound(uint32_t frame, size_t size_bytes, uint32_t frame_num)
{
    uint8_t *copy = copy_of(frame, size_bytes);
    const bool sound = ps_coded_frame_is_sound(copy, size_bytes, frame_num);

    free(copy);
    return sound;
}

static void every_frame_of_the_encoder_is_sound(void)
{
    for (uint32_t qp = PSK_ENC_QP_MIN; qp <= PSK_ENC_QP_MAX; qp++) {
        for (uint32_t noise = 1; noise <= 196; noise += 65) {
            encode(qp, noise);
            for (uint32_t i = 0; i < FRAMES; i++)
                CU_ASSERT_TRUE(is_sound(i, report[i].bytes, i));
        }
    }
}

static void frame_numbers_are_counted_modulo_256(void)
{
    encode(30, 40);
    CU_ASSERT_TRUE(is_sound(3, report[3].bytes, 256 + 3));
}

static void frame_out_of_order_is_not_sound(void)
{
    encode(30, 40);
    for (uint32_t i = 0; i < FRAMES; i++) {
        CU_ASSERT_FALSE(is_sound(i, report[i].bytes, i + 1));
        CU_ASSERT_FALSE(is_sound(i, report[i].bytes, i == 0 ? 7 : 0));
    }
}

static void any_damage_to_start_and_slice_header_is_seen(void)
{
    encode(30, 40);
    for (uint32_t frame = 0; frame < 2; frame++) {
        const uint32_t checked = 5 * 8 + (frame == 0 ? 20 : 18);
        uint8_t *copy = copy_of(frame, report[frame].bytes);

        for (uint32_t bit = 0; bit < checked; bit++) {
            copy[bit / 8] ^= (uint8_t)(0x80u >> bit % 8);
            CU_ASSERT_FALSE(ps_coded_frame_is_sound(copy, report[frame].bytes, frame));
            copy[bit / 8] ^= (uint8_t)(0x80u >> bit % 8);
        }
        CU_ASSERT_TRUE(ps_coded_frame_is_sound(copy, report[frame].bytes, frame));
        free(copy);
    }
}

static void two_frames_are_not_one(void)
{
    encode(30, 40);
    CU_ASSERT_FALSE(is_sound(0, report[0].bytes + report[1].bytes, 0));
}

static void what_is_too_short_is_not_sound(void)
{
    encode(30, 40);
    for (uint32_t size = 1; size < 9; size++)
        CU_ASSERT_FALSE(is_sound(0, size, 0));
    CU_ASSERT_FALSE(ps_coded_frame_is_sound(bits, 0, 0));
}

/* Bytes behind a whole slice header, and whether a payload may go on and end like that. */
static void zeros_are_followed_as_the_standard_says(void)
{
    static const struct {
        uint8_t tail[5];
        bool sound;
    } cases[] = {
        { { 1, 2, 3, 4, 5 }, true },  { { 0, 0, 3, 1, 5 }, true },  { { 0, 0, 4, 0, 5 }, true },
        { { 0, 0, 3, 0, 1 }, true },  { { 0, 0, 3, 4, 5 }, false }, { { 9, 0, 0, 0, 5 }, false },
        { { 9, 0, 0, 1, 5 }, false }, { { 9, 0, 0, 2, 5 }, false }, { { 9, 9, 0, 0, 3 }, false },
        { { 9, 9, 9, 9, 0 }, false },
    };

    encode(30, 40);
    for (size_t i = 0; i < PS_ARRAY_LEN(cases); i++) {
        uint8_t frame[9 + sizeof(cases[i].tail)];

        memcpy(frame, bits, 9);
        frame[8] = 0x77;
        memcpy(frame + 9, cases[i].tail, sizeof(cases[i].tail));
        CU_ASSERT_EQUAL(ps_coded_frame_is_sound(frame, sizeof(frame), 0), cases[i].sound);
    }
}

/* 17 bits up to frame_num 0, then the IDR's number, two flags, and what follows as ones. */
static void neighbouring_idrs_have_other_numbers(void)
{
    static const struct {
        uint8_t last; /* of the slice's three first bytes, below its highest bit */
        bool sound;
    } cases[] = {
        { 0x4f, true },  /* 1 00: number 0 */
        { 0x23, true },  /* 010 00: number 1 */
        { 0x33, true },  /* 011 00: number 2 */
        { 0x13, false }, /* 00100 00: number 3 */
        { 0x2b, false }, /* 010 10: a flag */
        { 0x37, false }, /* 011 01: the other */
        { 0x5f, false }, /* 1 01 */
    };

    for (size_t i = 0; i < PS_ARRAY_LEN(cases); i++) {
        const uint8_t frame[] = { 0, 0, 0, 1, 0x65, 0x88, 0x80, cases[i].last, 0x77, 0x77 };

        CU_ASSERT_EQUAL(ps_coded_frame_is_sound(frame, sizeof(frame), 0), cases[i].sound);
        CU_ASSERT_FALSE(ps_coded_frame_is_sound(frame, sizeof(frame), 1));
    }
}

static void noise_of_any_length_is_not_sound(void)
{
    uint32_t seed = 4;

    for (size_t size = 1; size < 200; size++) {
        uint8_t *noise = malloc(size);

        PS_REQUIRE(noise != NULL);
        for (size_t i = 0; i < size; i++) {
            seed = seed * 1664525u + 1013904223u;
            noise[i] = (uint8_t)(seed >> 24);
        }
        CU_ASSERT_FALSE(ps_coded_frame_is_sound(noise, size, seed % 3));
        free(noise);
    }
}

int main(void)
{
    static const struct ps_test tests[] = {
        PS_TEST(every_frame_of_the_encoder_is_sound),
        PS_TEST(frame_numbers_are_counted_modulo_256),
        PS_TEST(frame_out_of_order_is_not_sound),
        PS_TEST(any_damage_to_start_and_slice_header_is_seen),
        PS_TEST(two_frames_are_not_one),
        PS_TEST(what_is_too_short_is_not_sound),
        PS_TEST(zeros_are_followed_as_the_standard_says),
        PS_TEST(neighbouring_idrs_have_other_numbers),
        PS_TEST(noise_of_any_length_is_not_sound),
    };

    return ps_test_run("host/pipeline/coded_frame", tests, PS_ARRAY_LEN(tests));
}
