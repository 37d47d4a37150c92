/* SPDX-License-Identifier: BSD-3-Clause */
/* tests/unit/host/messaging/test_web_wait.c - long polls, event streams, and late confirmations. */
#include "tests/unit/host/messaging/web_fixture.h"

static void open_get(struct raw_client *client, const char *path, const char *headers)
{
    raw_open(client, ps_http_port(http));
    raw_ask(client, "GET", path, headers);
    raw_settle(http);
}

static bool has_come(struct raw_client *client, const char *text)
{
    raw_settle(http);
    raw_receive(client);
    return memmem(client->bytes, client->used, text, strlen(text)) != NULL;
}

static void messages_are_told_from_a_cursor_on(void)
{
    struct raw_answer answer;

    set_up();
    box_add("a", 1, 5);
    box_add("\xff\xfe", 2, 0);
    box_add("b\x01", 2, 0);
    box_add("c\n\"", 3, 0);
    CU_ASSERT_EQUAL(ask_bytes("GET", "/c/p/alice?max=2", ALICE, "", 0, &answer), 200);
    CU_ASSERT_STRING_EQUAL(answer.body,
                           "{\"messages\":[{\"id\":\"1001\",\"from\":\"bob\",\"sequence\":5,"
                           "\"age_ms\":5,\"body\":\"a\"},{\"id\":\"1002\",\"from\":\"bob\","
                           "\"age_ms\":5,\"body64\":\"//4=\"}],\"cursor\":\"2\"}");
    free(answer.body);
    CU_ASSERT_EQUAL(ask_bytes("GET", "/c/p/alice?after=2", ALICE, "", 0, &answer), 200);
    CU_ASSERT_STRING_EQUAL(answer.body,
                           "{\"messages\":[{\"id\":\"1003\",\"from\":\"bob\",\"age_ms\":5,"
                           "\"body64\":\"YgE=\"},{\"id\":\"1004\",\"from\":\"bob\",\"age_ms\":5,"
                           "\"body\":\"c\\n\\\"\"}],\"cursor\":\"4\"}");
    free(answer.body);
    CU_ASSERT_EQUAL(ask_bytes("GET", "/c/p/alice?after=4", ALICE, "", 0, &answer), 200);
    CU_ASSERT_STRING_EQUAL(answer.body, "{\"messages\":[],\"cursor\":\"4\"}");
    free(answer.body);
    CU_ASSERT_EQUAL(ask_bytes("GET", "/c/p/alice?max=0", ALICE, "", 0, &answer), 400);
    free(answer.body);
    CU_ASSERT_EQUAL(ask_bytes("GET", "/c/p/alice?wait=61", ALICE, "", 0, &answer), 400);
    free(answer.body);
    tear_down();
}

static void a_poll_is_answered_by_the_next_message(void)
{
    struct raw_client client;
    struct raw_answer answer;

    set_up();
    open_get(&client, "/c/p/alice?wait=30", ALICE);
    CU_ASSERT_EQUAL(web_status().waiting, 1);
    CU_ASSERT_EQUAL(ask("POST", "/c/p/alice", "{\"body\":\"now\"}", NULL, 0), 201);
    CU_ASSERT_TRUE(raw_answer(http, &client, true, &answer)); /* no tick was needed */
    CU_ASSERT_EQUAL(answer.status, 200);
    CU_ASSERT_PTR_NOT_NULL(strstr(answer.body, "\"body\":\"now\""));
    free(answer.body);
    raw_ask(&client, "GET", "/c/p/alice?wait=30&after=1", ALICE);
    raw_settle(http);
    box_add("by another way", 14, 0);
    pass(0);
    CU_ASSERT_TRUE(raw_answer(http, &client, true, &answer));
    CU_ASSERT_PTR_NOT_NULL(strstr(answer.body, "by another way"));
    free(answer.body);
    raw_close(&client);
    tear_down();
}

