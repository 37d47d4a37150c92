/* SPDX-License-Identifier: BSD-3-Clause */
#include "host/config/config.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "host/base/assert.h"
#include "host/base/mem.h"
#include "host/config/load_priv.h"

#define OWN_SERVER_NIC 1u /* position in the key's choices; afterwards PS_DEMAND_NIC or _LOG */

#define BUILT_IN_LADDER                                                                            \
    "profiles:\n"                                                                                  \
    "- {name: source, kind: copy}\n"                                                               \
    "- {name: hd-720p, width: 1280, height: 720, bitrate: 2500k}\n"                                \
    "- {name: sd-480p, width: 854, height: 480, bitrate: 1200k}\n"                                 \
    "- {name: mobile-360p, width: 640, height: 360, bitrate: 600k}\n"                              \
    "- {name: audio, kind: audio}\n"

int ps_config_complain(struct ps_config_load *load, size_t line, const char *key, const char *fmt,
                       ...)
{
    char what[PS_CONFIG_WHY_MAX];
    va_list args;

    va_start(args, fmt);
    vsnprintf(what, sizeof(what), fmt, args);
    va_end(args);
    snprintf(load->ret_why, load->why_bytes, "%s:%zu: %s%s%s", load->file, line, key,
             key[0] == '\0' ? "" : ": ", what);
    return -EINVAL;
}

static int fail_file(struct ps_config_load *load, int error)
{
    snprintf(load->ret_why, load->why_bytes, "%s: %s", load->file, strerror(error));
    return -error;
}

/* A file that shrinks or grows meanwhile is read as far as it was when it was opened. */
static int read_whole(int fd, size_t size_bytes, char **ret_text, size_t *ret_size_bytes)
{
    size_t got = 0;
    char *text = ps_zalloc(size_bytes + 1, 1);

    if (text == NULL)
        return ENOMEM;
    while (got < size_bytes) {
        const ssize_t n = read(fd, text + got, size_bytes - got);
        if (n < 0 && errno != EINTR) {
            const int error = errno;
            free(text);
            return error;
        }
        if (n == 0)
            break;
        got += n > 0 ? (size_t)n : 0;
    }
    *ret_text = text;
    *ret_size_bytes = got;
    return 0;
}

int ps_config_read_file(struct ps_config_load *load, size_t bytes_max, char **ret_text,
                        size_t *ret_size_bytes)
{
    struct stat info;
    int error = 0;
    const int fd =
        open(load->file, O_RDONLY | O_CLOEXEC | O_NONBLOCK); /* a FIFO must not hang us */

    if (fd < 0)
        return fail_file(load, errno);
    if (fstat(fd, &info) != 0)
        error = errno;
    else if (!S_ISREG(info.st_mode))
        error = EINVAL;
    else if ((uint64_t)info.st_size > bytes_max)
        error = E2BIG;
    else
        error = read_whole(fd, (size_t)info.st_size, ret_text, ret_size_bytes);
    close(fd);
    return error == 0 ? 0 : fail_file(load, error);
}

static int by_id(const void *a, const void *b)
{
    const struct ps_config_media *const *x = a;
    const struct ps_config_media *const *y = b;
    const int order = strcmp((*x)->id, (*y)->id);

    return order != 0 ? order : (*x > *y) - (*x < *y);
}

static int complain_twice(struct ps_config_load *load, const struct ps_config_media *media)
{
    const size_t idx = (size_t)(media - load->config->media);

    if (idx >= load->media_in_yaml)
        load->file = load->config->media_file;
    return ps_config_complain(load, load->media_lines[idx], "id", "`%s` is there already",
                              media->id);
}

/* Sorted pointers, because a catalogue can be large and its order is the operator's. */
static int check_media_once(struct ps_config_load *load)
{
    const struct ps_config *config = load->config;
    const struct ps_config_media **sorted;
    int rc = 0;

    if (config->media_count < 2)
        return 0;
    sorted = ps_zalloc(config->media_count, sizeof(*sorted));
    if (sorted == NULL)
        return -ENOMEM;
    for (uint32_t i = 0; i < config->media_count; i++)
        sorted[i] = &config->media[i];
    qsort(sorted, config->media_count, sizeof(*sorted), by_id);
    for (uint32_t i = 1; rc == 0 && i < config->media_count; i++)
        if (strcmp(sorted[i - 1]->id, sorted[i]->id) == 0)
            rc = complain_twice(load, sorted[i]);
    free(sorted);
    return rc;
}

static int complain_about(struct ps_config_load *load, unsigned section, const char *name,
                          const char *why)
{
    const struct ps_config_key *key = ps_config_find_key(section, name);
    char path[64];

    snprintf(path, sizeof(path), "%s.%s", ps_config_sections[section].name, name);
    return ps_config_complain(load, load->key_lines[key - ps_config_keys], path, "%s", why);
}

