/* SPDX-License-Identifier: BSD-3-Clause */
#include "host/watermark/detect.h"

#include <math.h>
#include <string.h>

#include "host/base/assert.h"

#define COLUMNS PS_MARK_MAP_COLUMNS
#define ROWS    PS_MARK_MAP_ROWS

/* Local spread below this, in steps of luma, is noise of coding, not content. */
#define SPREAD_MIN 0.35f
#define CLIP       2.0f

const struct ps_mark_view ps_mark_view_whole = { 0, 0, 1, 1 };

/* Means over the grid; a picture smaller than the grid shows samples more than once. */
static void reduce(const uint8_t *luma, ptrdiff_t stride, uint32_t width, uint32_t height,
                   float mean[ROWS][COLUMNS])
{
    for (uint32_t row = 0; row < ROWS; row++) {
        const uint32_t top = row * height / ROWS;
        const uint32_t bottom = (row + 1) * height / ROWS;
        const uint32_t lines = bottom > top ? bottom - top : 1;

        for (uint32_t column = 0; column < COLUMNS; column++) {
            const uint32_t left = column * width / COLUMNS;
            const uint32_t right = (column + 1) * width / COLUMNS;
            const uint32_t samples = right > left ? right - left : 1;
            uint32_t sum = 0;

            for (uint32_t y = top; y < top + lines; y++)
                for (uint32_t x = left; x < left + samples; x++)
                    sum += luma[(ptrdiff_t)y * stride + x];
            mean[row][column] = (float)sum / (float)(lines * samples);
        }
    }
}

/* Means over whole cells, at every half cell: point (x, y) is the corner between four means. */
static void widen(float mean[ROWS][COLUMNS])
{
    for (int y = 0; y < ROWS; y++) {
        const int below = y + 1 < ROWS ? y + 1 : y;

        for (int x = 0; x < COLUMNS; x++) {
            const int right = x + 1 < COLUMNS ? x + 1 : x;

            mean[y][x] = (mean[y][x] + mean[y][right] + mean[below][x] + mean[below][right]) / 4;
        }
    }
}

static int clamp(int at, int end)
{
    return at < 0 ? 0 : at >= end ? end - 1 : at;
}

/* What a cell has more than the eight around it; edges are repeated. */
static void high_pass(float mean[ROWS][COLUMNS], float high[ROWS][COLUMNS])
{
    for (int y = 0; y < ROWS; y++) {
        const float *const row[3] = { mean[clamp(y - 2, ROWS)], mean[y], mean[clamp(y + 2, ROWS)] };

        for (int x = 0; x < COLUMNS; x++) {
            const int left = clamp(x - 2, COLUMNS);
            const int right = clamp(x + 2, COLUMNS);
            const float around = row[0][left] + row[0][x] + row[0][right] + row[1][left] +
                                 row[1][right] + row[2][left] + row[2][x] + row[2][right];

            high[y][x] = row[1][x] - around / 8;
        }
    }
}

/* Mean square over 5x5 points, edges repeated. */
static void spread(float high[ROWS][COLUMNS], float square[ROWS][COLUMNS])
{
    float across[ROWS][COLUMNS];

    for (int y = 0; y < ROWS; y++)
        for (int x = 0; x < COLUMNS; x++) {
            across[y][x] = 0;
            for (int d = -2; d <= 2; d++) {
                const float value = high[y][clamp(x + d, COLUMNS)];

                across[y][x] += value * value;
            }
        }
    for (int y = 0; y < ROWS; y++)
        for (int x = 0; x < COLUMNS; x++) {
            square[y][x] = 0;
            for (int d = -2; d <= 2; d++)
                square[y][x] += across[clamp(y + d, ROWS)][x] / 25;
        }
}

void ps_mark_map_add(struct ps_mark_map *map, const uint8_t *luma, ptrdiff_t stride_bytes,
                     uint32_t width, uint32_t height)
{
    float mean[ROWS][COLUMNS];
    float high[ROWS][COLUMNS];
    float square[ROWS][COLUMNS];

    ps_assert(width >= PS_MARK_SIDE_MIN && width <= UINT16_MAX);
    ps_assert(height >= PS_MARK_SIDE_MIN && height <= UINT16_MAX);
    reduce(luma, stride_bytes, width, height, mean);
    widen(mean);
    high_pass(mean, high);
    spread(high, square);
    for (int y = 0; y < ROWS; y++)
        for (int x = 0; x < COLUMNS; x++) {
            const float value = high[y][x] / sqrtf(square[y][x] + SPREAD_MIN * SPREAD_MIN);

            map->sum[y][x] += value > CLIP ? CLIP : value < -CLIP ? -CLIP : value;
        }
    map->frame_count++;
}

