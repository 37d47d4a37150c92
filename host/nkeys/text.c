/* SPDX-License-Identifier: BSD-3-Clause */
/* host/nkeys/text.c - see nkeys_priv.h. */
#include <string.h>

#include "host/nkeys/nkeys_priv.h"

static const char alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";

void ps_nkey_base32(const uint8_t *bytes, size_t size_bytes, char *ret_text)
{
    uint32_t bits = 0, bit_count = 0;

    for (size_t i = 0; i < size_bytes; i++) {
        bits = bits << 8 | bytes[i];
        for (bit_count += 8; bit_count >= 5; bit_count -= 5)
            *ret_text++ = alphabet[bits >> (bit_count - 5) & 31];
    }
    if (bit_count > 0)
        *ret_text++ = alphabet[bits << (5 - bit_count) & 31];
    *ret_text = '\0';
}

int ps_nkey_from_base32(const char *text, size_t length, uint8_t *ret_bytes, size_t room_bytes)
{
    uint32_t bits = 0, bit_count = 0;
    size_t have = 0;

    for (size_t i = 0; i < length; i++) {
        const char *at = text[i] == '\0' ? NULL : strchr(alphabet, text[i]);

        if (at == NULL)
            return -1;
        bits = bits << 5 | (uint32_t)(at - alphabet);
        bit_count += 5;
        if (bit_count < 8)
            continue;
        if (have == room_bytes)
            return -1;
        bit_count -= 8;
        ret_bytes[have++] = (uint8_t)(bits >> bit_count);
    }
    /* What is left over is less than a byte, and 0 as written: one spelling for each key. */
    return (bits & ((1u << bit_count) - 1)) == 0 ? (int)have : -1;
}

uint16_t ps_nkey_crc16(const uint8_t *bytes, size_t size_bytes)
{
    uint32_t crc = 0;

    for (size_t i = 0; i < size_bytes; i++) {
        crc ^= (uint32_t)bytes[i] << 8;
        for (unsigned bit = 0; bit < 8; bit++)
            crc = (crc & 0x8000u) != 0 ? crc << 1 ^ 0x1021u : crc << 1;
    }
    return (uint16_t)crc;
}
