/* SPDX-License-Identifier: BSD-3-Clause */
/* tests/unit/host/messaging/test_rpc_answer.c - answers are msgpack-RPC, and there is room for all.
 */
#include "host/base/mem.h"
#include "host/messaging/rpc_priv.h"
#include "tests/support/ps_test.h"

#include <errno.h>
#include <string.h>

static struct ps_messaging_rpc rpc;
static uint8_t out[PS_RPC_ANSWER_BYTES];

static void begin(void)
{
    rpc.pen = ps_msg_pen_of(out, sizeof(out));
}

/* What was written, read by the library. */
static struct ps_msg *written(void)
{
    struct ps_msg *msg;

    PS_REQUIRE(!rpc.pen.full);
    PS_REQUIRE(ps_msg_read(&msg, out, (size_t)(rpc.pen.at - out)) == 0);
    return msg;
}

static void an_error_says_its_code_and_what_would_help(void)
{
    const struct ps_messaging_why why = { .expected = 7, .retry_ms = 20 };

    begin();
    ps_rpc_answer_error(&rpc, 9, -ERANGE, &why);
    struct ps_msg *msg = written();
    const struct ps_msg_value *root = ps_msg_root(msg), *error = ps_msg_at(root, 2);
    CU_ASSERT_EQUAL(ps_msg_count(root), 4);
    CU_ASSERT_TRUE(ps_msg_is(ps_msg_at(error, 0), "order"));
    CU_ASSERT_EQUAL(ps_msg_u64_or(ps_msg_at(error, 2), "expected", 0), 7);
    CU_ASSERT_EQUAL(ps_msg_u64_or(ps_msg_at(error, 2), "retry_ms", 0), 20);
    CU_ASSERT_EQUAL(ps_msg_type_of(ps_msg_at(root, 3)), PS_MSG_NIL);
    ps_msg_destroy(msg);
}

static void every_error_has_a_code_of_its_own(void)
{
    static const struct {
        int error;
        const char *code;
    } codes[] = {
        { -EINVAL, "bad_params" },
        { -EACCES, "denied" },
        { -EKEYEXPIRED, "expired" },
        { -ENOENT, "not_found" },
        { -EBUSY, "busy" },
        { -EMSGSIZE, "too_big" },
        { -ENOSPC, "full" },
        { -ERANGE, "order" },
        { -EAGAIN, "again" },
        { -EHOSTUNREACH, "unreachable" },
        { -ENOSYS, "unknown_method" },
        { -EXDEV, "failed" },
    };

    for (size_t i = 0; i < PS_ARRAY_LEN(codes); i++) {
        begin();
        ps_rpc_answer_error(&rpc, 1, codes[i].error, NULL);
        struct ps_msg *msg = written();
        const struct ps_msg_value *error = ps_msg_at(ps_msg_root(msg), 2);
        CU_ASSERT_EQUAL(ps_msg_count(error), 2);
        CU_ASSERT_TRUE(ps_msg_is(ps_msg_at(error, 0), codes[i].code));
        ps_msg_destroy(msg);
    }
}

static void a_duplicate_is_told_from_a_new_message(void)
{
    for (unsigned duplicate = 0; duplicate < 2; duplicate++) {
        begin();
        ps_rpc_put_id(&rpc.pen, 5, duplicate != 0);
        struct ps_msg *msg = written();
        CU_ASSERT_EQUAL(ps_msg_u64_or(ps_msg_root(msg), "id", 0), 5);
        CU_ASSERT_EQUAL(ps_msg_get(ps_msg_root(msg), "duplicate") != NULL, duplicate != 0);
        ps_msg_destroy(msg);
    }
}

/* fetch gives PS_RPC_FETCH_BYTES at most, or one message of whatever size. */
static void the_largest_answers_fit(void)
{
    static uint8_t body[PS_COLLECTION_MESSAGE_BYTES];
    static struct ps_message messages[PS_RPC_BATCH_MAX];
    char peer[PS_PEER_NAME_MAX];

    memset(peer, 'p', sizeof(peer));
    for (uint32_t i = 0; i < PS_RPC_BATCH_MAX; i++)
        messages[i] = (struct ps_message){
            .id = UINT64_MAX,
            .sequence = UINT64_MAX,
            .peer = peer,
            .peer_bytes = sizeof(peer),
            .body = body,
            .body_bytes = PS_RPC_FETCH_BYTES / PS_RPC_BATCH_MAX - sizeof(peer),
        };
    begin();
    ps_rpc_answer_begin(&rpc, UINT32_MAX);
    ps_rpc_put_messages(&rpc.pen, messages, PS_RPC_BATCH_MAX, UINT64_MAX, UINT64_MAX);
    ps_msg_destroy(written());
    messages[0].body_bytes = sizeof(body);
    begin();
    ps_rpc_answer_begin(&rpc, UINT32_MAX);
    ps_rpc_put_messages(&rpc.pen, messages, PS_RPC_BATCH_MAX, UINT64_MAX, UINT64_MAX);
    ps_msg_destroy(written());
}

static void a_message_is_told_with_its_age(void)
{
    const struct ps_message message = { .id = 3,
                                        .sequence = 4,
                                        .put_ns = 1000000,
                                        .peer = "ann",
                                        .peer_bytes = 3,
                                        .body = "hi",
                                        .body_bytes = 2 };

    begin();
    ps_rpc_put_messages(&rpc.pen, &message, 1, 8, 6000000);
    struct ps_msg *msg = written();
    const struct ps_msg_value *first = ps_msg_at(ps_msg_get(ps_msg_root(msg), "messages"), 0);
    CU_ASSERT_EQUAL(ps_msg_u64_or(ps_msg_root(msg), "cursor", 0), 8);
    CU_ASSERT_EQUAL(ps_msg_u64_or(first, "id", 0), 3);
    CU_ASSERT_EQUAL(ps_msg_u64_or(first, "sequence", 0), 4);
    CU_ASSERT_EQUAL(ps_msg_u64_or(first, "age_ms", 99), 5);
    CU_ASSERT_TRUE(ps_msg_is(ps_msg_get(first, "from"), "ann"));
    CU_ASSERT_TRUE(ps_msg_is(ps_msg_get(first, "body"), "hi"));
    ps_msg_destroy(msg);
}

int main(void)
{
    static const struct ps_test tests[] = {
        PS_TEST(an_error_says_its_code_and_what_would_help),
        PS_TEST(every_error_has_a_code_of_its_own),
        PS_TEST(a_duplicate_is_told_from_a_new_message),
        PS_TEST(the_largest_answers_fit),
        PS_TEST(a_message_is_told_with_its_age),
    };

    return ps_test_run("host/messaging/rpc_answer", tests, PS_ARRAY_LEN(tests));
}
