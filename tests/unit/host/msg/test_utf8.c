/* SPDX-License-Identifier: BSD-3-Clause */
/* tests/unit/host/msg/test_utf8.c - what is UTF-8 and what only looks like it. */
#include "host/base/mem.h"
#include "host/msg/utf8_priv.h"
#include "tests/support/ps_test.h"

#include <string.h>

static size_t span(const char *text)
{
    return ps_utf8_span(text, strlen(text));
}

static void each_length_is_accepted_at_its_ends(void)
{
    static const char *const good[] = {
        "\x7f",         "\xc2\x80",     "\xdf\xbf",         "\xe0\xa0\x80",
        "\xed\x9f\xbf", "\xee\x80\x80", "\xf0\x90\x80\x80", "\xf4\x8f\xbf\xbf",
    };

    for (size_t i = 0; i < PS_ARRAY_LEN(good); i++)
        CU_ASSERT_EQUAL(span(good[i]), strlen(good[i]));
}

static void overlong_forms_surrogates_and_strays_are_refused(void)
{
    static const char *const bad[] = {
        "\x80",         "\xc0\x80",         "\xc1\xbf",         "\xe0\x9f\xbf",     "\xed\xa0\x80",
        "\xed\xbf\xbf", "\xf0\x8f\xbf\xbf", "\xf4\x90\x80\x80", "\xf5\x80\x80\x80", "\xff",
    };

    for (size_t i = 0; i < PS_ARRAY_LEN(bad); i++)
        CU_ASSERT_EQUAL(span(bad[i]), 0);
}

static void a_character_cut_short_ends_the_span(void)
{
    CU_ASSERT_EQUAL(span("ab\xe2\x82"), 2);
    CU_ASSERT_EQUAL(span("ab\xe2\x82\xac"), 5);
}

int main(void)
{
    static const struct ps_test tests[] = {
        PS_TEST(each_length_is_accepted_at_its_ends),
        PS_TEST(overlong_forms_surrogates_and_strays_are_refused),
        PS_TEST(a_character_cut_short_ends_the_span),
    };

    return ps_test_run("host/msg/utf8", tests, PS_ARRAY_LEN(tests));
}
