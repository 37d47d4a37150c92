/* SPDX-License-Identifier: BSD-3-Clause */
/* tests/unit/tools/sim/edges/few.h - an evening small enough for unit tests. */
#ifndef PS_TESTS_UNIT_TOOLS_SIM_EDGES_FEW_H
#define PS_TESTS_UNIT_TOOLS_SIM_EDGES_FEW_H

#include "tools/sim/edges/options.h"

static inline struct edges_options few_edges(void)
{
    struct edges_options options;

    edges_options_init(&options);
    options.value[EDGES_EDGES] = 40;
    options.value[EDGES_PEERS] = 8000;
    options.value[EDGES_TITLES] = 300;
    options.value[EDGES_CHANNELS] = 10;
    options.value[EDGES_SECONDS] = 10;
    return options;
}

#endif
