/* SPDX-License-Identifier: BSD-3-Clause */
/* tests/unit/tools/replay/test_sparse.c - single objects, judged beside who knows the rates. */
#include "tools/replay/sparse.h"

#include <math.h>

#include "tests/unit/tools/replay/told.h"

#define INTERVALS 60u
#define NOW       40u

static struct replay_trace trace;
static struct ps_curves *curves;

/* Object a: 8 in each interval. Object b: first asked for in interval 50. */
static void make(void)
{
    struct made made;
    const struct ps_demand none = { 0 };
    struct ps_demand_sample sample = { .starts = 8 };
    const struct ps_demand one = { .samples = &sample, .capacity = 1, .count = 1 };

    made_begin(&made);
    for (uint32_t i = 0; i < INTERVALS; i++) {
        made_want(&made, i, "a", 1, 8);
        made_want(&made, i, "b", 1, i >= 50);
    }
    made_end(&made, &trace);
    PS_REQUIRE(ps_curves_create(&curves, 4) == 0);
    for (uint64_t i = 0; i < NOW; i++) {
        sample.start_ns = sample.end_ns = (T0 / 300 + i) * PS_CURVES_INTERVAL_NS;
        ps_curves_learn(curves, &one, sample.end_ns);
    }
    ps_curves_learn(curves, &none, (T0 / 300 + NOW) * PS_CURVES_INTERVAL_NS);
}

static void unmake(void)
{
    ps_curves_destroy(curves);
    replay_trace_fini(&trace);
}

static void who_knows_the_rate_misses_only_noise(void)
{
    struct replay_rate known[INTERVALS];
    struct replay_rates rates = { .rates = known };
    struct replay_sparse sparse;

    make();
    for (uint32_t i = 0; i < INTERVALS; i++)
        known[rates.count++] = (struct replay_rate){ T0 / 300 + i, 0, 10.4f };
    PS_REQUIRE(replay_sparse_init(&sparse, &trace, NULL, &rates) == 0);
    replay_sparse_tell(&sparse, curves, T0 / 300 + NOW);
    CU_ASSERT_EQUAL(sparse.seen, 1); /* b is not known yet */
    for (unsigned h = 0; h < PS_HORIZON_COUNT; h++) {
        CU_ASSERT_EQUAL(sparse.judge[h].judged, 1.0);
        CU_ASSERT_EQUAL(sparse.judge[h].counts, 8.0);
        CU_ASSERT_EQUAL(sparse.judge[h].floor, 2.0); /* 10, the median, was said; 8 came */
        CU_ASSERT_DOUBLE_EQUAL(sparse.judge[h].floor_of_mean, 2.4, 1e-5);
        CU_ASSERT_TRUE(sparse.judge[h].mean < 8.0); /* something was said of a */
        CU_ASSERT_TRUE(sparse.judge[h].ewma <= 1.0);
    }
    replay_sparse_fini(&sparse);
    unmake();
}

static void each_object_is_told_from_its_first_request_on(void)
{
    struct replay_sparse sparse;

    make();
    PS_REQUIRE(replay_sparse_init(&sparse, &trace, NULL, NULL) == 0);
    replay_sparse_tell(&sparse, curves, T0 / 300 + 50);
    CU_ASSERT_EQUAL(sparse.seen, 1);
    replay_sparse_tell(&sparse, curves, T0 / 300 + 51);
    CU_ASSERT_EQUAL(sparse.seen, 2);
    CU_ASSERT_EQUAL(sparse.judge[0].judged, 3.0);
    CU_ASSERT_EQUAL(sparse.judge[0].floor, 0.0 + 8.0 + 8.0 + 1.0); /* no rates: all unforeseen */
    replay_sparse_fini(&sparse);
    unmake();
}

static void init_survives_each_failed_allocation(void)
{
    struct replay_sparse sparse;
    int rc = -ENOMEM;

    make();
    for (unsigned failed_at = 0; rc != 0; failed_at++) {
        ps_fail_alloc_after(failed_at);
        rc = replay_sparse_init(&sparse, &trace, NULL, NULL);
        ps_fail_alloc_never();
        CU_ASSERT_TRUE(rc == 0 || rc == -ENOMEM);
        replay_sparse_fini(&sparse);
    }
    unmake();
}

int main(void)
{
    static const struct ps_test tests[] = {
        PS_TEST(who_knows_the_rate_misses_only_noise),
        PS_TEST(each_object_is_told_from_its_first_request_on),
        PS_TEST(init_survives_each_failed_allocation),
    };

    return ps_test_run("tools/replay/sparse", tests, PS_ARRAY_LEN(tests));
}
