/* SPDX-License-Identifier: BSD-3-Clause */
/* tests/unit/host/cluster/test_cluster.c - edges around one real nats-server. */
#include "host/cluster/cluster.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "host/base/clock.h"
#include "host/base/mem.h"
#include "tests/unit/host/cluster/nats.h"

#define WAIT_S 10.0

static struct server server;
static struct edge a, b;
static struct edge *const both[] = { &a, &b };
static const struct ps_segment_key key = { .media_key = 0x1122334455667788,
                                           .media_version = 2,
                                           .profile_key = 3,
                                           .profile_version = 4,
                                           .index = 5,
                                           .variant = PS_VARIANT_NONE };

static bool is_ready(const struct edge *edge)
{
    const struct ps_cluster_status s = edge_status(edge);

    return s.connected && s.hub_reachable && s.stream_ready && s.registered;
}

static bool a_is_ready(void)
{
    return is_ready(&a);
}

static bool both_are_ready(void)
{
    return is_ready(&a) && is_ready(&b) && edge_status(&a).nodes == 2 && edge_status(&b).nodes == 2;
}

static void set_up_with(const char *users)
{
    a.cfg = b.cfg = (struct ps_cluster_config){ .url = NULL };
    PS_REQUIRE(server_start(&server, users));
}

static void set_up_both(void)
{
    set_up_with(NULL);
    edge_open(&a, &server, "edge-a");
    edge_open(&b, &server, "edge-b");
    PS_REQUIRE(edges_run(both, 2, both_are_ready, WAIT_S));
}

static void tear_down(void)
{
    edge_close(&a);
    edge_close(&b);
    server_remove(&server);
}

/* ---- nodes ---- */

static void edges_meet_and_have_numbers_of_their_own(void)
{
    set_up_both();
    CU_ASSERT_EQUAL(edge_status(&a).node, ps_cluster_number("edge-a"));
    CU_ASSERT_NOT_EQUAL(edge_status(&a).node, edge_status(&b).node);
    tear_down();
}

static void a_number_that_another_holds_is_not_taken(void)
{
    set_up_with(NULL);
    edge_open(&a, &server, "edge-a");
    PS_REQUIRE(edges_run(both, 1, a_is_ready, WAIT_S));
    b.cfg.number = edge_status(&a).node;
    edge_open(&b, &server, "edge-b");
    CU_ASSERT(edges_run(both, 2, both_are_ready, WAIT_S));
    CU_ASSERT_NOT_EQUAL(edge_status(&b).node, edge_status(&a).node);
    CU_ASSERT(edge_status(&b).node <= PS_CLUSTER_SMALL);
    tear_down();
}

/* ---- claims ---- */

static bool a_was_answered(void)
{
    return a.claims > 0;
}

static bool b_was_answered(void)
{
    return b.claims > 0;
}

static bool both_were_answered(void)
{
    return a.claims > 0 && b.claims > 0;
}

static bool b_knows_where(void)
{
    char url[PS_CLUSTER_URL_MAX];
    uint32_t size, crc;

    return ps_cluster_where(b.cluster, &key, url, &size, &crc) == 0;
}

static bool b_knows_that_a_is_making(void)
{
    return ps_cluster_is_making(b.cluster, &key);
}

static void claim_by_a(void)
{
    a.claims = 0;
    ps_cluster_claim(a.cluster, &key);
    CU_ASSERT(edges_run(both, 2, a_was_answered, WAIT_S));
    CU_ASSERT_EQUAL(a.claim, PS_CLUSTER_MINE);
}

static void of_two_who_claim_at_once_one_makes_it(void)
{
    set_up_both();
    ps_cluster_claim(a.cluster, &key);
    ps_cluster_claim(b.cluster, &key);
    CU_ASSERT(edges_run(both, 2, both_were_answered, WAIT_S));
    CU_ASSERT((a.claim == PS_CLUSTER_MINE) != (b.claim == PS_CLUSTER_MINE));
    CU_ASSERT((a.claim == PS_CLUSTER_ELSEWHERE) != (b.claim == PS_CLUSTER_ELSEWHERE));
    tear_down();
}

