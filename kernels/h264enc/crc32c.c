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
        for (int row = 1; row < 8; row++) {
            const uint32_t before = crc->table[row - 1][i];

            crc->table[row][i] = (before >> 8) ^ crc->table[0][before & 255];
        }
    }
}

static uint32_t eight_bytes(const struct psk_crc32c *crc, uint32_t value, const uint8_t *bytes)
{
    const uint32_t low = value ^ ((uint32_t)bytes[0] | (uint32_t)bytes[1] << 8 |
                                  (uint32_t)bytes[2] << 16 | (uint32_t)bytes[3] << 24);

    return crc->table[7][low & 255] ^ crc->table[6][low >> 8 & 255] ^
           crc->table[5][low >> 16 & 255] ^ crc->table[4][low >> 24] ^ crc->table[3][bytes[4]] ^
           crc->table[2][bytes[5]] ^ crc->table[1][bytes[6]] ^ crc->table[0][bytes[7]];
}

uint32_t psk_crc32c(const struct psk_crc32c *crc, uint32_t start, const uint8_t *bytes,
                    uint32_t count)
{
    uint32_t value = ~start;
    uint32_t i = 0;

    for (; count - i >= 8; i += 8) {
#pragma HLS PIPELINE II = 1
        value = eight_bytes(crc, value, bytes + i);
    }
    for (; i < count; i++) {
#pragma HLS LOOP_TRIPCOUNT min = 0 max = 7
        value = (value >> 8) ^ crc->table[0][(value ^ bytes[i]) & 255];
    }
    return ~value;
}
