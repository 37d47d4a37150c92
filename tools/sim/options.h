/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * tools/sim/options.h - what prestage-sim is told, checked, and the simulation that it means.
 *
 * Threads: the owner's.
 */
#ifndef PS_TOOLS_SIM_OPTIONS_H
#define PS_TOOLS_SIM_OPTIONS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "tools/sim/sim.h"

enum sim_option {
#define SIM_OPTION(id, name, initial, least, most, whole, help) SIM_OPTION_##id,
#include "tools/sim/options.def"
#undef SIM_OPTION
    SIM_OPTION_COUNT
};

struct sim_options {
    double value[SIM_OPTION_COUNT];
    enum sim_policy_kind policy;
    bool no_speculation;
    bool help;
    uint32_t tenant_weights[PS_ALLOC_TENANTS_MAX];
    uint32_t tenant_count; /* 0: none named */
};

/** What holds when nothing is said. */
void sim_options_init(struct sim_options *options);

/**
 * Understand a command line.
 * @param ret_why  On failure what is wrong with which option, cut to @p why_size.
 * @return 0 or -EINVAL.
 */
int sim_options_parse(struct sim_options *options, int argc, char *const *argv, char *ret_why,
                      size_t why_size);

/** Its tenant weights are those in @p options, which must outlive it. */
struct sim_config sim_options_config(const struct sim_options *options);

void sim_options_usage(FILE *out);

#endif
