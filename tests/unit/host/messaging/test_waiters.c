/* SPDX-License-Identifier: BSD-3-Clause */
/* tests/unit/host/messaging/test_waiters.c - who waits is told once. */
#include "tests/unit/host/messaging/collection_fixture.h"

struct guest {
    struct ps_collection_waiter waiter;
    struct ps_collection *again; /* comes back to it when told */
    struct guest *sends_away;    /* when told */
    int calls, status;
};

static void told(void *arg, int status)
{
    struct guest *guest = arg;

    guest->calls++;
    guest->status = status;
    if (guest->again != NULL)
        ps_collection_wait(guest->again, &guest->waiter);
    if (guest->sends_away != NULL)
        ps_collection_stop_waiting(&guest->sends_away->waiter);
}

static void come(struct ps_collection *c, struct guest *guest)
{
    *guest = (struct guest){ .waiter = { .wake = told, .arg = guest } };
    ps_collection_wait(c, &guest->waiter);
}

static void all_are_told_once(void)
{
    struct ps_collections *set = set_of(1 << 20, 4);
    struct ps_collection *c = open_of(set, 1, &small);
    struct guest a, b, left;

    come(c, &a);
    come(c, &left);
    come(c, &b);
    ps_collection_stop_waiting(&left.waiter);
    ps_collection_stop_waiting(&left.waiter);
    put(set, c, 1, 1, "a", NOW);
    put(set, c, 1, 2, "b", NOW);
    put(set, c, 1, 2, "b", NOW);
    CU_ASSERT_TRUE(a.calls == 1 && b.calls == 1 && left.calls == 0 && a.status == 0);
    ps_collections_destroy(set);
}

static void who_comes_back_waits_for_the_next(void)
{
    struct ps_collections *set = set_of(1 << 20, 4);
    struct ps_collection *c = open_of(set, 1, &small);
    struct guest a;

    come(c, &a);
    a.again = c;
    put(set, c, 1, 1, "a", NOW);
    CU_ASSERT_EQUAL(a.calls, 1);
    put(set, c, 1, 2, "b", NOW);
    CU_ASSERT_EQUAL(a.calls, 2);
    ps_collection_stop_waiting(&a.waiter);
    ps_collections_destroy(set);
}

static void one_may_send_another_away_while_told(void)
{
    struct ps_collections *set = set_of(1 << 20, 4);
    struct ps_collection *c = open_of(set, 1, &small);
    struct guest a, b;

    come(c, &a);
    come(c, &b);
    a.sends_away = &b;
    b.sends_away = &a;
    put(set, c, 1, 1, "a", NOW);
    CU_ASSERT_EQUAL(a.calls + b.calls, 1);
    ps_collections_destroy(set);
}

static void closing_tells_them_too(void)
{
    struct ps_collections *set = set_of(1 << 20, 4);
    struct ps_collection *c = open_of(set, 1, &small);
    struct guest a, b;

    come(c, &a);
    ps_collection_close(set, c);
    CU_ASSERT_TRUE(a.calls == 1 && a.status == -ENOENT);
    come(open_of(set, 2, &small), &b);
    ps_collections_destroy(set);
    CU_ASSERT_TRUE(b.calls == 1 && b.status == -ENOENT);
}

int main(void)
{
    static const struct ps_test tests[] = {
        PS_TEST(all_are_told_once),
        PS_TEST(who_comes_back_waits_for_the_next),
        PS_TEST(one_may_send_another_away_while_told),
        PS_TEST(closing_tells_them_too),
    };

    return ps_test_run("waiters", tests, PS_ARRAY_LEN(tests));
}
