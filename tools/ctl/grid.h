/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * tools/ctl/grid.h - a table of short texts whose columns line up.
 */
#ifndef PS_TOOLS_CTL_GRID_H
#define PS_TOOLS_CTL_GRID_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#define CTL_GRID_ROWS_MAX    300u
#define CTL_GRID_COLUMNS_MAX 10u
#define CTL_GRID_CELL_BYTES  136u /* longer text is cut */

struct ctl_grid {
    const char *indent;
    const char *aligned; /* one letter a column: l or r */
    uint32_t row_count;
    uint32_t column; /* of the last row, that is next */
    char cells[CTL_GRID_ROWS_MAX][CTL_GRID_COLUMNS_MAX][CTL_GRID_CELL_BYTES];
};

/** Empty. */
void ctl_grid_begin(struct ctl_grid *grid, const char *indent, const char *aligned);
/** Begin a row; one too many is left out. @return Whether there was room. */
bool ctl_grid_row(struct ctl_grid *grid);
/** The next cell of the row. */
__attribute__((format(printf, 2, 3))) void ctl_grid_put(struct ctl_grid *grid, const char *format,
                                                        ...);
void ctl_grid_write(const struct ctl_grid *grid, FILE *out);

#endif
