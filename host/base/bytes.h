/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * host/base/bytes.h - records of edges among themselves: little endian, of fixed widths, that
 * begin with their version.
 *
 * A reader that comes to the end says so once, at its end: ok is false then, and what was read 0.
 * Threads: any.
 */
#ifndef PS_HOST_BASE_BYTES_H
#define PS_HOST_BASE_BYTES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

struct ps_bytes { /* to write to */
    uint8_t *at, *end;
    bool ok;
};

struct ps_reader {
    const uint8_t *at, *end;
    bool ok;
};

static inline struct ps_bytes ps_bytes_of(void *data, size_t size_bytes)
{
    return (struct ps_bytes){ .at = data, .end = (uint8_t *)data + size_bytes, .ok = true };
}

static inline struct ps_reader ps_reader_of(const void *data, size_t size_bytes)
{
    return (struct ps_reader){ .at = data,
                               .end = data == NULL ? NULL : (const uint8_t *)data + size_bytes,
                               .ok = true };
}

static inline void ps_bytes_put(struct ps_bytes *b, uint64_t value, unsigned width)
{
    if (!b->ok || (size_t)(b->end - b->at) < width) {
        b->ok = false;
        return;
    }
    for (unsigned i = 0; i < width; i++)
        *b->at++ = (uint8_t)(value >> (8 * i));
}

static inline uint64_t ps_reader_get(struct ps_reader *b, unsigned width)
{
    uint64_t value = 0;

    if (!b->ok || (size_t)(b->end - b->at) < width) {
        b->ok = false;
        return 0;
    }
    for (unsigned i = 0; i < width; i++)
        value |= (uint64_t)*b->at++ << (8 * i);
    return value;
}

/* One byte of length, then the text. */
static inline void ps_bytes_put_text(struct ps_bytes *b, const char *text)
{
    const size_t length = strlen(text);

    ps_bytes_put(b, length, 1);
    if (!b->ok || length > 255 || (size_t)(b->end - b->at) < length) {
        b->ok = false;
        return;
    }
    memcpy(b->at, text, length);
    b->at += length;
}

static inline void ps_reader_get_text(struct ps_reader *b, char *ret_text, size_t size_bytes)
{
    const size_t length = (size_t)ps_reader_get(b, 1);

    ret_text[0] = '\0';
    if (!b->ok || length >= size_bytes || (size_t)(b->end - b->at) < length) {
        b->ok = false;
        return;
    }
    memcpy(ret_text, b->at, length);
    ret_text[length] = '\0';
    b->at += length;
}

#endif
