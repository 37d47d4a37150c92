/* SPDX-License-Identifier: BSD-3-Clause */
/* tests/unit/host/messaging/test_rpc_jobs.c - put and ack, at once or when other nodes have them.
 */
#include "tests/unit/host/messaging/rpc_fixture.h"

static struct node node;
static struct ps_peer peer;

static void begin(bool linked)
{
    node_begin(&node, linked, 4);
    enter(&node, &peer, "ann");
}

static void end(void)
{
    ps_peer_close(&peer);
    node_end(&node);
}

static void a_retry_is_told_that_it_is_one(void)
{
    begin(false);
    ps_peer_put(&peer, &room_one, 1, "x", 1);
    const uint64_t id = number(ask(&node, &peer), "id");
    ps_peer_put(&peer, &room_one, 1, "x", 1);
    const struct ps_peer_answer again = ask(&node, &peer);
    CU_ASSERT_EQUAL(number(again, "id"), id);
    ps_peer_put(&peer, &room_one, 3, "z", 1);
    CU_ASSERT_STRING_EQUAL(code(ask(&node, &peer)), "order");
    ps_peer_fetch(&peer, &room_one, 8, 0);
    CU_ASSERT_STRING_EQUAL(bodies(ask(&node, &peer)), "x");
    end();
}

static void a_batch_stops_where_one_is_refused(void)
{
    begin(false);
    ps_peer_open(&peer, &room_one, 3, 4096, 64, 60);
    ask(&node, &peer);
    ps_peer_put_many(&peer, &room_one, 1, "abcde", 1, 5);
    struct ps_peer_answer answer = ask(&node, &peer);
    CU_ASSERT_EQUAL(ps_msg_take_map(&answer.what), 2);
    ps_msg_take_str(&answer.what);
    CU_ASSERT_EQUAL(ps_msg_take_array(&answer.what), 3); /* ids */
    for (unsigned i = 0; i < 3; i++)
        CU_ASSERT_NOT_EQUAL(ps_msg_take_u64(&answer.what), 0);
    CU_ASSERT_TRUE(ps_msg_text_is(ps_msg_take_str(&answer.what), "refused"));
    ps_msg_take_array(&answer.what);
    CU_ASSERT_TRUE(ps_msg_text_is(ps_msg_take_str(&answer.what), "full"));
    ps_peer_put_many(&peer, &room_one, 4, "de", 1, 2);
    CU_ASSERT_STRING_EQUAL(code(ask(&node, &peer)), "full"); /* of the first: refused whole */
    ps_peer_fetch(&peer, &room_one, 8, 0);
    CU_ASSERT_STRING_EQUAL(bodies(ask(&node, &peer)), "abc");
    end();
}

static void lists_are_bounded(void)
{
    static char letters[PS_RPC_BATCH_MAX + 1];
    static uint64_t ids[PS_RPC_BATCH_MAX + 1];

    begin(false);
    ps_peer_put_many(&peer, &room_one, 0, letters, 1, PS_RPC_BATCH_MAX + 1);
    CU_ASSERT_STRING_EQUAL(code(ask(&node, &peer)), "too_big");
    ps_peer_put_many(&peer, &room_one, 0, letters, 1, PS_RPC_BATCH_MAX);
    CU_ASSERT_STRING_EQUAL(code(ask(&node, &peer)), "");
    ps_peer_ack(&peer, &room_one, ids, PS_RPC_BATCH_MAX + 1);
    CU_ASSERT_STRING_EQUAL(code(ask(&node, &peer)), "too_big");
    ps_peer_put_many(&peer, &room_one, 0, letters, 1, 0);
    CU_ASSERT_STRING_EQUAL(code(ask(&node, &peer)), "");
    end();
}

/* true, false, nil as 1, 0, 2. */
static uint32_t claims(struct ps_peer_answer answer, unsigned *ret_claims)
{
    ps_msg_take_map(&answer.what);
    ps_msg_take_str(&answer.what);
    const uint32_t count = ps_msg_take_array(&answer.what);
    for (uint32_t i = 0; i < count; i++)
        ret_claims[i] = ps_msg_take_nil(&answer.what) ? 2 : ps_msg_take_bool(&answer.what);
    CU_ASSERT_EQUAL(answer.what.error, 0);
    return answer.refused ? 0 : count;
}

