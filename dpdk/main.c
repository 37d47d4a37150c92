/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * dpdk/main.c - prestage-nic: counts requests for media as they pass (dpdk/README.md).
 *
 * The main thread becomes the control thread; each worker is an lcore of EAL's.
 */
#include <errno.h>
#include <rte_eal.h>
#include <rte_launch.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/random.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include "dpdk/control.h"
#include "dpdk/help.h"
#include "dpdk/offload.h"
#include "dpdk/offload_flow.h"
#include "dpdk/options.h"
#include "dpdk/ports.h"
#include "dpdk/power.h"
#include "dpdk/privilege.h"
#include "dpdk/reload.h"

#define EXIT_USAGE 2

struct process {
    int argc;
    char **argv;
    struct nic_options *options;
    struct nic_options *reloaded; /* has regions and tunnels in use, once there was a reload */
    struct nic_psk psk;           /* of --psk-file */
    struct nic_privilege privilege;
    struct nic_ports ports;
    int signal_fd;
    int end_fd;
    struct nic_epoch *epoch;
    struct nic_observer *observers[NIC_WORKERS_MAX];
    struct nic_worker *workers[NIC_WORKERS_MAX];
    struct nic_control *control;
    struct nic_offload *offload; /* NULL: not wanted */
};

/* Before EAL makes threads, so that none of them is hit by a signal that is ours. */
static int open_events(struct process *p)
{
    sigset_t set;

    sigemptyset(&set);
    sigaddset(&set, SIGTERM);
    sigaddset(&set, SIGINT);
    sigaddset(&set, SIGUSR1);
    sigaddset(&set, SIGHUP);
    signal(SIGPIPE, SIG_IGN);
    if (sigprocmask(SIG_BLOCK, &set, NULL) != 0)
        return -errno;
    p->signal_fd = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
    p->end_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    return p->signal_fd < 0 || p->end_fd < 0 ? -errno : 0;
}

/* The one server that HELLO has room for; with several, none. */
static uint64_t server_v4(const struct nic_servers *servers)
{
    const struct nic_endpoint *server = &servers->list[0];
    uint64_t packed = 0;

    if (servers->count != 1 || server->any || !nic_address_is_v4(&server->address))
        return 0;
    for (uint32_t i = NIC_V4_PREFIX / 8; i < NIC_ADDRESS_BYTES; i++)
        packed = packed << 8 | server->address.bytes[i];
    return packed << 16 | server->port;
}

static uint32_t sleep_us_max(const struct nic_options *o)
{
    if (o->poll == NIC_POLL_BUSY)
        return 0;
    return o->mode == NIC_MODE_MIRROR ? NIC_POWER_MIRROR_US_MAX : NIC_POWER_INLINE_US_MAX;
}

static int build_worker(struct process *p, uint32_t idx)
{
    const struct nic_options *o = p->options;
    struct nic_observer_config observer = {
        .servers = &o->servers,
        .regions = &o->regions,
        .media_template = o->media_template,
        .keys = o->keys,
        .sni = o->sni,
        .offload = p->offload,
        .worker_idx = idx,
    };
    struct nic_worker_config worker = {
        .idx = idx,
        .port_count = p->ports.count,
        .ends = o->mode == NIC_MODE_PCAP,
        .end_fd = p->end_fd,
        .interrupts =
            p->ports.has_interrupts && (o->poll == NIC_POLL_AUTO || o->poll == NIC_POLL_INTERRUPT),
        .sleep_us_max = sleep_us_max(o),
        .epoch = p->epoch,
    };
    int rc;

    if (getrandom(&observer.seed, sizeof(observer.seed), 0) != sizeof(observer.seed))
        return -EIO;
    rc = nic_observer_create(&p->observers[idx], &observer);
    if (rc != 0)
        return rc;
    worker.observer = p->observers[idx];
    memcpy(worker.ports, p->ports.ids, sizeof(worker.ports));
    return nic_worker_create(&p->workers[idx], &worker);
}

static uint64_t port_missed(void *arg)
{
    const struct process *p = arg;

    return nic_ports_missed(&p->ports);
}

