/* SPDX-License-Identifier: BSD-3-Clause */
#include "dpdk/options.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "dpdk/mem.h"
#include "dpdk/options_priv.h"

#define CONFIG_LINE_BYTES_MAX 4352u

static char *trim(char *text)
{
    size_t bytes;

    text += strspn(text, " \t\r\n");
    bytes = strlen(text);
    while (bytes > 0 && strchr(" \t\r\n", text[bytes - 1]) != NULL)
        text[--bytes] = '\0';
    return text;
}

static int set_line(struct nic_setting *from_file, char *text)
{
    char *equals;
    char *name;

    if (strlen(text) == CONFIG_LINE_BYTES_MAX - 1)
        return nic_setting_refuse(from_file, "the line is too long");
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
        return nic_setting_refuse(from_file, "a configuration file cannot name another");
    /* A reload reads the file again, and would then have no whole options. */
    if (strcmp(from_file->name, "help") == 0 || strcmp(from_file->name, "version") == 0)
        return nic_setting_refuse(from_file, "belongs on the command line");
    return nic_setting_apply(from_file);
}

int nic_set_config(struct nic_setting *s)
{
    struct nic_setting from_file = { .options = s->options,
                                     .file = s->value,
                                     .problem = s->problem };
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

static int set_arguments(struct nic_options *o, int argc, char **argv, struct nic_problem *problem)
{
    int rc = 0;

    for (int i = 1; i < argc && rc == 0; i++) {
        struct nic_setting setting = { .options = o, .problem = problem };
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
        else if (nic_setting_takes_value(name) && i + 1 < argc)
            setting.value = argv[++i];
        rc = nic_setting_apply(&setting);
    }
    return rc;
}

static int check_whole(struct nic_options *o, struct nic_problem *problem)
{
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
    return nic_mode_finish(o, problem);
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
