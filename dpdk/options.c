/* SPDX-License-Identifier: BSD-3-Clause */
#include "dpdk/options.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "dpdk/mem.h"
#include "dpdk/number.h"
#include "dpdk/offload_media.h"

#define CONFIG_LINE_BYTES_MAX 4352u
#define EPOCH_MS_MIN          10u
#define EPOCH_MS_MAX          60000u
#define MEM_MB_MIN            64u
#define MEM_MB_MAX            65536u
#define KEYS_MIN              1024u
#define KEYS_MAX              (1u << 22)
#define CPU_MAX               1023u

/* One option on its way in. */
struct setting {
    struct nic_options *options;
    const char *name;
    const char *value; /* NULL for a switch */
    const char *file;  /* NULL: the command line */
    unsigned line;
    struct nic_problem *problem;
};

struct option {
    const char *name;
    const char *argument;
    int (*set)(struct setting *setting);
};

static int set(struct setting *setting);

/* Say where, what was given, and what is wanted. */
static int refuse(const struct setting *s, const char *wanted)
{
    if (s->file != NULL)
        return nic_problem_set(s->problem, -EINVAL, "%.200s:%u: %s = %.100s: %s", s->file, s->line,
                               s->name, s->value != NULL ? s->value : "", wanted);
    return nic_problem_set(s->problem, -EINVAL, "--%.50s %.100s: %s", s->name,
                           s->value != NULL ? s->value : "", wanted);
}

static int set_text(const struct setting *s, char *at, size_t size_bytes)
{
    if (s->value[0] == '\0' || strlen(s->value) >= size_bytes)
        return refuse(s, "is empty or too long");
    strcpy(at, s->value);
    return 0;
}

static int set_number(const struct setting *s, uint64_t min, uint64_t max, uint32_t *ret_value)
{
    char wanted[96];
    uint64_t value;

    if (nic_number_parse(s->value, min, max, &value) != 0) {
        snprintf(wanted, sizeof(wanted), "give a whole number from %llu to %llu, without a unit",
                 (unsigned long long)min, (unsigned long long)max);
        return refuse(s, wanted);
    }
    *ret_value = (uint32_t)value;
    return 0;
}

static int set_mode(const struct setting *s, enum nic_mode mode)
{
    if (s->options->mode != NIC_MODE_NONE && s->options->mode != mode)
        return refuse(s, "give only one of --mirror, --inline, --exception and --pcap");
    s->options->mode = mode;
    return 0;
}

static int set_device(const struct setting *s, const char *at, size_t bytes)
{
    struct nic_options *o = s->options;
    const char *wanted;

    if (nic_device_parse(at, bytes, &o->devices[o->device_count], &wanted) != 0)
        return refuse(s, wanted);
    o->device_count++;
    return 0;
}

/* The last word wins: a mode given again starts anew. */
static int begin_mode(const struct setting *s, enum nic_mode mode)
{
    s->options->device_count = 0;
    return set_mode(s, mode);
}

static int set_mirror(struct setting *s)
{
    const int rc = begin_mode(s, NIC_MODE_MIRROR);

    if (rc == 0 && s->value[nic_device_span(s->value)] != '\0')
        return refuse(s, "give one device; --inline takes two");
    return rc != 0 ? rc : set_device(s, s->value, strlen(s->value));
}

static int set_exception(struct setting *s)
{
    const int rc = begin_mode(s, NIC_MODE_EXCEPTION);

    if (rc == 0 && s->value[nic_device_span(s->value)] != '\0')
        return refuse(s, "give one device; --tap names the other end");
    return rc != 0 ? rc : set_device(s, s->value, strlen(s->value));
}

static int set_inline(struct setting *s)
{
    const size_t span = nic_device_span(s->value);
    int rc = begin_mode(s, NIC_MODE_INLINE);

    if (rc != 0)
        return rc;
    if (s->value[span] == '\0')
        return refuse(s, "give two devices with a comma between");
    rc = set_device(s, s->value, span);
    if (rc == 0 && s->value[span + 1 + nic_device_span(s->value + span + 1)] != '\0')
        return refuse(s, "give two devices with a comma between");
    if (rc == 0)
        rc = set_device(s, s->value + span + 1, strlen(s->value + span + 1));
    if (rc == 0 && nic_device_is_same(&s->options->devices[0], &s->options->devices[1]))
        return refuse(s, "give two different devices");
    return rc;
}

static int set_pcap(struct setting *s)
{
    const int rc = set_mode(s, NIC_MODE_PCAP);

    if (rc != 0)
        return rc;
    if (strchr(s->value, ',') != NULL)
        return refuse(s, "DPDK cannot open a file with a comma in its name; rename it");
    return set_text(s, s->options->capture, sizeof(s->options->capture));
}