void ps_mark_map_merge(struct ps_mark_map *map, const struct ps_mark_map *other)
{
    for (int y = 0; y < ROWS; y++)
        for (int x = 0; x < COLUMNS; x++)
            map->sum[y][x] += other->sum[y][x];
    map->frame_count += other->frame_count;
}

void ps_mark_signs_of(uint64_t key, uint32_t segment, struct ps_mark_signs *ret_signs)
{
    for (uint32_t row = 0; row < PSK_MARK_ROWS; row++)
        for (uint32_t column = 0; column < PSK_MARK_COLUMNS; column++)
            ret_signs->sign[row][column] =
                (int8_t)psk_mark_sign((uint32_t)key, (uint32_t)(key >> 32), segment, column, row);
}

/* Where a point of the map lies among the cells: the one before it and the next one's weight. */
struct place {
    int before; /* -1..cells - 1 */
    float share;
    float weight; /* 0 outside the marked picture */
};

static struct place place_of(double position, int cells)
{
    struct place place = { 0, 0, 0 };
    const double at = position * cells - 0.5;

    if (position < 0 || position > 1)
        return place;
    place.before = (int)floor(at);
    place.share = (float)(at - place.before);
    place.weight = 1;
    return place;
}

void ps_mark_strips_of(const struct ps_mark_map *map, double left, double width,
                       struct ps_mark_strips *ret_strips)
{
    memset(ret_strips, 0, sizeof(*ret_strips));
    for (int x = 0; x < COLUMNS; x++) {
        const struct place at = place_of(left + width * (x + 1) / COLUMNS, PSK_MARK_COLUMNS);
        const int before = clamp(at.before, PSK_MARK_COLUMNS);
        const int behind = clamp(at.before + 1, PSK_MARK_COLUMNS);

        for (int y = 0; at.weight > 0 && y < ROWS; y++) {
            ret_strips->value[y][before] += map->sum[y][x] * (1 - at.share);
            ret_strips->value[y][behind] += map->sum[y][x] * at.share;
        }
    }
}

static void add_row(const float *strip, float weight, float *cells)
{
    for (int column = 0; column < PSK_MARK_COLUMNS; column++)
        cells[column] += strip[column] * weight;
}

void ps_mark_cells_of_strips(const struct ps_mark_strips *strips, double top, double height,
                             struct ps_mark_cells *ret_cells)
{
    double energy = 0;

    memset(ret_cells, 0, sizeof(*ret_cells));
    for (int y = 0; y < ROWS; y++) {
        const struct place at = place_of(top + height * (y + 1) / ROWS, PSK_MARK_ROWS);

        if (at.weight == 0)
            continue;
        add_row(strips->value[y], 1 - at.share, ret_cells->value[clamp(at.before, PSK_MARK_ROWS)]);
        add_row(strips->value[y], at.share, ret_cells->value[clamp(at.before + 1, PSK_MARK_ROWS)]);
    }
    for (int row = 0; row < PSK_MARK_ROWS; row++) {
        float sum = 0;

        for (int column = 0; column < PSK_MARK_COLUMNS; column++)
            sum += ret_cells->value[row][column] * ret_cells->value[row][column];
        energy += (double)sum;
    }
    ret_cells->norm = sqrt(energy);
}

void ps_mark_cells_of(const struct ps_mark_map *map, const struct ps_mark_view *view,
                      struct ps_mark_cells *ret_cells)
{
    struct ps_mark_strips strips;

    ps_mark_strips_of(map, view->left, view->width, &strips);
    ps_mark_cells_of_strips(&strips, view->top, view->height, ret_cells);
}

double ps_mark_z(const struct ps_mark_cells *cells, const struct ps_mark_signs *signs)
{
    float sum = 0;

    for (int row = 0; row < PSK_MARK_ROWS; row++)
        for (int column = 0; column < PSK_MARK_COLUMNS; column++)
            sum += cells->value[row][column] * signs->sign[row][column];
    return cells->norm > 0 ? (double)sum / cells->norm : 0;
}
