/* SPDX-License-Identifier: BSD-3-Clause */
#include "dpdk/control.h"

#include <errno.h>
#include <inttypes.h>
#include <limits.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/signalfd.h>
#include <time.h>
#include <unistd.h>

#include "dpdk/log.h"
#include "dpdk/mem.h"
#include "dpdk/print.h"
#include "dpdk/stats.h"
#include "dpdk/telemetry.h"
#include "dpdk/top.h"

#define NS_PER_S       1000000000ull
#define NS_PER_MS      1000000ull
#define NAMES_KEPT     65536u
#define FINISH_WAIT_MS 2000u
#define TOP_WINDOW_MS  60000u

struct nic_control {
    struct nic_control_config cfg;
    struct nic_names *names;
    struct nic_batch *batch;    /* the interval in hand */
    struct nic_stream *stream;  /* NULL: not asked for */
    uint64_t interval_start_ns; /* CLOCK_REALTIME */
    uint64_t turn_ns;           /* CLOCK_MONOTONIC: when the epoch is over */
    uint64_t port_missed;
    uint32_t ended_count;
    bool was_connected;
    int stream_error; /* the last one that was logged */
    /* Guards stats, names and top: written here, read by telemetry's thread. */
    pthread_mutex_t stats_lock;
    struct nic_top *top; /* NULL: nobody can ask */
    struct nic_stats stats;
};

static uint64_t now_ns(clockid_t clock)
{
    struct timespec ts;

    clock_gettime(clock, &ts);
    return (uint64_t)ts.tv_sec * NS_PER_S + (uint64_t)ts.tv_nsec;
}

/* As many as one worker counts, up to what a batch may hold; what is beyond is shed and counted. */
static uint32_t records_max(const struct nic_control_config *cfg)
{
    return cfg->keys < NIC_BATCH_RECORDS_MAX ? cfg->keys : NIC_BATCH_RECORDS_MAX;
}

static int create_stream(struct nic_control *c)
{
    struct nic_stream_config cfg = {
        .to = c->cfg.to,
        .names = c->names,
        .server_v4 = c->cfg.server_v4,
        .records_max = records_max(&c->cfg),
        .ports = c->cfg.ports,
        .rules = c->cfg.rules,
        .arg = c->cfg.arg,
    };

    if (c->cfg.to_name == NULL)
        return 0;
    if (getrandom(&cfg.boot_id, sizeof(cfg.boot_id), 0) != sizeof(cfg.boot_id))
        return -EIO;
    return nic_stream_create(&c->stream, &cfg);
}

int nic_control_create(struct nic_control **ret_control, const struct nic_control_config *cfg)
{
    struct nic_control *c = nic_zalloc(1, sizeof(*c));
    int rc;

    if (c == NULL)
        return -ENOMEM;
    c->cfg = *cfg;
    pthread_mutex_init(&c->stats_lock, NULL);
    rc = nic_names_create(&c->names, NAMES_KEPT);
    if (rc == 0)
        rc = nic_batch_create(&c->batch, records_max(cfg));
    if (rc == 0)
        rc = create_stream(c);
    if (rc == 0 && cfg->telemetry)
        rc = nic_top_create(&c->top, NIC_TOP_ENTRIES, (TOP_WINDOW_MS - 1) / cfg->epoch_ms + 1);
    if (rc != 0) {
        nic_control_destroy(c);
        return rc;
    }
    c->interval_start_ns = now_ns(CLOCK_REALTIME);
    c->turn_ns = now_ns(CLOCK_MONOTONIC) + cfg->epoch_ms * NS_PER_MS;
    *ret_control = c;
    return 0;
}

void nic_control_destroy(struct nic_control *control)
{
    if (control == NULL)
        return;
    nic_stats_stop_telemetry();
    nic_telemetry_stop();
    nic_top_destroy(control->top);
    nic_stream_destroy(control->stream);
    nic_batch_destroy(control->batch);
    nic_names_destroy(control->names);
    pthread_mutex_destroy(&control->stats_lock);
    free(control);
}

