/* SPDX-License-Identifier: BSD-3-Clause */
/* tests/unit/host/base/test_name.c - which names may stand in a URL. */
#include "host/base/mem.h"
#include "host/base/name.h"
#include "tests/support/ps_test.h"

static void every_unreserved_character_is_let_in(void)
{
    CU_ASSERT_TRUE(ps_name_is_valid("AZaz09._~-", 128));
    CU_ASSERT_TRUE(ps_name_is_valid("...", 128));
}

static void separators_and_control_characters_are_refused(void)
{
    static const char *const bad[] = { "a/b", "a b", "a%20", "a?b", "a\nb", "\xc3\xa4", "a:b" };

    for (size_t i = 0; i < PS_ARRAY_LEN(bad); i++)
        CU_ASSERT_FALSE(ps_name_is_valid(bad[i], 128));
}

static void names_that_a_path_folds_away_are_refused(void)
{
    CU_ASSERT_FALSE(ps_name_is_valid(".", 128));
    CU_ASSERT_FALSE(ps_name_is_valid("..", 128));
}

static void length_is_within_its_bounds(void)
{
    CU_ASSERT_FALSE(ps_name_is_valid(NULL, 3));
    CU_ASSERT_FALSE(ps_name_is_valid("", 3));
    CU_ASSERT_TRUE(ps_name_is_valid("abc", 3));
    CU_ASSERT_FALSE(ps_name_is_valid("abcd", 3));
}

int main(void)
{
    static const struct ps_test tests[] = {
        PS_TEST(every_unreserved_character_is_let_in),
        PS_TEST(separators_and_control_characters_are_refused),
        PS_TEST(names_that_a_path_folds_away_are_refused),
        PS_TEST(length_is_within_its_bounds),
    };

    return ps_test_run("host/base/name", tests, PS_ARRAY_LEN(tests));
}
