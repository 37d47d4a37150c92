/* SPDX-License-Identifier: BSD-3-Clause */
#include "dpdk/offload_flow.h"

#include <assert.h>
#include <errno.h>
#include <rte_errno.h>
#include <rte_ethdev.h>
#include <rte_flow.h>
#include <string.h>

#include "dpdk/abi/peer_demand.h"
#include "dpdk/epoch.h"
#include "dpdk/mem.h"

#define ITEMS_MAX   5
#define ACTIONS_MAX 4
#define PROOF_HITS  1024u /* more than arrive between two reads on end */
#define PROBE_MARK  1u
#define PORT_BITS   0xffffu

const struct nic_offload_ops nic_offload_rte_flow = {
    .create = rte_flow_create,
    .query = rte_flow_query,
    .destroy = rte_flow_destroy,
    .rss = rte_eth_dev_rss_hash_conf_get,
};

/* What one driver wants and another refuses. */
struct spelling {
    enum rte_flow_action_type fate; /* END: none given */
    bool key_only;                  /* of the datagram, for NICs that see little payload */
    bool with_priority;
};

/* What is matched of the payload; integers as the wire has them. */
struct opening {
    rte_le32_t magic;
    rte_le32_t version;
    rte_le64_t media_key;
};

_Static_assert(offsetof(struct opening, media_key) == offsetof(struct ppd_header, media_key) &&
                   sizeof(struct opening) == offsetof(struct ppd_header, device),
               "as peer_demand.h has it");

/* A rule as rte_flow wants it; the parts point to each other. */
struct sentence {
    struct rte_flow_attr attr;
    struct rte_flow_item items[ITEMS_MAX];
    struct rte_flow_action actions[ACTIONS_MAX];
    struct rte_flow_item_ipv4 v4, v4_mask;
    struct rte_flow_item_ipv6 v6, v6_mask;
    struct rte_flow_item_udp udp, udp_mask;
    struct rte_flow_item_tcp tcp, tcp_mask;
    struct rte_flow_item_raw raw, raw_mask;
    struct opening opening, opening_mask;
    struct rte_flow_action_count count;
    struct rte_flow_action_mark mark;
    struct rte_flow_action_queue queue;
    struct rte_flow_action_rss rss;
    uint16_t queues[NIC_WORKERS_MAX];
};

void nic_flow_port_init(struct nic_flow_port *port, const struct nic_offload_ops *ops, uint16_t id,
                        uint16_t queues)
{
    struct rte_eth_rss_conf conf;

    assert(queues > 0 && queues <= NIC_WORKERS_MAX);
    *port = (struct nic_flow_port){ .ops = ops, .id = id, .queues = queues };
    conf =
        (struct rte_eth_rss_conf){ .rss_key = port->rss_key, .rss_key_len = NIC_RSS_KEY_BYTES_MAX };
    port->rss_error = ops->rss(id, &conf);
    if (port->rss_error != 0)
        return;
    /* A driver that leaves the length as it was did not tell its key. */
    if (conf.rss_hf == 0 || conf.rss_key_len == 0 || conf.rss_key_len >= NIC_RSS_KEY_BYTES_MAX) {
        port->rss_error = -ENOTSUP;
        return;
    }
    port->rss_types = conf.rss_hf;
    port->rss_key_bytes = conf.rss_key_len;
}

static void say_ip(struct sentence *s, struct rte_flow_item *item, const struct nic_match *match)
{
    item->type = match->is_v6 ? RTE_FLOW_ITEM_TYPE_IPV6 : RTE_FLOW_ITEM_TYPE_IPV4;
    if (!match->has_address)
        return;
    if (match->is_v6) {
        memcpy(s->v6.hdr.dst_addr, match->address.bytes, NIC_ADDRESS_BYTES);
        memset(s->v6_mask.hdr.dst_addr, 0xff, NIC_ADDRESS_BYTES);
        item->spec = &s->v6;
        item->mask = &s->v6_mask;
        return;
    }
    memcpy(&s->v4.hdr.dst_addr, match->address.bytes + NIC_V4_PREFIX / 8,
           sizeof(s->v4.hdr.dst_addr));
    s->v4_mask.hdr.dst_addr = UINT32_MAX;
    item->spec = &s->v4;
    item->mask = &s->v4_mask;
}

static void say_port(struct sentence *s, struct rte_flow_item *item, const struct nic_match *match)
{
    if (match->is_udp) {
        item->type = RTE_FLOW_ITEM_TYPE_UDP;
        s->udp.hdr.dst_port = rte_cpu_to_be_16(match->port);
        s->udp_mask.hdr.dst_port = rte_cpu_to_be_16(match->port_mask);
        item->spec = &s->udp;
        item->mask = &s->udp_mask;
        return;
    }
    item->type = RTE_FLOW_ITEM_TYPE_TCP;
    s->tcp.hdr.dst_port = rte_cpu_to_be_16(match->port);
    s->tcp_mask.hdr.dst_port = rte_cpu_to_be_16(match->port_mask);
    item->spec = &s->tcp;
    item->mask = &s->tcp_mask;
}

