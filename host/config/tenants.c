/* SPDX-License-Identifier: BSD-3-Clause */
/* host/config/tenants.c - the list of tenants as the rest takes it, and whose each title is. */
#include <errno.h>
#include <string.h>

#include "host/base/mem.h"
#include "host/config/load_priv.h"

#define DEFAULT_NAME   "default"
#define DEFAULT_WEIGHT 1u

uint32_t ps_config_find_tenant(const struct ps_config *config, const char *name)
{
    uint32_t tenant = 0;

    while (tenant < config->tenant_count && strcmp(config->tenants[tenant].name, name) != 0)
        tenant++;
    return tenant;
}

static int check_names(struct ps_config_load *load)
{
    const struct ps_config *config = load->config;

    for (uint32_t i = 0; i < config->tenant_count; i++)
        if (ps_config_find_tenant(config, config->tenants[i].name) != i)
            return ps_config_complain(load, load->tenant_lines[i], "tenants",
                                      "`%s` is there already", config->tenants[i].name);
    return 0;
}

/* Titles without a tenant, and jobs that know of none, are tenant 0's. */
static int put_default_first(struct ps_config_load *load)
{
    struct ps_config *config = load->config;
    struct ps_config_tenant first = { .name = DEFAULT_NAME,
                                      .weight = DEFAULT_WEIGHT,
                                      .reserve_max = 1.0 };
    uint32_t before = ps_config_find_tenant(config, DEFAULT_NAME); /* that move up by one */

    if (before < config->tenant_count) {
        first = config->tenants[before];
    } else {
        if (before == PS_CONFIG_TENANTS_MAX)
            return ps_config_complain(load, load->tenant_lines[before - 1], "tenants",
                                      "at most %u besides `" DEFAULT_NAME "`", before - 1);
        struct ps_config_tenant *grown =
            ps_realloc(config->tenants, before + 1, sizeof(*config->tenants));
        if (grown == NULL)
            return -ENOMEM;
        config->tenants = grown;
        config->tenant_count++;
    }
    memmove(&config->tenants[1], &config->tenants[0], before * sizeof(*config->tenants));
    config->tenants[0] = first;
    return 0;
}

/* The titles of the YAML file; those of media_file are looked up as they are read. */
static int find_owners(struct ps_config_load *load)
{
    struct ps_config *config = load->config;

    for (uint32_t i = 0; i < config->media_count; i++) {
        struct ps_config_media *media = &config->media[i];
        if (media->tenant_name == NULL)
            continue;
        media->tenant = ps_config_find_tenant(config, media->tenant_name);
        if (media->tenant == config->tenant_count)
            return ps_config_complain(load, load->media_lines[i], "media.tenant",
                                      "there is no tenant `%.64s`", media->tenant_name);
    }
    return 0;
}

int ps_config_finish_tenants(struct ps_config_load *load)
{
    int rc = check_names(load);

    if (rc == 0)
        rc = put_default_first(load);
    return rc == 0 ? find_owners(load) : rc;
}
