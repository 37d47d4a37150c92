/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * host/config/config.h - what the operator asked for: one YAML file, checked to the last key.
 *
 * Why: a key that is misspelt, a number with text behind it or a value out of range must stop the
 * daemon with the file, line and key, not run it with a guess. host/config/keys.def is the list of
 * keys with their defaults, ranges and help; `--help`, the man page and this file's checks come
 * from it.
 *
 * Threads: any, one at a time per configuration.
 */
#ifndef PS_HOST_CONFIG_CONFIG_H
#define PS_HOST_CONFIG_CONFIG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/socket.h>

#include "host/base/prefix.h"
#include "host/plan/demand.h"
#include "host/plan/resource.h"

#define PS_CONFIG_MEDIA_MAX       1000000u
#define PS_CONFIG_REGIONS_MAX     1024u
#define PS_CONFIG_CARDS_MAX       16u
#define PS_CONFIG_TENANTS_MAX     64u
#define PS_CONFIG_SALTS_MAX       1000u /* rotations in privacy.retain */
#define PS_CONFIG_TENANT_NAME_MAX 64u
#define PS_CONFIG_BYTES_MAX       (4u << 20) /* the YAML file; media_file may be larger */

enum ps_config_policy { PS_CONFIG_POLICY_CONFIDENCE, PS_CONFIG_POLICY_S3FIFO };
enum ps_config_timing {
    PS_CONFIG_TIMING_ENVIRONMENT,
    PS_CONFIG_TIMING_FUNCTIONAL,
    PS_CONFIG_TIMING_TIMED,
    PS_CONFIG_TIMING_DRY,
};
enum ps_config_delivery {
    PS_CONFIG_DELIVERY_OFF,
    PS_CONFIG_DELIVERY_OPTIONAL,
    PS_CONFIG_DELIVERY_REQUIRED
};
enum ps_config_io { PS_CONFIG_IO_AUTO, PS_CONFIG_IO_URING, PS_CONFIG_IO_PREAD };

struct ps_config_media {
    char id[PS_MEDIA_ID_MAX + 1];
    char *url;
    char *tenant_name; /* as written; NULL: none */
    uint32_t tenant;   /* whose it is: position in `tenants` */
    char *category;    /* NULL: not said */
    char *sequel_of;   /* id; NULL: of none */
    uint32_t born_s;   /* Unix time; 0: not known */
};

/* For whom the node works: real-time work is shared out by weight. */
struct ps_config_tenant {
    char name[PS_CONFIG_TENANT_NAME_MAX + 1];
    uint32_t weight;    /* 1..1000 */
    double reserve_max; /* share of the CUs of a kernel that it may reserve */
};

struct ps_config_card {
    char *xclbin; /* NULL: that of `card` */
    uint32_t device;
};

/* Clients whose address begins with these bits are of this region. */
struct ps_config_region {
    struct ps_prefix prefix;
    uint32_t region; /* 1..65535 */
};

/* Strings are owned by the configuration; one that is empty in the file is NULL here. */
struct ps_config {
    double time_scale;
    uint64_t turn_ns;
    uint32_t log_level; /* enum ps_log_level */

    struct {
        char *address;
        uint32_t port;
        uint32_t connections_max;
        uint64_t idle_timeout_ns;
    } listen;

    struct {
        uint32_t own_server;     /* PS_DEMAND_NIC or PS_DEMAND_LOG */
        char *nic_socket;        /* NULL: none */
        char *nic_listen;        /* NULL: none */
        char *nic_psk_file;      /* NULL: none */
        char *history;           /* NULL: nothing to import */
        uint32_t history_format; /* enum ps_logged_format */
        char *prefixes;          /* NULL: none; its lines are in `places` already */
    } demand;

    struct {
        char *xclbin;
        char *emulation_dir; /* NULL: real cards */
        uint32_t timing;     /* enum ps_config_timing */
        uint32_t device;     /* when card_count is 0 */
        uint64_t run_timeout_ns;
        char *fault_dir; /* NULL: no faults on purpose */
    } card;

