/* SPDX-License-Identifier: BSD-3-Clause */
/* tests/unit/host/feed/test_datagram.c - what is a peer-demand datagram, whose, and what it says.
 */
#include "host/feed/datagram.h"

#include <errno.h>

#include "host/base/mem.h"
#include "tests/unit/host/feed/agent_words.h"

static const uint8_t key[PS_DATAGRAM_KEY_BYTES] = { 1, 2, 3 };
static struct words words;
static struct ps_datagram datagram;

/* A body of bytes as written, about the title `clip`. */
static int read_body(const void *body, size_t body_bytes)
{
    put_words(&words, "clip", body, body_bytes, 7, 1000, 1, key);
    if (ps_datagram_open(&datagram, words.bytes, words.size_bytes) != 0)
        return -ENOTRECOVERABLE;
    CU_ASSERT_TRUE(ps_datagram_is_by(&datagram, words.bytes, words.size_bytes, key));
    return ps_datagram_read(&datagram, words.bytes, words.size_bytes);
}
#define READ_BODY(text) read_body(text, sizeof(text) - 1)

#define MEDIA                                                                                      \
    "\xa5media\xa4"                                                                                \
    "clip"
#define FROM                                                                                       \
    "\xa4"                                                                                         \
    "from\xce\x65\x53\xf1\x00"

static void what_was_said_is_read(void)
{
    CU_ASSERT_EQUAL(READ_BODY("\x86" MEDIA FROM "\xa2to\xce\x65\x53\xf1\x3c"
                              "\xa4prof\xa2hd\xa1p\xcb\x3f\xe0\0\0\0\0\0\0\xa6region\x05"),
                    0);
    CU_ASSERT_STRING_EQUAL(datagram.media, "clip");
    CU_ASSERT_STRING_EQUAL(datagram.profile, "hd");
    CU_ASSERT_EQUAL(datagram.from_s, 0x6553f100);
    CU_ASSERT_EQUAL(datagram.to_s, 0x6553f13c);
    CU_ASSERT_EQUAL(datagram.probability, 0.5f);
    CU_ASSERT_EQUAL(datagram.region, 5);
    CU_ASSERT_EQUAL(datagram.header.device, 3);
    CU_ASSERT_TRUE(datagram.auth.key_id == 7 && datagram.auth.sequence == 1);
}

static void what_was_not_said_is_as_usual(void)
{
    CU_ASSERT_EQUAL(READ_BODY("\x82" MEDIA FROM), 0);
    CU_ASSERT_STRING_EQUAL(datagram.profile, "");
    CU_ASSERT_EQUAL(datagram.to_s, datagram.from_s);
    CU_ASSERT_EQUAL(datagram.probability, 1.0f);
    CU_ASSERT_EQUAL(datagram.region, 0);
    CU_ASSERT_EQUAL(READ_BODY("\x83" MEDIA FROM "\xa3new\xc0"), 0); /* of a later version */
}

static void bodies_that_say_nothing_are_refused(void)
{
    static const struct {
        const char *body;
        size_t bytes;
    } bad[] = {
#define BAD(text) { text, sizeof(text) - 1 }
        BAD(""),
        BAD("\xc0"),
        BAD("\x80"),
        BAD("\x81" MEDIA),
        BAD("\x81" FROM),
        BAD("\x82" MEDIA FROM "\xc0"),
        BAD("\x83" MEDIA MEDIA FROM),
        BAD("\x82\xa5media\xa4"
            "clop" FROM), /* not the one in the header */
        BAD("\x82\xa5media\xa4"
            "cl/p" FROM),
        BAD("\x82\xa5media\xa0" FROM),
        BAD("\x82\xa5media\x04" FROM),
        BAD("\x82" MEDIA "\xa4"
            "from\xff"),
        BAD("\x82" MEDIA "\xa4"
            "from\xa1"
            "1"),
        BAD("\x82" MEDIA "\xa4"
            "from\xcf\xff\xff\xff\xff\xff\xff\xff\xff"),
        BAD("\x83" MEDIA FROM "\xa2to\x01"), /* ends before it begins */
        BAD("\x83" MEDIA FROM "\xa1p\x00"),
        BAD("\x83" MEDIA FROM "\xa1p\x02"),
        BAD("\x83" MEDIA FROM "\xa1p\xcb\x7f\xf8\0\0\0\0\0\0"), /* not a number */
        BAD("\x83" MEDIA FROM "\xa1p\xa1"
            "1"),
        BAD("\x83" MEDIA FROM "\xa6region\xce\0\1\0\0"),
        BAD("\x83" MEDIA FROM "\xa4prof\xa1/"),
        BAD("\x83" MEDIA FROM "\xa4prof\xa0"),
        BAD("\xdf\xff\xff\xff\xff" MEDIA FROM),
        BAD("\xdd\x04\0\0\0"),
#undef BAD
    };

    for (size_t i = 0; i < PS_ARRAY_LEN(bad); i++)
        CU_ASSERT_EQUAL(read_body(bad[i].body, bad[i].bytes), -EBADMSG);
}

