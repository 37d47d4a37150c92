/* SPDX-License-Identifier: BSD-3-Clause */
/* tests/unit/host/messaging/test_claim.c - the first takes it, and the two have met. */
#include "tests/unit/host/messaging/messaging_fixture.h"

static void who_takes_a_request_may_answer_it(void)
{
    struct ps_messaging *m = usual_messaging();
    const struct ps_grant ann = grant_of("ann", PS_MAY_PUT),
                          bob = grant_of("bob", PS_MAY_PUT | PS_MAY_FETCH),
                          eve = grant_of("eve", PS_MAY_PUT | PS_MAY_FETCH);
    const struct ps_collection_id id = resource_id(0), anns = box_of("ann"), bobs = box_of("bob");
    const uint64_t asked = (uint64_t)send_to(m, &ann, &id, 1, "r", NOW);

    CU_ASSERT_EQUAL(send_to(m, &bob, &anns, 1, "x", NOW), -EACCES);
    CU_ASSERT_EQUAL(ps_messaging_acknowledge(m, &ann, &id, asked, NULL, NOW), -EACCES);
    CU_ASSERT_EQUAL(ps_messaging_acknowledge(m, &bob, &id, asked, NULL, NOW), 0);
    CU_ASSERT_EQUAL(ps_messaging_acknowledge(m, &eve, &id, asked, NULL, NOW), -ENOENT);
    CU_ASSERT_TRUE(send_to(m, &bob, &anns, 1, "y", NOW) > 0);
    CU_ASSERT_EQUAL(send_to(m, &eve, &anns, 1, "x", NOW), -EACCES);
    CU_ASSERT_TRUE(send_to(m, &ann, &bobs, 1, "z", NOW) > 0);
    CU_ASSERT_STRING_EQUAL(read_all(m, &ann, &anns, NOW), "y");
    CU_ASSERT_STRING_EQUAL(read_all(m, &bob, &bobs, NOW), "z");
    CU_ASSERT_STRING_EQUAL(read_all(m, &eve, &anns, NOW), "EACCES");
    CU_ASSERT_TRUE(m->status.claimed == 1 && m->status.acknowledged == 1);
    ps_messaging_destroy(m);
}

static void reading_an_answer_lets_the_two_go_on(void)
{
    struct ps_messaging *m = usual_messaging();
    const struct ps_grant ann = grant_of("ann", PS_MAY_PUT),
                          bob = grant_of("bob", PS_MAY_PUT | PS_MAY_FETCH);
    const struct ps_collection_id id = resource_id(0), anns = box_of("ann");
    const uint64_t asked = (uint64_t)send_to(m, &ann, &id, 1, "r", NOW);
    const uint64_t almost = NOW + 590 * SEC;

    CU_ASSERT_EQUAL(ps_messaging_acknowledge(m, &bob, &id, asked, NULL, NOW), 0);
    const int64_t answer = send_to(m, &bob, &anns, 1, "y", almost);
    PS_REQUIRE(answer > 0);
    CU_ASSERT_EQUAL(ps_messaging_acknowledge(m, &bob, &anns, (uint64_t)answer, NULL, almost),
                    -EACCES);
    CU_ASSERT_EQUAL(ps_messaging_acknowledge(m, &ann, &anns, (uint64_t)answer, NULL, almost), 0);
    CU_ASSERT_TRUE(send_to(m, &bob, &anns, 2, "y", NOW + 610 * SEC) > 0);
    CU_ASSERT_EQUAL(send_to(m, &bob, &anns, 3, "y", almost + 600 * SEC), -EACCES);
    ps_messaging_destroy(m);
}

static void taking_ones_own_or_for_the_control_api_is_no_meeting(void)
{
    struct ps_messaging *m = usual_messaging();
    const struct ps_grant ann = grant_of("ann", PS_MAY_PUT | PS_MAY_FETCH);
    const struct ps_collection_id id = resource_id(0);
    const uint64_t a = (uint64_t)send_to(m, &ann, &id, 1, "a", NOW),
                   b = (uint64_t)send_to(m, &ann, &id, 2, "b", NOW);

    CU_ASSERT_EQUAL(ps_messaging_acknowledge(m, &ann, &id, a, NULL, NOW), 0);
    CU_ASSERT_EQUAL(ps_messaging_acknowledge(m, NULL, &id, b, NULL, NOW), 0);
    CU_ASSERT_EQUAL(m->meetings.count, 0);
    ps_messaging_destroy(m);
}

