/* SPDX-License-Identifier: BSD-3-Clause */
/* tools/replay/cache.c - see cache.h. */
#include "tools/replay/cache.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

int replay_sizes_parse(const char *text, double ret_sizes[static REPLAY_SIZES_MAX],
                       uint32_t *ret_count)
{
    double least = 0.0;

    for (uint32_t count = 0; count < REPLAY_SIZES_MAX; count++) {
        char *end;
        const double size = strtod(text, &end);

        if (end == text || !(size > least && size <= 100.0))
            return -EINVAL;
        ret_sizes[count] = least = size;
        if (*end == '\0') {
            *ret_count = count + 1;
            return 0;
        }
        if (*end != ',')
            return -EINVAL;
        text = end + 1;
    }
    return -EINVAL;
}

uint32_t replay_cache_capacity(const struct replay_stream *stream, double size_percent)
{
    /* A little more, so that 10 % of 20 is not 1 for want of a bit. */
    const uint32_t capacity = (uint32_t)(stream->object_count * size_percent / 100.0 + 1e-9);

    return capacity > 0 ? capacity : 1;
}

static void tell(const struct replay_policy *policy, const struct replay_cache_config *config,
                 uint32_t done)
{
    if (replay_progress_is_due(config->progress))
        fprintf(stderr, "prestage-replay: policy=%s size=%g requests=%" PRIu32 "/%" PRIu32 "\n",
                policy->name, config->size_percent, done, config->stream->count);
}

int replay_cache_run(const struct replay_policy *policy, const struct replay_cache_config *config,
                     struct replay_cache_result *ret)
{
    const struct replay_stream *stream = config->stream;
    const struct replay_policy_config policy_config = {
        .capacity = replay_cache_capacity(stream, config->size_percent),
        .object_count = stream->object_count,
        .stream = stream,
        .budget_per_min = config->budget_per_min,
    };
    const uint32_t warm = stream->count / 4;
    uint64_t hits = 0;
    void *state;
    int rc = policy->create(&state, &policy_config);

    if (rc != 0)
        return rc;
    for (uint32_t i = 0; i < stream->count; i++) {
        const bool hit = policy->access(state, stream->obj[i], stream->time_ns[i]);

        hits += hit && i >= warm;
        tell(policy, config, i);
    }
    policy->destroy(state);
    *ret = (struct replay_cache_result){ .counted = stream->count - warm, .hits = hits };
    return 0;
}
