/* SPDX-License-Identifier: BSD-3-Clause */
/* tests/unit/host/messaging/test_link.c - a put is done when it is kept, and not before. */
#include "tests/unit/host/messaging/messaging_fixture.h"

static int put_and_note(struct ps_messaging *m, const struct ps_grant *grant, uint64_t sequence,
                        const char *text, struct told *told)
{
    const struct ps_messaging_done done = { note_done, told };
    const struct ps_collection_id id = resource_id(0);
    uint64_t ignored;

    return ps_messaging_put(m, grant, &id, sequence, text, 1, &done, NOW, &ignored, NULL);
}

static void a_put_is_done_when_it_is_kept(void)
{
    struct noted_link noted;
    struct ps_messaging *m = linked(&noted, 1);
    struct told told = { 0 };
    const struct ps_grant ann = grant_of("ann", PS_MAY_ALL);
    const struct ps_collection_id id = resource_id(0);

    CU_ASSERT_EQUAL(put_and_note(m, &ann, 1, "a", &told), -EINPROGRESS);
    CU_ASSERT_EQUAL(noted.events[0].kind, PS_MESSAGING_OPEN);
    PS_REQUIRE(noted.count == 2 && noted.tickets[1] != 0);
    CU_ASSERT_EQUAL(noted.events[1].message.sequence, 1);
    CU_ASSERT_STRING_EQUAL(read_all(m, &ann, &id, NOW), "");
    ps_messaging_kept(m, noted.tickets[1], 0, NOW);
    CU_ASSERT_TRUE(told.calls == 1 && told.status == 0 && told.id == noted.events[1].message.id);
    CU_ASSERT_STRING_EQUAL(read_all(m, &ann, &id, NOW), "a");
    CU_ASSERT_TRUE(m->status.kept == 1 && m->status.put == 1 && m->tickets.count == 0);
    ps_messaging_destroy(m);
}

static void what_is_not_kept_is_taken_back_and_put_again(void)
{
    struct noted_link noted;
    struct ps_messaging *m = linked(&noted, 1);
    struct told a = { 0 }, b = { 0 }, again = { 0 };
    const struct ps_grant ann = grant_of("ann", PS_MAY_ALL);
    const struct ps_collection_id id = resource_id(0);

    put_and_note(m, &ann, 1, "a", &a);
    put_and_note(m, &ann, 2, "b", &b);
    ps_messaging_kept(m, noted.tickets[2], 0, NOW);
    CU_ASSERT_EQUAL(b.calls, 0); /* nothing is overtaken */
    ps_messaging_kept(m, noted.tickets[1], -EIO, NOW);
    CU_ASSERT_TRUE(a.calls == 1 && a.status == -EAGAIN && b.calls == 1 && b.status == -EAGAIN);
    CU_ASSERT_STRING_EQUAL(read_all(m, &ann, &id, NOW), "");
    /* The others may have them by now. */
    PS_REQUIRE(noted.count == 5 && noted.events[4].kind == PS_MESSAGING_ACK);
    CU_ASSERT_TRUE(noted.events[3].message.id == noted.events[1].message.id &&
                   noted.events[4].message.id == noted.events[2].message.id &&
                   noted.events[4].acknowledger[0] == '\0');
    CU_ASSERT_EQUAL(put_and_note(m, &ann, 1, "A", &again), -EINPROGRESS);
    ps_messaging_kept(m, noted.tickets[5], 0, NOW);
    CU_ASSERT_TRUE(again.calls == 1 && again.status == 0);
    CU_ASSERT_STRING_EQUAL(read_all(m, &ann, &id, NOW), "A");
    CU_ASSERT_EQUAL(m->status.not_kept, 2);
    ps_messaging_destroy(m);
}

static void a_link_without_room_refuses_and_nothing_stays(void)
{
    struct noted_link noted;
    struct ps_messaging *m = linked(&noted, 1);
    struct told told = { 0 };
    const struct ps_grant ann = grant_of("ann", PS_MAY_ALL);
    const struct ps_collection_id id = resource_id(0);

    noted.is_full = true;
    CU_ASSERT_EQUAL(put_and_note(m, &ann, 1, "a", &told), -EAGAIN);
    noted.is_full = false;
    CU_ASSERT_TRUE(told.calls == 0 && m->tickets.count == 0 && m->set->status.messages == 0);
    CU_ASSERT_EQUAL(put_and_note(m, &ann, 1, "a", &told), -EINPROGRESS);
    ps_messaging_kept(m, noted.tickets[noted.count - 1], 0, NOW);
    CU_ASSERT_STRING_EQUAL(read_all(m, &ann, &id, NOW), "a");
    ps_messaging_destroy(m);
}

