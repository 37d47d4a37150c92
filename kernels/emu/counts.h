/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * kernels/emu/counts.h - what the emulated cards of this process did, as a file for tests.
 *
 * Why: a test that injects faults must know that they fired. The file named by PS_EMU_STATS holds
 * "name=count" lines and is replaced as a whole, so that a reader never sees half of it.
 *
 * Threads: any.
 */
#ifndef PS_KERNELS_EMU_COUNTS_H
#define PS_KERNELS_EMU_COUNTS_H

#include "kernels/emu/fault_spec.h"

enum emu_count {
    EMU_COUNT_RUNS,      /* ended, well or not */
    EMU_COUNT_RUNS_LATE, /* timed: the kernel took longer here than the model says */
    EMU_COUNT_SPECS_BAD, /* fault specs ignored */
    EMU_COUNT_FAULTS,    /* of kind 0; the others follow */
    EMU_COUNTS = EMU_COUNT_FAULTS + EMU_FAULT_KINDS
};

void emu_count(enum emu_count what);

/** Write the file, if one is named. What cannot be written is said on stderr, once. */
void emu_counts_write(void);

#endif
