/* SPDX-License-Identifier: BSD-3-Clause */
/* tests/unit/tools/sim/edges/test_run.c - the same twice, and what breaks is found. */
#include "tools/sim/edges/run.h"

#include <errno.h>
#include <string.h>

#include "host/base/mem.h"
#include "tests/support/ps_test.h"
#include "tests/unit/tools/sim/edges/few.h"

static void the_same_seed_says_the_same(void)
{
    struct edges_options options = few_edges();
    struct edges_outcome first, again, other;

    PS_REQUIRE(edges_run(&options, &first) == 0);
    PS_REQUIRE(edges_run(&options, &again) == 0);
    options.value[EDGES_SEED] = 2;
    PS_REQUIRE(edges_run(&options, &other) == 0);
    CU_ASSERT_EQUAL(memcmp(&first, &again, sizeof(first)), 0);
    CU_ASSERT_NOT_EQUAL(first.missed, other.missed);
}

static void the_bottleneck_is_found_where_it_was_put(void)
{
    struct edges_options options = few_edges();
    struct edges_break found;

    /* Each of n edges beats once in two seconds, to all others: n^2 / 2 in, with routes 5 n / 2. */
    options.value[EDGES_HUB_MSGS] = 3000;
    options.value[EDGES_SESSIONS] = options.value[EDGES_ONLINE] = options.value[EDGES_LIVE] = 0;
    options.value[EDGES_INTEREST] = 1;
    PS_REQUIRE(edges_search(&options, &found) == 0);
    CU_ASSERT_EQUAL(found.first, EDGES_HUB_MESSAGES);
    CU_ASSERT_FALSE(found.beyond);
    CU_ASSERT_DOUBLE_EQUAL(found.edges, 132, 4); /* n (n - 1) / 2 + 5 n / 2 = 9000 */
}

static void smaller_than_asked_is_found_too(void)
{
    struct edges_options options = few_edges();
    struct edges_break found;

    options.value[EDGES_HUB_MSGS] = 100;
    PS_REQUIRE(edges_search(&options, &found) == 0);
    CU_ASSERT_TRUE(found.factor < 0.5);
    CU_ASSERT_EQUAL(found.first, EDGES_HUB_MESSAGES);
}

static void where_nothing_breaks_that_is_said(void)
{
    struct edges_options options = few_edges();
    struct edges_break found;

    options.value[EDGES_EDGES] = 4;
    options.value[EDGES_PEERS] = 40;
    PS_REQUIRE(edges_search(&options, &found) == 0);
    CU_ASSERT_TRUE(found.beyond);
    CU_ASSERT_EQUAL(found.edges, 32);
}

static void no_memory_is_an_error(void)
{
    const struct edges_options options = few_edges();
    struct edges_outcome outcome;
    struct edges_break found;

    ps_fail_alloc_after(0);
    CU_ASSERT_EQUAL(edges_run(&options, &outcome), -ENOMEM);
    ps_fail_alloc_after(0);
    CU_ASSERT_EQUAL(edges_search(&options, &found), -ENOMEM);
    ps_fail_alloc_never();
}

int main(void)
{
    static const struct ps_test tests[] = {
        PS_TEST(the_same_seed_says_the_same),     PS_TEST(the_bottleneck_is_found_where_it_was_put),
        PS_TEST(smaller_than_asked_is_found_too), PS_TEST(where_nothing_breaks_that_is_said),
        PS_TEST(no_memory_is_an_error),
    };

    return ps_test_run("tools/sim/edges/run", tests, PS_ARRAY_LEN(tests));
}