static void each_failed_allocation_is_an_error(void)
{
    int rc = -ENOMEM;

    put_look(&words, "clip", 1700000000, 7, 1000, 1, key);
    PS_REQUIRE(ps_datagram_open(&datagram, words.bytes, words.size_bytes) == 0);
    for (unsigned failed_at = 0; rc != 0 && failed_at < 10; failed_at++) {
        ps_fail_alloc_after(failed_at);
        rc = ps_datagram_read(&datagram, words.bytes, words.size_bytes);
        ps_fail_alloc_never();
        CU_ASSERT_TRUE(rc == 0 || rc == -ENOMEM);
    }
    CU_ASSERT_EQUAL(rc, 0);
}

static void other_forms_are_refused(void)
{
    static const size_t fields[] = { 0, 4, 18, 19, 20 }; /* magic, version, reserved, length */
    struct words other;

    put_look(&words, "clip", 1700000000, 7, 1000, 1, key);
    for (size_t i = 0; i < PS_ARRAY_LEN(fields); i++) {
        other = words;
        other.bytes[fields[i]] ^= 1;
        CU_ASSERT_EQUAL(ps_datagram_open(&datagram, other.bytes, other.size_bytes), -EBADMSG);
    }
    for (size_t size = 0; size < words.size_bytes; size++) {
        uint8_t *exact = ps_zalloc(1, size + 1);
        PS_REQUIRE(exact != NULL);
        memcpy(exact, words.bytes, size);
        CU_ASSERT_EQUAL(ps_datagram_open(&datagram, exact, size), -EBADMSG);
        free(exact);
    }
    static const uint8_t zeroes[PPD_BYTES_MAX];
    put_words(&words, "clip", zeroes, PPD_BYTES_MAX - 80, 7, 1000, 1, key);
    CU_ASSERT_EQUAL(ps_datagram_open(&datagram, words.bytes, words.size_bytes), 0);
    put_words(&words, "clip", zeroes, PPD_BYTES_MAX - 79, 7, 1000, 1, key);
    CU_ASSERT_EQUAL(ps_datagram_open(&datagram, words.bytes, words.size_bytes), -EBADMSG);
}

static void the_code_covers_every_bit(void)
{
    put_look(&words, "clip", 1700000000, 7, 1000, 1, key);
    for (size_t bit = 0; bit < words.size_bytes * 8; bit++) {
        words.bytes[bit / 8] ^= (uint8_t)(1u << bit % 8);
        if (ps_datagram_open(&datagram, words.bytes, words.size_bytes) == 0)
            CU_ASSERT_FALSE(ps_datagram_is_by(&datagram, words.bytes, words.size_bytes, key));
        words.bytes[bit / 8] ^= (uint8_t)(1u << bit % 8);
    }
    PS_REQUIRE(ps_datagram_open(&datagram, words.bytes, words.size_bytes) == 0);
    CU_ASSERT_TRUE(ps_datagram_is_by(&datagram, words.bytes, words.size_bytes, key));
    static const uint8_t another[PS_DATAGRAM_KEY_BYTES] = { 1, 2, 4 };
    CU_ASSERT_FALSE(ps_datagram_is_by(&datagram, words.bytes, words.size_bytes, another));
}

int main(void)
{
    static const struct ps_test tests[] = {
        PS_TEST(what_was_said_is_read),
        PS_TEST(what_was_not_said_is_as_usual),
        PS_TEST(bodies_that_say_nothing_are_refused),
        PS_TEST(each_failed_allocation_is_an_error),
        PS_TEST(other_forms_are_refused),
        PS_TEST(the_code_covers_every_bit),
    };

    return ps_test_run("host/feed/datagram", tests, PS_ARRAY_LEN(tests));
}
