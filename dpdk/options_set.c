/* SPDX-License-Identifier: BSD-3-Clause */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "dpdk/mem.h"
#include "dpdk/number.h"
#include "dpdk/offload_media.h"
#include "dpdk/options_priv.h"

#define EPOCH_MS_MIN 10u
#define EPOCH_MS_MAX 60000u
#define MEM_MB_MIN   64u
#define MEM_MB_MAX   65536u
#define KEYS_MIN     1024u
#define KEYS_MAX     (1u << 24)
#define CPU_MAX      1023u

struct option {
    const char *name;
    const char *argument;
    int (*set)(struct nic_setting *setting);
};

int nic_setting_refuse(const struct nic_setting *s, const char *wanted)
{
    const char *value = s->value != NULL ? s->value : "";
    const bool is_given = value[0] != '\0';

    if (s->file != NULL)
        return nic_problem_set(s->problem, -EINVAL, "%.200s:%u: %s%s%.100s: %s", s->file, s->line,
                               s->name, is_given ? " = " : "", value, wanted);
    return nic_problem_set(s->problem, -EINVAL, "--%.50s%s%.100s: %s", s->name, is_given ? " " : "",
                           value, wanted);
}

int nic_setting_text(const struct nic_setting *s, char *at, size_t size_bytes)
{
    if (s->value[0] == '\0' || strlen(s->value) >= size_bytes)
        return nic_setting_refuse(s, "is empty or too long");
    strcpy(at, s->value);
    return 0;
}

static int set_number(const struct nic_setting *s, uint64_t min, uint64_t max, uint32_t *ret_value)
{
    char wanted[96];
    uint64_t value;

    if (nic_number_parse(s->value, min, max, &value) != 0) {
        snprintf(wanted, sizeof(wanted), "give a whole number from %llu to %llu, without a unit",
                 (unsigned long long)min, (unsigned long long)max);
        return nic_setting_refuse(s, wanted);
    }
    *ret_value = (uint32_t)value;
    return 0;
}

static int add_server(struct nic_setting *s)
{
    struct nic_servers *servers = &s->options->servers;

    if (servers->count == NIC_SERVERS_MAX)
        return nic_setting_refuse(s, "too many servers; the limit is 64");
    if (nic_endpoint_parse(s->value, &servers->list[servers->count]) != 0)
        return nic_setting_refuse(s, "give an address and a port, as 10.0.0.1:80 or [fd00::1]:80");
    servers->count++;
    return 0;
}

static int set_tunnels(struct nic_setting *s)
{
    static const char wanted[] = "give vxlan, gtpu or both with a comma between";
    struct nic_tunnels *tunnels = &s->options->servers.tunnels;
    const char *at = s->value;

    for (;;) {
        const size_t bytes = strcspn(at, ",");

        if (bytes == 5 && memcmp(at, "vxlan", bytes) == 0)
            tunnels->vxlan = true;
        else if (bytes == 4 && memcmp(at, "gtpu", bytes) == 0)
            tunnels->gtpu = true;
        else
            return nic_setting_refuse(s, wanted);
        if (at[bytes] == '\0')
            return 0;
        at += bytes + 1;
    }
}

static const char *after(const char *text, const char *prefix)
{
    const size_t bytes = strlen(prefix);

    return strncmp(text, prefix, bytes) == 0 ? text + bytes : NULL;
}

/* A name instead of an address would have to be resolved, and that may block. */
static int set_to(struct nic_setting *s)
{
    const char *path = after(s->value, "unix:");
    const char *server = after(s->value, "tls:");
    int rc = nic_setting_text(s, s->options->to, sizeof(s->options->to));

    s->options->socket_path[0] = '\0';
    if (rc == 0 && path != NULL && path[0] == '/')
        strcpy(s->options->socket_path, path); /* shorter than what `to` had room for */
    else if (rc == 0 && (server == NULL || nic_endpoint_parse(server, &s->options->tls_server) ||
                         s->options->tls_server.any))
        rc = nic_setting_refuse(
            s, "give unix: and the absolute path of prestaged's socket, or tls: and its "
               "numeric address and port");
    return rc;
}

static int set_psk_file(struct nic_setting *s)
{
    return nic_setting_text(s, s->options->psk_file, sizeof(s->options->psk_file));
}

static int set_template(struct nic_setting *s)
{
    if (nic_template_parse(s->value, &s->options->media_template) != 0)
        return nic_setting_refuse(
            s, "give a path that begins and ends with '/', up to 64 bytes, unencoded");
    return 0;
}

static int add_region(struct nic_setting *s)
{
    switch (nic_region_add(&s->options->regions, s->value)) {
    case 0:
        return 0;
    case -EEXIST:
        return nic_setting_refuse(s, "this prefix is given twice");
    case -ENOSPC:
        return nic_setting_refuse(s, "too many regions; the limit is 4096 prefixes");
    default:
        return nic_setting_refuse(
            s, "give a prefix without host bits and a number from 1 to 65535, as "
               "10.77.1.0/24=1");
    }
}

static int set_epoch_ms(struct nic_setting *s)
{
    return set_number(s, EPOCH_MS_MIN, EPOCH_MS_MAX, &s->options->epoch_ms);
}

static int set_mem_mb(struct nic_setting *s)
{
    return set_number(s, MEM_MB_MIN, MEM_MB_MAX, &s->options->mem_mb);
}

static int set_keys(struct nic_setting *s)
{
    uint32_t keys = 0;
    const int rc = set_number(s, KEYS_MIN, KEYS_MAX, &keys);

    if (rc == 0 && (keys & (keys - 1)) != 0)
        return nic_setting_refuse(s, "give a power of two");
    s->options->keys = rc == 0 ? keys : s->options->keys;
    return rc;
}

