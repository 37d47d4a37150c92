/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * tools/sim/edges/paper.h - the same evening in closed form: what an edge does in a second on
 * average. docs/cluster.md has the formulas.
 *
 * Threads: the owner's.
 */
#ifndef PS_TOOLS_SIM_EDGES_PAPER_H
#define PS_TOOLS_SIM_EDGES_PAPER_H

#include "tools/sim/edges/load.h"

/** Without a crowd. @return 0 or -ENOMEM. */
int edges_paper(const struct edges_options *options, struct edges_load *ret_load);

#endif
