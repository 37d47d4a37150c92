/* SPDX-License-Identifier: BSD-3-Clause */
/* Two emulated cards: buffers that move between them, one that is lost and comes back. */
#include "kernels/abi/kernels.h"
#include "kernels/h264enc/h264enc.h"
#include "kernels/scale/scale.h"
#include "tests/integration/accel/accel_test.h"
#include "tests/integration/accel/mortal_xrt.h"
#include "tests/support/ps_test.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>

#define WIDTH      96u
#define HEIGHT     64u
#define OUT_WIDTH  64u
#define OUT_HEIGHT 48u
#define FRAMES     3u
#define IN_BYTES   (WIDTH * HEIGHT * 3u / 2u)
#define OUT_BYTES  (OUT_WIDTH * OUT_HEIGHT * 3u / 2u)
#define BITS_MAX   65536u
#define SEC        1000000000ull

static struct ps_accel *accel;
static uint8_t source[FRAMES][IN_BYTES];
static uint64_t now_ns = SEC; /* of reviving; every attempt is due after a step */

static struct ps_accel_buf *take(size_t size_bytes)
{
    struct ps_accel_buf *buf = NULL;

    PS_REQUIRE(ps_accel_buf_take(accel, size_bytes, &buf) == 0);
    memset(ps_accel_buf_map(buf), 0x55, size_bytes);
    return buf;
}

/* The @p nth unit of @p kernel on @p card. */
static uint32_t cu_of(uint32_t card, uint32_t kernel, uint32_t nth)
{
    struct ps_accel_card_info where;

    ps_accel_card_info(accel, card, &where);
    for (uint32_t i = where.first_cu; i < where.first_cu + where.cu_count; i++) {
        struct ps_accel_cu_info cu;

        ps_accel_cu_info(accel, i, &cu);
        if (cu.kernel == kernel && nth-- == 0)
            return i;
    }
    abort();
}

static enum ps_accel_card_state state_of(uint32_t card)
{
    struct ps_accel_card_info info;

    ps_accel_card_info(accel, card, &info);
    CU_ASSERT((info.why == NULL) == (info.state == PS_ACCEL_CARD_OK));
    return info.state;
}

static uint32_t count_cus(uint32_t card, enum ps_accel_cu_state state)
{
    struct ps_accel_card_info where;
    uint32_t count = 0;

    ps_accel_card_info(accel, card, &where);
    for (uint32_t i = 0; i < where.cu_count; i++) {
        struct ps_accel_cu_info cu;

        ps_accel_cu_info(accel, where.first_cu + i, &cu);
        count += cu.state == state;
    }
    return count;
}

static int run(const struct ps_accel_run *r)
{
    const int rc = ps_accel_submit(accel, r);

    return rc != 0 ? rc : await(accel).status;
}

static struct ps_accel_run scale_run(uint32_t cu, struct ps_accel_buf *src, uint32_t in_bytes,
                                     struct ps_accel_buf *dst, struct ps_accel_buf *status)
{
    struct ps_accel_run r = { .cu = cu, .arg_count = 19 };

    r.args[0] = (struct ps_accel_arg){ .buf = src, .in_bytes = in_bytes };
    for (uint32_t i = 1; i <= PSK_SCALE_RENDITIONS_MAX; i++)
        r.args[i].buf = dst;
    r.args[7].scalar = WIDTH;
    r.args[8].scalar = HEIGHT;
    r.args[10].scalar = 1;
    r.args[11].scalar = 1;
    r.args[12].scalar = PSK_SCALE_SIZE(OUT_WIDTH, OUT_HEIGHT);
    r.args[18] = (struct ps_accel_arg){ .buf = status, .out_bytes = sizeof(struct psk_status) };
    return r;
}

/* The source's frame @p frame, scaled on @p card into @p dst, of which the host sees nothing. */
static int scale(uint32_t card, uint32_t frame, struct ps_accel_buf *dst)
{
    struct ps_accel_buf *src = take(IN_BYTES), *status = take(sizeof(struct psk_status));
    const struct ps_accel_run r =
        scale_run(cu_of(card, PSK_KERNEL_SCALE, 0), src, IN_BYTES, dst, status);
    int rc;

    memcpy(ps_accel_buf_map(src), source[frame], IN_BYTES);
    rc = run(&r);
    ps_accel_buf_give(accel, src);
    ps_accel_buf_give(accel, status);
    return rc;
}

