/* SPDX-License-Identifier: BSD-3-Clause */
/* tests/unit/tools/sim/edges/test_paper.c - paper and simulation say the same, nearly. */
#include "tools/sim/edges/paper.h"

#include <errno.h>

#include "host/base/mem.h"
#include "tests/support/ps_test.h"
#include "tests/unit/tools/sim/edges/few.h"
#include "tools/sim/edges/run.h"

static void check_flow(const struct edges_flow *paper, const struct edges_flow *seen, double share)
{
    CU_ASSERT_DOUBLE_EQUAL(paper->msgs_in, seen->msgs_in, seen->msgs_in * share);
    CU_ASSERT_DOUBLE_EQUAL(paper->msgs_out, seen->msgs_out, seen->msgs_out * share);
    CU_ASSERT_DOUBLE_EQUAL(paper->bytes_in, seen->bytes_in, seen->bytes_in * share);
    CU_ASSERT_DOUBLE_EQUAL(paper->peer_bytes, seen->peer_bytes, seen->peer_bytes * share);
}

static void both_agree(double interest, double group)
{
    struct edges_options options = few_edges();
    struct edges_outcome outcome;
    struct edges_load paper;

    options.value[EDGES_INTEREST] = interest;
    options.value[EDGES_GROUP] = group;
    options.value[EDGES_SECONDS] = 60;
    PS_REQUIRE(edges_paper(&options, &paper) == 0);
    PS_REQUIRE(edges_run(&options, &outcome) == 0);
    check_flow(&paper.flow[EDGES_KIND_SEGMENTS], &outcome.flow[EDGES_KIND_SEGMENTS], 0.02);
    check_flow(&paper.flow[EDGES_KIND_COPIES], &outcome.flow[EDGES_KIND_COPIES], 0.15);
    check_flow(&paper.flow[EDGES_KIND_PULLS], &outcome.flow[EDGES_KIND_PULLS], 0.001);
    check_flow(&paper.flow[EDGES_KIND_HEARTBEATS], &outcome.flow[EDGES_KIND_HEARTBEATS], 0.001);
    check_flow(&paper.flow[EDGES_KIND_NEIGHBOURS], &outcome.flow[EDGES_KIND_NEIGHBOURS], 0.25);
}

static void paper_and_simulation_agree(void)
{
    both_agree(0, 0);
    both_agree(1, 0);
    both_agree(0, 8);
}

static void no_memory_is_an_error(void)
{
    const struct edges_options options = few_edges();
    struct edges_load paper;

    for (unsigned failed_at = 0; failed_at < 2; failed_at++) {
        ps_fail_alloc_after(failed_at);
        CU_ASSERT_EQUAL(edges_paper(&options, &paper), -ENOMEM);
        ps_fail_alloc_never();
    }
}

int main(void)
{
    static const struct ps_test tests[] = {
        PS_TEST(paper_and_simulation_agree),
        PS_TEST(no_memory_is_an_error),
    };

    return ps_test_run("tools/sim/edges/paper", tests, PS_ARRAY_LEN(tests));
}
