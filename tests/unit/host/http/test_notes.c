/* SPDX-License-Identifier: BSD-3-Clause */
/* tests/unit/host/http/test_notes.c - arguments of the query, and headers of answers. */
#include <stdint.h>

#include "host/base/mem.h"
#include "tests/unit/host/http/raw_client.h"

static struct ps_http *http;

/* Tells `a` twice, and as many headers as there may be. */
static void on_request(void *arg, struct ps_http_request *request)
{
    const char *first = ps_http_argument(request, "a");
    const char *again = ps_http_argument(request, "a");
    const char *other = ps_http_argument(request, "b");
    char text[256];

    (void)arg;
    CU_ASSERT_TRUE(first == again || first == NULL); /* NULL: no memory, the first time */
    for (unsigned i = 0; i < PS_HTTP_HEADERS_MAX; i++)
        ps_http_add_header(request, i == 3 ? "X-Three" : "X-Other", "value");
    snprintf(text, sizeof(text), "a=%s b=%s", first == NULL ? "-" : first,
             other == NULL ? "-" : other);
    ps_http_reply_text(request, 200, "text/plain", text);
}

static void set_up(void)
{
    const struct ps_http_config cfg = { .address = "127.0.0.1", .connections_max = 4 };

    PS_REQUIRE(ps_http_create(&http, &cfg) == 0);
    CU_ASSERT_EQUAL(ps_http_route(http, "/q", on_request, NULL), 0);
}

static void arguments_are_decoded_once(void)
{
    static const struct {
        const char *path, *told;
    } cases[] = {
        { "/q", "a=- b=-" },
        { "/q?a=1&b=2", "a=1 b=2" },
        { "/q?b=%26%3d&a=x+y%2By", "a=x y+y b=&=" },
        { "/q?a=%2541", "a=%41 b=-" },
        { "/q?a=&b", "a= b=-" },
        { "/q?a=1&a=2", "a=1 b=-" },
        { "/q?a=%zz&b=%4", "a=- b=-" }, /* not to be decoded */
        { "/q?a=x%00y&b=%", "a=- b=-" },
    };
    struct raw_answer answer;

    set_up();
    for (size_t i = 0; i < PS_ARRAY_LEN(cases); i++) {
        CU_ASSERT_EQUAL(raw_get(http, cases[i].path, &answer), 200);
        CU_ASSERT_STRING_EQUAL(answer.body, cases[i].told);
        CU_ASSERT_STRING_EQUAL(raw_header(&answer, "X-Three"), "value");
        free(answer.body);
    }
    ps_http_destroy(http);
}

static void an_answer_survives_each_failed_allocation(void)
{
    struct raw_answer answer;
    unsigned failed_at = 0, closed = 0;

    set_up();
    for (; failed_at < 2 + PS_HTTP_HEADERS_MAX; failed_at++) {
        ps_fail_alloc_after(failed_at);
        closed += raw_get(http, "/q?a=1&b=2", &answer) == -1;
        ps_fail_alloc_never();
        free(answer.body);
    }
    CU_ASSERT_EQUAL(closed, PS_HTTP_HEADERS_MAX); /* half the headers would be worse */
    CU_ASSERT_EQUAL(raw_get(http, "/q?a=1&b=2", &answer), 200);
    free(answer.body);
    ps_http_destroy(http);
}

int main(void)
{
    const struct ps_test tests[] = {
        PS_TEST(arguments_are_decoded_once),
        PS_TEST(an_answer_survives_each_failed_allocation),
    };

    return ps_test_run("host/http/notes.c", tests, PS_ARRAY_LEN(tests));
}
