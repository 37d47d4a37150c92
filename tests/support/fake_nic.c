/* SPDX-License-Identifier: BSD-3-Clause */
#include "tests/support/fake_nic.h"

#include <errno.h>
#include <rte_errno.h>
#include <rte_ethdev.h>
#include <rte_flow.h>
#include <stdio.h>
#include <string.h>

#define RAW_BYTES_MAX   64u
#define FRAME_BYTES_MAX 96u

/* A rule as the table holds it: everything copied, as the caller's memory is the caller's. */
struct rte_flow {
    bool used;
    bool is_v6;
    uint8_t protocol;
    uint8_t address[16], address_mask[16];
    uint16_t port, port_mask;
    uint8_t raw[RAW_BYTES_MAX], raw_mask[RAW_BYTES_MAX];
    uint32_t raw_at, raw_bytes;
    uint8_t frame[FRAME_BYTES_MAX], frame_mask[FRAME_BYTES_MAX];
    uint32_t frame_bytes;
    uint32_t priority;
    uint32_t mark;
    uint64_t packets, bytes;           /* so far */
    uint64_t packets_told, bytes_told; /* where it is late */
};

static const uint8_t rss_key[40] = { 0x6d, 0x5a, 0x6d, 0x5a }; /* the port's own */
static struct fake_nic nics[FAKE_NIC_PORTS];
static struct rte_flow tables[FAKE_NIC_PORTS][FAKE_NIC_RULES_MAX];

void fake_nic_reset(void)
{
    memset(tables, 0, sizeof(tables));
    for (uint32_t i = 0; i < FAKE_NIC_PORTS; i++)
        nics[i] = (struct fake_nic){
            .has_count = true,
            .has_mark = true,
            .has_raw = true,
            .has_priority = true,
            .fates = FAKE_PASSTHRU | FAKE_QUEUE | FAKE_RSS | FAKE_NO_FATE,
            .table_max = FAKE_NIC_RULES_MAX,
        };
}

struct fake_nic *fake_nic_at(uint16_t port_id)
{
    return &nics[port_id];
}

static int read_ip(struct rte_flow *rule, const struct rte_flow_item *item)
{
    rule->is_v6 = item->type == RTE_FLOW_ITEM_TYPE_IPV6;
    if (item->spec == NULL)
        return item->mask == NULL ? 0 : -EINVAL;
    if (item->mask == NULL)
        return -EINVAL;
    if (rule->is_v6) {
        const struct rte_flow_item_ipv6 *spec = item->spec, *mask = item->mask;

        memcpy(rule->address, spec->hdr.dst_addr, 16);
        memcpy(rule->address_mask, mask->hdr.dst_addr, 16);
    } else {
        const struct rte_flow_item_ipv4 *spec = item->spec, *mask = item->mask;

        memcpy(rule->address, &spec->hdr.dst_addr, 4);
        memcpy(rule->address_mask, &mask->hdr.dst_addr, 4);
    }
    return 0;
}

static int read_port(const struct fake_nic *nic, struct rte_flow *rule,
                     const struct rte_flow_item *item)
{
    if (item->spec == NULL || item->mask == NULL || item->last != NULL)
        return -EINVAL;
    if (item->type == RTE_FLOW_ITEM_TYPE_UDP) {
        const struct rte_flow_item_udp *spec = item->spec, *mask = item->mask;

        rule->protocol = 17;
        rule->port = rte_be_to_cpu_16(spec->hdr.dst_port);
        rule->port_mask = rte_be_to_cpu_16(mask->hdr.dst_port);
    } else {
        const struct rte_flow_item_tcp *spec = item->spec, *mask = item->mask;

        rule->protocol = 6;
        rule->port = rte_be_to_cpu_16(spec->hdr.dst_port);
        rule->port_mask = rte_be_to_cpu_16(mask->hdr.dst_port);
    }
    if (rule->port_mask == 0 || (nic->whole_masks_only && rule->port_mask != 0xffff))
        return -EINVAL;
    return 0;
}

static int read_raw(const struct fake_nic *nic, struct rte_flow *rule,
                    const struct rte_flow_item *item)
{
    const struct rte_flow_item_raw *spec = item->spec, *mask = item->mask;

    if (!nic->has_raw || nic->raw_is_frame)
        return -ENOTSUP;
    if (spec == NULL || mask == NULL || !spec->relative || spec->search || spec->offset < 0 ||
        spec->length == 0 || spec->length > RAW_BYTES_MAX || mask->pattern == NULL)
        return -EINVAL;
    if ((uint32_t)spec->offset < nic->raw_first)
        return -ENOTSUP;
    rule->raw_at = (uint32_t)spec->offset;
    rule->raw_bytes = spec->length;
    memcpy(rule->raw, spec->pattern, spec->length);
    memcpy(rule->raw_mask, mask->pattern, spec->length);
    return 0;
}