/* Take the closed interval from all workers. @return How many names were refused. */
static uint32_t gather(struct nic_control *c)
{
    const uint64_t missed = c->cfg.port_missed(c->cfg.arg);
    const uint64_t epoch = nic_epoch_turn(c->cfg.epoch);
    uint32_t refused = 0;

    nic_batch_clear(c->batch);
    nic_batch_date(c->batch, epoch, c->interval_start_ns, now_ns(CLOCK_REALTIME));
    c->interval_start_ns = c->batch->end_ns;
    pthread_mutex_lock(&c->stats_lock);
    for (uint32_t i = 0; i < c->cfg.observer_count; i++)
        refused += nic_observer_drain(c->cfg.observers[i], c->batch->epoch, c->batch, c->names);
    pthread_mutex_unlock(&c->stats_lock);
    c->cfg.closed(c->cfg.arg, c->batch);
    if (missed > c->port_missed) { /* less: a port that is away tells nothing */
        c->batch->totals.port_missed += missed - c->port_missed;
        c->port_missed = missed;
    }
    return refused;
}

static void update_stats(struct nic_control *c, uint32_t names_refused)
{
    const uint64_t shed = c->stats.stream.shed_records;

    pthread_mutex_lock(&c->stats_lock);
    nic_totals_add(&c->stats.totals, &c->batch->totals);
    memcpy(c->stats.last_traffic, c->batch->totals.traffic, sizeof(c->stats.last_traffic));
    c->stats.last_interval_ns = c->batch->end_ns - c->batch->start_ns;
    if (c->top != NULL)
        nic_top_add(c->top, c->batch);
    c->stats.epoch = c->batch->epoch;
    c->stats.names_refused += names_refused;
    if (c->stream != NULL)
        nic_stream_status(c->stream, &c->stats.stream);
    c->stats.totals.shed_records += c->stats.stream.shed_records - shed;
    pthread_mutex_unlock(&c->stats_lock);
}

static void close_epoch(struct nic_control *c)
{
    const uint32_t names_refused = gather(c);
    int rc;

    if (names_refused > 0)
        nic_log(NIC_LOG_WARN, "names_collide", "refused=%u", names_refused);
    if (c->cfg.print)
        nic_print_batch(stdout, c->batch, c->names);
    if (c->stream != NULL)
        nic_stream_put(c->stream, c->batch);
    update_stats(c, names_refused);
    if (c->cfg.stats_file == NULL)
        return;
    rc = nic_stats_write(&c->stats, c->cfg.stats_file);
    if (rc != 0)
        nic_log(NIC_LOG_WARN, "stats_file_failed", "file=%s error=%s", c->cfg.stats_file,
                strerrorname_np(-rc));
}

/* One line when it connects, and one for each new reason why it does not. */
static void log_stream(const struct nic_control *c, const struct nic_stream_status *status)
{
    const bool left = c->was_connected && !status->connected;
    const char *hint = "";

    if (status->connected && !c->was_connected) {
        nic_log(NIC_LOG_INFO, "connected", "to=%s", c->cfg.to_name);
        return;
    }
    if (status->connected || (!left && status->last_error == c->stream_error))
        return;
    if (status->last_error == -EACCES && c->cfg.to.path == NULL)
        hint = " why=\"the key or its identity is not prestaged's\"";
    nic_log(NIC_LOG_WARN, left ? "disconnected" : "not_connected", "to=%s error=%s%s",
            c->cfg.to_name, strerrorname_np(-status->last_error), hint);
}

static void work_stream(struct nic_control *c)
{
    struct nic_stream_status status;

    if (c->stream == NULL)
        return;
    nic_stream_work(c->stream, now_ns(CLOCK_MONOTONIC));
    nic_stream_status(c->stream, &status);
    log_stream(c, &status);
    c->was_connected = status.connected;
    c->stream_error = status.last_error;
}

/* @return Whether to go on. */
static bool read_signal(struct nic_control *c)
{
    struct signalfd_siginfo info;

    if (read(c->cfg.signal_fd, &info, sizeof(info)) != sizeof(info))
        return true;
    if (info.ssi_signo == SIGUSR1)
        nic_print_totals(stderr, "total", &c->stats.totals);
    else if (info.ssi_signo == SIGHUP)
        c->cfg.reload(c->cfg.arg);
    else
        return false;
    return true;
}

static bool read_ended(struct nic_control *c)
{
    uint64_t count;

    if (read(c->cfg.end_fd, &count, sizeof(count)) == sizeof(count))
        c->ended_count += (uint32_t)count;
    return c->ended_count < c->cfg.observer_count;
}