static uint32_t state_bytes(void)
{
    return psk_h264enc_state_bytes(OUT_WIDTH, OUT_HEIGHT);
}

/* One frame on @p card, from @p state where its last run left it; the bits into @p ret_bits. */
static int encode(uint32_t card, uint32_t frame, struct ps_accel_buf *src,
                  struct ps_accel_buf *state, uint8_t *ret_bits, uint32_t *ret_bytes)
{
    struct ps_accel_buf *control = take(sizeof(struct psk_enc_control)), *bits = take(BITS_MAX);
    struct ps_accel_buf *report = take(sizeof(struct psk_enc_report));
    struct ps_accel_buf *status = take(sizeof(struct psk_status));
    const struct ps_accel_run r = {
        .cu = cu_of(card, PSK_KERNEL_H264ENC, 0),
        .arg_count = 14,
        .args = { { .buf = src },
                  { .buf = state, .out_bytes = state_bytes() },
                  { .buf = control, .in_bytes = sizeof(struct psk_enc_control) },
                  { .buf = bits, .out_bytes = BITS_MAX },
                  { .buf = report, .out_bytes = sizeof(struct psk_enc_report) },
                  { .scalar = OUT_WIDTH },
                  { .scalar = OUT_HEIGHT },
                  { .scalar = 1 },
                  { .scalar = BITS_MAX },
                  { .scalar = frame == 0 ? PSK_ENC_START : 0 },
                  { .scalar = 1 },
                  { .scalar = 25 },
                  { .scalar = 1 },
                  { .buf = status, .out_bytes = sizeof(struct psk_status) } },
    };
    int rc;

    *(struct psk_enc_control *)ps_accel_buf_map(control) =
        (struct psk_enc_control){ .qp = 28, .qp_min = 10, .qp_max = 51 };
    rc = run(&r);
    if (rc == 0) {
        CU_ASSERT_EQUAL(((const struct psk_status *)ps_accel_buf_map(status))->code, PSK_OK);
        *ret_bytes = ((const struct psk_enc_report *)ps_accel_buf_map(report))->bytes;
        memcpy(ret_bits, ps_accel_buf_map(bits), *ret_bytes);
    }
    for (uint32_t i = 2; i < r.arg_count; i++)
        ps_accel_buf_give(accel, r.args[i].buf);
    return rc;
}

/* FRAMES frames, each scaled and encoded on the cards that are named for it. @return bytes. */
static uint32_t make(const uint32_t *scale_cards, const uint32_t *encode_cards, uint8_t *ret_bits)
{
    struct ps_accel_buf *state = take(state_bytes());
    uint32_t total = 0;

    for (uint32_t f = 0; f < FRAMES; f++) {
        struct ps_accel_buf *scaled = take(OUT_BYTES);
        uint32_t bytes = 0;

        CU_ASSERT_EQUAL(scale(scale_cards[f], f, scaled), 0);
        CU_ASSERT_EQUAL(encode(encode_cards[f], f, scaled, state, ret_bits + total, &bytes), 0);
        CU_ASSERT(bytes > 0);
        total += bytes;
        ps_accel_buf_give(accel, scaled);
    }
    ps_accel_buf_give(accel, state);
    return total;
}

/* ---- tests ---- */

static void cus_are_numbered_through_card_by_card(void)
{
    PS_REQUIRE(ps_accel_card_count(accel) == 2);
    CU_ASSERT_STRING_EQUAL(ps_accel_device_name(accel), "emulated emu-small (2 of 2 cards)");
    PS_REQUIRE(ps_accel_cu_count(accel) == 10);
    for (uint32_t i = 0; i < 10; i++) {
        struct ps_accel_cu_info cu;

        ps_accel_cu_info(accel, i, &cu);
        CU_ASSERT_EQUAL(cu.device_idx, i < 5 ? 3 : 1);
        CU_ASSERT_EQUAL(cu.state, PS_ACCEL_CU_IDLE);
    }
    for (uint32_t card = 0; card < 2; card++) {
        struct ps_accel_card_info info;

        ps_accel_card_info(accel, card, &info);
        CU_ASSERT_EQUAL(info.first_cu, 5 * card);
        CU_ASSERT_EQUAL(info.cu_count, 5);
        CU_ASSERT(info.is_emulated);
        CU_ASSERT_EQUAL(info.timing, PS_ACCEL_TIMING_FUNCTIONAL);
        CU_ASSERT_EQUAL(info.memory_bytes, 4096ull << 20);
        CU_ASSERT_EQUAL(state_of(card), PS_ACCEL_CARD_OK);
    }
}

