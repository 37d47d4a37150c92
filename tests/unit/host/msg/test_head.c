/* SPDX-License-Identifier: BSD-3-Clause */
/* tests/unit/host/msg/test_head.c - what the first bytes of a value say. */
#include "host/base/mem.h"
#include "host/msg/head_priv.h"
#include "tests/support/ps_test.h"

static void each_kind_is_told_by_its_first_byte(void)
{
    static const struct {
        const char *bytes;
        enum ps_msg_head_kind kind;
        size_t head_bytes;
        uint32_t size;
    } cases[] = {
        { "\x05", PS_MSG_HEAD_SCALAR, 1, 0 },
        { "\xff", PS_MSG_HEAD_SCALAR, 1, 0 },
        { "\xcf", PS_MSG_HEAD_SCALAR, 9, 0 },
        { "\xa3", PS_MSG_HEAD_TEXT, 1, 3 },
        { "\xda\x01\x02", PS_MSG_HEAD_TEXT, 3, 0x102 },
        { "\xc6\x00\x01\x00\x00", PS_MSG_HEAD_BYTES, 5, 0x10000 },
        { "\x9f", PS_MSG_HEAD_ARRAY, 1, 15 },
        { "\xdc\x00\x10", PS_MSG_HEAD_ARRAY, 3, 16 },
        { "\x82", PS_MSG_HEAD_MAP, 1, 2 },
        { "\xdf\xff\xff\xff\xff", PS_MSG_HEAD_MAP, 5, UINT32_MAX },
    };

    for (size_t i = 0; i < PS_ARRAY_LEN(cases); i++) {
        struct ps_msg_head head;
        char bytes[16] = { 0 };
        for (size_t b = 0; b < cases[i].head_bytes && (b == 0 || cases[i].size > 0); b++)
            bytes[b] = cases[i].bytes[b];
        PS_REQUIRE(ps_msg_head_read((const uint8_t *)bytes, sizeof(bytes), &head));
        CU_ASSERT_EQUAL(head.kind, cases[i].kind);
        CU_ASSERT_EQUAL(head.bytes, cases[i].head_bytes);
        CU_ASSERT_EQUAL(head.size, cases[i].size);
    }
}

static void a_head_that_is_cut_is_not_judged(void)
{
    struct ps_msg_head head;

    CU_ASSERT_FALSE(ps_msg_head_read((const uint8_t *)"\xda\x01", 2, &head));
    CU_ASSERT_FALSE(ps_msg_head_read((const uint8_t *)"\xcf\0\0\0\0\0\0\0", 8, &head));
    CU_ASSERT_TRUE(ps_msg_head_read((const uint8_t *)"\xda\x01\x02", 3, &head));
}

static void ext_types_and_the_unused_byte_are_refused_at_once(void)
{
    static const uint8_t refused[] = { 0xc1, 0xc7, 0xc8, 0xc9, 0xd4, 0xd5, 0xd6, 0xd7, 0xd8 };

    for (size_t i = 0; i < PS_ARRAY_LEN(refused); i++) {
        struct ps_msg_head head;
        PS_REQUIRE(ps_msg_head_read(&refused[i], 1, &head));
        CU_ASSERT_EQUAL(head.kind, PS_MSG_HEAD_REFUSED);
    }
}

int main(void)
{
    static const struct ps_test tests[] = {
        PS_TEST(each_kind_is_told_by_its_first_byte),
        PS_TEST(a_head_that_is_cut_is_not_judged),
        PS_TEST(ext_types_and_the_unused_byte_are_refused_at_once),
    };

    return ps_test_run("host/msg/head", tests, PS_ARRAY_LEN(tests));
}