static void what_one_made_the_other_knows_where_to_fetch(void)
{
    char url[PS_CLUSTER_URL_MAX];
    uint32_t size = 0, crc = 0;

    set_up_both();
    claim_by_a();
    CU_ASSERT(edges_run(both, 2, b_knows_that_a_is_making, WAIT_S));
    CU_ASSERT_EQUAL(ps_cluster_where(b.cluster, &key, url, &size, &crc), -ENOENT);
    ps_cluster_made(a.cluster, &key, 1234, 0xfedcba98);
    CU_ASSERT(edges_run(both, 2, b_knows_where, WAIT_S));
    CU_ASSERT_EQUAL(ps_cluster_where(b.cluster, &key, url, &size, &crc), 0);
    CU_ASSERT_STRING_EQUAL(url, "http://127.0.0.1:1/edge-a");
    CU_ASSERT_EQUAL(size, 1234);
    CU_ASSERT_EQUAL(crc, 0xfedcba98);
    CU_ASSERT_EQUAL(b.changes, 1);
    ps_cluster_claim(b.cluster, &key);
    CU_ASSERT_EQUAL(b.claim, PS_CLUSTER_ELSEWHERE); /* at once: from the cache */
    CU_ASSERT_STRING_EQUAL(b.claim_url, url);
    tear_down();
}

static bool b_heard_that_it_is_free(void)
{
    return b.changes > 0;
}

static void what_one_gave_up_another_may_make(void)
{
    set_up_both();
    claim_by_a();
    CU_ASSERT(edges_run(both, 2, b_knows_that_a_is_making, WAIT_S));
    ps_cluster_gave_up(a.cluster, &key);
    CU_ASSERT(edges_run(both, 2, b_heard_that_it_is_free, WAIT_S));
    ps_cluster_claim(b.cluster, &key);
    CU_ASSERT(edges_run(both, 2, b_was_answered, WAIT_S));
    CU_ASSERT_EQUAL(b.claim, PS_CLUSTER_MINE);
    tear_down();
}

static bool b_knows_that_nobody_makes_it(void)
{
    return !ps_cluster_is_making(b.cluster, &key);
}

static void the_claim_of_one_that_died_ends_with_its_lease(void)
{
    set_up_with(NULL);
    a.cfg.lease_ms = b.cfg.lease_ms = 600;
    edge_open(&a, &server, "edge-a");
    edge_open(&b, &server, "edge-b");
    PS_REQUIRE(edges_run(both, 2, both_are_ready, WAIT_S));
    claim_by_a();
    CU_ASSERT(edges_run(both, 2, b_knows_that_a_is_making, WAIT_S));
    CU_ASSERT_FALSE(edges_run(both, 2, b_knows_that_nobody_makes_it, 1.0));  /* renewed */
    CU_ASSERT(edges_run(&both[1], 1, b_knows_that_nobody_makes_it, WAIT_S)); /* a is silent */
    ps_cluster_claim(b.cluster, &key);
    CU_ASSERT(edges_run(&both[1], 1, b_was_answered, WAIT_S));
    CU_ASSERT_EQUAL(b.claim, PS_CLUSTER_MINE);
    CU_ASSERT_EQUAL(edge_status(&b).taken_over, 1);
    tear_down();
}

static void one_that_does_not_give_it_is_not_asked_again(void)
{
    set_up_both();
    claim_by_a();
    ps_cluster_made(a.cluster, &key, 1234, 1);
    CU_ASSERT(edges_run(both, 2, b_knows_where, WAIT_S));
    ps_cluster_refute(b.cluster, &key);
    CU_ASSERT_FALSE(b_knows_where());
    ps_cluster_claim(b.cluster, &key);
    CU_ASSERT(edges_run(both, 2, b_was_answered, WAIT_S));
    CU_ASSERT_EQUAL(b.claim, PS_CLUSTER_MINE);
    tear_down();
}

