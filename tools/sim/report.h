/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * tools/sim/report.h - the figures of a simulation for people and scripts: `sim: key=value`.
 *
 * Threads: the owner's.
 */
#ifndef PS_TOOLS_SIM_REPORT_H
#define PS_TOOLS_SIM_REPORT_H

#include <stdio.h>

#include "tools/sim/sim.h"

/** A simulation that is done. @param real_ns  what it took. @return 0, -EIO or -ENOMEM. */
int sim_report(FILE *out, const struct sim_config *cfg, const struct sim *sim, uint64_t real_ns);

#endif
