/* SPDX-License-Identifier: BSD-3-Clause */
#include "dpdk/offload.h"

#include <assert.h>
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "dpdk/abi/peer_demand.h"
#include "dpdk/log.h"
#include "dpdk/mem.h"
#include "dpdk/offload_flow.h"
#include "dpdk/offload_rank.h"

#define FAMILIES        2u
#define STUN_PORT       3478u
#define HTTPS_PORT      443u
#define ONE_PORT        0xffffu
#define FIXED_CLASSES   4u /* peer demand, STUN, TLS, QUIC */
#define CLASS_RULES_MAX ((FIXED_CLASSES + NIC_OFFLOAD_RTP_BLOCKS_MAX) * FAMILIES + NIC_SERVERS_MAX)
/* The more exact first; cnxk has three, and a server's TCP meets no media's UDP. */
#define PRIORITY_SERVER 0u
#define PRIORITY_CLASS  1u
#define PRIORITY_RTP    2u

_Static_assert(CLASS_RULES_MAX *NIC_PORTS_MAX + NIC_OFFLOAD_MEDIA_MAX <= PSD_RULES_MAX,
               "a report has room for all rules");
_Static_assert(CLASS_RULES_MAX < NIC_MEDIA_MARK, "a class's mark is none of a media's");

struct class_rule {
    char name[40];
    struct nic_rule rule;
};

struct port {
    struct nic_flow_port flow;
    struct nic_flow_abilities abilities;
    uint32_t probe_wait; /* turns until the next probe; 0: there is none */
    uint32_t probe_wait_next;
    struct class_rule rules[CLASS_RULES_MAX];
    uint32_t rule_count;
};

struct nic_offload {
    struct port ports[NIC_PORTS_MAX];
    uint32_t port_count;
    struct nic_media *media; /* NULL: not wanted, as is the rank */
    struct nic_rank *rank;
    uint32_t media_max;
    uint64_t claims_marked; /* by the workers */
    uint64_t claims_noted;  /* the same, as the notes told them */
};

__attribute__((format(printf, 3, 4))) static void
add_rule(struct port *port, const struct nic_match *match, const char *fmt, ...)
{
    struct class_rule *class = &port->rules[port->rule_count++];
    va_list list;
    int used;

    assert(port->rule_count <= CLASS_RULES_MAX);
    class->rule.port = &port->flow;
    class->rule.match = *match;
    used = snprintf(class->name, sizeof(class->name), "%s%s %u ", match->is_udp ? "udp" : "tcp",
                    match->is_v6 ? "6" : "4", match->port);
    va_start(list, fmt);
    vsnprintf(class->name + used, sizeof(class->name) - (size_t)used, fmt, list);
    va_end(list);
}

static void add_fixed(struct port *port, bool is_v6)
{
    struct nic_match match = { .is_v6 = is_v6, .port_mask = ONE_PORT, .priority = PRIORITY_CLASS };

    match.is_udp = true;
    match.port = PPD_PORT;
    add_rule(port, &match, "peer_demand");
    match.port = STUN_PORT;
    add_rule(port, &match, "stun");
    match.port = HTTPS_PORT;
    add_rule(port, &match, "quic");
    match.is_udp = false;
    add_rule(port, &match, "tls");
}

/* NICs know no ranges but bits that count: blocks of a power of two, on its multiples. */
static uint32_t block_ports(uint32_t first, uint32_t last)
{
    uint32_t ports = 1;

    while ((first & ports) == 0 && first + ports * 2 - 1 <= last)
        ports *= 2;
    return ports;
}

static uint32_t count_blocks(uint32_t first, uint32_t last)
{
    uint32_t count = 0;

    for (; first <= last; first += block_ports(first, last))
        count++;
    return count;
}

static void add_rtp(struct port *port, bool is_v6, uint32_t first, uint32_t last)
{
    const uint32_t blocks = count_blocks(first, last);
    struct nic_match match = { .is_v6 = is_v6, .is_udp = true, .priority = PRIORITY_RTP };

    if (last == 0)
        return;
    if (blocks > NIC_OFFLOAD_RTP_BLOCKS_MAX) { /* a row all the same: it says so */
        match.port = (uint16_t)first;
        add_rule(port, &match, "rtp to %u", last);
        return;
    }
    for (uint32_t ports; first <= last; first += ports) {
        ports = block_ports(first, last);
        match.port = (uint16_t)first;
        match.port_mask = (uint16_t)(ONE_PORT & ~(ports - 1));
        add_rule(port, &match, "rtp to %u", first + ports - 1);
    }
}

