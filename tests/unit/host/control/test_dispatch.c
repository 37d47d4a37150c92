/* SPDX-License-Identifier: BSD-3-Clause */
/* tests/unit/host/control/test_dispatch.c - one request's bytes to its answer's, without sockets.
 */
#include "host/base/mem.h"
#include "host/control/dispatch_priv.h"
#include "host/control/socket_priv.h"
#include "tests/support/ps_test.h"

#include <errno.h>
#include <string.h>

static struct ps_control_dispatch dispatch;
static unsigned calls;
static uint64_t seen_limit;
static char seen_id[PS_MSG_DEPTH_MAX + 200];
static int add_error;

static int answer_status(void *arg, const struct ps_msg_value *params, struct ps_msg_writer *result)
{
    (void)arg;
    (void)params;
    calls++;
    ps_msg_open_map(result);
    ps_msg_pair_str(result, "version", "t");
    ps_msg_close(result);
    return 0;
}

static int answer_predictions(void *arg, const struct ps_msg_value *params,
                              struct ps_msg_writer *result)
{
    (void)arg;
    calls++;
    seen_limit = ps_msg_u64_or(params, "limit", PS_CONTROL_LIMIT_DEFAULT);
    ps_msg_put_array(result, 0);
    return 0;
}

static int answer_media_add(void *arg, const struct ps_msg_value *params,
                            struct ps_msg_writer *result)
{
    (void)arg;
    calls++;
    ps_msg_as_name(ps_msg_get(params, "id"), seen_id, sizeof(seen_id));
    ps_msg_put_nil(result);
    return add_error;
}

/* Two values where one belongs. */
static int answer_tier(void *arg, const struct ps_msg_value *params, struct ps_msg_writer *result)
{
    (void)arg;
    (void)params;
    ps_msg_put_nil(result);
    ps_msg_put_nil(result);
    return 0;
}

static int answer_queues(void *arg, const struct ps_msg_value *params, struct ps_msg_writer *result)
{
    (void)arg;
    (void)params;
    ps_msg_open_array(result);
    for (unsigned i = 0; i < 100000; i++)
        ps_msg_put_str(result, "much more than fits");
    ps_msg_close(result);
    return 0;
}

static const struct ps_control_handlers handlers = {
    .status = answer_status,
    .predictions = answer_predictions,
    .media_add = answer_media_add,
    .tier = answer_tier,
    .queues = answer_queues,
};

/* The error's code, "" for a result, or "hang-up" or "silence". */
static const char *call_bytes(const void *bytes, size_t size, enum ps_control_role role)
{
    static char code[64];
    struct ps_msg *msg = NULL;

    if (ps_control_dispatch_one(&dispatch, role, bytes, size) != 0)
        return "hang-up";
    if (dispatch.answer.size_bytes == 0)
        return "silence";
    PS_REQUIRE(ps_msg_read(&msg, dispatch.answer.data, dispatch.answer.size_bytes) == 0);
    const struct ps_msg_value *answer = ps_msg_root(msg);
    PS_REQUIRE(ps_msg_count(answer) == 4);
    uint64_t type = 0, id = 0;
    CU_ASSERT_EQUAL(ps_msg_as_u64(ps_msg_at(answer, 0), &type), 0);
    CU_ASSERT_EQUAL(type, 1);
    CU_ASSERT_EQUAL(ps_msg_as_u64(ps_msg_at(answer, 1), &id), 0);
    CU_ASSERT_EQUAL(id, 7);
    code[0] = '\0';
    const struct ps_msg_value *error = ps_msg_at(answer, 2);
    if (ps_msg_type_of(error) != PS_MSG_NIL) {
        CU_ASSERT_EQUAL(ps_msg_as_name(ps_msg_at(error, 0), code, sizeof(code)), 0);
        CU_ASSERT_EQUAL(ps_msg_type_of(ps_msg_at(error, 1)), PS_MSG_STR);
        CU_ASSERT_EQUAL(ps_msg_type_of(ps_msg_at(answer, 3)), PS_MSG_NIL);
    }
    ps_msg_destroy(msg);
    return code;
}

#define CALL(bytes)           call_bytes(bytes, sizeof(bytes) - 1, PS_CONTROL_ADMIN)
#define CALL_AS(role, bytes)  call_bytes(bytes, sizeof(bytes) - 1, role)
#define REQUEST(method, rest) "\x94\x00\x07" method rest

#define STATUS      "\xa6status"
#define PREDICTIONS "\xabpredictions"
#define MEDIA_ADD   "\xa9media.add"
#define ID_A_URL_B                                                                                 \
    "\x91\x82\xa2id\xa1"                                                                           \
    "a\xa3url\xa1"                                                                                 \
    "b"

static void a_request_is_answered_with_its_id(void)
{
    calls = 0;
    CU_ASSERT_STRING_EQUAL(CALL(REQUEST(STATUS, "\x90")), "");
    CU_ASSERT_STRING_EQUAL(CALL(REQUEST(STATUS, "\x91\x80")), "");
    CU_ASSERT_STRING_EQUAL(CALL(REQUEST("\xac"
                                        "api.describe",
                                        "\x90")),
                           "");
    CU_ASSERT_EQUAL(calls, 2);
}

