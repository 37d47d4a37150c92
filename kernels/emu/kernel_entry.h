/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * kernels/emu/kernel_entry.h - what an emulated card's shared object offers to its CU workers.
 *
 * Why: an xclbin for a real card carries a bitstream; for an emulated one it carries a shared
 * object with one function emu_kernel_<name> per kernel. A worker process hands it the register
 * file that the host wrote, as the card's control interface would. For the timings "timed" and
 * "dry" the object also has emu_cycles_<name> (kernels/abi/cycles.h).
 *
 * Threads: one call at a time in a process.
 */
#ifndef PS_KERNELS_EMU_KERNEL_ENTRY_H
#define PS_KERNELS_EMU_KERNEL_ENTRY_H

#include "kernels/abi/cycles.h"
#include "kernels/abi/registers.h"

#include <stddef.h>
#include <stdint.h>
#include <string.h>

#define EMU_ENTRY_PREFIX    "emu_kernel_"
#define EMU_REGISTERS_BYTES PSK_REGISTERS_BYTES /* what a worker gets */

/* The card's memory; a device address is an offset into it. */
struct emu_memory {
    uint8_t *base;
    uint64_t size_bytes;
};

/**
 * Run the kernel once.
 *
 * @param registers  EMU_REGISTERS_BYTES, laid out as kernels/abi/registers.h says.
 * @return 0, or -EFAULT when an argument reaches outside the memory; the run's state is then
 *         an error. What the kernel itself refuses goes into its status buffer instead.
 */
typedef int emu_kernel_entry(const uint8_t *registers, const struct emu_memory *memory);

#define EMU_EXPORT __attribute__((visibility("default")))

/* Takes the arguments from the registers one after the other. Initialise with EMU_ARGS(). */
struct emu_args {
    const uint8_t *registers;
    const struct emu_memory *memory;
    uint32_t at_byte;
};

#define EMU_ARGS(registers, memory) ((struct emu_args){ registers, memory, PSK_REG_FIRST_BYTE })

static inline uint32_t emu_take_scalar(struct emu_args *args)
{
    uint32_t value;

    memcpy(&value, args->registers + args->at_byte, sizeof(value));
    args->at_byte += PSK_REG_SCALAR_BYTES;
    return value;
}

static inline uint64_t emu_take_address(struct emu_args *args)
{
    uint64_t address;

    memcpy(&address, args->registers + args->at_byte, sizeof(address));
    args->at_byte += PSK_REG_BUFFER_BYTES;
    return address;
}

/** Where @p address is in this process; NULL when the bytes are not all inside the memory. */
static inline void *emu_at(const struct emu_args *args, uint64_t address, uint64_t size_bytes)
{
    const uint64_t end = args->memory->size_bytes;

    if (address == 0 || address > end || size_bytes > end - address)
        return NULL;
    return args->memory->base + address;
}

#endif
