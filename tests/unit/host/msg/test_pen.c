/* SPDX-License-Identifier: BSD-3-Clause */
/* tests/unit/host/msg/test_pen.c - what is written is msgpack in its shortest form, or left out. */
#include "host/base/mem.h"
#include "host/msg/msg.h"
#include "host/msg/pen.h"
#include "tests/support/ps_test.h"

#include <string.h>

static uint8_t bytes[200000];

static size_t written(const struct ps_msg_pen *pen)
{
    return (size_t)(pen->at - bytes);
}

static void each_value_takes_its_shortest_form(void)
{
    static const char expected[] = "\x92\x81\xa1"
                                   "a\xc0\x96\x7f\xcc\x80\xcd\x01\x00\xce\x00\x01\x00\x00"
                                   "\xcf\x00\x00\x00\x01\x00\x00\x00\x00\xc3\xc4\x02xy\xc2";
    struct ps_msg_pen pen = ps_msg_pen_of(bytes, sizeof(bytes));

    ps_msg_pen_array(&pen, 2);
    ps_msg_pen_map(&pen, 1);
    ps_msg_pen_name(&pen, "a");
    ps_msg_pen_nil(&pen);
    ps_msg_pen_array(&pen, 6);
    ps_msg_pen_u64(&pen, 0x7f);
    ps_msg_pen_u64(&pen, 0x80);
    ps_msg_pen_u64(&pen, 0x100);
    ps_msg_pen_u64(&pen, 0x10000);
    ps_msg_pen_u64(&pen, 0x100000000);
    ps_msg_pen_bool(&pen, true);
    ps_msg_pen_bin(&pen, "xy", 2);
    ps_msg_pen_bool(&pen, false);
    CU_ASSERT_FALSE(pen.full);
    PS_REQUIRE(written(&pen) == sizeof(expected) - 1);
    CU_ASSERT_EQUAL(memcmp(bytes, expected, sizeof(expected) - 1), 0);
}

static void every_size_is_read_back_by_the_library(void)
{
    static const uint32_t sizes[] = { 0, 15, 16, 31, 32, 127, 255, 256, 65535, 65536 };
    static char text[65536];

    memset(text, 'x', sizeof(text));
    for (size_t i = 0; i < PS_ARRAY_LEN(sizes); i++) {
        struct ps_msg_pen pen = ps_msg_pen_of(bytes, sizeof(bytes));
        struct ps_msg *msg;
        const char *data;
        size_t size;

        ps_msg_pen_array(&pen, 3);
        ps_msg_pen_str(&pen, text, sizes[i]);
        ps_msg_pen_bin(&pen, text, sizes[i]);
        ps_msg_pen_array(&pen, sizes[i]);
        for (uint32_t n = 0; n < sizes[i]; n++)
            ps_msg_pen_nil(&pen);
        PS_REQUIRE(ps_msg_read(&msg, bytes, written(&pen)) == 0);
        for (uint32_t n = 0; n < 2; n++) {
            PS_REQUIRE(ps_msg_as_bytes(ps_msg_at(ps_msg_root(msg), n), &data, &size) == 0);
            CU_ASSERT_EQUAL(size, sizes[i]);
        }
        CU_ASSERT_EQUAL(ps_msg_count(ps_msg_at(ps_msg_root(msg), 2)), sizes[i]);
        ps_msg_destroy(msg);
    }
}

static void large_maps_have_their_own_heads(void)
{
    struct ps_msg_pen pen = ps_msg_pen_of(bytes, sizeof(bytes));

    ps_msg_pen_map(&pen, 16);
    ps_msg_pen_map(&pen, 65536);
    CU_ASSERT_EQUAL(memcmp(bytes, "\xde\x00\x10\xdf\x00\x01\x00\x00", 8), 0);
}

static void what_does_not_fit_is_left_out_whole_and_so_is_all_that_follows(void)
{
    for (size_t room = 0; room < 9; room++) {
        struct ps_msg_pen pen = ps_msg_pen_of(bytes, room);

        bytes[room] = 0x55;
        ps_msg_pen_u64(&pen, UINT64_MAX);
        CU_ASSERT_TRUE(pen.full);
        ps_msg_pen_nil(&pen);
        CU_ASSERT_EQUAL(written(&pen), 0);
        CU_ASSERT_EQUAL(bytes[room], 0x55);
    }
    struct ps_msg_pen pen = ps_msg_pen_of(bytes, 4);
    ps_msg_pen_str(&pen, "four", 4);
    CU_ASSERT_TRUE(pen.full && written(&pen) == 0);
    pen = ps_msg_pen_of(bytes, 5);
    ps_msg_pen_str(&pen, "four", 4);
    CU_ASSERT_TRUE(!pen.full && written(&pen) == 5);
}

int main(void)
{
    static const struct ps_test tests[] = {
        PS_TEST(each_value_takes_its_shortest_form),
        PS_TEST(every_size_is_read_back_by_the_library),
        PS_TEST(large_maps_have_their_own_heads),
        PS_TEST(what_does_not_fit_is_left_out_whole_and_so_is_all_that_follows),
    };

    return ps_test_run("host/msg/pen", tests, PS_ARRAY_LEN(tests));
}
