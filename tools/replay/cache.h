/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * tools/replay/cache.h - hit ratios of policies on buffers of some shares of a stream's objects.
 *
 * The first quarter of the requests warms a buffer, the others count. Threads: none.
 */
#ifndef PS_TOOLS_REPLAY_CACHE_H
#define PS_TOOLS_REPLAY_CACHE_H

#include "tools/replay/policy.h"
#include "tools/replay/progress.h"

#define REPLAY_SIZES_MAX  32u
#define REPLAY_BUDGET_MAX 1000000u

struct replay_cache_config {
    const struct replay_stream *stream;
    double size_percent; /* of the objects, in (0, 100] */
    uint32_t budget_per_min;
    struct replay_progress *progress; /* or NULL */
};

struct replay_cache_result {
    uint64_t counted;
    uint64_t hits;
};

/**
 * From a list like 1,5,10: percentages in (0, 100], each more than the one before.
 *
 * @return 0 or -EINVAL (also for more than REPLAY_SIZES_MAX).
 */
int replay_sizes_parse(const char *text, double ret_sizes[static REPLAY_SIZES_MAX],
                       uint32_t *ret_count);

/** Objects that a buffer of the percentage holds: rounded down, at least 1. */
uint32_t replay_cache_capacity(const struct replay_stream *stream, double size_percent);

/** One policy through the whole stream. @return 0 or -ENOMEM. */
int replay_cache_run(const struct replay_policy *policy, const struct replay_cache_config *config,
                     struct replay_cache_result *ret);

#endif
