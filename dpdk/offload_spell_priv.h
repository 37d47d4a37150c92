/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * dpdk/offload_spell_priv.h - a rule in rte_flow's words: one of several ways to say the same.
 */
#ifndef PS_DPDK_OFFLOAD_SPELL_PRIV_H
#define PS_DPDK_OFFLOAD_SPELL_PRIV_H

#include <rte_flow.h>

#include "dpdk/abi/peer_demand.h"
#include "dpdk/epoch.h"
#include "dpdk/offload_flow.h"

#define NIC_SPELL_ITEMS_MAX   5
#define NIC_SPELL_ACTIONS_MAX 4
#define NIC_SPELL_FRAME_BYTES (14 + 40 + 8 + 16) /* Ethernet, IPv6, UDP, struct nic_opening */

/* How a media is said. */
enum nic_form {
    NIC_FORM_OPENING, /* the datagram's first bytes, behind UDP */
    NIC_FORM_KEY,     /* the media key alone, for NICs that see little payload */
    NIC_FORM_FRAME,   /* a whole frame and its mask in hex digits, as Intel's parser wants it */
    NIC_FORM_COUNT,
};

/* What one driver wants and another refuses. */
struct nic_spelling {
    enum rte_flow_action_type fate; /* END: none given */
    enum nic_form form;
    bool with_priority;
};

/* What is matched of the payload; integers as the wire has them. */
struct nic_opening {
    rte_le32_t magic;
    rte_le32_t version;
    rte_le64_t media_key;
};

_Static_assert(offsetof(struct nic_opening, media_key) == offsetof(struct ppd_header, media_key) &&
                   sizeof(struct nic_opening) == offsetof(struct ppd_header, device),
               "as peer_demand.h has it");

/* A rule as rte_flow wants it; the parts point to each other. */
struct nic_sentence {
    struct rte_flow_attr attr;
    struct rte_flow_item items[NIC_SPELL_ITEMS_MAX];
    struct rte_flow_action actions[NIC_SPELL_ACTIONS_MAX];
    struct rte_flow_item_ipv4 v4, v4_mask;
    struct rte_flow_item_ipv6 v6, v6_mask;
    struct rte_flow_item_udp udp, udp_mask;
    struct rte_flow_item_tcp tcp, tcp_mask;
    struct rte_flow_item_raw raw, raw_mask;
    struct nic_opening opening, opening_mask;
    struct rte_flow_action_count count;
    struct rte_flow_action_mark mark;
    struct rte_flow_action_queue queue;
    struct rte_flow_action_rss rss;
    uint16_t queues[NIC_WORKERS_MAX];
    uint8_t frame[NIC_SPELL_FRAME_BYTES], frame_mask[NIC_SPELL_FRAME_BYTES];
    char hex[2 * NIC_SPELL_FRAME_BYTES + 1], hex_mask[2 * NIC_SPELL_FRAME_BYTES + 1];
};

/** Write @p match, counted and marked (0: not), into @p ret_sentence, whose parts point to it. */
void nic_spell(struct nic_sentence *ret_sentence, const struct nic_flow_port *port,
               const struct nic_match *match, uint32_t mark, const struct nic_spelling *spelling);

#endif
