/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * kernels/emu/ddr.h - which parts of the card's memory are taken.
 *
 * Why: the driver hands out device addresses as a card's memory manager does: first fit, page
 * granules, and an honest "full". Address 0 is never given, so that a kernel can tell a missing
 * buffer.
 *
 * Threads: none inside; the device's lock guards it.
 */
#ifndef PS_KERNELS_EMU_DDR_H
#define PS_KERNELS_EMU_DDR_H

#include <stdint.h>

#define EMU_DDR_GRANULE   4096u
#define EMU_DDR_HOLES_MAX 4096u /* free ranges that can be told apart */

struct emu_ddr_hole {
    uint64_t address;
    uint64_t size_bytes;
};

struct emu_ddr {
    struct emu_ddr_hole holes[EMU_DDR_HOLES_MAX]; /* by address; no two touch */
    uint32_t hole_count;
};

/** All of @p size_bytes is free, but for the granule at address 0. */
void emu_ddr_init(struct emu_ddr *ddr, uint64_t size_bytes);

/** @return the address of @p size_bytes rounded up to granules, or 0 when no hole is that large. */
uint64_t emu_ddr_take(struct emu_ddr *ddr, uint64_t size_bytes);

/** Give back exactly what was taken. With all holes in use a range is lost until the next init. */
void emu_ddr_give(struct emu_ddr *ddr, uint64_t address, uint64_t size_bytes);

#endif
