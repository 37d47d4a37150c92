/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * tools/replay/rows.h - what a forecaster may know of every object at a tick: one row for each that
 * was wanted before, in the order in which they first were.
 *
 * Threads: none.
 */
#ifndef PS_TOOLS_REPLAY_ROWS_H
#define PS_TOOLS_REPLAY_ROWS_H

#include <stdint.h>

#include "tools/replay/trace.h"

#define REPLAY_TICK_NS (300 * 1000000000ull)

#define REPLAY_KERNELS 6u /* decayed counts of the object's requests; a minute to a week */

enum replay_feature {
    REPLAY_X_COUNTS,                                  /* REPLAY_KERNELS of them */
    REPLAY_X_EWMA = REPLAY_X_COUNTS + REPLAY_KERNELS, /* decayed count, half-life an hour */
    REPLAY_X_SINCE_LAST,                              /* seconds since the last request... */
    REPLAY_X_SINCE_FIRST,                             /* ...and the first one */
    REPLAY_X_AGE,                                     /* since birth, or the first when unknown */
    REPLAY_X_GAP,                                     /* between the last two; 0 after one */
    REPLAY_X_TOTAL,                                   /* requests so far */
    REPLAY_X_MEDIA_HOUR, /* decayed counts of the media, all profiles */
    REPLAY_X_MEDIA_DAY,
    REPLAY_X_LEVEL, /* decayed counts of all requests: the last minutes' part of the hour's */
    REPLAY_X_HOUR,  /* of the day, Greenwich */
    REPLAY_X_CATEGORY,
    REPLAY_X_COUNT
};

/* Seconds in which a kernel falls to 1/e. */
extern const double replay_kernel_s[REPLAY_KERNELS];

struct replay_rows {
    uint32_t count;
    uint64_t now_ns;
    float (*x)[REPLAY_X_COUNT];
};

struct replay_history;

/** @param trace  Kept; must outlive it. @return 0 or -ENOMEM. */
int replay_history_create(struct replay_history **ret, const struct replay_trace *trace);
/** NULL is allowed. */
void replay_history_destroy(struct replay_history *history);

/** The next request of the trace happened. */
void replay_history_request(struct replay_history *history, const struct replay_request *request);

/** Fill the rows, for which there is room, as of a time not before the last request. */
void replay_history_rows(struct replay_history *history, uint64_t now_ns,
                         struct replay_rows *ret_rows);

#endif
