/* SPDX-License-Identifier: BSD-3-Clause */
/* tests/unit/host/http/test_stream.c - answers that go on, over real sockets. */
#include <stdint.h>

#include "host/base/mem.h"
#include "tests/unit/host/http/raw_client.h"

static struct ps_http *http;
static struct ps_http_request *stream; /* the last one; NULL when it is over */
static unsigned ends, whole_ends;
static bool suspend_first;

static void on_end(void *user, bool sent_whole)
{
    ends++;
    whole_ends += sent_whole;
    if (stream == user)
        stream = NULL;
}

static void on_events(void *arg, struct ps_http_request *request)
{
    (void)arg;
    ps_http_set_user(request, request, on_end);
    stream = request;
    if (suspend_first)
        ps_http_suspend(request);
    else
        ps_http_stream(request, "text/event-stream");
}

static void on_other(void *arg, struct ps_http_request *request)
{
    (void)arg;
    ps_http_reply_text(request, 200, "text/plain", "other");
}

static void set_up(void)
{
    const struct ps_http_config cfg = { .address = "127.0.0.1", .connections_max = 8 };

    ends = whole_ends = 0;
    suspend_first = false;
    stream = NULL;
    PS_REQUIRE(ps_http_create(&http, &cfg) == 0);
    CU_ASSERT_EQUAL(ps_http_route(http, "/events", on_events, NULL), 0);
    CU_ASSERT_EQUAL(ps_http_route(http, "/other", on_other, NULL), 0);
}

static struct ps_http_status status(void)
{
    struct ps_http_status now;

    raw_settle(http);
    ps_http_status(http, &now);
    return now;
}

static void tear_down(void)
{
    CU_ASSERT_EQUAL(status().live, 0);
    CU_ASSERT_EQUAL(status().held_bytes, 0);
    ps_http_destroy(http);
}

static void open_stream(struct raw_client *client, const char *version)
{
    char text[128];

    raw_open(client, ps_http_port(http));
    snprintf(text, sizeof(text), "GET /events HTTP/%s\r\nHost: t\r\n\r\n", version);
    raw_send(client, text);
    raw_settle(http);
    PS_REQUIRE(stream != NULL);
}

static bool has_come(struct raw_client *client, const char *text)
{
    raw_settle(http);
    raw_receive(client);
    return memmem(client->bytes, client->used, text, strlen(text)) != NULL;
}

static void what_is_put_in_comes_out_at_once(void)
{
    struct raw_client client;

    set_up();
    open_stream(&client, "1.1");
    CU_ASSERT_TRUE(has_come(&client, "text/event-stream"));
    CU_ASSERT_TRUE(has_come(&client, "\r\n\r\n"));
    CU_ASSERT_NOT_EQUAL(ps_http_timeout_ms(http), 0); /* nobody turns in vain */
    CU_ASSERT_EQUAL(ps_http_stream_put(stream, "data: 1\n\n", 9), 0);
    CU_ASSERT_TRUE(has_come(&client, "9\r\ndata: 1\n\n\r\n"));
    CU_ASSERT_EQUAL(ps_http_stream_put(stream, "a", 1), 0);
    CU_ASSERT_EQUAL(ps_http_stream_put(stream, "b", 1), 0);
    CU_ASSERT_TRUE(has_come(&client, "2\r\nab\r\n"));
    CU_ASSERT_EQUAL(ends, 0);
    ps_http_stream_end(stream);
    CU_ASSERT_TRUE(has_come(&client, "0\r\n\r\n"));
    CU_ASSERT_TRUE(ends == 1 && whole_ends == 1);
    raw_send(&client, "GET /other HTTP/1.1\r\nHost: t\r\n\r\n");
    CU_ASSERT_TRUE(has_come(&client, "other"));
    raw_close(&client);
    tear_down();
}

static void an_old_client_reads_until_the_connection_ends(void)
{
    struct raw_client client;

    set_up();
    open_stream(&client, "1.0");
    CU_ASSERT_EQUAL(ps_http_stream_put(stream, "data: 1\n\n", 9), 0);
    CU_ASSERT_TRUE(has_come(&client, "\r\n\r\ndata: 1\n\n"));
    ps_http_stream_end(stream);
    raw_settle(http);
    raw_receive(&client);
    CU_ASSERT_TRUE(client.closed);
    raw_close(&client);
    tear_down();
}

