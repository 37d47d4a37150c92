/* SPDX-License-Identifier: BSD-3-Clause */
/* tests/unit/tools/replay/test_curves.c - errors are those of what was told, and told blindly. */
#include "tools/replay/curves.h"

#include <math.h>

#include "tests/unit/tools/replay/told.h"

#define INTERVALS 80u

/* Starts of devices 1 and 2 in an interval. */
typedef void (*counts)(uint32_t interval, uint32_t ret[2]);

static void steady(uint32_t interval, uint32_t ret[2])
{
    (void)interval;
    ret[0] = 30;
    ret[1] = 10;
}

/* Two intervals of 10, two of 30; persistence errs by 20 every other time. */
static void waves(uint32_t interval, uint32_t ret[2])
{
    ret[0] = interval % 4 < 2 ? 10 : 30;
    ret[1] = 10;
}

static void live(counts of, struct replay_trace *trace, struct replay_curves *run)
{
    struct made made;
    uint32_t count[2];

    made_begin(&made);
    for (uint32_t i = 0; i <= INTERVALS; i++) { /* the last one is not complete */
        of(i, count);
        made_want(&made, i, "a", 1, count[0]);
        made_want(&made, i, "b", 2, count[1]);
    }
    made_end(&made, trace);
    PS_REQUIRE(replay_curves_init(run, trace, NULL, NULL, NULL) == 0);
    replay_curves_run(run);
}

static struct replay_curves run;

static void fini(struct replay_trace *trace)
{
    replay_curves_fini(&run);
    replay_trace_fini(trace);
}

static void what_never_changes_is_told_without_error(void)
{
    struct replay_trace trace;

    live(steady, &trace, &run);
    CU_ASSERT_EQUAL(run.interval_count, INTERVALS);
    CU_ASSERT_EQUAL(run.class_count, 2);
    for (unsigned h = 0; h < PS_HORIZON_COUNT; h++) {
        CU_ASSERT_EQUAL(run.total[h].ours, 0.0);
        CU_ASSERT_EQUAL(run.per_class[h].ours, 0.0);
        CU_ASSERT_EQUAL(run.total[h].persistence, 0.0);
    }
    /* A quarter is not judged, and an hour ahead of the last eleven nothing is known. */
    CU_ASSERT_EQUAL(run.total[PS_HORIZON_5MIN].judged, INTERVALS * 3 / 4);
    CU_ASSERT_EQUAL(run.total[PS_HORIZON_60MIN].judged, INTERVALS * 3 / 4 - 11);
    CU_ASSERT_EQUAL(run.per_class[PS_HORIZON_5MIN].judged, 2 * INTERVALS * 3 / 4);
    CU_ASSERT_EQUAL(run.total[PS_HORIZON_5MIN].counts, 40.0 * INTERVALS * 3 / 4);
    CU_ASSERT_EQUAL(run.per_class[PS_HORIZON_5MIN].counts, 40.0 * INTERVALS * 3 / 4);
    fini(&trace);
}

static void errors_of_persistence_are_as_counted_by_hand(void)
{
    struct replay_trace trace;

    live(waves, &trace, &run);
    CU_ASSERT_EQUAL(run.total[PS_HORIZON_5MIN].persistence, 20.0 * 30);
    CU_ASSERT_EQUAL(run.per_class[PS_HORIZON_5MIN].persistence, 20.0 * 30);
    CU_ASSERT_EQUAL(run.per_class[PS_HORIZON_60MIN].persistence, 0.0); /* 12 is three waves... */
    CU_ASSERT_EQUAL(run.expert_count > 0, true);
    CU_ASSERT_DOUBLE_EQUAL(run.total[PS_HORIZON_5MIN].expert[0], 600.0, 1e-9);
    CU_ASSERT_STRING_EQUAL(run.expert[0], "persistence");
    fini(&trace);
}

/* What comes next must not be known: a jump is told by nobody, not even a little. */
static void jump(uint32_t interval, uint32_t ret[2])
{
    ret[0] = interval < 60 ? 10 : 1010;
    ret[1] = 10;
}

static void nobody_sees_a_jump_before_it_comes(void)
{
    struct replay_trace trace;

    live(jump, &trace, &run);
    CU_ASSERT_TRUE(run.total[PS_HORIZON_5MIN].ours >= 1000.0);
    CU_ASSERT_TRUE(run.total[PS_HORIZON_15MIN].ours >= 3000.0);
    CU_ASSERT_TRUE(run.total[PS_HORIZON_60MIN].ours >= 12000.0);
    fini(&trace);
}

static void noise_is_the_mean_deviation_from_the_median(void)
{
    static const double means[] = { 0.2, 0.8, 3.0, 20.0, 300.0, 600.0 };

    for (unsigned m = 0; m < PS_ARRAY_LEN(means); m++) {
        const double mean = means[m];
        double least = INFINITY;

        for (double said = floor(fmax(mean - 2.0, 0.0)); said <= mean + 1.0; said += 1.0) {
            double sum = 0.0;

            for (uint32_t n = 0; n < 1000; n++)
                sum += exp(n * log(mean) - mean - lgamma(n + 1.0)) * fabs(n - said);
            least = fmin(least, sum);
        }
        CU_ASSERT_DOUBLE_EQUAL(replay_curves_noise(mean), least, 0.01 + 1e-3 * mean);
    }
    CU_ASSERT_EQUAL(replay_curves_noise(0.0), 0.0);
}

static void a_trace_without_an_hour_or_so_is_refused(void)
{
    struct replay_trace trace;
    struct made made;

    made_begin(&made);
    made_want(&made, 0, "a", 1, 4);
    made_want(&made, 3, "a", 1, 4);
    made_end(&made, &trace);
    CU_ASSERT_EQUAL(replay_curves_init(&run, &trace, NULL, NULL, NULL), -ERANGE);
    fini(&trace);
}

static void init_survives_each_failed_allocation(void)
{
    struct replay_trace trace;
    unsigned failed_at = 0;
    int rc = -ENOMEM;

    live(steady, &trace, &run);
    replay_curves_fini(&run);
    for (; rc != 0; failed_at++) {
        ps_fail_alloc_after(failed_at);
        rc = replay_curves_init(&run, &trace, NULL, NULL, NULL);
        ps_fail_alloc_never();
        CU_ASSERT_TRUE(rc == 0 || rc == -ENOMEM);
        replay_curves_fini(&run);
    }
    CU_ASSERT_TRUE(failed_at > 5);
    replay_trace_fini(&trace);
}

int main(void)
{
    static const struct ps_test tests[] = {
        PS_TEST(what_never_changes_is_told_without_error),
        PS_TEST(errors_of_persistence_are_as_counted_by_hand),
        PS_TEST(nobody_sees_a_jump_before_it_comes),
        PS_TEST(noise_is_the_mean_deviation_from_the_median),
        PS_TEST(a_trace_without_an_hour_or_so_is_refused),
        PS_TEST(init_survives_each_failed_allocation),
    };

    return ps_test_run("tools/replay/curves", tests, PS_ARRAY_LEN(tests));
}