/* What node 2 has put, as it comes to us. */
static struct ps_messaging_event put_by_two(uint64_t count, const char *text, uint64_t put_ns)
{
    return (struct ps_messaging_event){ .kind = PS_MESSAGING_PUT,
                                        .collection = resource_id(0),
                                        .message = { .id = UINT64_C(2) << 48 | count,
                                                     .sender = ps_hash64_name("zoe"),
                                                     .sequence = count,
                                                     .put_ns = put_ns,
                                                     .peer = "zoe",
                                                     .peer_bytes = 3,
                                                     .body = text,
                                                     .body_bytes = 1 } };
}

static void messages_of_another_node_are_read_here_once(void)
{
    struct noted_link noted;
    struct ps_messaging *m = linked(&noted, 1);
    const struct ps_grant bob = grant_of("bob", PS_MAY_FETCH);
    const struct ps_collection_id id = resource_id(0);
    struct ps_messaging_event event = put_by_two(1, "a", NOW);

    ps_messaging_remote(m, &event, NOW); /* no such collection here */
    CU_ASSERT_EQUAL(m->status.remote_lost, 1);
    CU_ASSERT_STRING_EQUAL(read_all(m, &bob, &id, NOW), "");
    ps_messaging_remote(m, &event, NOW);
    ps_messaging_remote(m, &event, NOW);
    event = put_by_two(2, "b", NOW);
    ps_messaging_remote(m, &event, NOW);
    event = put_by_two(3, "c", NOW - 120 * SEC); /* too old */
    ps_messaging_remote(m, &event, NOW);
    event.message.id = UINT64_C(1) << 48 | 9; /* ours, told back to us */
    ps_messaging_remote(m, &event, NOW);
    CU_ASSERT_STRING_EQUAL(read_all(m, &bob, &id, NOW), "ab");
    CU_ASSERT_TRUE(m->status.remote_in == 6 && m->status.remote_duplicates == 2 &&
                   m->status.remote_lost == 2);
    ps_messaging_destroy(m);
}

static void the_node_where_it_was_put_says_who_was_first(void)
{
    struct noted_link noted;
    struct ps_messaging *m = linked(&noted, 1);
    struct told told = { 0 };
    const struct ps_messaging_done done = { note_done, &told };
    const struct ps_grant bob = grant_of("bob", PS_MAY_FETCH | PS_MAY_PUT);
    const struct ps_collection_id id = resource_id(0), zoes = box_of("zoe");
    struct ps_messaging_event event = put_by_two(1, "a", NOW);

    read_all(m, &bob, &id, NOW);
    ps_messaging_remote(m, &event, NOW);
    const uint64_t asked = event.message.id;
    CU_ASSERT_EQUAL(ps_messaging_acknowledge(m, &bob, &id, asked, &done, NOW), -EINPROGRESS);
    const uint32_t at = last_event(&noted, PS_MESSAGING_ASK);
    PS_REQUIRE(at < 64);
    CU_ASSERT_TRUE(noted.tickets[at] != 0 && noted.events[at].message.id == asked);
    CU_ASSERT_STRING_EQUAL(noted.events[at].acknowledger, "bob");
    CU_ASSERT_EQUAL(send_to(m, &bob, &zoes, 1, "x", NOW), -EACCES);
    CU_ASSERT_STRING_EQUAL(read_all(m, &bob, &id, NOW), "a");
    event.kind = PS_MESSAGING_ACK; /* the owner has kept it */
    strcpy(event.acknowledger, "bob");
    ps_messaging_remote(m, &event, NOW);
    CU_ASSERT_TRUE(told.calls == 1 && told.status == 0 && told.id == asked);
    CU_ASSERT_STRING_EQUAL(read_all(m, &bob, &id, NOW), "");
    CU_ASSERT_TRUE(send_to(m, &bob, &zoes, 1, "x", NOW) > 0);
    ps_messaging_remote(m, &event, NOW); /* once */
    CU_ASSERT_TRUE(told.calls == 1 && m->status.acknowledged == 1 && m->tickets.asks == 0);
    ps_messaging_destroy(m);
}

