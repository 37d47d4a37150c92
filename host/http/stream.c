/* SPDX-License-Identifier: BSD-3-Clause */
/* host/http/stream.c - answers that go on: what is put in is sent when the client takes it. */
#include <errno.h>
#include <string.h>
#include <sys/socket.h>

#include "host/base/assert.h"
#include "host/http/http_priv.h"

#define PS_HTTP_STREAM_BLOCK 4096u

static ssize_t read_stream(void *cls, uint64_t position, char *to, size_t bytes_max)
{
    struct ps_http_request *request = cls;
    struct ps_http_bytes *stream = &request->stream;
    const size_t left = stream->used - stream->at;
    const size_t count = left < bytes_max ? left : bytes_max;

    (void)position;
    if (request->cut)
        return MHD_CONTENT_READER_END_WITH_ERROR;
    if (left == 0 && request->stream_ended)
        return MHD_CONTENT_READER_END_OF_STREAM;
    if (left == 0) { /* libmicrohttpd would ask again and again */
        if (!request->parked)
            ps_http_park(request);
        return 0;
    }
    memcpy(to, stream->data + stream->at, count);
    stream->at += count;
    request->body_bytes += count;
    if (stream->at == stream->used)
        ps_http_bytes_free(request->http, stream);
    return (ssize_t)count;
}

struct MHD_Response *ps_http_stream_response(struct ps_http_request *request)
{
    return MHD_create_response_from_callback(MHD_SIZE_UNKNOWN, PS_HTTP_STREAM_BLOCK, read_stream,
                                             request, NULL);
}

/* Its buffers are full, so nothing would tell libmicrohttpd before it reads again: close here. */
static void cut(struct ps_http_request *request)
{
    const int fd =
        MHD_get_connection_info(request->connection, MHD_CONNECTION_INFO_CONNECTION_FD)->connect_fd;

    request->cut = true;
    request->http->status.cut++;
    ps_http_bytes_free(request->http, &request->stream);
    (void)shutdown(fd, SHUT_RDWR);
    ps_http_unpark(request);
}

int ps_http_stream_put(struct ps_http_request *request, const void *bytes, size_t size_bytes)
{
    ps_assert(request->streaming && !request->stream_ended);
    if (request->cut)
        return -EPIPE;
    const int rc = ps_http_bytes_add(request->http, &request->stream, bytes, size_bytes,
                                     PS_HTTP_STREAM_BYTES_MAX);

    if (rc == -ENOBUFS)
        cut(request);
    else if (rc == 0)
        ps_http_unpark(request);
    return rc;
}

size_t ps_http_stream_left(const struct ps_http_request *request)
{
    return request->stream.used - request->stream.at;
}

void ps_http_stream_end(struct ps_http_request *request)
{
    ps_assert(request->streaming);
    request->stream_ended = true;
    ps_http_unpark(request);
}
