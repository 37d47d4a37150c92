/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * tools/sim/faults.h - how a run ends when hardware is not perfect.
 *
 * Threads: the owner's.
 */
#ifndef PS_TOOLS_SIM_FAULTS_H
#define PS_TOOLS_SIM_FAULTS_H

#include <stdint.h>

#include "tools/chance.h"

struct sim_faults_config {
    double fail;   /* of runs end with an error, in [0, 1) */
    double lose;   /* of runs end with the CU lost, in [0, 1) */
    double back_s; /* mean time until a lost CU works again, > 0 */
};

struct sim_faults {
    struct sim_faults_config cfg;
    struct chance chance;
};

/** @return 0 or -EINVAL (a field out of range). */
int sim_faults_init(struct sim_faults *faults, const struct sim_faults_config *cfg, uint64_t seed);

/** @return 0, -EIO or -ENODEV: the status of the run that ends now. */
int sim_faults_run(struct sim_faults *faults);
/** How long the CU that was lost now stays away. */
uint64_t sim_faults_away_ns(struct sim_faults *faults);

#endif
