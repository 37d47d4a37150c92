/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * tools/sim/policy_priv.h - the policies that sim_policy_create() chooses from.
 *
 * Each checks its configuration and returns 0, -EINVAL or -ENOMEM. Threads: see policy.h.
 */
#ifndef PS_TOOLS_SIM_POLICY_PRIV_H
#define PS_TOOLS_SIM_POLICY_PRIV_H

#include "tools/sim/policy.h"

int sim_policy_alloc_create(struct sim_policy **ret_policy, const struct sim_policy_config *cfg);
int sim_policy_fcfs_create(struct sim_policy **ret_policy, const struct sim_policy_config *cfg);

#endif
