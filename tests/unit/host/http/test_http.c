/* SPDX-License-Identifier: BSD-3-Clause */
/* tests/unit/host/http/test_http.c - the server's manners, over real sockets on loopback. */
#include "host/http/http.h"

#include <fcntl.h>
#include <sys/mman.h>

#include "host/base/mem.h"
#include "tests/unit/host/http/raw_client.h"

#define FILE_BYTES      300000u
#define CONNECTIONS_MAX 8u

static struct ps_http *http;
static int file_fd;
static char file_bytes[FILE_BYTES];
static struct ps_http_request *suspended; /* the last one that /wait parked */
static unsigned ends, whole_ends;
static uint64_t end_bytes;

static void count_end(void *user, bool sent_whole)
{
    ends++;
    whole_ends += sent_whole;
    end_bytes = ps_http_body_bytes(user);
    if (suspended == user)
        suspended = NULL;
}

static void on_file(void *arg, struct ps_http_request *request)
{
    (void)arg;
    ps_http_set_user(request, request, count_end);
    ps_http_reply_bytes(request, "video/mp4", file_bytes + 100, FILE_BYTES - 100, "max-age=60");
}

static void on_echo(void *arg, struct ps_http_request *request)
{
    (void)arg;
    ps_http_allow_any_origin(request);
    ps_http_reply_text(request, 200, "text/plain", ps_http_path(request));
}

static void on_wait(void *arg, struct ps_http_request *request)
{
    (void)arg;
    ps_http_set_user(request, request, count_end);
    ps_http_suspend(request);
    suspended = request;
}

static void on_empty(void *arg, struct ps_http_request *request)
{
    (void)arg;
    ps_http_reply_bytes(request, "video/mp4", file_bytes, 0, NULL);
}

static void on_bad_fd(void *arg, struct ps_http_request *request)
{
    (void)arg;
    ps_http_set_user(request, request, count_end);
    ps_http_reply_fd(request, "video/mp4", -1, 0, 10, NULL);
}

static void set_up(void)
{
    const struct ps_http_config cfg = { .address = "127.0.0.1",
                                        .connections_max = CONNECTIONS_MAX };

    ends = whole_ends = 0;
    suspended = NULL;
    for (size_t i = 0; i < FILE_BYTES; i++)
        file_bytes[i] = (char)(i * 13 + i / 1000);
    file_fd = memfd_create("http-test", MFD_CLOEXEC);
    PS_REQUIRE(write(file_fd, file_bytes, FILE_BYTES) == FILE_BYTES);
    PS_REQUIRE(ps_http_create(&http, &cfg) == 0);
    CU_ASSERT_EQUAL(ps_http_route(http, "/file", on_file, NULL), 0);
    CU_ASSERT_EQUAL(ps_http_route(http, "/e", on_echo, NULL), 0);
    CU_ASSERT_EQUAL(ps_http_route(http, "/wait", on_wait, NULL), 0);
    CU_ASSERT_EQUAL(ps_http_route(http, "/empty", on_empty, NULL), 0);
    CU_ASSERT_EQUAL(ps_http_route(http, "/badfd", on_bad_fd, NULL), 0);
}

static void tear_down(void)
{
    ps_http_destroy(http);
    close(file_fd);
}

static struct ps_http_status status(void)
{
    struct ps_http_status now;

    raw_settle(http);
    ps_http_status(http, &now);
    return now;
}

static void the_longest_prefix_takes_the_request(void)
{
    struct raw_answer answer;

    set_up();
    CU_ASSERT_EQUAL(raw_get(http, "/ec%68o?x=1", &answer), 200);
    CU_ASSERT_STRING_EQUAL(answer.body, "/echo");
    CU_ASSERT_STRING_EQUAL(raw_header(&answer, "Access-Control-Allow-Origin"), "*");
    free(answer.body);
    CU_ASSERT_EQUAL(raw_get(http, "/empty", &answer), 200);
    CU_ASSERT_EQUAL(answer.body_bytes, 0);
    free(answer.body);
    CU_ASSERT_EQUAL(raw_get_status(http, "/other"), 404);
    ps_http_unroute(http, "/e");
    CU_ASSERT_EQUAL(raw_get_status(http, "/echo"), 404);
    CU_ASSERT_EQUAL(raw_get_status(http, "/empty"), 200);
    CU_ASSERT_EQUAL(status().unrouted, 2);
    tear_down();
}

