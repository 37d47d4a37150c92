/* SPDX-License-Identifier: BSD-3-Clause */
/* tests/unit/host/messaging/test_rpc_waits.c - fetch gives what is there, or waits for it. */
#include "tests/unit/host/messaging/rpc_fixture.h"

static struct node node;
static struct ps_peer ann, bob;

static void begin(void)
{
    node_begin(&node, false, 4);
    enter(&node, &ann, "ann");
    enter(&node, &bob, "bob");
}

static void end(void)
{
    ps_peer_close(&ann);
    ps_peer_close(&bob);
    node_end(&node);
}

static void put(struct ps_peer *peer, const char *letter)
{
    ps_peer_put(peer, &room_one, 0, letter, 1);
    CU_ASSERT_STRING_EQUAL(code(ask(&node, peer)), "");
}

static void wait_for(struct ps_peer *peer, uint32_t wait_ms)
{
    ps_peer_fetch(peer, &room_one, 8, wait_ms);
    PS_REQUIRE(ps_peer_flush(peer) == 0);
    CU_ASSERT_TRUE(is_silent(&node, peer));
}

static void a_fetch_goes_on_where_the_last_one_ended(void)
{
    begin();
    put(&ann, "a");
    put(&ann, "b");
    ps_peer_fetch(&bob, &room_one, 1, 0);
    CU_ASSERT_STRING_EQUAL(bodies(ask(&node, &bob)), "a");
    put(&ann, "c");
    ps_peer_fetch(&bob, &room_one, 8, 0);
    ps_peer_fetch(&bob, &room_one, 8, 0);
    CU_ASSERT_STRING_EQUAL(bodies(ask(&node, &bob)), "bc");
    CU_ASSERT_STRING_EQUAL(bodies(hear(&node, &bob)), "");
    ps_peer_fetch(&bob, &own, 8, 0); /* another collection: from its beginning */
    ask(&node, &bob);
    ps_peer_fetch(&bob, &room_one, 8, 0);
    CU_ASSERT_STRING_EQUAL(bodies(ask(&node, &bob)), "abc");
    end();
}

static void who_waits_is_answered_by_the_next_put(void)
{
    begin();
    wait_for(&bob, 10000);
    put(&ann, "a");
    CU_ASSERT_STRING_EQUAL(bodies(hear(&node, &bob)), "a");
    wait_for(&bob, 10000);
    CU_ASSERT_TRUE(node.rpc->ticks);
    put(&ann, "b");
    CU_ASSERT_STRING_EQUAL(bodies(hear(&node, &bob)), "b");
    CU_ASSERT_FALSE(node.rpc->ticks);
    end();
}

static void requests_behind_one_that_waits_are_answered_first(void)
{
    begin();
    wait_for(&bob, 10000);
    put(&bob, "b");
    CU_ASSERT_STRING_EQUAL(bodies(hear(&node, &bob)), "b");
    end();
}

static void when_the_time_is_over_the_answer_is_empty(void)
{
    begin();
    wait_for(&bob, 1000);
    ps_wheel_turn(&node.rpc->wheel, 10);
    CU_ASSERT_TRUE(is_silent(&node, &bob)); /* never early */
    ps_wheel_turn(&node.rpc->wheel, 1);
    CU_ASSERT_STRING_EQUAL(bodies(hear(&node, &bob)), "");
    put(&ann, "a");
    CU_ASSERT_TRUE(is_silent(&node, &bob));
    end();
}

/* Both are woken; the one takes it before the other is looked at. */
static void what_somebody_else_took_does_not_end_the_wait(void)
{
    begin();
    wait_for(&bob, 10000);
    struct ps_rpc_client *client = NULL;
    for (uint32_t i = 0; i < node.rpc->cfg.clients_max; i++)
        if (node.rpc->clients[i].fd >= 0 && strcmp(node.rpc->clients[i].grant.peer, "bob") == 0)
            client = &node.rpc->clients[i];
    PS_REQUIRE(client != NULL);
    ps_collection_stop_waiting(&client->waits[0].waiter);
    client->waits[0].waiter.wake(client->waits[0].waiter.arg, 0); /* for nothing */
    CU_ASSERT_TRUE(is_silent(&node, &bob));
    put(&ann, "a");
    CU_ASSERT_STRING_EQUAL(bodies(hear(&node, &bob)), "a");
    end();
}

