/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * host/nkeys/nkeys_priv.h - how keys are written.
 *
 * Threads: any; no state.
 */
#ifndef PS_HOST_NKEYS_NKEYS_PRIV_H
#define PS_HOST_NKEYS_NKEYS_PRIV_H

#include <stddef.h>
#include <stdint.h>

/** RFC 4648 without padding; room for ceil(8 * size_bytes / 5) + 1. */
void ps_nkey_base32(const uint8_t *bytes, size_t size_bytes, char *ret_text);
/** @return bytes, or -1: not base32, or more than @p room_bytes. */
int ps_nkey_from_base32(const char *text, size_t length, uint8_t *ret_bytes, size_t room_bytes);
/** CRC-16 of XMODEM. */
uint16_t ps_nkey_crc16(const uint8_t *bytes, size_t size_bytes);

#endif