static void one_taken_elsewhere_is_gone_and_one_not_answered_stays(void)
{
    struct noted_link noted;
    struct ps_messaging *m = linked(&noted, 1);
    struct told told = { 0 };
    const struct ps_messaging_done done = { note_done, &told };
    const struct ps_grant bob = grant_of("bob", PS_MAY_FETCH);
    const struct ps_collection_id id = resource_id(0);

    read_all(m, &bob, &id, NOW);
    for (uint64_t n = 1; n <= 2; n++) {
        const struct ps_messaging_event event = put_by_two(n, n == 1 ? "a" : "b", NOW);
        ps_messaging_remote(m, &event, NOW);
    }
    CU_ASSERT_EQUAL(ps_messaging_acknowledge(m, &bob, &id, UINT64_C(2) << 48 | 1, &done, NOW),
                    -EINPROGRESS);
    ps_messaging_kept(m, noted.tickets[last_event(&noted, PS_MESSAGING_ASK)], -ENOENT, NOW);
    CU_ASSERT_TRUE(told.calls == 1 && told.status == -ENOENT);
    CU_ASSERT_STRING_EQUAL(read_all(m, &bob, &id, NOW), "b");
    CU_ASSERT_EQUAL(ps_messaging_acknowledge(m, &bob, &id, UINT64_C(2) << 48 | 2, &done, NOW),
                    -EINPROGRESS);
    ps_messaging_prepare(m, NULL, 0, NOW + 4 * SEC);
    CU_ASSERT_EQUAL(told.calls, 1);
    ps_messaging_prepare(m, NULL, 0, NOW + 5 * SEC);
    CU_ASSERT_TRUE(told.calls == 2 && told.status == -EHOSTUNREACH);
    CU_ASSERT_STRING_EQUAL(read_all(m, &bob, &id, NOW + 5 * SEC), "b");
    noted.is_full = true;
    CU_ASSERT_EQUAL(ps_messaging_acknowledge(m, &bob, &id, UINT64_C(2) << 48 | 2, &done, NOW),
                    -EHOSTUNREACH);
    CU_ASSERT_EQUAL(m->tickets.count, 0);
    CU_ASSERT_EQUAL(m->meetings.count, 0);
    ps_messaging_destroy(m);
}

static void another_node_takes_one_of_ours_once(void)
{
    struct noted_link noted;
    struct ps_messaging *m = linked(&noted, 1);
    const struct ps_grant ann = grant_of("ann", PS_MAY_PUT), bob = grant_of("bob", PS_MAY_PUT);
    const struct ps_collection_id id = resource_id(0), anns = box_of("ann");
    const uint64_t asked = (uint64_t)send_to(m, &ann, &id, 1, "a", NOW);

    /* Not kept yet: nobody can have seen it. */
    CU_ASSERT_EQUAL(ps_messaging_remote_acknowledge(m, &id, asked, "bob", NOW), -ENOENT);
    ps_messaging_kept(m, noted.tickets[last_event(&noted, PS_MESSAGING_PUT)], 0, NOW);
    CU_ASSERT_EQUAL(ps_messaging_remote_acknowledge(m, &id, asked, "bob", NOW), -EINPROGRESS);
    CU_ASSERT_EQUAL(ps_messaging_remote_acknowledge(m, &id, asked, "eve", NOW), -ENOENT);
    const uint32_t at = last_event(&noted, PS_MESSAGING_ACK);
    PS_REQUIRE(at < 64);
    CU_ASSERT_TRUE(noted.tickets[at] != 0 && noted.events[at].message.sender == ann.peer_key);
    CU_ASSERT_TRUE(send_to(m, &bob, &anns, 1, "x", NOW) > 0);
    ps_messaging_destroy(m);
}

