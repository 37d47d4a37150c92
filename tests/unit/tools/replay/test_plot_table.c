/* SPDX-License-Identifier: BSD-3-Clause */
/* tests/unit/tools/replay/test_plot_table.c - what a picture cannot show is refused by its line. */
#include "tools/replay/plot_table.h"

#include <errno.h>
#include <string.h>

#include "host/base/mem.h"
#include "tests/support/ps_test.h"

#define CURVES_HEADER "start_s,actual,expected,q10,q25,q75,q90\n"

static int read_text(const char *text, const struct plot_form *form, struct plot_table *ret)
{
    FILE *file = tmpfile();
    int rc;

    PS_REQUIRE(file != NULL && fputs(text, file) >= 0);
    rewind(file);
    rc = form != NULL ? plot_table_read_csv(ret, file, form) : plot_table_read_hits(ret, file);
    fclose(file);
    return rc;
}

static void expect_refused(const char *text, const struct plot_form *form, uint64_t line,
                           const char *why)
{
    struct plot_table table;

    CU_ASSERT_EQUAL(read_text(text, form, &table), -EINVAL);
    CU_ASSERT_EQUAL(table.line, line);
    CU_ASSERT_STRING_EQUAL(table.why, why);
    plot_table_fini(&table);
}

static void columns_are_found_by_name_and_comments_passed_over(void)
{
    struct plot_table table;

    PS_REQUIRE(read_text("# bins\nrows, said ,happened,by,horizon\r\n\n10,.25,0.5,x,5m\n"
                         "1e6,0,0,,60m",
                         &plot_form_calibration, &table) == 0);
    PS_REQUIRE(table.row_count == 2);
    CU_ASSERT_STRING_EQUAL(table.rows[0].word, "5m");
    CU_ASSERT_EQUAL(table.rows[0].values[0], 0.25);
    CU_ASSERT_EQUAL(table.rows[0].values[1], 0.5);
    CU_ASSERT_EQUAL(table.rows[0].values[2], 10.0);
    CU_ASSERT_STRING_EQUAL(table.rows[1].word, "60m");
    CU_ASSERT_EQUAL(table.rows[1].values[2], 1e6);
    plot_table_fini(&table);
}

static void hits_are_picked_from_what_cache_prints(void)
{
    struct plot_table table;

    PS_REQUIRE(
        read_text("requests=80\nhit_lru_1=0.25\nhit_ours_hints_2.5=1.0000\n", NULL, &table) == 0);
    PS_REQUIRE(table.row_count == 2);
    CU_ASSERT_STRING_EQUAL(table.rows[0].word, "lru");
    CU_ASSERT_EQUAL(table.rows[0].values[0], 1.0);
    CU_ASSERT_EQUAL(table.rows[0].values[1], 0.25);
    CU_ASSERT_STRING_EQUAL(table.rows[1].word, "ours_hints");
    CU_ASSERT_EQUAL(table.rows[1].values[0], 2.5);
    plot_table_fini(&table);
}

static void a_header_must_name_every_column_once(void)
{
    expect_refused("horizon,said,happened\n", &plot_form_calibration, 1,
                   "the header names no column rows");
    expect_refused("said,happened,rows\n", &plot_form_calibration, 1,
                   "the header names no column horizon");
    expect_refused("horizon,said,happened,rows,said\n", &plot_form_calibration, 1,
                   "the header names said twice");
    expect_refused("5m,0.1,0.1,7\n", &plot_form_calibration, 1,
                   "the header names no column horizon");
    expect_refused("start_s,actual,expected,q10,q25,q75\n", &plot_form_curves, 1,
                   "the header names no column q90");
}

static void an_error_in_any_column_names_its_line(void)
{
    static const struct {
        const char *row, *why;
    } cases[] = {
        { "5m,0.1,0.1", "3 fields, the header has 4" },
        { "5m,0.1,0.1,7,", "5 fields, the header has 4" },
        { ",0.1,0.1,7", "a name has 1 to 31 characters" },
        { "a-horizon-of-thirty-two-letters-,0,0,1", "a name has 1 to 31 characters" },
        { "f\xc3\xbcnf,0.1,0.1,7", "a name has a character that is not ASCII's" },
        { "5m,x,0.1,7", "said is not a number: x" },
        { "5m,,0.1,7", "said is not a number: " },
        { "5m,0.1 0.2,0.1,7", "said is not a number: 0.1 0.2" },
        { "5m,1.01,0.1,7", "said is not from 0 to 1: 1.01" },
        { "5m,nan,0.1,7", "said is not from 0 to 1: nan" },
        { "5m,0.1,-0.1,7", "happened is not from 0 to 1: -0.1" },
        { "5m,0.1,0.1,0", "rows is not from 1 to 1e+15: 0" },
        { "5m,0.1,0.1,inf", "rows is not from 1 to 1e+15: inf" },
    };

    for (unsigned i = 0; i < PS_ARRAY_LEN(cases); i++) {
        char text[256];

        snprintf(text, sizeof(text), "horizon,said,happened,rows\n5m,0,0,1\n%s\n", cases[i].row);
        expect_refused(text, &plot_form_calibration, 3, cases[i].why);
    }
}

