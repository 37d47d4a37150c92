/* SPDX-License-Identifier: BSD-3-Clause */
/* tests/unit/host/messaging/test_post.c - put, fetch and wait, with what is said of refusals. */
#include "tests/unit/host/messaging/messaging_fixture.h"

static void a_request_is_read_by_those_who_may(void)
{
    struct ps_messaging *m = usual_messaging();
    const struct ps_grant ann = grant_of("ann", PS_MAY_PUT), bob = grant_of("bob", PS_MAY_FETCH);
    const struct ps_collection_id id = resource_id(0);

    CU_ASSERT_TRUE(send_to(m, &ann, &id, 1, "a", NOW) > 0);
    CU_ASSERT_EQUAL(send_to(m, &ann, &id, 1, "a", NOW), -EALREADY);
    CU_ASSERT_STRING_EQUAL(read_all(m, &bob, &id, NOW), "a");
    CU_ASSERT_STRING_EQUAL(read_all(m, &ann, &id, NOW), "EACCES");
    CU_ASSERT_EQUAL(send_to(m, &bob, &id, 1, "b", NOW), -EACCES);
    CU_ASSERT_TRUE(m->status.put == 1 && m->status.fetched == 1 && m->status.refused_rights == 2);
    ps_messaging_destroy(m);
}

static void a_peer_beyond_its_rate_is_told_when(void)
{
    struct ps_messaging_config cfg = usual();
    struct ps_messaging_why why = { 0 };
    const struct ps_collection_id id = resource_id(0);
    const struct ps_grant ann = grant_of("ann", PS_MAY_ALL);
    struct ps_message message;
    uint32_t count;
    uint64_t got;

    cfg.puts_per_s = cfg.fetches_per_s = 0.25;
    struct ps_messaging *m = messaging_of(&cfg, NULL);
    CU_ASSERT_TRUE(send_to(m, &ann, &id, 0, "a", NOW) > 0);
    CU_ASSERT_EQUAL(ps_messaging_put(m, &ann, &id, 0, "a", 1, NULL, NOW + SEC, &got, &why), -EBUSY);
    CU_ASSERT_EQUAL(why.retry_ms, 3001);
    CU_ASSERT_STRING_EQUAL(read_all(m, &ann, &id, NOW), "a");
    CU_ASSERT_EQUAL(
        ps_messaging_fetch(m, &ann, &id, 0, &message, 1, 100, NOW + 2 * SEC, &count, &got, &why),
        -EBUSY);
    CU_ASSERT_EQUAL(why.retry_ms, 2001);
    CU_ASSERT_STRING_EQUAL(read_all(m, NULL, &id, NOW), "a"); /* not the control API */
    CU_ASSERT_EQUAL(m->status.refused_rate, 2);
    ps_messaging_destroy(m);
}

static void a_full_collection_says_when_to_come_again(void)
{
    struct ps_messaging *m = usual_messaging();
    struct ps_messaging_why why = { 0 };
    const struct ps_collection_id id = resource_id(0);
    uint64_t got;

    for (int i = 0; i < 8; i++)
        CU_ASSERT_TRUE(send_to(m, NULL, &id, 0, "a", NOW) > 0);
    CU_ASSERT_EQUAL(ps_messaging_put(m, NULL, &id, 0, "a", 1, NULL, NOW, &got, &why), -ENOSPC);
    CU_ASSERT_EQUAL(why.retry_ms, 1000);
    CU_ASSERT_EQUAL(
        ps_messaging_put(m, NULL, &id, 0, "a", 1, NULL, NOW + 120 * SEC - 5000000, &got, &why),
        -ENOSPC);
    CU_ASSERT_EQUAL(why.retry_ms, 6);
    ps_messaging_destroy(m);
}

static void a_gap_says_what_is_missing(void)
{
    struct ps_messaging *m = usual_messaging();
    struct ps_messaging_why why = { 0 };
    const struct ps_collection_id id = resource_id(0);
    const struct ps_grant ann = grant_of("ann", PS_MAY_PUT);
    uint64_t got;

    CU_ASSERT_TRUE(send_to(m, &ann, &id, 7, "a", NOW) > 0);
    CU_ASSERT_EQUAL(ps_messaging_put(m, &ann, &id, 9, "a", 1, NULL, NOW, &got, &why), -ERANGE);
    CU_ASSERT_EQUAL(why.expected, 8);
    CU_ASSERT_EQUAL(ps_messaging_put(m, &ann, &id, 9, "a", 1, NULL, NOW, &got, NULL), -ERANGE);
    ps_messaging_destroy(m);
}

static void wake(void *arg, int status)
{
    (void)status;
    ++*(int *)arg;
}

static void who_waits_is_told_of_the_next(void)
{
    struct ps_messaging *m = usual_messaging();
    int calls = 0;
    struct ps_collection_waiter waiter = { .wake = wake, .arg = &calls };
    const struct ps_grant ann = grant_of("ann", PS_MAY_FETCH), eve = grant_of("eve", 0);
    const struct ps_collection_id id = resource_id(0);

    CU_ASSERT_EQUAL(ps_messaging_wait(m, &ann, &id, 0, &waiter), -ENOENT);
    CU_ASSERT_STRING_EQUAL(read_all(m, &ann, &id, NOW), ""); /* opens it */
    CU_ASSERT_EQUAL(ps_messaging_wait(m, &eve, &id, 0, &waiter), -EACCES);
    CU_ASSERT_EQUAL(ps_messaging_wait(m, &ann, &id, 0, &waiter), 0);
    const int64_t a = send_to(m, NULL, &id, 0, "a", NOW), b = send_to(m, NULL, &id, 0, "b", NOW);
    CU_ASSERT_EQUAL(calls, 1);
    CU_ASSERT_EQUAL(ps_messaging_wait(m, &ann, &id, 0, &waiter), -EALREADY);
    CU_ASSERT_EQUAL(ps_messaging_acknowledge(m, NULL, &id, (uint64_t)b, NULL, NOW), 0);
    CU_ASSERT_EQUAL(ps_messaging_wait(m, &ann, &id, (uint64_t)a, &waiter), 0); /* only a hole */
    ps_collection_stop_waiting(&waiter);
    ps_messaging_destroy(m);
}

int main(void)
{
    static const struct ps_test tests[] = {
        PS_TEST(a_request_is_read_by_those_who_may),
        PS_TEST(a_peer_beyond_its_rate_is_told_when),
        PS_TEST(a_full_collection_says_when_to_come_again),
        PS_TEST(a_gap_says_what_is_missing),
        PS_TEST(who_waits_is_told_of_the_next),
    };

    return ps_test_run("post", tests, PS_ARRAY_LEN(tests));
}
