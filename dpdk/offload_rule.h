/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * dpdk/offload_rule.h - one rule's life: in the NIC or not, why not, tried again, counted.
 *
 * A rule that is not in the NIC costs nothing and changes nothing: software counts all the same.
 *
 * Threads: the control thread.
 */
#ifndef PS_DPDK_OFFLOAD_RULE_H
#define PS_DPDK_OFFLOAD_RULE_H

#include <stdbool.h>
#include <stdint.h>

#include "dpdk/offload_flow.h"

#define NIC_RULE_WAIT_MAX  64u /* turns between two attempts */
#define NIC_RULE_READS_MAX 3u  /* in a row that may fail before the rule is given up */

struct nic_rule {
    struct nic_flow_port *port; /* outlives the rule */
    struct nic_match match;
    uint32_t mark;
    struct nic_flow flow;
    struct nic_flow_hits hits; /* all there were, through every restart */
    int error;                 /* why it is not in the NIC; 0: it is, or it was not asked for */
    uint32_t wait;             /* turns until the next attempt; 0: there is none */
    uint32_t wait_next;
    uint32_t reads_failed;
};

bool nic_rule_is_in_nic(const struct nic_rule *rule);

/** Try to put it into the NIC; if that fails, rule->error says why. */
void nic_rule_install(struct nic_rule *rule);

/** Not possible on this port: keep @p error and do not try. */
void nic_rule_refuse(struct nic_rule *rule, int error);

/** Once per interval: read its counter, or try again when its time has come. */
void nic_rule_turn(struct nic_rule *rule);

/** Read it a last time and take it out. */
void nic_rule_remove(struct nic_rule *rule);

/** The port was restarted and its rules went with that; the old handle is not touched. */
void nic_rule_forget(struct nic_rule *rule);

#endif
