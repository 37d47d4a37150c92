/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * tools/replay/progress.h - how far a long run is, on standard error.
 *
 * Threads: none.
 */
#ifndef PS_TOOLS_REPLAY_PROGRESS_H
#define PS_TOOLS_REPLAY_PROGRESS_H

#include <stdbool.h>
#include <stdint.h>

struct replay_progress {
    bool wanted;
    uint32_t calls;
    uint64_t told_ns; /* when something was said last, or counting began */
};

/** Wanted when asked for, or when standard error is a terminal. */
void replay_progress_init(struct replay_progress *progress, bool asked);

/** Call often. @return true when something should be said: every two seconds. NULL: never. */
bool replay_progress_is_due(struct replay_progress *progress);

#endif
