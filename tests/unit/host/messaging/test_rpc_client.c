/* SPDX-License-Identifier: BSD-3-Clause */
/* tests/unit/host/messaging/test_rpc_client.c - however bytes come and go, answers are the same. */
#include "tests/unit/host/messaging/rpc_fixture.h"

#define LARGE 60000u

static struct node node;
static struct ps_peer peer;
static uint8_t large[LARGE];

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

static void requests_may_come_byte_by_byte(void)
{
    static const char request[] = "\x94\x00\x09\xa3put\x91\x83\xa5media\xa4"
                                  "clip\xa7profile\xa2hd"
                                  "\xa4"
                                  "body\xc4\x01x";

    begin();
    for (size_t i = 0; i < sizeof(request) - 1; i++) {
        CU_ASSERT_TRUE(is_silent(&node, &peer));
        say(&peer, request + i, 1);
    }
    CU_ASSERT_EQUAL(hear(&node, &peer).number, 9);
    CU_ASSERT_EQUAL(node.rpc->kept_bytes, node.rpc->clients[0].in.capacity);
    end();
}

static void many_requests_may_come_at_once(void)
{
    begin();
    for (unsigned i = 0; i < 1000; i++)
        ps_peer_put(&peer, &room_one, i + 1, "x", 1);
    PS_REQUIRE(ps_peer_flush(&peer) == 0);
    for (unsigned i = 0; i < 1000; i++)
        CU_ASSERT_STRING_EQUAL(code(hear(&node, &peer)), "");
    end();
}

static void a_large_request_grows_where_it_is(void)
{
    begin();
    for (unsigned i = 0; i < 3; i++) {
        PS_REQUIRE(ps_peer_put(&peer, &room_one, 0, large, LARGE) != 0);
        const uint8_t *bytes = peer.out;
        for (size_t left = (size_t)(peer.pen.at - peer.out), piece; left > 0; left -= piece) {
            piece = left < 7000 ? left : 7000;
            say(&peer, bytes, piece);
            node_poll(&node);
            bytes += piece;
        }
        peer.pen = ps_msg_pen_of(peer.out, ROOM);
        CU_ASSERT_STRING_EQUAL(code(hear(&node, &peer)), "");
    }
    CU_ASSERT_TRUE(node.rpc->kept_bytes <= 4096); /* it is not kept for ever */
    end();
}

/* Asks for more than the socket takes, and does not read. */
static unsigned ask_without_reading(void)
{
    unsigned asked = 0;

    for (unsigned i = 0; i < 4; i++) {
        ps_peer_put(&peer, &room_one, 0, large, LARGE);
        CU_ASSERT_STRING_EQUAL(code(ask(&node, &peer)), "");
    }
    for (; asked < 40; asked++) {
        SAY(&peer, "\x94\x00\x07\xa5"
                   "fetch\x91\x83\xa5media\xa4"
                   "clip\xa7profile\xa2hd"
                   "\xa5"
                   "after\x00");
        node_poll(&node);
    }
    return asked;
}

static void who_does_not_read_is_not_read_from(void)
{
    begin();
    const unsigned asked = ask_without_reading();
    struct ps_rpc_client *client = &node.rpc->clients[0];
    CU_ASSERT_TRUE(client->out.end > client->out.start);
    CU_ASSERT_TRUE(node_status(&node).requests < asked);
    CU_ASSERT_TRUE(node.rpc->kept_bytes < 2 * PS_RPC_OUT_BYTES);
    for (unsigned i = 0; i < asked; i++) { /* who reads at last gets all */
        struct ps_peer_answer answer;
        int rc;
        while ((rc = ps_peer_take_now(&peer, &answer)) == -EAGAIN)
            node_poll(&node);
        PS_REQUIRE(rc == 0);
        CU_ASSERT_EQUAL(strlen(bodies(answer)), 4);
    }
    CU_ASSERT_EQUAL(client->out.end, 0);
    CU_ASSERT_TRUE(is_silent(&node, &peer));
    end();
}

static void who_never_reads_is_hung_up_on(void)
{
    begin();
    ask_without_reading();
    ps_wheel_turn(&node.rpc->wheel, PS_RPC_STALL_MS_MAX / PS_RPC_TICK_MS);
    CU_ASSERT_EQUAL(node_status(&node).clients, 1);
    ps_wheel_turn(&node.rpc->wheel, 2);
    CU_ASSERT_EQUAL(node_status(&node).clients, 0);
    CU_ASSERT_EQUAL(node_status(&node).dropped_clients, 1);
    CU_ASSERT_EQUAL(node.rpc->kept_bytes, 0);
    end();
}

static void who_reads_slowly_is_kept(void)
{
    begin();
    ask_without_reading();
    for (unsigned i = 0; i < 5; i++) {
        static uint8_t some[200000];
        ps_wheel_turn(&node.rpc->wheel, PS_RPC_STALL_MS_MAX / PS_RPC_TICK_MS - 1);
        CU_ASSERT_TRUE(recv(peer.fd, some, sizeof(some), MSG_DONTWAIT) > 0);
        node_poll(&node);
    }
    CU_ASSERT_EQUAL(node_status(&node).clients, 1);
    end();
}

static void the_last_requests_of_who_closes_are_done(void)
{
    struct ps_peer other;

    begin();
    ps_peer_put(&peer, &room_one, 0, "x", 1);
    PS_REQUIRE(ps_peer_flush(&peer) == 0);
    ps_peer_close(&peer);
    node_poll(&node);
    CU_ASSERT_EQUAL(node_status(&node).clients, 0);
    enter(&node, &other, "bob");
    ps_peer_fetch(&other, &room_one, 8, 0);
    CU_ASSERT_STRING_EQUAL(bodies(ask(&node, &other)), "x");
    ps_peer_close(&other);
    end();
}

static void without_memory_for_a_rest_the_connection_ends(void)
{
    begin();
    say(&peer, "\x94\x00", 2);
    ps_fail_alloc_after(0);
    node_poll(&node);
    ps_fail_alloc_never();
    CU_ASSERT_TRUE(is_hung_up(&node, &peer));
    end();
}

int main(void)
{
    static const struct ps_test tests[] = {
        PS_TEST(requests_may_come_byte_by_byte),
        PS_TEST(many_requests_may_come_at_once),
        PS_TEST(a_large_request_grows_where_it_is),
        PS_TEST(who_does_not_read_is_not_read_from),
        PS_TEST(who_never_reads_is_hung_up_on),
        PS_TEST(who_reads_slowly_is_kept),
        PS_TEST(the_last_requests_of_who_closes_are_done),
        PS_TEST(without_memory_for_a_rest_the_connection_ends),
    };

    memset(large, 'x', sizeof(large));
    return ps_test_run("host/messaging/rpc_client", tests, PS_ARRAY_LEN(tests));
}
