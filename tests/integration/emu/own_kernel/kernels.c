/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A kernel as a lab would bring it: saxpy(x, y, sum, a, count) with its cycle model, in a shared
 * object of its own. docs/hil.md explains it line by line; nothing of prestage's kernels is used.
 */
#include "kernels/emu/kernel_entry.h"

#include <errno.h>

emu_kernel_entry emu_kernel_saxpy;
psk_cycles_entry emu_cycles_saxpy;

/* sum[i] = a * x[i] + y[i], u32 */
EMU_EXPORT int emu_kernel_saxpy(const uint8_t *registers, const struct emu_memory *memory)
{
    struct emu_args args = EMU_ARGS(registers, memory);
    const uint64_t x_at = emu_take_address(&args), y_at = emu_take_address(&args);
    const uint64_t sum_at = emu_take_address(&args);
    const uint32_t a = emu_take_scalar(&args), count = emu_take_scalar(&args);
    const uint64_t bytes = (uint64_t)count * sizeof(uint32_t);
    const uint32_t *x = emu_at(&args, x_at, bytes), *y = emu_at(&args, y_at, bytes);
    uint32_t *sum = emu_out_at(&args, sum_at, bytes);

    if (x == NULL || y == NULL || sum == NULL)
        return -EFAULT;
    for (uint32_t i = 0; i < count; i++)
        sum[i] = a * x[i] + y[i];
    return 0;
}

/* Sixteen lanes, one turn a cycle, and 100 cycles to fill and drain the pipeline. */
EMU_EXPORT uint64_t emu_cycles_saxpy(const uint8_t *registers, uint64_t *ret_bytes)
{
    struct emu_args args = EMU_ARGS(registers, NULL);
    uint32_t count;

    for (uint32_t i = 0; i < 3; i++)
        emu_take_address(&args);
    emu_take_scalar(&args);
    count = emu_take_scalar(&args);
    *ret_bytes = 3ull * sizeof(uint32_t) * count;
    return 100 + (count + 15ull) / 16;
}
