/* SPDX-License-Identifier: BSD-3-Clause */
#include "dpdk/stats.h"

#include <errno.h>
#include <inttypes.h>
#include <pthread.h>
#include <rte_telemetry.h>
#include <stdio.h>

#define PATH_BYTES_MAX 4352u

/* EAL gives its callbacks no argument. */
static struct {
    pthread_mutex_t lock;
    void (*read)(void *arg, struct nic_stats *ret_stats);
    void *arg;
} source = { .lock = PTHREAD_MUTEX_INITIALIZER };

int nic_stats_write(const struct nic_stats *stats, const char *path)
{
    char temporary[PATH_BYTES_MAX];
    char text[NIC_TOTALS_TEXT_BYTES_MAX];
    FILE *file;
    int rc;

    if (snprintf(temporary, sizeof(temporary), "%s.new", path) >= (int)sizeof(temporary))
        return -ENAMETOOLONG;
    file = fopen(temporary, "we");
    if (file == NULL)
        return -errno;
    nic_totals_text(&stats->totals, text, sizeof(text));
    rc = fprintf(file,
                 "epoch=%" PRIu64 " %s names_refused=%" PRIu64 " connected=%d connects=%" PRIu64
                 " epochs_sent=%" PRIu64 "\n",
                 stats->epoch, text, stats->names_refused, stats->stream.connected,
                 stats->stream.connects, stats->stream.epochs_sent) > 0
             ? 0
             : -EIO;
    if (fclose(file) != 0)
        rc = -EIO;
    if (rc == 0 && rename(temporary, path) != 0)
        rc = -errno;
    if (rc != 0)
        remove(temporary);
    return rc;
}

static bool read_source(struct nic_stats *ret_stats)
{
    bool has_source;

    pthread_mutex_lock(&source.lock);
    has_source = source.read != NULL;
    if (has_source)
        source.read(source.arg, ret_stats);
    pthread_mutex_unlock(&source.lock);
    return has_source;
}

static void add_total(void *arg, const char *name, uint64_t value, const char *help)
{
    (void)help;
    rte_tel_data_add_dict_u64(arg, name, value);
}

static int answer_totals(const char *command, const char *parameters, struct rte_tel_data *data)
{
    struct nic_stats stats;

    (void)command;
    (void)parameters;
    if (!read_source(&stats))
        return -EAGAIN;
    rte_tel_data_start_dict(data);
    rte_tel_data_add_dict_u64(data, "epoch", stats.epoch);
    nic_totals_each(&stats.totals, add_total, data);
    rte_tel_data_add_dict_u64(data, "names_refused", stats.names_refused);
    return 0;
}

static int answer_stream(const char *command, const char *parameters, struct rte_tel_data *data)
{
    struct nic_stats stats;

    (void)command;
    (void)parameters;
    if (!read_source(&stats))
        return -EAGAIN;
    rte_tel_data_start_dict(data);
    rte_tel_data_add_dict_int(data, "connected", stats.stream.connected);
    rte_tel_data_add_dict_u64(data, "connects", stats.stream.connects);
    rte_tel_data_add_dict_u64(data, "epochs_sent", stats.stream.epochs_sent);
    return 0;
}

void nic_stats_serve_telemetry(void (*read)(void *arg, struct nic_stats *ret_stats), void *arg)
{
    pthread_mutex_lock(&source.lock);
    source.read = read;
    source.arg = arg;
    pthread_mutex_unlock(&source.lock);
    rte_telemetry_register_cmd("/prestage/totals", answer_totals,
                               "Counters since the start. No parameters");
    rte_telemetry_register_cmd("/prestage/stream", answer_stream,
                               "The connection to prestaged. No parameters");
}

void nic_stats_stop_telemetry(void)
{
    pthread_mutex_lock(&source.lock);
    source.read = NULL;
    pthread_mutex_unlock(&source.lock);
}
