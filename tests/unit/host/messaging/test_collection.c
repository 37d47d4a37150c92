/* SPDX-License-Identifier: BSD-3-Clause */
/* tests/unit/host/messaging/test_collection.c - opening, finding, resizing, within the budget. */
#include "tests/unit/host/messaging/collection_fixture.h"

#define MIB (UINT64_C(1) << 20)

static void creation_survives_each_failed_allocation(void)
{
    const struct ps_collections_config cfg = { .budget_bytes = MIB, .collections_max = 4 };
    struct ps_collections *set = NULL;

    ps_fail_alloc_after(0);
    CU_ASSERT_EQUAL(ps_collections_create(&set, &cfg), -ENOMEM);
    ps_fail_alloc_never();
    CU_ASSERT_PTR_NULL(set);
}

static void a_set_without_room_for_its_tables_is_refused(void)
{
    struct ps_collections *set = NULL;
    struct ps_collections_config cfg = { .budget_bytes = MIB, .collections_max = 0 };

    CU_ASSERT_EQUAL(ps_collections_create(&set, &cfg), -EINVAL);
    cfg.collections_max = PS_COLLECTIONS_MAX + 1;
    CU_ASSERT_EQUAL(ps_collections_create(&set, &cfg), -EINVAL);
    cfg.collections_max = 100000;
    CU_ASSERT_EQUAL(ps_collections_create(&set, &cfg), -EINVAL);
    cfg = (struct ps_collections_config){ .budget_bytes = MIB,
                                          .collections_max = 4,
                                          .first = UINT64_C(1) << 48 };
    CU_ASSERT_EQUAL(ps_collections_create(&set, &cfg), -EINVAL);
    CU_ASSERT_PTR_NULL(set);
    ps_collections_destroy(NULL);
}

static void what_is_opened_is_found_until_it_is_closed(void)
{
    struct ps_collections *set = set_of(8 * MIB, 64);
    struct ps_collection_id id = id_of(7);
    struct ps_collection *c = open_of(set, 7, &small), *again = NULL;

    CU_ASSERT_PTR_EQUAL(ps_collection_find(set, &id), c);
    CU_ASSERT_EQUAL(ps_collection_open(set, &id, &small, PS_COLLECTION_AHEAD, NOW, &again),
                    -EEXIST);
    id.region = 1;
    CU_ASSERT_PTR_NULL(ps_collection_find(set, &id));
    id.region = 0;
    id.kind = PS_COLLECTION_PEER;
    CU_ASSERT_PTR_NULL(ps_collection_find(set, &id));
    id.kind = PS_COLLECTION_RESOURCE;
    ps_collection_close(set, c);
    CU_ASSERT_PTR_NULL(ps_collection_find(set, &id));
    ps_collections_destroy(set);
}

/* Cursors outlive the collection that they are of. */
static void positions_rise_over_close_and_open(void)
{
    struct ps_collections *set = set_of(MIB, 4);
    struct ps_collection *c = open_of(set, 1, &small);

    for (int i = 0; i < 3; i++)
        put(set, c, 1, 0, "a", NOW);
    CU_ASSERT_EQUAL(c->position, 3);
    ps_collection_close(set, c);
    c = open_of(set, 1, &small);
    put(set, c, 1, 0, "b", NOW);
    CU_ASSERT_STRING_EQUAL(seen(set, c, 3, NOW), "b");
    ps_collections_destroy(set);
}

static void limits_out_of_range_are_refused(void)
{
    struct ps_collections *set = set_of(MIB, 4);
    const struct ps_collection_id id = id_of(1);
    struct ps_collection *c = NULL;
    struct ps_collection_limits bad[] = { small, small, small, small, small, small, small, small };

    bad[0].messages_max = 0;
    bad[1].messages_max = PS_COLLECTION_MESSAGES_MAX + 1;
    bad[2].message_bytes_max = 0;
    bad[3].message_bytes_max = PS_COLLECTION_MESSAGE_BYTES + 1;
    bad[4].bytes_max = bad[4].message_bytes_max + PS_PEER_NAME_MAX - 1;
    bad[5].bytes_max = PS_COLLECTION_BYTES_MAX + 1;
    bad[6].age_ns = SEC - 1;
    bad[7].age_ns = PS_COLLECTION_AGE_NS_MAX + 1;
    for (size_t i = 0; i < PS_ARRAY_LEN(bad); i++)
        CU_ASSERT_EQUAL(ps_collection_open(set, &id, &bad[i], PS_COLLECTION_AHEAD, NOW, &c),
                        -EINVAL);
    ps_collections_destroy(set);
}

