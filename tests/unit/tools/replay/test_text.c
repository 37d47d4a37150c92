/* SPDX-License-Identifier: BSD-3-Clause */
/* tests/unit/tools/replay/test_text.c - lines are counted, also those that say nothing. */
#include "tools/replay/text.h"

#include <errno.h>
#include <string.h>

#include "host/base/mem.h"
#include "tests/support/ps_test.h"

static void comments_and_empty_lines_count_but_say_nothing(void)
{
    char copy[] = "# c\n\n \t\r\none\ntwo";
    struct replay_text text = { .file = fmemopen(copy, strlen(copy), "r") };

    PS_REQUIRE(text.file != NULL);
    CU_ASSERT_TRUE(replay_text_next(&text));
    CU_ASSERT_STRING_EQUAL(text.line, "one\n");
    CU_ASSERT_EQUAL(text.line_count, 4);
    replay_text_bad(&text);
    CU_ASSERT_TRUE(replay_text_next(&text));
    CU_ASSERT_STRING_EQUAL(text.line, "two");
    replay_text_bad(&text);
    CU_ASSERT_FALSE(replay_text_next(&text));
    CU_ASSERT_EQUAL(text.bad_lines, 2);
    CU_ASSERT_EQUAL(text.first_bad_line, 4);
    replay_text_close(&text);
}

static void the_rest_of_a_long_line_is_skipped(void)
{
    char copy[3 * REPLAY_LINE_CHARS];
    struct replay_text text = { 0 };

    snprintf(copy, sizeof(copy), "%0*d\n%0*d\nlast\n", REPLAY_LINE_CHARS - 1, 0, REPLAY_LINE_CHARS,
             0);
    text.file = fmemopen(copy, strlen(copy), "r");
    PS_REQUIRE(text.file != NULL);
    CU_ASSERT_TRUE(replay_text_next(&text) && text.is_whole);
    CU_ASSERT_TRUE(replay_text_next(&text) && !text.is_whole);
    CU_ASSERT_TRUE(replay_text_next(&text) && text.is_whole);
    CU_ASSERT_STRING_EQUAL(text.line, "last\n");
    CU_ASSERT_EQUAL(text.line_count, 3);
    replay_text_close(&text);
}

static void a_file_that_is_not_there_says_so(void)
{
    struct replay_text text;

    CU_ASSERT_EQUAL(replay_text_open(&text, "/nowhere/at/all", NULL), -ENOENT);
    replay_text_close(&text);
}

int main(void)
{
    static const struct ps_test tests[] = {
        PS_TEST(comments_and_empty_lines_count_but_say_nothing),
        PS_TEST(the_rest_of_a_long_line_is_skipped),
        PS_TEST(a_file_that_is_not_there_says_so),
    };

    return ps_test_run("tools/replay/text", tests, PS_ARRAY_LEN(tests));
}
