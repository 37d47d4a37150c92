/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * dpdk/offload_flow.h - one counting rule in the NIC, spelled the way its driver takes it.
 *
 * Drivers agree on rte_flow's functions, not on what they accept: one wants PASSTHRU, another a
 * queue, a third refuses priorities. So each rule has a few spellings, tried in order. A rule that
 * can be created but not queried is as good as none: only create -> query tells, validate does not.
 * Where there are several queues every rule spreads its frames over all of them, by the port's own
 * hash: with any other spelling some driver sends them all to the first, and with another hash the
 * two directions of a flow would meet different workers.
 *
 * Threads: one at a time per port.
 */
#ifndef PS_DPDK_OFFLOAD_FLOW_H
#define PS_DPDK_OFFLOAD_FLOW_H

#include <stdbool.h>
#include <stdint.h>

#include "dpdk/address.h"

struct rte_eth_rss_conf;
struct rte_flow;
struct rte_flow_action;
struct rte_flow_attr;
struct rte_flow_error;
struct rte_flow_item;

/* rte_flow's own functions, so that a test can put a NIC in their place. */
struct nic_offload_ops {
    struct rte_flow *(*create)(uint16_t port_id, const struct rte_flow_attr *attr,
                               const struct rte_flow_item *pattern,
                               const struct rte_flow_action *actions,
                               struct rte_flow_error *error); /* NULL: rte_errno says why */
    int (*query)(uint16_t port_id, struct rte_flow *flow, const struct rte_flow_action *action,
                 void *data, struct rte_flow_error *error);
    int (*destroy)(uint16_t port_id, struct rte_flow *flow, struct rte_flow_error *error);
    int (*rss)(uint16_t port_id, struct rte_eth_rss_conf *conf); /* how the port itself spreads */
};

extern const struct nic_offload_ops nic_offload_rte_flow;

/* What a port's counters do when they are read; see nic_flow_read(). */
enum nic_flow_counters { NIC_FLOW_UNKNOWN, NIC_FLOW_RUNNING, NIC_FLOW_CLEARING };

#define NIC_RSS_KEY_BYTES_MAX 64u

/* See nic_flow_port_init(). */
struct nic_flow_port {
    const struct nic_offload_ops *ops;
    uint16_t id;
    uint16_t queues; /* 1..NIC_WORKERS_MAX */
    enum nic_flow_counters counters;
    int rss_error; /* 0, or why it is not known how the port spreads frames */
    uint64_t rss_types;
    uint32_t rss_key_bytes;
    uint8_t rss_key[NIC_RSS_KEY_BYTES_MAX];
};

/* Frames from outside to a port, and in peer-demand datagrams to a media. */
struct nic_match {
    bool is_v6;
    bool is_udp;      /* else TCP */
    bool has_address; /* else any */
    bool has_media;
    uint16_t port;
    uint16_t port_mask;         /* bits of the port that count */
    uint32_t priority;          /* 0 is first, where the driver knows priorities */
    struct nic_address address; /* of the destination */
    uint64_t media_key;
};

struct nic_flow_hits {
    uint64_t packets;
    uint64_t bytes; /* 0 where the NIC counts none */
};

struct nic_flow {
    struct rte_flow *handle; /* NULL: not in the NIC */
    struct nic_flow_hits seen;
};

/* Per kind of rule: 0, or the negative errno of what failed. */
struct nic_flow_abilities {
    int count;
    int mark; /* and count */
    int raw;  /* a pattern in the payload, marked and counted */
};

/** Before the port is configured: some drivers bring marks only when asked to (sfc, cnxk). */
void nic_flow_prepare(uint16_t port_id);

/** @param queues  1..NIC_WORKERS_MAX. The port is started. */
void nic_flow_port_init(struct nic_flow_port *port, const struct nic_offload_ops *ops, uint16_t id,
                        uint16_t queues);

/**
 * Create the rule and see that its counter answers.
 *
 * @param mark  What its frames carry, or 0 for none.
 * @return 0, what the first spelling failed with, or at once a reason that may pass.
 */
int nic_flow_create(const struct nic_flow_port *port, const struct nic_match *match, uint32_t mark,
                    struct nic_flow *ret_flow);

/** The NIC's own count up to now is lost: read first. */
void nic_flow_destroy(const struct nic_flow_port *port, struct nic_flow *flow);

/**
 * What was counted since the last read.
 *
 * Nothing is asked to be reset: a driver that ignores that looks like one that does it. Differences
 * are right on both, and a counter that began again yields what it has: too little at times, never
 * too much. Drivers that clear on each read are found out by reading twice.
 * @return 0, or a negative errno: nothing is known, nothing is lost.
 */
int nic_flow_read(struct nic_flow_port *port, struct nic_flow *flow, struct nic_flow_hits *ret_new);

/** Try one rule of each kind and take it out again. */
void nic_flow_probe(const struct nic_flow_port *port, struct nic_flow_abilities *ret_abilities);

/** Whether to try again later: the table is full or busy, as opposed to unable. */
bool nic_flow_may_pass(int error);

#endif
