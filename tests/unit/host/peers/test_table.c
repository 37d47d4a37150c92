/* SPDX-License-Identifier: BSD-3-Clause */
/* tests/unit/host/peers/test_table.c - found by key, dropped in any order, oldest last. */
#include <errno.h>
#include <stdlib.h>

#include "host/base/mem.h"
#include "host/peers/peers_priv.h"
#include "tests/support/ps_test.h"

static void keys_are_found_until_they_are_dropped(void)
{
    struct ps_peers_table table;

    PS_REQUIRE(ps_peers_table_init(&table, 5) == 0);
    for (unsigned round = 0; round < 3; round++) {
        for (uint64_t key = 8; key <= 40; key += 8) /* all of one bucket */
            CU_ASSERT_EQUAL(ps_peers_table_add(&table, key)->key, key);
        CU_ASSERT_EQUAL(table.count, 5);
        CU_ASSERT_PTR_NULL(ps_peers_table_find(&table, 48));
        for (uint64_t key = 24; table.count > 0; key = key % 40 + 8) {
            struct ps_peers_entry *entry = ps_peers_table_find(&table, key);

            PS_REQUIRE(entry != NULL);
            ps_peers_table_drop(&table, entry);
            CU_ASSERT_PTR_NULL(ps_peers_table_find(&table, key));
        }
        CU_ASSERT_PTR_NULL(ps_peers_table_oldest(&table));
    }
    ps_peers_table_fini(&table);
}

static void the_one_not_touched_for_longest_is_oldest(void)
{
    static const uint64_t order[] = { 2, 4, 1, 3 };
    struct ps_peers_table table;

    PS_REQUIRE(ps_peers_table_init(&table, 4) == 0);
    for (uint64_t key = 1; key <= 4; key++)
        ps_peers_table_add(&table, key);
    ps_peers_table_touch(&table, ps_peers_table_find(&table, 1));
    ps_peers_table_touch(&table, ps_peers_table_find(&table, 3));
    ps_peers_table_touch(&table, ps_peers_table_find(&table, 3));
    for (size_t i = 0; i < PS_ARRAY_LEN(order); i++) {
        CU_ASSERT_EQUAL(ps_peers_table_oldest(&table)->key, order[i]);
        ps_peers_table_drop(&table, ps_peers_table_oldest(&table));
    }
    ps_peers_table_fini(&table);
}

static void a_peer_takes_64_bytes_or_less(void)
{
    struct ps_peers_table table;

    for (uint32_t capacity = 1000; capacity <= PS_PEERS_MAX; capacity += 131071) {
        PS_REQUIRE(ps_peers_table_init(&table, capacity) == 0);
        CU_ASSERT_TRUE(table.bucket_count * sizeof(*table.buckets) +
                           capacity * sizeof(*table.entries) <=
                       (size_t)capacity * 64);
        ps_peers_table_fini(&table);
    }
}

int main(void)
{
    static const struct ps_test tests[] = {
        PS_TEST(keys_are_found_until_they_are_dropped),
        PS_TEST(the_one_not_touched_for_longest_is_oldest),
        PS_TEST(a_peer_takes_64_bytes_or_less),
    };

    return ps_test_run("host/peers/table.c", tests, PS_ARRAY_LEN(tests));
}
