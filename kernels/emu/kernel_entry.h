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

#define EMU_ADDRESS_ALIGN 8u  /* buffers begin at multiples of this */
#define EMU_BUFFERS_MAX   16u /* of one run */

/* Takes the arguments from the registers one after the other. Initialise with EMU_ARGS(). */
struct emu_args {
    const uint8_t *registers;
    const struct emu_memory *memory;
    uint32_t at_byte;
    struct emu_span {
        uint64_t address, end;
        int is_output;
    } spans[EMU_BUFFERS_MAX]; /* the buffers found so far */
    uint32_t span_count;
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

static inline void *emu_span_at(struct emu_args *args, uint64_t address, uint64_t size_bytes,
                                int is_output)
{
    const uint64_t end = args->memory->size_bytes;

    if (address == 0 || address % EMU_ADDRESS_ALIGN != 0 || address > end ||
        size_bytes > end - address || args->span_count == EMU_BUFFERS_MAX)
        return NULL;
    for (uint32_t i = 0; i < args->span_count; i++) {
        const struct emu_span *span = &args->spans[i];

        if ((is_output || span->is_output) && address < span->end &&
            span->address < address + size_bytes)
            return NULL;
    }
    args->spans[args->span_count++] = (struct emu_span){ address, address + size_bytes, is_output };
    return args->memory->base + address;
}

/**
 * Where a buffer that the kernel reads is in this process; NULL when its bytes are not all inside
 * the memory, its address is no multiple of EMU_ADDRESS_ALIGN, or the kernel writes any of them: it
 * would read what it has written, and what it has checked would change.
 */
static inline const void *emu_at(struct emu_args *args, uint64_t address, uint64_t size_bytes)
{
    return emu_span_at(args, address, size_bytes, 0);
}

/** Likewise one that the kernel writes: no other buffer may share a byte with it. */
static inline void *emu_out_at(struct emu_args *args, uint64_t address, uint64_t size_bytes)
{
    return emu_span_at(args, address, size_bytes, 1);
}

#endif