static bool is_listed_before(const struct nic_servers *servers, uint32_t idx)
{
    const struct nic_endpoint *server = &servers->list[idx];

    for (uint32_t i = 0; i < idx; i++)
        if (servers->list[i].port == server->port &&
            memcmp(&servers->list[i].address, &server->address, sizeof(server->address)) == 0)
            return true;
    return false;
}

static void add_servers(struct port *port, const struct nic_servers *servers)
{
    for (uint32_t i = 0; i < servers->count; i++) {
        const struct nic_endpoint *server = &servers->list[i];
        const struct nic_match match = {
            .is_v6 = !nic_address_is_v4(&server->address),
            .has_address = !server->any,
            .address = server->address,
            .port = server->port,
            .port_mask = ONE_PORT,
            .priority = PRIORITY_SERVER,
        };

        if (!is_listed_before(servers, i))
            add_rule(port, &match, "server %u", i + 1);
    }
}

static void install_class(struct port *port, uint32_t rule_idx)
{
    struct nic_rule *rule = &port->rules[rule_idx].rule;

    rule->mark = port->abilities.mark == 0 ? rule_idx + 1 : 0;
    if (port->abilities.count != 0)
        nic_rule_refuse(rule, port->abilities.count);
    else if (rule->match.port_mask == 0)
        nic_rule_refuse(rule, -E2BIG);
    else
        nic_rule_install(rule);
}

static void probe_and_install(struct nic_offload *o, uint32_t port_idx)
{
    struct port *port = &o->ports[port_idx];
    const struct nic_flow_abilities *abilities = &port->abilities;

    nic_flow_probe(&port->flow, &port->abilities);
    port->probe_wait = 0;
    if (nic_flow_may_pass(abilities->count) || nic_flow_may_pass(abilities->mark) ||
        nic_flow_may_pass(abilities->raw)) {
        port->probe_wait = port->probe_wait_next > 0 ? port->probe_wait_next : 1;
        if (port->probe_wait_next < NIC_RULE_WAIT_MAX)
            port->probe_wait_next = port->probe_wait * 2;
    }
    for (uint32_t i = 0; i < port->rule_count; i++)
        if (!nic_rule_is_in_nic(&port->rules[i].rule))
            install_class(port, i);
    if (o->media != NULL)
        nic_media_reapply(o->media, port_idx, abilities->raw);
}

static void build_port(struct port *port, const struct nic_offload_config *cfg, uint32_t idx)
{
    nic_flow_port_init(&port->flow, cfg->ops, cfg->ports[idx], (uint16_t)cfg->worker_count);
    /* Where one kind of packet is matched by one set of fields, as on ice, the first rule wins. */
    add_servers(port, cfg->servers);
    for (uint32_t family = 0; family < FAMILIES; family++)
        add_fixed(port, family == 1);
    for (uint32_t family = 0; family < FAMILIES; family++)
        add_rtp(port, family == 1, cfg->rtp_first, cfg->rtp_last);
}

static int create_media(struct nic_offload *o, const struct nic_offload_config *cfg)
{
    struct nic_media_port ports[NIC_PORTS_MAX];
    int rc;

    if (cfg->media_max == 0)
        return 0;
    for (uint32_t i = 0; i < o->port_count; i++)
        ports[i] = (struct nic_media_port){ .port = &o->ports[i].flow };
    o->media_max = cfg->media_max;
    rc = nic_rank_create(&o->rank, cfg->claims_max);
    if (rc != 0)
        return rc;
    return nic_media_create(&o->media, cfg->media_max, ports, o->port_count, cfg->worker_count);
}

int nic_offload_create(struct nic_offload **ret_offload, const struct nic_offload_config *cfg)
{
    struct nic_offload *o = nic_zalloc(1, sizeof(*o));
    int rc;

    assert(cfg->port_count > 0 && cfg->port_count <= NIC_PORTS_MAX);
    if (o == NULL)
        return -ENOMEM;
    o->port_count = cfg->port_count;
    for (uint32_t i = 0; i < o->port_count; i++)
        build_port(&o->ports[i], cfg, i);
    rc = create_media(o, cfg);
    if (rc != 0) {
        nic_offload_destroy(o);
        return rc;
    }
    for (uint32_t i = 0; i < o->port_count; i++)
        probe_and_install(o, i);
    *ret_offload = o;
    return 0;
}

void nic_offload_destroy(struct nic_offload *offload)
{
    if (offload == NULL)
        return;
    if (offload->media != NULL)
        nic_media_remove_all(offload->media);
    for (uint32_t p = 0; p < offload->port_count; p++)
        for (uint32_t i = 0; i < offload->ports[p].rule_count; i++)
            nic_rule_remove(&offload->ports[p].rules[i].rule);
    nic_media_destroy(offload->media);
    nic_rank_destroy(offload->rank);
    free(offload);
}

