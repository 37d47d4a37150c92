/* SPDX-License-Identifier: BSD-3-Clause */
/* tests/unit/host/messaging/test_rpc.c - who may connect, and for how long without a token. */
#include "tests/unit/host/messaging/rpc_fixture.h"

static struct node node;

static void a_configuration_out_of_range_is_refused(void)
{
    node_begin(&node, false, 4);
    struct ps_messaging_rpc *rpc = NULL;
    struct ps_messaging_rpc_config face = node_face(&node, 0);
    CU_ASSERT_EQUAL(ps_messaging_rpc_create(&rpc, node.messaging, &face), -EINVAL);
    face = node_face(&node, PS_RPC_CLIENTS_MAX + 1);
    CU_ASSERT_EQUAL(ps_messaging_rpc_create(&rpc, node.messaging, &face), -EINVAL);
    face = node_face(&node, 4);
    face.listen = "nowhere";
    CU_ASSERT_EQUAL(ps_messaging_rpc_create(&rpc, node.messaging, &face), -EINVAL);
    face.listen = node.path; /* somebody listens there */
    CU_ASSERT_EQUAL(ps_messaging_rpc_create(&rpc, node.messaging, &face), -EADDRINUSE);
    CU_ASSERT_PTR_NULL(rpc);
    node_end(&node);
}

static void creation_survives_each_failed_allocation(void)
{
    struct ps_messaging_rpc *rpc = NULL;
    unsigned failed_at = 0;

    node_begin(&node, false, 4);
    for (;; failed_at++) {
        struct ps_messaging_rpc_config face = node_face(&node, 4);
        face.listen = "127.0.0.1:0";
        ps_fail_alloc_after(failed_at);
        const int rc = ps_messaging_rpc_create(&rpc, node.messaging, &face);
        ps_fail_alloc_never();
        if (rc == 0)
            break;
        CU_ASSERT_EQUAL(rc, -ENOMEM);
        CU_ASSERT_PTR_NULL(rpc);
    }
    CU_ASSERT_EQUAL(failed_at, 6); /* the object, clients, jobs, messages, in and out */
    CU_ASSERT_NOT_EQUAL(ps_messaging_rpc_port(rpc), 0);
    ps_messaging_rpc_destroy(rpc);
    ps_messaging_rpc_destroy(NULL);
    node_end(&node);
}

static void a_stranger_gives_way_to_the_next_but_no_peer_does(void)
{
    struct ps_peer peers[5];

    node_begin(&node, false, 2);
    enter(&node, &peers[0], "ann");
    knock(&node, &peers[1]); /* takes the last place */
    knock(&node, &peers[2]);
    CU_ASSERT_TRUE(is_hung_up(&node, &peers[1]));
    ps_peer_hello(&peers[2], "bob");
    CU_ASSERT_FALSE(ask(&node, &peers[2]).refused);
    knock(&node, &peers[3]);
    CU_ASSERT_TRUE(is_hung_up(&node, &peers[3]));
    CU_ASSERT_TRUE(is_silent(&node, &peers[0]) && is_silent(&node, &peers[2]));
    CU_ASSERT_EQUAL(node_status(&node).clients, 2);
    CU_ASSERT_EQUAL(node_status(&node).refused_clients, 2);
    ps_peer_close(&peers[0]);
    node_poll(&node);
    enter(&node, &peers[4], "eve"); /* a place is free again */
    for (unsigned i = 1; i < 5; i++)
        ps_peer_close(&peers[i]);
    node_poll(&node);
    CU_ASSERT_EQUAL(node_status(&node).clients, 0);
    node_end(&node);
}

/* The wheel is turned by hand: nothing here waits for a clock. */
static void who_says_no_hello_is_hung_up_on(void)
{
    struct ps_peer stranger, peer;

    node_begin(&node, false, 4);
    enter(&node, &peer, "ann");
    knock(&node, &stranger);
    ps_wheel_turn(&node.rpc->wheel, PS_RPC_HELLO_MS_MAX / PS_RPC_TICK_MS);
    CU_ASSERT_TRUE(is_silent(&node, &stranger));
    ps_wheel_turn(&node.rpc->wheel, 2);
    CU_ASSERT_TRUE(is_hung_up(&node, &stranger));
    CU_ASSERT_TRUE(is_silent(&node, &peer));
    CU_ASSERT_EQUAL(node_status(&node).dropped_clients, 1);
    ps_peer_close(&stranger);
    ps_peer_close(&peer);
    node_end(&node);
}

static void an_idle_server_does_not_tick(void)
{
    struct ps_peer peer;

    node_begin(&node, false, 4);
    CU_ASSERT_FALSE(node.rpc->ticks);
    knock(&node, &peer);
    CU_ASSERT_TRUE(node.rpc->ticks);
    ps_peer_hello(&peer, "ann");
    ask(&node, &peer);
    CU_ASSERT_FALSE(node.rpc->ticks);
    ps_peer_close(&peer);
    node_end(&node);
}

int main(void)
{
    static const struct ps_test tests[] = {
        PS_TEST(a_configuration_out_of_range_is_refused),
        PS_TEST(creation_survives_each_failed_allocation),
        PS_TEST(a_stranger_gives_way_to_the_next_but_no_peer_does),
        PS_TEST(who_says_no_hello_is_hung_up_on),
        PS_TEST(an_idle_server_does_not_tick),
    };

    return ps_test_run("host/messaging/rpc", tests, PS_ARRAY_LEN(tests));
}
