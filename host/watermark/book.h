/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * host/watermark/book.h - the code book: a text file that says which viewer has which bits.
 *
 *     prestage-codes 1
 *     colluders 4
 *     first 0
 *     segments 200
 *     viewers 1000000
 *     biases 3617c9e8...            4 hexadecimal digits a segment, in 1/65536
 *     1 9f03a6...                   a viewer's id and bits, 1 for variant A
 *     2 07b1ee...
 *
 * The first segment's bit is the highest of the first digit; a last digit is filled with zeros. Ids
 * are 1 to PS_BOOK_ID_MAX printable characters without blanks. Exactly as many viewers as said
 * follow: the bound of false accusations counts them. A book is secret: who reads it can frame
 * anybody in it.
 *
 * Lines are parsed one at a time and no viewer is kept, so books may be larger than memory.
 *
 * Threads: one at a time per book.
 */
#ifndef PS_HOST_WATERMARK_BOOK_H
#define PS_HOST_WATERMARK_BOOK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "host/watermark/codes.h"

#define PS_BOOK_ID_MAX    63u
#define PS_BOOK_LINE_MAX  (16u + 4u * PS_CODES_SEGMENTS_MAX) /* without its end */
#define PS_BOOK_FIRST_MAX 1000000000u

/* Zero it to begin. */
struct ps_book {
    uint32_t colluders;     /* that the biases were made for */
    uint32_t first_segment; /* bit 0 is this segment's */
    uint32_t segment_count;
    uint32_t viewer_count; /* that are said to follow */
    uint16_t bias[PS_CODES_SEGMENTS_MAX];
    uint32_t lines;   /* parsed so far */
    uint32_t viewers; /* parsed so far */
};

struct ps_book_viewer {
    char id[PS_BOOK_ID_MAX + 1];
    uint8_t bits[PS_CODES_BYTES_MAX];
};

/**
 * Take one line without its end.
 * @return 1 with a viewer in @p ret_viewer, 0 for a line of the head, -EBADMSG with what is wrong
 *         in @p ret_why, a string that stays.
 */
int ps_book_line(struct ps_book *book, const char *line, size_t length,
                 struct ps_book_viewer *ret_viewer, const char **ret_why);

/** Whether all that was announced has come. */
bool ps_book_is_whole(const struct ps_book *book);

/** Bits or biases as the file has them; @p ret_text has room for 2 * size_bytes + 1. */
void ps_book_hex(const uint8_t *bytes, size_t size_bytes, char *ret_text);

#endif
