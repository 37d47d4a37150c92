/* SPDX-License-Identifier: BSD-3-Clause */
/* tests/unit/host/msg/test_frame.c - where messages end, and which are refused by their headers. */
#include "host/base/mem.h"
#include "host/msg/msg.h"
#include "tests/support/ps_test.h"

#include <errno.h>
#include <string.h>

#define FRAME(bytes) frame(bytes, sizeof(bytes) - 1)

static ssize_t frame(const char *bytes, size_t size)
{
    struct ps_msg_framer framer = { 0 };

    return ps_msg_frame(&framer, bytes, size);
}

/* One value of each form, none left out. */
static const char every_form[] = "\xdc\x00\x19"
                                 "\x00\x7f\xff\xe0"
                                 "\xc0\xc2\xc3"
                                 "\xc4\x01x\xc5\x00\x01x\xc6\x00\x00\x00\x01x"
                                 "\xca\x00\x00\x00\x00\xcb\x00\x00\x00\x00\x00\x00\x00\x00"
                                 "\xcc\x80\xcd\x01\x00\xce\x00\x01\x00\x00"
                                 "\xcf\x00\x00\x00\x01\x00\x00\x00\x00"
                                 "\xd0\x80\xd1\x80\x00\xd2\x80\x00\x00\x00"
                                 "\xd3\x80\x00\x00\x00\x00\x00\x00\x00"
                                 "\xa1x\xd9\x01x\xda\x00\x01x\xdb\x00\x00\x00\x01x"
                                 "\x81\xa1k\x90";
static const size_t every_form_bytes = sizeof(every_form) - 1;

static void every_form_is_measured(void)
{
    CU_ASSERT_EQUAL(frame(every_form, every_form_bytes), (ssize_t)every_form_bytes);
    CU_ASSERT_EQUAL(FRAME("\x91\x01\x91"), 2); /* what follows is the next message */
    CU_ASSERT_EQUAL(FRAME("\xdf\x00\x00\x00\x01\xa1k\xdd\x00\x00\x00\x00"), 12);
    CU_ASSERT_EQUAL(FRAME("\xde\x00\x01\xa1k\x90"), 6);
}

static void each_prefix_is_incomplete(void)
{
    for (size_t size = 0; size < every_form_bytes; size++)
        CU_ASSERT_EQUAL(frame(every_form, size), 0);
}

static void a_message_may_come_byte_by_byte(void)
{
    struct ps_msg_framer framer = { 0 };

    for (size_t size = 1; size < every_form_bytes; size++)
        PS_REQUIRE(ps_msg_frame(&framer, every_form, size) == 0);
    CU_ASSERT_EQUAL(ps_msg_frame(&framer, every_form, every_form_bytes), (ssize_t)every_form_bytes);
}

static void counts_beyond_what_can_follow_are_refused_at_once(void)
{
    CU_ASSERT_EQUAL(FRAME("\xdd\x04\x00\x00\x00"), -EMSGSIZE);
    CU_ASSERT_EQUAL(FRAME("\xdd\xff\xff\xff\xff"), -EMSGSIZE);
    CU_ASSERT_EQUAL(FRAME("\xdf\x04\x00\x00\x00"), -EMSGSIZE);
    CU_ASSERT_EQUAL(FRAME("\xdf\x80\x00\x00\x00"), -EMSGSIZE); /* twice this wraps */
    CU_ASSERT_EQUAL(FRAME("\xdb\x80\x00\x00\x00"), -EMSGSIZE);
    CU_ASSERT_EQUAL(FRAME("\xc6\xff\xff\xff\xff"), -EMSGSIZE);
    CU_ASSERT_EQUAL(FRAME("\xdb\x00\x10\x00\x00"), -EMSGSIZE); /* 1 MiB and its own header */
}

static void nesting_ends_at_its_limit(void)
{
    char nested[PS_MSG_DEPTH_MAX + 2];

    memset(nested, '\x91', sizeof(nested));
    nested[PS_MSG_DEPTH_MAX] = '\xc0';
    CU_ASSERT_EQUAL(frame(nested, PS_MSG_DEPTH_MAX + 1), PS_MSG_DEPTH_MAX + 1);
    nested[PS_MSG_DEPTH_MAX] = '\x91';
    CU_ASSERT_EQUAL(frame(nested, PS_MSG_DEPTH_MAX + 1), -EMSGSIZE);
    nested[PS_MSG_DEPTH_MAX] = '\x90'; /* an empty one is one level too */
    CU_ASSERT_EQUAL(frame(nested, PS_MSG_DEPTH_MAX + 1), -EMSGSIZE);
}