static int wait_ms(const struct nic_control *c)
{
    const uint64_t now = now_ns(CLOCK_MONOTONIC);
    uint64_t until = c->turn_ns;
    uint64_t ms;

    if (c->stream != NULL && nic_stream_wake_ns(c->stream) < until)
        until = nic_stream_wake_ns(c->stream);
    ms = until > now ? (until - now + NS_PER_MS - 1) / NS_PER_MS : 0;
    return ms < INT_MAX ? (int)ms : INT_MAX;
}

/* @return 0 or -ENODEV. */
static int turn_when_due(struct nic_control *c)
{
    const uint64_t now = now_ns(CLOCK_MONOTONIC);

    if (now < c->turn_ns)
        return 0;
    close_epoch(c);
    c->turn_ns += c->cfg.epoch_ms * NS_PER_MS;
    if (c->turn_ns <= now) /* we were stopped for long: no burst of empty epochs */
        c->turn_ns = now + c->cfg.epoch_ms * NS_PER_MS;
    return c->cfg.port_gone(c->cfg.arg) ? -ENODEV : 0;
}

int nic_control_run(struct nic_control *control)
{
    struct pollfd fds[3] = {
        { .fd = control->cfg.signal_fd, .events = POLLIN },
        { .fd = control->cfg.end_fd, .events = POLLIN },
        { .fd = -1 },
    };
    bool goes_on = true;
    int rc = 0;

    while (goes_on && rc == 0) {
        if (control->stream != NULL)
            fds[2].fd = nic_stream_fd(control->stream, &fds[2].events);
        if (poll(fds, NIC_ARRAY_LEN(fds), wait_ms(control)) < 0 && errno != EINTR)
            return -errno;
        if ((fds[0].revents & POLLIN) != 0)
            goes_on = read_signal(control);
        if ((fds[1].revents & POLLIN) != 0)
            goes_on = read_ended(control) && goes_on;
        rc = turn_when_due(control);
        work_stream(control);
    }
    return rc;
}

int nic_control_finish(struct nic_control *control)
{
    int rc = 0;

    close_epoch(control);
    if (control->stream != NULL)
        rc = nic_stream_finish(control->stream, FINISH_WAIT_MS);
    if (control->cfg.print_totals)
        nic_print_totals(stdout, "total", &control->stats.totals);
    return rc;
}

static void read_stats(void *arg, struct nic_stats *ret_stats)
{
    struct nic_control *c = arg;

    pthread_mutex_lock(&c->stats_lock);
    *ret_stats = c->stats;
    pthread_mutex_unlock(&c->stats_lock);
}

static uint32_t read_ports(void *arg, struct psd_port *ret_ports, uint32_t max)
{
    const struct nic_control *c = arg;

    return c->cfg.ports(c->cfg.arg, ret_ports, max);
}

static void name_media(const struct nic_control *c, const struct nic_top_media *media,
                       struct nic_telemetry_media *ret_media)
{
    const struct nic_name *name = nic_names_find(c->names, media->media_key, PSD_NAME_MEDIA);

    ret_media->requests = media->requests;
    if (name != NULL)
        snprintf(ret_media->name, sizeof(ret_media->name), "%.*s", (int)name->bytes, name->text);
    else
        snprintf(ret_media->name, sizeof(ret_media->name), "key:%016" PRIx64, media->media_key);
}

static uint32_t read_top(void *arg, struct nic_telemetry_media *ret_media, uint32_t max,
                         uint32_t *ret_epochs)
{
    struct nic_top_media media[NIC_TOP_MEDIA_MAX];
    struct nic_control *c = arg;
    uint32_t count;

    pthread_mutex_lock(&c->stats_lock);
    count =
        nic_top_list(c->top, media, max < NIC_TOP_MEDIA_MAX ? max : NIC_TOP_MEDIA_MAX, ret_epochs);
    for (uint32_t i = 0; i < count; i++)
        name_media(c, &media[i], &ret_media[i]);
    pthread_mutex_unlock(&c->stats_lock);
    return count;
}

void nic_control_serve_telemetry(struct nic_control *control)
{
    nic_stats_serve_telemetry(read_stats, control);
    nic_telemetry_start(&(struct nic_telemetry_source){
        .ports = read_ports, .top = read_top, .stats = read_stats, .arg = control });
}