static void routes_are_bounded(void)
{
    int taken = 0;

    set_up();
    while (ps_http_route(http, "/x", on_echo, NULL) == 0)
        taken++;
    CU_ASSERT_EQUAL(taken, 16 - 5);
    tear_down();
}

static void a_file_range_arrives_byte_for_byte(void)
{
    struct raw_answer answer;

    set_up();
    CU_ASSERT_EQUAL(raw_get(http, "/file", &answer), 200);
    CU_ASSERT_EQUAL(answer.body_bytes, FILE_BYTES - 100);
    CU_ASSERT_EQUAL(memcmp(answer.body, file_bytes + 100, FILE_BYTES - 100), 0);
    CU_ASSERT_STRING_EQUAL(raw_header(&answer, "Accept-Ranges"), "bytes");
    CU_ASSERT_STRING_EQUAL(raw_header(&answer, "Cache-Control"), "max-age=60");
    free(answer.body);
    CU_ASSERT_EQUAL(status().bytes, FILE_BYTES - 100);
    CU_ASSERT_EQUAL(whole_ends, 1);
    CU_ASSERT_TRUE(fcntl(file_fd, F_GETFD) >= 0);
    tear_down();
}

static void ranges_are_answered_206_or_416(void)
{
    struct raw_client client;
    struct raw_answer answer;

    set_up();
    raw_open(&client, ps_http_port(http));
    raw_ask(&client, "GET", "/file", "Range: bytes=1000-1999\r\n");
    CU_ASSERT_TRUE(raw_answer(http, &client, true, &answer));
    CU_ASSERT_EQUAL(answer.status, 206);
    CU_ASSERT_EQUAL(answer.body_bytes, 1000);
    CU_ASSERT_EQUAL(memcmp(answer.body, file_bytes + 1100, 1000), 0);
    CU_ASSERT_STRING_EQUAL(raw_header(&answer, "Content-Range"), "bytes 1000-1999/299900");
    free(answer.body);
    CU_ASSERT_EQUAL(end_bytes, 1000);
    raw_ask(&client, "GET", "/file", "Range: bytes=299900-\r\n");
    CU_ASSERT_TRUE(raw_answer(http, &client, true, &answer));
    CU_ASSERT_EQUAL(answer.status, 416);
    CU_ASSERT_STRING_EQUAL(raw_header(&answer, "Content-Range"), "bytes */299900");
    free(answer.body);
    raw_ask(&client, "GET", "/file", "Range: bytes=0-9\r\nIf-Range: \"x\"\r\n");
    CU_ASSERT_TRUE(raw_answer(http, &client, true, &answer));
    CU_ASSERT_EQUAL(answer.status, 200);
    free(answer.body);
    raw_close(&client);
    tear_down();
}

static void head_has_the_headers_and_no_body(void)
{
    struct raw_client client;
    struct raw_answer answer;

    set_up();
    raw_open(&client, ps_http_port(http));
    raw_ask(&client, "HEAD", "/file", "");
    CU_ASSERT_TRUE(raw_answer(http, &client, false, &answer));
    CU_ASSERT_EQUAL(answer.status, 200);
    CU_ASSERT_STRING_EQUAL(raw_header(&answer, "Content-Length"), "299900");
    free(answer.body);
    raw_ask(&client, "GET", "/echo", ""); /* would read body bytes if there were any */
    CU_ASSERT_TRUE(raw_answer(http, &client, true, &answer));
    CU_ASSERT_STRING_EQUAL(answer.body, "/echo");
    free(answer.body);
    raw_close(&client);
    CU_ASSERT_EQUAL(status().bytes, 5);
    tear_down();
}

