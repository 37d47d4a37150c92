/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * tools/replay/csv.h - requests from comma-separated lines under a header that names the columns.
 *
 * Columns: t (seconds), obj (`media` or `media/profile`), and, if they are there, user, size,
 * device, geo, ctime and cat; an empty field says nothing. ctime is when the medium came into
 * being, by the clock of t: 0, or later than the request, is unknown, and what is before the clock
 * began came with it. cat is a number or a name. Threads: none.
 */
#ifndef PS_TOOLS_REPLAY_CSV_H
#define PS_TOOLS_REPLAY_CSV_H

#include <stdbool.h>

#include "tools/replay/fields.h"
#include "tools/replay/trace.h"

/** Understand the header. @return As replay_columns_find(). */
int replay_csv_header(struct replay_columns *ret, const char *line);

/** One line. @return false when it is not a request (then @p ret is not to be used). */
bool replay_csv_parse(const struct replay_columns *columns, const char *line,
                      struct replay_request *ret);

#endif
