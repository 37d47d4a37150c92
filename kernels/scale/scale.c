/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * kernels/scale/scale.c - hardware form of the downscaler.
 *
 * Each source line is read once, summed, and put into a ring of lines that all renditions share.
 * Whenever a rendition has all the lines of its next row, the row is made: columns first, four
 * lines at a time for many columns at once, then along the line. Since no rendition is larger than
 * the source, a line completes at most one row of each; the last line may leave two more to be
 * made, as all rows whose windows reach past the lower edge wait for it.
 *
 * A pass is luma, or both chroma planes: their lines lie side by side as one, and share the weights
 * of the rows. A pass goes through all frames, so that its weights are made once in a run.
 *
 * Ranges: a column sum is at most 1.3 * 2^14 * 255 in size, a column (8.6 bits) 1.3 * 2^6 * 255,
 * and the sum along a line 1.3 * 1.3 * 2^20 * 255 < 2^29.
 */
#include "kernels/scale/scale.h"

#include "kernels/abi/frame_sum.h"
#include "kernels/scale/cycles.h"
#include "kernels/scale/window_priv.h"

#define BANKS      4u  /* lines that are read at once */
#define BANK_LINES 32u /* of the ring in each bank; together they hold the longest window */
#define STRIDE     8u  /* weights of a window along a line come in whole groups of these */
#define TAIL_LINES 2u  /* see above */
#define NO_ROW     UINT32_MAX

/* Windows' weights one after the other: 6 * src and what rounds each up to whole groups. */
#define WEIGHTS_MAX(length) (6u * (length) + 8u * (length))
#define LINE_MAX            (PSK_WIDTH_MAX + WINDOW_TAPS_MAX + STRIDE) /* windows' ends reach past */

struct sizes {
    uint32_t width; /* of a line: luma, or both chroma planes side by side */
    uint32_t height;
};

struct job {
    uint32_t is_chroma;
    uint32_t is_nv12;
    uint32_t rendition_count;
    struct sizes luma; /* of the source */
    struct sizes src;  /* of this pass */
};

/* Lines read or written, and where they lie. */
struct place {
    uint64_t first_byte; /* from the buffer's begin */
    uint64_t first_word; /* number of it in the batch's sum */
    uint64_t next_byte;  /* the same of chroma's second plane */
    uint64_t next_word;
};

static uint8_t lines[BANKS][BANK_LINES][PSK_WIDTH_MAX];
static int32_t sums[PSK_WIDTH_MAX];
static int16_t columns[LINE_MAX];

/* Of each rendition, in this pass. */
static struct sizes dst_luma[PSK_SCALE_RENDITIONS_MAX];
static struct sizes dst[PSK_SCALE_RENDITIONS_MAX];
static uint32_t next_row[PSK_SCALE_RENDITIONS_MAX];
static uint16_t row_first[PSK_SCALE_RENDITIONS_MAX][PSK_HEIGHT_MAX];
static uint16_t row_last[PSK_SCALE_RENDITIONS_MAX][PSK_HEIGHT_MAX];
static uint32_t row_stride[PSK_SCALE_RENDITIONS_MAX]; /* weights from one window to the next */
static int16_t row_weights[PSK_SCALE_RENDITIONS_MAX][WEIGHTS_MAX(PSK_HEIGHT_MAX)];
static uint16_t column_first[PSK_SCALE_RENDITIONS_MAX][PSK_WIDTH_MAX];
static uint32_t column_stride[PSK_SCALE_RENDITIONS_MAX];
static int16_t column_weights[PSK_SCALE_RENDITIONS_MAX][WEIGHTS_MAX(PSK_WIDTH_MAX)];

static struct psk_frame_sum sum_in;
static struct psk_frame_sum sum_out[PSK_SCALE_RENDITIONS_MAX];

/* ---- weights ---- */

/* A window has at most 6 * src / dst samples, rounded up. A row's weights start at the line of bank
 * 0 at or before its first. */
