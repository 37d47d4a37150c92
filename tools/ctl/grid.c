/* SPDX-License-Identifier: BSD-3-Clause */
#include "tools/ctl/grid.h"

#include <stdarg.h>
#include <string.h>

void ctl_grid_begin(struct ctl_grid *grid, const char *indent, const char *aligned)
{
    grid->indent = indent;
    grid->aligned = aligned;
    grid->row_count = 0;
}

bool ctl_grid_row(struct ctl_grid *grid)
{
    if (grid->row_count == CTL_GRID_ROWS_MAX)
        return false;
    memset(grid->cells[grid->row_count++], 0, sizeof(grid->cells[0]));
    grid->column = 0;
    return true;
}

void ctl_grid_put(struct ctl_grid *grid, const char *format, ...)
{
    va_list args;

    if (grid->row_count == 0 || grid->column == CTL_GRID_COLUMNS_MAX)
        return;
    va_start(args, format);
    vsnprintf(grid->cells[grid->row_count - 1][grid->column++], CTL_GRID_CELL_BYTES, format, args);
    va_end(args);
}

/* Characters, not bytes: those that continue one do not count. */
static int width_of(const char *text)
{
    int width = 0;

    for (; *text != '\0'; text++)
        width += ((unsigned char)*text & 0xc0) != 0x80;
    return width;
}

static int widest(const struct ctl_grid *grid, size_t column)
{
    int width = 0;

    for (uint32_t r = 0; r < grid->row_count; r++)
        if (width_of(grid->cells[r][column]) > width)
            width = width_of(grid->cells[r][column]);
    return width;
}

/* Columns that have something in this row: no blanks are left at its end. */
static size_t used_columns(const struct ctl_grid *grid, uint32_t row)
{
    size_t columns = strlen(grid->aligned);

    while (columns > 0 && grid->cells[row][columns - 1][0] == '\0')
        columns--;
    return columns;
}

void ctl_grid_write(const struct ctl_grid *grid, FILE *out)
{
    int widths[CTL_GRID_COLUMNS_MAX];

    for (size_t c = 0; c < strlen(grid->aligned); c++)
        widths[c] = widest(grid, c);
    for (uint32_t r = 0; r < grid->row_count; r++) {
        const size_t columns = used_columns(grid, r);

        fputs(grid->indent, out);
        for (size_t c = 0; c < columns; c++) {
            const char *cell = grid->cells[r][c];
            const int blanks = widths[c] - width_of(cell);
            const bool right = grid->aligned[c] == 'r', last = c + 1 == columns;

            fprintf(out, "%*s%s%*s%s", right ? blanks : 0, "", cell, right || last ? 0 : blanks, "",
                    last ? "" : "  ");
        }
        fputc('\n', out);
    }
}
