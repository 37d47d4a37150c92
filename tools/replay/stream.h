/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * tools/replay/stream.h - a trace as a buffer sees it: numbered objects, and when each comes back.
 *
 * Threads: none.
 */
#ifndef PS_TOOLS_REPLAY_STREAM_H
#define PS_TOOLS_REPLAY_STREAM_H

#include <stdint.h>

#include "tools/replay/trace.h"

#define REPLAY_NEVER UINT32_MAX

struct replay_stream {
    uint32_t count;
    uint32_t object_count;
    uint32_t *obj; /* 0 .. object_count - 1 */
    uint64_t *time_ns;
    uint32_t *next; /* the object's next request, or REPLAY_NEVER */
};

/** @return 0 or -ENOMEM; fini in every case. */
int replay_stream_init(struct replay_stream *stream, const struct replay_trace *trace);
void replay_stream_fini(struct replay_stream *stream);

#endif
