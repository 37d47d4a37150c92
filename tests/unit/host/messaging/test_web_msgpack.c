/* SPDX-License-Identifier: BSD-3-Clause */
/* tests/unit/host/messaging/test_web_msgpack.c - what is put down as msgpack comes back. */
#include <errno.h>
#include <string.h>

#include "host/base/mem.h"
#include "host/messaging/web_priv.h"
#include "host/msg/msg.h"
#include "tests/support/ps_test.h"

static void a_batch_comes_back(void)
{
    const struct ps_message messages[2] = {
        { .id = 5,
          .peer = "bob!",
          .peer_bytes = 3,
          .body = "\0\xff",
          .body_bytes = 2,
          .sequence = 9,
          .put_ns = 1000000 },
        { .id = UINT64_MAX, .peer = "eve", .peer_bytes = 3, .body = "", .body_bytes = 0 },
    };
    const struct ps_web_batch batch = { messages, 2, 44, 3000000 };
    struct ps_web_text text;
    struct ps_msg *msg = NULL;
    const char *body = NULL;
    size_t bytes = 0;

    PS_REQUIRE(ps_web_msgpack.write_batch(&text, &batch) == 0);
    PS_REQUIRE(ps_msg_read(&msg, text.data, text.size_bytes) == 0);
    const struct ps_msg_value *root = ps_msg_root(msg);
    const struct ps_msg_value *list = ps_msg_get(root, "messages");
    CU_ASSERT_EQUAL(ps_msg_u64_or(root, "cursor", 0), 44);
    PS_REQUIRE(ps_msg_count(list) == 2);
    const struct ps_msg_value *first = ps_msg_at(list, 0);
    CU_ASSERT_EQUAL(ps_msg_u64_or(first, "id", 0), 5);
    CU_ASSERT_TRUE(ps_msg_is(ps_msg_get(first, "from"), "bob"));
    CU_ASSERT_EQUAL(ps_msg_u64_or(first, "sequence", 0), 9);
    CU_ASSERT_EQUAL(ps_msg_u64_or(first, "age_ms", 99), 2);
    CU_ASSERT_EQUAL(ps_msg_type_of(ps_msg_get(first, "body")), PS_MSG_BIN);
    PS_REQUIRE(ps_msg_as_bytes(ps_msg_get(first, "body"), &body, &bytes) == 0);
    CU_ASSERT_TRUE(bytes == 2 && memcmp(body, "\0\xff", 2) == 0);
    CU_ASSERT_EQUAL(ps_msg_u64_or(ps_msg_at(list, 1), "id", 0), UINT64_MAX);
    CU_ASSERT_PTR_NULL(ps_msg_get(ps_msg_at(list, 1), "sequence"));
    ps_msg_destroy(msg);
    free(text.data);
}

static void puts_are_maps_with_a_body(void)
{
    static const struct {
        const char *data;
        size_t bytes;
        int rc;
    } cases[] = {
        { "\x81\xa4"
          "body\xa2"
          "hi",
          9, 0 },
        { "\x82\xa4"
          "body\xc4\x00\xa8"
          "sequence\x05",
          18, 0 },
        { "\x80", 1, -EBADMSG },
        { "\x90", 1, -EBADMSG },
        { "\x81\xa4"
          "body\x05",
          7, -EBADMSG },
        { "\x82\xa4"
          "body\xc4\x00\xa8"
          "sequence\xff",
          18, -EBADMSG },
        { "\x81\xa4"
          "body\xa2"
          "h",
          8, -EBADMSG },
        { "", 0, -EBADMSG },
    };

    for (size_t i = 0; i < PS_ARRAY_LEN(cases); i++) {
        struct ps_web_put put = { 0 };

        CU_ASSERT_EQUAL(ps_web_msgpack.read_put(cases[i].data, cases[i].bytes, &put), cases[i].rc);
        if (cases[i].rc == 0)
            CU_ASSERT_EQUAL(put.sequence, i == 0 ? 0 : 5);
        free(put.owned);
    }
}

static void errors_and_ids_say_only_what_there_is(void)
{
    const struct ps_web_error error = { 409, "order", 7, 0 };
    struct ps_web_text text;

    PS_REQUIRE(ps_web_msgpack.write_error(&text, &error) == 0);
    CU_ASSERT_PTR_NOT_NULL(memmem(text.data, text.size_bytes, "expected\x07", 9));
    CU_ASSERT_PTR_NULL(memmem(text.data, text.size_bytes, "retry_ms", 8));
    free(text.data);
    PS_REQUIRE(ps_web_msgpack.write_id(&text, 3, true) == 0);
    CU_ASSERT_PTR_NOT_NULL(memmem(text.data, text.size_bytes, "duplicate\xc3", 10));
    free(text.data);
}

static void want_of_memory_is_told(void)
{
    struct ps_web_text text;
    struct ps_web_put put;

    ps_fail_alloc_after(0);
    CU_ASSERT_EQUAL(ps_web_msgpack.write_id(&text, 3, false), -ENOMEM);
    for (unsigned i = 0; i < 2; i++) {
        ps_fail_alloc_after(i);
        CU_ASSERT_EQUAL(ps_web_msgpack.read_put("\x81\xa4"
                                                "body\xa2"
                                                "hi",
                                                9, &put),
                        -ENOMEM);
    }
    ps_fail_alloc_never();
}

int main(void)
{
    const struct ps_test tests[] = {
        PS_TEST(a_batch_comes_back),
        PS_TEST(puts_are_maps_with_a_body),
        PS_TEST(errors_and_ids_say_only_what_there_is),
        PS_TEST(want_of_memory_is_told),
    };

    return ps_test_run("host/messaging/web_msgpack.c", tests, PS_ARRAY_LEN(tests));
}