static uint32_t read_hex(const uint8_t *hex, uint8_t *ret_bytes)
{
    uint32_t count = 0;
    unsigned byte;

    for (; count < FRAME_BYTES_MAX && sscanf((const char *)hex, "%2x", &byte) == 1; hex += 2)
        ret_bytes[count++] = (uint8_t)byte;
    return *hex == '\0' ? count : 0;
}

static int read_frame(struct rte_flow *rule, const struct rte_flow_item *item)
{
    const struct rte_flow_item_raw *spec = item->spec, *mask = item->mask;

    if (item->type != RTE_FLOW_ITEM_TYPE_RAW || (item + 1)->type != RTE_FLOW_ITEM_TYPE_END ||
        spec->relative)
        return -EINVAL;
    rule->frame_bytes = read_hex(spec->pattern, rule->frame);
    if (rule->frame_bytes < 34 || read_hex(mask->pattern, rule->frame_mask) != rule->frame_bytes)
        return -EINVAL;
    rule->is_v6 = rule->frame[12] == 0x86;
    rule->protocol = rule->frame[rule->is_v6 ? 20 : 23];
    return 0;
}

static int read_pattern(const struct fake_nic *nic, struct rte_flow *rule,
                        const struct rte_flow_item *item)
{
    int rc = 0;

    if (nic->raw_is_frame && item->type == RTE_FLOW_ITEM_TYPE_RAW)
        return read_frame(rule, item);
    for (; item->type != RTE_FLOW_ITEM_TYPE_END && rc == 0; item++) {
        switch (item->type) {
        case RTE_FLOW_ITEM_TYPE_ETH:
            rc = item->spec == NULL ? 0 : -EINVAL;
            break;
        case RTE_FLOW_ITEM_TYPE_IPV4:
        case RTE_FLOW_ITEM_TYPE_IPV6:
            rc = read_ip(rule, item);
            break;
        case RTE_FLOW_ITEM_TYPE_UDP:
        case RTE_FLOW_ITEM_TYPE_TCP:
            rc = read_port(nic, rule, item);
            break;
        case RTE_FLOW_ITEM_TYPE_RAW:
            rc = read_raw(nic, rule, item);
            break;
        default:
            rc = -ENOTSUP;
        }
    }
    return rc == 0 && rule->protocol == 0 ? -EINVAL : rc;
}

static int read_rss(struct fake_nic *nic, const struct rte_flow_action_rss *conf)
{
    if (conf->queue_num == 0)
        return -EINVAL;
    if (conf->types != (RTE_ETH_RSS_IP | RTE_ETH_RSS_TCP) || conf->key_len != sizeof(rss_key) ||
        memcmp(conf->key, rss_key, sizeof(rss_key)) != 0)
        nic->spread_otherwise++;
    return 0;
}

static int read_action(struct fake_nic *nic, struct rte_flow *rule,
                       const struct rte_flow_action *action, uint32_t *fate)
{
    switch (action->type) {
    case RTE_FLOW_ACTION_TYPE_COUNT:
        return nic->has_count ? 0 : -ENOTSUP;
    case RTE_FLOW_ACTION_TYPE_MARK:
        rule->mark = ((const struct rte_flow_action_mark *)action->conf)->id;
        return nic->has_mark ? 0 : -ENOTSUP;
    case RTE_FLOW_ACTION_TYPE_PASSTHRU:
        *fate = FAKE_PASSTHRU;
        return 0;
    case RTE_FLOW_ACTION_TYPE_QUEUE:
        *fate = FAKE_QUEUE;
        return action->conf != NULL ? 0 : -EINVAL;
    case RTE_FLOW_ACTION_TYPE_RSS:
        *fate = FAKE_RSS;
        return read_rss(nic, action->conf);
    default:
        return -ENOTSUP;
    }
}

