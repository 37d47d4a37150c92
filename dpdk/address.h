/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * dpdk/address.h - IPv4 and IPv6 addresses in one shape, and the texts that name them.
 *
 * An IPv4 address is kept as its IPv4-mapped IPv6 form (RFC 4291, 2.5.5.2), so that filters and
 * prefix tables have one code path. Threads: any; no state.
 */
#ifndef PS_DPDK_ADDRESS_H
#define PS_DPDK_ADDRESS_H

#include <stdbool.h>
#include <stdint.h>

#define NIC_ADDRESS_BYTES 16u
#define NIC_ADDRESS_BITS  128u
#define NIC_V4_PREFIX     96u /* bits before the IPv4 address in the mapped form */

struct nic_address {
    uint8_t bytes[NIC_ADDRESS_BYTES]; /* network order */
};

/* A server to watch. The all-zero address of a family stands for every address of it. */
struct nic_endpoint {
    struct nic_address address;
    uint16_t port;
    bool any; /* the address was 0.0.0.0 or :: */
};

/** The mapped form of the four bytes at @p v4 (network order). */
struct nic_address nic_address_from_v4(const uint8_t *v4);

bool nic_address_is_v4(const struct nic_address *address);

/** Parse `10.0.0.1` or `fd00::1`. @return 0 or -EINVAL. */
int nic_address_parse(const char *text, struct nic_address *ret_address);

/** Parse `10.0.0.1:80` or `[fd00::1]:80`; port 1..65535. @return 0 or -EINVAL. */
int nic_endpoint_parse(const char *text, struct nic_endpoint *ret_endpoint);

/** Whether a packet to @p address and @p port goes to this server. */
bool nic_endpoint_matches(const struct nic_endpoint *endpoint, const struct nic_address *address,
                          uint16_t port);

#endif
