/* SPDX-License-Identifier: BSD-3-Clause */
/* tests/unit/host/msg/test_cursor.c - a message is read where it lies, and never beyond its end. */
#include "host/base/mem.h"
#include "host/msg/cursor.h"
#include "host/msg/pen.h"
#include "tests/support/ps_test.h"

#include <errno.h>
#include <string.h>

#define CURSOR(bytes) ps_msg_cursor_of(bytes, sizeof(bytes) - 1)

static void integers_of_all_widths_are_read(void)
{
    static const uint64_t values[] = { 0,         0x7f,       0x80,
                                       0xff,      0x100,      0xffff,
                                       0x10000,   UINT32_MAX, (uint64_t)UINT32_MAX + 1,
                                       UINT64_MAX };
    uint8_t bytes[128];
    struct ps_msg_pen pen = ps_msg_pen_of(bytes, sizeof(bytes));

    for (size_t i = 0; i < PS_ARRAY_LEN(values); i++)
        ps_msg_pen_u64(&pen, values[i]);
    struct ps_msg_cursor c = ps_msg_cursor_of(bytes, (size_t)(pen.at - bytes));
    for (size_t i = 0; i < PS_ARRAY_LEN(values); i++)
        CU_ASSERT_EQUAL(ps_msg_take_u64(&c), values[i]);
    CU_ASSERT_EQUAL(c.error, 0);
    CU_ASSERT_PTR_EQUAL(c.at, c.end);
}

static void integers_that_others_write_signed_are_read_unless_they_are_negative(void)
{
    struct ps_msg_cursor c = CURSOR("\xd0\x7f\xd1\x01\x00\xd2\x00\x01\x00\x00\xd0\xff");

    CU_ASSERT_EQUAL(ps_msg_take_u64(&c), 0x7f);
    CU_ASSERT_EQUAL(ps_msg_take_u64(&c), 0x100);
    CU_ASSERT_EQUAL(ps_msg_take_u64(&c), 0x10000);
    CU_ASSERT_EQUAL(ps_msg_take_u64(&c), 0);
    CU_ASSERT_EQUAL(c.error, -EINVAL);
}

static void texts_containers_and_flags_are_read(void)
{
    struct ps_msg_cursor c = CURSOR("\x92\x82\xa1"
                                    "a\xc4\x02xy\xa1"
                                    "b\xc3\xc0");

    CU_ASSERT_EQUAL(ps_msg_take_array(&c), 2);
    CU_ASSERT_EQUAL(ps_msg_take_map(&c), 2);
    CU_ASSERT_TRUE(ps_msg_text_is(ps_msg_take_str(&c), "a"));
    CU_ASSERT_TRUE(ps_msg_text_is(ps_msg_take_bytes(&c), "xy"));
    CU_ASSERT_FALSE(ps_msg_text_is(ps_msg_take_str(&c), "bb"));
    CU_ASSERT_FALSE(ps_msg_take_nil(&c));
    CU_ASSERT_TRUE(ps_msg_take_bool(&c));
    CU_ASSERT_TRUE(ps_msg_take_nil(&c));
    CU_ASSERT_EQUAL(c.error, 0);
    CU_ASSERT_FALSE(ps_msg_take_nil(&c)); /* the end is no error of a question */
    CU_ASSERT_EQUAL(c.error, 0);
}

static void another_type_is_an_error_that_stays(void)
{
    struct ps_msg_cursor c = CURSOR("\xc4\x01x\x05");

    CU_ASSERT_PTR_NULL(ps_msg_take_str(&c).data);
    CU_ASSERT_EQUAL(c.error, -EINVAL);
    CU_ASSERT_EQUAL(ps_msg_take_bytes(&c).size_bytes, 0);
    CU_ASSERT_EQUAL(ps_msg_take_u64(&c), 0);
    CU_ASSERT_EQUAL(ps_msg_take_array(&c), 0);
    CU_ASSERT_FALSE(ps_msg_take_bool(&c));
    CU_ASSERT_EQUAL(c.error, -EINVAL);
}

static void a_whole_value_is_skipped_however_deep(void)
{
    struct ps_msg_cursor c = CURSOR("\x92\x91\x82\xa1"
                                    "a\x91\xc0\xa1"
                                    "b\xca\0\0\0\0\xc4\x01z\x2a");

    ps_msg_skip(&c);
    CU_ASSERT_EQUAL(ps_msg_take_u64(&c), 42);
    CU_ASSERT_EQUAL(c.error, 0);
}

static void the_end_is_never_passed(void)
{
    static const char whole[] = "\x94\xcf\1\2\3\4\5\6\7\x08\xd9\x03"
                                "abc\xc5\x00\x02xy\x81\xa1k\xc3";

    for (size_t size = 0; size < sizeof(whole) - 1; size++) {
        uint8_t *exact = malloc(size + 1);
        PS_REQUIRE(exact != NULL);
        memcpy(exact + 1, whole, size); /* the last byte is the allocation's last */
        struct ps_msg_cursor c = ps_msg_cursor_of(exact + 1, size);
        ps_msg_skip(&c);
        CU_ASSERT_EQUAL(c.error, -EBADMSG);
        free(exact);
    }
    struct ps_msg_cursor bomb = CURSOR("\xdd\xff\xff\xff\xff\xdd\xff\xff\xff\xff");
    ps_msg_skip(&bomb);
    CU_ASSERT_EQUAL(bomb.error, -EBADMSG);
    struct ps_msg_cursor ext = CURSOR("\xd4\x01\x01");
    ps_msg_skip(&ext);
    CU_ASSERT_EQUAL(ext.error, -EBADMSG);
}

int main(void)
{
    static const struct ps_test tests[] = {
        PS_TEST(integers_of_all_widths_are_read),
        PS_TEST(integers_that_others_write_signed_are_read_unless_they_are_negative),
        PS_TEST(texts_containers_and_flags_are_read),
        PS_TEST(another_type_is_an_error_that_stays),
        PS_TEST(a_whole_value_is_skipped_however_deep),
        PS_TEST(the_end_is_never_passed),
    };

    return ps_test_run("host/msg/cursor", tests, PS_ARRAY_LEN(tests));
}
