/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * host/base/prefix.h - addresses, their prefixes, and the longest of many that holds one.
 *
 * IPv4 counts as ::ffff:a.b.c.d, so one table serves both families. The table is sorted once; each
 * prefix knows the next shorter one around it, so a look-up is a binary search and a walk outwards:
 * at most as many steps as prefixes are nested. 28 bytes a prefix.
 *
 * Threads: one at a time while a table is filled; any once it is ready.
 */
#ifndef PS_HOST_BASE_PREFIX_H
#define PS_HOST_BASE_PREFIX_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>

#define PS_ADDRESS_BYTES 16u
#define PS_PREFIX_BITS   128u
#define PS_PREFIXES_MAX  4000000u /* in one table */

struct ps_prefix {
    uint8_t bytes[PS_ADDRESS_BYTES]; /* those beyond `bits` are 0 */
    uint32_t bits;                   /* 0..PS_PREFIX_BITS */
};

/** `a.b.c.d/n` or `x::/n`, with no bits set behind it. @return 0 or -EINVAL. */
int ps_prefix_parse(struct ps_prefix *ret_prefix, const char *text);

/** Numeric IPv4 or IPv6. @return 0 or -EINVAL. */
int ps_address_parse(uint8_t ret_bytes[static PS_ADDRESS_BYTES], const char *text);
/** @return 0 or -EAFNOSUPPORT (neither IPv4 nor IPv6). */
int ps_address_of(uint8_t ret_bytes[static PS_ADDRESS_BYTES], const struct sockaddr *address);

/* Zeroed is an empty table, ready. */
struct ps_prefixes {
    struct ps_prefixes_entry *entries;
    uint32_t count, capacity;
};

/** @return 0, -ENOSPC (PS_PREFIXES_MAX) or -ENOMEM. */
int ps_prefixes_add(struct ps_prefixes *prefixes, const struct ps_prefix *prefix, uint32_t value);
/** After the last add: now it can be asked. Of equal prefixes the first given stays. */
void ps_prefixes_ready(struct ps_prefixes *prefixes);
void ps_prefixes_fini(struct ps_prefixes *prefixes);

/** @return The value of the longest prefix around @p address, or 0. */
uint32_t ps_prefixes_find(const struct ps_prefixes *prefixes,
                          const uint8_t address[static PS_ADDRESS_BYTES]);

#endif