static void other_methods_and_bodies_are_refused(void)
{
    static const char *const requests[] = {
        "POST /echo HTTP/1.1\r\nHost: t\r\nContent-Length: 5\r\n\r\nhello",
        "DELETE /echo HTTP/1.1\r\nHost: t\r\n\r\n",
        "GET /echo HTTP/1.1\r\nHost: t\r\nContent-Length: 5\r\n\r\nhello",
        "GET /echo HTTP/1.1\r\nHost: t\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    };
    static const int expected[] = { 405, 405, 413, 413 };

    set_up();
    for (size_t i = 0; i < PS_ARRAY_LEN(requests); i++) {
        struct raw_client client;
        struct raw_answer answer;

        raw_open(&client, ps_http_port(http));
        raw_send(&client, requests[i]);
        CU_ASSERT_TRUE(raw_answer(http, &client, true, &answer));
        CU_ASSERT_EQUAL(answer.status, expected[i]);
        CU_ASSERT_STRING_EQUAL(raw_header(&answer, "Allow"), i < 2 ? "GET, HEAD" : "");
        free(answer.body);
        raw_close(&client);
    }
    CU_ASSERT_EQUAL(status().refused, 4);
    CU_ASSERT_EQUAL(status().live, 0);
    tear_down();
}

static void bad_paths_never_reach_a_handler(void)
{
    char long_path[700];

    set_up();
    memset(long_path, 'e', sizeof(long_path));
    long_path[0] = '/';
    long_path[sizeof(long_path) - 1] = '\0';
    CU_ASSERT_EQUAL(raw_get_status(http, "/e%00cho"), 400);
    CU_ASSERT_EQUAL(raw_get_status(http, "/x/../echo"), 400);
    CU_ASSERT_EQUAL(raw_get_status(http, "/e%2fx"), 400);
    CU_ASSERT_EQUAL(raw_get_status(http, "http://t/echo"), 400);
    CU_ASSERT_EQUAL(raw_get_status(http, long_path), 414);
    CU_ASSERT_EQUAL(status().refused, 5);
    tear_down();
}

/* Not HTTP at all, or too much of it: whatever the answer, the server lives and serves on. */
static void garbage_does_not_disturb_other_clients(void)
{
    static const char nul[] = "GET /e\0cho HTTP/1.1\r\nHost: t\r\n\r\n";
    static const char *const texts[] = { "\r\n\r\n\r\n", "GET\r\n\r\n",
                                         "GET /echo HTTP/9.9\r\n\r\n", "\x16\x03\x01\x02\x00\x01",
                                         "GET /echo HTTP/1.1\r\nHo" };
    struct raw_client client;
    char *huge = malloc(65536);

    set_up();
    PS_REQUIRE(huge != NULL);
    for (size_t i = 0; i < PS_ARRAY_LEN(texts); i++) {
        raw_open(&client, ps_http_port(http));
        raw_send(&client, texts[i]);
        raw_settle(http);
        raw_close(&client);
    }
    raw_open(&client, ps_http_port(http));
    raw_send_bytes(&client, nul, sizeof(nul) - 1);
    raw_settle(http);
    raw_close(&client);
    memset(huge, 'h', 65536);
    memcpy(huge, "GET /echo HTTP/1.1\r\nHost: t\r\nX: ", 32);
    struct raw_answer answer;
    raw_open(&client, ps_http_port(http));
    raw_send_bytes(&client, huge, 65536);
    if (raw_answer(http, &client, true, &answer)) {
        CU_ASSERT_EQUAL(answer.status, 431);
        free(answer.body);
    }
    raw_close(&client);
    free(huge);
    CU_ASSERT_EQUAL(raw_get_status(http, "/echo"), 200);
    CU_ASSERT_EQUAL(status().live, 0);
    tear_down();
}

static void a_suspended_request_is_answered_later(void)
{
    struct raw_client client;
    struct raw_answer answer;

    set_up();
    raw_open(&client, ps_http_port(http));
    raw_ask(&client, "GET", "/wait", "");
    raw_settle(http);
    PS_REQUIRE(suspended != NULL);
    CU_ASSERT_EQUAL(ends, 0);
    CU_ASSERT_NOT_EQUAL(ps_http_timeout_ms(http), 0);
    ps_http_reply_error(suspended, 503, "later", 7);
    CU_ASSERT_EQUAL(ps_http_timeout_ms(http), 0); /* no socket would say so */
    CU_ASSERT_TRUE(raw_answer(http, &client, true, &answer));
    CU_ASSERT_EQUAL(answer.status, 503);
    CU_ASSERT_STRING_EQUAL(answer.body, "503 later\n");
    CU_ASSERT_STRING_EQUAL(raw_header(&answer, "Retry-After"), "7");
    free(answer.body);
    raw_settle(http);
    CU_ASSERT_TRUE(ends == 1 && whole_ends == 1);
    raw_close(&client);
    tear_down();
}

static void a_client_gone_while_suspended_is_noticed_once(void)
{
    struct raw_client client;

    set_up();
    raw_open(&client, ps_http_port(http));
    raw_ask(&client, "GET", "/wait", "");
    raw_settle(http);
    CU_ASSERT_EQUAL(status().live, 1);
    raw_close(&client);
    CU_ASSERT_EQUAL(status().live, 0);
    CU_ASSERT_TRUE(ends == 1 && whole_ends == 0);
    CU_ASSERT_EQUAL(status().gone, 1);
    tear_down();
}

static void destroying_ends_what_is_suspended(void)
{
    struct raw_client client;

    set_up();
    raw_open(&client, ps_http_port(http));
    raw_ask(&client, "GET", "/wait", "");
    raw_settle(http);
    tear_down();
    CU_ASSERT_TRUE(ends == 1 && whole_ends == 0);
    raw_close(&client);
}

static void without_a_descriptor_the_connection_is_closed(void)
{
    set_up();
    CU_ASSERT_EQUAL(raw_get_status(http, "/badfd"), -1);
    CU_ASSERT_EQUAL(status().live, 0);
    CU_ASSERT_TRUE(ends == 1 && whole_ends == 0);
    tear_down();
}

static void a_slow_reader_gets_every_byte_and_holds_up_nobody(void)
{
    struct raw_client slow;
    struct raw_answer answer;

    set_up();
    raw_open(&slow, ps_http_port(http));
    for (int i = 0; i < 24; i++) /* more than the kernel takes for one connection */
        raw_ask(&slow, "GET", "/file", "");
    raw_settle(http);
    CU_ASSERT_TRUE(ends < 24); /* it is being held up */
    CU_ASSERT_EQUAL(raw_get_status(http, "/echo"), 200);
    for (int i = 0; i < 24; i++) {
        CU_ASSERT_TRUE(raw_answer(http, &slow, true, &answer));
        CU_ASSERT_EQUAL(memcmp(answer.body, file_bytes + 100, FILE_BYTES - 100), 0);
        free(answer.body);
    }
    raw_close(&slow);
    CU_ASSERT_EQUAL(status().live, 0);
    CU_ASSERT_EQUAL(whole_ends, 24);
    tear_down();
}

static void connections_beyond_the_limit_are_turned_away_until_one_ends(void)
{
    struct raw_client clients[CONNECTIONS_MAX];

    set_up();
    for (size_t i = 0; i < CONNECTIONS_MAX; i++) {
        raw_open(&clients[i], ps_http_port(http));
        raw_ask(&clients[i], "GET", "/wait", "");
        raw_settle(http);
    }
    CU_ASSERT_EQUAL(status().live, CONNECTIONS_MAX);
    struct raw_client extra;
    raw_open(&extra, ps_http_port(http));
    raw_ask(&extra, "GET", "/echo", "");
    raw_settle(http);
    CU_ASSERT_EQUAL(status().live, CONNECTIONS_MAX);
    raw_close(&extra);
    for (size_t i = 0; i < CONNECTIONS_MAX; i++)
        raw_close(&clients[i]);
    CU_ASSERT_EQUAL(status().live, 0);
    CU_ASSERT_EQUAL(raw_get_status(http, "/echo"), 200);
    CU_ASSERT_EQUAL(ends, CONNECTIONS_MAX);
    tear_down();
}

static void bad_addresses_are_refused_with_their_cause(void)
{
    struct ps_http_config cfg = { .address = "127.0.0.1", .connections_max = 4 };
    struct ps_http *first = NULL, *second = NULL;

    PS_REQUIRE(ps_http_create(&first, &cfg) == 0);
    cfg.port = ps_http_port(first);
    CU_ASSERT_EQUAL(ps_http_create(&second, &cfg), -EADDRINUSE);
    cfg.port = 0;
    cfg.address = "192.0.2.1"; /* documentation's, nobody has it */
    CU_ASSERT_EQUAL(ps_http_create(&second, &cfg), -EADDRNOTAVAIL);
    cfg.address = "localhost";
    CU_ASSERT_EQUAL(ps_http_create(&second, &cfg), -EINVAL);
    cfg.address = "127.0.0.1";
    cfg.connections_max = 0;
    CU_ASSERT_EQUAL(ps_http_create(&second, &cfg), -EINVAL);
    CU_ASSERT_PTR_NULL(second);
    ps_http_destroy(first);
    ps_http_destroy(NULL);
}

static void the_ipv6_wildcard_serves_ipv4_too(void)
{
    const struct ps_http_config cfg = { .address = "::", .connections_max = 4 };
    struct ps_http *both = NULL;
    const int rc = ps_http_create(&both, &cfg);

    if (rc != 0) { /* a machine without IPv6 */
        CU_ASSERT_TRUE(rc == -EAFNOSUPPORT || rc == -EADDRNOTAVAIL);
        return;
    }
    CU_ASSERT_EQUAL(ps_http_route(both, "/e", on_echo, NULL), 0);
    CU_ASSERT_EQUAL(raw_get_status(both, "/echo"), 200);
    ps_http_destroy(both);
}

static void create_survives_each_failed_allocation(void)
{
    const struct ps_http_config cfg = { .address = "127.0.0.1", .connections_max = 4 };
    struct ps_http *made = NULL;
    unsigned failed_at = 0;

    for (;; failed_at++) {
        ps_fail_alloc_after(failed_at);
        const int rc = ps_http_create(&made, &cfg);
        ps_fail_alloc_never();
        if (rc == 0)
            break;
        CU_ASSERT_EQUAL(rc, -ENOMEM);
        CU_ASSERT_PTR_NULL(made);
    }
    CU_ASSERT_EQUAL(failed_at, 2); /* the server and its requests */
    ps_http_destroy(made);
}

int main(void)
{
    const struct ps_test tests[] = {
        PS_TEST(the_longest_prefix_takes_the_request),
        PS_TEST(routes_are_bounded),
        PS_TEST(a_file_range_arrives_byte_for_byte),
        PS_TEST(ranges_are_answered_206_or_416),
        PS_TEST(head_has_the_headers_and_no_body),
        PS_TEST(other_methods_and_bodies_are_refused),
        PS_TEST(bad_paths_never_reach_a_handler),
        PS_TEST(garbage_does_not_disturb_other_clients),
        PS_TEST(a_suspended_request_is_answered_later),
        PS_TEST(a_client_gone_while_suspended_is_noticed_once),
        PS_TEST(destroying_ends_what_is_suspended),
        PS_TEST(without_a_descriptor_the_connection_is_closed),
        PS_TEST(a_slow_reader_gets_every_byte_and_holds_up_nobody),
        PS_TEST(connections_beyond_the_limit_are_turned_away_until_one_ends),
        PS_TEST(bad_addresses_are_refused_with_their_cause),
        PS_TEST(the_ipv6_wildcard_serves_ipv4_too),
        PS_TEST(create_survives_each_failed_allocation),
    };

    return ps_test_run("host/http/http.c", tests, PS_ARRAY_LEN(tests));
}
