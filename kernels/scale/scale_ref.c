/* SPDX-License-Identifier: BSD-3-Clause */
/* kernels/scale/scale_ref.c - the downscaler as its definition reads: two weighted sums per sample.
 */
#include "kernels/scale/scale.h"

#include "kernels/abi/frame_sum.h"
#include "kernels/scale/window_priv.h"

/* A plane of the source; NV12's chroma has its samples two apart. */
struct plane {
    const uint8_t *samples;
    uint32_t width, height;
    uint32_t step;
};

static int32_t column_ref(const struct plane *plane, uint32_t x, const struct psk_window *rows)
{
    int32_t sum = 128;

    for (uint32_t i = 0; i < rows->count; i++)
        sum +=
            rows->weights[i] * plane->samples[((rows->first + i) * plane->width + x) * plane->step];
    return sum >> 8;
}

static uint8_t sample_ref(const struct plane *plane, const struct psk_window *rows,
                          const struct psk_window *columns)
{
    int32_t sum = 1 << 19;

    for (uint32_t i = 0; i < columns->count; i++)
        sum += columns->weights[i] * column_ref(plane, columns->first + i, rows);
    sum >>= 20;
    return (uint8_t)(sum < 0 ? 0 : sum > 255 ? 255 : sum);
}

static void plane_ref(const struct plane *plane, uint8_t *dst, uint32_t dst_width,
                      uint32_t dst_height, uint32_t is_left)
{
    const struct psk_window_axis across = { plane->width, dst_width, is_left };
    const struct psk_window_axis down = { plane->height, dst_height, 0 };
    struct psk_window rows, columns;

    for (uint32_t x = 0; x < dst_width; x++) {
        psk_window(&columns, &across, x);
        for (uint32_t y = 0; y < dst_height; y++) {
            psk_window(&rows, &down, y);
            dst[y * dst_width + x] = sample_ref(plane, &rows, &columns);
        }
    }
}

static void frame_ref(const uint8_t *src, uint32_t width, uint32_t height, uint32_t is_nv12,
                      uint8_t *dst, uint32_t dst_width, uint32_t dst_height)
{
    const uint8_t *cb = src + width * height;
    const uint8_t *cr = is_nv12 ? cb + 1 : cb + width * height / 4;
    uint8_t *dst_cb = dst + dst_width * dst_height;
    const uint32_t step = is_nv12 ? 2 : 1;
    struct plane plane = { src, width, height, 1 };

    plane_ref(&plane, dst, dst_width, dst_height, 0);
    plane = (struct plane){ cb, width / 2, height / 2, step };
    plane_ref(&plane, dst_cb, dst_width / 2, dst_height / 2, 1);
    plane.samples = cr;
    plane_ref(&plane, dst_cb + dst_width * dst_height / 4, dst_width / 2, dst_height / 2, 1);
}

/* NV12: its lines are all of the source's width, three for two of luma. */
static struct psk_frame_sum source_sum(const uint8_t *src, uint32_t width, uint32_t height,
                                       uint32_t is_nv12, uint32_t frame_count)
{
    struct psk_frame_sum sum = { 0, 0 };

    if (!is_nv12)
        return psk_sum_frames_ref(src, width, height, frame_count);
    for (uint32_t y = 0; y < frame_count * height * 3 / 2; y++)
        psk_sum_line(&sum, 1 + (uint64_t)y * PSK_LINE_WORDS(width), src + (uint64_t)y * width,
                     width);
    return sum;
}

static int length_is_valid(uint32_t src, uint32_t dst, uint32_t max)
{
    return src % 2 == 0 && dst % 2 == 0 && dst >= 16 && dst <= src && src <= max &&
           src <= dst * PSK_SCALE_RATIO_MAX;
}

void psk_scale_ref(const uint8_t *src, uint8_t *dst0, uint8_t *dst1, uint8_t *dst2, uint8_t *dst3,
                   uint8_t *dst4, uint8_t *dst5, uint32_t src_width, uint32_t src_height,
                   uint32_t flags, uint32_t frame_count, uint32_t rendition_count, uint32_t size0,
                   uint32_t size1, uint32_t size2, uint32_t size3, uint32_t size4, uint32_t size5,
                   struct psk_status *status)
{
    uint8_t *const dst[] = { dst0, dst1, dst2, dst3, dst4, dst5 };
    const uint32_t sizes[] = { size0, size1, size2, size3, size4, size5 };
    const struct psk_status bad = { .code = PSK_BAD_ARGUMENT };

    *status = bad;
    if (rendition_count < 1 || rendition_count > PSK_SCALE_RENDITIONS_MAX || frame_count < 1 ||
        frame_count > PSK_BATCH_FRAMES_MAX || flags > PSK_SCALE_NV12)
        return;
    for (uint32_t r = 0; r < rendition_count; r++)
        if (!length_is_valid(src_width, sizes[r] >> 16, PSK_WIDTH_MAX) ||
            !length_is_valid(src_height, sizes[r] & 0xffff, PSK_HEIGHT_MAX))
            return;
    status->code = PSK_OK;
    status->frames_done = frame_count;
    status->in = source_sum(src, src_width, src_height, flags & PSK_SCALE_NV12, frame_count);
    for (uint32_t r = 0; r < rendition_count; r++) {
        const uint32_t width = sizes[r] >> 16, height = sizes[r] & 0xffff;

        for (uint32_t i = 0; i < frame_count; i++)
            frame_ref(src + i * PSK_FRAME_BYTES(src_width, src_height), src_width, src_height,
                      flags & PSK_SCALE_NV12, dst[r] + i * PSK_FRAME_BYTES(width, height), width,
                      height);
        status->out[r] = psk_sum_frames_ref(dst[r], width, height, frame_count);
    }
}
