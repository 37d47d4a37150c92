/* SPDX-License-Identifier: BSD-3-Clause */
/* tests/unit/host/msg/test_read.c - hostile messages cost nothing, good ones can be looked into. */
#include "host/base/mem.h"
#include "host/msg/msg.h"
#include "tests/support/ps_test.h"

#include <errno.h>
#include <malloc.h>
#include <string.h>

#define READ(msg, bytes) ps_msg_read(msg, bytes, sizeof(bytes) - 1)

static size_t heap_bytes(void)
{
    const struct mallinfo2 info = mallinfo2();

    return info.uordblks + info.hblkhd;
}

static void bombs_are_refused_without_allocating(void)
{
    static const struct {
        const char *bytes;
        size_t size;
    } bombs[] = {
        { "\xdd\x04\x00\x00\x00", 5 },     { "\xdd\xff\xff\xff\xff", 5 },
        { "\xdf\x04\x00\x00\x00", 5 },     { "\xdb\x80\x00\x00\x00", 5 },
        { "\xdd\x00\x0f\x00\x00\xc0", 6 }, /* would fit into 1 MiB, but is not there */
    };
    struct ps_msg *msg = NULL;
    const size_t before = heap_bytes();

    for (size_t i = 0; i < PS_ARRAY_LEN(bombs); i++)
        CU_ASSERT_TRUE(ps_msg_read(&msg, bombs[i].bytes, bombs[i].size) < 0);
    CU_ASSERT_PTR_NULL(msg);
    CU_ASSERT_EQUAL(heap_bytes(), before);
}

static void each_prefix_and_each_rest_is_refused(void)
{
    static const char good[] = "\x94\x00\x07\xa6status\x91\x81\xa5limit\x0a";
    struct ps_msg *msg = NULL;

    for (size_t size = 0; size < sizeof(good) - 1; size++)
        CU_ASSERT_EQUAL(ps_msg_read(&msg, good, size), -EBADMSG);
    CU_ASSERT_EQUAL(ps_msg_read(&msg, good, sizeof(good)), -EBADMSG); /* its NUL is left over */
    CU_ASSERT_EQUAL(READ(&msg, good), 0);
    ps_msg_destroy(msg);
}

static void a_key_twice_is_refused_at_any_depth(void)
{
    struct ps_msg *msg = NULL;

    CU_ASSERT_EQUAL(READ(&msg, "\x82\xa1k\x01\xa1k\x02"), -EBADMSG);
    CU_ASSERT_EQUAL(READ(&msg, "\x91\x82\xa1k\x01\xd9\x01k\x02"), -EBADMSG);
    CU_ASSERT_EQUAL(READ(&msg, "\x81\xa1m\x91\x82\xa1k\x01\xa1k\x02"), -EBADMSG);
    CU_ASSERT_EQUAL(READ(&msg, "\x82\xa0\x01\xa0\x02"), -EBADMSG);
    CU_ASSERT_EQUAL(READ(&msg, "\x82\xa1k\x01\xa1j\x81\xa1k\x02"), 0);
    ps_msg_destroy(msg);
}

static void empty_strings_are_somewhere(void)
{
    struct ps_msg *msg = NULL;
    const char *bytes = NULL;
    char name[4] = "abc";
    size_t size = 1;

    PS_REQUIRE(READ(&msg, "\x82\xa0\xa0\xa1"
                          "b\xc4\x00") == 0);
    CU_ASSERT_EQUAL(ps_msg_as_name(ps_msg_get(ps_msg_root(msg), ""), name, sizeof(name)), 0);
    CU_ASSERT_STRING_EQUAL(name, "");
    CU_ASSERT_EQUAL(ps_msg_as_bytes(ps_msg_get(ps_msg_root(msg), "b"), &bytes, &size), 0);
    CU_ASSERT_TRUE(bytes != NULL && size == 0);
    CU_ASSERT_TRUE(ps_msg_is(ps_msg_get(ps_msg_root(msg), ""), ""));
    ps_msg_destroy(msg);
}

