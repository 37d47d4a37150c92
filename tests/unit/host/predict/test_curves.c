/* SPDX-License-Identifier: BSD-3-Clause */
/* tests/unit/host/predict/test_curves.c - what is counted where, when, and for how many classes. */
#include "host/predict/curves.h"

#include <errno.h>

#include "tests/unit/host/predict/counts.h"

static struct ps_curves_status status_of(const struct ps_curves *curves)
{
    struct ps_curves_status status;

    ps_curves_status(curves, &status);
    return status;
}

/* Classes 1/1, 1/2 and 2/1 with 30, 20 and 10 starts in each interval. */
static struct ps_curves *three_classes(uint32_t classes_max, uint64_t intervals)
{
    struct ps_curves *curves = new_curves(classes_max);

    for (uint64_t i = FIRST; i < FIRST + intervals; i++) {
        want(curves, 1, 1, i, 30);
        want(curves, 1, 2, i, 20);
        want(curves, 2, 1, i, 10);
    }
    pass(curves, (FIRST + intervals) * INTERVAL);
    return curves;
}

static double expected(const struct ps_curves *curves, struct ps_curves_class of, uint32_t step)
{
    return tell(curves, &of).step[step].expected;
}

static void classes_sum_to_the_total_at_every_step(void)
{
    struct ps_curves *curves = three_classes(16, 50);

    for (uint32_t i = FIRST + 50; i < FIRST + 90; i++) /* and when they go apart */
        want(curves, 1, 1, i, i % 7 * 20);
    pass(curves, (FIRST + 90ull) * INTERVAL);
    for (uint32_t s = 0; s < PS_CURVES_STEPS; s++) {
        const double a = expected(curves, class_of(1, 1), s);
        const double b = expected(curves, class_of(1, 2), s);
        const double c = expected(curves, class_of(2, 1), s);

        CU_ASSERT_DOUBLE_EQUAL(a + b + c, expected(curves, total, s), 1e-3);
        CU_ASSERT_DOUBLE_EQUAL(a + b, expected(curves, class_of(1, PS_CURVES_ANY), s), 1e-3);
        CU_ASSERT_DOUBLE_EQUAL(a + c, expected(curves, class_of(PS_CURVES_ANY, 1), s), 1e-3);
    }
    ps_curves_destroy(curves);
}

static void what_does_not_change_is_told_as_it_is(void)
{
    struct ps_curves *curves = three_classes(16, 60);
    const struct ps_curves_class one = class_of(1, 1);
    const struct ps_curve curve = tell(curves, &one);

    CU_ASSERT_EQUAL(curve.start_ns, (FIRST + 60ull) * INTERVAL);
    for (uint32_t s = 0; s < PS_CURVES_STEPS; s++) {
        CU_ASSERT_DOUBLE_EQUAL(curve.step[s].expected, 30.0, 0.1);
        CU_ASSERT_EQUAL(curve.step[s].median, 30.0);
        for (unsigned q = 1; q < PS_CURVES_LEVELS; q++)
            CU_ASSERT_TRUE(curve.step[s].quantile[q] >= curve.step[s].quantile[q - 1]);
    }
    ps_curves_destroy(curves);
}

static void classes_without_room_count_as_one_other(void)
{
    struct ps_curves *curves = three_classes(2, 60);
    const struct ps_curves_class other = { .is_other = true };
    struct ps_curves_class list[4];
    struct ps_curve curve;

    CU_ASSERT_EQUAL(ps_curves_list(curves, list, 4), 2);
    CU_ASSERT_TRUE(list[1].region == 1 && list[1].device == 2);
    CU_ASSERT_EQUAL(ps_curves_list(curves, list, 1), 1);
    CU_ASSERT_DOUBLE_EQUAL(expected(curves, other, 0), 10.0, 0.1);
    CU_ASSERT_DOUBLE_EQUAL(expected(curves, total, 0), 60.0, 0.2);
    CU_ASSERT_EQUAL(status_of(curves).unclassed, 600);
    CU_ASSERT_EQUAL(ps_curves_tell(curves, &(struct ps_curves_class){ 2, 1, false }, &curve),
                    -ENOENT);
    ps_curves_destroy(curves);
}

/* More regions and devices than have series of their own. */
static void a_flood_of_classes_is_bounded(void)
{
    struct ps_curves *curves = new_curves(PS_CURVES_CLASSES_MAX);
    static struct ps_curves_class list[PS_CURVES_CLASSES_MAX + 1];
    double sum;

    for (uint32_t k = 0; k < 1000; k++)
        want(curves, k, k % 251, FIRST, 1);
    pass(curves, (FIRST + 1ull) * INTERVAL);
    CU_ASSERT_EQUAL(ps_curves_list(curves, list, PS_CURVES_CLASSES_MAX + 1), PS_CURVES_CLASSES_MAX);
    sum = expected(curves, (struct ps_curves_class){ .is_other = true }, 0);
    for (uint32_t k = 0; k < PS_CURVES_CLASSES_MAX; k++)
        sum += expected(curves, list[k], 0);
    CU_ASSERT_DOUBLE_EQUAL(sum, expected(curves, total, 0), 0.01);
    CU_ASSERT_EQUAL(status_of(curves).starts, 1000);
    ps_curves_destroy(curves);
}