/* Each card is another device and has kernels to load. */
static int check_cards(struct ps_config_load *load)
{
    const struct ps_config *config = load->config;

    for (uint32_t i = 0; i < config->card_count; i++) {
        if (config->cards[i].xclbin == NULL && config->card.xclbin == NULL)
            return complain_about(load, PS_CONFIG_CARDS, "device",
                                  "a card without `xclbin` needs one in `card`");
        for (uint32_t k = 0; k < i; k++)
            if (config->cards[k].device == config->cards[i].device)
                return complain_about(load, PS_CONFIG_CARDS, "device",
                                      "two cards have the same device");
    }
    return 0;
}

/* Values that are fine alone and not together. */
static int check_together(struct ps_config_load *load)
{
    const struct ps_config *config = load->config;
    const uint64_t zone = config->tier.zone_bytes;

    if ((zone & (zone - 1)) != 0)
        return complain_about(load, PS_CONFIG_TIER, "zone", "must be a power of two");
    if (config->tier.path != NULL && config->tier.size_bytes < 8 * zone + (128u << 10))
        return complain_about(load, PS_CONFIG_TIER, "size",
                              "must hold at least eight zones and 128 KiB");
    if (config->demand.own_server == OWN_SERVER_NIC && config->demand.nic_socket == NULL &&
        config->demand.nic_listen == NULL)
        return complain_about(load, PS_CONFIG_DEMAND, "own_server",
                              "`nic` needs a `nic_socket` or `nic_listen` for prestage-nic");
    if (config->demand.nic_listen != NULL && config->demand.nic_psk_file == NULL)
        return complain_about(load, PS_CONFIG_DEMAND, "nic_listen",
                              "needs a `nic_psk_file`: nothing is taken over TCP without a key");
    if (config->privacy.retain_ns / config->privacy.salt_rotate_ns > PS_CONFIG_SALTS_MAX)
        return complain_about(load, PS_CONFIG_PRIVACY, "salt_rotate",
                              "at most 1000 times in `retain`: each salt is kept for so long");
    return check_cards(load);
}

static int load_ladder(struct ps_config_load *load)
{
    if (load->config->profile_count > 0)
        return 0;
    return ps_config_load_yaml(load, BUILT_IN_LADDER, strlen(BUILT_IN_LADDER));
}

static int load_all(struct ps_config_load *load)
{
    struct ps_config *config = load->config;
    char *text = NULL;
    size_t size = 0;

    int rc = ps_config_set_defaults(config);
    if (rc == 0 && load->file != NULL)
        rc = ps_config_read_file(load, PS_CONFIG_BYTES_MAX, &text, &size);
    if (rc == 0 && text != NULL)
        rc = ps_config_load_yaml(load, text, size);
    free(text);
    if (rc == 0)
        rc = check_together(load);
    if (rc == 0)
        rc = load_ladder(load);
    if (rc == 0)
        rc = ps_config_finish_tenants(load);
    if (rc == 0)
        rc = ps_config_load_places(load);
    if (rc == 0)
        rc = ps_config_load_media_file(load);
    if (rc == 0)
        rc = check_media_once(load);
    config->demand.own_server =
        config->demand.own_server == OWN_SERVER_NIC ? PS_DEMAND_NIC : PS_DEMAND_LOG;
    return rc;
}

int ps_config_load(const char *path, struct ps_config **ret_config, char *ret_why, size_t why_bytes)
{
    struct ps_config_load load = { .file = path, .ret_why = ret_why, .why_bytes = why_bytes };
    int rc = -ENOMEM;

    ps_assert(why_bytes > 0);
    ret_why[0] = '\0';
    load.config = ps_zalloc(1, sizeof(*load.config));
    if (load.config != NULL)
        rc = load_all(&load);
    free(load.media_lines);
    if (rc != 0) {
        if (rc == -ENOMEM)
            snprintf(ret_why, why_bytes, "%s: out of memory",
                     path != NULL ? path : "configuration");
        ps_config_free(load.config);
        return rc;
    }
    *ret_config = load.config;
    return 0;
}

void ps_config_free(struct ps_config *config)
{
    if (config == NULL)
        return;
    for (size_t i = 0; i < PS_CONFIG_KEY_COUNT; i++) {
        const struct ps_config_key *key = &ps_config_keys[i];
        if (key->kind != PS_CONFIG_TEXT || ps_config_sections[key->section].is_list)
            continue;
        char *text;
        memcpy(&text, (const char *)config + key->offset, sizeof(text));
        free(text);
    }
    for (uint32_t i = 0; i < config->media_count; i++) {
        free(config->media[i].url);
        free(config->media[i].tenant_name);
        free(config->media[i].category);
        free(config->media[i].sequel_of);
    }
    for (uint32_t i = 0; i < config->card_count; i++)
        free(config->cards[i].xclbin);
    free(config->cards);
    free(config->media);
    free(config->tenants);
    free(config->regions);
    ps_prefixes_fini(&config->places);
    free(config->profiles);
    free(config);
}
