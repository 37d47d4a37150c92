/* SPDX-License-Identifier: BSD-3-Clause */
/* host/config/region.c - which region an address is in: `regions`, and the lines of a file. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "host/config/load_priv.h"

#define FILE_BYTES_MAX (256u << 20)
#define BLANKS         " \t\r"

/* @p line is cut into words in place. */
static int add_line(struct ps_config_load *load, char *line, size_t number)
{
    char *rest = NULL;
    const char *text = strtok_r(line, BLANKS, &rest);
    const char *region = strtok_r(NULL, BLANKS, &rest);
    struct ps_prefix prefix;

    if (text == NULL || text[0] == '#')
        return 0;
    if (ps_prefix_parse(&prefix, text) != 0)
        return ps_config_complain(load, number, "prefix",
                                  "`%.64s` is no prefix such as 10.77.1.0/24"
                                  " (no bits set behind it)",
                                  text);
    const size_t digits = region == NULL ? 0 : strspn(region, "0123456789");
    if (digits == 0 || digits > 5 || region[digits] != '\0' || atol(region) < 1 ||
        atol(region) > UINT16_MAX || strtok_r(NULL, BLANKS, &rest) != NULL)
        return ps_config_complain(load, number, "region",
                                  "expected `prefix region`, a region being 1..65535");
    const int rc = ps_prefixes_add(&load->config->places, &prefix, (uint32_t)atol(region));
    return rc == -ENOSPC
               ? ps_config_complain(load, number, "prefix", "at most %u prefixes", PS_PREFIXES_MAX)
               : rc;
}

int ps_config_load_places(struct ps_config_load *load)
{
    struct ps_config *config = load->config;
    int rc = 0;

    for (uint32_t i = 0; i < config->region_count && rc == 0; i++)
        rc =
            ps_prefixes_add(&config->places, &config->regions[i].prefix, config->regions[i].region);
    if (rc == 0 && config->demand.prefixes != NULL)
        rc = ps_config_read_lines(load, config->demand.prefixes, FILE_BYTES_MAX, add_line);
    if (rc == 0)
        ps_prefixes_ready(&config->places);
    return rc;
}

uint16_t ps_config_region_of(const struct ps_config *config, const struct sockaddr *address)
{
    uint8_t bytes[PS_ADDRESS_BYTES];

    if (ps_address_of(bytes, address) != 0)
        return 0;
    return (uint16_t)ps_prefixes_find(&config->places, bytes);
}
