/* SPDX-License-Identifier: BSD-3-Clause */
/* tests/unit/kernels/h264enc/test_state.c - the state buffer: what it says, and that any damage to
 * it is refused. */
#include "kernels/h264enc/crc32c_priv.h"
#include "tests/unit/kernels/h264enc/run.h"

#define WIDTH  34u
#define HEIGHT 18u

static struct run started(void)
{
    struct run run = run_begin(WIDTH, HEIGHT, 30);

    PS_REQUIRE(run_frames(&run, 0, 3, PSK_ENC_START) == PSK_OK);
    return run;
}

static void the_header_says_what_it_is(void)
{
    struct run run = started();
    struct psk_state_header header;

    memcpy(&header, run.state, sizeof(header));
    CU_ASSERT_EQUAL(header.magic, PSK_STATE_MAGIC);
    CU_ASSERT_EQUAL(header.abi_version, PSK_ABI_VERSION);
    CU_ASSERT_EQUAL(header.kernel, PSK_KERNEL_H264ENC);
    CU_ASSERT_EQUAL(header.next_frame, 3);
    CU_ASSERT_EQUAL(header.size_bytes, psk_h264enc_state_bytes(WIDTH, HEIGHT));
    run_end(&run);
}

static void any_flipped_bit_is_refused(void)
{
    struct run run = started();
    const uint32_t size_bytes = psk_h264enc_state_bytes(WIDTH, HEIGHT);

    for (uint32_t i = 0; i < size_bytes; i += i < 64 ? 1 : 61) {
        run.state[i] ^= 0x10;
        CU_ASSERT_EQUAL(run_frames(&run, 3, 1, 0), PSK_BAD_STATE);
        CU_ASSERT_EQUAL(run.status.frames_done, 0);
        run.state[i] ^= 0x10;
    }
    CU_ASSERT_EQUAL(run_frames(&run, 3, 1, 0), PSK_OK);
    run_end(&run);
}

/* Sets a header field and makes the checksum right again. */
static void forge(struct run *run, size_t at, uint32_t value)
{
    const uint32_t size_bytes = psk_h264enc_state_bytes(WIDTH, HEIGHT);
    struct psk_crc32c table;
    uint32_t crc = 0;

    memcpy(run->state + at, &value, sizeof(value));
    memcpy(run->state + offsetof(struct psk_state_header, crc32c), &crc, sizeof(crc));
    psk_crc32c_init(&table);
    crc = psk_crc32c(&table, 0, run->state, size_bytes);
    memcpy(run->state + offsetof(struct psk_state_header, crc32c), &crc, sizeof(crc));
}

static void another_kernels_or_versions_state_is_refused(void)
{
    static const struct {
        size_t at;
        uint32_t value;
    } cases[] = { { offsetof(struct psk_state_header, magic), 1 },
                  { offsetof(struct psk_state_header, abi_version), PSK_ABI_VERSION + 1 },
                  { offsetof(struct psk_state_header, kernel), PSK_KERNEL_MARK },
                  { offsetof(struct psk_state_header, next_frame), 0 },
                  { offsetof(struct psk_state_header, size_bytes), 4096 },
                  { sizeof(struct psk_state_header), WIDTH + 2 } };

    for (size_t i = 0; i < LENGTH(cases); i++) {
        struct run run = started();

        forge(&run, cases[i].at, cases[i].value);
        CU_ASSERT_EQUAL(run_frames(&run, 3, 1, 0), PSK_BAD_STATE);
        run_end(&run);
    }
}

static void a_forged_but_right_state_is_taken(void)
{
    struct run run = started();

    forge(&run, offsetof(struct psk_state_header, next_frame), 700);
    CU_ASSERT_EQUAL(run_frames(&run, 3, 1, 0), PSK_OK);
    run_end(&run);
}

static void another_sizes_state_is_refused(void)
{
    struct run run = started();

    run.width = WIDTH - 2; /* the same number of macroblocks */
    CU_ASSERT_EQUAL(psk_h264enc_state_bytes(run.width, HEIGHT),
                    psk_h264enc_state_bytes(WIDTH, HEIGHT) - 768);
    run.width = WIDTH + 2;
    CU_ASSERT_EQUAL(run_frames(&run, 0, 1, 0), PSK_BAD_STATE);
    run_end(&run);
}

static void a_failed_run_leaves_the_state_as_it_was(void)
{
    struct run run = started();
    const uint32_t size_bytes = psk_h264enc_state_bytes(WIDTH, HEIGHT);
    uint8_t *before = malloc(size_bytes);

    PS_REQUIRE(before != NULL);
    memcpy(before, run.state, size_bytes);
    run.bits_bytes_max = 20;
    CU_ASSERT_EQUAL(run_frames(&run, 3, 2, 0), PSK_NO_SPACE);
    CU_ASSERT_EQUAL(memcmp(before, run.state, size_bytes), 0);
    free(before);
    run_end(&run);
}

int main(void)
{
    static const struct ps_test tests[] = {
        PS_TEST(the_header_says_what_it_is),
        PS_TEST(any_flipped_bit_is_refused),
        PS_TEST(another_kernels_or_versions_state_is_refused),
        PS_TEST(a_forged_but_right_state_is_taken),
        PS_TEST(another_sizes_state_is_refused),
        PS_TEST(a_failed_run_leaves_the_state_as_it_was),
    };

    return ps_test_run("kernels/h264enc/state", tests, LENGTH(tests));
}
