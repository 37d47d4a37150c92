/* SPDX-License-Identifier: BSD-3-Clause */
/* host/http/bytes.c - bytes that wait: bounded each, and bounded in sum over all clients. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "host/base/mem.h"
#include "host/http/http_priv.h"

#define PS_HTTP_BYTES_FIRST 1024u /* signalling messages are small */

static int grow(struct ps_http *http, struct ps_http_bytes *bytes, size_t needed)
{
    size_t capacity = bytes->capacity > 0 ? bytes->capacity : PS_HTTP_BYTES_FIRST;

    while (capacity < needed)
        capacity *= 2;
    const size_t more = capacity - bytes->capacity;
    if (more > PS_HTTP_HELD_BYTES_MAX - http->status.held_bytes)
        return -ENOBUFS;
    char *data = ps_realloc(bytes->data, capacity, 1);
    if (data == NULL)
        return -ENOMEM;
    http->status.held_bytes += more;
    bytes->data = data;
    bytes->capacity = capacity;
    return 0;
}

int ps_http_bytes_add(struct ps_http *http, struct ps_http_bytes *to, const void *bytes,
                      size_t count, size_t bytes_max)
{
    const size_t left = to->used - to->at;

    if (count > bytes_max || left > bytes_max - count)
        return -ENOBUFS;
    if (to->at > 0 && to->used + count > to->capacity) {
        memmove(to->data, to->data + to->at, left);
        to->at = 0;
        to->used = left;
    }
    if (to->used + count > to->capacity) {
        const int rc = grow(http, to, to->used + count);

        if (rc != 0)
            return rc;
    }
    if (count > 0)
        memcpy(to->data + to->used, bytes, count);
    to->used += count;
    return 0;
}

void ps_http_bytes_free(struct ps_http *http, struct ps_http_bytes *bytes)
{
    http->status.held_bytes -= bytes->capacity;
    free(bytes->data);
    *bytes = (struct ps_http_bytes){ 0 };
}
