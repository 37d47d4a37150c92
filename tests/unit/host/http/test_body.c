/* SPDX-License-Identifier: BSD-3-Clause */
/* tests/unit/host/http/test_body.c - methods and bodies of requests, over real sockets. */
#include <stdint.h>

#include "host/base/mem.h"
#include "tests/unit/host/http/raw_client.h"

#define BODY_MAX 4096u

static struct ps_http *http;
static struct ps_http_request *waiting; /* the last one that /c/wait parked */
static char last_body[BODY_MAX + 1];
static size_t last_bytes;
static unsigned handled;

static void on_collect(void *arg, struct ps_http_request *request)
{
    const void *body = ps_http_body(request, &last_bytes);

    (void)arg;
    handled++;
    CU_ASSERT_TRUE(last_bytes <= BODY_MAX);
    CU_ASSERT_TRUE((body == NULL) == (last_bytes == 0));
    if (last_bytes > 0 && last_bytes <= BODY_MAX)
        memcpy(last_body, body, last_bytes);
    last_body[last_bytes] = '\0';
    if (strcmp(ps_http_path(request), "/c/wait") == 0) {
        ps_http_suspend(request);
        waiting = request;
        return;
    }
    ps_http_add_header(request, "X-Method", ps_http_method(request));
    ps_http_reply_copy(request, 201, "application/json", last_body, last_bytes);
}

static void set_up(void)
{
    const struct ps_http_config cfg = { .address = "127.0.0.1", .connections_max = 8 };

    handled = 0;
    waiting = NULL;
    PS_REQUIRE(ps_http_create(&http, &cfg) == 0);
    CU_ASSERT_EQUAL(ps_http_route(http, "/read", on_collect, NULL), 0);
    CU_ASSERT_EQUAL(ps_http_route_methods(http, "/c/",
                                          PS_HTTP_POST | PS_HTTP_DELETE | PS_HTTP_OPTIONS, BODY_MAX,
                                          on_collect, NULL),
                    0);
}

static void tear_down(void)
{
    struct ps_http_status status;

    raw_settle(http);
    ps_http_status(http, &status);
    CU_ASSERT_EQUAL(status.live, 0);
    CU_ASSERT_EQUAL(status.held_bytes, 0);
    ps_http_destroy(http);
}

/* The status of the answer to these bytes, -1: closed without one. */
static int status_of(const char *text, struct raw_answer *ret_answer)
{
    struct raw_client client;

    raw_open(&client, ps_http_port(http));
    raw_send(&client, text);
    const bool answered = raw_answer(http, &client, true, ret_answer);
    raw_close(&client);
    return answered ? ret_answer->status : -1;
}

static void a_body_arrives_whole(void)
{
    struct raw_answer answer;

    set_up();
    CU_ASSERT_EQUAL(
        status_of("POST /c/x HTTP/1.1\r\nHost: t\r\nContent-Length: 5\r\n\r\nhello", &answer), 201);
    CU_ASSERT_STRING_EQUAL(answer.body, "hello");
    CU_ASSERT_STRING_EQUAL(raw_header(&answer, "X-Method"), "POST");
    CU_ASSERT_STRING_EQUAL(raw_header(&answer, "Content-Type"), "application/json");
    CU_ASSERT_STRING_EQUAL(raw_header(&answer, "Access-Control-Allow-Origin"), "*");
    free(answer.body);
    CU_ASSERT_EQUAL(status_of("DELETE /c/x HTTP/1.1\r\nHost: t\r\n\r\n", &answer), 201);
    CU_ASSERT_EQUAL(last_bytes, 0);
    free(answer.body);
    tear_down();
}

static void bodies_in_pieces_and_chunks_are_put_together(void)
{
    static const char *const pieces[] = { "POST /c/x HTTP/1.1\r\nHost: t\r\nTransfer-Enc",
                                          "oding: chunked\r\n\r\n3\r\nab",
                                          "c\r\n10;x=y\r\n01234567", "89abcdef\r\n0\r\n", "\r\n" };
    struct raw_client client;
    struct raw_answer answer;

    set_up();
    raw_open(&client, ps_http_port(http));
    for (size_t i = 0; i < PS_ARRAY_LEN(pieces); i++) {
        CU_ASSERT_EQUAL(handled, 0);
        raw_send(&client, pieces[i]);
        raw_settle(http);
    }
    CU_ASSERT_TRUE(raw_answer(http, &client, true, &answer));
    CU_ASSERT_STRING_EQUAL(answer.body, "abc0123456789abcdef");
    free(answer.body);
    /* and the connection goes on */
    raw_send(&client, "POST /c/y HTTP/1.1\r\nHost: t\r\nContent-Length: 2\r\n\r\nok");
    CU_ASSERT_TRUE(raw_answer(http, &client, true, &answer));
    CU_ASSERT_STRING_EQUAL(answer.body, "ok");
    free(answer.body);
    raw_close(&client);
    tear_down();
}

