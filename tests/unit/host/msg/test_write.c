/* SPDX-License-Identifier: BSD-3-Clause */
/* tests/unit/host/msg/test_write.c - what is written is what is read, within its bounds. */
#include "host/base/mem.h"
#include "host/msg/msg.h"
#include "tests/support/ps_test.h"

#include <errno.h>
#include <string.h>

static void write_sample(struct ps_msg_writer *w)
{
    ps_msg_open_map(w);
    ps_msg_pair_bool(w, "yes", true);
    ps_msg_pair_u64(w, "big", UINT64_MAX);
    ps_msg_pair_i64(w, "low", INT64_MIN);
    ps_msg_pair_f64(w, "half", 0.5);
    ps_msg_pair_str(w, "text", "abc");
    ps_msg_pair_str(w, "nothing", NULL);
    ps_msg_pair_bin(w, "bytes", "\0\xff", 2);
    ps_msg_pair_array(w, "list");
    ps_msg_put_map(w, 1);
    ps_msg_pair_u64(w, "one", 1);
    ps_msg_put_array(w, 0);
    ps_msg_put_array(w, 2);
    ps_msg_put_nil(w);
    ps_msg_put_bool(w, false);
    ps_msg_close(w);
    ps_msg_close(w);
}

static void what_was_written_is_read_back(void)
{
    struct ps_msg_writer w;
    struct ps_msg *msg = NULL;
    const char *bytes = NULL;
    size_t count = 0;
    int64_t low = 0;

    ps_msg_writer_init(&w, PS_MSG_BYTES_MAX);
    write_sample(&w);
    PS_REQUIRE(w.error == 0 && w.depth == 0);
    PS_REQUIRE(ps_msg_read(&msg, w.data, w.size_bytes) == 0);
    const struct ps_msg_value *map = ps_msg_root(msg);
    CU_ASSERT_EQUAL(ps_msg_count(map), 8);
    CU_ASSERT_EQUAL(ps_msg_u64_or(map, "big", 0), UINT64_MAX);
    CU_ASSERT_EQUAL(ps_msg_as_i64(ps_msg_get(map, "low"), &low), 0);
    CU_ASSERT_EQUAL(low, INT64_MIN);
    CU_ASSERT_TRUE(ps_msg_is(ps_msg_get(map, "text"), "abc"));
    CU_ASSERT_EQUAL(ps_msg_type_of(ps_msg_get(map, "nothing")), PS_MSG_NIL);
    CU_ASSERT_EQUAL(ps_msg_type_of(ps_msg_get(map, "bytes")), PS_MSG_BIN);
    CU_ASSERT_EQUAL(ps_msg_as_bytes(ps_msg_get(map, "bytes"), &bytes, &count), 0);
    CU_ASSERT_TRUE(count == 2 && memcmp(bytes, "\0\xff", 2) == 0);
    const struct ps_msg_value *list = ps_msg_get(map, "list");
    PS_REQUIRE(list != NULL && ps_msg_count(list) == 3);
    CU_ASSERT_EQUAL(ps_msg_u64_or(ps_msg_at(list, 0), "one", 0), 1);
    CU_ASSERT_EQUAL(ps_msg_count(ps_msg_at(list, 1)), 0);
    CU_ASSERT_EQUAL(ps_msg_count(ps_msg_at(list, 2)), 2);
    ps_msg_destroy(msg);
    ps_msg_writer_fini(&w);
}

static void bad_text_is_repaired_not_refused(void)
{
    struct ps_msg_writer w;
    struct ps_msg *msg = NULL;

    ps_msg_writer_init(&w, 64);
    ps_msg_put_array(&w, 3);
    ps_msg_put_str(&w, "a\xff"
                       "b\xc3");
    ps_msg_put_str(&w, "\xe2\x82\xac");
    ps_msg_put_str(&w, "");
    PS_REQUIRE(ps_msg_read(&msg, w.data, w.size_bytes) == 0);
    CU_ASSERT_TRUE(ps_msg_is(ps_msg_at(ps_msg_root(msg), 0), "a\xef\xbf\xbd"
                                                             "b\xef\xbf\xbd"));
    CU_ASSERT_TRUE(ps_msg_is(ps_msg_at(ps_msg_root(msg), 1), "\xe2\x82\xac"));
    CU_ASSERT_TRUE(ps_msg_is(ps_msg_at(ps_msg_root(msg), 2), ""));
    ps_msg_destroy(msg);
    ps_msg_writer_fini(&w);
}

static void a_full_writer_says_so_until_it_is_reset(void)
{
    struct ps_msg_writer w;

    ps_msg_writer_init(&w, 8);
    ps_msg_put_str(&w, "much too long");
    CU_ASSERT_EQUAL(w.error, -EMSGSIZE);
    ps_msg_open_map(&w);
    ps_msg_close(&w);
    CU_ASSERT_EQUAL(w.error, -EMSGSIZE);
    ps_msg_writer_reset(&w);
    ps_msg_put_u64(&w, 7);
    CU_ASSERT_EQUAL(w.error, 0);
    CU_ASSERT_EQUAL(w.size_bytes, 1);
    ps_msg_writer_fini(&w);
}

static void nesting_beyond_the_limit_is_an_error(void)
{
    struct ps_msg_writer w;

    ps_msg_writer_init(&w, 1024);
    for (unsigned i = 0; i < PS_MSG_DEPTH_MAX; i++)
        ps_msg_open_array(&w);
    CU_ASSERT_EQUAL(w.error, 0);
    ps_msg_open_array(&w);
    CU_ASSERT_EQUAL(w.error, -EOVERFLOW);
    ps_msg_writer_fini(&w);
}

static void a_raw_value_counts_as_one(void)
{
    struct ps_msg_writer w;
    struct ps_msg *msg = NULL;

    ps_msg_writer_init(&w, 64);
    ps_msg_open_array(&w);
    ps_msg_put_raw(&w, "\x92\x01\x02", 3);
    ps_msg_put_raw(&w, "\xc0", 1);
    ps_msg_close(&w);
    PS_REQUIRE(ps_msg_read(&msg, w.data, w.size_bytes) == 0);
    CU_ASSERT_EQUAL(ps_msg_count(ps_msg_root(msg)), 2);
    ps_msg_destroy(msg);
    ps_msg_writer_fini(&w);
}

static void each_failed_allocation_is_reported(void)
{
    unsigned failed_at = 0;

    for (;; failed_at++) {
        struct ps_msg_writer w;
        ps_msg_writer_init(&w, 1 << 16);
        ps_fail_alloc_after(failed_at);
        ps_msg_open_array(&w);
        for (unsigned i = 0; i < 100; i++)
            ps_msg_put_str(&w, "sixteen letters!");
        ps_msg_close(&w);
        ps_fail_alloc_never();
        const int error = w.error;
        ps_msg_writer_fini(&w);
        if (error == 0)
            break;
        CU_ASSERT_EQUAL(error, -ENOMEM);
    }
    CU_ASSERT_EQUAL(failed_at, 3); /* 512, 1024 and 2048 bytes */
}

int main(void)
{
    static const struct ps_test tests[] = {
        PS_TEST(what_was_written_is_read_back),
        PS_TEST(bad_text_is_repaired_not_refused),
        PS_TEST(a_full_writer_says_so_until_it_is_reset),
        PS_TEST(nesting_beyond_the_limit_is_an_error),
        PS_TEST(a_raw_value_counts_as_one),
        PS_TEST(each_failed_allocation_is_reported),
    };

    return ps_test_run("host/msg/write", tests, PS_ARRAY_LEN(tests));
}
