/* SPDX-License-Identifier: BSD-3-Clause */
/* host/token/base64.c - base64 of RFC 4648, of which each string of bytes has one spelling. */
#include <string.h>

#include "host/token/token_priv.h"

static int value_of(char c, const char *last_two)
{
    if (c >= 'A' && c <= 'Z')
        return c - 'A';
    if (c >= 'a' && c <= 'z')
        return c - 'a' + 26;
    if (c >= '0' && c <= '9')
        return c - '0' + 52;
    if (c == last_two[0])
        return 62;
    return c == last_two[1] ? 63 : -1;
}

int ps_token_decode(const char *text, size_t length, const char *last_two, uint8_t *ret_bytes,
                    size_t room_bytes)
{
    uint32_t bits = 0, bit_count = 0;
    size_t have = 0;

    if (length % 4 == 1 || length / 4 * 3 + length % 4 > room_bytes + 2)
        return -1;
    for (size_t i = 0; i < length; i++) {
        const int value = value_of(text[i], last_two);

        if (value < 0)
            return -1;
        bits = bits << 6 | (uint32_t)value;
        bit_count += 6;
        if (bit_count < 8)
            continue;
        bit_count -= 8;
        if (have == room_bytes)
            return -1;
        ret_bytes[have++] = (uint8_t)(bits >> bit_count);
        bits &= (1u << bit_count) - 1;
    }
    return bits == 0 ? (int)have : -1;
}

void ps_token_encode(const uint8_t *bytes, size_t size_bytes, char *ret_text)
{
    static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    uint32_t bits = 0, bit_count = 0;

    for (size_t i = 0; i < size_bytes; i++) {
        bits = bits << 8 | bytes[i];
        for (bit_count += 8; bit_count >= 6; bit_count -= 6)
            *ret_text++ = digits[bits >> (bit_count - 6) & 63];
    }
    if (bit_count > 0)
        *ret_text++ = digits[bits << (6 - bit_count) & 63];
    *ret_text = '\0';
}
