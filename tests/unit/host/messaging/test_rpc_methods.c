/* SPDX-License-Identifier: BSD-3-Clause */
/* tests/unit/host/messaging/test_rpc_methods.c - hello, open, close, and what a request is about.
 */
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

static void hello_says_until_when(void)
{
    begin();
    ps_peer_hello(&peer, "ann");
    CU_ASSERT_EQUAL(number(ask(&node, &peer), "until_s"), LATER / SEC);
    end();
}

static void a_connection_is_one_peers_for_good(void)
{
    begin();
    ps_peer_hello(&peer, "bob");
    CU_ASSERT_STRING_EQUAL(code(ask(&node, &peer)), "denied");
    ps_peer_fetch(&peer, &own, 1, 0); /* still ann */
    CU_ASSERT_STRING_EQUAL(code(ask(&node, &peer)), "");
    end();
}

static void a_place_is_a_resource_a_peer_or_oneself(void)
{
    const struct ps_peer_place bad[] = {
        { .media = "a/b", .profile = "hd" },
        { .media = "", .profile = "hd" },
        { .media = "clip", .profile = ".." },
        { .peer = "an n" },
        { .peer = "x23456789x23456789x23456789x23456789x23456789x23456789x23456789x23456789" },
    };

    begin();
    for (size_t i = 0; i < PS_ARRAY_LEN(bad); i++) {
        ps_peer_put(&peer, &bad[i], 0, "x", 1);
        CU_ASSERT_STRING_EQUAL(code(ask(&node, &peer)), "bad_params");
    }
    /* a profile without media, media without profile, both media and peer, a region too large */
    SAY(&peer, "\x94\x00\x01\xa5"
               "fetch\x91\x81\xa7profile\xa2hd");
    CU_ASSERT_STRING_EQUAL(code(hear(&node, &peer)), "bad_params");
    SAY(&peer, "\x94\x00\x01\xa5"
               "fetch\x91\x81\xa5media\xa2hd");
    CU_ASSERT_STRING_EQUAL(code(hear(&node, &peer)), "bad_params");
    SAY(&peer, "\x94\x00\x01\xa5"
               "fetch\x91\x83\xa5media\xa1m\xa7profile\xa2hd\xa4peer\xa1p");
    CU_ASSERT_STRING_EQUAL(code(hear(&node, &peer)), "bad_params");
    SAY(&peer, "\x94\x00\x01\xa5"
               "fetch\x91\x83\xa5media\xa1m\xa7profile\xa2hd\xa6region\xce\0\1\0\0");
    CU_ASSERT_STRING_EQUAL(code(hear(&node, &peer)), "bad_params");
    end();
}

static void a_resource_is_opened_with_limits_and_closed(void)
{
    begin();
    ps_peer_open(&peer, &room_one, 2, 4096, 64, 60);
    CU_ASSERT_STRING_EQUAL(code(ask(&node, &peer)), "");
    for (unsigned i = 0; i < 3; i++) {
        ps_peer_put(&peer, &room_one, 0, "x", 1);
        CU_ASSERT_STRING_EQUAL(code(ask(&node, &peer)), i < 2 ? "" : "full");
    }
    SAY(&peer, "\x94\x00\x01\xa5"
               "close\x91\x82\xa5media\xa4"
               "clip\xa7profile\xa2hd");
    CU_ASSERT_STRING_EQUAL(code(hear(&node, &peer)), "");
    SAY(&peer, "\x94\x00\x01\xa5"
               "close\x91\x82\xa5media\xa4"
               "clip\xa7profile\xa2hd");
    CU_ASSERT_STRING_EQUAL(code(hear(&node, &peer)), "not_found");
    ps_peer_open(&peer, &room_one, 0, 4096, 64, 60);
    CU_ASSERT_STRING_EQUAL(code(ask(&node, &peer)), "bad_params");
    end();
}

static void rights_are_those_of_the_token(void)
{
    struct ps_peer other;

    begin();
    node.actions = PS_MAY_FETCH;
    enter(&node, &other, "bob");
    ps_peer_put(&other, &room_one, 0, "x", 1);
    CU_ASSERT_STRING_EQUAL(code(ask(&node, &other)), "denied");
    ps_peer_open(&other, &room_one, 2, 4096, 64, 60);
    CU_ASSERT_STRING_EQUAL(code(ask(&node, &other)), "denied");
    const struct ps_peer_place anns = { .peer = "ann" };
    ps_peer_fetch(&other, &anns, 1, 0);
    CU_ASSERT_STRING_EQUAL(code(ask(&node, &other)), "denied");
    ps_peer_put(&peer, &(struct ps_peer_place){ .peer = "bob" }, 0, "x", 1); /* they never met */
    CU_ASSERT_STRING_EQUAL(code(ask(&node, &peer)), "denied");
    ps_peer_close(&other);
    end();
}

int main(void)
{
    static const struct ps_test tests[] = {
        PS_TEST(hello_says_until_when),
        PS_TEST(a_connection_is_one_peers_for_good),
        PS_TEST(a_place_is_a_resource_a_peer_or_oneself),
        PS_TEST(a_resource_is_opened_with_limits_and_closed),
        PS_TEST(rights_are_those_of_the_token),
    };

    return ps_test_run("host/messaging/rpc_methods", tests, PS_ARRAY_LEN(tests));
}
