/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The cycle models of our kernels: first estimates from the sources' loops, before any synthesis.
 *
 * What they assume: a loop with PIPELINE II = 1 takes a cycle a turn; loops of one line follow each
 * other, as the sources have no DATAFLOW; memory bursts hide their latency behind the line before.
 * What a real build takes goes into card.conf (calibrate), not in here.
 */
#include "kernels/scale/cycles.h"
#include "kernels/abi/kernels.h"
#include "kernels/emu/kernel_entry.h"

#include <stdbool.h>

psk_cycles_entry emu_cycles_scale, emu_cycles_mark, emu_cycles_h264enc;

/* A run that the kernel refuses; the same for starting and ending any run. */
#define RUN_CYCLES 2000u

#define MARK_CELLS (80u * 45u)

/* h264enc per macroblock: motion search over the window, 25 luma predictions with transform and
 * back, CAVLC of up to 384 coefficients one a cycle, deblocking of 8 edges of 16 samples. The
 * stages follow each other. To be measured; 2600 would mean 14 frames of 1080p a second at 300 MHz.
 */
#define MACROBLOCK_CYCLES 2600u

/* Per frame: SEI, slice header, crc32c of the bits and padding of the borders. */
#define FRAME_CYCLES 20000u

static bool is_within(uint32_t width, uint32_t height, uint32_t frame_count)
{
    return width <= PSK_WIDTH_MAX && height <= PSK_HEIGHT_MAX &&
           frame_count <= PSK_BATCH_FRAMES_MAX;
}

EMU_EXPORT uint64_t emu_cycles_scale(const uint8_t *registers, uint64_t *ret_bytes)
{
    struct emu_args args = EMU_ARGS(registers, NULL);
    uint32_t src_width, src_height, flags, frame_count, rendition_count;
    uint32_t sizes[PSK_SCALE_RENDITIONS_MAX];

    for (uint32_t i = 0; i < 1 + PSK_SCALE_RENDITIONS_MAX; i++)
        emu_take_address(&args);
    src_width = emu_take_scalar(&args);
    src_height = emu_take_scalar(&args);
    flags = emu_take_scalar(&args);
    frame_count = emu_take_scalar(&args);
    rendition_count = emu_take_scalar(&args);
    for (uint32_t i = 0; i < PSK_SCALE_RENDITIONS_MAX; i++)
        sizes[i] = emu_take_scalar(&args);
    return psk_scale_cycles(src_width, src_height, flags, frame_count, rendition_count, sizes,
                            ret_bytes);
}

/* Per luma sample: load and measure for the gain, then load, measure, mark, and store twice; per
 * cell of the pattern some ten cycles for its mean and its neighbours; the chroma is copied to
 * both, its two stores and one load a cycle a sample. */
EMU_EXPORT uint64_t emu_cycles_mark(const uint8_t *registers, uint64_t *ret_bytes)
{
    struct emu_args args = EMU_ARGS(registers, NULL);
    uint32_t width, height, frame_count;
    uint64_t luma;

    for (uint32_t i = 0; i < 3; i++)
        emu_take_address(&args);
    width = emu_take_scalar(&args);
    height = emu_take_scalar(&args);
    frame_count = emu_take_scalar(&args);
    if (!is_within(width, height, frame_count))
        return RUN_CYCLES;
    luma = (uint64_t)width * height;
    *ret_bytes = frame_count * (3 * PSK_FRAME_BYTES(width, height) + luma);
    return RUN_CYCLES + frame_count * (7 * luma + 10 * MARK_CELLS + 3 * luma / 2);
}

/* Per macroblock, whatever is in it: the control buffer is out of a model's reach. Moved are the
 * source, the state with its reference picture in and out, and about a tenth of the source as bits.
 */
EMU_EXPORT uint64_t emu_cycles_h264enc(const uint8_t *registers, uint64_t *ret_bytes)
{
    struct emu_args args = EMU_ARGS(registers, NULL);
    uint32_t width, height, frame_count;
    uint64_t macroblocks, frame;

    for (uint32_t i = 0; i < 5; i++)
        emu_take_address(&args);
    width = emu_take_scalar(&args);
    height = emu_take_scalar(&args);
    frame_count = emu_take_scalar(&args);
    if (!is_within(width, height, frame_count))
        return RUN_CYCLES;
    macroblocks = (uint64_t)((width + 15) / 16) * ((height + 15) / 16);
    frame = PSK_FRAME_BYTES(width, height);
    *ret_bytes = frame_count * frame * 11 / 10 + 2 * frame;
    return RUN_CYCLES + frame_count * (macroblocks * MACROBLOCK_CYCLES + FRAME_CYCLES);
}