static void alone_nobody_waits_for_a_claim(void)
{
    set_up_with(NULL);
    server_stop(&server);
    edge_open(&a, &server, "edge-a");
    ps_cluster_claim(a.cluster, &key);
    CU_ASSERT_EQUAL(a.claims, 1);
    CU_ASSERT_EQUAL(a.claim, PS_CLUSTER_UNKNOWN);
    CU_ASSERT_EQUAL(ps_cluster_publish(a.cluster, "x", "1", "abcd", 4, 7), -ENOTCONN);
    tear_down();
}

static void keys_and_their_texts_are_one_to_one(void)
{
    static const char *const bad[] = {
        "",
        "x",
        "1122334455667788.0000000000000002.0000000000000003.0000000000000004.5",
        "1122334455667788.0000000000000002.0000000000000003.0000000000000004.05.-",
        "1122334455667788.0000000000000002.0000000000000003.0000000000000004.-2.-",
        "1122334455667788.0000000000000002.0000000000000003.0000000000000004.5.C",
        "1122334455667788.0000000000000002.0000000000000003.0000000000000004.5.--",
    };
    char text[PS_CLUSTER_KEY_TEXT];
    struct ps_segment_key again;

    ps_cluster_key_text(&key, text);
    CU_ASSERT_EQUAL(ps_cluster_key_parse(text, &again), 0);
    CU_ASSERT_EQUAL(memcmp(&again, &key, sizeof(key)), 0);
    for (size_t i = 0; i < PS_ARRAY_LEN(bad); i++)
        CU_ASSERT_EQUAL(ps_cluster_key_parse(bad[i], &again), -EINVAL);
}

/* ---- messages ---- */

static bool b_got_them_all(void)
{
    return b.event_count >= 300 && a.kept >= 300;
}

static void publish_three_hundred(void)
{
    for (uint32_t i = 0; i < 300; i++) {
        char once[16];

        snprintf(once, sizeof(once), "m%u", i);
        CU_ASSERT_EQUAL(ps_cluster_publish(a.cluster, "r.1.2.0", once, &i, sizeof(i), i + 1), 0);
    }
}

static void expect_in_order(const struct edge *edge, uint16_t node)
{
    uint32_t right = 0;

    while (right < 300 && edge->events[right] == right && edge->event_node[right] == node)
        right++;
    CU_ASSERT_EQUAL(right, 300);
}

static void kept_messages_come_to_the_others_once_and_in_order(void)
{
    set_up_both();
    publish_three_hundred();
    publish_three_hundred(); /* again, as one would who heard no answer */
    CU_ASSERT(edges_run(both, 2, b_got_them_all, WAIT_S));
    CU_ASSERT_EQUAL(b.event_count, 300);
    CU_ASSERT_EQUAL(a.not_kept, 0);
    CU_ASSERT_EQUAL(a.event_count, 0); /* never echoed */
    expect_in_order(&b, edge_status(&a).node);
    tear_down();
}

static bool a_got_its_own(void)
{
    return a.event_count >= 300;
}

static bool b_is_done(void)
{
    return b.event_count >= 300;
}

static void a_collection_that_opens_late_is_given_what_there_is_of_it(void)
{
    const uint32_t other = 999;

    set_up_both();
    publish_three_hundred();
    CU_ASSERT_EQUAL(ps_cluster_publish(a.cluster, "r.1.2.9", "o", &other, sizeof(other), 1), 0);
    CU_ASSERT(edges_run(both, 2, b_got_them_all, WAIT_S));
    while (b.event_count < 301)
        edges_run(both, 2, b_heard_that_it_is_free, 0.05);
    b.event_count = 0;
    ps_cluster_catch_up(b.cluster, "r.1.2.0");
    CU_ASSERT(edges_run(both, 2, b_is_done, WAIT_S));
    expect_in_order(&b, edge_status(&a).node);
    CU_ASSERT_EQUAL(b.event_count, 300);
    tear_down();
}