static void a_client_that_expects_to_be_told_is_told_to_continue(void)
{
    static const char head[] = "POST /c/x HTTP/1.1\r\nHost: t\r\nExpect: 100-continue\r\n"
                               "Content-Length: %u\r\n\r\n";
    struct raw_client client;
    struct raw_answer answer;
    char text[256];

    set_up();
    raw_open(&client, ps_http_port(http));
    snprintf(text, sizeof(text), head, 2u);
    raw_send(&client, text);
    CU_ASSERT_TRUE(raw_answer(http, &client, false, &answer));
    CU_ASSERT_EQUAL(answer.status, 100);
    free(answer.body);
    raw_send(&client, "hi");
    CU_ASSERT_TRUE(raw_answer(http, &client, true, &answer));
    CU_ASSERT_EQUAL(answer.status, 201);
    free(answer.body);
    raw_close(&client);
    snprintf(text, sizeof(text), head, BODY_MAX + 1);
    CU_ASSERT_EQUAL(status_of(text, &answer), 413); /* at once, and never 100 */
    free(answer.body);
    tear_down();
}

static void the_largest_body_passes_and_one_byte_more_does_not(void)
{
    struct raw_answer answer;
    static char text[BODY_MAX + 256];

    set_up();
    for (unsigned more = 0; more < 2; more++) {
        const int head = snprintf(text, sizeof(text),
                                  "POST /c/x HTTP/1.1\r\nHost: t\r\nContent-Length: %u\r\n\r\n",
                                  BODY_MAX + more);
        memset(text + head, 'b', BODY_MAX);
        text[(unsigned)head + BODY_MAX] = '\0';
        CU_ASSERT_EQUAL(status_of(text, &answer), more == 0 ? 201 : 413);
        CU_ASSERT_STRING_EQUAL(raw_header(&answer, "Access-Control-Allow-Origin"), "*");
        free(answer.body);
    }
    CU_ASSERT_EQUAL(handled, 1);
    tear_down();
}

static void endless_chunks_are_cut_short(void)
{
    struct raw_client client;
    struct raw_answer answer;
    static char chunk[1024 + 8];

    set_up();
    raw_open(&client, ps_http_port(http));
    raw_send(&client, "POST /c/x HTTP/1.1\r\nHost: t\r\nTransfer-Encoding: chunked\r\n\r\n");
    memcpy(chunk, "400\r\n", 5);
    memset(chunk + 5, 'c', 1024);
    memcpy(chunk + 5 + 1024, "\r\n", 2);
    for (unsigned i = 0; i < 5 && !client.closed; i++) {
        raw_send_bytes(&client, chunk, 5 + 1024 + 2);
        raw_settle(http);
    }
    CU_ASSERT_TRUE(raw_answer(http, &client, true, &answer));
    CU_ASSERT_EQUAL(answer.status, 413);
    free(answer.body);
    CU_ASSERT_FALSE(raw_answer(http, &client, true, &answer)); /* closed */
    CU_ASSERT_EQUAL(handled, 0);
    raw_close(&client);
    tear_down();
}

static void ambiguous_framing_is_refused(void)
{
    static const struct {
        const char *headers;
        int status;
    } cases[] = {
        { "Content-Length: 5\r\nTransfer-Encoding: chunked\r\n", 400 },
        { "Content-Length: 5\r\nContent-Length: 6\r\n", 400 },
        { "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n", 400 },
        { "Transfer-Encoding: gzip, chunked\r\n", 501 },
        { "Content-Length: -5\r\n", 400 },
        { "Content-Length: 5x\r\n", 400 },
        { "Content-Length: 99999999999999999999999\r\n", 413 },
    };
    struct raw_answer answer;
    char text[256];

    set_up();
    for (size_t i = 0; i < PS_ARRAY_LEN(cases); i++) {
        snprintf(text, sizeof(text),
                 "POST /c/x HTTP/1.1\r\nHost: t\r\n%s\r\n5\r\nhello\r\n0\r\n\r\n",
                 cases[i].headers);
        CU_ASSERT_EQUAL(status_of(text, &answer), cases[i].status);
        free(answer.body);
    }
    CU_ASSERT_EQUAL(handled, 0);
    tear_down();
}

