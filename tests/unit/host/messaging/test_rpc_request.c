/* SPDX-License-Identifier: BSD-3-Clause */
/* tests/unit/host/messaging/test_rpc_request.c - what is a request, and which are not. */
#include "tests/unit/host/messaging/rpc_fixture.h"

static struct node node;
static struct ps_peer peer;

static void begin(void)
{
    node_begin(&node, false, 4);
    enter(&node, &peer, "ann");
}

static void end(void)
{
    ps_peer_close(&peer);
    node_end(&node);
}

static void answers_carry_the_number_of_their_request(void)
{
    begin();
    SAY(&peer, "\x94\x00\xce\xff\xff\xff\xff\xa4ping\x90");
    CU_ASSERT_EQUAL(hear(&node, &peer).number, UINT32_MAX);
    SAY(&peer, "\x94\x00\x05\xc4\x04ping\x91\x80"); /* a method's name as BIN, an empty map */
    CU_ASSERT_EQUAL(hear(&node, &peer).number, 5);
    end();
}

static void a_notification_is_done_in_silence(void)
{
    begin();
    SAY(&peer, "\x93\x02\xa3put\x91\x83\xa5media\xa4"
               "clip\xa7profile\xa2hd\xa4"
               "body\xc4\x01x");
    SAY(&peer, "\x93\x02\xa4nope\x90");
    CU_ASSERT_TRUE(is_silent(&node, &peer));
    ps_peer_fetch(&peer, &room_one, 8, 0);
    CU_ASSERT_STRING_EQUAL(bodies(ask(&node, &peer)), "x");
    end();
}

static void what_is_no_rpc_ends_the_connection(void)
{
#define NO(text)                                                                                   \
    {                                                                                              \
        text, sizeof(text) - 1                                                                     \
    }
    static const struct {
        const char *bytes;
        size_t count;
    } bad[] = {
        NO("\x80"),
        NO("\x05"),
        NO("\xc1"),
        NO("\x93\x00\x01\xa4ping"),
        NO("\x94\x02\x01\xa4ping\x90"),
        NO("\x94\x01\x01\xc0\xc0"),
        NO("\x94\x00\xff\xa4ping\x90"),
        NO("\x94\x00\xcf\0\0\0\1\0\0\0\0\xa4ping\x90"),
        NO("\x94\x00\x01\x05\x90"),
        NO("\x95\x00\x01\xa4ping\x90\xc0"),
        NO("\x94\x00\x01\xa4ping\x91\x81\x01\x01"),
        NO("\x94\x00\x01\xa4p\xffng\x90"),
        NO("\xdd\xff\xff\xff\xff"),
        NO("\x94\x00\x01\xa3put\xc6\x00\x02\x00\x01"), /* longer than a request may be */
    };

    for (size_t i = 0; i < PS_ARRAY_LEN(bad); i++) {
        begin();
        say(&peer, bad[i].bytes, bad[i].count);
        CU_ASSERT_TRUE(is_hung_up(&node, &peer));
        CU_ASSERT_EQUAL(node_status(&node).dropped_clients, 1);
        end();
    }
}

static void what_was_asked_before_nonsense_is_answered(void)
{
    begin();
    SAY(&peer, "\x94\x00\x05\xa4ping\x90\x94\x00\x06\xa4ping\x90\xc1");
    CU_ASSERT_EQUAL(hear(&node, &peer).number, 5);
    CU_ASSERT_EQUAL(hear(&node, &peer).number, 6);
    CU_ASSERT_TRUE(is_hung_up(&node, &peer));
    end();
}

