/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * host/config/keys_priv.h - the table of keys as data, and how a value's text becomes a value.
 *
 * Threads: any; the table is constant.
 */
#ifndef PS_HOST_CONFIG_KEYS_PRIV_H
#define PS_HOST_CONFIG_KEYS_PRIV_H

#include <stdbool.h>
#include <stddef.h>

#include "host/config/config.h"

#define PS_CONFIG_WHY_MAX 256u /* bytes of one complaint, without file, line and key */

enum ps_config_section {
#define PS_SECTION(id, ...) PS_CONFIG_##id,
#include "host/config/keys.def"
    PS_CONFIG_SECTION_COUNT,
};

enum ps_config_kind {
    PS_CONFIG_TEXT,    /* char *, NULL when empty */
    PS_CONFIG_NAME,    /* char[], the alphabet of host/base/name.h */
    PS_CONFIG_COUNT,   /* uint32_t */
    PS_CONFIG_NUMBER,  /* double */
    PS_CONFIG_BYTES,   /* uint64_t */
    PS_CONFIG_TIME,    /* uint64_t, ns */
    PS_CONFIG_TIME_MS, /* uint32_t, ms */
    PS_CONFIG_RATE,    /* uint32_t, bits per second */
    PS_CONFIG_SWITCH,  /* bool */
    PS_CONFIG_CHOICE,  /* uint32_t or bool: position in the list */
    PS_CONFIG_PREFIX,  /* struct ps_prefix */
};

struct ps_config_key {
    enum ps_config_section section;
    const char *name;
    enum ps_config_kind kind;
    size_t offset; /* of the field in its owner */
    size_t size_bytes;
    const char *fallback; /* NULL: must be given */
    const char *low, *high;
    const char *help;
};

enum {
    PS_CONFIG_KEY_COUNT = 0
#define PS_KEY(...) +1
#include "host/config/keys.def"
};

struct ps_config_section_info {
    const char *name;
    bool is_list;
    const char *help;
};

extern const struct ps_config_section_info ps_config_sections[PS_CONFIG_SECTION_COUNT];
extern const struct ps_config_key ps_config_keys[PS_CONFIG_KEY_COUNT];

/** NULL when @p section has no such key. */
const struct ps_config_key *ps_config_find_key(unsigned section, const char *name);

/**
 * Set @p key's field of @p owner from text; a TEXT's earlier value is freed.
 * @param ret_why  On -EINVAL what is wrong with the text, in PS_CONFIG_WHY_MAX bytes.
 * @return 0, -EINVAL or -ENOMEM; on failure the field is as it was.
 */
int ps_config_set(const struct ps_config_key *key, void *owner, const char *text, char *ret_why);

#endif
