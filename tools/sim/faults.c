/* SPDX-License-Identifier: BSD-3-Clause */
/* tools/sim/faults.c - see faults.h. */
#include "tools/sim/faults.h"

#include <errno.h>
#include <math.h>

enum { PURPOSE_FAULTS = 4 };

int sim_faults_init(struct sim_faults *faults, const struct sim_faults_config *cfg, uint64_t seed)
{
    if (!(cfg->fail >= 0 && cfg->lose >= 0 && cfg->fail + cfg->lose < 1 && cfg->back_s > 0 &&
          isfinite(cfg->back_s)))
        return -EINVAL;
    faults->cfg = *cfg;
    chance_init(&faults->chance, seed, PURPOSE_FAULTS);
    return 0;
}

int sim_faults_run(struct sim_faults *faults)
{
    if (faults->cfg.fail + faults->cfg.lose == 0)
        return 0;
    const double draw = chance_uniform(&faults->chance);

    if (draw < faults->cfg.lose)
        return -ENODEV;
    return draw < faults->cfg.lose + faults->cfg.fail ? -EIO : 0;
}

uint64_t sim_faults_away_ns(struct sim_faults *faults)
{
    return 1 + (uint64_t)(-faults->cfg.back_s * log(1 - chance_uniform(&faults->chance)) * 1e9);
}