static void a_poll_ends_with_its_time(void)
{
    struct raw_client client;
    struct raw_answer answer;

    set_up();
    open_get(&client, "/c/p/alice?wait=30&after=0", ALICE);
    pass(29 * SECOND);
    CU_ASSERT_EQUAL(web_status().waiting, 1);
    pass(2 * SECOND);
    CU_ASSERT_TRUE(raw_answer(http, &client, true, &answer));
    CU_ASSERT_STRING_EQUAL(answer.body, "{\"messages\":[],\"cursor\":\"0\"}");
    free(answer.body);
    raw_close(&client);
    CU_ASSERT_PTR_NULL(box.waiters);
    tear_down();
}

static void a_collection_that_is_closed_ends_polls_and_streams(void)
{
    struct raw_client poll_client, stream_client;
    struct raw_answer answer;

    set_up();
    open_get(&poll_client, "/c/p/alice?wait=30", ALICE);
    open_get(&stream_client, "/c/p/alice", ALICE "Accept: text/event-stream\r\n");
    box.fetch_rc = -ENOENT;
    box_wake(-ENOENT);
    pass(0);
    CU_ASSERT_TRUE(raw_answer(http, &poll_client, true, &answer));
    CU_ASSERT_EQUAL(answer.status, 404);
    free(answer.body);
    CU_ASSERT_TRUE(has_come(&stream_client, "\r\n0\r\n\r\n"));
    raw_close(&poll_client);
    raw_close(&stream_client);
    tear_down();
}

static void events_come_as_they_happen(void)
{
    struct raw_client client;

    set_up();
    box_add("old", 3, 0);
    open_get(&client, "/c/p/alice?access_token=alice", "Accept: text/event-stream\r\n");
    CU_ASSERT_TRUE(has_come(&client, "Content-Type: text/event-stream\r\n"));
    CU_ASSERT_TRUE(has_come(&client, "Cache-Control: private, no-store\r\n"));
    CU_ASSERT_TRUE(has_come(&client, "retry: 1000\n\n"));
    CU_ASSERT_TRUE(has_come(&client, "id: 1\ndata: {\"id\":\"1001\",\"from\":\"bob\",\"age_ms\":5,"
                                     "\"body\":\"old\"}\n\n"));
    CU_ASSERT_EQUAL(ask("POST", "/c/p/alice", "{\"body\":\"new\"}", NULL, 0), 201);
    CU_ASSERT_TRUE(has_come(&client, "id: 2\ndata: {\"id\":\"1002\""));
    CU_ASSERT_EQUAL(web_status().streams, 1);
    pass(16 * SECOND);
    CU_ASSERT_TRUE(has_come(&client, "\n\n\r\n3\r\n:\n\n\r\n")); /* a sign of life */
    raw_close(&client);
    CU_ASSERT_EQUAL(web_status().streams, 0);
    CU_ASSERT_PTR_NULL(box.waiters);
    tear_down();
}

static void a_stream_resumes_after_the_last_event(void)
{
    struct raw_client client;

    set_up();
    box_add("one", 3, 0);
    box_add("two", 3, 0);
    open_get(&client, "/c/p/alice?after=0",
             ALICE "Accept: text/event-stream\r\nLast-Event-ID: 1\r\n");
    CU_ASSERT_TRUE(has_come(&client, "two"));
    CU_ASSERT_FALSE(has_come(&client, "one"));
    raw_close(&client);
    open_get(&client, "/c/p/alice", ALICE "Accept: text/event-stream\r\nLast-Event-ID: x\r\n");
    CU_ASSERT_TRUE(has_come(&client, "HTTP/1.1 400"));
    raw_close(&client);
    tear_down();
}

static void a_refused_stream_is_a_status_not_an_event(void)
{
    struct raw_client client;

    set_up();
    box.fetch_rc = -EACCES;
    open_get(&client, "/c/p/bob", ALICE "Accept: text/event-stream\r\n");
    CU_ASSERT_TRUE(has_come(&client, "HTTP/1.1 403"));
    raw_close(&client);
    tear_down();
}

static void a_stream_waits_out_its_rate(void)
{
    struct raw_client client;

    set_up();
    open_get(&client, "/c/p/alice", ALICE "Accept: text/event-stream\r\n");
    box.fetch_rc = -EBUSY;
    box.why.retry_ms = 200;
    box_add("late", 4, 0);
    pass(0);
    box.fetch_rc = 0;
    pass(SECOND / 10);
    CU_ASSERT_FALSE(has_come(&client, "late"));
    pass(SECOND / 5);
    CU_ASSERT_TRUE(has_come(&client, "late"));
    raw_close(&client);
    tear_down();
}