static void scaled_on_one_card_and_encoded_on_another_is_the_same(void)
{
    static const uint32_t stay[FRAMES] = { 0 }, other[FRAMES] = { 1, 1, 1 };
    static const uint32_t to_and_fro[FRAMES] = { 1, 0, 1 };
    static uint8_t expected[FRAMES * BITS_MAX], bits[FRAMES * BITS_MAX];
    const uint32_t bytes = make(stay, stay, expected);

    CU_ASSERT_EQUAL(make(stay, other, bits), bytes);
    CU_ASSERT_EQUAL(memcmp(bits, expected, bytes), 0);
    CU_ASSERT_EQUAL(make(other, stay, bits), bytes);
    CU_ASSERT_EQUAL(memcmp(bits, expected, bytes), 0);
    CU_ASSERT_EQUAL(make(stay, to_and_fro, bits), bytes); /* the state moves, too */
    CU_ASSERT_EQUAL(memcmp(bits, expected, bytes), 0);
}

/* Written by the host for the first of them only: the others find it on either card or bring it. */
static void cus_of_both_cards_share_an_input_at_the_same_time(void)
{
    enum { SHARERS = 4, ROUNDS = 40 };
    static uint8_t expected[OUT_BYTES];
    struct psk_status said;

    for (uint32_t round = 0; round < ROUNDS; round++) {
        struct ps_accel_buf *src = take(IN_BYTES), *dst[SHARERS], *status[SHARERS];

        memcpy(ps_accel_buf_map(src), source[round % FRAMES], IN_BYTES);
        psk_scale_one(source[round % FRAMES], expected, WIDTH, HEIGHT, OUT_WIDTH, OUT_HEIGHT, 1,
                      &said);
        for (uint32_t i = 0; i < SHARERS; i++) {
            struct ps_accel_run r;

            dst[i] = take(OUT_BYTES);
            status[i] = take(sizeof(struct psk_status));
            r = scale_run(cu_of(i % 2, PSK_KERNEL_SCALE, i / 2), src, IN_BYTES, dst[i], status[i]);
            r.args[1].out_bytes = OUT_BYTES;
            r.args[0].in_bytes = i == 0 || round % 2 == 0 ? IN_BYTES : 0;
            PS_REQUIRE(ps_accel_submit(accel, &r) == 0);
            if (i == 0 && round % 2 == 1) /* it is written once it is there */
                CU_ASSERT_EQUAL(await(accel).status, 0);
        }
        for (uint32_t i = round % 2; i < SHARERS; i++)
            CU_ASSERT_EQUAL(await(accel).status, 0);
        for (uint32_t i = 0; i < SHARERS; i++) {
            CU_ASSERT_EQUAL(memcmp(ps_accel_buf_map(dst[i]), expected, OUT_BYTES), 0);
            ps_accel_buf_give(accel, dst[i]);
            ps_accel_buf_give(accel, status[i]);
        }
        ps_accel_buf_give(accel, src);
    }
}

/* @return whether the owner was told of the card's change. */
static bool heard_of(uint32_t card)
{
    uint32_t told = UINT32_MAX;
    const bool heard = ps_accel_card_changed(accel, &told);

    CU_ASSERT(!heard || told == card);
    CU_ASSERT_FALSE(ps_accel_card_changed(accel, &told));
    return heard;
}

/* Until what was started has ended, in whatever way. */
static void revive_now(void)
{
    struct pollfd event = { .fd = ps_accel_fd(accel), .events = POLLIN };
    struct ps_accel_done done;

    ps_accel_revive(accel, now_ns);
    CU_ASSERT_EQUAL(poll(&event, 1, 10000), 1);
    CU_ASSERT_EQUAL(ps_accel_reap(accel, &done, 1), 0);
    CU_ASSERT_EQUAL(poll(&event, 1, 0), 0);
}

