/* SPDX-License-Identifier: BSD-3-Clause */
/* tests/unit/tools/test_peer_client.c - what a peer writes, and how it takes answers apart. */
#include "host/base/mem.h"
#include "host/base/unix_socket.h"
#include "host/msg/msg.h"
#include "tests/support/ps_test.h"
#include "tools/peer_client.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define ROOM 4096u

static char folder[] = "/tmp/ps-peer-XXXXXX";
static char path[sizeof(folder) + 4];
static int listen_fd, server_fd;
static struct ps_peer peer;

static const struct ps_peer_place room = { .media = "clip", .profile = "hd" };
static const struct ps_peer_place bob = { .peer = "bob" };
static const struct ps_peer_place own = { 0 };

static void begin(void)
{
    PS_REQUIRE(mkdtemp(strcpy(folder, "/tmp/ps-peer-XXXXXX")) != NULL);
    snprintf(path, sizeof(path), "%s/s", folder);
    PS_REQUIRE(ps_unix_listen(path, 0600, 4, &listen_fd) == 0);
    PS_REQUIRE(ps_peer_connect(&peer, path, 100, ROOM) == 0);
    server_fd = accept(listen_fd, NULL, NULL);
    PS_REQUIRE(server_fd >= 0);
}

static void end(void)
{
    ps_peer_close(&peer);
    close(server_fd);
    close(listen_fd);
    unlink(path);
    rmdir(folder);
}

/* What was flushed, as one message. */
static struct ps_msg *sent(void)
{
    char bytes[ROOM];
    struct ps_msg *msg;

    PS_REQUIRE(ps_peer_flush(&peer) == 0);
    const ssize_t n = recv(server_fd, bytes, sizeof(bytes), MSG_DONTWAIT);
    PS_REQUIRE(n > 0);
    PS_REQUIRE(ps_msg_read(&msg, bytes, (size_t)n) == 0);
    return msg;
}

/* The parameters must be these, and no more. */
static void check_sent(const char *method, const char *const *names, uint32_t count)
{
    struct ps_msg *msg = sent();
    const struct ps_msg_value *root = ps_msg_root(msg);
    const struct ps_msg_value *params = ps_msg_at(ps_msg_at(root, 3), 0);

    CU_ASSERT_TRUE(ps_msg_is(ps_msg_at(root, 2), method));
    CU_ASSERT_EQUAL(ps_msg_count(params), count);
    for (uint32_t i = 0; i < count; i++)
        CU_ASSERT_PTR_NOT_NULL(ps_msg_get(params, names[i]));
    ps_msg_destroy(msg);
}

static void each_request_has_its_parameters(void)
{
    static const char *const token[] = { "token" };
    static const char *const put[] = { "media", "profile", "sequence", "body" };
    static const char *const put_to_peer[] = { "peer", "body" };
    static const char *const put_many[] = { "media", "profile", "bodies" };
    static const char *const fetch_own[] = { "next", "max", "wait_ms" };
    static const char *const ack[] = { "media", "profile", "ids" };
    static const char *const open[] = { "media", "profile",       "messages",
                                        "bytes", "message_bytes", "age_s" };
    const uint64_t ids[] = { 1, UINT64_MAX };

    begin();
    CU_ASSERT_EQUAL(ps_peer_hello(&peer, "t"), 1);
    check_sent("hello", token, 1);
    CU_ASSERT_EQUAL(ps_peer_put(&peer, &room, 7, "x", 1), 2);
    check_sent("put", put, 4);
    CU_ASSERT_EQUAL(ps_peer_put(&peer, &bob, 0, "x", 1), 3);
    check_sent("put", put_to_peer, 2);
    ps_peer_put_many(&peer, &room, 0, "abc", 1, 3);
    check_sent("put_many", put_many, 3);
    ps_peer_fetch(&peer, &own, 8, 100);
    check_sent("fetch", fetch_own, 3);
    ps_peer_ack(&peer, &room, ids, 2);
    check_sent("ack", ack, 3);
    ps_peer_open(&peer, &room, 1, 2, 3, 4);
    check_sent("open", open, 6);
    end();
}

static void what_does_not_fit_is_not_begun(void)
{
    static const char large[ROOM];

    begin();
    CU_ASSERT_EQUAL(ps_peer_put(&peer, &room, 0, large, sizeof(large)), 0);
    CU_ASSERT_EQUAL(ps_peer_put(&peer, &room, 0, large, 100), 1); /* the number was not used */
    struct ps_msg *msg = sent();
    ps_msg_destroy(msg);
    end();
}