static void each_route_has_its_own_methods(void)
{
    struct raw_answer answer;

    set_up();
    CU_ASSERT_EQUAL(status_of("PUT /c/x HTTP/1.1\r\nHost: t\r\n\r\n", &answer), 405);
    CU_ASSERT_STRING_EQUAL(raw_header(&answer, "Allow"), "GET, HEAD, POST, DELETE, OPTIONS");
    CU_ASSERT_STRING_EQUAL(raw_header(&answer, "Access-Control-Allow-Origin"), "*");
    free(answer.body);
    CU_ASSERT_EQUAL(status_of("POST /read HTTP/1.1\r\nHost: t\r\n\r\n", &answer), 405);
    CU_ASSERT_STRING_EQUAL(raw_header(&answer, "Allow"), "GET, HEAD");
    CU_ASSERT_STRING_EQUAL(raw_header(&answer, "Access-Control-Allow-Origin"), "");
    free(answer.body);
    CU_ASSERT_EQUAL(status_of("post /c/x HTTP/1.1\r\nHost: t\r\n\r\n", &answer), 405);
    free(answer.body);
    CU_ASSERT_EQUAL(status_of("OPTIONS /c/x HTTP/1.1\r\nHost: t\r\n\r\n", &answer), 201);
    free(answer.body);
    CU_ASSERT_EQUAL(
        status_of("GET /c/x HTTP/1.1\r\nHost: t\r\nContent-Length: 1\r\n\r\nx", &answer), 413);
    free(answer.body);
    CU_ASSERT_EQUAL(handled, 1);
    tear_down();
}

static void a_suspended_post_is_answered_later_and_its_body_is_gone(void)
{
    struct raw_client client;
    struct raw_answer answer;
    struct ps_http_status status;

    set_up();
    raw_open(&client, ps_http_port(http));
    raw_send(&client, "POST /c/wait HTTP/1.1\r\nHost: t\r\nContent-Length: 5\r\n\r\nhello");
    raw_settle(http);
    PS_REQUIRE(waiting != NULL);
    ps_http_status(http, &status);
    CU_ASSERT_TRUE(status.held_bytes >= 5);
    ps_http_reply_copy(waiting, 202, NULL, "", 0);
    CU_ASSERT_TRUE(raw_answer(http, &client, true, &answer));
    CU_ASSERT_EQUAL(answer.status, 202);
    free(answer.body);
    raw_close(&client);
    tear_down();
}

static void a_client_gone_amid_its_body_leaves_nothing(void)
{
    struct raw_client client;

    set_up();
    raw_open(&client, ps_http_port(http));
    raw_send(&client, "POST /c/x HTTP/1.1\r\nHost: t\r\nContent-Length: 50\r\n\r\nhello");
    raw_settle(http);
    raw_close(&client);
    tear_down();
    CU_ASSERT_EQUAL(handled, 0);
}

/* Each allocation of a request with body and headers fails in turn: refused or closed, no more. */
static void a_request_survives_each_failed_allocation(void)
{
    struct raw_answer answer;
    unsigned failed_at = 0;

    set_up();
    for (;; failed_at++) {
        ps_fail_alloc_after(failed_at);
        const int status =
            status_of("POST /c/x HTTP/1.1\r\nHost: t\r\nContent-Length: 5\r\n\r\nhello", &answer);
        ps_fail_alloc_never();
        free(answer.body);
        if (status == 201)
            break;
        CU_ASSERT_TRUE(status == 503 || status == -1);
    }
    CU_ASSERT_EQUAL(failed_at, 2); /* the body, the header */
    tear_down();
}

int main(void)
{
    const struct ps_test tests[] = {
        PS_TEST(a_body_arrives_whole),
        PS_TEST(bodies_in_pieces_and_chunks_are_put_together),
        PS_TEST(a_client_that_expects_to_be_told_is_told_to_continue),
        PS_TEST(the_largest_body_passes_and_one_byte_more_does_not),
        PS_TEST(endless_chunks_are_cut_short),
        PS_TEST(ambiguous_framing_is_refused),
        PS_TEST(each_route_has_its_own_methods),
        PS_TEST(a_suspended_post_is_answered_later_and_its_body_is_gone),
        PS_TEST(a_client_gone_amid_its_body_leaves_nothing),
        PS_TEST(a_request_survives_each_failed_allocation),
    };

    return ps_test_run("host/http/body.c", tests, PS_ARRAY_LEN(tests));
}
