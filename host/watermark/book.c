/* SPDX-License-Identifier: BSD-3-Clause */
#include "host/watermark/book.h"

#include <errno.h>
#include <string.h>

/* The head's lines that hold a number, in order; the first line and the biases are around them. */
enum { LINE_MAGIC, LINE_COLLUDERS, LINE_FIRST, LINE_SEGMENTS, LINE_VIEWERS, LINE_BIASES, HEAD_END };

struct text {
    const char *at;
    size_t length;
};

static int digit_of(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    if (c >= 'a' && c <= 'f')
        return c - 'a' + 10;
    return -1;
}

static bool take_word(struct text *text, const char *word)
{
    const size_t length = strlen(word);

    if (text->length < length || memcmp(text->at, word, length) != 0)
        return false;
    text->at += length;
    text->length -= length;
    return true;
}

/* A whole text of decimal digits. */
static bool take_number(struct text text, uint32_t min, uint32_t max, uint32_t *ret_number)
{
    uint64_t number = 0;

    if (text.length == 0 || text.length > 10)
        return false;
    for (size_t i = 0; i < text.length; i++) {
        if (text.at[i] < '0' || text.at[i] > '9')
            return false;
        number = number * 10 + (uint64_t)(text.at[i] - '0');
    }
    if (number < min || number > max)
        return false;
    *ret_number = (uint32_t)number;
    return true;
}

static const char *parse_number(struct text text, const char *word, uint32_t min, uint32_t max,
                                uint32_t *ret_number)
{
    if (!take_word(&text, word))
        return "a line of the head is missing, or out of order";
    return take_number(text, min, max, ret_number) ? NULL : "a number out of range";
}

static const char *parse_biases(struct ps_book *book, struct text text)
{
    if (!take_word(&text, "biases "))
        return "a line of the head is missing, or out of order";
    if (text.length != 4 * (size_t)book->segment_count)
        return "not 4 digits of bias a segment";
    for (uint32_t i = 0; i < book->segment_count; i++) {
        uint32_t bias = 0;

        for (int k = 0; k < 4; k++) {
            const int digit = digit_of(text.at[4 * i + (uint32_t)k]);

            if (digit < 0)
                return "not a hexadecimal digit";
            bias = bias << 4 | (uint32_t)digit;
        }
        if (bias == 0)
            return "a bias of 0";
        book->bias[i] = (uint16_t)bias;
    }
    return NULL;
}

static const char *parse_head(struct ps_book *book, struct text text)
{
    switch (book->lines) {
    case LINE_MAGIC:
        return take_word(&text, "prestage-codes 1") && text.length == 0
                   ? NULL
                   : "not a code book of version 1";
    case LINE_COLLUDERS:
        return parse_number(text, "colluders ", 1, PS_CODES_COLLUDERS_MAX, &book->colluders);
    case LINE_FIRST:
        return parse_number(text, "first ", 0, PS_BOOK_FIRST_MAX, &book->first_segment);
    case LINE_SEGMENTS:
        return parse_number(text, "segments ", 1, PS_CODES_SEGMENTS_MAX, &book->segment_count);
    case LINE_VIEWERS:
        return parse_number(text, "viewers ", 1, PS_CODES_VIEWERS_MAX, &book->viewer_count);
    default:
        return parse_biases(book, text);
    }
}

static const char *parse_viewer(struct ps_book *book, struct text text,
                                struct ps_book_viewer *viewer)
{
    const char *blank = memchr(text.at, ' ', text.length);
    const size_t id_length = blank != NULL ? (size_t)(blank - text.at) : 0;
    const size_t digits = (book->segment_count + 3) / 4;

    if (book->viewers >= book->viewer_count)
        return "more viewers than announced";
    if (id_length < 1 || id_length > PS_BOOK_ID_MAX)
        return "no id of 1 to 63 characters and bits after it";
    for (size_t i = 0; i < id_length; i++)
        if (text.at[i] <= ' ' || text.at[i] > '~')
            return "an id with a character that is not printable";
    if (text.length - id_length - 1 != digits)
        return "not as many bits as segments";
    memset(viewer, 0, sizeof(*viewer));
    memcpy(viewer->id, text.at, id_length);
    for (size_t i = 0; i < digits; i++) {
        const int digit = digit_of(text.at[id_length + 1 + i]);

        if (digit < 0)
            return "not a hexadecimal digit";
        viewer->bits[i / 2] |= (uint8_t)(i % 2 == 0 ? digit << 4 : digit);
    }
    return NULL;
}

int ps_book_line(struct ps_book *book, const char *line, size_t length,
                 struct ps_book_viewer *ret_viewer, const char **ret_why)
{
    const struct text text = { line, length };
    const bool is_head = book->lines < HEAD_END;
    const char *why = length > PS_BOOK_LINE_MAX ? "a line too long"
                      : is_head                 ? parse_head(book, text)
                                                : parse_viewer(book, text, ret_viewer);

    if (why != NULL) {
        *ret_why = why;
        return -EBADMSG;
    }
    if (is_head)
        book->lines++;
    else
        book->viewers++;
    return !is_head;
}

bool ps_book_is_whole(const struct ps_book *book)
{
    return book->lines == HEAD_END && book->viewers == book->viewer_count;
}

void ps_book_hex(const uint8_t *bytes, size_t size_bytes, char *ret_text)
{
    static const char digits[] = "0123456789abcdef";

    for (size_t i = 0; i < size_bytes; i++) {
        ret_text[2 * i] = digits[bytes[i] >> 4];
        ret_text[2 * i + 1] = digits[bytes[i] & 15];
    }
    ret_text[2 * size_bytes] = '\0';
}
