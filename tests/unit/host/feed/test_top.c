/* SPDX-License-Identifier: BSD-3-Clause */
/* tests/unit/host/feed/test_top.c - the largest of a minute are right, whoever floods. */
#include "host/feed/top.h"

#include <errno.h>

#include "host/base/hash.h"
#include "host/base/mem.h"
#include "tests/support/ps_test.h"

#define S 1000000000ull

static struct ps_top top;
static struct ps_top_item best[16];

static uint64_t count_of(uint64_t key, uint64_t now_ns)
{
    const uint32_t count = ps_top_best(&top, now_ns, best, 16);

    for (uint32_t i = 0; i < count; i++)
        if (best[i].entry->key == key)
            return best[i].count;
    return 0;
}

static void the_best_come_first(void)
{
    PS_REQUIRE(ps_top_init(&top, 64) == 0);
    for (uint64_t key = 1; key <= 20; key++)
        ps_top_add(&top, key, key / 2 + 1, 100 * S);
    PS_REQUIRE(ps_top_best(&top, 100 * S, best, 3) == 3);
    CU_ASSERT_TRUE(best[0].entry->key == 20 && best[0].count == 11);
    CU_ASSERT_TRUE(best[1].entry->key == 18 && best[2].entry->key == 19); /* equal ones by key */
    CU_ASSERT_EQUAL(ps_top_best(&top, 100 * S, best, 16), 16);
    ps_top_clear(&top);
    CU_ASSERT_EQUAL(ps_top_best(&top, 100 * S, best, 16), 0);
    ps_top_fini(&top);
}

static void a_minute_later_it_is_forgotten(void)
{
    PS_REQUIRE(ps_top_init(&top, 8) == 0);
    for (uint64_t s = 0; s < 200; s++) {
        ps_top_add(&top, 7, 1, s * S);
        const uint64_t sum = count_of(7, s * S);
        CU_ASSERT_TRUE(s < 55 ? sum == s + 1 : sum > 55 && sum <= 60);
    }
    CU_ASSERT_EQUAL(count_of(7, 230 * S), 25);
    CU_ASSERT_EQUAL(count_of(7, 254 * S), 5); /* of 195 to 199 s */
    CU_ASSERT_EQUAL(count_of(7, 255 * S), 0);
    ps_top_add(&top, 7, 3, 1000 * S); /* after a long silence nothing old comes back */
    CU_ASSERT_EQUAL(count_of(7, 1000 * S), 3);
    ps_top_add(&top, 7, UINT64_MAX, 1000 * S);
    CU_ASSERT_EQUAL(count_of(7, 1000 * S), UINT32_MAX); /* stays at its end, never wraps */
    ps_top_fini(&top);
}

static void a_flood_of_new_keys_leaves_the_largest(void)
{
    PS_REQUIRE(ps_top_init(&top, 1024) == 0);
    for (uint64_t key = 0; key < 10; key++)
        ps_top_add(&top, ps_hash64(&key, sizeof(key)), 1000 + key, 100 * S);
    for (uint64_t key = 1000; key < 200000; key++)
        ps_top_add(&top, ps_hash64(&key, sizeof(key)), 1, 100 * S);
    PS_REQUIRE(ps_top_best(&top, 100 * S, best, 10) == 10);
    for (uint64_t i = 0; i < 10; i++)
        CU_ASSERT_EQUAL(best[i].count, 1009 - i);
    ps_top_fini(&top);
}

static void creation_survives_a_failed_allocation(void)
{
    ps_fail_alloc_after(0);
    CU_ASSERT_EQUAL(ps_top_init(&top, 8), -ENOMEM);
    ps_fail_alloc_never();
    ps_top_fini(&top);
}

int main(void)
{
    static const struct ps_test tests[] = {
        PS_TEST(the_best_come_first),
        PS_TEST(a_minute_later_it_is_forgotten),
        PS_TEST(a_flood_of_new_keys_leaves_the_largest),
        PS_TEST(creation_survives_a_failed_allocation),
    };

    return ps_test_run("host/feed/top", tests, PS_ARRAY_LEN(tests));
}