static int read_actions(struct fake_nic *nic, struct rte_flow *rule,
                        const struct rte_flow_action *action)
{
    uint32_t fate = FAKE_NO_FATE;
    int rc = 0;

    for (; action->type != RTE_FLOW_ACTION_TYPE_END && rc == 0; action++)
        rc = read_action(nic, rule, action, &fate);
    if (rc == 0 && (nic->fates & fate) == 0)
        rc = -EINVAL;
    return rc;
}

static int read_rule(struct fake_nic *nic, struct rte_flow *rule, const struct rte_flow_attr *attr,
                     const struct rte_flow_item *pattern, const struct rte_flow_action *actions)
{
    int rc;

    if (nic->create_error != 0)
        return nic->create_error;
    if (!attr->ingress || (attr->priority != 0 && !nic->has_priority))
        return -ENOTSUP;
    rule->priority = attr->priority;
    rc = read_pattern(nic, rule, pattern);
    if (rc == 0)
        rc = read_actions(nic, rule, actions);
    if (rc != 0)
        return rc;
    if (nic->busy_every > 0 && nic->creates % nic->busy_every == 0)
        return -EAGAIN;
    return nic->rules < nic->table_max ? 0 : -ENOSPC;
}

static struct rte_flow *create(uint16_t port_id, const struct rte_flow_attr *attr,
                               const struct rte_flow_item *pattern,
                               const struct rte_flow_action *actions, struct rte_flow_error *error)
{
    struct fake_nic *nic = &nics[port_id];
    struct rte_flow rule = { .used = true };
    int rc;

    (void)error;
    nic->creates++;
    rc = read_rule(nic, &rule, attr, pattern, actions);
    for (uint32_t i = 0; i < FAKE_NIC_RULES_MAX && rc == 0; i++) {
        if (tables[port_id][i].used)
            continue;
        tables[port_id][i] = rule;
        nic->rules++;
        return &tables[port_id][i];
    }
    rte_errno = -rc;
    return NULL;
}

static int query(uint16_t port_id, struct rte_flow *flow, const struct rte_flow_action *action,
                 void *data, struct rte_flow_error *error)
{
    struct fake_nic *nic = &nics[port_id];
    struct rte_flow_query_count *answer = data;

    (void)error;
    nic->queries++;
    if (!flow->used || action->type != RTE_FLOW_ACTION_TYPE_COUNT) {
        nic->misuses++;
        return -EINVAL;
    }
    if (nic->query_error != 0)
        return nic->query_error;
    answer->hits_set = !nic->ignores_hits;
    answer->bytes_set = 1;
    answer->hits = nic->is_late ? flow->packets_told : flow->packets;
    answer->bytes = nic->is_late ? flow->bytes_told : flow->bytes;
    if (nic->clears_on_read || answer->reset)
        flow->packets = flow->bytes = flow->packets_told = flow->bytes_told = 0;
    return 0;
}

static int destroy(uint16_t port_id, struct rte_flow *flow, struct rte_flow_error *error)
{
    struct fake_nic *nic = &nics[port_id];

    (void)error;
    if (!flow->used) {
        nic->misuses++;
        return -EINVAL;
    }
    *flow = (struct rte_flow){ 0 };
    nic->rules--;
    return 0;
}

static int rss(uint16_t port_id, struct rte_eth_rss_conf *conf)
{
    if (nics[port_id].rss_error != 0)
        return nics[port_id].rss_error;
    if (conf->rss_key_len < sizeof(rss_key))
        return -EINVAL;
    memcpy(conf->rss_key, rss_key, sizeof(rss_key));
    conf->rss_key_len = sizeof(rss_key);
    conf->rss_hf = RTE_ETH_RSS_IP | RTE_ETH_RSS_TCP;
    return 0;
}

const struct nic_offload_ops fake_nic_ops = {
    .create = create, .query = query, .destroy = destroy, .rss = rss
};

static bool equal(const uint8_t *at, const uint8_t *spec, const uint8_t *mask, uint32_t bytes)
{
    for (uint32_t i = 0; i < bytes; i++)
        if (((at[i] ^ spec[i]) & mask[i]) != 0)
            return false;
    return true;
}

