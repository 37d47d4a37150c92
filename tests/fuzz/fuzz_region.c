/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * tests/fuzz/fuzz_region.c - prefixes as text, then look-ups: the longest that holds the address.
 *
 * Input: lines `CIDR=N` up to an empty one, then addresses of 16 bytes. The obvious way, every
 * prefix compared, must agree; so must the addresses just inside and outside of each prefix.
 */
#include <stdlib.h>
#include <string.h>

#include "dpdk/region.h"
#include "tests/fuzz/fuzz.h"

#define LINES_MAX      256u
#define LINE_BYTES_MAX 80u

static struct nic_regions regions;
static struct nic_region_prefix given[LINES_MAX];
static uint32_t given_count;

static void read_lines(struct fuzz_input *input)
{
    for (uint32_t i = 0; i < LINES_MAX; i++) {
        char line[LINE_BYTES_MAX + 1];
        size_t bytes = 0;

        while (input->left > 0 && bytes < LINE_BYTES_MAX) {
            const uint8_t c = fuzz_take_u8(input);
            if (c == '\n')
                break;
            line[bytes++] = (char)c;
        }
        line[bytes] = '\0';
        if (bytes == 0)
            return;
        nic_region_add(&regions, line);
    }
}

static bool holds(const struct nic_region_prefix *prefix, const struct nic_address *address)
{
    for (uint32_t bit = 0; bit < prefix->bits; bit++)
        if (((prefix->first.bytes[bit / 8] ^ address->bytes[bit / 8]) & (0x80u >> bit % 8)) != 0)
            return false;
    return true;
}

static uint16_t find_obviously(const struct nic_address *address)
{
    const struct nic_region_prefix *best = NULL;

    for (uint32_t i = 0; i < given_count; i++)
        if (holds(&given[i], address) && (best == NULL || given[i].bits >= best->bits))
            best = &given[i];
    return best != NULL ? best->region : NIC_REGION_UNKNOWN;
}

static void look_up(const struct nic_address *address)
{
    FUZZ_REQUIRE(nic_region_find(&regions, address) == find_obviously(address) + fuzz_breaks);
}

/* The first and the last address of a prefix, and their neighbours. */
static void look_up_edges(const struct nic_region_prefix *prefix)
{
    struct nic_address at = prefix->first;

    look_up(&at);
    for (int i = NIC_ADDRESS_BYTES - 1; i >= 0 && at.bytes[i]-- == 0; i--)
        ;
    look_up(&at);
    at = prefix->first;
    for (uint32_t bit = prefix->bits; bit < NIC_ADDRESS_BITS; bit++)
        at.bytes[bit / 8] |= (uint8_t)(0x80u >> bit % 8);
    look_up(&at);
    for (int i = NIC_ADDRESS_BYTES - 1; i >= 0 && ++at.bytes[i] == 0; i--)
        ;
    look_up(&at);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct fuzz_input input = { data, size };

    regions.count = 0;
    read_lines(&input);
    given_count = regions.count;
    memcpy(given, regions.list, given_count * sizeof(given[0]));
    nic_region_seal(&regions);
    for (uint32_t i = 0; i < given_count; i++)
        look_up_edges(&given[i]);
    while (input.left > 0) {
        struct nic_address address = { 0 };
        size_t count;
        const uint8_t *bytes = fuzz_take(&input, sizeof(address), &count);

        memcpy(address.bytes, bytes, count);
        look_up(&address);
    }
    return 0;
}