static void a_method_may_be_named_in_bytes(void)
{
    CU_ASSERT_STRING_EQUAL(CALL(REQUEST("\xc4\x06status", "\x90")), "");
    CU_ASSERT_STRING_EQUAL(CALL(REQUEST("\xc4\x02\xff\xff", "\x90")), "unknown_method");
}

static void a_notification_runs_and_is_not_answered(void)
{
    calls = 0;
    CU_ASSERT_STRING_EQUAL(CALL("\x93\x02\xa6status\x90"), "silence");
    CU_ASSERT_EQUAL(calls, 1);
}

static void parameters_are_checked_before_the_handler_runs(void)
{
    calls = 0;
    CU_ASSERT_STRING_EQUAL(CALL(REQUEST(PREDICTIONS, "\x91\x81\xa5limit\x09")), "");
    CU_ASSERT_EQUAL(seen_limit, 9);
    CU_ASSERT_STRING_EQUAL(CALL(REQUEST(PREDICTIONS, "\x90")), "");
    CU_ASSERT_EQUAL(seen_limit, PS_CONTROL_LIMIT_DEFAULT);
    CU_ASSERT_EQUAL(calls, 2);
    static const char *const what = "bad_params";
    CU_ASSERT_STRING_EQUAL(CALL(REQUEST(PREDICTIONS, "\x91\x81\xa5limit\xa1x")), what);
    CU_ASSERT_STRING_EQUAL(CALL(REQUEST(PREDICTIONS, "\x91\x81\xa5limit\xff")), what);
    CU_ASSERT_STRING_EQUAL(CALL(REQUEST(PREDICTIONS, "\x91\x81\xa5limit\xcd\x10\x01")), what);
    CU_ASSERT_STRING_EQUAL(CALL(REQUEST(PREDICTIONS, "\x91\x81\xa5limiT\x09")), what);
    CU_ASSERT_STRING_EQUAL(CALL(REQUEST(PREDICTIONS, "\x91\x09")), what);
    CU_ASSERT_STRING_EQUAL(CALL(REQUEST(PREDICTIONS, "\x92\x80\x80")), what);
    CU_ASSERT_STRING_EQUAL(CALL(REQUEST(MEDIA_ADD, "\x90")), what);
    CU_ASSERT_STRING_EQUAL(CALL(REQUEST(MEDIA_ADD, "\x91\x81\xa2id\xa1"
                                                   "a")),
                           what);
    CU_ASSERT_STRING_EQUAL(CALL(REQUEST(MEDIA_ADD, "\x91\x82\xa2id\xa1\x00\xa3url\xa1"
                                                   "b")),
                           what);
    CU_ASSERT_EQUAL(calls, 2);
}

static void handlers_errors_get_their_codes(void)
{
    add_error = 0;
    CU_ASSERT_STRING_EQUAL(CALL(REQUEST(MEDIA_ADD, ID_A_URL_B)), "");
    CU_ASSERT_STRING_EQUAL(seen_id, "a");
    add_error = -EEXIST;
    CU_ASSERT_STRING_EQUAL(CALL(REQUEST(MEDIA_ADD, ID_A_URL_B)), "exists");
    add_error = -EINVAL;
    CU_ASSERT_STRING_EQUAL(CALL(REQUEST(MEDIA_ADD, ID_A_URL_B)), "invalid");
    add_error = -EXDEV; /* not in the table */
    CU_ASSERT_STRING_EQUAL(CALL(REQUEST(MEDIA_ADD, ID_A_URL_B)), "failed");
    add_error = 0;
}

static void bad_handlers_do_not_break_the_stream(void)
{
    CU_ASSERT_STRING_EQUAL(CALL(REQUEST("\xa4tier", "\x90")), "failed");
    CU_ASSERT_STRING_EQUAL(CALL(REQUEST("\xa6queues", "\x90")), "too_big");
    CU_ASSERT_STRING_EQUAL(CALL(REQUEST("\xa7"
                                        "devices",
                                        "\x90")),
                           "unsupported");
    CU_ASSERT_STRING_EQUAL(CALL(REQUEST("\xa4nope", "\x90")), "unknown_method");
    CU_ASSERT_STRING_EQUAL(CALL(REQUEST(STATUS, "\x90")), "");
}

static void roles_below_a_methods_are_denied(void)
{
    calls = 0;
    CU_ASSERT_STRING_EQUAL(CALL_AS(PS_CONTROL_READ, REQUEST(STATUS, "\x90")), "");
    CU_ASSERT_STRING_EQUAL(CALL_AS(PS_CONTROL_READ, REQUEST(MEDIA_ADD, ID_A_URL_B)), "denied");
    CU_ASSERT_EQUAL(calls, 1);
    CU_ASSERT_STRING_EQUAL(CALL_AS(PS_CONTROL_OPERATE, REQUEST(MEDIA_ADD, ID_A_URL_B)), "");
    CU_ASSERT_STRING_EQUAL(CALL_AS(PS_CONTROL_OPERATE, REQUEST("\xa8shutdown", "\x90")), "denied");
    CU_ASSERT_STRING_EQUAL(CALL_AS(PS_CONTROL_ADMIN, REQUEST("\xa8shutdown", "\x90")),
                           "unsupported");
}

