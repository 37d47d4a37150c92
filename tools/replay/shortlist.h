/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * tools/replay/shortlist.h - how much of what came was among the tenth that was expected most.
 *
 * At each tick the tenth of the rows, rounded up, with the most expected starts is taken; of those
 * that expect the same, what was seen first. Counts are summed over ticks. Threads: none.
 */
#ifndef PS_TOOLS_REPLAY_SHORTLIST_H
#define PS_TOOLS_REPLAY_SHORTLIST_H

#include <stdbool.h>
#include <stdint.h>

struct replay_listed {
    double expected;
    uint32_t row;
    bool happened;
};

struct replay_shortlist {
    uint64_t taken, hits; /* rows taken, and those of them that came true */
    uint64_t happened;    /* all rows that came true */
};

/** One tick's rows; they are put in another order. */
void replay_shortlist_add(struct replay_shortlist *list, struct replay_listed *rows,
                          uint32_t count);

/** Of those taken, the share that came true; 0 while nothing was added. */
double replay_shortlist_precision(const struct replay_shortlist *list);
/** Of those that came true, the share taken; 0 while nothing came true. */
double replay_shortlist_recall(const struct replay_shortlist *list);

#endif
