/* SPDX-License-Identifier: BSD-3-Clause */
#include "host/accel/load_priv.h"
#include "tests/support/ps_test.h"

#define SEC 1000000000ull

/* Begins at an awkward time, inside a step. */
static struct accel_load begun_at(uint64_t now_ns)
{
    struct accel_load load;

    accel_load_init(&load, now_ns);
    return load;
}

static void nothing_yet_is_no_load(void)
{
    const struct accel_load load = begun_at(12345 * SEC + 1);

    CU_ASSERT_EQUAL(accel_load_share(&load, 12345 * SEC + 1), 0.0);
    CU_ASSERT_EQUAL(accel_load_share(&load, 12400 * SEC), 0.0);
}

static void a_young_load_is_of_the_time_there_was(void)
{
    struct accel_load load = begun_at(1003 * SEC);

    accel_load_add(&load, 1004 * SEC, 1006 * SEC);
    CU_ASSERT_DOUBLE_EQUAL(accel_load_share(&load, 1007 * SEC), 0.5, 1e-9);
}

static void always_busy_is_one_at_any_time(void)
{
    struct accel_load load = begun_at(7 * SEC);

    for (uint64_t t = 7; t < 200; t += 3) {
        accel_load_add(&load, t * SEC, (t + 3) * SEC);
        CU_ASSERT_DOUBLE_EQUAL(accel_load_share(&load, (t + 3) * SEC), 1.0, 1e-9);
    }
}

static void what_is_over_a_minute_old_is_forgotten(void)
{
    struct accel_load load = begun_at(0);

    accel_load_add(&load, 100 * SEC, 110 * SEC);
    CU_ASSERT_DOUBLE_EQUAL(accel_load_share(&load, 140 * SEC), 10.0 / 55.0, 1e-9);
    CU_ASSERT_EQUAL(accel_load_share(&load, 171 * SEC), 0.0);
    CU_ASSERT_EQUAL(accel_load_share(&load, 100000 * SEC), 0.0);
}

static void a_run_longer_than_the_window_counts_inside_it_only(void)
{
    struct accel_load load = begun_at(3 * SEC);

    accel_load_add(&load, 3 * SEC, 603 * SEC);
    CU_ASSERT_DOUBLE_EQUAL(accel_load_share(&load, 603 * SEC), 1.0, 1e-9);
}

int main(void)
{
    static const struct ps_test tests[] = {
        PS_TEST(nothing_yet_is_no_load),
        PS_TEST(a_young_load_is_of_the_time_there_was),
        PS_TEST(always_busy_is_one_at_any_time),
        PS_TEST(what_is_over_a_minute_old_is_forgotten),
        PS_TEST(a_run_longer_than_the_window_counts_inside_it_only),
    };

    return ps_test_run("host/accel/load", tests, sizeof(tests) / sizeof(tests[0]));
}
