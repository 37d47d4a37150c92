/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * tests/unit/kernels/h264enc/test_cavlc.c - tables are prefix codes; blocks equal the reference
 * form bit for bit, from empty to full, up to the largest levels.
 */
#include "kernels/h264enc/cavlc_priv.h"

#include <string.h>

#include "kernels/h264enc/cavlc_tables_priv.h"
#include "tests/support/ps_test.h"
#include "tests/unit/kernels/frames.h"

/* No code is the beginning of another. */
static void check_prefix_code(const struct psk_enc_code *code, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        CU_ASSERT_TRUE(code[i].length <= 16 && code[i].code >> code[i].length == 0);
        for (size_t k = 0; k < count; k++) {
            if (i == k || code[i].length == 0 || code[k].length < code[i].length)
                continue;
            CU_ASSERT_NOT_EQUAL(code[k].code >> (code[k].length - code[i].length), code[i].code);
        }
    }
}

static void tables_are_prefix_codes(void)
{
    for (size_t i = 0; i < LENGTH(psk_enc_coeff_token); i++)
        check_prefix_code(psk_enc_coeff_token[i][0], 4 * 17);
    check_prefix_code(psk_enc_coeff_token_dc[0], 4 * 5);
    for (size_t i = 0; i < LENGTH(psk_enc_total_zeros); i++)
        check_prefix_code(psk_enc_total_zeros[i], 16);
    for (size_t i = 0; i < LENGTH(psk_enc_total_zeros_dc); i++)
        check_prefix_code(psk_enc_total_zeros_dc[i], 4);
    for (size_t i = 0; i < LENGTH(psk_enc_run_before); i++)
        check_prefix_code(psk_enc_run_before[i], 15);
}

static void compare(const int16_t *level, int level_max, int context)
{
    static struct psk_enc_bits bits;
    static struct psk_enc_bits ref;

    psk_enc_bits_reset(&bits);
    psk_enc_bits_reset(&ref);
    psk_enc_put_block(&bits, level, level_max, context);
    psk_enc_put_block_ref(&ref, level, level_max, context);
    CU_ASSERT_EQUAL(psk_enc_block_bits(level, level_max, context), bits.count * 8 + bits.tail_bits);
    psk_enc_put_trailing(&bits);
    psk_enc_put_trailing(&ref);
    CU_ASSERT_EQUAL(bits.count, ref.count);
    CU_ASSERT_EQUAL(memcmp(bits.byte, ref.byte, ref.count), 0);
}

static void blocks_equal_the_reference_form(void)
{
    static const int lengths[] = { 4, 15, 16 };
    uint32_t seed = 5;

    for (uint32_t n = 0; n < 6000; n++) {
        const int level_max = lengths[n % 3];
        const int context = level_max == 4 ? PSK_ENC_CONTEXT_CHROMA_DC : (int)(n / 3 % 17);
        const uint32_t density = draw(&seed) % 17;
        const uint32_t range = 1u << draw(&seed) % 12;
        int16_t level[16] = { 0 };

        for (int i = 0; i < level_max; i++) {
            if (draw(&seed) % 16 < density)
                level[i] = (int16_t)((int)(draw(&seed) % (2 * range + 1)) - (int)range);
            if (level[i] > 2063)
                level[i] = 2063;
        }
        compare(level, level_max, context);
    }
}

static void every_magnitude_can_be_coded(void)
{
    for (int magnitude = 1; magnitude < 2064; magnitude++) {
        int16_t level[16] = { 0 };

        level[0] = (int16_t)magnitude;
        compare(level, 16, 0);
        level[3] = (int16_t)-magnitude;
        compare(level, 16, 5);
    }
}

static void an_empty_block_is_its_token(void)
{
    static struct psk_enc_bits bits;
    const int16_t level[16] = { 0 };

    psk_enc_bits_reset(&bits);
    psk_enc_put_block(&bits, level, 16, 0); /* 1 */
    psk_enc_put_block(&bits, level, 16, 2); /* 11 */
    psk_enc_put_block(&bits, level, 16, 4); /* 1111 */
    CU_ASSERT_EQUAL(bits.tail_bits, 7);
    CU_ASSERT_EQUAL(bits.tail & 0x7f, 0x7f);
}

/* Worked by hand from clause 9.2: 0, 3, 0, 1, -1, -1, 0, 1, 0... at context 0. */
static void a_known_block_gives_known_bits(void)
{
    static struct psk_enc_bits bits;
    const int16_t level[16] = { 0, 3, 0, 1, -1, -1, 0, 1 };
    /* token 0000100; signs 0, 1, 1; level 1 with prefix 001 0; zeros 111; runs 10, 1, 1, 01. */
    static const uint8_t wanted[] = { 0x08, 0xe5, 0xed, 0x80 };

    psk_enc_bits_reset(&bits);
    psk_enc_put_block(&bits, level, 16, 0);
    psk_enc_put_trailing(&bits);
    CU_ASSERT_EQUAL(bits.count, sizeof(wanted) - 0u);
    CU_ASSERT_EQUAL(memcmp(bits.byte, wanted, sizeof(wanted)), 0);
}

int main(void)
{
    static const struct ps_test tests[] = {
        PS_TEST(tables_are_prefix_codes),        PS_TEST(blocks_equal_the_reference_form),
        PS_TEST(every_magnitude_can_be_coded),   PS_TEST(an_empty_block_is_its_token),
        PS_TEST(a_known_block_gives_known_bits),
    };

    return ps_test_run("kernels/h264enc/cavlc", tests, LENGTH(tests));
}
