/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * tools/mark/report.h - what prestage-mark read prints, for people and for programs.
 * Threads: one.
 */
#ifndef PS_TOOLS_MARK_REPORT_H
#define PS_TOOLS_MARK_REPORT_H

#include "tools/mark/suspects.h"

struct report {
    const char *file;
    uint64_t segment_ns;
    uint32_t damaged; /* pictures */
    const struct ps_mark_found *found;
    const struct ps_mark_bit *bits;
    uint32_t bit_count;
    const struct suspects *suspects; /* NULL without a code book */
};

void report_print(FILE *file, const struct report *report);
/** @return 0 or -ENOMEM. */
int report_print_json(FILE *file, const struct report *report);

#endif
