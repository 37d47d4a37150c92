/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The kernels of the test card: one that computes, and one that misbehaves on request.
 * Each one's first argument is a buffer, as the accelerator expects of every kernel.
 */
#include "kernels/emu/kernel_entry.h"
#include "tests/integration/accel/test_card.h"

#include <errno.h>
#include <signal.h>
#include <sys/prctl.h>
#include <unistd.h>

int emu_kernel_vadd(const uint8_t *registers, const struct emu_memory *memory);
int emu_kernel_trouble(const uint8_t *registers, const struct emu_memory *memory);

/* vadd(a, b, sum, count): sum[i] = a[i] + b[i], u32 */
EMU_EXPORT int emu_kernel_vadd(const uint8_t *registers, const struct emu_memory *memory)
{
    struct emu_args args = EMU_ARGS(registers, memory);
    const uint64_t a_at = emu_take_address(&args), b_at = emu_take_address(&args);
    const uint64_t sum_at = emu_take_address(&args);
    const uint32_t count = emu_take_scalar(&args);
    const uint64_t bytes = (uint64_t)count * sizeof(uint32_t);
    const uint32_t *a = emu_at(&args, a_at, bytes), *b = emu_at(&args, b_at, bytes);
    uint32_t *sum = emu_out_at(&args, sum_at, bytes);

    if (a == NULL || b == NULL || sum == NULL)
        return -EFAULT;
    for (uint32_t i = 0; i < count; i++)
        sum[i] = a[i] + b[i];
    return 0;
}

/* trouble(buffer, how): see enum trouble */
EMU_EXPORT int emu_kernel_trouble(const uint8_t *registers, const struct emu_memory *memory)
{
    struct emu_args args = EMU_ARGS(registers, memory);
    uint8_t *buffer = emu_out_at(&args, emu_take_address(&args), 1);
    const uint32_t how = emu_take_scalar(&args);

    if (buffer == NULL)
        return -EFAULT;
    switch (how) {
    case TROUBLE_CRASH:
        raise(SIGSEGV);
        break;
    case TROUBLE_EXIT:
        _exit(3);
    case TROUBLE_HANG:
        prctl(PR_SET_NAME, TROUBLE_HANG_NAME); /* tells the test that it hangs now */
        for (;;)
            pause();
    default:
        (*buffer)++;
        break;
    }
    return 0;
}