static void try_to_revive(void)
{
    now_ns += PS_ACCEL_REVIVE_NS_MAX;
    revive_now();
}

static void what_only_a_lost_card_had_is_stale(void)
{
    struct ps_accel_buf *scaled = take(OUT_BYTES), *state = take(state_bytes());
    static uint8_t bits[BITS_MAX];
    uint32_t bytes;

    CU_ASSERT_EQUAL(scale(1, 0, scaled), 0);
    mortal_take_away(1);
    CU_ASSERT_EQUAL(encode(0, 0, scaled, state, bits, &bytes), -ESTALE);
    CU_ASSERT_EQUAL(count_cus(0, PS_ACCEL_CU_IDLE), 5); /* the unit is well */
    CU_ASSERT_EQUAL(scale(1, 0, scaled), -ENODEV);
    CU_ASSERT_EQUAL(state_of(1), PS_ACCEL_CARD_LOST);
    CU_ASSERT_EQUAL(count_cus(1, PS_ACCEL_CU_LOST), 5); /* those that had no run, too */
    CU_ASSERT_EQUAL(scale(1, 0, scaled), -ENODEV);
    CU_ASSERT(heard_of(1));
    CU_ASSERT_EQUAL(scale(0, 0, scaled), 0); /* what is written anew is good */
    CU_ASSERT_EQUAL(encode(0, 0, scaled, state, bits, &bytes), 0);
    ps_accel_buf_give(accel, scaled);
    ps_accel_buf_give(accel, state);
}

static void a_lost_card_is_tried_at_a_bounded_rate_and_comes_back(void)
{
    struct ps_accel_buf *scaled = take(OUT_BYTES);
    const unsigned fds = count_fds();
    struct pollfd event = { .fd = ps_accel_fd(accel), .events = POLLIN };

    PS_REQUIRE(state_of(1) == PS_ACCEL_CARD_LOST);
    try_to_revive();
    CU_ASSERT_EQUAL(state_of(1), PS_ACCEL_CARD_LOST);
    CU_ASSERT_FALSE(heard_of(1));
    CU_ASSERT_EQUAL(mortal_buffers(1), 0);
    mortal_bring_back(1);
    ps_accel_revive(accel, now_ns + PS_ACCEL_REVIVE_NS - 1); /* not due yet */
    CU_ASSERT_EQUAL(poll(&event, 1, 50), 0);
    try_to_revive();
    CU_ASSERT_EQUAL(state_of(1), PS_ACCEL_CARD_OK);
    CU_ASSERT(heard_of(1));
    CU_ASSERT_EQUAL(count_cus(1, PS_ACCEL_CU_IDLE), 5);
    CU_ASSERT_EQUAL(scale(1, 1, scaled), 0);
    CU_ASSERT(fds > 0 && count_fds() < fds + 32); /* of one card, not of two */
    ps_accel_buf_give(accel, scaled);
}

/* It opens each time, and dies under its second run. */
static void a_card_that_dies_again_and_again_is_tried_less_and_less(void)
{
    struct ps_accel_buf *scaled = take(OUT_BYTES);
    struct pollfd event = { .fd = ps_accel_fd(accel), .events = POLLIN };
    uint64_t pause_ns = 0;

    PS_REQUIRE(state_of(1) == PS_ACCEL_CARD_OK);
    now_ns += 2 * PS_ACCEL_REVIVE_NS_MAX;
    ps_accel_revive(accel, now_ns); /* it has worked for long, and so begins anew */
    for (uint32_t i = 0; i < 4; i++) {
        CU_ASSERT_EQUAL(scale(1, 0, scaled), 0);
        mortal_take_away(1);
        CU_ASSERT_EQUAL(scale(1, 0, scaled), -ENODEV);
        CU_ASSERT(heard_of(1));
        mortal_bring_back(1);
        if (pause_ns > 0) {
            ps_accel_revive(accel, now_ns + pause_ns - 1); /* not due yet */
            CU_ASSERT_EQUAL(poll(&event, 1, 20), 0);
        }
        now_ns += pause_ns;
        revive_now();
        CU_ASSERT_EQUAL(state_of(1), PS_ACCEL_CARD_OK);
        CU_ASSERT(heard_of(1));
        pause_ns = pause_ns == 0 ? PS_ACCEL_REVIVE_NS : 2 * pause_ns;
    }
    ps_accel_buf_give(accel, scaled);
}