static void the_budget_is_kept_and_comes_back(void)
{
    struct ps_collections *set = set_of(MIB, 1000);
    const size_t all = set->arena.free_grains;
    struct ps_collections_status status;
    struct ps_collection *c = NULL;
    uint64_t opened = 0;

    for (;; opened++) {
        const struct ps_collection_id id = id_of(opened);
        const int rc = ps_collection_open(set, &id, &small, PS_COLLECTION_AHEAD, NOW, &c);
        if (rc == 0)
            continue;
        CU_ASSERT_EQUAL(rc, -ENOSPC);
        break;
    }
    ps_collections_status(set, &status);
    CU_ASSERT_TRUE(opened > 100 && status.collections == opened);
    CU_ASSERT_TRUE(status.refused_budget == 1 && status.taken_bytes <= MIB);
    CU_ASSERT_EQUAL(status.taken_bytes + set->arena.free_grains * PS_ARENA_GRAIN,
                    all * PS_ARENA_GRAIN);
    for (uint64_t i = 0; i < opened; i++) {
        const struct ps_collection_id id = id_of(i);
        ps_collection_close(set, ps_collection_find(set, &id));
    }
    ps_collections_status(set, &status);
    CU_ASSERT_TRUE(status.taken_bytes == 0 && status.collections == 0 && status.closed == opened);
    CU_ASSERT_EQUAL(set->arena.free_grains, all);
    ps_collections_destroy(set);
}

static void there_are_no_more_collections_than_configured(void)
{
    struct ps_collections *set = set_of(MIB, 2);
    const struct ps_collection_id third = id_of(3);
    struct ps_collection *c = open_of(set, 1, &small), *more = NULL;

    open_of(set, 2, &small);
    CU_ASSERT_EQUAL(ps_collection_open(set, &third, &small, PS_COLLECTION_AHEAD, NOW, &more),
                    -ENOSPC);
    ps_collection_close(set, c);
    CU_ASSERT_EQUAL(ps_collection_open(set, &third, &small, PS_COLLECTION_AHEAD, NOW, &more), 0);
    ps_collections_destroy(set);
}

static void resizing_keeps_messages_cursors_and_numbers(void)
{
    struct ps_collections *set = set_of(8 * MIB, 4);
    struct ps_collection *c = open_of(set, 1, &small);
    struct ps_collection_limits large = small;

    large.messages_max = 1000;
    large.bytes_max = 100000;
    CU_ASSERT_TRUE(put(set, c, 9, 1, "a", NOW) > 0);
    const int64_t b = put(set, c, 9, 2, "b", NOW);
    CU_ASSERT_TRUE(put(set, c, 8, 1, "c", NOW) > 0);
    CU_ASSERT_EQUAL(ps_collection_acknowledge(set, c, (uint64_t)b, NOW), 0);
    const struct ps_collection_limits *const to[] = { &large, &small, &large, &small };
    for (size_t i = 0; i < PS_ARRAY_LEN(to); i++) {
        CU_ASSERT_EQUAL(ps_collection_resize(set, c, to[i]), 0);
        CU_ASSERT_STRING_EQUAL(seen(set, c, 0, NOW), "ac");
        CU_ASSERT_STRING_EQUAL(seen(set, c, 1, NOW), "c");
        CU_ASSERT_EQUAL(put(set, c, 9, 2, "x", NOW), -EALREADY);
        CU_ASSERT_EQUAL(put(set, c, 9, 4, "x", NOW), -ERANGE);
        CU_ASSERT_EQUAL(set->status.taken_bytes, c->layout.total);
    }
    CU_ASSERT_TRUE(put(set, c, 9, 3, "d", NOW) > 0);
    CU_ASSERT_STRING_EQUAL(seen(set, c, 0, NOW), "acd");
    ps_collections_destroy(set);
}

static void a_collection_is_not_shrunk_below_what_it_holds(void)
{
    struct ps_collections *set = set_of(MIB, 4);
    struct ps_collection *c = open_of(set, 1, &small);
    struct ps_collection_limits two = small, huge = small;

    two.messages_max = 2;
    huge.messages_max = PS_COLLECTION_MESSAGES_MAX;
    for (uint64_t i = 1; i <= 3; i++)
        CU_ASSERT_TRUE(put(set, c, i, 1, "a", NOW) > 0);
    CU_ASSERT_EQUAL(ps_collection_resize(set, c, &two), -EBUSY);
    CU_ASSERT_EQUAL(ps_collection_resize(set, c, &huge), -ENOSPC);
    huge.age_ns = 0;
    CU_ASSERT_EQUAL(ps_collection_resize(set, c, &huge), -EINVAL);
    CU_ASSERT_STRING_EQUAL(seen(set, c, 0, NOW), "aaa");
    CU_ASSERT_EQUAL(ps_collection_acknowledge(set, c, 1, NOW), 0);
    CU_ASSERT_EQUAL(ps_collection_resize(set, c, &two), 0);
    CU_ASSERT_EQUAL(put(set, c, 4, 1, "b", NOW), -ENOSPC);
    ps_collections_destroy(set);
}