static uint32_t ports_report(void *arg, struct psd_port *ret_ports, uint32_t max)
{
    const struct process *p = arg;

    return nic_ports_report(&p->ports, ret_ports, max);
}

static uint32_t rules_report(void *arg, struct psd_rule *ret_rules, uint32_t max)
{
    const struct process *p = arg;

    return p->offload == NULL ? 0 : nic_offload_report(p->offload, ret_rules, max);
}

static bool port_gone(void *arg)
{
    struct process *p = arg;

    return nic_ports_watch(&p->ports) != 0;
}

static int build_offload(struct process *p)
{
    const struct nic_options *o = p->options;
    const struct nic_offload_config cfg = {
        .ops = &nic_offload_rte_flow,
        .ports = p->ports.ids,
        .port_count = p->ports.count,
        .worker_count = p->ports.worker_count,
        .servers = &o->servers,
        .rtp_first = o->rtp_first,
        .rtp_last = o->rtp_last,
        .media_max = o->offload_media,
        .claims_max = NIC_BATCH_CLAIMS_MAX,
    };
    int rc;

    if (!o->offload)
        return 0;
    rc = nic_offload_create(&p->offload, &cfg);
    if (rc == 0)
        nic_offload_log(p->offload);
    return rc;
}

static void turn_offload(void *arg, struct nic_batch *batch)
{
    const struct process *p = arg;

    if (p->offload != NULL)
        nic_offload_turn(p->offload, batch);
}

/* Regions and tunnels are taken over; what is wrong leaves those in use as they are. */
static void reload(void *arg)
{
    struct process *p = arg;
    struct nic_options *before = p->reloaded;
    struct nic_options *fresh;
    struct nic_problem problem = { 0 };
    char left[256];

    if (nic_options_parse(&fresh, p->argc, p->argv, &problem) != 0) {
        nic_log(NIC_LOG_WARN, "reload_failed", "kept=regions,tunnels problem=\"%s\"", problem.text);
        return;
    }
    nic_reload_left(p->options, fresh, left, sizeof(left));
    nic_reload_keep_servers(p->options, fresh);
    for (uint32_t i = 0; i < p->ports.worker_count; i++) {
        nic_observer_set_regions(p->observers[i], &fresh->regions);
        nic_observer_set_servers(p->observers[i], &fresh->servers);
    }
    nic_epoch_wait(p->epoch);
    p->reloaded = fresh;
    nic_options_destroy(before);
    nic_log(NIC_LOG_INFO, "reloaded", "prefixes=%u vxlan=%d gtpu=%d", fresh->regions.count,
            fresh->servers.tunnels.vxlan, fresh->servers.tunnels.gtpu);
    if (left[0] != '\0') /* said, so that nobody waits for it */
        nic_log(NIC_LOG_WARN, "restart_needed", "options=%s", left);
}

static int build_control(struct process *p)
{
    const struct nic_options *o = p->options;
    const struct nic_control_config cfg = {
        .epoch_ms = o->epoch_ms,
        .print = o->print,
        .print_totals = o->print || o->mode == NIC_MODE_PCAP,
        .to_name = o->to[0] != '\0' ? o->to : NULL,
        .to = {
            .path = o->socket_path[0] != '\0' ? o->socket_path : NULL,
            .server = o->tls_server,
            .psk = &p->psk,
        },
        .stats_file = o->stats_file[0] != '\0' ? o->stats_file : NULL,
        .server_v4 = server_v4(&o->servers),
        .keys = o->keys,
        .epoch = p->epoch,
        .observers = p->observers,
        .observer_count = p->ports.worker_count,
        .ports = ports_report,
        .rules = rules_report,
        .port_missed = port_missed,
        .telemetry = o->telemetry,
        .port_gone = port_gone,
        .closed = turn_offload,
        .reload = reload,
        .arg = p,
        .signal_fd = p->signal_fd,
        .end_fd = p->end_fd,
    };
    const int rc = nic_control_create(&p->control, &cfg);

    nic_psk_clear(&p->psk); /* the stream has its own */
    if (rc == 0 && o->telemetry)
        nic_control_serve_telemetry(p->control);
    return rc;
}

