/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * tools/replay/plot_table.h - the figures that a picture shows, read from text.
 *
 * Either comma-separated under a header that names the columns, in any order, others ignored; or
 * the `hit_POLICY_SIZE=RATIO` lines of `prestage-replay cache`, others ignored. Lines that begin
 * with # and empty ones say nothing. Anything else ends the reading: a picture with a hole in it
 * would lie. Threads: none.
 */
#ifndef PS_TOOLS_REPLAY_PLOT_TABLE_H
#define PS_TOOLS_REPLAY_PLOT_TABLE_H

#include <stdint.h>
#include <stdio.h>

#define PLOT_COLUMNS_MAX 8u
#define PLOT_ROWS_MAX    (1u << 20)
#define PLOT_WORD_MAX    31u

struct plot_column {
    const char *name;
    double least, most;
};

struct plot_form {
    const char *word;                             /* a column of text; NULL: none */
    struct plot_column columns[PLOT_COLUMNS_MAX]; /* of numbers; up to one without a name */
};

struct plot_row {
    char word[PLOT_WORD_MAX + 1];
    double values[PLOT_COLUMNS_MAX]; /* as the form's columns are */
};

struct plot_table {
    struct plot_row *rows; /* as the lines are */
    uint32_t row_count;
    uint64_t line; /* the last one read, from 1 */
    char why[96];  /* what was wrong with it, if it was */
};

/** horizon; said, happened, rows. */
extern const struct plot_form plot_form_calibration;
/** start_s, actual, expected, q10, q25, q75, q90; start_s must rise. */
extern const struct plot_form plot_form_curves;

/** @return 0, -EINVAL (see why), -EIO or -ENOMEM; fini in every case. */
int plot_table_read_csv(struct plot_table *ret, FILE *file, const struct plot_form *form);
/** The policy as word; size in percent, ratio. @return As above. */
int plot_table_read_hits(struct plot_table *ret, FILE *file);
void plot_table_fini(struct plot_table *table);

#endif