static void a_suspended_request_can_become_a_stream(void)
{
    struct raw_client client;

    set_up();
    suspend_first = true;
    open_stream(&client, "1.1");
    CU_ASSERT_FALSE(has_come(&client, "HTTP"));
    ps_http_stream(stream, "text/event-stream");
    CU_ASSERT_EQUAL(ps_http_stream_put(stream, "now", 3), 0);
    ps_http_stream_end(stream);
    CU_ASSERT_TRUE(has_come(&client, "3\r\nnow\r\n0\r\n\r\n"));
    raw_close(&client);
    tear_down();
}

static void a_client_gone_is_noticed_while_nothing_is_sent(void)
{
    struct raw_client client;

    set_up();
    open_stream(&client, "1.1");
    raw_close(&client);
    CU_ASSERT_EQUAL(status().live, 0);
    CU_ASSERT_TRUE(ends == 1 && whole_ends == 0);
    CU_ASSERT_EQUAL(status().gone, 1);
    tear_down();
}

static void a_client_that_does_not_read_is_cut_off(void)
{
    struct raw_client client;
    static char block[65536];
    int rc = 0;

    set_up();
    open_stream(&client, "1.1");
    for (int i = 0; i < 1000 && rc == 0; i++) {
        rc = ps_http_stream_put(stream, block, sizeof(block));
        raw_settle(http);
    }
    CU_ASSERT_EQUAL(rc, -ENOBUFS);
    CU_ASSERT_TRUE(ends == 1 && whole_ends == 0);
    CU_ASSERT_EQUAL(status().cut, 1);
    raw_close(&client);
    tear_down();
}

static void a_reader_gets_every_byte_in_order(void)
{
    struct raw_client client;
    size_t seen = 0;

    set_up();
    open_stream(&client, "1.0");
    for (unsigned i = 0; i < 2000; i++) {
        char line[200];

        memset(line, 'x', sizeof(line));
        snprintf(line, sizeof(line), "line %u;", i);
        PS_REQUIRE(ps_http_stream_put(stream, line, sizeof(line)) == 0);
        if (i % 10 == 0)
            raw_turn(http);
        raw_receive(&client);
    }
    ps_http_stream_end(stream);
    raw_settle(http);
    raw_receive(&client);
    const char *at = memmem(client.bytes, client.used, "\r\n\r\n", 4);
    PS_REQUIRE(at != NULL);
    CU_ASSERT_EQUAL(client.used - (size_t)(at + 4 - client.bytes), 2000 * 200);
    for (unsigned i = 0; i < 2000; i++) {
        char line[32];

        snprintf(line, sizeof(line), "line %u;", i);
        seen += memcmp(at + 4 + i * 200, line, strlen(line)) == 0;
    }
    CU_ASSERT_EQUAL(seen, 2000);
    raw_close(&client);
    tear_down();
}

static void destroying_ends_streams(void)
{
    struct raw_client idle, busy;
    static char block[200000];

    set_up();
    open_stream(&idle, "1.1");
    open_stream(&busy, "1.1");
    CU_ASSERT_EQUAL(ps_http_stream_put(stream, block, sizeof(block)), 0);
    ps_http_destroy(http);
    CU_ASSERT_TRUE(ends == 2 && whole_ends == 0);
    raw_close(&idle);
    raw_close(&busy);
}

static void putting_survives_a_failed_allocation(void)
{
    struct raw_client client;

    set_up();
    open_stream(&client, "1.1");
    ps_fail_alloc_after(0);
    CU_ASSERT_EQUAL(ps_http_stream_put(stream, "lost", 4), -ENOMEM);
    ps_fail_alloc_never();
    CU_ASSERT_EQUAL(ps_http_stream_put(stream, "kept", 4), 0);
    CU_ASSERT_TRUE(has_come(&client, "4\r\nkept\r\n"));
    raw_close(&client);
    tear_down();
}

int main(void)
{
    const struct ps_test tests[] = {
        PS_TEST(what_is_put_in_comes_out_at_once),
        PS_TEST(an_old_client_reads_until_the_connection_ends),
        PS_TEST(a_suspended_request_can_become_a_stream),
        PS_TEST(a_client_gone_is_noticed_while_nothing_is_sent),
        PS_TEST(a_client_that_does_not_read_is_cut_off),
        PS_TEST(a_reader_gets_every_byte_in_order),
        PS_TEST(destroying_ends_streams),
        PS_TEST(putting_survives_a_failed_allocation),
    };

    return ps_test_run("host/http/stream.c", tests, PS_ARRAY_LEN(tests));
}
