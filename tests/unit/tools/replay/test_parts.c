/* SPDX-License-Identifier: BSD-3-Clause */
/* tests/unit/tools/replay/test_parts.c - each class's part of single resources, judged. */
#include "tools/replay/parts.h"

#include <errno.h>
#include <math.h>

#include "host/base/mem.h"
#include "tests/unit/tools/replay/told.h"

#define INTERVALS 60u
#define NOW       40u

static struct replay_trace trace;
static struct ps_curves *curves;
static struct ps_predict *predict;
static struct replay_parts parts;
static uint32_t next;

/* Object a: 8 in each interval of device 1, and none of any other. */
static void make(void)
{
    const struct ps_predict_config cfg = { .resources_max = 8, .media_max = 8 };
    const struct ps_demand none = { 0 };
    struct made made;

    made_begin(&made);
    for (uint32_t i = 0; i < INTERVALS; i++)
        made_want(&made, i, "a", 1, 8);
    made_end(&made, &trace);
    PS_REQUIRE(ps_curves_create(&curves, 4) == 0);
    PS_REQUIRE(ps_predict_create(&predict, &cfg) == 0);
    PS_REQUIRE(replay_parts_init(&parts, &trace) == 0);
    const uint64_t now_ns = (T0 / 300 + NOW) * PS_CURVES_INTERVAL_NS;
    for (next = 0; trace.requests[next].time_ns < now_ns; next++) {
        const struct replay_request *r = &trace.requests[next];
        struct ps_demand_sample sample = { .start_ns = r->time_ns,
                                           .end_ns = r->time_ns,
                                           .resource = r->resource,
                                           .peer = r->peer,
                                           .starts = 1 };
        const struct ps_demand one = { .samples = &sample, .capacity = 1, .count = 1 };

        ps_curves_learn(curves, &one, r->time_ns);
        ps_predict_learn(predict, &one, r->time_ns);
    }
    ps_curves_learn(curves, &none, now_ns);
}

static void unmake(void)
{
    replay_parts_fini(&parts);
    ps_predict_destroy(predict);
    ps_curves_destroy(curves);
    replay_trace_fini(&trace);
}

static void say(double starts)
{
    const struct ps_prediction said = { .resource = trace.requests[0].resource,
                                        .expected = { starts, 3 * starts, 12 * starts } };

    replay_parts_take(&parts, 0, &said);
    replay_parts_judge(&parts, predict, curves, next, T0 / 300 + NOW);
}

static void what_came_is_held_against_the_band(void)
{
    make();
    say(8.0);
    for (unsigned h = 0; h < PS_HORIZON_COUNT; h++) {
        CU_ASSERT_EQUAL(parts.judge[h].all.judged, 1.0);
        CU_ASSERT_EQUAL(parts.judge[h].all.counts, 8.0);
        CU_ASSERT_EQUAL(parts.judge[h].all.within_90, 1.0);
    }
    say(200.0);
    CU_ASSERT_EQUAL(parts.judge[0].all.judged, 2.0);
    CU_ASSERT_EQUAL(parts.judge[0].all.within_90, 1.0); /* only the first was right */
    unmake();
}

static void what_is_hardly_expected_is_left_out(void)
{
    make();
    say(0.1);
    CU_ASSERT_EQUAL(parts.judge[0].all.judged, 0.0);
    unmake();
}

static void init_survives_each_failed_allocation(void)
{
    make();
    for (unsigned failed_at = 0; failed_at < 2; failed_at++) {
        struct replay_parts other;

        ps_fail_alloc_after(failed_at);
        const int rc = replay_parts_init(&other, &trace);
        ps_fail_alloc_never();
        CU_ASSERT_EQUAL(rc, -ENOMEM);
        replay_parts_fini(&other);
    }
    unmake();
}

int main(void)
{
    static const struct ps_test tests[] = {
        PS_TEST(what_came_is_held_against_the_band),
        PS_TEST(what_is_hardly_expected_is_left_out),
        PS_TEST(init_survives_each_failed_allocation),
    };

    return ps_test_run("tools/replay/parts", tests, PS_ARRAY_LEN(tests));
}