static void values_and_keys_end_at_their_limits(void)
{
    const size_t size = 5 + PS_MSG_VALUES_MAX;
    char *many = ps_zalloc(size, 1);

    PS_REQUIRE(many != NULL);
    memcpy(many, "\xdd\x00\x03\xff\xff", 5); /* with the array itself the limit */
    CU_ASSERT_EQUAL(frame(many, size), (ssize_t)(size - 1));
    memcpy(many, "\xdd\x00\x04\x00\x00", 5);
    CU_ASSERT_EQUAL(frame(many, size), -EMSGSIZE);
    free(many);
    CU_ASSERT_EQUAL(FRAME("\xde\x00\x80"), 0);
    CU_ASSERT_EQUAL(FRAME("\xde\x00\x81"), -EMSGSIZE);
}

static void a_lower_limit_of_bytes_is_kept(void)
{
    struct ps_msg_framer framer = { .bytes_max = 4 };

    CU_ASSERT_EQUAL(ps_msg_frame(&framer,
                                 "\xa3"
                                 "abc",
                                 4),
                    4);
    framer = (struct ps_msg_framer){ .bytes_max = 4 };
    CU_ASSERT_EQUAL(ps_msg_frame(&framer, "\xa4", 1), -EMSGSIZE);
    framer = (struct ps_msg_framer){ .bytes_max = 4 };
    CU_ASSERT_EQUAL(ps_msg_frame(&framer, "\x94\x01\x01\x01\x01", 5), -EMSGSIZE);
    framer = (struct ps_msg_framer){ .bytes_max = 4 };
    CU_ASSERT_EQUAL(ps_msg_frame(&framer, "\xcb", 1), 0); /* not known to be too long yet */
    CU_ASSERT_EQUAL(ps_msg_frame(&framer, "\xcb\0\0\0\0\0\0\0\0", 9), -EMSGSIZE);
}

static void what_is_no_plain_msgpack_is_refused(void)
{
    CU_ASSERT_EQUAL(FRAME("\xc1"), -EBADMSG);
    CU_ASSERT_EQUAL(FRAME("\xd4\x01\x00"), -EBADMSG); /* ext types */
    CU_ASSERT_EQUAL(FRAME("\xc7\x00\x01"), -EBADMSG);
    CU_ASSERT_EQUAL(FRAME("\x81\x01\x01"), -EBADMSG); /* a key that is no string */
    CU_ASSERT_EQUAL(FRAME("\x82\xa1"
                          "a\x01\xc0\x01"),
                    -EBADMSG);
    CU_ASSERT_EQUAL(FRAME("\x81\x80\x01"), -EBADMSG);
    CU_ASSERT_EQUAL(FRAME("\xa2\xc3\x28"), -EBADMSG); /* no UTF-8 */
    CU_ASSERT_EQUAL(FRAME("\xc4\x02\xc3\x28"), 4);    /* bytes need not be */
}

static void random_bytes_end_in_an_answer_within_them(void)
{
    unsigned short seed[3] = { 1, 2, 3 };
    char bytes[256];

    for (unsigned round = 0; round < 20000; round++) {
        struct ps_msg_framer framer = { 0 };
        for (size_t i = 0; i < sizeof(bytes); i++)
            bytes[i] = (char)nrand48(seed);
        bytes[0] = (char)(0x80 | (nrand48(seed) & 0x5f)); /* mostly containers and strings */
        const ssize_t size = ps_msg_frame(&framer, bytes, sizeof(bytes));
        PS_REQUIRE(size <= (ssize_t)sizeof(bytes));
        PS_REQUIRE(size >= 0 || size == -EBADMSG || size == -EMSGSIZE);
    }
}

int main(void)
{
    static const struct ps_test tests[] = {
        PS_TEST(every_form_is_measured),
        PS_TEST(each_prefix_is_incomplete),
        PS_TEST(a_message_may_come_byte_by_byte),
        PS_TEST(counts_beyond_what_can_follow_are_refused_at_once),
        PS_TEST(nesting_ends_at_its_limit),
        PS_TEST(values_and_keys_end_at_their_limits),
        PS_TEST(a_lower_limit_of_bytes_is_kept),
        PS_TEST(what_is_no_plain_msgpack_is_refused),
        PS_TEST(random_bytes_end_in_an_answer_within_them),
    };

    return ps_test_run("host/msg/frame", tests, PS_ARRAY_LEN(tests));
}