static void prepare_rows(uint32_t r, uint32_t src_height)
{
    const struct psk_window_axis axis = { src_height, dst[r].height, 0 };
    const uint32_t stride = (6 * src_height / dst[r].height + 1 + 2 * (BANKS - 1)) / BANKS * BANKS;

    row_stride[r] = stride;
    for (uint32_t y = 0; y < dst[r].height; y++) {
#pragma HLS LOOP_TRIPCOUNT min = 8 max = 2160
        struct psk_window window;
        const int16_t zero = 0;

        psk_window(&window, &axis, y);
        row_first[r][y] = (uint16_t)window.first;
        row_last[r][y] = (uint16_t)(window.first + window.count - 1);
        for (uint32_t i = 0; i < stride; i++) {
#pragma HLS LOOP_TRIPCOUNT min = 12 max = 100
            const uint32_t tap = i - window.first % BANKS;

            row_weights[r][y * stride + i] =
                tap < window.count ? (int16_t)window.weights[tap] : zero;
        }
    }
}

static void prepare_columns(uint32_t r, uint32_t src_width, uint32_t dst_width, uint32_t is_left)
{
    const struct psk_window_axis axis = { src_width, dst_width, is_left };
    const uint32_t stride = (6 * src_width / dst_width + STRIDE) / STRIDE * STRIDE;

    column_stride[r] = stride;
    for (uint32_t x = 0; x < dst_width; x++) {
#pragma HLS LOOP_TRIPCOUNT min = 8 max = 3840
        struct psk_window window;
        const int16_t zero = 0;

        psk_window(&window, &axis, x);
        column_first[r][x] = (uint16_t)window.first;
        for (uint32_t i = 0; i < stride; i++) {
#pragma HLS LOOP_TRIPCOUNT min = 8 max = 96
            column_weights[r][x * stride + i] =
                i < window.count ? (int16_t)window.weights[i] : zero;
        }
    }
}

static void prepare(const struct job *job)
{
    const uint32_t planes = job->is_chroma ? 2 : 1;

    for (uint32_t r = 0; r < job->rendition_count; r++) {
#pragma HLS LOOP_TRIPCOUNT min = 1 max = 6
        dst[r].width = dst_luma[r].width;
        dst[r].height = dst_luma[r].height / planes;
        prepare_rows(r, job->src.height);
        prepare_columns(r, job->src.width / planes, dst[r].width / planes, job->is_chroma);
    }
}

/* ---- load ---- */

static struct place place_of(const struct sizes *luma, uint32_t is_chroma, uint32_t is_nv12,
                             uint32_t frame, uint32_t y)
{
    const uint32_t half = luma->width / 2;
    const uint64_t luma_bytes = (uint64_t)luma->width * luma->height;
    const uint64_t luma_words = (uint64_t)PSK_LINE_WORDS(luma->width) * luma->height;
    const uint32_t line_words = PSK_LINE_WORDS(is_nv12 ? luma->width : half);
    const uint64_t plane_words = (uint64_t)line_words * (luma->height / 2);
    const uint64_t chroma_words = is_nv12 ? plane_words : 2 * plane_words;
    struct place place;

    place.first_byte = frame * PSK_FRAME_BYTES(luma->width, luma->height);
    place.first_word = 1 + frame * (luma_words + chroma_words);
    if (is_chroma) {
        place.first_byte += luma_bytes + (uint64_t)y * (is_nv12 ? luma->width : half);
        place.first_word += luma_words + (uint64_t)y * line_words;
    } else {
        place.first_byte += (uint64_t)y * luma->width;
        place.first_word += (uint64_t)y * PSK_LINE_WORDS(luma->width);
    }
    place.next_byte = place.first_byte + luma_bytes / 4;
    place.next_word = place.first_word + plane_words;
    return place;
}

static void load_bytes(const uint8_t *src, uint8_t *line, uint32_t width, uint64_t first_word)
{
    line[0] = src[0]; /* for compilers that think of no width at all */
    for (uint32_t x = 0; x < width; x++) {
#pragma HLS PIPELINE II = 1
#pragma HLS LOOP_TRIPCOUNT min = 8 max = 3840
        line[x] = src[x];
    }
    psk_sum_line(&sum_in, first_word, line, width);
}

/* From Cb and Cr in turns to Cb, then Cr. */
static void part_chroma(const uint8_t *pairs, uint8_t *line, uint32_t half)
{
    for (uint32_t x = 0; x < half; x++) {
#pragma HLS PIPELINE II = 1
#pragma HLS LOOP_TRIPCOUNT min = 8 max = 1920
        line[x] = pairs[2 * x];
        line[half + x] = pairs[2 * x + 1];
    }
}

