/* SPDX-License-Identifier: BSD-3-Clause */
/* host/messaging/web_base64.c - bytes as text (RFC 4648, section 4), for JSON. */
#include <errno.h>
#include <stdlib.h>

#include "host/base/mem.h"
#include "host/messaging/web_priv.h"

static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

char *ps_web_base64(const void *data, size_t size_bytes)
{
    const uint8_t *from = data;
    char *text = ps_zalloc((size_bytes + 2) / 3 * 4 + 1, 1);
    char *to = text;

    if (text == NULL)
        return NULL;
    for (size_t at = 0; at < size_bytes; at += 3) {
        const size_t left = size_bytes - at;
        const uint32_t three = (uint32_t)from[at] << 16 |
                               (left > 1 ? (uint32_t)from[at + 1] << 8 : 0) |
                               (left > 2 ? from[at + 2] : 0u);

        *to++ = digits[three >> 18];
        *to++ = digits[three >> 12 & 63];
        *to++ = left > 1 ? digits[three >> 6 & 63] : '=';
        *to++ = left > 2 ? digits[three & 63] : '=';
    }
    return text;
}

static int value_of(char c)
{
    if (c >= 'A' && c <= 'Z')
        return c - 'A';
    if (c >= 'a' && c <= 'z')
        return c - 'a' + 26;
    if (c >= '0' && c <= '9')
        return c - '0' + 52;
    return c == '+' ? 62 : c == '/' ? 63 : -1;
}

/* Four characters, of which @p count are digits. @return their bits, -1: they are not. */
static int32_t four(const char *text, unsigned count)
{
    int32_t bits = 0;

    for (unsigned i = 0; i < 4; i++) {
        const int value = i < count ? value_of(text[i]) : 0;

        if (value < 0)
            return -1;
        bits = bits << 6 | value;
    }
    return bits;
}

/* One text for each sequence of bytes: padded, and no bits set that belong to none. */
int ps_web_base64_read(const char *text, size_t length, void **ret_data, size_t *ret_size_bytes)
{
    size_t used = 0;

    if (length % 4 != 0)
        return -EBADMSG;
    const unsigned padding = length == 0 || text[length - 1] != '=' ? 0
                             : text[length - 2] != '='              ? 1
                                                                    : 2;
    uint8_t *data = ps_zalloc(length / 4 * 3 + 1, 1);
    if (data == NULL)
        return -ENOMEM;
    for (size_t at = 0; at < length; at += 4) {
        const unsigned count = at + 4 == length ? 4 - padding : 4;
        const int32_t bits = four(text + at, count);

        if (bits < 0 || (count < 4 && (bits & ((1 << (8 * (4 - count))) - 1)) != 0)) {
            free(data);
            return -EBADMSG;
        }
        for (unsigned i = 0; i + 1 < count; i++)
            data[used++] = (uint8_t)(bits >> (16 - 8 * i));
    }
    *ret_data = data;
    *ret_size_bytes = used;
    return 0;
}
