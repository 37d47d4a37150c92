/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * host/feed/view.h - what one connected prestage-nic last said of itself, kept to be shown.
 *
 * Counters, ports and rules are the latest, with the values before them where a rate is wanted;
 * media, claims and TLS names are the largest of the last minute. None of it is demand.
 *
 * Threads: the loop thread.
 */
#ifndef PS_HOST_FEED_VIEW_H
#define PS_HOST_FEED_VIEW_H

#include <stdbool.h>
#include <stdint.h>

#include "dpdk/abi/demand_stream.h"
#include "host/feed/top.h"

#define PS_NIC_FROM_BYTES_MAX 160u

struct ps_nic_view {
    char from[PS_NIC_FROM_BYTES_MAX]; /* `unix`, or `tls:IDENTITY@ADDRESS:PORT` */
    uint64_t since_ns;                /* when it greeted */
    uint64_t boot_id;
    uint64_t server_v4;   /* see struct psd_hello */
    bool is_demand;       /* what it counts is nobody else's to count */
    uint64_t last_ns;     /* arrival of its last epoch; 0 none */
    uint64_t epoch;       /* the last whole one; 0 none */
    uint64_t end_ns;      /* of that one, by its own clock */
    uint64_t interval_ns; /* from the whole one before it to that one; 0: there was none */

    /* Media requests since its boot. All but those received were counted before we listened, shed
     * for want of room, or are missing. */
    uint64_t requests_before, requests_received;
    uint64_t unwatched_ns; /* from its predecessor's last epoch to its first; 0: none is known */

    struct psd_counter counters[PSD_COUNTERS_MAX];
    uint64_t counters_before[PSD_COUNTERS_MAX];
    uint32_t counter_count;
    struct psd_port ports[PSD_PORTS_MAX];
    uint64_t port_packets_before[PSD_PORTS_MAX];
    uint64_t port_bytes_before[PSD_PORTS_MAX];
    uint32_t port_count;
    struct psd_rule rules[PSD_RULES_MAX];
    uint32_t rule_count;

    struct ps_top media, claims, tls_names;
};

/** 0 when there is no such counter. */
uint64_t ps_nic_view_counter(const struct ps_nic_view *view, const char *name);

#endif
