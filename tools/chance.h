/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * tools/chance.h - seeded chance: the same seed draws the same numbers on every machine.
 *
 * The state is splitmix64's counter; each draw is its finaliser. Threads: one per state.
 */
#ifndef PS_TOOLS_CHANCE_H
#define PS_TOOLS_CHANCE_H

#include <stdint.h>

struct chance {
    uint64_t state;
};

/** A stream of its own for each (seed, purpose), so that one part's draws do not move another's. */
void chance_init(struct chance *chance, uint64_t seed, uint64_t purpose);

/** In [0, 1). */
double chance_uniform(struct chance *chance);
/** In [0, limit). @param limit > 0. */
uint32_t chance_below(struct chance *chance, uint32_t limit);
/** Mean 0, deviation 1. */
double chance_normal(struct chance *chance);
/** @param mean >= 0. */
uint32_t chance_poisson(struct chance *chance, double mean);

#endif