    struct {
        uint64_t dram_bytes;
        char *path; /* NULL: DRAM only */
        uint64_t size_bytes;
        uint64_t zone_bytes;
        uint32_t policy; /* enum ps_config_policy */
        uint32_t io;     /* enum ps_config_io */
        char *state_dir; /* model and ledger files; NULL: keep none */
    } tier;

    struct {
        uint32_t resources_max;
        double confidence_threshold;
    } predict;

    struct {
        bool enabled; /* false: reactive */
        bool shuffle; /* control of experiments: predictions are dealt to other resources */
        uint32_t making_max;
        uint32_t segments_ahead;
        uint32_t first_segments;
        double power_budget_w;      /* 0: none */
        double temperature_limit_c; /* 0: none */
    } speculate;

    struct {
        uint32_t workers;
        uint32_t batch_frames;
        uint64_t decode_memory_bytes;
        uint64_t origin_timeout_ns;
        bool verify; /* check what the kernels read and wrote; never off in use */
    } pipeline;

    struct {
        uint32_t peers_max; /* 0: nobody is told from anybody */
        uint64_t salt_rotate_ns;
        uint64_t retain_ns;
    } privacy;

    struct {
        char *socket;
    } control;

    struct {
        char *listen; /* NULL: none */
    } metrics;

    struct {
        char audience[65];
        char *key_file;     /* NULL: a key of our own */
        uint32_t delivery;  /* enum ps_config_delivery */
        uint32_t colluders; /* that the watermark's codes are made for */
    } tokens;

    struct {
        uint64_t budget_bytes; /* 0: no collections */
        char *listen;          /* NULL: none */
        uint32_t clients_max;
        bool web, on_demand, ahead, keep;
        uint32_t collections_max;
        double threshold;
        uint32_t messages_max, messages_per_peer, messages_ahead_max;
        uint64_t message_bytes_max, message_bytes_mean;
        uint64_t age_ns, idle_ns;
        double puts_per_s, fetches_per_s;
    } messaging;

    struct {
        char *listen; /* NULL: none */
        double rate_per_s;
    } agents;

    struct {
        char *url; /* NULL: alone */
        char node[33];
        char *domain, *hub_domain, *credentials, *ca, *cert, *key, *advertise; /* NULL: none */
        uint64_t lease_ns;
    } cluster;

    char *media_file;            /* its lines are in `media` already */
    struct ps_profile *profiles; /* 1..PS_PROFILES_MAX; a built-in ladder when none is given */
    uint32_t profile_count;
    struct ps_config_card *cards; /* none: `card` is the only one */
    uint32_t card_count;
    struct ps_config_region *regions;
    uint32_t region_count;
    struct ps_prefixes places;        /* of `regions`, then of demand.prefixes */
    struct ps_config_tenant *tenants; /* the first is `default`, configured or not */
    uint32_t tenant_count;            /* 1..PS_CONFIG_TENANTS_MAX */
    struct ps_config_media *media;    /* `media` of the file, then those of media_file */
    uint32_t media_count;
};

/**
 * Read, check and fill with defaults.
 *
 * @param path     NULL: an empty file, that is all defaults.
 * @param ret_why  On failure one line `file:line: key: what is wrong`, cut to @p why_bytes.
 * @return 0, -ENOENT, -EACCES or another error of open(2), -E2BIG, -EINVAL (see ret_why) or
 *         -ENOMEM.
 */
int ps_config_load(const char *path, struct ps_config **ret_config, char *ret_why,
                   size_t why_bytes);
/** NULL is allowed. */
void ps_config_free(struct ps_config *config);

/** Position in `tenants`, or tenant_count when there is none of that name. */
uint32_t ps_config_find_tenant(const struct ps_config *config, const char *name);

/** Region of the longest prefix that holds @p address; 0 when none does or the family is other. */
uint16_t ps_config_region_of(const struct ps_config *config, const struct sockaddr *address);

/** Every key with type, default, range and meaning: for --help (roff false) or the man page. */
void ps_config_write_help(FILE *out, bool roff);

#endif
