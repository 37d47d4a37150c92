/* SPDX-License-Identifier: BSD-3-Clause */
/* tools/replay/progress.c - see progress.h. */
#include "tools/replay/progress.h"

#include <stddef.h>
#include <unistd.h>

#include "host/base/clock.h"

#define LOOK_EVERY (1u << 14) /* calls between two looks at the clock */
#define TELL_NS    (2 * PS_NS_PER_SEC)

void replay_progress_init(struct replay_progress *progress, bool asked)
{
    *progress = (struct replay_progress){ .wanted = asked || isatty(STDERR_FILENO),
                                          .told_ns = ps_clock_mono_ns() };
}

bool replay_progress_is_due(struct replay_progress *progress)
{
    uint64_t now_ns;

    if (progress == NULL || !progress->wanted || ++progress->calls % LOOK_EVERY != 0)
        return false;
    now_ns = ps_clock_mono_ns();
    if (now_ns - progress->told_ns < TELL_NS)
        return false;
    progress->told_ns = now_ns;
    return true;
}
