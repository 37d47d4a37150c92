/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * tools/replay/csv.h - requests from comma-separated lines under a header that names the columns.
 *
 * Columns: t (seconds), obj (`media` or `media/profile`), and, if they are there, device, geo, size
 * and ctime, where a field is a number or empty. Others, user and cat among them, are ignored.
 * Quoted fields are not understood, so a line that has one must be refused. Threads: none.
 */
#ifndef PS_TOOLS_REPLAY_CSV_H
#define PS_TOOLS_REPLAY_CSV_H

#include <stdbool.h>
#include <stdint.h>

#include "tools/replay/trace.h"

#define REPLAY_CSV_COLUMNS_MAX 64u

enum replay_csv_column {
    REPLAY_CSV_T,
    REPLAY_CSV_OBJ,
    REPLAY_CSV_DEVICE,
    REPLAY_CSV_GEO,
    REPLAY_CSV_SIZE,
    REPLAY_CSV_CTIME,
    REPLAY_CSV_COLUMN_COUNT
};

struct replay_csv {
    uint32_t column_count;
    uint32_t at[REPLAY_CSV_COLUMN_COUNT]; /* UINT32_MAX: not there */
};

/** Understand the header. @return 0 or -EINVAL (no t or obj, one twice, too many columns). */
int replay_csv_header(struct replay_csv *ret, const char *line);

/** One line. @return false when it is not a request (then @p ret is not to be used). */
bool replay_csv_parse(const struct replay_csv *csv, const char *line, struct replay_request *ret);

#endif
