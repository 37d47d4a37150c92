/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * tools/mark/suspects.h - holds what was read against every viewer of a code book.
 * Threads: one.
 */
#ifndef PS_TOOLS_MARK_SUSPECTS_H
#define PS_TOOLS_MARK_SUSPECTS_H

#include "host/watermark/accuse.h"
#include "host/watermark/book.h"
#include "host/watermark/reader.h"
#include "tools/mark/command.h"

#define SUSPECTS_MAX 16u

struct suspect {
    char id[PS_BOOK_ID_MAX + 1];
    double score;
    double symmetric;
    double bound; /* that anyone innocent of the population reaches the score */
};

struct suspects {
    uint32_t viewer_count;  /* of the book */
    uint32_t segments_used; /* that were read and are in the book */
    double threshold;
    uint32_t candidate_count; /* with a score of the threshold or more */
    uint32_t count;           /* the highest scores, best first, candidates or not */
    struct suspect suspect[SUSPECTS_MAX];
};

/** @return 0, or a negative errno after having said what is wrong. */
int suspects_find(const char *path, const struct ps_mark_bit *bits, uint32_t bit_count,
                  struct mark_progress *progress, struct suspects *ret_suspects);

#endif