static void load_line(const uint8_t *src, uint8_t *line, const struct job *job, uint32_t frame,
                      uint32_t y)
{
    const struct place place = place_of(&job->luma, job->is_chroma, job->is_nv12, frame, y);
    const uint32_t half = job->src.width / 2;
    uint8_t pairs[PSK_WIDTH_MAX];

    if (y >= job->src.height)
        return;
    if (!job->is_chroma) {
        load_bytes(src + place.first_byte, line, job->src.width, place.first_word);
    } else if (job->is_nv12) {
        load_bytes(src + place.first_byte, pairs, job->src.width, place.first_word);
        part_chroma(pairs, line, half);
    } else {
        load_bytes(src + place.first_byte, line, half, place.first_word);
        load_bytes(src + place.next_byte, line + half, half, place.next_word);
    }
}

/* ---- compute ---- */

static void keep_line(const uint8_t *line, uint32_t y, uint32_t width)
{
    for (uint32_t x = 0; x < width; x++) {
#pragma HLS PIPELINE II = 1
#pragma HLS UNROLL factor = 16
#pragma HLS LOOP_TRIPCOUNT min = 16 max = 3840
        lines[y % BANKS][y / BANKS % BANK_LINES][x] = line[x];
    }
}

/* One line out of every bank. */
static void add_lines(const int16_t *weights, uint32_t slot, uint32_t width)
{
    const int16_t a = weights[0], b = weights[1], c = weights[2], d = weights[3];

    for (uint32_t x = 0; x < width; x++) {
#pragma HLS PIPELINE II = 1
#pragma HLS UNROLL factor = 16
#pragma HLS LOOP_TRIPCOUNT min = 16 max = 3840
        sums[x] += a * lines[0][slot][x] + b * lines[1][slot][x] + c * lines[2][slot][x] +
                   d * lines[3][slot][x];
    }
}

/* Row @p y of rendition @p r before it is made shorter. */
static void filter_columns(uint32_t r, uint32_t y, uint32_t width)
{
    const uint32_t from = row_first[r][y] / BANKS;
    const uint32_t groups = row_last[r][y] / BANKS - from + 1;

    for (uint32_t x = 0; x < width; x++) {
#pragma HLS PIPELINE II = 1
#pragma HLS UNROLL factor = 16
#pragma HLS LOOP_TRIPCOUNT min = 16 max = 3840
        sums[x] = 128;
    }
    for (uint32_t g = 0; g < groups; g++) {
#pragma HLS LOOP_TRIPCOUNT min = 2 max = 25
        add_lines(&row_weights[r][y * row_stride[r] + g * BANKS], (from + g) % BANK_LINES, width);
    }
    for (uint32_t x = 0; x < width; x++) {
#pragma HLS PIPELINE II = 1
#pragma HLS UNROLL factor = 16
#pragma HLS LOOP_TRIPCOUNT min = 16 max = 3840
        columns[x] = (int16_t)(sums[x] >> 8);
    }
}

static uint8_t clamp_to_byte(int32_t value)
{
    if (value < 0)
        return 0;
    return (uint8_t)(value > 255 ? 255 : value);
}

/* One plane's part of the line, which begins at column @p from. */
static void filter_line(uint32_t r, uint32_t from, uint8_t *row, uint32_t dst_width)
{
    const uint32_t taps = column_stride[r] / STRIDE * STRIDE;

    for (uint32_t x = 0; x < dst_width; x++) {
#pragma HLS LOOP_TRIPCOUNT min = 8 max = 3840
        const int16_t *weights = &column_weights[r][x * taps];
        const int16_t *samples = &columns[from + column_first[r][x]];
        int32_t sum = 1 << 19;

        for (uint32_t i = 0; i < taps; i++) {
#pragma HLS PIPELINE II = 1
#pragma HLS UNROLL factor = 16
#pragma HLS LOOP_TRIPCOUNT min = 8 max = 96
            sum += weights[i] * samples[i];
        }
        row[x] = clamp_to_byte(sum >> 20);
    }
}

/* Makes rendition @p r's next row once its last line is there. */
static uint32_t make_row(const struct job *job, uint32_t r, uint32_t y, uint8_t *row)
{
    const uint32_t made = next_row[r];
    const uint32_t half = dst[r].width / 2;

    if (made == dst[r].height || row_last[r][made] > y)
        return NO_ROW;
    filter_columns(r, made, job->src.width);
    if (job->is_chroma) {
        filter_line(r, 0, row, half);
        filter_line(r, job->src.width / 2, row + half, half);
    } else {
        filter_line(r, 0, row, dst[r].width);
    }
    next_row[r]++;
    return made;
}

