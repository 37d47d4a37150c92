/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * tools/sim/edges/report.h - the figures for people and scripts: `edges: key=value`.
 *
 * Threads: the owner's.
 */
#ifndef PS_TOOLS_SIM_EDGES_REPORT_H
#define PS_TOOLS_SIM_EDGES_REPORT_H

#include "tools/sim/edges/run.h"

/** @param found  NULL: not looked for. @return 0 or -EIO. */
int edges_report(FILE *out, const struct edges_options *options,
                 const struct edges_outcome *outcome, const struct edges_load *paper,
                 const struct edges_break *found, double real_s);

#endif
