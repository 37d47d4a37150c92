/* SPDX-License-Identifier: BSD-3-Clause */
#include "dpdk/reload.h"

#include <stdio.h>
#include <string.h>

static bool same_devices(const struct nic_options *a, const struct nic_options *b)
{
    if (a->mode != b->mode || a->device_count != b->device_count ||
        strcmp(a->capture, b->capture) != 0)
        return false;
    for (uint32_t i = 0; i < a->device_count; i++)
        if (strcmp(a->devices[i].text, b->devices[i].text) != 0)
            return false;
    return true;
}

static bool same_servers(const struct nic_servers *a, const struct nic_servers *b)
{
    if (a->count != b->count)
        return false;
    for (uint32_t i = 0; i < a->count; i++)
        if (a->list[i].port != b->list[i].port || a->list[i].any != b->list[i].any ||
            memcmp(&a->list[i].address, &b->list[i].address, sizeof(a->list[i].address)) != 0)
            return false;
    return true;
}

static bool same_cpus(const struct nic_options *a, const struct nic_options *b)
{
    return a->cpu_count == b->cpu_count &&
           memcmp(a->cpus, b->cpus, a->cpu_count * sizeof(a->cpus[0])) == 0;
}

unsigned nic_reload_left(const struct nic_options *in_use, const struct nic_options *fresh,
                         char *ret_names, size_t size_bytes)
{
    const struct nic_options *a = in_use;
    const struct nic_options *b = fresh;
    const struct {
        const char *name;
        bool is_same;
    } options[] = {
        { "mode", same_devices(a, b) },
        { "server", same_servers(&a->servers, &b->servers) },
        { "sni", a->sni == b->sni },
        { "template", strcmp(a->media_template.text, b->media_template.text) == 0 },
        { "to", strcmp(a->to, b->to) == 0 },
        { "psk-file", strcmp(a->psk_file, b->psk_file) == 0 },
        { "print", a->print == b->print },
        { "epoch-ms", a->epoch_ms == b->epoch_ms },
        { "lcores", same_cpus(a, b) },
        { "poll", a->poll == b->poll },
        { "mem-mb", a->mem_mb == b->mem_mb },
        { "frame-bytes", a->frame_bytes == b->frame_bytes },
        { "keys", a->keys == b->keys },
        { "offload", a->offload == b->offload },
        { "offload-media", a->offload_media == b->offload_media },
        { "rtp-ports", a->rtp_first == b->rtp_first && a->rtp_last == b->rtp_last },
        { "hugepages", a->hugepages == b->hugepages },
        { "stats-file", strcmp(a->stats_file, b->stats_file) == 0 },
        { "user", strcmp(a->user, b->user) == 0 },
        { "telemetry", a->telemetry == b->telemetry },
        { "debug-capture", a->debug_capture == b->debug_capture },
    };
    unsigned left = 0;
    size_t used = 0;

    ret_names[0] = '\0';
    for (size_t i = 0; i < sizeof(options) / sizeof(options[0]); i++) {
        if (options[i].is_same)
            continue;
        if (used < size_bytes)
            used += (size_t)snprintf(ret_names + used, size_bytes - used, "%s%s",
                                     left > 0 ? "," : "", options[i].name);
        left++;
    }
    return left;
}

void nic_reload_keep_servers(const struct nic_options *in_use, struct nic_options *fresh)
{
    const struct nic_tunnels tunnels = fresh->servers.tunnels;

    fresh->servers = in_use->servers;
    fresh->servers.tunnels = tunnels;
}