static void an_error_in_any_ratio_names_its_line(void)
{
    static const struct {
        const char *line, *why;
    } cases[] = {
        { "hit_lru_5", "no =" },
        { "hit_=1", "no size after the policy's name" },
        { "hit_lru=0.5", "no size after the policy's name" },
        { "hit__5=0.5", "a name has 1 to 31 characters" },
        { "hit_lru_x=0.5", "the size is not a number: x" },
        { "hit_lru_0=0.5", "the size is not from 1e-09 to 100: 0" },
        { "hit_lru_5=1.5", "the ratio is not from 0 to 1: 1.5" },
        { "hit_lru_5=", "the ratio is not a number: " },
        { "hit_lru_1.0=0.5", "lru_1.0 was there before" },
    };

    for (unsigned i = 0; i < PS_ARRAY_LEN(cases); i++) {
        char text[128];

        snprintf(text, sizeof(text), "requests=7\nhit_lru_1=0.5\n%s\n", cases[i].line);
        expect_refused(text, NULL, 3, cases[i].why);
    }
}

static void time_must_rise(void)
{
    expect_refused(CURVES_HEADER "300,1,1,0,0,2,3\n300,1,1,0,0,2,3\n", &plot_form_curves, 3,
                   "start_s does not rise");
}

static void nothing_to_show_is_refused(void)
{
    expect_refused("", &plot_form_curves, 0, "it ends before any figure");
    expect_refused(CURVES_HEADER, &plot_form_curves, 1, "it ends before any figure");
    expect_refused("requests=0\n", NULL, 1, "it ends before any figure");
}

static void limits_hold(void)
{
    char text[2200] = CURVES_HEADER;

    memset(text + strlen(text), '1', 1100);
    expect_refused(text, &plot_form_curves, 2, "longer than 1022 characters");
    memset(text + strlen(CURVES_HEADER), 0, 1100);
    memset(text + strlen(text), ',', 64);
    expect_refused(text, &plot_form_curves, 2, "more than 64 fields");
}

static void each_failed_allocation_is_told(void)
{
    static char text[8192] = CURVES_HEADER;
    struct plot_table table;
    unsigned failed_at = 0;

    for (unsigned i = 1; i <= 200; i++)
        snprintf(text + strlen(text), sizeof(text) - strlen(text), "%u,1,1,0,0,2,3\n", 300 * i);
    for (;; failed_at++) {
        ps_fail_alloc_after(failed_at);
        const int rc = read_text(text, &plot_form_curves, &table);
        ps_fail_alloc_never();
        if (rc == 0)
            break;
        CU_ASSERT_EQUAL(rc, -ENOMEM);
        plot_table_fini(&table);
    }
    CU_ASSERT_EQUAL(failed_at, 3); /* 64, 128 and 256 rows */
    CU_ASSERT_EQUAL(table.row_count, 200);
    CU_ASSERT_EQUAL(table.rows[199].values[0], 60000.0);
    plot_table_fini(&table);
}

int main(void)
{
    static const struct ps_test tests[] = {
        PS_TEST(columns_are_found_by_name_and_comments_passed_over),
        PS_TEST(hits_are_picked_from_what_cache_prints),
        PS_TEST(a_header_must_name_every_column_once),
        PS_TEST(an_error_in_any_column_names_its_line),
        PS_TEST(an_error_in_any_ratio_names_its_line),
        PS_TEST(time_must_rise),
        PS_TEST(nothing_to_show_is_refused),
        PS_TEST(limits_hold),
        PS_TEST(each_failed_allocation_is_told),
    };

    return ps_test_run("tools/replay/plot_table", tests, PS_ARRAY_LEN(tests));
}
