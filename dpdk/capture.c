/* SPDX-License-Identifier: BSD-3-Clause */
#include "dpdk/capture.h"

#include <errno.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#define PCAP_US           0xa1b2c3d4u
#define PCAP_NS           0xa1b23c4du
#define PCAPNG_SECTION    0x0a0d0d0au
#define PCAPNG_ORDER      0x1a2b3c4du
#define PCAPNG_INTERFACE  1u
#define LINK_ETHERNET     1u
#define HEADER_WORDS      6u
#define SECTION_BYTES_MAX 65536u

static uint32_t swap_if(bool swapped, uint32_t value)
{
    return swapped ? __builtin_bswap32(value) : value;
}

/* The link type stands in the block after the section header. */
static bool read_pcapng_link(FILE *file, const uint32_t *header, uint32_t *ret_link)
{
    const bool swapped = header[2] == __builtin_bswap32(PCAPNG_ORDER);
    const uint32_t section_bytes = swap_if(swapped, header[1]);
    uint32_t block[3];
    uint16_t link;

    if (!swapped && header[2] != PCAPNG_ORDER)
        return false;
    if (section_bytes > SECTION_BYTES_MAX || fseek(file, (long)section_bytes, SEEK_SET) != 0 ||
        fread(block, sizeof(block), 1, file) != 1)
        return false;
    if (swap_if(swapped, block[0]) != PCAPNG_INTERFACE)
        return false;
    memcpy(&link, &block[2], sizeof(link));
    *ret_link = swapped ? __builtin_bswap16(link) : link;
    return true;
}

static bool read_link(FILE *file, uint32_t *ret_link)
{
    uint32_t header[HEADER_WORDS];
    bool swapped;

    if (fread(header, sizeof(header), 1, file) != 1)
        return false;
    if (header[0] == PCAPNG_SECTION)
        return read_pcapng_link(file, header, ret_link);
    swapped = header[0] == __builtin_bswap32(PCAP_US) || header[0] == __builtin_bswap32(PCAP_NS);
    if (!swapped && header[0] != PCAP_US && header[0] != PCAP_NS)
        return false;
    *ret_link = swap_if(swapped, header[5]) & 0x0fffffffu; /* the top bits tell of checksums */
    return true;
}

int nic_capture_check(const char *path, struct nic_problem *ret_problem)
{
    FILE *file = fopen(path, "re");
    uint32_t link = 0;
    bool known;

    if (file == NULL)
        return nic_problem_set(ret_problem, -errno, "--pcap %.200s: %s", path, strerror(errno));
    known = read_link(file, &link);
    fclose(file);
    if (!known)
        return nic_problem_set(ret_problem, -EINVAL,
                               "--pcap %.200s: is not a pcap or pcapng capture", path);
    if (link != LINK_ETHERNET)
        return nic_problem_set(ret_problem, -EINVAL,
                               "--pcap %.200s: link type %u; capture Ethernet frames (type 1)",
                               path, link);
    return 0;
}