static void make_rows(const struct job *job, uint32_t y, const uint8_t *line,
                      uint8_t rows[PSK_SCALE_RENDITIONS_MAX][PSK_WIDTH_MAX],
                      uint32_t made[PSK_SCALE_RENDITIONS_MAX])
{
    if (y < job->src.height)
        keep_line(line, y, job->src.width);
    for (uint32_t r = 0; r < PSK_SCALE_RENDITIONS_MAX; r++)
        made[r] = r < job->rendition_count ? make_row(job, r, y, rows[r]) : NO_ROW;
}

/* ---- store ---- */

static void store_bytes(uint8_t *to, const uint8_t *row, uint32_t width, uint32_t r,
                        uint64_t first_word)
{
    for (uint32_t x = 0; x < width; x++) {
#pragma HLS PIPELINE II = 1
#pragma HLS LOOP_TRIPCOUNT min = 8 max = 3840
        to[x] = row[x];
    }
    psk_sum_line(&sum_out[r], first_word, row, width);
}

static void store_row(uint8_t *to, const uint8_t *row, const struct job *job, uint32_t r,
                      uint32_t frame, uint32_t y)
{
    const struct place place = place_of(&dst_luma[r], job->is_chroma, 0, frame, y);
    const uint32_t half = dst[r].width / 2;

    if (y == NO_ROW)
        return;
    if (job->is_chroma) {
        store_bytes(to + place.first_byte, row, half, r, place.first_word);
        store_bytes(to + place.next_byte, row + half, half, r, place.next_word);
    } else {
        store_bytes(to + place.first_byte, row, dst[r].width, r, place.first_word);
    }
}

/* ---- the whole ---- */

static void scale_line(const uint8_t *src, uint8_t *dst0, uint8_t *dst1, uint8_t *dst2,
                       uint8_t *dst3, uint8_t *dst4, uint8_t *dst5, const struct job *job,
                       uint32_t frame, uint32_t y)
{
#pragma HLS DATAFLOW
    uint8_t line[PSK_WIDTH_MAX];
    uint8_t rows[PSK_SCALE_RENDITIONS_MAX][PSK_WIDTH_MAX];
    uint32_t made[PSK_SCALE_RENDITIONS_MAX];
#pragma HLS ARRAY_PARTITION variable = rows complete dim = 1
#pragma HLS ARRAY_PARTITION variable = made complete

    load_line(src, line, job, frame, y);
    make_rows(job, y, line, rows, made);
    store_row(dst0, rows[0], job, 0, frame, made[0]);
    store_row(dst1, rows[1], job, 1, frame, made[1]);
    store_row(dst2, rows[2], job, 2, frame, made[2]);
    store_row(dst3, rows[3], job, 3, frame, made[3]);
    store_row(dst4, rows[4], job, 4, frame, made[4]);
    store_row(dst5, rows[5], job, 5, frame, made[5]);
}

static void scale_pass(const uint8_t *src, uint8_t *dst0, uint8_t *dst1, uint8_t *dst2,
                       uint8_t *dst3, uint8_t *dst4, uint8_t *dst5, const struct job *job,
                       uint32_t frame_count)
{
    prepare(job);
    for (uint32_t frame = 0; frame < frame_count; frame++) {
#pragma HLS LOOP_TRIPCOUNT min = 1 max = 32
        for (uint32_t r = 0; r < PSK_SCALE_RENDITIONS_MAX; r++)
            next_row[r] = 0;
        for (uint32_t y = 0; y < job->src.height + TAIL_LINES; y++) {
#pragma HLS LOOP_TRIPCOUNT min = 10 max = 2162
            scale_line(src, dst0, dst1, dst2, dst3, dst4, dst5, job, frame, y);
        }
    }
}

static int length_is_valid(uint32_t src, uint32_t wanted)
{
    return wanted % 2 == 0 && wanted >= 16 && wanted <= src && src <= wanted * PSK_SCALE_RATIO_MAX;
}