static int set_frame_bytes(struct nic_setting *s)
{
    uint32_t bytes = 0;
    const int rc = set_number(s, 2048, 16384, &bytes);

    if (rc == 0 && (bytes & (bytes - 1)) != 0)
        return nic_setting_refuse(s, "give 2048, 4096, 8192 or 16384");
    s->options->frame_bytes = rc == 0 ? bytes : s->options->frame_bytes;
    return rc;
}

static bool has_cpu(const struct nic_options *o, uint32_t cpu)
{
    for (uint32_t i = 0; i < o->cpu_count; i++)
        if (o->cpus[i] == cpu)
            return true;
    return false;
}

static int set_lcores(struct nic_setting *s)
{
    static const char wanted[] = "give up to 16 different CPU numbers with commas between";
    struct nic_options *o = s->options;
    const char *at = s->value;

    o->cpu_count = 0;
    for (;;) {
        char text[8];
        const size_t bytes = strcspn(at, ",");
        uint64_t cpu;

        if (bytes >= sizeof(text) || o->cpu_count == NIC_WORKERS_MAX)
            return nic_setting_refuse(s, wanted);
        memcpy(text, at, bytes);
        text[bytes] = '\0';
        if (nic_number_parse(text, 0, CPU_MAX, &cpu) != 0 || has_cpu(o, (uint32_t)cpu))
            return nic_setting_refuse(s, wanted);
        o->cpus[o->cpu_count++] = (uint32_t)cpu;
        if (at[bytes] == '\0')
            return 0;
        at += bytes + 1;
    }
}

static int set_offload(struct nic_setting *s)
{
    if (strcmp(s->value, "auto") != 0 && strcmp(s->value, "off") != 0)
        return nic_setting_refuse(s, "give auto or off");
    s->options->offload = strcmp(s->value, "auto") == 0;
    return 0;
}

static int set_offload_media(struct nic_setting *s)
{
    return set_number(s, 0, NIC_OFFLOAD_MEDIA_MAX, &s->options->offload_media);
}

static int set_rtp_ports(struct nic_setting *s)
{
    char low[8] = "";
    const size_t bytes = strcspn(s->value, "-");
    uint64_t first;
    uint64_t last;

    if (bytes < sizeof(low) && s->value[bytes] == '-') {
        memcpy(low, s->value, bytes);
        if (nic_number_parse(low, 1, UINT16_MAX, &first) == 0 &&
            nic_number_parse(s->value + bytes + 1, first, UINT16_MAX, &last) == 0) {
            s->options->rtp_first = (uint16_t)first;
            s->options->rtp_last = (uint16_t)last;
            return 0;
        }
    }
    return nic_setting_refuse(s, "give the lowest and the highest port, as 16384-32767");
}

static int set_stats_file(struct nic_setting *s)
{
    return nic_setting_text(s, s->options->stats_file, sizeof(s->options->stats_file));
}

static int set_user(struct nic_setting *s)
{
    return nic_setting_text(s, s->options->user, sizeof(s->options->user));
}

static int set_poll(struct nic_setting *s)
{
    static const char *const ways[] = { [NIC_POLL_AUTO] = "auto",
                                        [NIC_POLL_BUSY] = "busy",
                                        [NIC_POLL_BACKOFF] = "backoff",
                                        [NIC_POLL_INTERRUPT] = "interrupt" };

    for (size_t i = 0; i < NIC_ARRAY_LEN(ways); i++)
        if (strcmp(s->value, ways[i]) == 0) {
            s->options->poll = (enum nic_poll)i;
            return 0;
        }
    return nic_setting_refuse(s, "give auto, busy, backoff or interrupt");
}

static int set_debug_capture(struct nic_setting *s)
{
    s->options->debug_capture = true;
    return 0;
}

static int set_print(struct nic_setting *s)
{
    s->options->print = true;
    return 0;
}

static int set_sni(struct nic_setting *s)
{
    s->options->sni = true;
    return 0;
}

static int set_hugepages(struct nic_setting *s)
{
    s->options->hugepages = true;
    return 0;
}

static int set_telemetry(struct nic_setting *s)
{
    s->options->telemetry = true;
    return 0;
}

static int set_verbose(struct nic_setting *s)
{
    s->options->verbose = true;
    return 0;
}

static int set_help(struct nic_setting *s)
{
    s->options->action = NIC_ACTION_HELP;
    return 0;
}

static int set_version(struct nic_setting *s)
{
    s->options->action = NIC_ACTION_VERSION;
    return 0;
}

static const struct option options[] = {
#define NIC_OPTION(name, argument, set, help) { name, argument, set },
#include "dpdk/options.def"
#undef NIC_OPTION
};

int nic_setting_apply(struct nic_setting *setting)
{
    for (size_t i = 0; i < NIC_ARRAY_LEN(options); i++) {
        if (strcmp(options[i].name, setting->name) != 0)
            continue;
        if (options[i].argument != NULL && setting->value == NULL)
            return nic_setting_refuse(setting, "needs a value; see --help");
        if (options[i].argument == NULL && setting->value != NULL)
            return nic_setting_refuse(setting, "is a switch and takes no value");
        return options[i].set(setting);
    }
    return nic_setting_refuse(setting, "is not an option; see --help");
}

bool nic_setting_takes_value(const char *name)
{
    for (size_t i = 0; i < NIC_ARRAY_LEN(options); i++)
        if (strcmp(options[i].name, name) == 0)
            return options[i].argument != NULL;
    return false;
}
