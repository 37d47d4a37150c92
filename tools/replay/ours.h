/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * tools/replay/ours.h - buffers that keep and stage by the predictor, or by the true rates.
 *
 * All sizes at once, since one predictor serves them all. It sees each request after it was
 * answered, and each hint when it is said; it knows no object before either names it. A turn comes
 * before the first request of each second: what viewers or agents announce is scored anew, and
 * every few seconds everything that is worth an answer. Staged is what is more likely than not to
 * be asked for while it stays: within three turnovers of the buffer, at most an hour; and of what
 * agents announce, whose time is known, within a minute. A profile that is predicted but that the
 * trace never asks for takes its place and its token as any other. Threads: none.
 */
#ifndef PS_TOOLS_REPLAY_OURS_H
#define PS_TOOLS_REPLAY_OURS_H

#include "tools/replay/cache.h"
#include "tools/replay/hints.h"
#include "tools/replay/rates.h"

struct replay_ours_config {
    const struct replay_trace *trace;
    const struct replay_hints *hints; /* or NULL */
    const struct replay_rates *rates; /* not NULL: keep by them, as an oracle does */
    const double *sizes;              /* percent of the objects */
    uint32_t size_count;
    uint32_t budget_per_min;
    uint32_t without; /* inputs that the predictor is not to use */
    struct replay_progress *progress;
};

struct replay_ours_result {
    uint64_t counted, hits;
    uint64_t staged, used; /* over the whole trace */
};

/** @param ret  size_count of them. @return 0 or -ENOMEM. */
int replay_ours_run(const struct replay_ours_config *config, struct replay_ours_result *ret);

#endif
