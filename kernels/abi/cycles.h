/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * kernels/abi/cycles.h - how long a run of a kernel takes on a card: its cycle model.
 *
 * Why: an emulated card can tell the time of a real one only when each kernel says what a run
 * costs. The shared object that carries emu_kernel_<name> also exports emu_cycles_<name>; the
 * emulation driver and the packer's calibration call it in their own process, so it must be plain
 * arithmetic on the registers: no buffer is at hand, and a run may not even be made.
 *
 * Threads: any; models keep no state.
 */
#ifndef PS_KERNELS_ABI_CYCLES_H
#define PS_KERNELS_ABI_CYCLES_H

#include <stdint.h>

#define PSK_CYCLES_PREFIX   "emu_cycles_"
#define PSK_REGISTERS_BYTES 1024u /* given to a kernel; the rest of the window stays unused */

/**
 * @param registers  PSK_REGISTERS_BYTES, laid out as kernels/abi/registers.h says.
 * @param ret_bytes  Bytes the run moves to and from the card's memory; 0 unless written.
 * @return cycles at the card's clock, when memory is as fast as the kernel asks.
 */
typedef uint64_t psk_cycles_entry(const uint8_t *registers, uint64_t *ret_bytes);

#endif
