/* SPDX-License-Identifier: BSD-3-Clause */
/* tests/unit/tools/ctl/test_curves.c - the page fits a terminal, lines up, and harms none. */
#include "tools/ctl/curves.h"

#include <stdlib.h>
#include <string.h>

#include "tests/support/ps_test.h"

#define COLUMNS 80

static struct ps_msg_writer w;
static char *page;

/* The page of what was written. */
static const char *show(void)
{
    struct ps_msg *msg;
    size_t bytes;

    PS_REQUIRE(w.error == 0 && ps_msg_read(&msg, w.data, w.size_bytes) == 0);
    FILE *out = open_memstream(&page, &bytes);
    PS_REQUIRE(out != NULL);
    ctl_curves_write(out, ps_msg_root(msg));
    fclose(out);
    ps_msg_destroy(msg);
    ps_msg_writer_fini(&w);
    return page;
}

static void begin(void)
{
    static const double levels[] = { 0.05, 0.1, 0.25, 0.5, 0.75, 0.9, 0.95 };

    ps_msg_writer_init(&w, PS_MSG_BYTES_MAX);
    ps_msg_open_map(&w);
    ps_msg_pair_array(&w, "levels");
    for (unsigned q = 0; q < 7; q++)
        ps_msg_put_f64(&w, levels[q]);
    ps_msg_close(&w);
    ps_msg_pair_array(&w, "curves");
}

static const char *end(void)
{
    ps_msg_close(&w);
    ps_msg_close(&w);
    return show();
}

static void put_curve(const char *media, const char *profile, int region, double most)
{
    ps_msg_open_map(&w);
    ps_msg_pair_str(&w, "media", media);
    ps_msg_pair_str(&w, "profile", profile);
    if (region >= 0)
        ps_msg_pair_u64(&w, "region", (uint64_t)region);
    ps_msg_pair_bool(&w, "other", region < -1);
    ps_msg_pair_array(&w, "intervals");
    for (unsigned s = 0; s < 12; s++) {
        ps_msg_open_map(&w);
        ps_msg_pair_f64(&w, "start_s", 1700006400.0 + 300.0 * s);
        ps_msg_pair_f64(&w, "expected", most * (s + 1) / 12.0);
        ps_msg_pair_array(&w, "quantiles");
        for (unsigned q = 0; q < 7; q++)
            ps_msg_put_f64(&w, most * (q + 1));
        ps_msg_close(&w);
        ps_msg_close(&w);
    }
    ps_msg_close(&w);
    ps_msg_close(&w);
}

/* Every line within the columns, and without blanks at its end. */
static void expect_tidy(const char *text)
{
    while (*text != '\0') {
        const size_t length = strcspn(text, "\n");
        size_t width = 0;

        for (size_t i = 0; i < length; i++)
            width += ((unsigned char)text[i] & 0xc0) != 0x80;
        CU_ASSERT_TRUE(width <= COLUMNS);
        CU_ASSERT_TRUE(length == 0 || text[length - 1] != ' ');
        text += length + (text[length] == '\n');
    }
}

static uint32_t lines_of(const char *text)
{
    uint32_t lines = 0;

    for (; (text = strchr(text, '\n')) != NULL; text++)
        lines++;
    return lines;
}

static void nothing_told_is_said_so(void)
{
    begin();
    CU_ASSERT_PTR_NOT_NULL(strstr(end(), "Nothing to tell yet"));
    free(page);
}

static void the_first_curve_has_a_line_for_each_interval_and_others_one(void)
{
    begin();
    put_curve(NULL, NULL, -1, 9999.0);
    put_curve(NULL, NULL, 65535, 12.0);
    put_curve(NULL, NULL, -2, 0.0);
    const char *text = end();
    expect_tidy(text);
    CU_ASSERT_EQUAL(lines_of(text), 1 + 1 + 12 + 1 + 1 + 2);
    CU_ASSERT_PTR_NOT_NULL(strstr(text, "title any, profile any, region any, device any"));
    CU_ASSERT_PTR_NOT_NULL(strstr(text, "65535"));
    CU_ASSERT_PTR_NOT_NULL(strstr(text, "other"));
    CU_ASSERT_PTR_NOT_NULL(strstr(text, "▁")); /* 1/12 of the most ... */
    CU_ASSERT_PTR_NOT_NULL(strstr(text, "█")); /* ... and the most */
    CU_ASSERT_PTR_NOT_NULL(strstr(text, "95%"));
    CU_ASSERT_PTR_NOT_NULL(strstr(text, "############\n"));
    free(page);
}

static void names_are_harmless(void)
{
    begin();
    put_curve("\033[2Jx", "p", -1, 1.0);
    const char *text = end();
    CU_ASSERT_PTR_NULL(strchr(text, '\033'));
    CU_ASSERT_PTR_NOT_NULL(strstr(text, "?[2Jx"));
    free(page);
}

static void an_odd_result_does_no_harm(void)
{
    ps_msg_writer_init(&w, PS_MSG_BYTES_MAX);
    ps_msg_open_map(&w);
    ps_msg_pair_array(&w, "curves");
    ps_msg_put_u64(&w, 5);
    ps_msg_open_map(&w);
    ps_msg_pair_str(&w, "intervals", "none");
    ps_msg_close(&w);
    CU_ASSERT_PTR_NOT_NULL(strstr(end(), "title any"));
    free(page);
}

int main(void)
{
    static const struct ps_test tests[] = {
        PS_TEST(nothing_told_is_said_so),
        PS_TEST(the_first_curve_has_a_line_for_each_interval_and_others_one),
        PS_TEST(names_are_harmless),
        PS_TEST(an_odd_result_does_no_harm),
    };

    return ps_test_run(__FILE__, tests, sizeof(tests) / sizeof(tests[0]));
}
