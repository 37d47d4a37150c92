/* SPDX-License-Identifier: BSD-3-Clause */
/* tests/bench/alloc_card/kernels.c - batch(frames, run_us): nothing but its cycles, at 300 MHz. */
#include "kernels/emu/kernel_entry.h"

#define CYCLES_PER_US 300u

emu_kernel_entry emu_kernel_batch;
psk_cycles_entry emu_cycles_batch;

EMU_EXPORT int emu_kernel_batch(const uint8_t *registers, const struct emu_memory *memory)
{
    (void)registers;
    (void)memory;
    return 0;
}

EMU_EXPORT uint64_t emu_cycles_batch(const uint8_t *registers, uint64_t *ret_bytes)
{
    struct emu_args args = EMU_ARGS(registers, NULL);

    (void)ret_bytes; /* nothing goes over the memory */
    emu_take_address(&args);
    return (uint64_t)emu_take_scalar(&args) * CYCLES_PER_US;
}
