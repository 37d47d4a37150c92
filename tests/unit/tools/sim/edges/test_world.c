/* SPDX-License-Identifier: BSD-3-Clause */
/* tests/unit/tools/sim/edges/test_world.c - nothing is lost, nothing is made twice. */
#include "tools/sim/edges/world.h"

#include <errno.h>

#include "host/base/mem.h"
#include "tests/support/ps_test.h"
#include "tests/unit/tools/sim/edges/few.h"

static struct edges_tally total(const struct edges_world *world)
{
    struct edges_tally sum = { 0 };

    for (uint32_t e = 0; e < world->edges; e++) {
        const struct edges_tally *t = &world->tallies[e];

        sum.responses += t->responses;
        sum.claims += t->claims;
        sum.made += t->made;
        sum.won += t->won;
        sum.fetched += t->fetched;
        sum.given += t->given;
        sum.requests += t->requests;
        sum.copies_in += t->copies_in;
        sum.requests_out += t->requests_out;
    }
    return sum;
}

static void every_viewer_gets_a_segment_each_segment_length(void)
{
    const struct edges_options options = few_edges();
    struct edges_world world;
    double responses = 0;

    PS_REQUIRE(edges_world_init(&world, &options) == 0);
    for (unsigned s = 0; s < 10; s++) {
        edges_world_advance(&world);
        responses += total(&world).responses;
    }
    CU_ASSERT_EQUAL(responses, 4000 * 5);
    edges_world_fini(&world);
}

static void what_is_given_is_fetched_and_what_is_claimed_first_is_won(void)
{
    struct edges_options options = few_edges();
    struct edges_world world;

    options.value[EDGES_NEWS] = 0;
    options.value[EDGES_BETS] = 0;
    PS_REQUIRE(edges_world_init(&world, &options) == 0);
    for (unsigned s = 0; s < 10; s++) {
        edges_world_advance(&world);
        const struct edges_tally sum = total(&world);

        CU_ASSERT_EQUAL(sum.given, sum.fetched);
        CU_ASSERT_EQUAL(sum.claims, sum.fetched + sum.made);
        CU_ASSERT_EQUAL(sum.won, sum.made);
        CU_ASSERT_EQUAL(sum.copies_in, sum.requests_out * 39);
    }
    edges_world_fini(&world);
}

static void a_live_segment_is_made_once(void)
{
    struct edges_options options = few_edges();
    struct edges_world world;
    double made = 0;

    options.value[EDGES_LIVE] = 1;
    options.value[EDGES_PROFILES] = 1;
    options.value[EDGES_BETS] = 0;
    PS_REQUIRE(edges_world_init(&world, &options) == 0);
    for (unsigned s = 0; s < 10; s++) {
        edges_world_advance(&world);
        made += total(&world).made;
    }
    CU_ASSERT_EQUAL(made, 10 * 5); /* ten channels, one segment each two seconds */
    edges_world_fini(&world);
}

static void a_crowd_comes_when_it_is_called(void)
{
    struct edges_options options = few_edges();
    struct edges_world world;
    uint32_t seated = 0;

    options.value[EDGES_CROWD] = 0.5;
    options.value[EDGES_CROWD_S] = 10;
    PS_REQUIRE(edges_world_init(&world, &options) == 0);
    for (unsigned s = 0; s < 24; s++)
        edges_world_advance(&world);
    for (uint32_t v = 0; v < world.edges * world.viewers_each; v++)
        seated += world.viewers[v].resource >= world.crowd_first;
    CU_ASSERT_DOUBLE_EQUAL(seated, 2000, 100); /* some have turned away again */
    edges_world_fini(&world);
}

static void one_edge_has_nobody_to_ask(void)
{
    struct edges_options options = few_edges();
    struct edges_world world;

    options.value[EDGES_GROUP] = 1;
    PS_REQUIRE(edges_world_init(&world, &options) == 0);
    edges_world_advance(&world);
    CU_ASSERT_EQUAL(total(&world).fetched, 0);
    CU_ASSERT_EQUAL(total(&world).copies_in, 0);
    CU_ASSERT_TRUE(total(&world).made > 0);
    edges_world_fini(&world);
}

static void survives_each_failed_allocation(void)
{
    const struct edges_options options = few_edges();
    struct edges_world world;
    unsigned failed_at = 0;

    for (;; failed_at++) {
        ps_fail_alloc_after(failed_at);
        const int rc = edges_world_init(&world, &options);
        ps_fail_alloc_never();
        if (rc == 0)
            break;
        CU_ASSERT_EQUAL(rc, -ENOMEM);
    }
    CU_ASSERT_EQUAL(failed_at, 6);
    edges_world_fini(&world);
}

int main(void)
{
    static const struct ps_test tests[] = {
        PS_TEST(every_viewer_gets_a_segment_each_segment_length),
        PS_TEST(what_is_given_is_fetched_and_what_is_claimed_first_is_won),
        PS_TEST(a_live_segment_is_made_once),
        PS_TEST(a_crowd_comes_when_it_is_called),
        PS_TEST(one_edge_has_nobody_to_ask),
        PS_TEST(survives_each_failed_allocation),
    };

    return ps_test_run("tools/sim/edges/world", tests, PS_ARRAY_LEN(tests));
}