/* The answer is true whatever dies after it: it waits for the link, which is told again if it must.
 */
static void who_took_one_of_ours_is_told_when_that_is_kept(void)
{
    struct noted_link noted;
    struct ps_messaging *m = linked(&noted, 1);
    struct told told = { 0 };
    const struct ps_messaging_done done = { note_done, &told };
    const struct ps_grant ann = grant_of("ann", PS_MAY_PUT), bob = grant_of("bob", PS_MAY_FETCH);
    const struct ps_collection_id id = resource_id(0);
    const uint64_t asked = (uint64_t)send_to(m, &ann, &id, 1, "a", NOW);

    ps_messaging_kept(m, noted.tickets[last_event(&noted, PS_MESSAGING_PUT)], 0, NOW);
    noted.is_full = true;
    CU_ASSERT_EQUAL(ps_messaging_acknowledge(m, &bob, &id, asked, &done, NOW), -EAGAIN);
    noted.is_full = false;
    CU_ASSERT_STRING_EQUAL(read_all(m, &bob, &id, NOW), "a");
    CU_ASSERT_EQUAL(ps_messaging_acknowledge(m, &bob, &id, asked, &done, NOW), -EINPROGRESS);
    CU_ASSERT_STRING_EQUAL(read_all(m, &bob, &id, NOW), "");
    const uint32_t at = last_event(&noted, PS_MESSAGING_ACK);
    PS_REQUIRE(at < 63 && noted.tickets[at] != 0);
    ps_messaging_kept(m, noted.tickets[at], -EIO, NOW);
    PS_REQUIRE(last_event(&noted, PS_MESSAGING_ACK) == at + 1);
    CU_ASSERT_TRUE(told.calls == 0 && noted.tickets[at + 1] == noted.tickets[at]);
    CU_ASSERT_STRING_EQUAL(noted.events[at + 1].acknowledger, "bob");
    ps_messaging_kept(m, noted.tickets[at], 0, NOW);
    CU_ASSERT_TRUE(told.calls == 1 && told.status == 0 && told.id == asked);
    CU_ASSERT_EQUAL(m->tickets.count, 0);
    ps_messaging_destroy(m);
}

static void of_two_who_ask_the_one_whom_the_owner_names_is_first(void)
{
    struct noted_link noted;
    struct ps_messaging *m = linked(&noted, 1);
    struct told bobs = { 0 }, eves = { 0 };
    const struct ps_messaging_done bobs_done = { note_done, &bobs },
                                   eves_done = { note_done, &eves };
    const struct ps_grant bob = grant_of("bob", PS_MAY_FETCH), eve = grant_of("eve", PS_MAY_FETCH);
    const struct ps_collection_id id = resource_id(0);
    struct ps_messaging_event event = put_by_two(1, "a", NOW);

    read_all(m, &bob, &id, NOW);
    ps_messaging_remote(m, &event, NOW);
    ps_messaging_acknowledge(m, &eve, &id, event.message.id, &eves_done, NOW);
    ps_messaging_acknowledge(m, &bob, &id, event.message.id, &bobs_done, NOW);
    event.kind = PS_MESSAGING_ACK;
    strcpy(event.acknowledger, "bob");
    ps_messaging_remote(m, &event, NOW);
    CU_ASSERT_TRUE(bobs.calls == 1 && bobs.status == 0);
    CU_ASSERT_TRUE(eves.calls == 1 && eves.status == -ENOENT);
    ps_messaging_destroy(m);
}