static int drop_privileges(struct process *p, struct nic_problem *problem)
{
    if (!p->privilege.changes && geteuid() == 0 && p->options->mode != NIC_MODE_PCAP)
        nic_log(NIC_LOG_WARN, "running_as_root",
                "hint=\"--user NAME gives that up after the start\"");
    return nic_privilege_drop(&p->privilege, p->options, rte_eal_get_runtime_dir(), problem);
}

static int build(struct process *p, struct nic_problem *problem)
{
    int rc = nic_privilege_lock();

    if (rc == 0 && p->options->psk_file[0] != '\0')
        rc = nic_psk_read(p->options->psk_file, &p->psk, problem);
    if (rc == 0)
        rc = nic_privilege_find(p->options->user, &p->privilege, problem);
    if (rc == 0)
        rc = open_events(p);
    if (rc == 0)
        rc = nic_ports_open(p->options, &p->ports, problem);
    if (rc == 0)
        rc = build_offload(p);
    if (rc == 0)
        rc = drop_privileges(p, problem);
    if (rc == 0)
        rc = nic_epoch_create(&p->epoch, p->ports.worker_count);
    for (uint32_t i = 0; i < p->ports.worker_count && rc == 0; i++)
        rc = build_worker(p, i);
    if (rc == 0)
        rc = build_control(p);
    if (rc != 0 && problem->text[0] == '\0')
        nic_problem_set(problem, rc, "cannot start: %s", strerror(-rc));
    return rc;
}

static int run(struct process *p, struct nic_problem *problem)
{
    int rc = 0;
    int undelivered;

    for (uint32_t i = 0; i < p->ports.worker_count && rc == 0; i++)
        rc = rte_eal_remote_launch(nic_worker_run, p->workers[i], i + 1);
    if (rc == 0)
        rc = nic_control_run(p->control);
    for (uint32_t i = 0; i < p->ports.worker_count; i++)
        nic_worker_stop(p->workers[i]);
    rte_eal_mp_wait_lcore();
    undelivered = nic_control_finish(p->control);
    if (rc == -ENODEV)
        return nic_problem_set(problem, rc,
                               "stopped: a port is gone: its interface was deleted, or the NIC was "
                               "reset or removed; start again when it is back");
    if (rc != 0)
        return nic_problem_set(problem, rc, "stopped: %s", strerror(-rc));
    if (undelivered != 0)
        return nic_problem_set(problem, undelivered,
                               "the last counts could not be delivered to %s: nobody listens",
                               p->options->to);
    return 0;
}

static void tear_down(struct process *p)
{
    nic_control_destroy(p->control);
    for (uint32_t i = 0; i < p->ports.worker_count; i++) {
        nic_worker_destroy(p->workers[i]);
        nic_observer_destroy(p->observers[i]);
    }
    nic_epoch_destroy(p->epoch);
    nic_offload_destroy(p->offload);
    if (p->ports.count > 0)
        nic_ports_close(&p->ports);
    if (p->end_fd >= 0)
        close(p->end_fd);
    if (p->signal_fd >= 0)
        close(p->signal_fd);
    nic_options_destroy(p->reloaded);
    nic_options_destroy(p->options);
}

static int complain(const struct nic_problem *problem, int status)
{
    fprintf(stderr, "prestage-nic: %s\n", problem->text);
    return status;
}

int main(int argc, char **argv)
{
    struct process process = { .argc = argc, .argv = argv, .signal_fd = -1, .end_fd = -1 };
    struct nic_problem problem = { 0 };
    int status = EXIT_SUCCESS;

    if (nic_options_parse(&process.options, argc, argv, &problem) != 0)
        return complain(&problem, EXIT_USAGE);
    if (process.options->action == NIC_ACTION_HELP)
        nic_help_print(stdout);
    else if (process.options->action == NIC_ACTION_VERSION)
        puts("prestage-nic " PS_VERSION);
    else if (build(&process, &problem) != 0 || run(&process, &problem) != 0)
        status = complain(&problem, EXIT_FAILURE);
    tear_down(&process);
    return status;
}
