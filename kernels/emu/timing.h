/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * kernels/emu/timing.h - whether an emulated card keeps a real one's time.
 *
 * Why: as fast as this machine goes is right for tests of what comes out; how a card's compute
 * units, memory and link are best used shows only on a card's own time. "dry" leaves the work away,
 * so that a small machine can keep the time of many cards.
 *
 * Threads: any; no state.
 */
#ifndef PS_KERNELS_EMU_TIMING_H
#define PS_KERNELS_EMU_TIMING_H

#include "kernels/abi/card_model.h"
#include "kernels/abi/cycles.h"

#include <stdint.h>

enum emu_timing_mode {
    EMU_TIMING_FUNCTIONAL, /* real output, as fast as it goes */
    EMU_TIMING_TIMED,      /* real output, completion delayed to the model */
    EMU_TIMING_DRY,        /* no output, completion at the model's time */
};

struct emu_timing {
    enum emu_timing_mode mode;
    uint64_t seed;
    uint32_t jitter_pct; /* a run takes up to that much longer */
};

/** From PS_EMU_TIMING, PS_EMU_SEED and PS_EMU_JITTER_PCT; what they say wrong is said on stderr. */
struct emu_timing emu_timing_read(void);

struct emu_run_cost {
    uint64_t alone_ns; /* with nobody else on the bank */
    uint64_t bytes;
};

/**
 * What a run costs by its cycle model and the card's clock and calibration.
 * @param jitter  0..1: where in the jitter's range this run lies.
 */
struct emu_run_cost emu_timing_cost(const struct emu_timing *timing,
                                    const struct psk_card_model *model, uint32_t kernel_idx,
                                    psk_cycles_entry *cycles, const uint8_t *registers,
                                    double jitter);

#endif
