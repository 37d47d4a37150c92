/* SPDX-License-Identifier: BSD-3-Clause */
/* tests/unit/host/messaging/test_prepare.c - there before the crowd, and gone after it. */
#include "tests/unit/host/messaging/messaging_fixture.h"

static struct ps_need need_of(uint64_t media, double confidence, double expected)
{
    return (struct ps_need){ .resource = { media, PROFILE },
                             .confidence = confidence,
                             .expected_15min = expected,
                             .upper_15min = expected };
}

static struct ps_collection *of_media(const struct ps_messaging *m, uint64_t media)
{
    const struct ps_collection_id id = { .key = media,
                                         .profile_key = PROFILE,
                                         .kind = PS_COLLECTION_RESOURCE };

    return ps_collection_find(m->set, &id);
}

static void what_is_sure_enough_is_there_in_its_size(void)
{
    struct ps_messaging *m = usual_messaging();
    struct ps_need needs[] = { need_of(1, 0.29, 100), need_of(2, 0.3, 1), need_of(3, 0.9, 20),
                               need_of(4, 0.9, 1e12), need_of(5, 0.9, 0.0 / 0.0) };

    needs[1].upper_15min = 5;
    ps_messaging_prepare(m, needs, PS_ARRAY_LEN(needs), NOW);
    CU_ASSERT_PTR_NULL(of_media(m, 1));
    PS_REQUIRE(of_media(m, 2) != NULL && of_media(m, 3) != NULL && of_media(m, 4) != NULL &&
               of_media(m, 5) != NULL);
    CU_ASSERT_EQUAL(of_media(m, 2)->limits.messages_max, 20); /* by what it stays below */
    CU_ASSERT_EQUAL(of_media(m, 2)->limits.bytes_max, 20 * 512);
    CU_ASSERT_EQUAL(of_media(m, 3)->limits.messages_max, 80);
    CU_ASSERT_EQUAL(of_media(m, 5)->limits.messages_max, 8);
    CU_ASSERT_TRUE(of_media(m, 4)->limits.messages_max <= 1024);
    CU_ASSERT_EQUAL(m->status.ahead_opened, 4);
    ps_messaging_destroy(m);
}

static void a_peer_that_finds_one_is_counted_once(void)
{
    struct ps_messaging *m = usual_messaging();
    const struct ps_need need = need_of(MEDIA, 0.9, 1);
    const struct ps_grant ann = grant_of("ann", PS_MAY_ALL);
    const struct ps_collection_id id = resource_id(0);

    ps_messaging_prepare(m, &need, 1, NOW);
    CU_ASSERT_TRUE(send_to(m, &ann, &id, 0, "a", NOW) > 0);
    CU_ASSERT_TRUE(send_to(m, &ann, &id, 0, "a", NOW) > 0);
    CU_ASSERT_TRUE(m->status.ahead_used == 1 &&
                   m->set->status.opened[PS_COLLECTION_ON_DEMAND] == 0);
    ps_messaging_destroy(m);
}

static void growing_is_at_once_and_shrinking_waits(void)
{
    struct ps_messaging *m = usual_messaging();
    struct ps_need need = need_of(1, 0.9, 5);

    ps_messaging_prepare(m, &need, 1, NOW);
    CU_ASSERT_EQUAL(of_media(m, 1)->limits.messages_max, 20);
    need.expected_15min = 20;
    ps_messaging_prepare(m, &need, 1, NOW + SEC);
    CU_ASSERT_EQUAL(of_media(m, 1)->limits.messages_max, 80);
    need = need_of(1, 0.9, 15); /* more than half: it stays */
    for (int i = 2; i < 200; i++)
        ps_messaging_prepare(m, &need, 1, NOW + (uint64_t)i * SEC);
    CU_ASSERT_EQUAL(of_media(m, 1)->limits.messages_max, 80);
    need = need_of(1, 0.1, 5); /* less sure, but there */
    for (int i = 200; i < 259; i++)
        ps_messaging_prepare(m, &need, 1, NOW + (uint64_t)i * SEC);
    CU_ASSERT_EQUAL(of_media(m, 1)->limits.messages_max, 80);
    ps_messaging_prepare(m, &need, 1, NOW + 259 * SEC);
    CU_ASSERT_EQUAL(of_media(m, 1)->limits.messages_max, 20);
    CU_ASSERT_TRUE(m->status.ahead_grown == 1 && m->status.ahead_shrunk == 1);
    ps_messaging_destroy(m);
}

static void what_nobody_needs_or_uses_is_closed_after_a_while(void)
{
    struct ps_messaging *m = usual_messaging();
    const struct ps_need need = need_of(1, 0.9, 5);
    const struct ps_grant ann = grant_of("ann", PS_MAY_ALL);
    const struct ps_collection_id box = box_of("ann"), id = resource_id(0);
    const struct ps_collection_limits limits = usual().resource;

    ps_messaging_prepare(m, &need, 1, NOW);
    read_all(m, &ann, &box, NOW);
    ps_messaging_open(m, NULL, &id, &limits, NOW);
    ps_messaging_prepare(m, NULL, 0, NOW + 59 * SEC);
    CU_ASSERT_EQUAL(m->set->status.collections, 3);
    read_all(m, &ann, &box, NOW + 59 * SEC);
    ps_messaging_prepare(m, NULL, 0, NOW + 60 * SEC);
    CU_ASSERT_PTR_NULL(of_media(m, 1));
    CU_ASSERT_EQUAL(m->status.ahead_closed, 1);
    ps_messaging_prepare(m, NULL, 0, NOW + 119 * SEC);
    CU_ASSERT_PTR_NULL(ps_collection_find(m->set, &box));
    ps_messaging_prepare(m, NULL, 0, NOW + 3600 * SEC);
    CU_ASSERT_PTR_NOT_NULL(ps_collection_find(m->set, &id)); /* asked for: theirs to close */
    ps_messaging_destroy(m);
}