/* Published while the other catches up: nothing is lost, and nothing comes before its turn. */
static void what_is_published_meanwhile_comes_in_its_turn(void)
{
    set_up_both();
    publish_three_hundred();
    ps_cluster_catch_up(b.cluster, "r.1.2.0");
    CU_ASSERT(edges_run(both, 2, b_got_them_all, WAIT_S));
    uint32_t next = 0;
    for (uint32_t i = 0; i < b.event_count; i++) {
        CU_ASSERT(b.events[i] <= next);
        next += b.events[i] == next;
    }
    CU_ASSERT_EQUAL(next, 300);
    tear_down();
}

static void one_that_starts_again_is_given_what_it_had(void)
{
    set_up_both();
    publish_three_hundred();
    CU_ASSERT(edges_run(both, 2, b_got_them_all, WAIT_S));
    edge_close(&a);
    edge_open(&a, &server, "edge-a");
    CU_ASSERT(edges_run(both, 2, a_got_its_own, WAIT_S));
    expect_in_order(&a, edge_status(&a).node);
    tear_down();
}

static void a_server_that_crashed_loses_nothing_that_was_kept(void)
{
    set_up_both();
    publish_three_hundred();
    CU_ASSERT(edges_run(both, 2, b_got_them_all, WAIT_S));
    server_stop(&server);
    server_go_on(&server, NULL);
    b.event_count = 0;
    edge_close(&b);
    edge_open(&b, &server, "edge-b");
    CU_ASSERT(edges_run(both, 2, both_are_ready, WAIT_S));
    a.kept = 300;
    CU_ASSERT(edges_run(both, 2, b_got_them_all, WAIT_S));
    expect_in_order(&b, edge_status(&a).node);
    CU_ASSERT_EQUAL(edge_status(&a).reconnects, 1);
    tear_down();
}

/* ---- demand, questions, refusals ---- */

static bool b_heard_of_demand(void)
{
    return b.demand_count > 0;
}

static void demand_is_summed_and_told_to_the_others_only(void)
{
    struct ps_demand_sample samples[] = {
        { .resource = { 7, 8 }, .peer = { 9, 1, 2 }, .peer_key = 99, .starts = 2, .segments = 1 },
        { .resource = { 7, 8 }, .peer = { 9, 1, 2 }, .peer_key = 98, .starts = 3, .segments = 1 },
        { .resource = { 7, 8 }, .starts = 5, .source = PS_DEMAND_HISTORY },
    };
    const struct ps_demand demand = { .samples = samples, .capacity = 3, .count = 3 };

    set_up_both();
    ps_cluster_share(a.cluster, &demand);
    CU_ASSERT(edges_run(both, 2, b_heard_of_demand, WAIT_S));
    CU_ASSERT_EQUAL(b.demand_count, 1);
    CU_ASSERT_EQUAL(b.demand_node, edge_status(&a).node);
    CU_ASSERT_EQUAL(b.demand.resource.media_key, 7);
    CU_ASSERT_EQUAL(b.demand.peer.region, 9);
    CU_ASSERT_EQUAL(b.demand.starts, 5);
    CU_ASSERT_EQUAL(b.demand.segments, 2);
    CU_ASSERT_EQUAL(b.demand.peer_key, 0); /* who asked stays where they asked */
    CU_ASSERT_EQUAL(a.demand_count, 0);
    tear_down();
}

static bool a_got_an_answer(void)
{
    return a.answered > 0;
}

static void a_node_answers_another(void)
{
    set_up_both();
    CU_ASSERT_EQUAL(ps_cluster_ask(a.cluster, edge_status(&b).node, "who", 3, 1), 0);
    CU_ASSERT(edges_run(both, 2, a_got_an_answer, WAIT_S));
    CU_ASSERT_EQUAL(a.answer_status, 0);
    CU_ASSERT_STRING_EQUAL(a.answer, "yes: who");
    CU_ASSERT_EQUAL(ps_cluster_ask(a.cluster, 1, "who", 3, 1), -EHOSTUNREACH);
    tear_down();
}