static void a_large_backlog_comes_as_the_client_reads(void)
{
    struct raw_client client;
    static char text[20000];
    unsigned ticks = 0;

    set_up();
    memset(text, '"', sizeof(text)); /* twice as long in JSON */
    for (unsigned i = 0; i < BOX_MAX; i++)
        box_add(text, sizeof(text), 0);
    open_get(&client, "/c/p/alice", ALICE "Accept: text/event-stream\r\n");
    while (!has_come(&client, "id: 64\n") && ticks++ < 200)
        pass(SECOND / 40);
    CU_ASSERT_TRUE(ticks < 200);
    CU_ASSERT_TRUE(client.used > 2ul * BOX_MAX * sizeof(text));
    raw_close(&client);
    tear_down();
}

static void whoever_does_not_read_is_not_fetched_for(void)
{
    struct raw_client client;
    static char text[65000];
    struct ps_http_status status;

    set_up();
    open_get(&client, "/c/p/alice", ALICE "Accept: text/event-stream\r\n");
    for (unsigned i = 0; i < 2000; i++) {
        if (box.count == BOX_MAX)
            box.count = 0;
        box_add(text, sizeof(text), 0);
        pass(SECOND / 40);
    }
    ps_http_status(http, &status);
    CU_ASSERT_EQUAL(status.cut, 0);
    CU_ASSERT_TRUE(status.held_bytes <= PS_HTTP_STREAM_BYTES_MAX);
    CU_ASSERT_TRUE(box.fetches < 1000);
    raw_close(&client);
    tear_down();
}

static void a_token_is_worth_nothing_after_its_time(void)
{
    struct raw_client poll_client, stream_client;
    struct raw_answer answer;

    set_up();
    open_get(&poll_client, "/c/p/alice?wait=60", ALICE);
    open_get(&stream_client, "/c/p/alice", ALICE "Accept: text/event-stream\r\n");
    wall_now_ns += 61 * SECOND; /* the clock of tokens runs faster */
    pass(SECOND);
    CU_ASSERT_TRUE(raw_answer(http, &poll_client, true, &answer));
    CU_ASSERT_EQUAL(answer.status, 403);
    free(answer.body);
    CU_ASSERT_TRUE(has_come(&stream_client, "\r\n0\r\n\r\n"));
    raw_close(&poll_client);
    raw_close(&stream_client);
    tear_down();
}

static void a_revoked_token_hears_no_more(void)
{
    struct raw_client poll_client, stream_client;
    struct raw_answer answer;

    set_up();
    open_get(&poll_client, "/c/p/alice?wait=60", ALICE);
    open_get(&stream_client, "/c/p/alice", ALICE "Accept: text/event-stream\r\n");
    revoked = true;
    box_add("secret", 6, 0);
    pass(0);
    CU_ASSERT_TRUE(raw_answer(http, &poll_client, true, &answer));
    CU_ASSERT_EQUAL(answer.status, 403);
    free(answer.body);
    CU_ASSERT_TRUE(has_come(&stream_client, "\r\n0\r\n\r\n"));
    CU_ASSERT_FALSE(has_come(&stream_client, "secret"));
    raw_close(&poll_client);
    raw_close(&stream_client);
    tear_down();
}

static void those_who_wait_are_bounded(void)
{
    struct raw_client clients[5];

    set_up();
    for (unsigned i = 0; i < 5; i++)
        open_get(&clients[i], "/c/p/alice?wait=30", ALICE);
    CU_ASSERT_EQUAL(web_status().waiting, 4);
    CU_ASSERT_TRUE(has_come(&clients[4], "HTTP/1.1 503"));
    for (unsigned i = 0; i < 5; i++)
        raw_close(&clients[i]);
    CU_ASSERT_EQUAL(web_status().waiting, 0);
    open_get(&clients[0], "/c/p/alice?wait=30", ALICE);
    CU_ASSERT_EQUAL(web_status().waiting, 1);
    raw_close(&clients[0]);
    tear_down();
}

