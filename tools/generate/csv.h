/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * tools/generate/csv.h - a generator's events as the files that prestage-replay reads.
 *
 * Trace `t,obj,user,size,device,geo,ctime,cat`, hints `emit_t,due_t,obj,device,user` (-1: any),
 * rates `t,obj,rate` (expected requests in the five minutes from t on). With pairs obj is
 * `medium/profile`. Each file begins with its columns' names.
 */
#ifndef PS_TOOLS_GENERATE_CSV_H
#define PS_TOOLS_GENERATE_CSV_H

#include <stdio.h>

#include "tools/generate/generate.h"

struct gen_csv {
    FILE *trace, *hints, *rates; /* NULL: not wanted */
    bool pairs;
    uint64_t requests, hint_count, true_hints, rate_count;
};

/** Write the columns' names. @return 0 or -EIO. */
int gen_csv_begin(struct gen_csv *csv);

/** The sink that writes to @p csv, which must live as long. No progress. */
struct gen_sink gen_csv_sink(struct gen_csv *csv);

#endif