static void a_link_that_is_silent_has_not_kept_it(void)
{
    struct noted_link noted;
    struct ps_messaging *m = linked(&noted, 1);
    struct told a = { 0 }, b = { 0 };
    const struct ps_grant ann = grant_of("ann", PS_MAY_ALL), bob = grant_of("bob", PS_MAY_ALL);
    const struct ps_collection_id id = resource_id(0);

    put_and_note(m, &ann, 1, "a", &a);
    put_and_note(m, &bob, 1, "b", &b);
    ps_messaging_kept(m, noted.tickets[2], 0, NOW);
    ps_messaging_prepare(m, NULL, 0, NOW + PS_MESSAGING_KEEP_NS - 1);
    CU_ASSERT_EQUAL(a.calls + b.calls, 0);
    ps_messaging_prepare(m, NULL, 0, NOW + PS_MESSAGING_KEEP_NS);
    CU_ASSERT_TRUE(a.calls == 1 && a.status == -EAGAIN && b.calls == 1 && b.status == 0);
    ps_messaging_kept(m, noted.tickets[1], 0, NOW); /* too late */
    CU_ASSERT_EQUAL(a.calls, 1);
    CU_ASSERT_STRING_EQUAL(read_all(m, &ann, &id, NOW), "b");
    ps_messaging_destroy(m);
}

static void one_whose_collection_was_closed_is_told_so(void)
{
    struct noted_link noted;
    struct ps_messaging *m = linked(&noted, 1);
    struct told a = { 0 };
    const struct ps_grant ann = grant_of("ann", PS_MAY_ALL);
    const struct ps_collection_id id = resource_id(0);

    put_and_note(m, &ann, 1, "a", &a);
    CU_ASSERT_EQUAL(ps_messaging_close(m, &ann, &id), 0);
    CU_ASSERT_EQUAL(noted.events[2].kind, PS_MESSAGING_CLOSE);
    read_all(m, &ann, &id, NOW);
    ps_messaging_kept(m, noted.tickets[1], 0, NOW);
    CU_ASSERT_TRUE(a.calls == 1 && a.status == -EAGAIN);
    put_and_note(m, &ann, 1, "a", &a);
    ps_messaging_destroy(m); /* and tells nobody */
    CU_ASSERT_EQUAL(a.calls, 1);
}

struct chain {
    struct ps_messaging *m;
    struct told told;
};

static void put_the_next(void *arg, int status, uint64_t id)
{
    struct chain *chain = arg;
    const struct ps_grant ann = grant_of("ann", PS_MAY_ALL);

    (void)status;
    (void)id;
    CU_ASSERT_EQUAL(put_and_note(chain->m, &ann, 2, "b", &chain->told), -EINPROGRESS);
}

static void who_is_told_may_put_the_next(void)
{
    struct noted_link noted;
    struct chain chain = { .m = linked(&noted, 1) };
    const struct ps_messaging_done done = { put_the_next, &chain };
    const struct ps_grant ann = grant_of("ann", PS_MAY_ALL);
    const struct ps_collection_id id = resource_id(0);
    uint64_t got;

    ps_messaging_put(chain.m, &ann, &id, 1, "a", 1, &done, NOW, &got, NULL);
    ps_messaging_kept(chain.m, noted.tickets[1], 0, NOW);
    ps_messaging_kept(chain.m, noted.tickets[2], 0, NOW);
    CU_ASSERT_TRUE(chain.told.calls == 1 && chain.told.status == 0);
    CU_ASSERT_STRING_EQUAL(read_all(chain.m, &ann, &id, NOW), "ab");
    ps_messaging_destroy(chain.m);
}

int main(void)
{
    static const struct ps_test tests[] = {
        PS_TEST(a_put_is_done_when_it_is_kept),
        PS_TEST(what_is_not_kept_is_taken_back_and_put_again),
        PS_TEST(a_link_without_room_refuses_and_nothing_stays),
        PS_TEST(a_link_that_is_silent_has_not_kept_it),
        PS_TEST(one_whose_collection_was_closed_is_told_so),
        PS_TEST(who_is_told_may_put_the_next),
    };

    return ps_test_run("link", tests, PS_ARRAY_LEN(tests));
}