static void one_that_does_not_answer_is_an_error_within_a_second(void)
{
    set_up_both();
    CU_ASSERT_EQUAL(ps_cluster_ask(a.cluster, edge_status(&b).node, "who", 3, 1), 0);
    CU_ASSERT(edges_run(both, 1, a_got_an_answer, 1.0));
    CU_ASSERT_EQUAL(a.answer_status, -ETIMEDOUT);
    tear_down();
}

static const char permissions[] =
    "accounts {\n E {\n jetstream: enabled\n users: [\n"
    " { user: a, password: a, permissions: {\n"
    " publish: { deny: [\"ps.c.edge-a.forbidden\", \"$KV.ps_segments.>\"] }\n"
    " subscribe: { deny: [\"ps.demand.>\"] }\n } }\n ]\n }\n}\n";

static bool a_was_told(void)
{
    return a.not_kept > 0;
}

static void what_is_not_permitted_is_an_error_within_a_second(void)
{
    char url[80];

    set_up_with(permissions);
    snprintf(url, sizeof(url), "nats://a:a@127.0.0.1:%u", server.port);
    a.cfg.url = url;
    edge_open(&a, &server, "edge-a");
    PS_REQUIRE(edges_run(both, 1, a_is_ready, WAIT_S));
    CU_ASSERT_EQUAL(edge_status(&a).denied, 1); /* the subscription */
    CU_ASSERT_EQUAL(ps_cluster_publish(a.cluster, "forbidden", "1", "abcd", 4, 1), 0);
    CU_ASSERT(edges_run(both, 1, a_was_told, 1.0));
    CU_ASSERT_EQUAL(a.kept_status, -EACCES);
    CU_ASSERT_STRING_EQUAL(edge_status(&a).error,
                           "publishing ps.c.edge-a.forbidden is not permitted");
    ps_cluster_claim(a.cluster, &key);
    CU_ASSERT(edges_run(both, 1, a_was_answered, 1.0));
    CU_ASSERT_EQUAL(a.claim, PS_CLUSTER_UNKNOWN);
    CU_ASSERT_EQUAL(edge_status(&a).denied, 3);
    tear_down();
}

static void wrong_credentials_are_tried_for_ever_and_said(void)
{
    set_up_with(permissions);
    edge_open(&a, &server, "edge-a");
    CU_ASSERT_FALSE(edges_run(both, 1, a_is_ready, 1.0));
    CU_ASSERT_NOT_EQUAL(edge_status(&a).error[0], '\0');
    server_stop(&server);
    server_go_on(&server, NULL);
    CU_ASSERT(edges_run(both, 1, a_is_ready, WAIT_S));
    tear_down();
}

/* ---- a hub, and edges with servers of their own ---- */

static struct server hub, leaf_b;

static void set_up_leaves(void)
{
    hub = (struct server){ .domain = "hub", .leaf_port = free_port() };
    server = (struct server){ .domain = "leaf-a", .hub_leaf_port = hub.leaf_port };
    leaf_b = (struct server){ .domain = "leaf-b", .hub_leaf_port = hub.leaf_port };
    PS_REQUIRE(server_start(&hub, NULL) && server_start(&server, NULL) &&
               server_start(&leaf_b, NULL));
    a.cfg = (struct ps_cluster_config){ .domain = "leaf-a", .hub_domain = "hub" };
    b.cfg = (struct ps_cluster_config){ .domain = "leaf-b", .hub_domain = "hub" };
    edge_open(&a, &server, "edge-a");
    edge_open(&b, &leaf_b, "edge-b");
    PS_REQUIRE(edges_run(both, 2, both_are_ready, WAIT_S));
}

static void tear_down_leaves(void)
{
    tear_down();
    server_remove(&leaf_b);
    server_remove(&hub);
    server = (struct server){ .pid = 0 };
}

static void edges_behind_leaf_nodes_share_claims_and_messages(void)
{
    set_up_leaves();
    claim_by_a();
    ps_cluster_made(a.cluster, &key, 1234, 1);
    CU_ASSERT(edges_run(both, 2, b_knows_where, WAIT_S));
    publish_three_hundred();
    CU_ASSERT(edges_run(both, 2, b_got_them_all, WAIT_S));
    expect_in_order(&b, edge_status(&a).node);
    tear_down_leaves();
}

