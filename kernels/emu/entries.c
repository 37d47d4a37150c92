/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The kernels as an emulated card offers them: arguments out of the registers, each checked
 * against the card's memory for the bytes that the kernel may touch.
 *
 * Sizes that a kernel would refuse are not multiplied out: the kernel answers PSK_BAD_ARGUMENT
 * before it touches a buffer, so no more than the buffer's address needs to be good.
 */
#include "kernels/emu/kernel_entry.h"
#include "kernels/h264enc/h264enc.h"
#include "kernels/mark/mark.h"
#include "kernels/scale/scale.h"

#include <errno.h>
#include <stdbool.h>

emu_kernel_entry emu_kernel_scale, emu_kernel_h264enc, emu_kernel_mark;

/* 0 for what no kernel takes. */
static uint64_t frames_bytes(uint32_t width, uint32_t height, uint32_t frame_count)
{
    if (width > PSK_WIDTH_MAX || height > PSK_HEIGHT_MAX || frame_count > PSK_BATCH_FRAMES_MAX)
        return 0;
    return PSK_FRAME_BYTES(width, height) * frame_count;
}

static uint64_t per_frame_bytes(uint64_t bytes, uint32_t frame_count)
{
    return frame_count > PSK_BATCH_FRAMES_MAX ? 0 : bytes * frame_count;
}

/* Where a rendition goes. Beyond the last one a kernel looks at neither buffer nor size. */
static uint8_t *rendition_at(struct emu_args *args, uint64_t address, uint32_t size,
                             uint32_t frame_count, bool is_used)
{
    if (!is_used)
        return NULL;
    return emu_out_at(args, address, frames_bytes(size >> 16, size & 0xffff, frame_count));
}

EMU_EXPORT int emu_kernel_scale(const uint8_t *registers, const struct emu_memory *memory)
{
    struct emu_args args = EMU_ARGS(registers, memory);
    const uint64_t src_at = emu_take_address(&args);
    uint64_t at[PSK_SCALE_RENDITIONS_MAX];
    uint32_t sizes[PSK_SCALE_RENDITIONS_MAX];
    uint8_t *dst[PSK_SCALE_RENDITIONS_MAX];
    bool fits = true;

    for (uint32_t i = 0; i < PSK_SCALE_RENDITIONS_MAX; i++)
        at[i] = emu_take_address(&args);
    const uint32_t src_width = emu_take_scalar(&args), src_height = emu_take_scalar(&args);
    const uint32_t flags = emu_take_scalar(&args), frame_count = emu_take_scalar(&args);
    const uint32_t rendition_count = emu_take_scalar(&args);
    for (uint32_t i = 0; i < PSK_SCALE_RENDITIONS_MAX; i++) {
        sizes[i] = emu_take_scalar(&args);
        dst[i] = rendition_at(&args, at[i], sizes[i], frame_count, i < rendition_count);
        fits = fits && (dst[i] != NULL || i >= rendition_count);
    }
    const uint64_t status_at = emu_take_address(&args);
    const uint8_t *src = emu_at(&args, src_at, frames_bytes(src_width, src_height, frame_count));
    struct psk_status *status = emu_out_at(&args, status_at, sizeof(*status));

    if (src == NULL || !fits || status == NULL)
        return -EFAULT;
    psk_scale(src, dst[0], dst[1], dst[2], dst[3], dst[4], dst[5], src_width, src_height, flags,
              frame_count, rendition_count, sizes[0], sizes[1], sizes[2], sizes[3], sizes[4],
              sizes[5], status);
    return 0;
}

EMU_EXPORT int emu_kernel_mark(const uint8_t *registers, const struct emu_memory *memory)
{
    struct emu_args args = EMU_ARGS(registers, memory);
    const uint64_t src_at = emu_take_address(&args);
    const uint64_t a_at = emu_take_address(&args), b_at = emu_take_address(&args);
    const uint32_t width = emu_take_scalar(&args), height = emu_take_scalar(&args);
    const uint32_t frame_count = emu_take_scalar(&args);
    const uint32_t key_lo = emu_take_scalar(&args), key_hi = emu_take_scalar(&args);
    const uint32_t segment = emu_take_scalar(&args), first_frame = emu_take_scalar(&args);
    const uint32_t strength = emu_take_scalar(&args);
    const uint64_t status_at = emu_take_address(&args);
    const uint64_t bytes = frames_bytes(width, height, frame_count);
    const uint8_t *src = emu_at(&args, src_at, bytes);
    uint8_t *dst_a = emu_out_at(&args, a_at, bytes), *dst_b = emu_out_at(&args, b_at, bytes);
    struct psk_status *status = emu_out_at(&args, status_at, sizeof(*status));

    if (src == NULL || dst_a == NULL || dst_b == NULL || status == NULL)
        return -EFAULT;
    psk_mark(src, dst_a, dst_b, width, height, frame_count, key_lo, key_hi, segment, first_frame,
             strength, status);
    return 0;
}

EMU_EXPORT int emu_kernel_h264enc(const uint8_t *registers, const struct emu_memory *memory)
{
    struct emu_args args = EMU_ARGS(registers, memory);
    const uint64_t src_at = emu_take_address(&args), state_at = emu_take_address(&args);
    const uint64_t control_at = emu_take_address(&args), bits_at = emu_take_address(&args);
    const uint64_t report_at = emu_take_address(&args);
    const uint32_t width = emu_take_scalar(&args), height = emu_take_scalar(&args);
    const uint32_t frame_count = emu_take_scalar(&args), bits_max = emu_take_scalar(&args);
    const uint32_t flags = emu_take_scalar(&args), effort = emu_take_scalar(&args);
    const uint32_t fps_num = emu_take_scalar(&args), fps_den = emu_take_scalar(&args);
    const uint64_t status_at = emu_take_address(&args);
    const uint8_t *src = emu_at(&args, src_at, frames_bytes(width, height, frame_count));
    uint8_t *state = emu_out_at(&args, state_at, psk_h264enc_state_bytes(width, height));
    const struct psk_enc_control *control =
        emu_at(&args, control_at, per_frame_bytes(sizeof(*control), frame_count));
    uint8_t *bits = emu_out_at(&args, bits_at, bits_max);
    struct psk_enc_report *report =
        emu_out_at(&args, report_at, per_frame_bytes(sizeof(*report), frame_count));
    struct psk_status *status = emu_out_at(&args, status_at, sizeof(*status));

    if (src == NULL || state == NULL || control == NULL || bits == NULL || report == NULL ||
        status == NULL)
        return -EFAULT;
    psk_h264enc(src, state, control, bits, report, width, height, frame_count, bits_max, flags,
                effort, fps_num, fps_den, status);
    return 0;
}