static void say_media(struct sentence *s, struct rte_flow_item *item, const struct nic_match *match,
                      bool key_only)
{
    const size_t skip = key_only ? offsetof(struct opening, media_key) : 0;

    s->opening.magic = rte_cpu_to_le_32(PPD_MAGIC);
    s->opening.version = rte_cpu_to_le_32(PPD_VERSION);
    s->opening.media_key = rte_cpu_to_le_64(match->media_key);
    memset(&s->opening_mask, 0xff, sizeof(s->opening_mask));
    s->raw = (struct rte_flow_item_raw){
        .relative = 1,
        .offset = (int32_t)skip,
        .length = (uint16_t)(sizeof(s->opening) - skip),
        .pattern = (const uint8_t *)&s->opening + skip,
    };
    s->raw_mask = (struct rte_flow_item_raw){
        .relative = 1,
        .search = 1,
        .offset = -1,
        .limit = UINT16_MAX,
        .length = UINT16_MAX,
        .pattern = (const uint8_t *)&s->opening_mask + skip,
    };
    *item = (struct rte_flow_item){ .type = RTE_FLOW_ITEM_TYPE_RAW,
                                    .spec = &s->raw,
                                    .mask = &s->raw_mask };
}

static void say_fate(struct sentence *s, struct rte_flow_action *action,
                     enum rte_flow_action_type fate, const struct nic_flow_port *port)
{
    action->type = fate;
    if (fate == RTE_FLOW_ACTION_TYPE_QUEUE)
        action->conf = &s->queue;
    if (fate != RTE_FLOW_ACTION_TYPE_RSS)
        return;
    for (uint16_t q = 0; q < port->queues; q++)
        s->queues[q] = q;
    s->rss = (struct rte_flow_action_rss){ .func = RTE_ETH_HASH_FUNCTION_DEFAULT,
                                           .types = port->rss_types,
                                           .key_len = port->rss_key_bytes,
                                           .key = port->rss_key,
                                           .queue_num = port->queues,
                                           .queue = s->queues };
    action->conf = &s->rss;
}

static void spell(struct sentence *s, const struct nic_flow_port *port,
                  const struct nic_match *match, uint32_t mark, const struct spelling *spelling)
{
    struct rte_flow_action *action = s->actions;

    *s = (struct sentence){ .attr = { .ingress = 1 } };
    if (spelling->with_priority)
        s->attr.priority = match->priority;
    s->items[0].type = RTE_FLOW_ITEM_TYPE_ETH;
    say_ip(s, &s->items[1], match);
    say_port(s, &s->items[2], match);
    if (match->has_media)
        say_media(s, &s->items[3], match, spelling->key_only);
    *action++ = (struct rte_flow_action){ .type = RTE_FLOW_ACTION_TYPE_COUNT, .conf = &s->count };
    if (mark != 0) {
        s->mark.id = mark;
        *action++ = (struct rte_flow_action){ .type = RTE_FLOW_ACTION_TYPE_MARK, .conf = &s->mark };
    }
    say_fate(s, action, spelling->fate, port);
}

static int query(const struct nic_flow_port *port, const struct nic_flow *flow,
                 struct nic_flow_hits *ret_hits)
{
    static const struct rte_flow_action_count count;
    const struct rte_flow_action action = { .type = RTE_FLOW_ACTION_TYPE_COUNT, .conf = &count };
    struct rte_flow_query_count answer = { 0 };
    struct rte_flow_error error = { 0 };
    const int rc = port->ops->query(port->id, flow->handle, &action, &answer, &error);

    if (rc != 0)
        return rc < 0 ? rc : -rc;
    if (!answer.hits_set)
        return -ENODATA;
    *ret_hits = (struct nic_flow_hits){ .packets = answer.hits,
                                        .bytes = answer.bytes_set ? answer.bytes : 0 };
    return 0;
}

static int create_spelled(const struct nic_flow_port *port, const struct nic_match *match,
                          uint32_t mark, const struct spelling *spelling, struct nic_flow *ret_flow)
{
    struct sentence sentence;
    struct rte_flow_error error = { 0 };
    struct nic_flow flow;
    int rc;

    spell(&sentence, port, match, mark, spelling);
    rte_errno = 0;
    flow.handle =
        port->ops->create(port->id, &sentence.attr, sentence.items, sentence.actions, &error);
    if (flow.handle == NULL)
        return rte_errno != 0 ? -rte_errno : -EIO;
    rc = query(port, &flow, &flow.seen);
    if (rc != 0) {
        nic_flow_destroy(port, &flow);
        return rc;
    }
    *ret_flow = flow;
    return 0;
}