/* The state came back to the host with each run, so the stream goes on where the card was lost. */
static void what_the_host_has_outlives_the_card(void)
{
    static const uint32_t stay[FRAMES] = { 0 };
    static uint8_t expected[FRAMES * BITS_MAX], bits[FRAMES * BITS_MAX];
    const uint32_t total = make(stay, stay, expected);
    struct ps_accel_buf *state = take(state_bytes());
    uint32_t at = 0, bytes;

    for (uint32_t f = 0; f < FRAMES; f++) {
        struct ps_accel_buf *scaled = take(OUT_BYTES);

        CU_ASSERT_EQUAL(scale(0, f, scaled), 0);
        CU_ASSERT_EQUAL(encode(f < 2 ? 1 : 0, f, scaled, state, bits + at, &bytes), 0);
        at += bytes;
        if (f == 1)
            mortal_take_away(1);
        ps_accel_buf_give(accel, scaled);
    }
    CU_ASSERT_EQUAL(at, total);
    CU_ASSERT_EQUAL(memcmp(bits, expected, total), 0);
    ps_accel_buf_give(accel, state);
    mortal_bring_back(1);
    state = take(OUT_BYTES);
    CU_ASSERT_EQUAL(scale(1, 0, state), -ENODEV); /* what was open of it is dead */
    CU_ASSERT(heard_of(1));
    try_to_revive();
    CU_ASSERT(heard_of(1));
    ps_accel_buf_give(accel, state);
}

static void runs_that_never_end_take_their_memory_along(void)
{
    struct ps_accel_buf *scaled = take(OUT_BYTES), *again;
    unsigned before;

    CU_ASSERT_EQUAL(scale(0, 0, scaled), 0);
    before = mortal_buffers(3);
    mortal_hide_ends(true);
    CU_ASSERT_EQUAL(scale(0, 0, scaled), -ETIMEDOUT);
    mortal_hide_ends(false);
    CU_ASSERT_EQUAL(count_cus(0, PS_ACCEL_CU_LOST), 1);
    CU_ASSERT_EQUAL(state_of(0), PS_ACCEL_CARD_OK);
    ps_accel_buf_give(accel, scaled);
    again = take(OUT_BYTES);
    CU_ASSERT_PTR_EQUAL(again, scaled); /* the host's memory was never in danger */
    CU_ASSERT_EQUAL(scale(1, 0, again), 0);
    CU_ASSERT(mortal_buffers(3) >= before); /* nothing of the hung run was freed */
    ps_accel_buf_give(accel, again);
}

static int hang(uint32_t cu)
{
    struct ps_accel_buf *buf = take(16);
    struct ps_accel_run r = { .cu = cu };
    struct ps_accel_cu_info info;
    int rc;

    ps_accel_cu_info(accel, cu, &info);
    r.arg_count = info.kernel == PSK_KERNEL_SCALE ? 19 : info.kernel == PSK_KERNEL_MARK ? 12 : 14;
    for (uint32_t i = 0; i < r.arg_count; i++) {
        const bool is_buffer = info.kernel == PSK_KERNEL_SCALE  ? i < 7 || i == 18
                               : info.kernel == PSK_KERNEL_MARK ? i < 3 || i == 11
                                                                : i < 5 || i == 13;

        r.args[i].buf = is_buffer ? buf : NULL;
    }
    mortal_hide_ends(true);
    rc = run(&r);
    mortal_hide_ends(false);
    ps_accel_buf_give(accel, buf);
    return rc;
}