static void what_is_no_rpc_ends_the_connection(void)
{
    CU_ASSERT_STRING_EQUAL(CALL("\x80"), "hang-up");
    CU_ASSERT_STRING_EQUAL(CALL("\x90"), "hang-up");
    CU_ASSERT_STRING_EQUAL(CALL("\x94\x01\x07\xc0\xc0"), "hang-up"); /* an answer */
    CU_ASSERT_STRING_EQUAL(CALL("\x94\x00\xa1x\xa6status\x90"), "hang-up");
    CU_ASSERT_STRING_EQUAL(CALL("\x94\x00\xcf\0\0\0\1\0\0\0\0\xa6status\x90"), "hang-up");
    CU_ASSERT_STRING_EQUAL(CALL("\x94\x00\x07\x01\x90"), "hang-up");
    CU_ASSERT_STRING_EQUAL(CALL("\x94\x00\x07\xa6status\x80"), "hang-up");
    CU_ASSERT_STRING_EQUAL(CALL("\x93\x00\xa6status\x90"), "hang-up");
    CU_ASSERT_STRING_EQUAL(CALL("\x94\x02\x07\xa6status\x90"), "hang-up");
}

static void damaged_requests_are_answered_or_end_it(void)
{
    static const char good[] = REQUEST(MEDIA_ADD, ID_A_URL_B);
    unsigned short seed[3] = { 1, 1, 2 };
    char bytes[sizeof(good) - 1];

    for (unsigned round = 0; round < 20000; round++) {
        memcpy(bytes, good, sizeof(bytes));
        for (unsigned flips = 0; flips < 1 + round % 3; flips++)
            bytes[(size_t)nrand48(seed) % sizeof(bytes)] = (char)nrand48(seed);
        const int rc = ps_control_dispatch_one(&dispatch, PS_CONTROL_ADMIN, bytes, sizeof(bytes));
        PS_REQUIRE(rc == 0 || rc == -EBADMSG);
    }
}

static void peers_get_roles_by_their_ids(void)
{
    CU_ASSERT_EQUAL(ps_control_role_of(0, 9, 100, 200), PS_CONTROL_ADMIN);
    CU_ASSERT_EQUAL(ps_control_role_of(100, 9, 100, 200), PS_CONTROL_ADMIN);
    CU_ASSERT_EQUAL(ps_control_role_of(101, 200, 100, 200), PS_CONTROL_OPERATE);
    CU_ASSERT_EQUAL(ps_control_role_of(101, 201, 100, 200), PS_CONTROL_READ);
}

static void each_failed_allocation_leaves_it_usable(void)
{
    static const char request[] = REQUEST(STATUS, "\x90");
    struct ps_control_dispatch fresh;
    const struct ps_control_config cfg = { .handlers = &handlers, .version = "t" };
    unsigned failed_at = 0;

    ps_control_dispatch_init(&fresh, &cfg);
    for (;; failed_at++) {
        ps_fail_alloc_after(failed_at);
        const int rc =
            ps_control_dispatch_one(&fresh, PS_CONTROL_ADMIN, request, sizeof(request) - 1);
        ps_fail_alloc_never();
        PS_REQUIRE(rc == 0 || rc == -ENOMEM || rc == -EBADMSG);
        if (rc == 0 && fresh.errors == 0)
            break;
        fresh.errors = 0;
        ps_control_dispatch_fini(&fresh);
        ps_control_dispatch_init(&fresh, &cfg);
    }
    CU_ASSERT_EQUAL(failed_at, 3); /* the message, the result, the answer */
    ps_control_dispatch_fini(&fresh);
}

int main(void)
{
    static const struct ps_test tests[] = {
        PS_TEST(a_request_is_answered_with_its_id),
        PS_TEST(a_method_may_be_named_in_bytes),
        PS_TEST(a_notification_runs_and_is_not_answered),
        PS_TEST(parameters_are_checked_before_the_handler_runs),
        PS_TEST(handlers_errors_get_their_codes),
        PS_TEST(bad_handlers_do_not_break_the_stream),
        PS_TEST(roles_below_a_methods_are_denied),
        PS_TEST(what_is_no_rpc_ends_the_connection),
        PS_TEST(damaged_requests_are_answered_or_end_it),
        PS_TEST(peers_get_roles_by_their_ids),
        PS_TEST(each_failed_allocation_leaves_it_usable),
    };
    const struct ps_control_config cfg = { .handlers = &handlers, .version = "t" };

    ps_control_dispatch_init(&dispatch, &cfg);
    const int status = ps_test_run("host/control/dispatch", tests, PS_ARRAY_LEN(tests));
    ps_control_dispatch_fini(&dispatch);
    return status;
}