static void a_collection_that_closes_says_so(void)
{
    begin();
    wait_for(&bob, 10000);
    SAY(&ann, "\x94\x00\x01\xa5"
              "close\x91\x82\xa5media\xa4"
              "clip\xa7profile\xa2hd");
    CU_ASSERT_STRING_EQUAL(code(hear(&node, &ann)), "");
    CU_ASSERT_STRING_EQUAL(code(hear(&node, &bob)), "not_found");
    end();
}

static void waits_of_one_peer_are_bounded(void)
{
    begin();
    for (unsigned i = 0; i < PS_RPC_WAITS_MAX; i++)
        wait_for(&bob, 10000);
    ps_peer_fetch(&bob, &room_one, 8, 10000);
    CU_ASSERT_STRING_EQUAL(code(ask(&node, &bob)), "busy");
    put(&ann, "a");
    for (unsigned i = 0; i < PS_RPC_WAITS_MAX; i++)
        CU_ASSERT_STRING_EQUAL(bodies(hear(&node, &bob)), "a");
    end();
}

static void a_grant_that_ends_ends_the_wait(void)
{
    begin();
    wait_for(&bob, 10000);
    node.until_ns = LATER + SEC;
    ps_peer_hello(&ann, "ann");
    ask(&node, &ann);
    node.now_ns = LATER;
    put(&ann, "a");
    CU_ASSERT_STRING_EQUAL(code(hear(&node, &bob)), "expired");
    end();
}

static void who_leaves_waits_no_longer(void)
{
    begin();
    wait_for(&bob, 10000);
    ps_peer_close(&bob);
    node_poll(&node);
    put(&ann, "a");
    CU_ASSERT_EQUAL(node_status(&node).clients, 1);
    CU_ASSERT_FALSE(node.rpc->ticks);
    end();
}

/* The loop would not come round to it by itself. */
static void messages_that_come_another_way_wake_too(void)
{
    const struct ps_resource resource = { .media_key = ps_hash64_name("clip"),
                                          .profile_key = ps_hash64_name("hd") };
    const struct ps_collection_id id =
        ps_messaging_resource_id(node.messaging, &resource, PS_GRANT_ANY_REGION);
    struct ps_grant grant;
    struct ps_messaging_why why;
    uint64_t message;

    begin();
    wait_for(&bob, 10000);
    PS_REQUIRE(node_check(&node, "web", 3, NULL, &grant) == 0);
    PS_REQUIRE(
        ps_messaging_put(node.messaging, &grant, &id, 0, "w", 1, NULL, NOW, &message, &why) == 0);
    struct pollfd fd = { .fd = ps_messaging_rpc_fd(node.rpc), .events = POLLIN };
    CU_ASSERT_EQUAL(poll(&fd, 1, 0), 1);
    CU_ASSERT_STRING_EQUAL(bodies(hear(&node, &bob)), "w");
    end();
}

int main(void)
{
    static const struct ps_test tests[] = {
        PS_TEST(a_fetch_goes_on_where_the_last_one_ended),
        PS_TEST(who_waits_is_answered_by_the_next_put),
        PS_TEST(requests_behind_one_that_waits_are_answered_first),
        PS_TEST(when_the_time_is_over_the_answer_is_empty),
        PS_TEST(what_somebody_else_took_does_not_end_the_wait),
        PS_TEST(a_collection_that_closes_says_so),
        PS_TEST(waits_of_one_peer_are_bounded),
        PS_TEST(a_grant_that_ends_ends_the_wait),
        PS_TEST(who_leaves_waits_no_longer),
        PS_TEST(messages_that_come_another_way_wake_too),
    };

    return ps_test_run("host/messaging/rpc_waits", tests, PS_ARRAY_LEN(tests));
}