static void a_put_that_others_must_keep_is_answered_when_they_have(void)
{
    struct raw_client client;
    struct raw_answer answer;

    set_up();
    box.put_rc = box.take_rc = -EINPROGRESS;
    raw_open(&client, ps_http_port(http));
    send_request(&client, "POST", "/c/p/bob", ALICE, "x", 1);
    raw_settle(http);
    box.done.done(box.done.arg, 0, 4711);
    CU_ASSERT_TRUE(raw_answer(http, &client, true, &answer));
    CU_ASSERT_EQUAL(answer.status, 201);
    CU_ASSERT_STRING_EQUAL(answer.body, "{\"id\":\"4711\"}");
    free(answer.body);
    send_request(&client, "POST", "/c/p/bob", ALICE, "x", 1);
    raw_settle(http);
    box.done.done(box.done.arg, -EAGAIN, 0);
    CU_ASSERT_TRUE(raw_answer(http, &client, true, &answer));
    CU_ASSERT_EQUAL(answer.status, 503);
    free(answer.body);
    send_request(&client, "DELETE", "/c/r/film/hd/5", ALICE, "", 0);
    raw_settle(http);
    box.done.done(box.done.arg, -ENOENT, 0);
    CU_ASSERT_TRUE(raw_answer(http, &client, true, &answer));
    CU_ASSERT_STRING_EQUAL(answer.body, "{\"error\":\"gone\"}");
    free(answer.body);
    raw_close(&client);
    tear_down();
}

static void a_confirmation_for_a_client_that_is_gone_harms_nobody(void)
{
    struct raw_client client;

    set_up();
    box.put_rc = -EINPROGRESS;
    for (unsigned i = 0; i < 2000; i++) { /* more than there are slots for */
        raw_open(&client, ps_http_port(http));
        send_request(&client, "POST", "/c/p/bob", ALICE, "x", 1);
        raw_settle(http);
        raw_close(&client);
        raw_settle(http);
        if (i % 2 == 0)
            box.done.done(box.done.arg, 0, 1);
        else
            box.done.done(box.done.arg, -EAGAIN, 0);
    }
    tear_down();
}

static void destroying_ends_those_who_wait(void)
{
    struct raw_client poll_client, stream_client;

    set_up();
    open_get(&poll_client, "/c/p/alice?wait=30", ALICE);
    open_get(&stream_client, "/c/p/alice", ALICE "Accept: text/event-stream\r\n");
    ps_messaging_web_destroy(web);
    CU_ASSERT_PTR_NULL(box.waiters);
    CU_ASSERT_TRUE(has_come(&poll_client, "HTTP/1.1 503"));
    CU_ASSERT_TRUE(has_come(&stream_client, "\r\n0\r\n\r\n"));
    ps_http_destroy(http);
    raw_close(&poll_client);
    raw_close(&stream_client);
}

int main(void)
{
    const struct ps_test tests[] = {
        PS_TEST(messages_are_told_from_a_cursor_on),
        PS_TEST(a_poll_is_answered_by_the_next_message),
        PS_TEST(a_poll_ends_with_its_time),
        PS_TEST(a_collection_that_is_closed_ends_polls_and_streams),
        PS_TEST(events_come_as_they_happen),
        PS_TEST(a_stream_resumes_after_the_last_event),
        PS_TEST(a_refused_stream_is_a_status_not_an_event),
        PS_TEST(a_stream_waits_out_its_rate),
        PS_TEST(a_large_backlog_comes_as_the_client_reads),
        PS_TEST(whoever_does_not_read_is_not_fetched_for),
        PS_TEST(a_token_is_worth_nothing_after_its_time),
        PS_TEST(a_revoked_token_hears_no_more),
        PS_TEST(those_who_wait_are_bounded),
        PS_TEST(a_put_that_others_must_keep_is_answered_when_they_have),
        PS_TEST(a_confirmation_for_a_client_that_is_gone_harms_nobody),
        PS_TEST(destroying_ends_those_who_wait),
    };

    return ps_test_run("host/messaging/web_wait.c", tests, PS_ARRAY_LEN(tests));
}
