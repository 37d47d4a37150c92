/* SPDX-License-Identifier: BSD-3-Clause */
/* tests/unit/host/messaging/test_settle.c - nobody sees what is not kept, nothing is overtaken. */
#include <stdio.h>

#include "tests/unit/host/messaging/collection_fixture.h"

static char told[256]; /* "TICKET:STATUS " of each, in order */

static void note(void *arg, uint64_t ticket, int status)
{
    const size_t at = strlen(told);

    (void)arg;
    snprintf(told + at, sizeof(told) - at, "%d:%d ", (int)ticket, status);
}

static uint64_t pend(struct ps_collections *set, struct ps_collection *c, uint64_t sender,
                     uint64_t sequence, uint64_t ticket, const char *text)
{
    struct ps_collection_put what = put_of(sender, sequence, text);
    uint64_t id = 0;

    what.ticket = ticket;
    CU_ASSERT_EQUAL(ps_collection_put(set, c, &what, NOW, &id, NULL), 0);
    return id;
}

static int settle(struct ps_collections *set, struct ps_collection *c, uint64_t id, int status)
{
    told[0] = '\0';
    return ps_collection_settle(set, c, id, status, note, NULL);
}

static void what_is_not_kept_is_not_there(void)
{
    struct ps_collections *set = set_of(1 << 20, 4);
    struct ps_collection *c = open_of(set, 1, &small);
    struct ps_message message;
    const uint64_t a = pend(set, c, 1, 1, 10, "a");

    CU_ASSERT_STRING_EQUAL(seen(set, c, 0, NOW), "");
    CU_ASSERT_EQUAL(ps_collection_acknowledge(set, c, a, NOW), -ENOENT);
    CU_ASSERT_EQUAL(ps_collection_look_up(set, c, a, NOW, &message), -ENOENT);
    CU_ASSERT_EQUAL(settle(set, c, a, 0), 0);
    CU_ASSERT_STRING_EQUAL(told, "10:0 ");
    CU_ASSERT_STRING_EQUAL(seen(set, c, 0, NOW), "a");
    CU_ASSERT_EQUAL(settle(set, c, a, 0), -ENOENT); /* once */
    CU_ASSERT_EQUAL(ps_collection_acknowledge(set, c, a, NOW), 0);
    ps_collections_destroy(set);
}

static void no_cursor_passes_one_that_waits(void)
{
    struct ps_collections *set = set_of(1 << 20, 4);
    struct ps_collection *c = open_of(set, 1, &small);

    put(set, c, 5, 1, "o", NOW);
    const uint64_t a = pend(set, c, 1, 1, 10, "a");
    const uint64_t b = pend(set, c, 2, 1, 11, "b");
    put(set, c, 3, 1, "c", NOW);
    CU_ASSERT_EQUAL(settle(set, c, b, 0), 0);
    CU_ASSERT_STRING_EQUAL(told, "");
    CU_ASSERT_STRING_EQUAL(seen(set, c, 0, NOW), "o");
    CU_ASSERT_EQUAL(settle(set, c, a, 0), 0);
    CU_ASSERT_STRING_EQUAL(told, "10:0 11:0 ");
    CU_ASSERT_STRING_EQUAL(seen(set, c, 0, NOW), "oabc");
    ps_collections_destroy(set);
}

static void a_sender_begins_again_at_what_was_not_kept(void)
{
    struct ps_collections *set = set_of(1 << 20, 4);
    struct ps_collection *c = open_of(set, 1, &small);
    const uint64_t a = pend(set, c, 1, 7, 10, "a"), b = pend(set, c, 1, 8, 11, "b");

    pend(set, c, 2, 1, 12, "c");
    CU_ASSERT_EQUAL(settle(set, c, b, 0), 0);
    CU_ASSERT_EQUAL(settle(set, c, a, -EAGAIN), 0);
    CU_ASSERT_STRING_EQUAL(told, "10:-11 11:-11 ");
    CU_ASSERT_EQUAL(put(set, c, 1, 8, "x", NOW), -ERANGE);
    CU_ASSERT_TRUE(put(set, c, 1, 7, "A", NOW) > 0);
    CU_ASSERT_TRUE(put(set, c, 1, 8, "B", NOW) > 0);
    CU_ASSERT_STRING_EQUAL(seen(set, c, 0, NOW), ""); /* behind the other one */
    CU_ASSERT_EQUAL(settle(set, c, b, 0), -ENOENT);
    CU_ASSERT_EQUAL(settle(set, c, a + 2, -EAGAIN), 0);
    CU_ASSERT_STRING_EQUAL(seen(set, c, 0, NOW), "AB");
    ps_collections_destroy(set);
}

static void taking_back_all_leaves_nothing(void)
{
    struct ps_collections *set = set_of(1 << 20, 4);
    struct ps_collection *c = open_of(set, 1, &small);
    const uint64_t a = pend(set, c, 1, 1, 10, "a");

    pend(set, c, 1, 2, 11, "b");
    CU_ASSERT_EQUAL(settle(set, c, a, -EAGAIN), 0);
    CU_ASSERT_TRUE(c->live == 0 && c->unsettled == 0 && set->status.messages == 0);
    CU_ASSERT_STRING_EQUAL(told, "10:-11 11:-11 ");
    CU_ASSERT_TRUE(put(set, c, 1, 1, "A", NOW) > 0);
    CU_ASSERT_STRING_EQUAL(seen(set, c, 0, NOW), "A");
    ps_collections_destroy(set);
}

static void one_that_expires_while_it_waits_holds_up_nobody(void)
{
    struct ps_collections *set = set_of(1 << 20, 4);
    struct ps_collection *c = open_of(set, 1, &small);
    const uint64_t a = pend(set, c, 1, 1, 10, "a");

    CU_ASSERT_TRUE(put(set, c, 2, 1, "b", NOW + 30 * SEC) > 0);
    CU_ASSERT_STRING_EQUAL(seen(set, c, 0, NOW + 61 * SEC), "");
    CU_ASSERT_EQUAL(settle(set, c, a, 0), -ENOENT);
    CU_ASSERT_STRING_EQUAL(seen(set, c, 0, NOW + 61 * SEC), "b");
    ps_collections_destroy(set);
}

int main(void)
{
    static const struct ps_test tests[] = {
        PS_TEST(what_is_not_kept_is_not_there),
        PS_TEST(no_cursor_passes_one_that_waits),
        PS_TEST(a_sender_begins_again_at_what_was_not_kept),
        PS_TEST(taking_back_all_leaves_nothing),
        PS_TEST(one_that_expires_while_it_waits_holds_up_nobody),
    };

    return ps_test_run("settle", tests, PS_ARRAY_LEN(tests));
}