/* Refused, but the connection goes on. */
static void parameters_that_are_not_the_methods_are_refused(void)
{
    static const struct {
        const char *bytes;
        size_t count;
    } bad[] = {
        NO("\x94\x00\x01\xa3put\x90"), /* missing */
        NO("\x94\x00\x01\xa4ping\x91\x81\xa4"
           "body\x01"),                         /* another method's */
        NO("\x94\x00\x01\xa4ping\x05"),         /* no array */
        NO("\x94\x00\x01\xa4ping\x92\x80\x80"), /* two */
        NO("\x94\x00\x01\xa5"
           "fetch\x91\x82\xa3max\x01\xa3max\x01"), /* twice */
        NO("\x94\x00\x01\xa5"
           "fetch\x91\x81\xa3max\xff"), /* negative */
        NO("\x94\x00\x01\xa5"
           "fetch\x91\x81\xa3max\xa1"
           "5"), /* another type */
        NO("\x94\x00\x01\xa5"
           "fetch\x91\x81\xa4next\x01"),
        NO("\x94\x00\x01\xa5hello\x91\x81\xa5token\xc4\x01x"),
        NO("\x94\x00\x01\xa3"
           "ack\x91\x81\xa3ids\x05"),
        NO("\x94\x00\x01\xa3"
           "ack\x91\x81\xa3ids\x91\xa1x"),
        NO("\x94\x00\x01\xa8put_many\x91\x81\xa6"
           "bodies\x91\x05"),
    };

    begin();
    for (size_t i = 0; i < PS_ARRAY_LEN(bad); i++) {
        say(&peer, bad[i].bytes, bad[i].count);
        CU_ASSERT_STRING_EQUAL(code(hear(&node, &peer)), "bad_params");
    }
    SAY(&peer, "\x94\x00\x01\xa5nope!\x90");
    CU_ASSERT_STRING_EQUAL(code(hear(&node, &peer)), "unknown_method");
    CU_ASSERT_EQUAL(node_status(&node).errors, PS_ARRAY_LEN(bad) + 1);
    end();
}

static void strangers_may_say_hello_and_little_else(void)
{
    struct ps_peer stranger;

    node_begin(&node, false, 4);
    knock(&node, &stranger);
    SAY(&stranger, "\x94\x00\x01\xa4ping\x90");
    CU_ASSERT_STRING_EQUAL(code(hear(&node, &stranger)), "");
    for (unsigned i = 1; i < PS_RPC_STRANGE_MAX; i++) {
        ps_peer_fetch(&stranger, &own, 1, 0);
        CU_ASSERT_STRING_EQUAL(code(ask(&node, &stranger)), "denied");
    }
    ps_peer_hello(&stranger, "!forged");
    CU_ASSERT_STRING_EQUAL(code(ask(&node, &stranger)), "denied");
    CU_ASSERT_TRUE(is_hung_up(&node, &stranger)); /* that was one too many */
    CU_ASSERT_EQUAL(node_status(&node).refused_tokens, 1);
    ps_peer_close(&stranger);
    node_end(&node);
}

static void a_grant_ends_while_the_connection_goes_on(void)
{
    begin();
    node.now_ns = LATER;
    ps_peer_fetch(&peer, &room_one, 1, 0);
    CU_ASSERT_STRING_EQUAL(code(ask(&node, &peer)), "expired");
    node.until_ns = LATER + SEC;
    ps_peer_hello(&peer, "ann");
    CU_ASSERT_STRING_EQUAL(code(ask(&node, &peer)), "");
    ps_peer_fetch(&peer, &room_one, 1, 0);
    CU_ASSERT_STRING_EQUAL(code(ask(&node, &peer)), "");
    end();
}

static void a_token_that_is_revoked_is_worth_nothing_at_once(void)
{
    begin();
    ps_peer_fetch(&peer, &room_one, 1, 10000);
    PS_REQUIRE(ps_peer_flush(&peer) == 0);
    CU_ASSERT_TRUE(is_silent(&node, &peer));
    node.revoked = true;
    ps_peer_put(&peer, &room_one, 0, "x", 1);
    CU_ASSERT_STRING_EQUAL(code(ask(&node, &peer)), "expired");
    ps_wheel_turn(&node.rpc->wheel, 200); /* what waits is not answered with messages either */
    CU_ASSERT_STRING_EQUAL(code(hear(&node, &peer)), "expired");
    end();
}

int main(void)
{
    static const struct ps_test tests[] = {
        PS_TEST(answers_carry_the_number_of_their_request),
        PS_TEST(a_notification_is_done_in_silence),
        PS_TEST(what_is_no_rpc_ends_the_connection),
        PS_TEST(what_was_asked_before_nonsense_is_answered),
        PS_TEST(parameters_that_are_not_the_methods_are_refused),
        PS_TEST(strangers_may_say_hello_and_little_else),
        PS_TEST(a_grant_ends_while_the_connection_goes_on),
        PS_TEST(a_token_that_is_revoked_is_worth_nothing_at_once),
    };

    return ps_test_run("host/messaging/rpc_request", tests, PS_ARRAY_LEN(tests));
}
