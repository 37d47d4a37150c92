/* SPDX-License-Identifier: BSD-3-Clause */
#include "kernels/h264enc/crc32c_priv.h"

#define POLYNOMIAL 0x82f63b78u /* 0x1edc6f41, bits reversed */

void psk_crc32c_init(struct psk_crc32c *crc)
{
    for (uint32_t i = 0; i < 256; i++) {
        uint32_t value = i;

        for (int bit = 0; bit < 8; bit++)
            value = (value >> 1) ^ ((value & 1) != 0 ? POLYNOMIAL : 0);
        crc->table[0][i] = value;
    }
    for (uint32_t i = 0; i < 256; i++) {
        for (int row = 1; row < PSK_CRC32C_BYTES; row++) {
            const uint32_t before = crc->table[row - 1][i];

            crc->table[row][i] = (before >> 8) ^ crc->table[0][before & 255];
        }
    }
}

/*
 * The farther a byte is from the end, the more zeros its table puts behind it. Only the first four
 * wait for the value so far, so they come last.
 */
static uint32_t many_bytes(const struct psk_crc32c *crc, uint32_t value, const uint8_t *bytes)
{
    uint32_t rest = 0;

    for (int i = 4; i < PSK_CRC32C_BYTES; i++) {
#pragma HLS UNROLL
        rest ^= crc->table[PSK_CRC32C_BYTES - 1 - i][bytes[i]];
    }
    for (int i = 0; i < 4; i++) {
#pragma HLS UNROLL
        rest ^= crc->table[PSK_CRC32C_BYTES - 1 - i][bytes[i] ^ (value >> (8 * i) & 255)];
    }
    return rest;
}

uint32_t psk_crc32c(const struct psk_crc32c *crc, uint32_t start, const uint8_t *bytes,
                    uint32_t count)
{
    uint32_t value = ~start;
    uint32_t i = 0;

    for (; count - i >= PSK_CRC32C_BYTES; i += PSK_CRC32C_BYTES) {
#pragma HLS PIPELINE II = 1
        value = many_bytes(crc, value, bytes + i);
    }
    for (; i < count; i++) {
#pragma HLS LOOP_TRIPCOUNT min = 0 max = 7
        value = (value >> 8) ^ crc->table[0][(value ^ bytes[i]) & 255];
    }
    return ~value;
}