static void only_the_first_to_acknowledge_claims(void)
{
    struct ps_peer other;
    unsigned told[3];

    begin(false);
    enter(&node, &other, "bob");
    ps_peer_put(&peer, &room_one, 0, "x", 1);
    const uint64_t id = number(ask(&node, &peer), "id");
    const uint64_t ids[] = { id, id + 77, id };
    ps_peer_ack(&other, &room_one, ids, 3);
    CU_ASSERT_EQUAL(claims(ask(&node, &other), told), 3);
    CU_ASSERT_TRUE(told[0] == 1 && told[1] == 0 && told[2] == 0);
    const struct ps_peer_place to = { .peer = "ann" };
    ps_peer_put(&other, &to, 0, "answer", 6); /* now they have met */
    CU_ASSERT_STRING_EQUAL(code(ask(&node, &other)), "");
    ps_peer_fetch(&peer, &own, 8, 0);
    CU_ASSERT_STRING_EQUAL(bodies(ask(&node, &peer)), "a");
    ps_peer_close(&other);
    end();
}

static void what_other_nodes_keep_is_answered_when_they_have_it(void)
{
    begin(true);
    ps_peer_put(&peer, &room_one, 1, "x", 1);
    ps_peer_put_many(&peer, &room_one, 2, "yz", 1, 2);
    PS_REQUIRE(ps_peer_flush(&peer) == 0);
    CU_ASSERT_TRUE(is_silent(&node, &peer));
    PS_REQUIRE(node.ticket_count == 3);
    node_kept(&node, 0); /* outside a poll: it has to wake the loop */
    const uint32_t first = hear(&node, &peer).number, second = hear(&node, &peer).number;
    CU_ASSERT_EQUAL(first + second, 2 * peer.last - 1); /* in any order */
    ps_peer_fetch(&peer, &room_one, 8, 0);
    CU_ASSERT_STRING_EQUAL(bodies(ask(&node, &peer)), "xyz");
    end();
}

static void what_they_do_not_keep_may_be_put_again(void)
{
    begin(true);
    ps_peer_put(&peer, &room_one, 1, "x", 1);
    PS_REQUIRE(ps_peer_flush(&peer) == 0);
    CU_ASSERT_TRUE(is_silent(&node, &peer));
    node_kept(&node, -EAGAIN);
    CU_ASSERT_STRING_EQUAL(code(hear(&node, &peer)), "again");
    node.keep = -EAGAIN;
    ps_peer_put(&peer, &room_one, 1, "x", 1);
    CU_ASSERT_STRING_EQUAL(code(ask(&node, &peer)), "again");
    node.keep = 0;
    ps_peer_put(&peer, &room_one, 1, "x", 1);
    PS_REQUIRE(ps_peer_flush(&peer) == 0);
    CU_ASSERT_TRUE(is_silent(&node, &peer));
    node_kept(&node, 0);
    CU_ASSERT_STRING_EQUAL(code(hear(&node, &peer)), "");
    end();
}

static void who_leaves_before_it_is_kept_is_not_answered(void)
{
    begin(true);
    for (uint64_t i = 1; i <= 3; i++)
        ps_peer_put(&peer, &room_one, i, "x", 1);
    PS_REQUIRE(ps_peer_flush(&peer) == 0);
    CU_ASSERT_TRUE(is_silent(&node, &peer));
    ps_peer_close(&peer);
    node_poll(&node);
    CU_ASSERT_EQUAL(node_status(&node).clients, 0);
    node_kept(&node, 0);
    node_poll(&node);
    enter(&node, &peer, "bob");
    ps_peer_fetch(&peer, &room_one, 8, 0);
    CU_ASSERT_STRING_EQUAL(bodies(ask(&node, &peer)), "xxx");
    end();
}

static void more_than_there_are_jobs_for_is_refused_for_now(void)
{
    begin(true);
    for (uint64_t i = 1; i <= PS_RPC_JOBS_MAX + 1; i++)
        ps_peer_put(&peer, &room_one, 0, "x", 1);
    CU_ASSERT_STRING_EQUAL(code(ask(&node, &peer)), "again");
    CU_ASSERT_TRUE(is_silent(&node, &peer));
    node_kept(&node, 0);
    node_poll(&node);
    for (uint64_t i = 0; i < PS_RPC_JOBS_MAX; i++)
        CU_ASSERT_STRING_EQUAL(code(hear(&node, &peer)), "");
    end();
}

int main(void)
{
    static const struct ps_test tests[] = {
        PS_TEST(a_retry_is_told_that_it_is_one),
        PS_TEST(a_batch_stops_where_one_is_refused),
        PS_TEST(lists_are_bounded),
        PS_TEST(only_the_first_to_acknowledge_claims),
        PS_TEST(what_other_nodes_keep_is_answered_when_they_have_it),
        PS_TEST(what_they_do_not_keep_may_be_put_again),
        PS_TEST(who_leaves_before_it_is_kept_is_not_answered),
        PS_TEST(more_than_there_are_jobs_for_is_refused_for_now),
    };

    return ps_test_run("host/messaging/rpc_jobs", tests, PS_ARRAY_LEN(tests));
}
