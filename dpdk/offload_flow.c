/* SPDX-License-Identifier: BSD-3-Clause */
#include "dpdk/offload_flow.h"

#include <assert.h>
#include <errno.h>
#include <rte_errno.h>
#include <rte_ethdev.h>

#include "dpdk/mem.h"
#include "dpdk/offload_spell_priv.h"

#define PROOF_HITS 1024u /* more than arrive between two reads on end */
#define PROBE_MARK 1u
#define PORT_BITS  0xffffu

const struct nic_offload_ops nic_offload_rte_flow = {
    .create = rte_flow_create,
    .query = rte_flow_query,
    .destroy = rte_flow_destroy,
    .rss = rte_eth_dev_rss_hash_conf_get,
};

void nic_flow_prepare(uint16_t port_id)
{
    uint64_t features = RTE_ETH_RX_METADATA_USER_MARK;

    /* What comes of it shows in the marks: drivers that do not know this call bring them too. */
    rte_eth_rx_metadata_negotiate(port_id, &features);
}

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
                          uint32_t mark, const struct nic_spelling *spelling,
                          struct nic_flow *ret_flow)
{
    struct nic_sentence sentence;
    struct rte_flow_error error = { 0 };
    struct nic_flow flow;
    int rc;

    nic_spell(&sentence, port, match, mark, spelling);
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

/* In the order of their worth: fates first to last, for each the forms, for each the priorities. */
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
    const size_t fate_count = port->queues > 1 ? NIC_ARRAY_LEN(spread) : NIC_ARRAY_LEN(alone);
    const size_t forms = match->has_media ? NIC_FORM_COUNT : 1;
    const size_t priorities = match->priority > 0 ? 2 : 1;
    int why = 0;

    if (port->queues > 1 && port->rss_error != 0)
        return port->rss_error;
    for (size_t i = 0; i < fate_count * forms * priorities; i++) {
        const struct nic_spelling spelling = {
            .fate = fates[i / priorities / forms],
            .form = (enum nic_form)(i / priorities % forms),
            .with_priority = i % priorities == 0,
        };
        const int rc = create_spelled(port, match, mark, &spelling, ret_flow);

        if (rc == 0 || !other_words_may_help(rc))
            return rc;
        why = why == 0 ? rc : why;
    }
    return why;
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
