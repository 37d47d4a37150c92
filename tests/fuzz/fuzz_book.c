/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * tests/fuzz/fuzz_book.c - code books, line by line, as prestage-mark reads them.
 *
 * Input: the text. Each line is read from a copy without a byte to spare, and again from another:
 * the same is said. A line that is refused changes nothing; numbers and ids are within their
 * bounds, bits beyond the last digit are 0, and what a viewer's line says is that line again.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "host/watermark/book.h"
#include "tests/fuzz/fuzz.h"

static struct ps_book book, before;
static struct ps_book_viewer viewer, again;
static char spelled[PS_BOOK_ID_MAX + 2 + 2 * PS_CODES_BYTES_MAX];

static int read_copy(const char *text, size_t length, struct ps_book *into,
                     struct ps_book_viewer *ret_viewer)
{
    char *line = malloc(length > 0 ? length : 1);
    const char *why = NULL;

    FUZZ_REQUIRE(line != NULL);
    memcpy(line, text, length);
    const int rc = ps_book_line(into, line, length, ret_viewer, &why);
    free(line);
    FUZZ_REQUIRE(rc == 0 || rc == 1 || rc == -EBADMSG);
    FUZZ_REQUIRE((why != NULL) == (rc < 0));
    return rc + fuzz_breaks * 2;
}

static void check_viewer(const char *line, size_t length)
{
    const size_t id_length = strlen(viewer.id);
    const size_t digits = (book.segment_count + 3) / 4;

    FUZZ_REQUIRE(id_length >= 1 && id_length <= PS_BOOK_ID_MAX);
    FUZZ_REQUIRE(length == id_length + 1 + digits);
    memcpy(spelled, viewer.id, id_length);
    spelled[id_length] = ' ';
    ps_book_hex(viewer.bits, PS_CODES_BYTES(book.segment_count), spelled + id_length + 1);
    FUZZ_REQUIRE(memcmp(spelled, line, length) == 0);
    for (size_t i = PS_CODES_BYTES(book.segment_count); i < PS_CODES_BYTES_MAX; i++)
        FUZZ_REQUIRE(viewer.bits[i] == 0);
}

static void check_head(void)
{
    FUZZ_REQUIRE(book.colluders <= PS_CODES_COLLUDERS_MAX);
    FUZZ_REQUIRE(book.first_segment <= PS_BOOK_FIRST_MAX);
    FUZZ_REQUIRE(book.segment_count <= PS_CODES_SEGMENTS_MAX);
    FUZZ_REQUIRE(book.viewer_count <= PS_CODES_VIEWERS_MAX);
    FUZZ_REQUIRE(book.viewers <= book.viewer_count);
}

static void read_line(const char *line, size_t length)
{
    int rc;

    before = book;
    rc = read_copy(line, length, &before, &again);
    FUZZ_REQUIRE(rc <= 1);
    if (rc < 0)
        FUZZ_REQUIRE(before.lines == book.lines && before.viewers == book.viewers);
    FUZZ_REQUIRE(read_copy(line, length, &book, &viewer) == rc);
    check_head();
    if (rc == 1) {
        FUZZ_REQUIRE(memcmp(&viewer, &again, sizeof(viewer)) == 0);
        check_viewer(line, length);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const char *at = (const char *)data;
    size_t left = size;

    memset(&book, 0, sizeof(book));
    do { /* an empty text is a line, too */
        const char *end = left == 0 ? NULL : memchr(at, '\n', left);
        const size_t length = end == NULL ? left : (size_t)(end - at);

        read_line(left == 0 ? "" : at, length);
        at += length + (end != NULL);
        left -= length + (end != NULL);
    } while (left > 0);
    return 0;
}
