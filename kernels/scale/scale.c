/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * kernels/scale/scale.c - hardware form of the downscaler.
 *
 * Source rows stream in and are summed into one line of column sums, weighted by how much of the
 * output row they cover. When an output row is complete, the columns are summed the same way.
 * Lengths are counted in units in which a source row is dst_height long and an output row
 * src_height: then every overlap is a whole number. Since dst <= src, a source row touches at most
 * two output rows, so one line buffer is enough.
 *
 * Ranges: a column sum is at most 255 * PSK_HEIGHT_MAX, a full sum 255 * 3840 * 2160 < 2^31.
 */
#include "kernels/scale/scale.h"

#include "kernels/abi/frame_sum.h"

struct plane_sizes {
    uint32_t src_width;
    uint32_t src_height;
    uint32_t dst_width;
    uint32_t dst_height;
};

static uint8_t src_line[PSK_WIDTH_MAX];
static uint8_t dst_line[PSK_WIDTH_MAX];
static uint32_t column_sums[PSK_WIDTH_MAX];

/* Lines come and go in the order in which they lie, so that their words need only be counted. */
static struct psk_frame_sum sum_in;
static struct psk_frame_sum sum_out;
static uint64_t next_word_in;
static uint64_t next_word_out;

static void load_line(const uint8_t *src, uint32_t width)
{
    for (uint32_t x = 0; x < width; x++) {
#pragma HLS PIPELINE II = 1
#pragma HLS LOOP_TRIPCOUNT min = 8 max = 3840
        src_line[x] = src[x];
    }
    psk_sum_line(&sum_in, next_word_in, src_line, width);
    next_word_in += PSK_LINE_WORDS(width);
}

static void store_line(uint8_t *dst, uint32_t width)
{
    for (uint32_t x = 0; x < width; x++) {
#pragma HLS PIPELINE II = 1
#pragma HLS LOOP_TRIPCOUNT min = 8 max = 3840
        dst[x] = dst_line[x];
    }
    psk_sum_line(&sum_out, next_word_out, dst_line, width);
    next_word_out += PSK_LINE_WORDS(width);
}

static void add_line(uint32_t weight, uint32_t width)
{
    for (uint32_t x = 0; x < width; x++) {
#pragma HLS PIPELINE II = 1
#pragma HLS LOOP_TRIPCOUNT min = 8 max = 3840
        column_sums[x] += weight * src_line[x];
    }
}

static void begin_line(uint32_t weight, uint32_t width)
{
    for (uint32_t x = 0; x < width; x++) {
#pragma HLS PIPELINE II = 1
#pragma HLS LOOP_TRIPCOUNT min = 8 max = 3840
        column_sums[x] = weight * src_line[x];
    }
}

/*
 * Division by the area (64 .. 2^23), as a multiplication by 2^37 / area rounded down: the estimate
 * is never too large and at most one too small, which one comparison repairs.
 */
static uint8_t mean(uint32_t sum, uint32_t area, uint32_t reciprocal)
{
    const uint32_t rounded = sum + area / 2;
    uint32_t quotient = (uint32_t)(((uint64_t)rounded * reciprocal) >> 37);

    if (rounded - quotient * area >= area)
        quotient++;
    return (uint8_t)quotient;
}

static void reduce_columns(const struct plane_sizes *sizes)
{
    const uint32_t area = sizes->src_width * sizes->src_height;
    const uint32_t reciprocal = (uint32_t)(((uint64_t)1 << 37) / area);
    uint32_t wanted = sizes->src_width; /* length still missing from the current output sample */
    uint32_t sum = 0;
    uint32_t out = 0;

    for (uint32_t x = 0; x < sizes->src_width; x++) {
#pragma HLS PIPELINE II = 1
#pragma HLS LOOP_TRIPCOUNT min = 8 max = 3840
        const uint32_t column = column_sums[x];

        if (wanted > sizes->dst_width) {
            sum += sizes->dst_width * column;
            wanted -= sizes->dst_width;
        } else {
            dst_line[out++] = mean(sum + wanted * column, area, reciprocal);
            sum = (sizes->dst_width - wanted) * column;
            wanted += sizes->src_width - sizes->dst_width;
        }
    }
}