static int add_server(struct setting *s)
{
    struct nic_servers *servers = &s->options->servers;

    if (servers->count == NIC_SERVERS_MAX)
        return refuse(s, "too many servers; the limit is 64");
    if (nic_endpoint_parse(s->value, &servers->list[servers->count]) != 0)
        return refuse(s, "give an address and a port, as 10.0.0.1:80 or [fd00::1]:80");
    servers->count++;
    return 0;
}

static int set_tunnels(struct setting *s)
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
            return refuse(s, wanted);
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
static int set_to(struct setting *s)
{
    const char *path = after(s->value, "unix:");
    const char *server = after(s->value, "tls:");
    int rc = set_text(s, s->options->to, sizeof(s->options->to));

    s->options->socket_path[0] = '\0';
    if (rc == 0 && path != NULL && path[0] == '/')
        strcpy(s->options->socket_path, path); /* shorter than what `to` had room for */
    else if (rc == 0 && (server == NULL || nic_endpoint_parse(server, &s->options->tls_server) ||
                         s->options->tls_server.any))
        rc = refuse(s, "give unix: and the absolute path of prestaged's socket, or tls: and its "
                       "numeric address and port");
    return rc;
}

static int set_psk_file(struct setting *s)
{
    return set_text(s, s->options->psk_file, sizeof(s->options->psk_file));
}

static int set_template(struct setting *s)
{
    if (nic_template_parse(s->value, &s->options->media_template) != 0)
        return refuse(s, "give a path that begins and ends with '/', up to 64 bytes, unencoded");
    return 0;
}

static int add_region(struct setting *s)
{
    switch (nic_region_add(&s->options->regions, s->value)) {
    case 0:
        return 0;
    case -EEXIST:
        return refuse(s, "this prefix is given twice");
    case -ENOSPC:
        return refuse(s, "too many regions; the limit is 4096 prefixes");
    default:
        return refuse(s, "give a prefix without host bits and a number from 1 to 65535, as "
                         "10.77.1.0/24=1");
    }
}

static int set_epoch_ms(struct setting *s)
{
    return set_number(s, EPOCH_MS_MIN, EPOCH_MS_MAX, &s->options->epoch_ms);
}

static int set_mem_mb(struct setting *s)
{
    return set_number(s, MEM_MB_MIN, MEM_MB_MAX, &s->options->mem_mb);
}

static int set_keys(struct setting *s)
{
    uint32_t keys = 0;
    const int rc = set_number(s, KEYS_MIN, KEYS_MAX, &keys);

    if (rc == 0 && (keys & (keys - 1)) != 0)
        return refuse(s, "give a power of two");
    s->options->keys = rc == 0 ? keys : s->options->keys;
    return rc;
}

static int set_frame_bytes(struct setting *s)
{
    uint32_t bytes = 0;
    const int rc = set_number(s, 2048, 16384, &bytes);

    if (rc == 0 && (bytes & (bytes - 1)) != 0)
        return refuse(s, "give 2048, 4096, 8192 or 16384");
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

static int set_lcores(struct setting *s)
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
            return refuse(s, wanted);
        memcpy(text, at, bytes);
        text[bytes] = '\0';
        if (nic_number_parse(text, 0, CPU_MAX, &cpu) != 0 || has_cpu(o, (uint32_t)cpu))
            return refuse(s, wanted);
        o->cpus[o->cpu_count++] = (uint32_t)cpu;
        if (at[bytes] == '\0')
            return 0;
        at += bytes + 1;
    }
}

static int set_offload(struct setting *s)
{
    if (strcmp(s->value, "auto") != 0 && strcmp(s->value, "off") != 0)
        return refuse(s, "give auto or off");
    s->options->offload = strcmp(s->value, "auto") == 0;
    return 0;
}

static int set_offload_media(struct setting *s)
{
    return set_number(s, 0, NIC_OFFLOAD_MEDIA_MAX, &s->options->offload_media);
}

static int set_rtp_ports(struct setting *s)
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
    return refuse(s, "give the lowest and the highest port, as 16384-32767");
}

static int set_stats_file(struct setting *s)
{
    return set_text(s, s->options->stats_file, sizeof(s->options->stats_file));
}

static int set_tap(struct setting *s)
{
    return set_text(s, s->options->tap, sizeof(s->options->tap));
}

static int set_user(struct setting *s)
{
    return set_text(s, s->options->user, sizeof(s->options->user));
}

static int set_poll(struct setting *s)
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
    return refuse(s, "give auto, busy, backoff or interrupt");
}

static int set_debug_capture(struct setting *s)
{
    s->options->debug_capture = true;
    return 0;
}

