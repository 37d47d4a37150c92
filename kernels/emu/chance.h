/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * kernels/emu/chance.h - the same dice for the same seed, whatever the threads do.
 *
 * Why: with one random stream for all, who comes first would decide who draws what. So a draw is a
 * function of the seed and of what is drawn for: the card, the compute unit and its how many-th
 * run.
 *
 * Threads: any; no state.
 */
#ifndef PS_KERNELS_EMU_CHANCE_H
#define PS_KERNELS_EMU_CHANCE_H

#include <stdint.h>

struct emu_chance {
    uint64_t seed;
    uint32_t what; /* which question, so that answers do not depend on each other */
    uint32_t card_idx;
    uint32_t cu_idx;
    uint64_t nth;
};

/** Even over all 64-bit numbers. */
uint64_t emu_chance_draw(const struct emu_chance *chance);
/** Even in [0, 1). */
double emu_chance_share(const struct emu_chance *chance);

#endif