static void before_an_interval_is_over_nothing_is_told(void)
{
    struct ps_curves *curves = new_curves(4);
    struct ps_curve curve;
    struct ps_curves_opinion opinions[PS_CURVES_EXPERTS_MAX];

    CU_ASSERT_EQUAL(ps_curves_tell(curves, &total, &curve), -EAGAIN);
    want(curves, 1, 1, FIRST, 5);
    CU_ASSERT_EQUAL(ps_curves_tell(curves, &total, &curve), -EAGAIN);
    CU_ASSERT_EQUAL(ps_curves_opinions(curves, &total, opinions), 0);
    pass(curves, (FIRST + 1ull) * INTERVAL);
    CU_ASSERT_EQUAL(ps_curves_tell(curves, &total, &curve), 0);
    ps_curves_destroy(curves);
}

static void a_late_sample_counts_now_and_a_very_late_one_not_at_all(void)
{
    struct ps_curves *curves = three_classes(4, 10);

    want(curves, 1, 1, FIRST + 9, 4);
    CU_ASSERT_EQUAL(status_of(curves).late, 0);
    want(curves, 1, 1, FIRST + 8, 3);
    CU_ASSERT_EQUAL(status_of(curves).late, 3);
    CU_ASSERT_EQUAL(status_of(curves).starts, 604);
    ps_curves_destroy(curves);
}

static void an_interval_ends_where_the_next_begins(void)
{
    struct ps_curves *curves = new_curves(4);
    struct ps_demand_sample sample = { .start_ns = (FIRST + 1ull) * INTERVAL - 1000,
                                       .end_ns = (FIRST + 1ull) * INTERVAL,
                                       .starts = 9 };
    const struct ps_demand demand = { .samples = &sample, .capacity = 1, .count = 1 };

    ps_curves_learn(curves, &demand, (FIRST + 1ull) * INTERVAL);
    CU_ASSERT_DOUBLE_EQUAL(expected(curves, total, 0), 9.0, 0.01);
    ps_curves_destroy(curves);
}

static void time_that_steps_back_stands_still(void)
{
    struct ps_curves *curves = three_classes(4, 10);

    pass(curves, FIRST * INTERVAL);
    CU_ASSERT_EQUAL(tell(curves, &total).start_ns, (FIRST + 10ull) * INTERVAL);
    CU_ASSERT_EQUAL(status_of(curves).intervals, 10);
    ps_curves_destroy(curves);
}

static void samples_from_after_now_count_as_of_now(void)
{
    struct ps_curves *curves = three_classes(4, 10);
    struct ps_demand_sample sample = { .start_ns = (FIRST + 5000ull) * INTERVAL,
                                       .end_ns = (FIRST + 5000ull) * INTERVAL,
                                       .starts = 9 };
    const struct ps_demand demand = { .samples = &sample, .capacity = 1, .count = 1 };

    ps_curves_learn(curves, &demand, (FIRST + 10ull) * INTERVAL + 1);
    CU_ASSERT_EQUAL(tell(curves, &total).start_ns, (FIRST + 10ull) * INTERVAL);
    CU_ASSERT_EQUAL(status_of(curves).starts, 609);
    ps_curves_destroy(curves);
}

static void a_leap_teaches_no_zeros_but_quiet_does(void)
{
    struct ps_curves *leapt = three_classes(4, 60), *quiet = three_classes(4, 60);

    pass(leapt, (FIRST + 60ull + PS_CURVES_GAP_MAX + 1) * INTERVAL);
    pass(quiet, (FIRST + 60ull + PS_CURVES_GAP_MAX) * INTERVAL);
    CU_ASSERT_DOUBLE_EQUAL(expected(leapt, total, 0), 60.0, 0.5);
    CU_ASSERT_TRUE(expected(quiet, total, 0) < 5.0);
    CU_ASSERT_EQUAL(status_of(leapt).gaps, 1);
    CU_ASSERT_EQUAL(status_of(quiet).gaps, 0);
    pass(leapt, UINT64_MAX); /* and the end of time is just another leap */
    CU_ASSERT_EQUAL(status_of(leapt).gaps, 2);
    ps_curves_destroy(leapt);
    ps_curves_destroy(quiet);
}

