/* SPDX-License-Identifier: BSD-3-Clause */
/* kernels/scale/scale_ref.c - the downscaler as its definition reads: a weighted mean per sample.
 */
#include "kernels/scale/scale.h"

#include "kernels/abi/frame_sum.h"

/* Length that source sample @p s and output sample @p o share, in units of 1 / (src * dst). */
static uint64_t overlap(uint32_t s, uint32_t o, uint32_t src_length, uint32_t dst_length)
{
    const uint64_t s_from = (uint64_t)s * dst_length;
    const uint64_t o_from = (uint64_t)o * src_length;
    const uint64_t from = s_from > o_from ? s_from : o_from;
    const uint64_t s_to = s_from + dst_length;
    const uint64_t o_to = o_from + src_length;
    const uint64_t to = s_to < o_to ? s_to : o_to;

    return to > from ? to - from : 0;
}

static uint8_t mean_of_area(const uint8_t *src, uint32_t src_width, uint32_t src_height,
                            uint32_t dst_width, uint32_t dst_height, uint32_t ox, uint32_t oy)
{
    const uint64_t area = (uint64_t)src_width * src_height;
    uint64_t sum = 0;

    for (uint32_t y = oy * src_height / dst_height; y < src_height; y++) {
        const uint64_t rows = overlap(y, oy, src_height, dst_height);

        if (rows == 0)
            break;
        for (uint32_t x = ox * src_width / dst_width; x < src_width; x++) {
            const uint64_t columns = overlap(x, ox, src_width, dst_width);

            if (columns == 0)
                break;
            sum += rows * columns * src[y * src_width + x];
        }
    }
    return (uint8_t)((sum + area / 2) / area);
}

static void scale_plane(const uint8_t *src, uint8_t *dst, uint32_t src_width, uint32_t src_height,
                        uint32_t dst_width, uint32_t dst_height)
{
    for (uint32_t y = 0; y < dst_height; y++)
        for (uint32_t x = 0; x < dst_width; x++)
            dst[y * dst_width + x] =
                mean_of_area(src, src_width, src_height, dst_width, dst_height, x, y);
}

static int length_is_valid(uint32_t src, uint32_t dst, uint32_t max)
{
    return src % 2 == 0 && dst % 2 == 0 && dst >= 16 && dst <= src && src <= max;
}

void psk_scale_ref(const uint8_t *src, uint8_t *dst, uint32_t src_width, uint32_t src_height,
                   uint32_t dst_width, uint32_t dst_height, uint32_t frame_count,
                   struct psk_status *status)
{
    const struct psk_status bad = { .code = PSK_BAD_ARGUMENT };

    *status = bad;
    if (!length_is_valid(src_width, dst_width, PSK_WIDTH_MAX) ||
        !length_is_valid(src_height, dst_height, PSK_HEIGHT_MAX) || frame_count < 1 ||
        frame_count > PSK_BATCH_FRAMES_MAX)
        return;
    status->in = psk_sum_frames_ref(src, src_width, src_height, frame_count);
    status->code = PSK_OK;
    status->frames_done = frame_count;
    const uint8_t *first = dst;
    for (uint32_t i = 0; i < frame_count; i++) {
        scale_plane(src, dst, src_width, src_height, dst_width, dst_height);
        src += src_width * src_height;
        dst += dst_width * dst_height;
        for (int plane = 0; plane < 2; plane++) {
            scale_plane(src, dst, src_width / 2, src_height / 2, dst_width / 2, dst_height / 2);
            src += src_width * src_height / 4;
            dst += dst_width * dst_height / 4;
        }
    }
    status->out[0] = psk_sum_frames_ref(first, dst_width, dst_height, frame_count);
}
