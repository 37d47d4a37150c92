/* SPDX-License-Identifier: BSD-3-Clause */
/* tests/unit/host/watermark/test_book.c - good books are read, bad lines named, limits kept. */
#include "host/watermark/book.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "host/base/mem.h"
#include "tests/support/ps_test.h"

static struct ps_book book;
static struct ps_book_viewer viewer;

static const char *const head[] = { "prestage-codes 1", "colluders 4",
                                    "first 3",          "segments 6",
                                    "viewers 2",        "biases 800040000001ffff36188000" };

static int take(const char *line)
{
    const char *why = NULL;
    const int rc = ps_book_line(&book, line, strlen(line), &viewer, &why);

    CU_ASSERT_EQUAL(why != NULL, rc < 0);
    return rc;
}

static void begin(size_t lines)
{
    memset(&book, 0, sizeof(book));
    for (size_t i = 0; i < lines; i++)
        PS_REQUIRE(take(head[i]) == 0);
}

static void a_book_is_read_line_by_line(void)
{
    begin(PS_ARRAY_LEN(head));
    CU_ASSERT_EQUAL(book.colluders, 4);
    CU_ASSERT_EQUAL(book.first_segment, 3);
    CU_ASSERT_EQUAL(book.segment_count, 6);
    CU_ASSERT_EQUAL(book.viewer_count, 2);
    CU_ASSERT_EQUAL(book.bias[0], 0x8000);
    CU_ASSERT_EQUAL(book.bias[2], 1);
    CU_ASSERT_EQUAL(book.bias[4], 0x3618);
    CU_ASSERT_FALSE(ps_book_is_whole(&book));
    CU_ASSERT_EQUAL(take("alice@example.org b4"), 1);
    CU_ASSERT_STRING_EQUAL(viewer.id, "alice@example.org");
    CU_ASSERT_EQUAL(viewer.bits[0], 0xb4);
    CU_ASSERT_EQUAL(take("7 00"), 1);
    CU_ASSERT_TRUE(ps_book_is_whole(&book));
    CU_ASSERT_EQUAL(take("8 00"), -EBADMSG);
}

static void bad_lines_are_refused_and_named(void)
{
    static const struct {
        size_t after; /* this many good lines of the head */
        const char *line;
    } cases[] = {
        { 0, "" },
        { 0, "prestage-codes 2" },
        { 0, "prestage-codes 11" },
        { 1, "first 3" },
        { 1, "colluders 0" },
        { 1, "colluders 33" },
        { 1, "colluders 4 " },
        { 1, "colluders -4" },
        { 2, "first 1000000001" },
        { 2, "first 99999999999999999999" },
        { 3, "segments 0" },
        { 3, "segments 16385" },
        { 4, "viewers 0" },
        { 4, "viewers 100000001" },
        { 5, "biases 800040000001ffff3618" },
        { 5, "biases 800040000001ffff361880008000" },
        { 5, "biases 800040000000ffff36188000" },
        { 5, "biases 80004000000gffff36188000" },
        { 6, "" },
        { 6, "alice" },
        { 6, " b4" },
        { 6, "alice b" },
        { 6, "alice b45" },
        { 6, "alice b4 " },
        { 6, "alice B4" },
        { 6, "al\tice b4" },
        { 6, "1234567890123456789012345678901234567890123456789012345678901234 b4" },
    };

    for (size_t i = 0; i < PS_ARRAY_LEN(cases); i++) {
        begin(cases[i].after);
        const uint32_t lines = book.lines;

        CU_ASSERT_EQUAL(take(cases[i].line), -EBADMSG);
        CU_ASSERT_EQUAL(book.lines, lines);
        CU_ASSERT_FALSE(ps_book_is_whole(&book));
    }
}

static void the_largest_book_is_read(void)
{
    char *line = malloc(PS_BOOK_LINE_MAX + 2);
    size_t length;

    PS_REQUIRE(line != NULL);
    begin(3);
    PS_REQUIRE(take("segments 16384") == 0 && take("viewers 100000000") == 0);
    length = (size_t)sprintf(line, "biases ");
    memset(line + length, '7', 4 * PS_CODES_SEGMENTS_MAX);
    line[length + 4 * PS_CODES_SEGMENTS_MAX] = '\0';
    CU_ASSERT_EQUAL(take(line), 0);
    length = (size_t)sprintf(line, "v ");
    memset(line + length, 'f', PS_CODES_SEGMENTS_MAX / 4);
    line[length + PS_CODES_SEGMENTS_MAX / 4] = '\0';
    CU_ASSERT_EQUAL(take(line), 1);
    CU_ASSERT_EQUAL(viewer.bits[PS_CODES_BYTES_MAX - 1], 0xff);
    memset(line, '7', PS_BOOK_LINE_MAX + 1);
    line[PS_BOOK_LINE_MAX + 1] = '\0';
    CU_ASSERT_EQUAL(take(line), -EBADMSG);
    free(line);
}

static void what_is_written_is_read(void)
{
    static struct ps_codes codes;
    uint8_t bits[PS_CODES_BYTES(21)];
    char text[2 * sizeof(bits) + 1], line[128];

    begin(3);
    PS_REQUIRE(take("segments 21") == 0 && take("viewers 1") == 0);
    PS_REQUIRE(ps_codes_draw(&codes, 3, 4, 21) == 0);
    memcpy(line, "biases ", 7);
    memset(line + 7, '8', 4 * 21);
    line[7 + 4 * 21] = '\0';
    PS_REQUIRE(take(line) == 0);
    ps_codes_word(&codes, 9, bits);
    ps_book_hex(bits, sizeof(bits), text);
    snprintf(line, sizeof(line), "9 %.*s", 6, text);
    PS_REQUIRE(take(line) == 1);
    CU_ASSERT_EQUAL(memcmp(viewer.bits, bits, sizeof(bits)), 0);
}

int main(void)
{
    static const struct ps_test tests[] = {
        PS_TEST(a_book_is_read_line_by_line),
        PS_TEST(bad_lines_are_refused_and_named),
        PS_TEST(the_largest_book_is_read),
        PS_TEST(what_is_written_is_read),
    };

    return ps_test_run("host/watermark/book", tests, PS_ARRAY_LEN(tests));
}
