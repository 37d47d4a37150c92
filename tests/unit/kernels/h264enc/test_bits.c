/* SPDX-License-Identifier: BSD-3-Clause */
/* tests/unit/kernels/h264enc/test_bits.c - codes, emulation prevention, and a full output. */
#include "kernels/h264enc/bits_priv.h"

#include <string.h>

#include "tests/support/ps_test.h"
#include "tests/unit/kernels/frames.h"

static struct psk_enc_bits bits;

static void exp_golomb_codes_follow_table_9_2(void)
{
    static const uint8_t wanted[] = { 0xa6, 0x42, 0x98, 0xe2, 0x04, 0x8a };

    psk_enc_bits_reset(&bits);
    for (uint32_t i = 0; i < 9; i++) /* 1 010 011 00100 00101 00110 00111 0001000 0001001 */
        psk_enc_put_ue(&bits, i);
    psk_enc_put(&bits, 0x0a >> 0 & 1, 1);
    CU_ASSERT_EQUAL(bits.count, 5);
    CU_ASSERT_EQUAL(memcmp(bits.byte, wanted, 5), 0);
}

static void signed_codes_alternate(void)
{
    CU_ASSERT_EQUAL(psk_enc_se_code(0), 0);
    CU_ASSERT_EQUAL(psk_enc_se_code(1), 1);
    CU_ASSERT_EQUAL(psk_enc_se_code(-1), 2);
    CU_ASSERT_EQUAL(psk_enc_se_code(7), 13);
    CU_ASSERT_EQUAL(psk_enc_ue_length(0), 1);
    CU_ASSERT_EQUAL(psk_enc_ue_length(2), 3);
    CU_ASSERT_EQUAL(psk_enc_ue_length(3), 5);
    CU_ASSERT_EQUAL(psk_enc_ue_length(65533), 31);
}

static uint32_t drain(const uint8_t *bytes, uint32_t count, uint8_t *out, uint32_t max,
                      struct psk_enc_nal *nal)
{
    memset(nal, 0, sizeof(*nal));
    nal->bytes_max = max;
    psk_enc_bits_reset(&bits);
    for (uint32_t i = 0; i < count; i++)
        psk_enc_put(&bits, bytes[i], 8);
    psk_enc_nal_drain(nal, out, &bits);
    return nal->bytes;
}

static void two_zeros_never_meet_a_small_byte(void)
{
    static const uint8_t in[] = { 0, 0, 0, 0, 0, 1, 0, 0, 2, 0, 0, 3, 0, 0, 4 };
    static const uint8_t wanted[] = { 0, 0, 3, 0, 0, 3, 0, 1, 0, 0, 3, 2, 0, 0, 3, 3, 0, 0, 4 };
    struct psk_enc_nal nal;
    uint8_t out[64];

    CU_ASSERT_EQUAL(drain(in, sizeof(in), out, sizeof(out), &nal), sizeof(wanted));
    CU_ASSERT_EQUAL(memcmp(out, wanted, sizeof(wanted)), 0);
    CU_ASSERT_EQUAL(nal.overflow, 0);
}

static void a_full_output_is_never_overrun(void)
{
    const uint8_t in[8] = { 0, 0, 1, 0, 0, 1, 9, 9 };
    struct psk_enc_nal nal;
    uint8_t out[16];

    for (uint32_t max = 0; max < 10; max++) {
        memset(out, 0xee, sizeof(out));
        drain(in, sizeof(in), out, max, &nal);
        CU_ASSERT_EQUAL(nal.overflow, 1);
        CU_ASSERT_EQUAL(nal.bytes, max);
        CU_ASSERT_EQUAL(out[max], 0xee);
    }
    drain(in, sizeof(in), out, 10, &nal);
    CU_ASSERT_EQUAL(nal.overflow, 0);
}

static void bits_wait_for_their_byte(void)
{
    struct psk_enc_nal nal = { .bytes_max = 8 };
    uint8_t out[8];

    psk_enc_bits_reset(&bits);
    psk_enc_put(&bits, 0xdeadbeef, 32);
    psk_enc_put(&bits, 5, 3);
    psk_enc_nal_drain(&nal, out, &bits);
    CU_ASSERT_EQUAL(nal.bytes, 4);
    psk_enc_put_trailing(&bits);
    psk_enc_nal_drain(&nal, out, &bits);
    CU_ASSERT_EQUAL(nal.bytes, 5);
    CU_ASSERT_EQUAL(memcmp(out, "\xde\xad\xbe\xef\xb0", 5), 0);
}

int main(void)
{
    static const struct ps_test tests[] = {
        PS_TEST(exp_golomb_codes_follow_table_9_2), PS_TEST(signed_codes_alternate),
        PS_TEST(two_zeros_never_meet_a_small_byte), PS_TEST(a_full_output_is_never_overrun),
        PS_TEST(bits_wait_for_their_byte),
    };

    return ps_test_run("kernels/h264enc/bits", tests, LENGTH(tests));
}