static void what_an_earlier_life_put_is_restored(void)
{
    struct noted_link noted = { 0 };
    const struct ps_messaging_link link = { .keep = note_event, .arg = &noted };
    const struct ps_grant bob = grant_of("bob", PS_MAY_FETCH);
    const struct ps_collection_id id = resource_id(0);
    struct ps_messaging_config cfg = usual();
    struct ps_messaging_event event;

    cfg.first = 100;
    cfg.on_demand = false;
    struct ps_messaging *m = messaging_of(&cfg, &link);
    ps_messaging_set_node(m, 2);
    for (uint64_t n = 97; n <= 100; n++) { /* the last of them is of this life */
        event = put_by_two(n, "wxyz" + n - 97, NOW);
        ps_messaging_remote(m, &event, NOW);
    }
    event = put_by_two(98, "", NOW);
    event.kind = PS_MESSAGING_ACK;
    ps_messaging_remote(m, &event, NOW);
    CU_ASSERT_STRING_EQUAL(read_all(m, &bob, &id, NOW), "wy");
    CU_ASSERT_EQUAL(ps_messaging_acknowledge(m, &bob, &id, UINT64_C(2) << 48 | 97, NULL, NOW),
                    -EINPROGRESS);
    CU_ASSERT_TRUE(send_to(m, NULL, &id, 0, "n", NOW) > (INT64_C(2) << 48 | 100));
    ps_messaging_destroy(m);
}

/* A message of this life that is not kept yet hides those behind it; what is gone is gone. */
static void one_acknowledged_before_it_can_be_seen_does_not_come_back(void)
{
    struct noted_link noted;
    struct ps_messaging *m = linked(&noted, 1);
    const struct ps_grant ann = grant_of("ann", PS_MAY_ALL);
    const struct ps_collection_id id = resource_id(0);
    struct ps_messaging_event event = put_by_two(1, "a", NOW);

    send_to(m, &ann, &id, 1, "n", NOW);
    ps_messaging_remote(m, &event, NOW);
    event = put_by_two(2, "b", NOW);
    ps_messaging_remote(m, &event, NOW);
    event = put_by_two(1, "", NOW);
    event.kind = PS_MESSAGING_ACK;
    ps_messaging_remote(m, &event, NOW);
    event.message.id = UINT64_C(1) << 48 | 1; /* what waits to be kept is not theirs to take */
    ps_messaging_remote(m, &event, NOW);
    ps_messaging_kept(m, noted.tickets[last_event(&noted, PS_MESSAGING_PUT)], 0, NOW);
    CU_ASSERT_STRING_EQUAL(read_all(m, &ann, &id, NOW), "nb");
    ps_messaging_destroy(m);
}

static void a_third_node_learns_who_has_met(void)
{
    struct noted_link noted;
    struct ps_messaging *m = linked(&noted, 3);
    const struct ps_grant bob = grant_of("bob", PS_MAY_FETCH | PS_MAY_PUT);
    const struct ps_collection_id id = resource_id(0), zoes = box_of("zoe");
    struct ps_messaging_event event = put_by_two(1, "a", NOW);

    read_all(m, &bob, &id, NOW);
    ps_messaging_remote(m, &event, NOW);
    event.kind = PS_MESSAGING_ACK;
    strcpy(event.acknowledger, "bob");
    ps_messaging_remote(m, &event, NOW);
    CU_ASSERT_STRING_EQUAL(read_all(m, &bob, &id, NOW), "");
    CU_ASSERT_TRUE(send_to(m, &bob, &zoes, 1, "x", NOW) > 0);
    ps_messaging_destroy(m);
}

int main(void)
{
    static const struct ps_test tests[] = {
        PS_TEST(who_takes_a_request_may_answer_it),
        PS_TEST(reading_an_answer_lets_the_two_go_on),
        PS_TEST(taking_ones_own_or_for_the_control_api_is_no_meeting),
        PS_TEST(messages_of_another_node_are_read_here_once),
        PS_TEST(the_node_where_it_was_put_says_who_was_first),
        PS_TEST(one_taken_elsewhere_is_gone_and_one_not_answered_stays),
        PS_TEST(another_node_takes_one_of_ours_once),
        PS_TEST(who_took_one_of_ours_is_told_when_that_is_kept),
        PS_TEST(of_two_who_ask_the_one_whom_the_owner_names_is_first),
        PS_TEST(what_an_earlier_life_put_is_restored),
        PS_TEST(one_acknowledged_before_it_can_be_seen_does_not_come_back),
        PS_TEST(a_third_node_learns_who_has_met),
    };

    return ps_test_run("claim", tests, PS_ARRAY_LEN(tests));
}