/* Untagged frames and whole packets only, as most NICs without further rules. */
static bool matches(const struct rte_flow *rule, const uint8_t *frame, uint32_t bytes)
{
    const uint8_t *ip = frame + 14;
    const uint32_t ip_bytes = rule->is_v6 ? 40 : (ip[0] & 15u) * 4u;
    const uint8_t *l4 = ip + ip_bytes;
    const uint32_t payload_at = 14 + ip_bytes + (rule->protocol == 17 ? 8u : 20u);
    const uint16_t type = (uint16_t)(frame[12] << 8 | frame[13]);
    uint16_t port;

    if (!rule->used || type != (rule->is_v6 ? 0x86dd : 0x0800) || bytes < payload_at ||
        ip[rule->is_v6 ? 6 : 9] != rule->protocol)
        return false;
    if (!rule->is_v6 && ((ip[6] & 0x3f) != 0 || ip[7] != 0))
        return false;
    if (rule->frame_bytes > 0)
        return bytes >= rule->frame_bytes &&
               equal(frame, rule->frame, rule->frame_mask, rule->frame_bytes);
    port = (uint16_t)(l4[2] << 8 | l4[3]);
    if (((port ^ rule->port) & rule->port_mask) != 0 ||
        !equal(ip + (rule->is_v6 ? 24 : 16), rule->address, rule->address_mask,
               rule->is_v6 ? 16 : 4))
        return false;
    return bytes >= payload_at + rule->raw_at + rule->raw_bytes &&
           equal(frame + payload_at + rule->raw_at, rule->raw, rule->raw_mask, rule->raw_bytes);
}

uint32_t fake_nic_receive(uint16_t port_id, const uint8_t *frame, uint32_t frame_bytes)
{
    struct rte_flow *first = NULL;

    if (frame_bytes < 34)
        return 0;
    for (uint32_t i = 0; i < FAKE_NIC_RULES_MAX; i++) {
        struct rte_flow *rule = &tables[port_id][i];

        if (!matches(rule, frame, frame_bytes))
            continue;
        if (first == NULL || rule->priority < first->priority)
            first = rule;
        if (nics[port_id].counts_all_matching) {
            rule->packets++;
            rule->bytes += frame_bytes;
        }
    }
    if (first == NULL)
        return 0;
    if (!nics[port_id].counts_all_matching) {
        first->packets++;
        first->bytes += frame_bytes;
    }
    return nics[port_id].loses_marks ? 0 : first->mark;
}

uint32_t fake_frame_write(const struct fake_frame *what, uint8_t *ret_frame)
{
    const uint32_t l4_bytes = what->is_udp ? 8 : 20;
    const uint32_t ip_bytes = what->is_v6 ? 40 : 20;
    const uint32_t l4_total = l4_bytes + what->payload_bytes;
    const uint32_t length = what->is_v6 ? l4_total : l4_total + ip_bytes;
    uint8_t *ip = ret_frame + 14;
    uint8_t *l4 = ip + ip_bytes;

    memset(ret_frame, 0, FAKE_FRAME_BYTES_MAX);
    memcpy(ret_frame + 12, what->is_v6 ? "\x86\xdd" : "\x08\x00", 2);
    ip[0] = what->is_v6 ? 0x60 : 0x45;
    ip[what->is_v6 ? 6 : 9] = what->is_udp ? 17 : 6;
    ip[what->is_v6 ? 4 : 2] = (uint8_t)(length >> 8);
    ip[what->is_v6 ? 5 : 3] = (uint8_t)length;
    memcpy(ip + (what->is_v6 ? 24 : 16), what->is_v6 ? "\xfd\0\0" : "\x0a\0\0\x01",
           what->is_v6 ? 3 : 4);
    if (what->is_v6)
        ip[39] = 1;
    l4[2] = (uint8_t)(what->port >> 8);
    l4[3] = (uint8_t)what->port;
    if (what->is_udp) {
        l4[4] = (uint8_t)(l4_total >> 8);
        l4[5] = (uint8_t)l4_total;
    } else {
        l4[12] = 0x50;
    }
    memcpy(l4 + l4_bytes, what->payload, what->payload_bytes);
    return 14 + ip_bytes + l4_total;
}

void fake_nic_interval(uint16_t port_id)
{
    for (uint32_t i = 0; i < FAKE_NIC_RULES_MAX; i++) {
        tables[port_id][i].packets_told = tables[port_id][i].packets;
        tables[port_id][i].bytes_told = tables[port_id][i].bytes;
    }
}

void fake_nic_restart(uint16_t port_id)
{
    memset(tables[port_id], 0, sizeof(tables[port_id]));
    nics[port_id].rules = 0;
}

void fake_nic_set_counters(uint16_t port_id, uint64_t packets)
{
    for (uint32_t i = 0; i < FAKE_NIC_RULES_MAX; i++)
        tables[port_id][i].packets = tables[port_id][i].packets_told = packets;
}
