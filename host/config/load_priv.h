/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * host/config/load_priv.h - what the steps of loading hand to each other.
 *
 * Threads: one load at a time per struct.
 */
#ifndef PS_HOST_CONFIG_LOAD_PRIV_H
#define PS_HOST_CONFIG_LOAD_PRIV_H

#include "host/config/keys_priv.h"

struct ps_config_load {
    struct ps_config *config;
    const char *file; /* being read, for complaints */
    char *ret_why;
    size_t why_bytes;
    uint32_t *media_lines; /* line of each of config->media */
    uint32_t media_capacity;
    uint32_t media_in_yaml; /* those behind it are of media_file */
    uint32_t tenant_lines[PS_CONFIG_TENANTS_MAX];
    uint32_t key_lines[PS_CONFIG_KEY_COUNT]; /* where a key was given; 0: it was not */
};

/** Say what is wrong where. @return -EINVAL. */
__attribute__((format(printf, 4, 5))) int
ps_config_complain(struct ps_config_load *load, size_t line, const char *key, const char *fmt, ...);

/** The whole file with a NUL behind it. @return 0, an error of open(2) or read(2), -E2BIG or
 * -ENOMEM; said in ret_why. */
int ps_config_read_file(struct ps_config_load *load, size_t bytes_max, char **ret_text,
                        size_t *ret_size_bytes);

/** One more zeroed title, of the line given. @return NULL when out of memory. */
struct ps_config_media *ps_config_add_media(struct ps_config_load *load, size_t line);

/** Every key outside lists to its default. @return 0 or -ENOMEM. */
int ps_config_set_defaults(struct ps_config *config);

/** `default` to the front of the tenants, and each title to its tenant. @return 0, -EINVAL or
 * -ENOMEM. */
int ps_config_finish_tenants(struct ps_config_load *load);

/** YAML text into the configuration. @return 0, -EINVAL or -ENOMEM. */
int ps_config_load_yaml(struct ps_config_load *load, const char *text, size_t size_bytes);

/** Each line of a text file to @p add_line, which may cut it up, until one fails. @return as that,
 * or as ps_config_read_file(). */
int ps_config_read_lines(struct ps_config_load *load, const char *path, size_t bytes_max,
                         int (*add_line)(struct ps_config_load *load, char *line, size_t number));

/** `regions` and the lines of demand.prefixes into config->places. @return as ps_config_load(). */
int ps_config_load_places(struct ps_config_load *load);

/** The lines of config->media_file. @return as ps_config_load(). */
int ps_config_load_media_file(struct ps_config_load *load);

/** Work out the profile's key and version, and whether its values go together and with those
 * before it. @return 0 or -EINVAL, with the culprit's name in @p ret_key. */
int ps_config_finish_profile(const struct ps_config *config, struct ps_profile *profile,
                             const char **ret_key, char *ret_why);

#endif