static void wake(void *arg, int status)
{
    (void)arg;
    (void)status;
}

static void one_that_holds_messages_or_that_is_waited_at_stays(void)
{
    struct ps_messaging *m = usual_messaging();
    struct ps_collection_waiter waiter = { .wake = wake };
    const struct ps_grant ann = grant_of("ann", PS_MAY_ALL);
    const struct ps_collection_id id = resource_id(0), box = box_of("ann");

    send_to(m, &ann, &id, 0, "a", NOW);
    read_all(m, &ann, &box, NOW);
    CU_ASSERT_EQUAL(ps_messaging_wait(m, &ann, &box, 0, &waiter), 0);
    ps_messaging_prepare(m, NULL, 0, NOW + 119 * SEC);
    CU_ASSERT_PTR_NOT_NULL(ps_collection_find(m->set, &id));
    ps_messaging_prepare(m, NULL, 0, NOW + 120 * SEC);
    CU_ASSERT_PTR_NULL(ps_collection_find(m->set, &id));
    CU_ASSERT_PTR_NOT_NULL(ps_collection_find(m->set, &box));
    ps_collection_stop_waiting(&waiter);
    ps_messaging_prepare(m, NULL, 0, NOW + 120 * SEC);
    CU_ASSERT_PTR_NULL(ps_collection_find(m->set, &box));
    ps_messaging_destroy(m);
}

static void without_budget_the_least_sure_unused_one_goes_first(void)
{
    struct ps_messaging_config cfg = usual();
    const struct ps_grant ann = grant_of("ann", PS_MAY_ALL);
    const struct ps_collection_id box = box_of("ann"), used = resource_id(0);
    struct ps_need needs[] = { need_of(1, 0.5, 1), need_of(2, 0.4, 1), need_of(MEDIA, 0.35, 1),
                               need_of(4, 0.45, 1), need_of(5, 0.4, 1) };

    cfg.collections_max = 3;
    struct ps_messaging *m = messaging_of(&cfg, NULL);
    ps_messaging_prepare(m, needs, 3, NOW);
    CU_ASSERT_EQUAL(m->set->status.collections, 3);
    read_all(m, &ann, &used, NOW); /* the least sure, but used */
    ps_messaging_prepare(m, needs, 5, NOW + SEC);
    CU_ASSERT_TRUE(of_media(m, 1) != NULL && of_media(m, 2) == NULL && of_media(m, 4) != NULL &&
                   of_media(m, 5) == NULL && of_media(m, MEDIA) != NULL);
    CU_ASSERT_EQUAL(m->status.ahead_refused, 1);
    CU_ASSERT_STRING_EQUAL(read_all(m, &ann, &box, NOW + SEC), ""); /* a peer is surer than any */
    CU_ASSERT_TRUE(of_media(m, 1) != NULL && of_media(m, 4) == NULL);
    needs[4].confidence = 0.45;
    ps_messaging_prepare(m, needs + 4, 1, NOW + 2 * SEC);
    CU_ASSERT_PTR_NOT_NULL(of_media(m, 1)); /* needed until just now */
    ps_messaging_prepare(m, needs + 4, 1, NOW + 3 * SEC);
    CU_ASSERT_TRUE(of_media(m, 1) == NULL && of_media(m, 5) != NULL);
    CU_ASSERT_PTR_NOT_NULL(ps_collection_find(m->set, &box));
    CU_ASSERT_PTR_NOT_NULL(of_media(m, MEDIA));
    ps_messaging_destroy(m);
}

static void a_small_one_is_better_than_none(void)
{
    struct ps_messaging *m = usual_messaging();
    const struct ps_need needs[] = { need_of(1, 0.9, 200), need_of(2, 0.8, 200) };

    ps_messaging_prepare(m, needs, 2, NOW);
    PS_REQUIRE(of_media(m, 1) != NULL && of_media(m, 2) != NULL);
    CU_ASSERT_EQUAL(of_media(m, 1)->limits.messages_max, 896);
    CU_ASSERT_EQUAL(of_media(m, 2)->limits.messages_max, 8);
    ps_messaging_destroy(m);
}

int main(void)
{
    static const struct ps_test tests[] = {
        PS_TEST(what_is_sure_enough_is_there_in_its_size),
        PS_TEST(a_peer_that_finds_one_is_counted_once),
        PS_TEST(growing_is_at_once_and_shrinking_waits),
        PS_TEST(what_nobody_needs_or_uses_is_closed_after_a_while),
        PS_TEST(one_that_holds_messages_or_that_is_waited_at_stays),
        PS_TEST(without_budget_the_least_sure_unused_one_goes_first),
        PS_TEST(a_small_one_is_better_than_none),
    };

    return ps_test_run("prepare", tests, PS_ARRAY_LEN(tests));
}
