/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * kernels/h264enc/crc32c_priv.h - crc32c (Castagnoli) for state, bits and reconstruction.
 *
 * The kernel computes it where the bytes are made, so that host and card need not trust the way
 * between them. Sixteen bytes at a time with tables: one table row is one block RAM.
 */
#ifndef PS_KERNELS_H264ENC_CRC32C_PRIV_H
#define PS_KERNELS_H264ENC_CRC32C_PRIV_H

#include <stdint.h>

#define PSK_CRC32C_BYTES 16 /* at a time */

struct psk_crc32c {
    uint32_t table[PSK_CRC32C_BYTES][256];
};

void psk_crc32c_init(struct psk_crc32c *crc);

/** Pass 0 or an earlier result as @p start to go on. */
uint32_t psk_crc32c(const struct psk_crc32c *crc, uint32_t start, const uint8_t *bytes,
                    uint32_t count);

#endif
