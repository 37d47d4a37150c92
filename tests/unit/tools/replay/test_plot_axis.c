/* SPDX-License-Identifier: BSD-3-Clause */
/* tests/unit/tools/replay/test_plot_axis.c - ticks are round, enclose the values, and are few. */
#include "tools/replay/plot_axis.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "host/base/mem.h"
#include "tests/support/ps_test.h"

#define DAY_S 86400.0

/* All labels, with a blank between. */
static const char *labels_of(const struct plot_axis *axis)
{
    static char all[PLOT_TICKS_MAX * (PLOT_TICK_LABEL_MAX + 2)];
    size_t length = 0;

    all[0] = '\0';
    for (uint32_t t = 0; t < axis->tick_count; t++)
        length += (size_t)snprintf(all + length, sizeof(all) - length, "%s%s", t > 0 ? " " : "",
                                   axis->ticks[t].label);
    return all;
}

static void a_linear_axis_has_round_ticks_that_enclose_the_values(void)
{
    static const struct {
        double least, most;
        uint32_t wanted;
        const char *labels;
    } cases[] = {
        { 0.0, 1.0, 5, "0 0.2 0.4 0.6 0.8 1" }, { 0.0, 0.3, 6, "0 0.05 0.1 0.15 0.2 0.25 0.3" },
        { 0.0, 148.0, 6, "0 50 100 150" },      { 3.0, 17.0, 8, "2 4 6 8 10 12 14 16 18" },
        { -1.0, 1.0, 4, "-1 -0.5 0 0.5 1" },    { 0.0, 12000.0, 6, "0 2 k 4 k 6 k 8 k 10 k 12 k" },
        { 0.0, 0.0, 5, "0 0.2 0.4 0.6 0.8 1" },
    };
    struct plot_axis axis = { .title = "a title" };

    for (unsigned i = 0; i < PS_ARRAY_LEN(cases); i++) {
        plot_axis_linear(&axis, cases[i].least, cases[i].most, cases[i].wanted);
        CU_ASSERT_STRING_EQUAL(labels_of(&axis), cases[i].labels);
        CU_ASSERT_TRUE(axis.least <= cases[i].least && axis.most >= cases[i].most);
        CU_ASSERT_STRING_EQUAL(axis.title, "a title");
    }
}

static void ticks_stay_few_whatever_the_values(void)
{
    struct plot_axis axis = { .title = NULL };

    for (double most = 1e-9; most < 1e15; most *= 1.37)
        for (uint32_t wanted = 2; wanted <= 8; wanted++) {
            plot_axis_linear(&axis, 0.0, most, wanted);
            CU_ASSERT_TRUE(axis.tick_count >= 2 && axis.tick_count <= wanted + 2);
            CU_ASSERT_TRUE(axis.most >= most * (1 - 1e-9) && axis.most <= 2.6 * most);
            plot_axis_time(&axis, 1e9, 1e9 + most, wanted);
            CU_ASSERT_TRUE(axis.tick_count <= wanted + 1);
        }
}

static void a_log_axis_goes_by_one_two_and_five(void)
{
    static const struct {
        double least, most;
        const char *labels;
    } cases[] = {
        { 1.0, 10.0, "1 2 5 10" },
        { 1.0, 20.0, "1 2 5 10 20" },
        { 0.3, 30.0, "0.2 0.5 1 2 5 10 20 50" },
        { 5.0, 5.0, "5 10" },
        { 1e-4, 100.0, "0.0001 0.001 0.01 0.1 1 10 100" },
    };
    struct plot_axis axis = { .title = NULL };

    for (unsigned i = 0; i < PS_ARRAY_LEN(cases); i++) {
        plot_axis_log(&axis, cases[i].least, cases[i].most);
        CU_ASSERT_STRING_EQUAL(labels_of(&axis), cases[i].labels);
        CU_ASSERT_TRUE(axis.least <= cases[i].least && axis.most >= cases[i].most);
        CU_ASSERT_TRUE(axis.most > axis.least && axis.tick_count >= 2);
    }
    plot_axis_log(&axis, 1e-9, 100.0);
    CU_ASSERT_TRUE(axis.tick_count <= PLOT_TICKS_MAX);
}