static void a_card_whose_units_all_hang_is_lost_and_revived(void)
{
    struct ps_accel_buf *scaled = take(OUT_BYTES);

    for (uint32_t cu = 0; cu < 5; cu++) {
        struct ps_accel_cu_info info;

        ps_accel_cu_info(accel, cu, &info);
        if (info.state == PS_ACCEL_CU_IDLE)
            CU_ASSERT_EQUAL(hang(cu), -ETIMEDOUT);
    }
    CU_ASSERT_EQUAL(state_of(0), PS_ACCEL_CARD_LOST);
    CU_ASSERT(heard_of(0));
    try_to_revive();
    CU_ASSERT_EQUAL(state_of(0), PS_ACCEL_CARD_OK);
    CU_ASSERT(heard_of(0));
    CU_ASSERT_EQUAL(count_cus(0, PS_ACCEL_CU_IDLE), 5);
    for (uint32_t i = 0; i < 3; i++)
        CU_ASSERT_EQUAL(scale(0, i, scaled), 0);
    ps_accel_buf_give(accel, scaled);
}

static int open_cards(void)
{
    /* Not in the order of their numbers, which are not the cards' either. */
    const struct ps_accel_config cfg = {
        .cards = { { .xclbin = getenv("PS_TEST_EMU_SMALL"), .device_idx = 3 },
                   { .xclbin = getenv("PS_TEST_EMU_SMALL"), .device_idx = 1 } },
        .card_count = 2,
        .emulation_dir = getenv("PS_TEST_DRIVER"),
        .run_timeout_ms = 10000,
    };
    const char *why = NULL;
    const int rc = ps_accel_create(&accel, &cfg, &why);

    if (rc != 0)
        fprintf(stderr, "two cards: %s\n", why);
    return rc;
}

static void destroying_leaves_nothing(void)
{
    ps_accel_destroy(accel);
    accel = NULL;
    CU_ASSERT_EQUAL(mortal_buffers(1) + mortal_buffers(3), 0);
}

static void a_card_that_is_absent_does_not_keep_the_other_from_working(void)
{
    struct ps_accel_buf *scaled;

    mortal_take_away(3);
    PS_REQUIRE(open_cards() == 0);
    CU_ASSERT_EQUAL(state_of(0), PS_ACCEL_CARD_ABSENT);
    CU_ASSERT_STRING_EQUAL(ps_accel_device_name(accel), "emulated emu-small (1 of 2 cards)");
    CU_ASSERT(heard_of(0));
    scaled = take(OUT_BYTES);
    CU_ASSERT_EQUAL(scale(0, 0, scaled), -ENODEV);
    CU_ASSERT_EQUAL(scale(1, 0, scaled), 0);
    mortal_bring_back(3);
    try_to_revive();
    CU_ASSERT_EQUAL(state_of(0), PS_ACCEL_CARD_OK);
    CU_ASSERT_EQUAL(scale(0, 0, scaled), 0);
    ps_accel_buf_give(accel, scaled);
    ps_accel_destroy(accel);
}

static void no_card_at_all_is_an_error(void)
{
    mortal_take_away(1);
    mortal_take_away(3);
    accel = NULL;
    CU_ASSERT_EQUAL(open_cards(), -ENODEV);
    CU_ASSERT_PTR_NULL(accel);
}

int main(void)
{
    static const struct ps_test tests[] = {
        PS_TEST(cus_are_numbered_through_card_by_card),
        PS_TEST(scaled_on_one_card_and_encoded_on_another_is_the_same),
        PS_TEST(cus_of_both_cards_share_an_input_at_the_same_time),
        PS_TEST(what_only_a_lost_card_had_is_stale),
        PS_TEST(a_lost_card_is_tried_at_a_bounded_rate_and_comes_back),
        PS_TEST(a_card_that_dies_again_and_again_is_tried_less_and_less),
        PS_TEST(what_the_host_has_outlives_the_card),
        PS_TEST(runs_that_never_end_take_their_memory_along),
        PS_TEST(a_card_whose_units_all_hang_is_lost_and_revived),
        PS_TEST(destroying_leaves_nothing),
        PS_TEST(a_card_that_is_absent_does_not_keep_the_other_from_working),
        PS_TEST(no_card_at_all_is_an_error),
    };
    uint32_t noise = 1;

    for (uint32_t f = 0; f < FRAMES; f++)
        for (uint32_t i = 0; i < IN_BYTES; i++) {
            noise = noise * 1664525u + 1013904223u;
            source[f][i] = (uint8_t)(i / 64 + 8 * f + (noise >> 28));
        }
    if (open_cards() != 0)
        return EXIT_FAILURE;
    return ps_test_run("accel/cards", tests, sizeof(tests) / sizeof(tests[0]));
}
