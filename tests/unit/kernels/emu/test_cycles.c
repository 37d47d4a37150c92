/* SPDX-License-Identifier: BSD-3-Clause */
#include "kernels/abi/cycles.h"
#include "kernels/abi/kernels.h"
#include "kernels/abi/registers.h"
#include "tests/support/ps_test.h"

#include <string.h>

psk_cycles_entry emu_cycles_scale, emu_cycles_mark, emu_cycles_h264enc;

static uint64_t bytes;

/* The cycles of a run with these scalars behind @p buffer_count buffers. */
static uint64_t cycles_of(psk_cycles_entry *model, uint32_t buffer_count, const uint32_t *scalars,
                          uint32_t scalar_count)
{
    uint8_t registers[PSK_REGISTERS_BYTES] = { 0 };
    const uint32_t first = PSK_REG_FIRST_BYTE + buffer_count * PSK_REG_BUFFER_BYTES;

    for (uint32_t i = 0; i < scalar_count; i++)
        memcpy(registers + first + (size_t)i * PSK_REG_SCALAR_BYTES, &scalars[i],
               sizeof(scalars[i]));
    bytes = 0;
    return model(registers, &bytes);
}

static uint64_t encode(uint32_t width, uint32_t height, uint32_t frames)
{
    return cycles_of(emu_cycles_h264enc, 5, (const uint32_t[]){ width, height, frames }, 3);
}

static uint64_t scale(uint32_t width, uint32_t height, uint32_t frames)
{
    const uint32_t scalars[] = { 1920, 1080, 0, frames, 1, PSK_SCALE_SIZE(width, height) };

    return cycles_of(emu_cycles_scale, 1 + PSK_SCALE_RENDITIONS_MAX, scalars, 6);
}

static uint64_t mark(uint32_t width, uint32_t height, uint32_t frames)
{
    return cycles_of(emu_cycles_mark, 3, (const uint32_t[]){ width, height, frames }, 3);
}

static void time_grows_with_frames_and_size(void)
{
    uint64_t (*const models[])(uint32_t, uint32_t, uint32_t) = { encode, scale, mark };

    for (int i = 0; i < 3; i++) {
        const uint64_t one = models[i](640, 360, 1), two = models[i](640, 360, 2);

        CU_ASSERT(one > models[i](640, 360, 0));
        CU_ASSERT(two > one);
        CU_ASSERT_EQUAL(models[i](640, 360, 7) - one, 6 * (two - one));
        CU_ASSERT(models[i](1280, 720, 1) > one);
    }
}

static void part_macroblocks_count_as_whole(void)
{
    CU_ASSERT_EQUAL(encode(640, 354, 1), encode(640, 368, 1));
    CU_ASSERT(encode(640, 370, 1) > encode(640, 368, 1));
}

static void bytes_are_those_of_the_frames(void)
{
    scale(640, 360, 2);
    CU_ASSERT_EQUAL(bytes, 2 * (1920 * 1080 + 640 * 360) * 3 / 2);
    mark(640, 360, 2);
    CU_ASSERT_EQUAL(bytes, 2 * (3 * 640 * 360 * 3 / 2 + 640 * 360)); /* luma is read twice */
}

static void what_a_kernel_refuses_costs_next_to_nothing(void)
{
    const uint64_t nothing = encode(16, 16, 0);

    CU_ASSERT_EQUAL(encode(UINT32_MAX, UINT32_MAX, UINT32_MAX), nothing);
    CU_ASSERT_EQUAL(bytes, 0);
    CU_ASSERT_EQUAL(scale(4000, 4000, 1), scale(16, 16, 0));
    CU_ASSERT_EQUAL(mark(16, 16, 33), mark(16, 16, 0));
}

int main(void)
{
    static const struct ps_test tests[] = {
        PS_TEST(time_grows_with_frames_and_size),
        PS_TEST(part_macroblocks_count_as_whole),
        PS_TEST(bytes_are_those_of_the_frames),
        PS_TEST(what_a_kernel_refuses_costs_next_to_nothing),
    };

    return ps_test_run("kernels/emu/cycles", tests, sizeof(tests) / sizeof(tests[0]));
}