static int set_print(struct setting *s)
{
    s->options->print = true;
    return 0;
}

static int set_sni(struct setting *s)
{
    s->options->sni = true;
    return 0;
}

static int set_hugepages(struct setting *s)
{
    s->options->hugepages = true;
    return 0;
}

static int set_telemetry(struct setting *s)
{
    s->options->telemetry = true;
    return 0;
}

static int set_verbose(struct setting *s)
{
    s->options->verbose = true;
    return 0;
}

static int set_help(struct setting *s)
{
    s->options->action = NIC_ACTION_HELP;
    return 0;
}

static int set_version(struct setting *s)
{
    s->options->action = NIC_ACTION_VERSION;
    return 0;
}

static char *trim(char *text)
{
    size_t bytes;

    text += strspn(text, " \t\r\n");
    bytes = strlen(text);
    while (bytes > 0 && strchr(" \t\r\n", text[bytes - 1]) != NULL)
        text[--bytes] = '\0';
    return text;
}

static int set_line(struct setting *from_file, char *text)
{
    char *equals;
    char *name;

    if (strlen(text) == CONFIG_LINE_BYTES_MAX - 1)
        return refuse(from_file, "the line is too long");
    name = trim(text);
    if (name[0] == '\0' || name[0] == '#')
        return 0;
    /* A value may hold '=' itself, a region does; the first one ends the name. */
    equals = strchr(name, '=');
    if (equals != NULL)
        *equals = '\0';
    from_file->name = trim(name);
    from_file->value = equals != NULL ? trim(equals + 1) : NULL;
    if (strcmp(from_file->name, "config") == 0)
        return refuse(from_file, "a configuration file cannot name another");
    return set(from_file);
}

static int read_config(struct setting *s)
{
    struct setting from_file = { .options = s->options, .file = s->value, .problem = s->problem };
    char text[CONFIG_LINE_BYTES_MAX];
    FILE *file = fopen(s->value, "re");
    int rc = 0;

    if (file == NULL)
        return nic_problem_set(s->problem, -errno, "--config %.200s: %s", s->value,
                               strerror(errno));
    snprintf(s->options->config_file, sizeof(s->options->config_file), "%s", s->value);
    while (rc == 0 && fgets(text, sizeof(text), file) != NULL) {
        from_file.line++;
        from_file.name = "line";
        from_file.value = NULL;
        rc = set_line(&from_file, text);
    }
    if (rc == 0 && ferror(file))
        rc = nic_problem_set(s->problem, -EIO, "--config %.200s: cannot be read", s->value);
    fclose(file);
    return rc;
}

static const struct option options[] = {
#define NIC_OPTION(name, argument, set, help) { name, argument, set },
#include "dpdk/options.def"
#undef NIC_OPTION
};

static int set(struct setting *setting)
{
    for (size_t i = 0; i < NIC_ARRAY_LEN(options); i++) {
        if (strcmp(options[i].name, setting->name) != 0)
            continue;
        if (options[i].argument != NULL && setting->value == NULL)
            return refuse(setting, "needs a value; see --help");
        if (options[i].argument == NULL && setting->value != NULL)
            return refuse(setting, "is a switch and takes no value");
        return options[i].set(setting);
    }
    return refuse(setting, "is not an option; see --help");
}

static bool takes_value(const char *name)
{
    for (size_t i = 0; i < NIC_ARRAY_LEN(options); i++)
        if (strcmp(options[i].name, name) == 0)
            return options[i].argument != NULL;
    return false;
}

static int set_arguments(struct nic_options *o, int argc, char **argv, struct nic_problem *problem)
{
    int rc = 0;

    for (int i = 1; i < argc && rc == 0; i++) {
        struct setting setting = { .options = o, .problem = problem };
        char name[64] = "";
        const char *equals;
        size_t bytes;

        if (strncmp(argv[i], "--", 2) != 0)
            return nic_problem_set(problem, -EINVAL, "%.100s: is not an option; see --help",
                                   argv[i]);
        equals = strchr(argv[i], '=');
        bytes = strcspn(argv[i] + 2, "=");
        memcpy(name, argv[i] + 2, bytes < sizeof(name) ? bytes : sizeof(name) - 1);
        setting.name = name;
        if (equals != NULL)
            setting.value = equals + 1;
        else if (takes_value(name) && i + 1 < argc)
            setting.value = argv[++i];
        rc = set(&setting);
    }
    return rc;
}

