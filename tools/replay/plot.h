/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * tools/replay/plot.h - the pictures: each draws one table into a file.
 *
 * @p of names the trace in the title. @return 0, -EINVAL (see the table's why; its line is then 0),
 * open(2)'s errors, -EIO, -EILSEQ (@p of is not UTF-8) or -ENOMEM. Threads: none.
 */
#ifndef PS_TOOLS_REPLAY_PLOT_H
#define PS_TOOLS_REPLAY_PLOT_H

#include "tools/replay/plot_table.h"

/** What came true against what was said, one panel for each horizon; a bin's area is its rows. */
int plot_calibration(struct plot_table *table, const char *of, const char *path);

/** Starts in each interval, as expected, with the bands that should hold half and four fifths. */
int plot_curves(struct plot_table *table, const char *of, const char *path);

/** Hit ratio of each policy against the size of the buffer. */
int plot_hits(struct plot_table *table, const char *of, const char *path);

#endif