static void a_value_lies_where_its_axis_says(void)
{
    struct plot_axis axis = { .title = NULL };

    plot_axis_linear(&axis, 0.0, 200.0, 4);
    CU_ASSERT_DOUBLE_EQUAL(plot_axis_at(&axis, 0.0), 0.0, 1e-12);
    CU_ASSERT_DOUBLE_EQUAL(plot_axis_at(&axis, 50.0), 0.25, 1e-12);
    CU_ASSERT_DOUBLE_EQUAL(plot_axis_at(&axis, 400.0), 2.0, 1e-12);
    plot_axis_log(&axis, 1.0, 100.0);
    CU_ASSERT_DOUBLE_EQUAL(plot_axis_at(&axis, 1.0), 0.0, 1e-12);
    CU_ASSERT_DOUBLE_EQUAL(plot_axis_at(&axis, 10.0), 0.5, 1e-12);
    CU_ASSERT_DOUBLE_EQUAL(plot_axis_at(&axis, 100.0), 1.0, 1e-12);
}

static void time_is_told_as_people_do(void)
{
    const double midnight_s = 1700006400.0; /* 15 November 2023 */
    struct plot_axis axis = { .title = NULL };

    plot_axis_time(&axis, midnight_s, midnight_s + 2 * DAY_S - 1.0, 8);
    CU_ASSERT_STRING_EQUAL(labels_of(&axis), "15 Nov 06:00 12:00 18:00 16 Nov 06:00 12:00 18:00");
    CU_ASSERT_EQUAL(axis.least, midnight_s);
    plot_axis_time(&axis, midnight_s + 60.0, midnight_s + 3600.0, 6);
    CU_ASSERT_STRING_EQUAL(labels_of(&axis), "00:15 00:30 00:45 01:00");
    plot_axis_time(&axis, midnight_s, midnight_s + 59 * DAY_S, 8);
    CU_ASSERT_TRUE(axis.tick_count >= 4 && axis.tick_count <= 9);
    CU_ASSERT_PTR_NULL(strchr(labels_of(&axis), ':'));
    plot_axis_time(&axis, 0.0, 1e10, 8); /* three centuries */
    CU_ASSERT_TRUE(axis.tick_count >= 2 && axis.tick_count <= 9);
    plot_axis_time(&axis, midnight_s, midnight_s, 8); /* a moment */
    CU_ASSERT_TRUE(axis.most > axis.least);
}

static void counts_are_short(void)
{
    static const struct {
        double count;
        const char *label;
    } cases[] = { { 0, "0" },      { 950, "950" },      { 999.4, "999" },
                  { 1000, "1 k" }, { 12345, "12.3 k" }, { 999999, "1 M" },
                  { 2e6, "2 M" },  { 1e15, "1 P" },     { 1e18, "1e+03 P" } };
    char label[PLOT_TICK_LABEL_MAX + 1];

    for (unsigned i = 0; i < PS_ARRAY_LEN(cases); i++) {
        plot_axis_count_label(cases[i].count, label);
        CU_ASSERT_STRING_EQUAL(label, cases[i].label);
    }
}

int main(void)
{
    static const struct ps_test tests[] = {
        PS_TEST(a_linear_axis_has_round_ticks_that_enclose_the_values),
        PS_TEST(ticks_stay_few_whatever_the_values),
        PS_TEST(a_log_axis_goes_by_one_two_and_five),
        PS_TEST(a_value_lies_where_its_axis_says),
        PS_TEST(time_is_told_as_people_do),
        PS_TEST(counts_are_short),
    };

    return ps_test_run("tools/replay/plot_axis", tests, PS_ARRAY_LEN(tests));
}
