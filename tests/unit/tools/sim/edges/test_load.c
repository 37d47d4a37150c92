/* SPDX-License-Identifier: BSD-3-Clause */
/* tests/unit/tools/sim/edges/test_load.c - sums that can be done by hand. */
#include "tools/sim/edges/load.h"

#include "host/base/mem.h"
#include "tests/support/ps_test.h"

#define EDGES 4

static struct edges_options four_edges(void)
{
    struct edges_options options;

    edges_options_init(&options);
    options.value[EDGES_EDGES] = EDGES;
    options.value[EDGES_HEARTBEAT_S] = 1;
    return options;
}

static void edges_that_do_nothing_still_beat_and_ask(void)
{
    const struct edges_options options = four_edges();
    const struct edges_tally tallies[EDGES] = { { 0 } };
    struct edges_load load;

    edges_load_of(&options, tallies, &load);
    CU_ASSERT_EQUAL(load.flow[EDGES_KIND_HEARTBEATS].msgs_out, EDGES);
    CU_ASSERT_EQUAL(load.flow[EDGES_KIND_HEARTBEATS].msgs_in, EDGES * (EDGES - 1));
    CU_ASSERT_TRUE(load.flow[EDGES_KIND_PULLS].msgs_in > 0);
    CU_ASSERT_EQUAL(load.flow[EDGES_KIND_DEMAND].msgs_out, 0);
    CU_ASSERT_EQUAL(load.flow[EDGES_KIND_SEGMENTS].peer_bytes, 0);
}

static void an_edge_alone_says_nothing_to_the_hub(void)
{
    const struct edges_tally tallies[EDGES] = { { .claims = 9, .made = 9, .requests = 5 } };
    struct edges_options options = four_edges();
    struct edges_load load;

    options.value[EDGES_GROUP] = 1;
    edges_load_of(&options, tallies, &load);
    CU_ASSERT_EQUAL(load.use[EDGES_HUB_MESSAGES], 0);
    CU_ASSERT_EQUAL(load.use[EDGES_HUB_CLAIMS], 0);
    CU_ASSERT_TRUE(load.use[EDGES_EDGE_CARDS] > 0);
}

static void groups_hear_only_themselves(void)
{
    const struct edges_tally tallies[EDGES] = { { 0 } };
    struct edges_options options = four_edges();
    struct edges_load load;

    options.value[EDGES_GROUP] = 3; /* and one that is left over, alone */
    edges_load_of(&options, tallies, &load);
    CU_ASSERT_EQUAL(load.flow[EDGES_KIND_HEARTBEATS].msgs_out, 3);
    CU_ASSERT_EQUAL(load.flow[EDGES_KIND_HEARTBEATS].msgs_in, 6);
}

static void claims_are_of_one_bucket_and_told_to_all(void)
{
    struct edges_tally tallies[EDGES] = { { .claims = 3, .won = 2, .made = 2 } };
    struct edges_options options = four_edges();
    struct edges_load load;

    edges_load_of(&options, tallies, &load);
    CU_ASSERT_DOUBLE_EQUAL(load.use[EDGES_HUB_CLAIMS], 5 / options.value[EDGES_HUB_KV], 1e-12);
    CU_ASSERT_EQUAL(load.flow[EDGES_KIND_NEWS].msgs_in, 4 * EDGES);
    options.value[EDGES_NEWS] = 0;
    edges_load_of(&options, tallies, &load);
    CU_ASSERT_EQUAL(load.flow[EDGES_KIND_NEWS].msgs_in, 0);
    CU_ASSERT_EQUAL(load.flow[EDGES_KIND_CLAIMS].msgs_out, 6); /* and one who asks where it is */
}

static void the_busiest_edge_counts(void)
{
    struct edges_tally tallies[EDGES] = { [2] = { .responses = 1000, .fetched = 50 } };
    const struct edges_options options = four_edges();
    struct edges_load load;

    edges_load_of(&options, tallies, &load);
    CU_ASSERT_DOUBLE_EQUAL(load.use[EDGES_EDGE_PEERS], 1000 * 516000.0 * 8 / 10e9, 1e-9);
    CU_ASSERT_DOUBLE_EQUAL(load.use[EDGES_EDGE_UPLINK], 50 * 516000.0 * 8 / 1e9, 1e-4);
    CU_ASSERT_EQUAL(edges_worst(load.use), EDGES_EDGE_PEERS);
}

static void everything_has_a_name(void)
{
    for (unsigned k = 0; k < EDGES_KIND_COUNT; k++)
        CU_ASSERT_PTR_NOT_NULL(edges_kind_name((enum edges_kind)k));
    for (unsigned c = 0; c < EDGES_COMPONENT_COUNT; c++)
        CU_ASSERT_PTR_NOT_NULL(edges_component_name((enum edges_component)c));
}

int main(void)
{
    static const struct ps_test tests[] = {
        PS_TEST(edges_that_do_nothing_still_beat_and_ask),
        PS_TEST(an_edge_alone_says_nothing_to_the_hub),
        PS_TEST(groups_hear_only_themselves),
        PS_TEST(claims_are_of_one_bucket_and_told_to_all),
        PS_TEST(the_busiest_edge_counts),
        PS_TEST(everything_has_a_name),
    };

    return ps_test_run("tools/sim/edges/load", tests, PS_ARRAY_LEN(tests));
}
