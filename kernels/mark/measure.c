/* SPDX-License-Identifier: BSD-3-Clause */
/* kernels/mark/measure.c - a frame's cells: read line by line, then looked at with neighbours. */
#include "kernels/mark/measure_priv.h"

#include <string.h>

#define COLUMNS PSK_MARK_COLUMNS
#define ROWS    PSK_MARK_ROWS

static uint8_t line[PSK_WIDTH_MAX];
static uint32_t edge[COLUMNS + 1];
static uint32_t sum[COLUMNS];
static uint32_t squares[COLUMNS];
static int32_t mean[ROWS][COLUMNS]; /* Q4 */
static uint32_t amplitude[ROWS][COLUMNS];
static uint32_t variance[ROWS][COLUMNS];
static int32_t high[ROWS][COLUMNS];

static void add_line(void)
{
    for (uint32_t column = 0; column < COLUMNS; column++) {
        uint32_t here = 0;
        uint32_t here_squared = 0;

        for (uint32_t x = edge[column]; x < edge[column + 1]; x++) {
#pragma HLS PIPELINE II = 1
#pragma HLS LOOP_TRIPCOUNT min = 2 max = 48
            here += line[x];
            here_squared += (uint32_t)line[x] * line[x];
        }
        sum[column] += here;
        squares[column] += here_squared;
    }
}

static void close_row(uint32_t row, uint32_t lines)
{
    for (uint32_t column = 0; column < COLUMNS; column++) {
#pragma HLS PIPELINE
        const uint32_t count = lines * (edge[column + 1] - edge[column]);

        mean[row][column] = (int32_t)(sum[column] * 16 / count);
        amplitude[row][column] = psk_mark_amplitude(count, sum[column], squares[column]);
        variance[row][column] =
            (uint32_t)(psk_mark_spread(count, sum[column], squares[column]) / (count * count));
        sum[column] = 0;
        squares[column] = 0;
    }
}

static void read_cells(const uint8_t *luma, uint32_t width, uint32_t height)
{
    for (uint32_t column = 0; column <= COLUMNS; column++)
        edge[column] = psk_mark_cell_edge(column, COLUMNS, width);
    memset(sum, 0, sizeof(sum));
    memset(squares, 0, sizeof(squares));
    for (uint32_t row = 0; row < ROWS; row++) {
        const uint32_t top = psk_mark_cell_edge(row, ROWS, height);
        const uint32_t bottom = psk_mark_cell_edge(row + 1, ROWS, height);

        for (uint32_t y = top; y < bottom; y++) {
#pragma HLS LOOP_TRIPCOUNT min = 2 max = 48
            memcpy(line, luma + y * width, width);
            add_line();
        }
        close_row(row, bottom - top);
    }
}

static uint32_t before(uint32_t at)
{
    return at > 0 ? at - 1 : 0;
}

static uint32_t behind(uint32_t at, uint32_t end)
{
    return at + 1 < end ? at + 1 : at;
}

static void high_pass(void)
{
    for (uint32_t row = 0; row < ROWS; row++) {
        const uint32_t above = before(row);
        const uint32_t below = behind(row, ROWS);

        for (uint32_t column = 0; column < COLUMNS; column++) {
#pragma HLS PIPELINE
            const uint32_t left = before(column);
            const uint32_t right = behind(column, COLUMNS);

            high[row][column] = 8 * mean[row][column] - mean[above][left] - mean[above][column] -
                                mean[above][right] - mean[row][left] - mean[row][right] -
                                mean[below][left] - mean[below][column] - mean[below][right];
        }
    }
}

static uint32_t size_of(int32_t value)
{
    return (uint32_t)(value < 0 ? -value : value);
}

static uint32_t deviations_around(uint32_t row, uint32_t column)
{
    const uint32_t rows[3] = { before(row), row, behind(row, ROWS) };
    const uint32_t columns[3] = { before(column), column, behind(column, COLUMNS) };
    uint32_t deviations = 0;

    for (uint32_t j = 0; j < 3; j++) {
#pragma HLS UNROLL
        for (uint32_t i = 0; i < 3; i++) {
#pragma HLS UNROLL
            deviations += size_of(high[rows[j]][columns[i]]);
        }
    }
    return deviations;
}

void psk_mark_measure(const uint8_t *luma, uint32_t width, uint32_t height,
                      int8_t sign[PSK_MARK_ROWS][PSK_MARK_COLUMNS],
                      struct psk_mark_measure *ret_measure)
{
    struct psk_mark_measure measure = { 0, 0, 0, 0, 0 };

    read_cells(luma, width, height);
    high_pass();
    for (uint32_t row = 0; row < ROWS; row++) {
        for (uint32_t column = 0; column < COLUMNS; column++) {
#pragma HLS PIPELINE
            const uint32_t scale =
                psk_mark_scale(deviations_around(row, column), amplitude[row][column]);

            psk_mark_measure_cell(&measure, high[row][column], scale, amplitude[row][column],
                                  variance[row][column], sign[row][column]);
        }
    }
    *ret_measure = measure;
}
