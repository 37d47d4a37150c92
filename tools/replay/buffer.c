/* SPDX-License-Identifier: BSD-3-Clause */
/* tools/replay/buffer.c - see buffer.h. */
#include "tools/replay/buffer.h"

#include <errno.h>
#include <stdlib.h>

#include "host/base/mem.h"

int replay_buffer_init(struct replay_buffer *buffer, uint32_t capacity, uint32_t resource_count)
{
    *buffer = (struct replay_buffer){ .capacity = capacity };
    buffer->resources = ps_zalloc(capacity, sizeof(*buffer->resources));
    buffer->value = ps_zalloc(resource_count, sizeof(*buffer->value));
    buffer->inside = ps_zalloc(resource_count, sizeof(*buffer->inside));
    if (buffer->resources == NULL || buffer->value == NULL || buffer->inside == NULL)
        return -ENOMEM;
    return 0;
}

void replay_buffer_fini(struct replay_buffer *buffer)
{
    free(buffer->inside);
    free(buffer->value);
    free(buffer->resources);
}

static uint32_t least(const struct replay_buffer *buffer)
{
    uint32_t at = 0;

    for (uint32_t i = 1; i < buffer->count; i++)
        if (buffer->value[buffer->resources[i]] < buffer->value[buffer->resources[at]])
            at = i;
    return at;
}

void replay_buffer_request(struct replay_buffer *buffer, uint32_t idx, bool counts)
{
    uint32_t at = buffer->count;

    buffer->hits += counts && buffer->inside[idx];
    buffer->misses += counts && !buffer->inside[idx];
    if (buffer->inside[idx])
        return;
    if (buffer->count == buffer->capacity) {
        at = least(buffer);
        buffer->inside[buffer->resources[at]] = false;
    } else {
        buffer->count++;
    }
    buffer->resources[at] = idx;
    buffer->inside[idx] = true;
}