static void values_are_found_by_key_and_type(void)
{
    struct ps_msg *msg = NULL;
    const char *bytes = NULL;
    size_t size = 0;
    char name[4];
    bool flag = false;
    uint64_t u = 0;
    int64_t i = 0;
    double f = 0;

    PS_REQUIRE(READ(&msg, "\x86\xa1u\x2a\xa1i\xff\xa1"
                          "b\xc3\xa1s\xa3"
                          "abc\xa1"
                          "f\xca\x3f\x80\x00\x00\xa1"
                          "a\x92\x01\xc0") == 0);
    const struct ps_msg_value *map = ps_msg_root(msg);
    CU_ASSERT_EQUAL(ps_msg_type_of(map), PS_MSG_MAP);
    CU_ASSERT_EQUAL(ps_msg_count(map), 6);
    CU_ASSERT_TRUE(ps_msg_is(ps_msg_key_at(map, 1), "i"));
    CU_ASSERT_EQUAL(ps_msg_as_i64(ps_msg_at(map, 1), &i), 0);
    CU_ASSERT_EQUAL(i, -1);
    CU_ASSERT_EQUAL(ps_msg_as_u64(ps_msg_get(map, "u"), &u), 0);
    CU_ASSERT_EQUAL(u, 42);
    CU_ASSERT_EQUAL(ps_msg_as_u64(ps_msg_get(map, "i"), &u), -EINVAL);
    CU_ASSERT_EQUAL(ps_msg_as_u64(ps_msg_get(map, "x"), &u), -ENOENT);
    CU_ASSERT_EQUAL(ps_msg_as_bool(ps_msg_get(map, "b"), &flag), 0);
    CU_ASSERT_TRUE(flag);
    CU_ASSERT_EQUAL(ps_msg_as_f64(ps_msg_get(map, "f"), &f), 0);
    CU_ASSERT_EQUAL(f, 1.0);
    CU_ASSERT_EQUAL(ps_msg_as_f64(ps_msg_get(map, "i"), &f), 0);
    CU_ASSERT_EQUAL(f, -1.0);
    CU_ASSERT_EQUAL(ps_msg_as_bytes(ps_msg_get(map, "s"), &bytes, &size), 0);
    CU_ASSERT_EQUAL(size, 3);
    CU_ASSERT_EQUAL(ps_msg_as_name(ps_msg_get(map, "s"), name, sizeof(name)), 0);
    CU_ASSERT_STRING_EQUAL(name, "abc");
    CU_ASSERT_EQUAL(ps_msg_as_name(ps_msg_get(map, "s"), name, 3), -ENAMETOOLONG);
    CU_ASSERT_EQUAL(ps_msg_type_of(ps_msg_at(ps_msg_get(map, "a"), 1)), PS_MSG_NIL);
    CU_ASSERT_EQUAL(ps_msg_u64_or(map, "u", 7), 42);
    CU_ASSERT_EQUAL(ps_msg_u64_or(map, "s", 7), 7);
    CU_ASSERT_EQUAL(ps_msg_u64_or(NULL, "u", 7), 7);
    ps_msg_destroy(msg);
}

static void a_name_with_a_nul_is_refused(void)
{
    struct ps_msg *msg = NULL;
    char name[8];

    PS_REQUIRE(READ(&msg, "\xa3"
                          "a\0b") == 0);
    CU_ASSERT_EQUAL(ps_msg_as_name(ps_msg_root(msg), name, sizeof(name)), -EINVAL);
    ps_msg_destroy(msg);
}

static void integers_keep_their_ends(void)
{
    struct ps_msg *msg = NULL;
    uint64_t u = 0;
    int64_t i = 0;

    PS_REQUIRE(READ(&msg, "\x92\xcf\xff\xff\xff\xff\xff\xff\xff\xff"
                          "\xd3\x80\x00\x00\x00\x00\x00\x00\x00") == 0);
    CU_ASSERT_EQUAL(ps_msg_as_u64(ps_msg_at(ps_msg_root(msg), 0), &u), 0);
    CU_ASSERT_EQUAL(u, UINT64_MAX);
    CU_ASSERT_EQUAL(ps_msg_as_i64(ps_msg_at(ps_msg_root(msg), 0), &i), -EINVAL);
    CU_ASSERT_EQUAL(ps_msg_as_i64(ps_msg_at(ps_msg_root(msg), 1), &i), 0);
    CU_ASSERT_EQUAL(i, INT64_MIN);
    ps_msg_destroy(msg);
}

static void mutated_messages_are_read_or_refused(void)
{
    static const char good[] = "\x94\x00\x07\xab"
                               "predictions\x91\x83\xa5limit\x0a\xa1"
                               "a\x93\x01\xc2\xcb\x3f\xf0\0\0\0\0\0\0\xa1"
                               "b\x81\xa1"
                               "c\xc4\x02zz";
    unsigned short seed[3] = { 4, 5, 6 };
    char bytes[sizeof(good) - 1];
    unsigned accepted = 0;

    for (unsigned round = 0; round < 20000; round++) {
        struct ps_msg *msg = NULL;
        memcpy(bytes, good, sizeof(bytes));
        for (unsigned flips = 0; flips < 1 + round % 3; flips++)
            bytes[(size_t)nrand48(seed) % sizeof(bytes)] = (char)nrand48(seed);
        const int rc = ps_msg_read(&msg, bytes, sizeof(bytes));
        PS_REQUIRE(rc == 0 || rc == -EBADMSG || rc == -EMSGSIZE);
        accepted += rc == 0;
        ps_msg_destroy(msg);
    }
    CU_ASSERT_TRUE(accepted > 0);
}

static void reading_survives_a_failed_allocation(void)
{
    struct ps_msg *msg = NULL;

    ps_fail_alloc_after(0);
    const int rc = READ(&msg, "\x91\x01");
    ps_fail_alloc_never();
    CU_ASSERT_EQUAL(rc, -ENOMEM);
    CU_ASSERT_PTR_NULL(msg);
}

int main(void)
{
    static const struct ps_test tests[] = {
        PS_TEST(bombs_are_refused_without_allocating),
        PS_TEST(each_prefix_and_each_rest_is_refused),
        PS_TEST(a_key_twice_is_refused_at_any_depth),
        PS_TEST(empty_strings_are_somewhere),
        PS_TEST(values_are_found_by_key_and_type),
        PS_TEST(a_name_with_a_nul_is_refused),
        PS_TEST(integers_keep_their_ends),
        PS_TEST(mutated_messages_are_read_or_refused),
        PS_TEST(reading_survives_a_failed_allocation),
    };

    return ps_test_run("host/msg/read", tests, PS_ARRAY_LEN(tests));
}
