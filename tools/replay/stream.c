/* SPDX-License-Identifier: BSD-3-Clause */
/* tools/replay/stream.c - see stream.h. */
#include "tools/replay/stream.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "host/base/mem.h"

static int look_ahead(struct replay_stream *stream)
{
    uint32_t *coming = ps_zalloc(stream->object_count, sizeof(*coming));

    if (coming == NULL)
        return -ENOMEM;
    memset(coming, 0xff, stream->object_count * sizeof(*coming)); /* REPLAY_NEVER */
    for (uint32_t i = stream->count; i-- > 0;) {
        stream->next[i] = coming[stream->obj[i]];
        coming[stream->obj[i]] = i;
    }
    free(coming);
    return 0;
}

int replay_stream_init(struct replay_stream *stream, const struct replay_trace *trace)
{
    const uint32_t count = trace->request_count;

    *stream = (struct replay_stream){ .count = count, .object_count = trace->resource_count };
    stream->obj = ps_zalloc(count, sizeof(*stream->obj));
    stream->time_ns = ps_zalloc(count, sizeof(*stream->time_ns));
    stream->next = ps_zalloc(count, sizeof(*stream->next));
    if (stream->obj == NULL || stream->time_ns == NULL || stream->next == NULL)
        return -ENOMEM;
    for (uint32_t i = 0; i < count; i++) {
        stream->obj[i] = trace->requests[i].idx;
        stream->time_ns[i] = trace->requests[i].time_ns;
    }
    return look_ahead(stream);
}

void replay_stream_fini(struct replay_stream *stream)
{
    free(stream->next);
    free(stream->time_ns);
    free(stream->obj);
}