static void turn_port(struct nic_offload *o, uint32_t port_idx)
{
    struct port *port = &o->ports[port_idx];

    if (port->probe_wait > 0 && --port->probe_wait == 0)
        probe_and_install(o, port_idx);
    for (uint32_t i = 0; i < port->rule_count; i++)
        nic_rule_turn(&port->rules[i].rule);
}

static void add_noted(struct nic_offload *o, struct nic_batch *batch)
{
    struct psd_claim claims[NIC_OFFLOAD_MEDIA_MAX];
    const uint32_t count = nic_media_turn(o->media, claims);

    o->claims_marked += batch->totals.claims_marked;
    for (uint32_t i = 0; i < count; i++) {
        nic_batch_add_claim(batch, &claims[i]);
        o->claims_noted += claims[i].count;
    }
    /* Nothing is lost between the two; what was noted since the turn comes in the next interval. */
    assert(o->claims_noted >= o->claims_marked);
}

static void follow(struct nic_offload *o, const struct nic_batch *batch)
{
    uint64_t keys[NIC_OFFLOAD_MEDIA_MAX];
    const uint32_t count =
        nic_rank_top(o->rank, batch->claims, batch->claim_count, keys, o->media_max);

    nic_media_set(o->media, keys, count);
}

void nic_offload_turn(struct nic_offload *offload, struct nic_batch *batch)
{
    for (uint32_t i = 0; i < offload->port_count; i++)
        turn_port(offload, i);
    if (offload->media == NULL)
        return;
    add_noted(offload, batch);
    follow(offload, batch);
}

bool nic_offload_counts_claim(struct nic_offload *offload, uint32_t worker_idx, uint32_t mark,
                              uint64_t media_key)
{
    return offload->media != NULL && nic_media_note(offload->media, worker_idx, mark, media_key);
}

void nic_offload_reapply(struct nic_offload *offload, uint32_t port_idx)
{
    struct port *port = &offload->ports[port_idx];

    assert(port_idx < offload->port_count);
    for (uint32_t i = 0; i < port->rule_count; i++)
        nic_rule_forget(&port->rules[i].rule);
    port->probe_wait_next = 0;
    probe_and_install(offload, port_idx);
}

void nic_offload_status(const struct nic_offload *offload, uint32_t port_idx,
                        struct nic_offload_status *ret_status)
{
    const struct port *port = &offload->ports[port_idx];
    struct nic_offload_status status = { .count_error = port->abilities.count,
                                         .mark_error = port->abilities.mark,
                                         .raw_error = port->abilities.raw };

    for (uint32_t i = 0; i < port->rule_count; i++) {
        const struct nic_rule *rule = &port->rules[i].rule;

        if (nic_rule_is_in_nic(rule)) {
            status.hardware++;
            continue;
        }
        status.software++;
        if (status.why == 0)
            status.why = rule->error;
    }
    *ret_status = status;
}

static const char *why(int error)
{
    const char *name = error != 0 ? strerrorname_np(-error) : "none";

    return name != NULL ? name : "unknown";
}

void nic_offload_log(const struct nic_offload *offload)
{
    for (uint32_t i = 0; i < offload->port_count; i++) {
        struct nic_offload_status s;

        nic_offload_status(offload, i, &s);
        nic_log(NIC_LOG_INFO, "offload",
                "port=%u hardware=%u software=%u why=%s count=%s mark=%s raw=%s",
                offload->ports[i].flow.id, s.hardware, s.software, why(s.why), why(s.count_error),
                why(s.mark_error), why(s.raw_error));
    }
}

static struct psd_rule row_of(uint32_t port_idx, const struct class_rule *class)
{
    const struct nic_rule *rule = &class->rule;
    struct psd_rule row = { .packets = rule->hits.packets,
                            .bytes = rule->hits.bytes,
                            .error = rule->error,
                            .place =
                                nic_rule_is_in_nic(rule) ? PSD_RULE_HARDWARE : PSD_RULE_SOFTWARE };

    snprintf(row.name, sizeof(row.name), "%u %s", port_idx & 1, class->name);
    return row;
}

uint32_t nic_offload_report(const struct nic_offload *offload, struct psd_rule *ret_rules,
                            uint32_t max)
{
    uint32_t count = 0;

    for (uint32_t p = 0; p < offload->port_count; p++)
        for (uint32_t i = 0; i < offload->ports[p].rule_count && count < max; i++)
            ret_rules[count++] = row_of(p, &offload->ports[p].rules[i]);
    if (offload->media != NULL)
        count += nic_media_report(offload->media, ret_rules + count, max - count);
    return count;
}
