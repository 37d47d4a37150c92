/* SPDX-License-Identifier: BSD-3-Clause */
#include "host/msg/utf8_priv.h"

#include <stdbool.h>
#include <stdint.h>

static bool within(uint8_t byte, uint8_t first, uint8_t last)
{
    return byte >= first && byte <= last;
}

/* Length by the first byte, and the range of the second: that range is what rules out overlong
 * forms, surrogates and code points beyond the last (RFC 3629, section 4). */
static size_t length_of(uint8_t lead, uint8_t *first, uint8_t *last)
{
    *first = 0x80;
    *last = 0xbf;
    if (lead < 0x80)
        return 1;
    if (within(lead, 0xc2, 0xdf))
        return 2;
    if (within(lead, 0xe0, 0xef)) {
        *first = lead == 0xe0 ? 0xa0 : 0x80;
        *last = lead == 0xed ? 0x9f : 0xbf;
        return 3;
    }
    if (within(lead, 0xf0, 0xf4)) {
        *first = lead == 0xf0 ? 0x90 : 0x80;
        *last = lead == 0xf4 ? 0x8f : 0xbf;
        return 4;
    }
    return 0;
}

size_t ps_utf8_char(const char *text, size_t size_bytes)
{
    const uint8_t *byte = (const uint8_t *)text;
    uint8_t first, last;
    const size_t length = length_of(byte[0], &first, &last);

    if (length == 0 || length > size_bytes)
        return 0;
    for (size_t i = 1; i < length; i++) {
        if (!within(byte[i], first, last))
            return 0;
        first = 0x80;
        last = 0xbf;
    }
    return length;
}

size_t ps_utf8_span(const char *text, size_t size_bytes)
{
    size_t at = 0;

    while (at < size_bytes) {
        const size_t length = ps_utf8_char(text + at, size_bytes - at);
        if (length == 0)
            break;
        at += length;
    }
    return at;
}
