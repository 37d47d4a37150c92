/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * dpdk/address.h - IPv4 and IPv6 addresses in one shape, and the texts that name them.
 *
 * An IPv4 address is kept as its IPv4-mapped IPv6 form (RFC 4291, 2.5.5.2), so that filters and
 * prefix tables have one code path. What is met for every frame is inline. Threads: any; no state.
 */
#ifndef PS_DPDK_ADDRESS_H
#define PS_DPDK_ADDRESS_H

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#define NIC_ADDRESS_BYTES 16u
#define NIC_ADDRESS_BITS  128u
#define NIC_V4_PREFIX     96u /* bits before the IPv4 address in the mapped form */

_Static_assert(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__, "words below are read as they lie");

struct nic_address {
    union {
        uint8_t bytes[NIC_ADDRESS_BYTES]; /* network order */
        uint64_t words[2];                /* the same, to be compared and hashed */
    };
};

/* A server to watch. The all-zero address of a family stands for every address of it. */
struct nic_endpoint {
    struct nic_address address;
    uint16_t port;
    bool any; /* the address was 0.0.0.0 or :: */
};

#define NIC_V4_WORD 0xffff0000u /* what stands before the IPv4 address in the second word */

/** The mapped form of the four bytes at @p v4 (network order). */
static inline struct nic_address nic_address_from_v4(const uint8_t *v4)
{
    uint32_t word;

    memcpy(&word, v4, sizeof(word));
    return (struct nic_address){ .words = { 0, (uint64_t)word << 32 | NIC_V4_WORD } };
}

static inline bool nic_address_is_v4(const struct nic_address *address)
{
    return address->words[0] == 0 && (uint32_t)address->words[1] == NIC_V4_WORD;
}

/** Parse `10.0.0.1` or `fd00::1`. @return 0 or -EINVAL. */
int nic_address_parse(const char *text, struct nic_address *ret_address);

/** Parse `10.0.0.1:80` or `[fd00::1]:80`; port 1..65535. @return 0 or -EINVAL. */
int nic_endpoint_parse(const char *text, struct nic_endpoint *ret_endpoint);

/** Whether a packet to @p address and @p port goes to this server. */
static inline bool nic_endpoint_matches(const struct nic_endpoint *endpoint,
                                        const struct nic_address *address, uint16_t port)
{
    if (endpoint->port != port)
        return false;
    if (endpoint->any)
        return nic_address_is_v4(&endpoint->address) == nic_address_is_v4(address);
    return endpoint->address.words[0] == address->words[0] &&
           endpoint->address.words[1] == address->words[1];
}

#endif
