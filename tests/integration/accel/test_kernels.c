/* SPDX-License-Identifier: BSD-3-Clause */
/* The real kernels on the emulated card emu-small: byte for byte what a direct call gives. */
#include "kernels/abi/kernels.h"
#include "kernels/h264enc/h264enc.h"
#include "kernels/mark/mark.h"
#include "kernels/scale/scale.h"
#include "tests/integration/accel/accel_test.h"
#include "tests/support/ps_test.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#define WIDTH  64u
#define HEIGHT 48u
#define FRAMES 3u
#define BYTES  (WIDTH * HEIGHT * 3u / 2u * FRAMES)

static struct ps_accel *accel;
static uint8_t source[BYTES];

static struct ps_accel_buf *take(size_t size_bytes)
{
    struct ps_accel_buf *buf = NULL;

    PS_REQUIRE(ps_accel_buf_take(accel, size_bytes, &buf) == 0);
    memset(ps_accel_buf_map(buf), 0xaa, size_bytes);
    return buf;
}

static struct ps_accel_arg in(struct ps_accel_buf *buf, uint32_t size_bytes)
{
    return (struct ps_accel_arg){ .buf = buf, .in_bytes = size_bytes };
}

static struct ps_accel_arg out(struct ps_accel_buf *buf, uint32_t size_bytes)
{
    return (struct ps_accel_arg){ .buf = buf, .in_bytes = size_bytes, .out_bytes = size_bytes };
}

static struct ps_accel_arg scalar(uint32_t value)
{
    return (struct ps_accel_arg){ .scalar = value };
}

static int run(const struct ps_accel_run *r)
{
    const int rc = ps_accel_submit(accel, r);

    return rc != 0 ? rc : await(accel).status;
}

/* Gives the buffers of a run back. */
static void give_all(const struct ps_accel_run *r)
{
    for (uint32_t i = 0; i < r->arg_count; i++)
        ps_accel_buf_give(accel, r->args[i].buf);
}

enum { SCALE_STATUS = 18, SCALE_ARGS };

static struct ps_accel_run scale_run(const char *cu, uint32_t dst_width, uint32_t dst_height)
{
    struct ps_accel_buf *src = take(BYTES);
    struct ps_accel_run r = { .cu = cu_named(accel, cu), .arg_count = SCALE_ARGS };

    memcpy(ps_accel_buf_map(src), source, BYTES);
    r.args[0] = in(src, BYTES);
    for (uint32_t i = 1; i <= PSK_SCALE_RENDITIONS_MAX; i++)
        r.args[i] = out(take(BYTES), BYTES);
    r.args[7] = scalar(WIDTH);
    r.args[8] = scalar(HEIGHT);
    r.args[10] = scalar(FRAMES);
    r.args[11] = scalar(1);
    r.args[12] = scalar(PSK_SCALE_SIZE(dst_width, dst_height));
    r.args[SCALE_STATUS] = out(take(sizeof(struct psk_status)), sizeof(struct psk_status));
    return r;
}

static void scale_on_either_cu_equals_the_direct_call(void)
{
    static const char *const cus[] = { "scale:scale_1", "scale:scale_2" };

    for (int i = 0; i < 2; i++) {
        static uint8_t expected[BYTES];
        const struct ps_accel_run r = scale_run(cus[i], 32, 26);
        struct psk_status status;

        memset(expected, 0xaa, sizeof(expected));
        psk_scale_one(source, expected, WIDTH, HEIGHT, 32, 26, FRAMES, &status);
        CU_ASSERT_EQUAL(run(&r), 0);
        CU_ASSERT_EQUAL(memcmp(ps_accel_buf_map(r.args[1].buf), expected, BYTES), 0);
        CU_ASSERT_EQUAL(memcmp(ps_accel_buf_map(r.args[SCALE_STATUS].buf), &status, sizeof(status)),
                        0);
        CU_ASSERT_EQUAL(status.code, PSK_OK);
        give_all(&r);
    }
}

static void what_a_kernel_refuses_is_in_its_status(void)
{
    struct ps_accel_run r = scale_run("scale:scale_1", 31, 26);
    const struct psk_status *status = ps_accel_buf_map(r.args[SCALE_STATUS].buf);

    CU_ASSERT_EQUAL(run(&r), 0);
    CU_ASSERT_EQUAL(status->code, PSK_BAD_ARGUMENT);
    r.args[7] = scalar(UINT32_MAX); /* sizes whose product would wrap */
    r.args[8] = scalar(UINT32_MAX);
    CU_ASSERT_EQUAL(run(&r), 0);
    CU_ASSERT_EQUAL(status->code, PSK_BAD_ARGUMENT);
    give_all(&r);
}