static void scale_plane(const uint8_t *src, uint8_t *dst, const struct plane_sizes *sizes)
{
    uint32_t wanted = sizes->src_height;
    uint32_t out = 0;

    begin_line(0, sizes->src_width);
    for (uint32_t y = 0; y < sizes->src_height; y++) {
#pragma HLS LOOP_TRIPCOUNT min = 8 max = 2160
        load_line(src + y * sizes->src_width, sizes->src_width);
        if (wanted > sizes->dst_height) {
            add_line(sizes->dst_height, sizes->src_width);
            wanted -= sizes->dst_height;
        } else {
            add_line(wanted, sizes->src_width);
            reduce_columns(sizes);
            store_line(dst + out * sizes->dst_width, sizes->dst_width);
            out++;
            begin_line(sizes->dst_height - wanted, sizes->src_width);
            wanted += sizes->src_height - sizes->dst_height;
        }
    }
}

static int sizes_are_valid(const struct plane_sizes *sizes, uint32_t frame_count)
{
    return sizes->src_width <= PSK_WIDTH_MAX && sizes->src_height <= PSK_HEIGHT_MAX &&
           sizes->dst_width >= 16 && sizes->dst_height >= 16 &&
           sizes->dst_width <= sizes->src_width && sizes->dst_height <= sizes->src_height &&
           ((sizes->src_width | sizes->src_height | sizes->dst_width | sizes->dst_height) & 1) ==
               0 &&
           frame_count >= 1 && frame_count <= PSK_BATCH_FRAMES_MAX;
}

static void scale_frame(const uint8_t *src, uint8_t *dst, const struct plane_sizes *luma)
{
    const struct plane_sizes chroma = { luma->src_width / 2, luma->src_height / 2,
                                        luma->dst_width / 2, luma->dst_height / 2 };
    const uint32_t src_luma = luma->src_width * luma->src_height;
    const uint32_t dst_luma = luma->dst_width * luma->dst_height;

    scale_plane(src, dst, luma);
    scale_plane(src + src_luma, dst + dst_luma, &chroma);
    scale_plane(src + src_luma + src_luma / 4, dst + dst_luma + dst_luma / 4, &chroma);
}

void psk_scale(const uint8_t *src, uint8_t *dst, uint32_t src_width, uint32_t src_height,
               uint32_t dst_width, uint32_t dst_height, uint32_t frame_count,
               struct psk_status *status)
{
#pragma HLS INTERFACE m_axi port = src bundle = gmem0 depth = 12441600
#pragma HLS INTERFACE m_axi port = dst bundle = gmem1 depth = 12441600
#pragma HLS INTERFACE m_axi port = status bundle = gmem2 depth = 1
#pragma HLS INTERFACE s_axilite port = return
    const struct plane_sizes sizes = { src_width, src_height, dst_width, dst_height };
    const struct psk_frame_sum none = { 0, 0 };

    status->cycles_lo = 0;
    status->cycles_hi = 0;
    status->frames_done = 0;
    status->in = none;
    status->out[0] = none;
    status->out[1] = none;
    status->code = PSK_BAD_ARGUMENT;
    if (!sizes_are_valid(&sizes, frame_count))
        return;
    sum_in = none;
    sum_out = none;
    next_word_in = 1;
    next_word_out = 1;
    for (uint32_t i = 0; i < frame_count; i++) {
#pragma HLS LOOP_TRIPCOUNT min = 1 max = 32
        scale_frame(src + i * PSK_FRAME_BYTES(src_width, src_height),
                    dst + i * PSK_FRAME_BYTES(dst_width, dst_height), &sizes);
    }
    status->in = sum_in;
    status->out[0] = sum_out;
    status->frames_done = frame_count;
    status->code = PSK_OK;
}
