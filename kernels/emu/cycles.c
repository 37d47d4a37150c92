/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The cycle models of our kernels, as an emulated card asks for them: the scalars out of the
 * registers. The models themselves are beside the kernels (kernels/<name>/cycles.c).
 */
#include "kernels/h264enc/cycles.h"
#include "kernels/emu/kernel_entry.h"
#include "kernels/mark/cycles.h"
#include "kernels/scale/cycles.h"
#include "kernels/scale/scale.h"

psk_cycles_entry emu_cycles_scale, emu_cycles_mark, emu_cycles_h264enc;

static struct emu_args scalars_behind(const uint8_t *registers, uint32_t buffer_count)
{
    struct emu_args args = EMU_ARGS(registers, NULL);

    for (uint32_t i = 0; i < buffer_count; i++)
        emu_take_address(&args);
    return args;
}

EMU_EXPORT uint64_t emu_cycles_scale(const uint8_t *registers, uint64_t *ret_bytes)
{
    struct emu_args args = scalars_behind(registers, 1 + PSK_SCALE_RENDITIONS_MAX);
    const uint32_t src_width = emu_take_scalar(&args), src_height = emu_take_scalar(&args);
    const uint32_t flags = emu_take_scalar(&args), frame_count = emu_take_scalar(&args);
    const uint32_t rendition_count = emu_take_scalar(&args);
    uint32_t sizes[PSK_SCALE_RENDITIONS_MAX];

    for (uint32_t i = 0; i < PSK_SCALE_RENDITIONS_MAX; i++)
        sizes[i] = emu_take_scalar(&args);
    return psk_scale_cycles(src_width, src_height, flags, frame_count, rendition_count, sizes,
                            ret_bytes);
}

EMU_EXPORT uint64_t emu_cycles_mark(const uint8_t *registers, uint64_t *ret_bytes)
{
    struct emu_args args = scalars_behind(registers, 3);
    const uint32_t width = emu_take_scalar(&args), height = emu_take_scalar(&args);

    return psk_mark_cycles(width, height, emu_take_scalar(&args), ret_bytes);
}

EMU_EXPORT uint64_t emu_cycles_h264enc(const uint8_t *registers, uint64_t *ret_bytes)
{
    struct emu_args args = scalars_behind(registers, 5);
    const uint32_t width = emu_take_scalar(&args), height = emu_take_scalar(&args);
    const uint32_t frame_count = emu_take_scalar(&args);

    emu_take_scalar(&args); /* the room for bits */
    const uint32_t flags = emu_take_scalar(&args), effort = emu_take_scalar(&args);

    return psk_h264enc_cycles(width, height, frame_count, flags, effort, ret_bytes);
}