static void arguments_of_the_wrong_kind_or_number_are_refused(void)
{
    struct ps_accel_run r = scale_run("scale:scale_1", 32, 26);
    struct ps_accel_run wrong = r;

    wrong.arg_count = SCALE_ARGS - 1;
    CU_ASSERT_EQUAL(ps_accel_submit(accel, &wrong), -EINVAL);
    wrong.arg_count = SCALE_ARGS + 1;
    CU_ASSERT_EQUAL(ps_accel_submit(accel, &wrong), -EINVAL);
    wrong = r;
    wrong.args[0] = scalar(1);
    CU_ASSERT_EQUAL(ps_accel_submit(accel, &wrong), -EINVAL);
    wrong = r;
    wrong.args[7] = r.args[0];
    CU_ASSERT_EQUAL(ps_accel_submit(accel, &wrong), -EINVAL);
    give_all(&r);
}

static void mark_equals_the_direct_call(void)
{
    static uint8_t a[BYTES], b[BYTES];
    struct ps_accel_buf *src = take(BYTES);
    const struct ps_accel_run r = {
        .cu = cu_named(accel, "mark:mark_1"),
        .arg_count = 12,
        .args = { in(src, BYTES), out(take(BYTES), BYTES), out(take(BYTES), BYTES), scalar(WIDTH),
                  scalar(HEIGHT), scalar(FRAMES), scalar(1), scalar(2), scalar(3), scalar(4),
                  scalar(256), out(take(sizeof(struct psk_status)), sizeof(struct psk_status)) }
    };
    struct psk_status status;

    memcpy(ps_accel_buf_map(src), source, BYTES);
    psk_mark(source, a, b, WIDTH, HEIGHT, FRAMES, 1, 2, 3, 4, 256, &status);
    CU_ASSERT_EQUAL(run(&r), 0);
    CU_ASSERT_EQUAL(status.code, PSK_OK);
    CU_ASSERT_EQUAL(memcmp(ps_accel_buf_map(r.args[1].buf), a, BYTES), 0);
    CU_ASSERT_EQUAL(memcmp(ps_accel_buf_map(r.args[2].buf), b, BYTES), 0);
    CU_ASSERT_NOT_EQUAL(memcmp(a, b, BYTES), 0);
    give_all(&r);
}

#define BITS_MAX 65536u

/* An encoder batch on @p cu from the state in @p state, all in one report. */
static struct psk_enc_report encode(const char *cu, struct ps_accel_buf *state,
                                    uint32_t state_bytes, uint32_t frame, uint32_t flags)
{
    const uint32_t bytes = BYTES / FRAMES;
    struct ps_accel_buf *src = take(bytes), *control = take(sizeof(struct psk_enc_control));
    struct ps_accel_buf *report = take(sizeof(struct psk_enc_report));
    struct ps_accel_buf *status = take(sizeof(struct psk_status));
    const struct ps_accel_run r = {
        .cu = cu_named(accel, cu),
        .arg_count = 14,
        .args = { in(src, bytes), out(state, state_bytes),
                  in(control, sizeof(struct psk_enc_control)), out(take(BITS_MAX), BITS_MAX),
                  out(report, sizeof(struct psk_enc_report)), scalar(WIDTH), scalar(HEIGHT),
                  scalar(1), scalar(BITS_MAX), scalar(flags), scalar(1), scalar(25), scalar(1),
                  out(status, sizeof(struct psk_status)) }
    };
    struct psk_enc_report result;

    memcpy(ps_accel_buf_map(src), source + frame * bytes, bytes);
    *(struct psk_enc_control *)ps_accel_buf_map(control) =
        (struct psk_enc_control){ .qp = 28, .qp_min = 10, .qp_max = 51 };
    CU_ASSERT_EQUAL(run(&r), 0);
    CU_ASSERT_EQUAL(((const struct psk_status *)ps_accel_buf_map(status))->code, PSK_OK);
    result = *(const struct psk_enc_report *)ps_accel_buf_map(report);
    for (uint32_t i = 0; i < r.arg_count; i++)
        if (r.args[i].buf != state)
            ps_accel_buf_give(accel, r.args[i].buf);
    return result;
}

