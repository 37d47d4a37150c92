/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * kernels/emu/faults.h - the faults that this process's emulated cards show now.
 *
 * Why: what a host does when a card fails must be tried before a card fails. The spec comes from
 * PS_EMU_FAULTS, or from the file PS_EMU_FAULTS_FILE, which is looked at before each answer here
 * and read again when it changed. Draws follow PS_EMU_SEED; see kernels/emu/chance.h.
 *
 * Threads: any; a lock inside.
 */
#ifndef PS_KERNELS_EMU_FAULTS_H
#define PS_KERNELS_EMU_FAULTS_H

#include "kernels/emu/fault_spec.h"

#include <stdbool.h>
#include <stdint.h>

/** True when a file is watched, so that somebody must ask from time to time. */
bool emu_faults_are_watched(void);

/**
 * Draw for the @p nth run of a compute unit; the fault that strikes is counted.
 * @param cu_name  "kernel:instance".
 * @return false, with @p ret_fault untouched, when none strikes.
 */
bool emu_faults_strike_run(uint32_t card_idx, const char *cu_name, uint32_t cu_idx, uint64_t nth,
                           struct emu_fault *ret_fault);

/** Draw for the card's next operation that @p kind (ddr-full, xclbin-refused) can strike. */
bool emu_faults_strike_card(enum emu_fault_kind kind, uint32_t card_idx);

/** True as long as the spec says that the card is lost. */
bool emu_faults_card_is_lost(uint32_t card_idx);

#endif
