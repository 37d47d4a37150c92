/* SPDX-License-Identifier: BSD-3-Clause */
#include "dpdk/telemetry.h"

#include <errno.h>
#include <pthread.h>
#include <rte_telemetry.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "dpdk/number.h"

#define NS_PER_S 1000000000ull

/* EAL gives its callbacks no argument. */
static struct {
    pthread_mutex_t lock;
    bool is_there;
    struct nic_telemetry_source from;
} source = { .lock = PTHREAD_MUTEX_INITIALIZER };

/* A text that may be longer than telemetry takes, and may fill its field. */
static void add_text(struct rte_tel_data *dict, const char *name, const char *text, size_t bytes)
{
    char copy[RTE_TEL_MAX_STRING_LEN];

    snprintf(copy, sizeof(copy), "%.*s", (int)strnlen(text, bytes), text);
    rte_tel_data_add_dict_string(dict, name, copy);
}

static uint32_t read_ports(struct psd_port *ret_ports)
{
    uint32_t count = 0;

    pthread_mutex_lock(&source.lock);
    if (source.is_there)
        count = source.from.ports(source.from.arg, ret_ports, PSD_PORTS_MAX);
    pthread_mutex_unlock(&source.lock);
    return count;
}

/* Without a parameter the ports' names, with a number that port. */
static int answer_ports(const char *command, const char *parameters, struct rte_tel_data *data)
{
    struct psd_port ports[PSD_PORTS_MAX];
    const uint32_t count = read_ports(ports);
    uint64_t i;

    (void)command;
    if (parameters == NULL || parameters[0] == '\0') {
        rte_tel_data_start_array(data, RTE_TEL_STRING_VAL);
        for (i = 0; i < count; i++) {
            char name[sizeof(ports[i].name) + 1];

            snprintf(name, sizeof(name), "%.*s", (int)sizeof(ports[i].name), ports[i].name);
            rte_tel_data_add_array_string(data, name);
        }
        return 0;
    }
    if (nic_number_parse(parameters, 0, UINT32_MAX, &i) != 0 || i >= count)
        return -EINVAL;
    rte_tel_data_start_dict(data);
    add_text(data, "name", ports[i].name, sizeof(ports[i].name));
    add_text(data, "driver", ports[i].driver, sizeof(ports[i].driver));
    rte_tel_data_add_dict_int(data, "up", ports[i].is_up);
    rte_tel_data_add_dict_int(data, "queues", ports[i].queues);
    rte_tel_data_add_dict_u64(data, "packets", ports[i].packets);
    rte_tel_data_add_dict_u64(data, "bytes", ports[i].bytes);
    rte_tel_data_add_dict_u64(data, "missed", ports[i].missed);
    rte_tel_data_add_dict_u64(data, "errors", ports[i].errors);
    rte_tel_data_add_dict_u64(data, "speed_mbps", ports[i].speed_mbps);
    return 0;
}

static uint32_t read_top(struct nic_telemetry_media *ret_media, uint32_t *ret_epochs)
{
    uint32_t count = 0;

    *ret_epochs = 0;
    pthread_mutex_lock(&source.lock);
    if (source.is_there)
        count = source.from.top(source.from.arg, ret_media, NIC_TOP_MEDIA_MAX, ret_epochs);
    pthread_mutex_unlock(&source.lock);
    return count;
}

/* Two lists, as telemetry nests no dictionaries and takes few characters in a key. */
static int answer_top(const char *command, const char *parameters, struct rte_tel_data *data)
{
    struct nic_telemetry_media media[NIC_TOP_MEDIA_MAX];
    struct rte_tel_data *names = rte_tel_data_alloc();
    struct rte_tel_data *requests = rte_tel_data_alloc();
    uint32_t epochs;
    uint32_t count;

    (void)command;
    (void)parameters;
    if (names == NULL || requests == NULL) {
        rte_tel_data_free(names);
        rte_tel_data_free(requests);
        return -ENOMEM;
    }
    count = read_top(media, &epochs);
    rte_tel_data_start_array(names, RTE_TEL_STRING_VAL);
    rte_tel_data_start_array(requests, RTE_TEL_U64_VAL);
    for (uint32_t i = 0; i < count; i++) {
        media[i].name[RTE_TEL_MAX_STRING_LEN - 1] = '\0'; /* it takes no more */
        rte_tel_data_add_array_string(names, media[i].name);
        rte_tel_data_add_array_u64(requests, media[i].requests);
    }
    rte_tel_data_start_dict(data);
    rte_tel_data_add_dict_u64(data, "epochs", epochs);
    rte_tel_data_add_dict_container(data, "media", names, 0);
    rte_tel_data_add_dict_container(data, "requests", requests, 0);
    return 0;
}

static uint64_t per_second(uint64_t count, uint64_t interval_ns)
{
    return interval_ns == 0 ? 0
                            : (uint64_t)((double)count * (double)NS_PER_S / (double)interval_ns);
}

static void add_count(struct rte_tel_data *data, const char *class_name, const char *what,
                      uint64_t count)
{
    char name[64];

    snprintf(name, sizeof(name), "%s_%s", class_name, what);
    rte_tel_data_add_dict_u64(data, name, count);
}

static int answer_classes(const char *command, const char *parameters, struct rte_tel_data *data)
{
    static const char *const names[] = {
#define NIC_TRAFFIC(NAME, name, help) [NIC_TRAFFIC_##NAME] = #name,
#include "dpdk/traffic.def"
#undef NIC_TRAFFIC
    };
    struct nic_stats stats = { 0 };

    (void)command;
    (void)parameters;
    pthread_mutex_lock(&source.lock);
    if (source.is_there)
        source.from.stats(source.from.arg, &stats);
    pthread_mutex_unlock(&source.lock);
    rte_tel_data_start_dict(data);
    for (uint32_t i = 0; i < NIC_TRAFFIC_COUNT; i++) {
        add_count(data, names[i], "packets", stats.totals.traffic[i].packets);
        add_count(data, names[i], "bytes", stats.totals.traffic[i].bytes);
        add_count(data, names[i], "packets_s",
                  per_second(stats.last_traffic[i].packets, stats.last_interval_ns));
        add_count(data, names[i], "bytes_s",
                  per_second(stats.last_traffic[i].bytes, stats.last_interval_ns));
    }
    return 0;
}

void nic_telemetry_start(const struct nic_telemetry_source *from)
{
    pthread_mutex_lock(&source.lock);
    source.from = *from;
    source.is_there = true;
    pthread_mutex_unlock(&source.lock);
    rte_telemetry_register_cmd("/prestage/ports", answer_ports,
                               "Names of the ports; with a number, that port");
    rte_telemetry_register_cmd("/prestage/classes", answer_classes,
                               "Frames by class since the start, and the last interval's rates. No "
                               "parameters");
    rte_telemetry_register_cmd("/prestage/top", answer_top,
                               "Media asked for most in the last minute. No parameters");
}

void nic_telemetry_stop(void)
{
    pthread_mutex_lock(&source.lock);
    source.is_there = false;
    pthread_mutex_unlock(&source.lock);
}