static const double none[PS_HORIZON_COUNT];
static const double relative[PS_HORIZON_COUNT] = { 0.1, 0.2, 0.3 };

static void a_resource_keeps_its_sums_and_takes_the_shape(void)
{
    static const double sums[PS_HORIZON_COUNT] = { 0.5, 2.5, 20.5 };
    struct ps_curves *curves = three_classes(4, 60);
    struct ps_curve curve;
    double sum = 0.0;

    CU_ASSERT_EQUAL(ps_curves_spread(curves, sums, relative, &total, 77, &curve), 0);
    CU_ASSERT_EQUAL(curve.start_ns, 77);
    for (uint32_t s = 0; s < PS_CURVES_STEPS; s++) {
        sum += curve.step[s].expected;
        if (s == 0 || s == 2 || s == 11)
            CU_ASSERT_DOUBLE_EQUAL(sum, sums[s == 0 ? 0 : s == 2 ? 1 : 2], 1e-9);
    }
    CU_ASSERT_DOUBLE_EQUAL(curve.step[1].expected, 1.0, 0.01); /* flat, as the total is */
    CU_ASSERT_DOUBLE_EQUAL(curve.step[7].expected, 2.0, 0.02);
    CU_ASSERT_TRUE(curve.step[7].quantile[6] > curve.step[7].quantile[0]);
    const double far = curve.step[7].quantile[6];
    CU_ASSERT_EQUAL(ps_curves_spread(curves, sums, none, &total, 77, &curve), 0);
    CU_ASSERT_TRUE(curve.step[7].quantile[6] < far); /* what is known well is told closer */
    CU_ASSERT_EQUAL(ps_curves_spread(curves, sums, relative,
                                     &(struct ps_curves_class){ 9, 9, false }, 77, &curve),
                    -ENOENT);
    ps_curves_destroy(curves);
}

/* Calibration is apart for each horizon, so sums may fall; nothing negative comes of it. */
static void sums_that_fall_are_told_as_nothing_more(void)
{
    static const double sums[PS_HORIZON_COUNT] = { 3.0, 2.0, 2.5 };
    struct ps_curves *curves = three_classes(4, 60);
    struct ps_curve curve;

    CU_ASSERT_EQUAL(ps_curves_spread(curves, sums, relative, &total, 77, &curve), 0);
    CU_ASSERT_DOUBLE_EQUAL(curve.step[0].expected, 3.0, 1e-9);
    for (uint32_t s = 1; s < PS_CURVES_STEPS; s++)
        CU_ASSERT_EQUAL(curve.step[s].expected, 0.0);
    ps_curves_destroy(curves);
}

static void create_refuses_what_is_out_of_range(void)
{
    struct ps_curves *curves = NULL;

    CU_ASSERT_EQUAL(ps_curves_create(&curves, 0), -EINVAL);
    CU_ASSERT_EQUAL(ps_curves_create(&curves, PS_CURVES_CLASSES_MAX + 1), -EINVAL);
    CU_ASSERT_PTR_NULL(curves);
    ps_curves_destroy(NULL);
}

static void create_survives_each_failed_allocation(void)
{
    struct ps_curves *curves = NULL;
    unsigned failed_at = 0;

    for (;; failed_at++) {
        ps_fail_alloc_after(failed_at);
        const int rc = ps_curves_create(&curves, 8);
        ps_fail_alloc_never();
        if (rc == 0)
            break;
        CU_ASSERT_EQUAL(rc, -ENOMEM);
        CU_ASSERT_PTR_NULL(curves);
    }
    CU_ASSERT_EQUAL(failed_at, 3); /* the object, its series and their table */
    ps_curves_destroy(curves);
}

int main(void)
{
    static const struct ps_test tests[] = {
        PS_TEST(classes_sum_to_the_total_at_every_step),
        PS_TEST(what_does_not_change_is_told_as_it_is),
        PS_TEST(classes_without_room_count_as_one_other),
        PS_TEST(a_flood_of_classes_is_bounded),
        PS_TEST(before_an_interval_is_over_nothing_is_told),
        PS_TEST(a_late_sample_counts_now_and_a_very_late_one_not_at_all),
        PS_TEST(an_interval_ends_where_the_next_begins),
        PS_TEST(time_that_steps_back_stands_still),
        PS_TEST(samples_from_after_now_count_as_of_now),
        PS_TEST(a_leap_teaches_no_zeros_but_quiet_does),
        PS_TEST(a_resource_keeps_its_sums_and_takes_the_shape),
        PS_TEST(sums_that_fall_are_told_as_nothing_more),
        PS_TEST(create_refuses_what_is_out_of_range),
        PS_TEST(create_survives_each_failed_allocation),
    };

    return ps_test_run(__FILE__, tests, sizeof(tests) / sizeof(tests[0]));
}