static void say(const char *bytes, size_t count)
{
    PS_REQUIRE(send(server_fd, bytes, count, MSG_NOSIGNAL) == (ssize_t)count);
}
#define SAY(text) say(text, sizeof(text) - 1)

static void answers_are_taken_one_by_one(void)
{
    static const char fetched[] = "\x94\x01\x02\xc0\x82\xa8messages\x92\x83\xa2id\x05\xa4"
                                  "from\xa1"
                                  "b\xa4"
                                  "body\xc4\x02hi\x82\xa2id\x06\xa5other\x90\xa6"
                                  "cursor\x09";
    struct ps_peer_message messages[1];
    struct ps_peer_answer answer;
    uint64_t cursor = 0;

    begin();
    CU_ASSERT_EQUAL(ps_peer_take_now(&peer, &answer), -EAGAIN);
    SAY("\x94\x01\x01\x92\xa4"
        "full\xa1m\xc0\x94\x01");
    PS_REQUIRE(ps_peer_take(&peer, &answer) == 0);
    CU_ASSERT_TRUE(answer.refused && answer.number == 1);
    CU_ASSERT_EQUAL(ps_peer_take_now(&peer, &answer), -EAGAIN); /* half of the next */
    say(fetched + 2, sizeof(fetched) - 3);
    PS_REQUIRE(ps_peer_take_now(&peer, &answer) == 0);
    CU_ASSERT_TRUE(!answer.refused && answer.number == 2);
    CU_ASSERT_EQUAL(ps_peer_messages(&answer, messages, 1, &cursor), 1); /* as many as asked for */
    CU_ASSERT_TRUE(messages[0].id == 5 && ps_msg_text_is(messages[0].body, "hi"));
    CU_ASSERT_TRUE(ps_msg_text_is(messages[0].from, "b"));
    CU_ASSERT_EQUAL(cursor, 9);
    end();
}

static void a_bad_or_silent_server_is_an_error(void)
{
    struct ps_peer_answer answer;

    begin();
    CU_ASSERT_EQUAL(ps_peer_take(&peer, &answer), -ETIMEDOUT);
    SAY("\x94\x00\x01\xc0\xc0");
    CU_ASSERT_EQUAL(ps_peer_take(&peer, &answer), -EBADMSG);
    SAY("\xc1");
    CU_ASSERT_EQUAL(ps_peer_take(&peer, &answer), -EBADMSG);
    end();
    begin();
    SAY("\x94\x01\x01\x91\xa1x\xc0");
    CU_ASSERT_EQUAL(ps_peer_ask(&peer, &answer), -EACCES);
    close(server_fd);
    server_fd = -1;
    CU_ASSERT_EQUAL(ps_peer_take(&peer, &answer), -ECONNRESET);
    end();
}

static void addresses_that_are_none_are_refused(void)
{
    CU_ASSERT_EQUAL(ps_peer_connect(&peer, "nowhere", 100, ROOM), -EINVAL);
    CU_ASSERT_EQUAL(ps_peer_connect(&peer, "localhost:1", 100, ROOM), -EINVAL);
    CU_ASSERT_EQUAL(ps_peer_connect(&peer, "[::1:1", 100, ROOM), -EINVAL);
    CU_ASSERT_EQUAL(ps_peer_connect(&peer, "/nowhere/at/all", 100, ROOM), -ENOENT);
    ps_peer_close(&peer);
}

static void connecting_survives_each_failed_allocation(void)
{
    begin();
    for (unsigned failed_at = 0; failed_at < 2; failed_at++) {
        struct ps_peer other;
        ps_fail_alloc_after(failed_at);
        CU_ASSERT_EQUAL(ps_peer_connect(&other, path, 100, ROOM), -ENOMEM);
        ps_fail_alloc_never();
    }
    end();
}

int main(void)
{
    static const struct ps_test tests[] = {
        PS_TEST(each_request_has_its_parameters),
        PS_TEST(what_does_not_fit_is_not_begun),
        PS_TEST(answers_are_taken_one_by_one),
        PS_TEST(a_bad_or_silent_server_is_an_error),
        PS_TEST(addresses_that_are_none_are_refused),
        PS_TEST(connecting_survives_each_failed_allocation),
    };

    return ps_test_run("tools/peer_client", tests, PS_ARRAY_LEN(tests));
}
