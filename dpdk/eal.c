/* SPDX-License-Identifier: BSD-3-Clause */
#include "dpdk/eal.h"

#include <assert.h>
#include <limits.h>
#include <rte_eal.h>
#include <rte_errno.h>
#include <rte_pdump.h>
#include <sched.h>
#include <stdarg.h>
#include <stdio.h>
#include <unistd.h>

#include "dpdk/huge_files.h"
#include "dpdk/runtime_dir.h"

#define EAL_ARGS_MAX   24
#define EAL_TEXT_BYTES 32768 /* a path, two devices and the CPUs, each at its longest */

/* EAL's argv; it keeps pointers into it. */
struct eal_args {
    char text[EAL_TEXT_BYTES];
    size_t used_bytes;
    char *argv[EAL_ARGS_MAX + 1];
    int argc;
};

__attribute__((format(printf, 2, 3))) static void add_arg(struct eal_args *args, const char *fmt,
                                                          ...)
{
    char *at = args->text + args->used_bytes;
    const size_t left = sizeof(args->text) - args->used_bytes;
    va_list list;
    int bytes;

    va_start(list, fmt);
    bytes = vsnprintf(at, left, fmt, list);
    va_end(list);
    assert(bytes >= 0 && (size_t)bytes < left && args->argc < EAL_ARGS_MAX);
    args->argv[args->argc++] = at;
    args->used_bytes += (size_t)bytes + 1;
}

/* `(0,1,3)`: every CPU this process may use. */
static void any_cpu(char *ret_text, size_t size_bytes)
{
    cpu_set_t set;
    size_t used = 0;

    CPU_ZERO(&set);
    if (sched_getaffinity(0, sizeof(set), &set) != 0)
        CPU_SET(0, &set);
    for (uint32_t cpu = 0; cpu < CPU_SETSIZE && used + 8 < size_bytes; cpu++)
        if (CPU_ISSET(cpu, &set))
            used += (size_t)snprintf(ret_text + used, size_bytes - used, "%c%u",
                                     used == 0 ? '(' : ',', cpu);
    snprintf(ret_text + used, size_bytes - used, ")");
}

static void add_lcores(struct eal_args *args, const struct nic_options *o)
{
    char any[CPU_SETSIZE * sizeof("1023,")];
    char text[2 * sizeof(any) + 256];
    int used;

    any_cpu(any, sizeof(any));
    used = snprintf(text, sizeof(text), "0@%s", any);
    if (o->cpu_count == 0)
        snprintf(text + used, sizeof(text) - (size_t)used, ",1@%s", any);
    for (uint32_t i = 0; i < o->cpu_count; i++)
        used += snprintf(text + used, sizeof(text) - (size_t)used, ",%u@%u", i + 1, o->cpus[i]);
    add_arg(args, "--lcores=%s", text);
}

static void add_memory(struct eal_args *args, const struct nic_options *o)
{
    add_arg(args, "-m");
    add_arg(args, "%u", o->mem_mb);
    if (o->debug_capture) /* dpdk-dumpcap maps our memory: neither private nor from plain pages */
        return;
    if (o->hugepages) {
        add_arg(args, "--in-memory");
    } else {
        add_arg(args, "--no-huge");
        add_arg(args, "--no-shconf");
    }
}

static void add_devices(struct eal_args *args, const struct nic_options *o)
{
    char text[4 * NIC_DEVICE_BYTES_MAX];
    bool any_pci = false;

    if (o->mode == NIC_MODE_PCAP)
        add_arg(args, "--vdev=net_pcap0,rx_pcap=%s", o->capture);
    for (uint32_t i = 0; i < o->device_count; i++) {
        nic_device_eal_argument(&o->devices[i], i, nic_options_workers(o),
                                nic_options_frame_bytes(o), text, sizeof(text));
        add_arg(args, "%s", text);
        any_pci = any_pci || o->devices[i].kind == NIC_DEVICE_PCI;
    }
    if (!any_pci)
        add_arg(args, "--no-pci");
}

static void build_args(struct eal_args *args, const struct nic_options *o)
{
    add_arg(args, "prestage-nic");
    add_arg(args, "--file-prefix=" NIC_RUNTIME_PREFIX "%d", getpid());
    add_memory(args, o);
    add_arg(args, o->telemetry ? "--telemetry" : "--no-telemetry");
    add_arg(args, "--log-level=*:%s", o->verbose ? "info" : "error");
    add_lcores(args, o);
    add_devices(args, o);
}

static int start_captures(struct nic_problem *problem)
{
    if (rte_pdump_init() == 0)
        return 0;
    return nic_problem_set(problem, -rte_errno, "--debug-capture: DPDK cannot serve captures: %s",
                           rte_strerror(rte_errno));
}

int nic_eal_start(const struct nic_options *options, struct nic_problem *ret_problem)
{
    static struct eal_args args; /* EAL keeps pointers into it */

    build_args(&args, options);
    if (rte_eal_init(args.argc, args.argv) < 0)
        return nic_problem_set(ret_problem, -rte_errno,
                               "DPDK cannot start: %s; --verbose shows more",
                               rte_strerror(rte_errno));
    nic_runtime_dir_sweep(rte_eal_get_runtime_dir());
    nic_huge_files_remove_all(0);
    /* Where nothing needs it, even a killed process leaves none. */
    if (!options->telemetry && !options->debug_capture)
        nic_runtime_dir_remove(rte_eal_get_runtime_dir());
    if (!options->debug_capture || start_captures(ret_problem) == 0)
        return 0;
    nic_eal_stop();
    return -ENOTSUP;
}

void nic_eal_stop(void)
{
    char runtime_dir[PATH_MAX];

    snprintf(runtime_dir, sizeof(runtime_dir), "%s", rte_eal_get_runtime_dir());
    rte_pdump_uninit();
    rte_eal_cleanup();
    nic_runtime_dir_remove(runtime_dir);
    nic_huge_files_remove_all(getpid());
}
