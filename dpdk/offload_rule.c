/* SPDX-License-Identifier: BSD-3-Clause */
#include "dpdk/offload_rule.h"

#include <stddef.h>

bool nic_rule_is_in_nic(const struct nic_rule *rule)
{
    return rule->flow.handle != NULL;
}

static void fail(struct nic_rule *rule, int error)
{
    rule->error = error;
    rule->wait = 0;
    if (!nic_flow_may_pass(error))
        return;
    rule->wait = rule->wait_next > 0 ? rule->wait_next : 1;
    rule->wait_next = rule->wait * 2 < NIC_RULE_WAIT_MAX ? rule->wait * 2 : NIC_RULE_WAIT_MAX;
}

void nic_rule_install(struct nic_rule *rule)
{
    const int rc = nic_flow_create(rule->port, &rule->match, rule->mark, &rule->flow);

    if (rc != 0) {
        fail(rule, rc);
        return;
    }
    rule->error = 0;
    rule->wait = 0;
    rule->wait_next = 0;
    rule->reads_failed = 0;
}

void nic_rule_refuse(struct nic_rule *rule, int error)
{
    rule->error = error;
    rule->wait = 0;
}

static int read_hits(struct nic_rule *rule)
{
    struct nic_flow_hits fresh;
    const int rc = nic_flow_read(rule->port, &rule->flow, &fresh);

    if (rc != 0)
        return rc;
    rule->hits.packets += fresh.packets;
    rule->hits.bytes += fresh.bytes;
    rule->reads_failed = 0;
    return 0;
}

void nic_rule_turn(struct nic_rule *rule)
{
    int rc;

    if (!nic_rule_is_in_nic(rule)) {
        if (rule->wait > 0 && --rule->wait == 0)
            nic_rule_install(rule);
        return;
    }
    rc = read_hits(rule);
    if (rc == 0 || ++rule->reads_failed < NIC_RULE_READS_MAX)
        return;
    nic_flow_destroy(rule->port, &rule->flow);
    fail(rule, rc);
}

void nic_rule_remove(struct nic_rule *rule)
{
    rule->wait = 0;
    if (!nic_rule_is_in_nic(rule))
        return;
    read_hits(rule);
    nic_flow_destroy(rule->port, &rule->flow);
}

void nic_rule_forget(struct nic_rule *rule)
{
    rule->flow.handle = NULL;
    rule->error = 0;
    rule->wait = 0;
    rule->wait_next = 0;
}