/* The tap is the second device. A plain interface's frames would reach the kernel twice. */
static int finish_exception(struct nic_options *o, struct nic_problem *problem)
{
    char text[NIC_USER_BYTES_MAX + 8];
    const char *wanted;

    if (o->mode != NIC_MODE_EXCEPTION)
        return o->tap[0] == '\0'
                   ? 0
                   : nic_problem_set(problem, -EINVAL, "--tap %.50s: goes with --exception only",
                                     o->tap);
    if (o->devices[0].kind == NIC_DEVICE_INTERFACE)
        return nic_problem_set(problem, -EINVAL,
                               "--exception %.50s: the kernel would get each frame twice, from the "
                               "interface itself too; give af_xdp:%.20s or a PCI address",
                               o->devices[0].name, o->devices[0].name);
    snprintf(text, sizeof(text), "tap:%s", o->tap[0] != '\0' ? o->tap : "prestage0");
    if (nic_device_parse(text, strlen(text), &o->devices[1], &wanted) != 0)
        return nic_problem_set(problem, -EINVAL, "--tap %.50s: %s", o->tap, wanted);
    o->device_count = 2;
    return 0;
}

static int check_devices(const struct nic_options *o, struct nic_problem *problem)
{
    if (o->mode == NIC_MODE_PCAP && o->cpu_count > 1)
        return nic_problem_set(problem, -EINVAL,
                               "--pcap: a file is read by one worker; give --lcores one CPU");
    for (uint32_t i = 0; i < o->device_count; i++) {
        if (o->devices[i].kind == NIC_DEVICE_AF_XDP &&
            nic_options_frame_bytes(o) > NIC_FRAME_BYTES_XDP_MAX)
            return nic_problem_set(problem, -EINVAL,
                                   "%.50s: an XDP socket's frame fits a page; --frame-bytes 2048",
                                   o->devices[i].text);
        if (o->devices[i].kind == NIC_DEVICE_TAP && o->mode == NIC_MODE_MIRROR)
            return nic_problem_set(problem, -EINVAL,
                                   "%.50s: a tap has nothing to mirror; give it to --inline or "
                                   "--exception",
                                   o->devices[i].text);
    }
    if (o->debug_capture && !o->hugepages)
        return nic_problem_set(problem, -EINVAL,
                               "--debug-capture needs memory that another process can map: give "
                               "--hugepages too");
    return 0;
}

static int check_whole(struct nic_options *o, struct nic_problem *problem)
{
    int rc;

    if (o->action != NIC_ACTION_RUN)
        return 0;
    if (o->mode == NIC_MODE_NONE)
        return nic_problem_set(problem, -EINVAL,
                               "nothing to watch: give --mirror, --inline, --exception or --pcap");
    if (o->servers.count == 0)
        return nic_problem_set(problem, -EINVAL,
                               "no server to count requests for: give --server ADDR:PORT");
    if (!o->print && o->to[0] == '\0')
        return nic_problem_set(problem, -EINVAL,
                               "nowhere to report: give --to unix:PATH or --print");
    if (o->to[0] != '\0' && o->socket_path[0] == '\0' && o->psk_file[0] == '\0')
        return nic_problem_set(problem, -EINVAL,
                               "--to %.100s: nothing is sent over TCP without a key: give "
                               "--psk-file FILE",
                               o->to);
    nic_region_seal(&o->regions);
    rc = finish_exception(o, problem);
    return rc != 0 ? rc : check_devices(o, problem);
}

int nic_options_parse(struct nic_options **ret_options, int argc, char **argv,
                      struct nic_problem *ret_problem)
{
    struct nic_options *o = nic_zalloc(1, sizeof(*o));
    int rc;

    if (o == NULL)
        return nic_problem_set(ret_problem, -ENOMEM, "out of memory");
    o->epoch_ms = 1000;
    o->mem_mb = 128;
    o->keys = 65536;
    o->offload = true;
    o->offload_media = 32;
    nic_template_parse("/m/", &o->media_template);
    rc = set_arguments(o, argc, argv, ret_problem);
    if (rc == 0)
        rc = check_whole(o, ret_problem);
    if (rc != 0) {
        nic_options_destroy(o);
        return rc;
    }
    *ret_options = o;
    return 0;
}

void nic_options_destroy(struct nic_options *opts)
{
    free(opts);
}

uint32_t nic_options_workers(const struct nic_options *o)
{
    return o->cpu_count > 0 ? o->cpu_count : 1;
}

uint32_t nic_options_frame_bytes(const struct nic_options *o)
{
    if (o->frame_bytes != 0)
        return o->frame_bytes;
    /* The kernel shows a mirror merged segments; nowhere else are frames longer than the wire's. */
    return o->mode == NIC_MODE_PCAP ||
                   (o->mode == NIC_MODE_MIRROR && o->devices[0].kind == NIC_DEVICE_INTERFACE)
               ? NIC_FRAME_BYTES_MERGED
               : NIC_FRAME_BYTES_WIRE;
}