/* A stream that moves from one compute unit to the other goes on as if it had stayed. */
static void the_encoders_state_moves_between_cus(void)
{
    const uint32_t bytes = psk_h264enc_state_bytes(WIDTH, HEIGHT);
    static uint8_t state[1 << 20], bits[BITS_MAX];
    struct ps_accel_buf *moved = take(bytes);

    PS_REQUIRE(bytes > 0 && bytes <= sizeof(state));
    for (uint32_t f = 0; f < FRAMES; f++) {
        const uint32_t flags = f == 0 ? PSK_ENC_START : 0;
        const struct psk_enc_control control = { .qp = 28, .qp_min = 10, .qp_max = 51 };
        struct psk_enc_report direct, on_card;
        struct psk_status status;

        psk_h264enc(source + f * (BYTES / FRAMES), state, &control, bits, &direct, WIDTH, HEIGHT, 1,
                    BITS_MAX, flags, 1, 25, 1, &status);
        CU_ASSERT_EQUAL(status.code, PSK_OK);
        on_card = encode(f % 2 ? "h264enc:h264enc_2" : "h264enc:h264enc_1", moved, bytes, f, flags);
        CU_ASSERT(direct.bytes > 0);
        CU_ASSERT_EQUAL(memcmp(&direct, &on_card, sizeof(direct)), 0);
    }
    ps_accel_buf_give(accel, moved);
}

/* The bits buffer is said to be larger than the card's memory behind its start. */
static void a_buffer_that_reaches_outside_the_memory_is_an_error_of_the_run(void)
{
    struct ps_accel_run r = { .cu = cu_named(accel, "h264enc:h264enc_1"), .arg_count = 14 };

    for (uint32_t i = 0; i < 14; i++)
        r.args[i] = i < 5 || i == 13 ? in(take(BYTES), 0) : scalar(0);
    r.args[8] = scalar(UINT32_MAX);
    CU_ASSERT_EQUAL(run(&r), -EIO);
    r.args[8] = scalar(BYTES);
    CU_ASSERT_EQUAL(run(&r), 0); /* refused by the kernel, in its status */
    give_all(&r);
}

static void the_card_has_the_kernels_of_the_abi(void)
{
    static const uint32_t kernels[] = { PSK_KERNEL_SCALE, PSK_KERNEL_SCALE, PSK_KERNEL_H264ENC,
                                        PSK_KERNEL_H264ENC, PSK_KERNEL_MARK };

    CU_ASSERT_STRING_EQUAL(ps_accel_device_name(accel), "emulated emu-small");
    PS_REQUIRE(ps_accel_cu_count(accel) == 5);
    for (uint32_t i = 0; i < 5; i++) {
        struct ps_accel_cu_info info;

        ps_accel_cu_info(accel, i, &info);
        CU_ASSERT_EQUAL(info.kernel, kernels[i]);
        CU_ASSERT(worker_of(info.name) > 0);
    }
}

int main(void)
{
    static const struct ps_test tests[] = {
        PS_TEST(the_card_has_the_kernels_of_the_abi),
        PS_TEST(scale_on_either_cu_equals_the_direct_call),
        PS_TEST(what_a_kernel_refuses_is_in_its_status),
        PS_TEST(arguments_of_the_wrong_kind_or_number_are_refused),
        PS_TEST(mark_equals_the_direct_call),
        PS_TEST(a_buffer_that_reaches_outside_the_memory_is_an_error_of_the_run),
        PS_TEST(the_encoders_state_moves_between_cus),
    };
    const struct ps_accel_config cfg = { .cards = { { .xclbin = getenv("PS_TEST_EMU_SMALL") } },
                                         .card_count = 1,
                                         .emulation_dir = getenv("PS_TEST_DRIVER"),
                                         .run_timeout_ms = 10000 };
    const char *why = NULL;
    uint32_t noise = 1;
    int rc;

    if (ps_accel_create(&accel, &cfg, &why) != 0) {
        fprintf(stderr, "emu-small: %s\n", why);
        return EXIT_FAILURE;
    }
    for (uint32_t i = 0; i < BYTES; i++) {
        noise = noise * 1664525u + 1013904223u;
        source[i] = (uint8_t)(i / 64 + (noise >> 28));
    }
    rc = ps_test_run("accel/kernels", tests, sizeof(tests) / sizeof(tests[0]));
    ps_accel_destroy(accel);
    return rc;
}
