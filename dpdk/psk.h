/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * dpdk/psk.h - the key that prestage-nic and prestaged share for the demand stream over TCP.
 *
 * A file with one line `identity:hexkey`; the identity says which prestage-nic it is. A file of
 * another user than root and ourselves, or that others than its owner and group can reach, is
 * refused: it would be no secret.
 *
 * Threads: before others start.
 */
#ifndef PS_DPDK_PSK_H
#define PS_DPDK_PSK_H

#include <stdint.h>

#include "dpdk/log.h"

#define NIC_PSK_IDENTITY_BYTES_MAX 64u
#define NIC_PSK_KEY_BYTES_MIN      16u
#define NIC_PSK_KEY_BYTES_MAX      64u

struct nic_psk {
    char identity[NIC_PSK_IDENTITY_BYTES_MAX + 1];
    uint8_t key[NIC_PSK_KEY_BYTES_MAX];
    uint32_t key_bytes;
};

/** @return 0, -EINVAL (not such a line), -EACCES (too open, or not ours to read), -ENOENT or -EIO;
 * @p ret_problem says what is wrong, never what the key is. */
int nic_psk_read(const char *path, struct nic_psk *ret_psk, struct nic_problem *ret_problem);

/** Forget the key. */
void nic_psk_clear(struct nic_psk *psk);

#endif