static bool a_is_alone(void)
{
    return !edge_status(&a).hub_reachable;
}

static bool a_has_kept_them(void)
{
    return a.kept >= 300;
}

static void an_edge_cut_off_goes_on_and_catches_up(void)
{
    set_up_leaves();
    server_stop(&hub);
    CU_ASSERT(edges_run(both, 2, a_is_alone, WAIT_S));
    ps_cluster_claim(a.cluster, &key);
    CU_ASSERT_EQUAL(a.claim, PS_CLUSTER_UNKNOWN); /* at once */
    publish_three_hundred();
    CU_ASSERT(edges_run(both, 2, a_has_kept_them, WAIT_S));
    CU_ASSERT_EQUAL(a.not_kept, 0);
    CU_ASSERT_EQUAL(b.event_count, 0);
    server_go_on(&hub, NULL);
    CU_ASSERT(edges_run(both, 2, b_got_them_all, 2 * WAIT_S));
    expect_in_order(&b, edge_status(&a).node);
    CU_ASSERT(edges_run(both, 2, both_are_ready, WAIT_S));
    claim_by_a();
    tear_down_leaves();
}

static void creation_survives_each_failed_allocation(void)
{
    unsigned failed_at = 0;
    int rc;

    set_up_with(NULL);
    edge_open(&a, &server, "edge-a"); /* fills a.cfg */
    edge_close(&a);
    do {
        ps_fail_alloc_after(failed_at++);
        rc = ps_cluster_create(&a.cluster, &a.cfg);
        ps_fail_alloc_never();
        CU_ASSERT(rc == 0 || rc == -ENOMEM);
    } while (rc != 0 && failed_at < 100);
    CU_ASSERT(failed_at > 8);
    a.cfg.node = "no.dots";
    CU_ASSERT_EQUAL(ps_cluster_create(&b.cluster, &a.cfg), -EINVAL);
    tear_down();
}

int main(void)
{
    static const struct ps_test tests[] = {
        PS_TEST(edges_meet_and_have_numbers_of_their_own),
        PS_TEST(a_number_that_another_holds_is_not_taken),
        PS_TEST(of_two_who_claim_at_once_one_makes_it),
        PS_TEST(what_one_made_the_other_knows_where_to_fetch),
        PS_TEST(what_one_gave_up_another_may_make),
        PS_TEST(the_claim_of_one_that_died_ends_with_its_lease),
        PS_TEST(one_that_does_not_give_it_is_not_asked_again),
        PS_TEST(alone_nobody_waits_for_a_claim),
        PS_TEST(keys_and_their_texts_are_one_to_one),
        PS_TEST(kept_messages_come_to_the_others_once_and_in_order),
        PS_TEST(a_collection_that_opens_late_is_given_what_there_is_of_it),
        PS_TEST(what_is_published_meanwhile_comes_in_its_turn),
        PS_TEST(one_that_starts_again_is_given_what_it_had),
        PS_TEST(a_server_that_crashed_loses_nothing_that_was_kept),
        PS_TEST(demand_is_summed_and_told_to_the_others_only),
        PS_TEST(a_node_answers_another),
        PS_TEST(one_that_does_not_answer_is_an_error_within_a_second),
        PS_TEST(what_is_not_permitted_is_an_error_within_a_second),
        PS_TEST(wrong_credentials_are_tried_for_ever_and_said),
        PS_TEST(edges_behind_leaf_nodes_share_claims_and_messages),
        PS_TEST(an_edge_cut_off_goes_on_and_catches_up),
        PS_TEST(creation_survives_each_failed_allocation),
    };

    if (system("command -v nats-server >/dev/null") != 0)
        return PS_TEST_SKIP;
    return ps_test_run(__FILE__, tests, PS_ARRAY_LEN(tests));
}