static int arguments_are_valid(const struct job *job, uint32_t flags, uint32_t frame_count)
{
    int valid = job->luma.width <= PSK_WIDTH_MAX && job->luma.height <= PSK_HEIGHT_MAX &&
                job->luma.width % 2 == 0 && job->luma.height % 2 == 0 && job->luma.width >= 16 &&
                job->luma.height >= 16 && flags <= PSK_SCALE_NV12 && frame_count >= 1 &&
                frame_count <= PSK_BATCH_FRAMES_MAX && job->rendition_count >= 1 &&
                job->rendition_count <= PSK_SCALE_RENDITIONS_MAX;

    for (uint32_t r = 0; r < PSK_SCALE_RENDITIONS_MAX; r++)
        if (valid && r < job->rendition_count)
            valid = length_is_valid(job->luma.width, dst_luma[r].width) &&
                    length_is_valid(job->luma.height, dst_luma[r].height);
    return valid;
}

static void take_size(uint32_t r, uint32_t size)
{
    const struct psk_frame_sum none = { 0, 0 };

    dst_luma[r].width = size >> 16;
    dst_luma[r].height = size & 0xffff;
    sum_out[r] = none;
}

void psk_scale(const uint8_t *src, uint8_t *dst0, uint8_t *dst1, uint8_t *dst2, uint8_t *dst3,
               uint8_t *dst4, uint8_t *dst5, uint32_t src_width, uint32_t src_height,
               uint32_t flags, uint32_t frame_count, uint32_t rendition_count, uint32_t size0,
               uint32_t size1, uint32_t size2, uint32_t size3, uint32_t size4, uint32_t size5,
               struct psk_status *status)
{
#pragma HLS INTERFACE m_axi port = src bundle = gmem0 depth = 12441600
#pragma HLS INTERFACE m_axi port = dst0 bundle = gmem1 depth = 12441600
#pragma HLS INTERFACE m_axi port = dst1 bundle = gmem2 depth = 12441600
#pragma HLS INTERFACE m_axi port = dst2 bundle = gmem3 depth = 12441600
#pragma HLS INTERFACE m_axi port = dst3 bundle = gmem4 depth = 12441600
#pragma HLS INTERFACE m_axi port = dst4 bundle = gmem5 depth = 12441600
#pragma HLS INTERFACE m_axi port = dst5 bundle = gmem6 depth = 12441600
#pragma HLS INTERFACE m_axi port = status bundle = gmem7 depth = 1
#pragma HLS INTERFACE s_axilite port = src_width
#pragma HLS INTERFACE s_axilite port = src_height
#pragma HLS INTERFACE s_axilite port = flags
#pragma HLS INTERFACE s_axilite port = frame_count
#pragma HLS INTERFACE s_axilite port = rendition_count
#pragma HLS INTERFACE s_axilite port = size0
#pragma HLS INTERFACE s_axilite port = size1
#pragma HLS INTERFACE s_axilite port = size2
#pragma HLS INTERFACE s_axilite port = size3
#pragma HLS INTERFACE s_axilite port = size4
#pragma HLS INTERFACE s_axilite port = size5
#pragma HLS INTERFACE s_axilite port = return
#pragma HLS ARRAY_PARTITION variable = lines complete dim = 1
#pragma HLS BIND_STORAGE variable = lines type = ram_2p impl = uram
    const struct sizes luma = { src_width, src_height };
    const struct sizes chroma = { src_width, src_height / 2 };
    const uint32_t sizes[PSK_SCALE_RENDITIONS_MAX] = { size0, size1, size2, size3, size4, size5 };
    const struct psk_frame_sum none = { 0, 0 };
    uint64_t bytes_moved = 0;
    struct job job = { 0, flags & PSK_SCALE_NV12, rendition_count, luma, luma };

    psk_status_clear(status);
    for (uint32_t r = 0; r < PSK_SCALE_RENDITIONS_MAX; r++)
        take_size(r, sizes[r]);
    if (!arguments_are_valid(&job, flags, frame_count))
        return;
    sum_in = none;
    scale_pass(src, dst0, dst1, dst2, dst3, dst4, dst5, &job, frame_count);
    job.is_chroma = 1;
    job.src = chroma;
    scale_pass(src, dst0, dst1, dst2, dst3, dst4, dst5, &job, frame_count);
    status->in = sum_in;
    for (uint32_t r = 0; r < PSK_SCALE_RENDITIONS_MAX; r++)
        status->out[r] = sum_out[r];
    psk_status_cycles(status, psk_scale_cycles(src_width, src_height, flags, frame_count,
                                               rendition_count, sizes, &bytes_moved));
    status->frames_done = frame_count;
    status->code = PSK_OK;
}
