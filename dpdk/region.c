/* SPDX-License-Identifier: BSD-3-Clause */
#include "dpdk/region.h"

#include <errno.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>

#include "dpdk/number.h"

/* Whether the first @p bits of both are the same. */
static bool share_bits(const struct nic_address *a, const struct nic_address *b, uint32_t bits)
{
    const uint32_t whole = bits / 8;
    const uint8_t mask = (uint8_t)(0xff00u >> (bits % 8));

    if (memcmp(a->bytes, b->bytes, whole) != 0)
        return false;
    return bits % 8 == 0 || ((a->bytes[whole] ^ b->bytes[whole]) & mask) == 0;
}

static bool has_host_bits(const struct nic_address *address, uint32_t bits)
{
    for (uint32_t bit = bits; bit < NIC_ADDRESS_BITS; bit++)
        if ((address->bytes[bit / 8] & (0x80u >> (bit % 8))) != 0)
            return true;
    return false;
}

static bool is_listed(const struct nic_regions *regions, const struct nic_region_prefix *prefix)
{
    for (uint32_t i = 0; i < regions->count; i++)
        if (regions->list[i].bits == prefix->bits &&
            memcmp(&regions->list[i].first, &prefix->first, sizeof(prefix->first)) == 0)
            return true;
    return false;
}

int nic_region_add(struct nic_regions *regions, const char *text)
{
    char copy[INET6_ADDRSTRLEN + sizeof("/128=65535")];
    char *slash, *equals;
    struct nic_region_prefix prefix = { 0 };
    uint64_t bits, region;
    bool is_v4;

    if (strlen(text) >= sizeof(copy))
        return -EINVAL;
    strcpy(copy, text);
    slash = strchr(copy, '/');
    equals = strchr(copy, '=');
    if (slash == NULL || equals == NULL || equals < slash)
        return -EINVAL;
    *slash = *equals = '\0';
    if (nic_address_parse(copy, &prefix.first) != 0)
        return -EINVAL;
    is_v4 = strchr(copy, ':') == NULL;
    if (nic_number_parse(slash + 1, 0, is_v4 ? 32 : 128, &bits) != 0 ||
        nic_number_parse(equals + 1, 1, UINT16_MAX, &region) != 0)
        return -EINVAL;
    prefix.bits = (uint8_t)(bits + (is_v4 ? NIC_V4_PREFIX : 0));
    prefix.region = (uint16_t)region;
    if (has_host_bits(&prefix.first, prefix.bits))
        return -EINVAL;
    if (regions->count == NIC_REGIONS_MAX)
        return -ENOSPC;
    if (is_listed(regions, &prefix))
        return -EEXIST;
    regions->list[regions->count++] = prefix;
    return 0;
}

/* By first address; of those that begin alike the larger one first, so that it can be a parent. */
static int by_address_then_size(const void *a, const void *b)
{
    const struct nic_region_prefix *x = a;
    const struct nic_region_prefix *y = b;
    const int order = memcmp(x->first.bytes, y->first.bytes, NIC_ADDRESS_BYTES);

    return order != 0 ? order : x->bits - y->bits;
}

/* From @p from (index + 1) outwards: the smallest prefix that holds @p address, index + 1 or 0. */
static uint32_t innermost(const struct nic_regions *regions, uint32_t from,
                          const struct nic_address *address)
{
    while (from != 0 &&
           !share_bits(&regions->list[from - 1].first, address, regions->list[from - 1].bits))
        from = regions->list[from - 1].parent;
    return from;
}

void nic_region_seal(struct nic_regions *regions)
{
    qsort(regions->list, regions->count, sizeof(regions->list[0]), by_address_then_size);
    for (uint32_t i = 0; i < regions->count; i++)
        regions->list[i].parent =
            (uint16_t)innermost(regions, i, &regions->list[i].first); /* i: the one before */
}

/*
 * Prefixes nest or lie apart. The last one that begins at or before the address is the answer if it
 * holds the address; if not, any that does also holds that one, so its parents are all there is.
 */
uint16_t nic_region_find(const struct nic_regions *regions, const struct nic_address *address)
{
    uint32_t low = 0;
    uint32_t high = regions->count;

    while (low < high) {
        const uint32_t middle = low + (high - low) / 2;
        if (memcmp(regions->list[middle].first.bytes, address->bytes, NIC_ADDRESS_BYTES) <= 0)
            low = middle + 1;
        else
            high = middle;
    }
    low = innermost(regions, low, address);
    return low != 0 ? regions->list[low - 1].region : NIC_REGION_UNKNOWN;
}
