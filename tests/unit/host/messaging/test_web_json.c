/* SPDX-License-Identifier: BSD-3-Clause */
/* tests/unit/host/messaging/test_web_json.c - what is put down as JSON comes back. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "host/base/mem.h"
#include "host/messaging/web_priv.h"
#include "tests/support/ps_test.h"

/* clang-format off */
#define BODY(text) { text, sizeof(text) - 1 }
/* clang-format on */

/* Whatever bytes a body has, an event of it is one line, and its value reads as the same bytes. */
static void any_body_comes_back(void)
{
    static const struct {
        const char *body;
        size_t bytes;
    } bodies[] = { BODY(""),           BODY("v=0\r\no=- 1 2 IN IP4 0\r\n"),
                   BODY("\0"),         BODY("\xf0\x9f\x8e\xac \xc3\xa4\xe2\x80\xa8"),
                   BODY("\xff\xc0"),   BODY("{\"a\":\"\\u0041\"}"),
                   BODY("\x1b[0m\x7f") };

    for (size_t i = 0; i < PS_ARRAY_LEN(bodies); i++) {
        const struct ps_message message = { .id = UINT64_MAX,
                                            .peer = "p",
                                            .peer_bytes = 1,
                                            .body = bodies[i].body,
                                            .body_bytes = (uint32_t)bodies[i].bytes };
        struct ps_web_text text;
        struct ps_web_put put;

        PS_REQUIRE(ps_web_json_event(&text, &message, 0) == 0);
        CU_ASSERT_PTR_NULL(strpbrk(text.data, "\r\n"));
        CU_ASSERT_PTR_NOT_NULL(strstr(text.data, "\"id\":\"18446744073709551615\""));
        PS_REQUIRE(ps_web_json.read_put(text.data, text.size_bytes, &put) == 0);
        CU_ASSERT_EQUAL(put.body_bytes, bodies[i].bytes);
        CU_ASSERT_EQUAL(memcmp(put.body, bodies[i].body, bodies[i].bytes), 0);
        free(put.owned);
        free(text.data);
    }
}

static void deep_nesting_is_refused(void)
{
    static char text[100000];
    struct ps_web_put put;

    memset(text, '[', sizeof(text));
    CU_ASSERT_EQUAL(ps_web_json.read_put(text, sizeof(text), &put), -EBADMSG);
    memset(text, ' ', sizeof(text));
    CU_ASSERT_EQUAL(ps_web_json.read_put(text, sizeof(text), &put), -EBADMSG);
}

static void limits_are_bounded_numbers(void)
{
    struct ps_collection_limits limits = { .messages_max = 7, .age_ns = 9000000000 };
    const char *const text = "{\"messages\":65536,\"bytes\":1000,\"message_bytes\":10,\"x\":1}";

    CU_ASSERT_EQUAL(ps_web_json.read_limits(text, strlen(text), &limits), 0);
    CU_ASSERT_EQUAL(limits.messages_max, 65536);
    CU_ASSERT_EQUAL(limits.bytes_max, 1000);
    CU_ASSERT_EQUAL(limits.message_bytes_max, 10);
    CU_ASSERT_EQUAL(limits.age_ns, 9000000000);
    CU_ASSERT_EQUAL(ps_web_json.read_limits("{\"age_s\":4294967296}", 20, &limits), -EBADMSG);
    CU_ASSERT_EQUAL(ps_web_json.read_limits("{\"age_s\":1.5}", 13, &limits), -EBADMSG);
    CU_ASSERT_EQUAL(ps_web_json.read_limits("7", 1, &limits), -EBADMSG);
    CU_ASSERT_EQUAL(limits.messages_max, 65536);
}

int main(void)
{
    const struct ps_test tests[] = {
        PS_TEST(any_body_comes_back),
        PS_TEST(deep_nesting_is_refused),
        PS_TEST(limits_are_bounded_numbers),
    };

    return ps_test_run("host/messaging/web_json.c", tests, PS_ARRAY_LEN(tests));
}