/* Memory is needed most when none is left: making smaller needs no second block. */
static void shrinking_needs_no_memory(void)
{
    struct ps_collections *set = set_of(MIB, 1000);
    struct ps_collection_limits large = small;

    large.messages_max = 256;
    large.bytes_max = 100000;
    struct ps_collection *c = open_of(set, 1, &large), *other = NULL;
    for (uint64_t i = 1; i <= 20; i++)
        CU_ASSERT_TRUE(put(set, c, 5 + i % 10, 0, i % 2 ? "o" : "e", NOW) > 0);
    for (uint64_t i = 1; i <= 20; i += 2)
        CU_ASSERT_EQUAL(ps_collection_acknowledge(set, c, i, NOW), 0);
    for (uint64_t i = 2;; i++) {
        const struct ps_collection_id id = id_of(i);
        if (ps_collection_open(set, &id, &small, PS_COLLECTION_AHEAD, NOW, &other) != 0)
            break;
    }
    large.messages_max = 10;
    large.bytes_max = 2000;
    CU_ASSERT_EQUAL(ps_collection_resize(set, c, &large), 0);
    CU_ASSERT_STRING_EQUAL(seen(set, c, 0, NOW), "eeeeeeeeee");
    CU_ASSERT_EQUAL(open_of(set, UINT64_MAX, &small)->live, 0);
    ps_collections_destroy(set);
}

static void count(void *arg, struct ps_collection *collection)
{
    struct ps_collection_status status;

    ps_collection_status(collection, &status);
    *(uint64_t *)arg += status.id.key;
}

static void each_tells_of_those_open(void)
{
    struct ps_collections *set = set_of(MIB, 8);
    uint64_t sum = 0;

    open_of(set, 1, &small);
    ps_collection_close(set, open_of(set, 10, &small));
    open_of(set, 100, &small);
    open_of(set, 1000, &small);
    ps_collections_each(set, count, &sum);
    CU_ASSERT_EQUAL(sum, 1101);
    ps_collections_destroy(set);
}

static void the_status_says_what_happened(void)
{
    struct ps_collections *set = set_of(MIB, 8);
    struct ps_collection *c = open_of(set, 1, &small);
    struct ps_collection_status one;
    struct ps_collections_status all;

    put(set, c, 1, 1, "a", NOW);
    put(set, c, 1, 1, "a", NOW);
    put(set, c, 1, 5, "a", NOW);
    seen(set, c, 0, NOW + SEC);
    ps_collection_status(c, &one);
    ps_collections_status(set, &all);
    CU_ASSERT_TRUE(one.put == 1 && one.duplicates == 1 && one.refused_order == 1);
    CU_ASSERT_TRUE(one.messages == 1 && one.bytes == 4 && one.fetched == 1);
    CU_ASSERT_TRUE(one.opened_ns == NOW && one.used_ns == NOW + SEC);
    CU_ASSERT_TRUE(all.put == 1 && all.duplicates == 1 && all.refused_order == 1);
    CU_ASSERT_TRUE(all.messages == 1 && all.bytes == 4 && all.opened[PS_COLLECTION_ASKED] == 1);
    ps_collections_destroy(set);
}

int main(void)
{
    static const struct ps_test tests[] = {
        PS_TEST(creation_survives_each_failed_allocation),
        PS_TEST(a_set_without_room_for_its_tables_is_refused),
        PS_TEST(what_is_opened_is_found_until_it_is_closed),
        PS_TEST(positions_rise_over_close_and_open),
        PS_TEST(limits_out_of_range_are_refused),
        PS_TEST(the_budget_is_kept_and_comes_back),
        PS_TEST(there_are_no_more_collections_than_configured),
        PS_TEST(resizing_keeps_messages_cursors_and_numbers),
        PS_TEST(a_collection_is_not_shrunk_below_what_it_holds),
        PS_TEST(shrinking_needs_no_memory),
        PS_TEST(each_tells_of_those_open),
        PS_TEST(the_status_says_what_happened),
    };

    return ps_test_run("collection", tests, PS_ARRAY_LEN(tests));
}
