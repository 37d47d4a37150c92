/* SPDX-License-Identifier: BSD-3-Clause */
/* host/config/region.c - which region an address is in. IPv4 counts as ::ffff:a.b.c.d. */
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>

#include "host/config/keys_priv.h"

#define V4_BITS_BEFORE 96u

static const uint8_t v4_mapped[12] = { 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff };

static bool begins_with(const uint8_t address[16], const uint8_t prefix[16], uint32_t bits)
{
    const uint32_t whole = bits / 8;

    if (memcmp(address, prefix, whole) != 0)
        return false;
    const uint8_t mask = (uint8_t)(0xff00u >> (bits % 8));
    return bits % 8 == 0 || ((address[whole] ^ prefix[whole]) & mask) == 0;
}

/* 0..@p max in plain digits. */
static bool parse_bits(const char *text, uint32_t max, uint32_t *ret_bits)
{
    const size_t length = strspn(text, "0123456789");

    if (length == 0 || length > 3 || text[length] != '\0')
        return false;
    *ret_bits = (uint32_t)strtoul(text, NULL, 10);
    return *ret_bits <= max;
}

int ps_config_parse_prefix(struct ps_config_region *region, const char *text)
{
    struct ps_config_region parsed = *region;
    char address[INET6_ADDRSTRLEN];
    const char *slash = strchr(text, '/');
    uint8_t rest[16] = { 0 };

    if (slash == NULL || (size_t)(slash - text) >= sizeof(address))
        return -EINVAL;
    memcpy(address, text, (size_t)(slash - text));
    address[slash - text] = '\0';
    memcpy(parsed.prefix, v4_mapped, sizeof(v4_mapped));
    if (inet_pton(AF_INET, address, parsed.prefix + sizeof(v4_mapped)) == 1) {
        if (!parse_bits(slash + 1, 32, &parsed.prefix_bits))
            return -EINVAL;
        parsed.prefix_bits += V4_BITS_BEFORE;
    } else if (inet_pton(AF_INET6, address, parsed.prefix) != 1 ||
               !parse_bits(slash + 1, 128, &parsed.prefix_bits)) {
        return -EINVAL;
    }
    for (uint32_t bit = parsed.prefix_bits; bit < 128; bit++)
        rest[bit / 8] |= (uint8_t)(parsed.prefix[bit / 8] & (0x80u >> (bit % 8)));
    if (memcmp(rest, (const uint8_t[16]){ 0 }, sizeof(rest)) != 0)
        return -EINVAL; /* 10.77.1.5/24: a host or a typing error, no prefix */
    *region = parsed;
    return 0;
}

uint16_t ps_config_region_of(const struct ps_config *config, const struct sockaddr *address)
{
    const struct ps_config_region *best = NULL;
    struct sockaddr_in6 v6;
    struct sockaddr_in v4;
    uint8_t bytes[16];

    if (address->sa_family == AF_INET) {
        memcpy(&v4, address, sizeof(v4));
        memcpy(bytes, v4_mapped, sizeof(v4_mapped));
        memcpy(bytes + sizeof(v4_mapped), &v4.sin_addr, 4);
    } else if (address->sa_family == AF_INET6) {
        memcpy(&v6, address, sizeof(v6));
        memcpy(bytes, &v6.sin6_addr, sizeof(bytes));
    } else {
        return 0;
    }
    for (uint32_t i = 0; i < config->region_count; i++) {
        const struct ps_config_region *region = &config->regions[i];
        if ((best == NULL || region->prefix_bits > best->prefix_bits) &&
            begins_with(bytes, region->prefix, region->prefix_bits))
            best = region;
    }
    return best == NULL ? 0 : (uint16_t)best->region;
}