bool nic_flow_may_pass(int error)
{
    return error == -EAGAIN || error == -EBUSY || error == -ENOSPC || error == -ENOMEM;
}

static bool other_words_may_help(int error)
{
    return error != -ENOSYS && !nic_flow_may_pass(error);
}

/* Both forms of the payload and both of the priority, where they differ. */
static int try_fate(const struct nic_flow_port *port, const struct nic_match *match, uint32_t mark,
                    enum rte_flow_action_type fate, struct nic_flow *ret_flow)
{
    int rc = -ENOTSUP;

    for (int form = 0; form < 4; form++) {
        const struct spelling spelling = {
            .fate = fate,
            .with_priority = (form & 1) == 0,
            .key_only = (form & 2) != 0,
        };

        if ((!spelling.with_priority && match->priority == 0) ||
            (spelling.key_only && !match->has_media))
            continue;
        rc = create_spelled(port, match, mark, &spelling, ret_flow);
        if (rc == 0 || !other_words_may_help(rc))
            break;
    }
    return rc;
}

int nic_flow_create(const struct nic_flow_port *port, const struct nic_match *match, uint32_t mark,
                    struct nic_flow *ret_flow)
{
    static const enum rte_flow_action_type alone[] = {
        RTE_FLOW_ACTION_TYPE_PASSTHRU,
        RTE_FLOW_ACTION_TYPE_QUEUE,
        RTE_FLOW_ACTION_TYPE_RSS,
        RTE_FLOW_ACTION_TYPE_END,
    };
    /* ice's PASSTHRU and cnxk's lack of a fate mean the first queue. */
    static const enum rte_flow_action_type spread[] = { RTE_FLOW_ACTION_TYPE_RSS };
    const enum rte_flow_action_type *fates = port->queues > 1 ? spread : alone;
    const size_t count = port->queues > 1 ? NIC_ARRAY_LEN(spread) : NIC_ARRAY_LEN(alone);
    int rc = -ENOTSUP;

    if (port->queues > 1 && port->rss_error != 0)
        return port->rss_error;
    for (size_t i = 0; i < count; i++) {
        rc = try_fate(port, match, mark, fates[i], ret_flow);
        if (rc == 0 || !other_words_may_help(rc))
            break;
    }
    return rc;
}

void nic_flow_destroy(const struct nic_flow_port *port, struct nic_flow *flow)
{
    struct rte_flow_error error = { 0 };

    /* Nothing helps a rule that will not go: its frames are marked with what no one knows. */
    port->ops->destroy(port->id, flow->handle, &error);
    flow->handle = NULL;
}

static uint64_t since(uint64_t before, uint64_t now)
{
    return now >= before ? now - before : now;
}

int nic_flow_read(struct nic_flow_port *port, struct nic_flow *flow, struct nic_flow_hits *ret_new)
{
    struct nic_flow_hits now;
    struct nic_flow_hits again;
    int rc = query(port, flow, &now);

    if (rc != 0)
        return rc;
    if (port->counters == NIC_FLOW_UNKNOWN && now.packets >= PROOF_HITS &&
        query(port, flow, &again) == 0) {
        port->counters = again.packets < now.packets ? NIC_FLOW_CLEARING : NIC_FLOW_RUNNING;
        if (port->counters == NIC_FLOW_CLEARING)
            again = (struct nic_flow_hits){ .packets = now.packets + again.packets,
                                            .bytes = now.bytes + again.bytes };
        now = again;
    }
    if (port->counters == NIC_FLOW_CLEARING)
        flow->seen = (struct nic_flow_hits){ 0 };
    *ret_new = (struct nic_flow_hits){ .packets = since(flow->seen.packets, now.packets),
                                       .bytes = since(flow->seen.bytes, now.bytes) };
    flow->seen = now;
    return 0;
}

static int try_and_undo(const struct nic_flow_port *port, const struct nic_match *match,
                        uint32_t mark)
{
    struct nic_flow flow;
    const int rc = nic_flow_create(port, match, mark, &flow);

    if (rc == 0)
        nic_flow_destroy(port, &flow);
    return rc;
}

/* The most first: who can that can the rest. */
void nic_flow_probe(const struct nic_flow_port *port, struct nic_flow_abilities *ret_abilities)
{
    struct nic_match match = {
        .is_udp = true, .port = PPD_PORT, .port_mask = PORT_BITS, .has_media = true
    };
    struct nic_flow_abilities abilities = { 0 };

    abilities.raw = try_and_undo(port, &match, PROBE_MARK);
    match.has_media = false;
    if (abilities.raw != 0)
        abilities.mark = try_and_undo(port, &match, PROBE_MARK);
    if (abilities.mark != 0)
        abilities.count = try_and_undo(port, &match, 0);
    *ret_abilities = abilities;
}
