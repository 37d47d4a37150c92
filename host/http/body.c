/* SPDX-License-Identifier: BSD-3-Clause */
/* host/http/body.c - bodies of requests: refused by their headers, or collected whole. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>

#include "host/http/http_priv.h"

/* What the headers say of a body. */
struct framing {
    unsigned lengths, encodings; /* headers of the kind */
    const char *length, *encoding;
};

static enum MHD_Result note_framing(void *arg, enum MHD_ValueKind kind, const char *name,
                                    const char *value)
{
    struct framing *framing = arg;

    (void)kind;
    if (strcasecmp(name, MHD_HTTP_HEADER_CONTENT_LENGTH) == 0) {
        framing->lengths++;
        framing->length = value;
    } else if (strcasecmp(name, MHD_HTTP_HEADER_TRANSFER_ENCODING) == 0) {
        framing->encodings++;
        framing->encoding = value;
    }
    return MHD_YES;
}

/* Two ways to tell where a body ends are how requests are smuggled past a proxy (RFC 9112, 6.3). */
static bool is_ambiguous(const struct framing *framing)
{
    return framing->lengths + framing->encodings > 1;
}

static bool has_body(const struct framing *framing)
{
    return framing->encodings > 0 || (framing->lengths > 0 && strcmp(framing->length, "0") != 0);
}

void ps_http_body_begin(struct ps_http_request *request, uint32_t body_bytes_max)
{
    struct framing framing = { 0 };

    MHD_get_connection_values(request->connection, MHD_HEADER_KIND, note_framing, &framing);
    request->body_bytes_max = body_bytes_max;
    if (!has_body(&framing))
        return;
    /* libmicrohttpd has seen to it that the length is digits. */
    if (body_bytes_max == 0)
        ps_http_reply_error(request, MHD_HTTP_CONTENT_TOO_LARGE, "no body is taken", 0);
    else if (is_ambiguous(&framing))
        ps_http_reply_error(request, MHD_HTTP_BAD_REQUEST, "the body's end is ambiguous", 0);
    else if (framing.encodings > 0 && strcasecmp(framing.encoding, "chunked") != 0)
        ps_http_reply_error(request, MHD_HTTP_NOT_IMPLEMENTED, "only chunked is understood", 0);
    else if (framing.lengths > 0 && strtoull(framing.length, NULL, 10) > body_bytes_max)
        ps_http_reply_error(request, MHD_HTTP_CONTENT_TOO_LARGE, "the body is too large", 0);
}

/* In the midst of a body libmicrohttpd takes no response, so the few words go past it; nothing else
 * can be on its way to this client, as the answer before was sent whole. */
static void cut_short(const struct ps_http_request *request)
{
    static const char text[] = "HTTP/1.1 413 Content Too Large\r\nContent-Length: 0\r\n"
                               "Access-Control-Allow-Origin: *\r\nConnection: close\r\n\r\n";
    const int fd =
        MHD_get_connection_info(request->connection, MHD_CONNECTION_INFO_CONNECTION_FD)->connect_fd;

    (void)send(fd, text, sizeof(text) - 1, MSG_DONTWAIT | MSG_NOSIGNAL);
}

bool ps_http_body_more(struct ps_http_request *request, const char *bytes, size_t count)
{
    struct ps_http_bytes *body = &request->body;

    if (count > request->body_bytes_max - body->used) {
        request->http->status.refused++;
        cut_short(request);
        return false;
    }
    if (request->refusal != 0) {
        body->used += count; /* counted, not kept */
        return true;
    }
    if (ps_http_bytes_add(request->http, body, bytes, count, request->body_bytes_max) != 0) {
        const size_t used = body->used + count;

        ps_http_bytes_free(request->http, body);
        body->used = used;
        request->refusal = MHD_HTTP_SERVICE_UNAVAILABLE;
    }
    return true;
}

const void *ps_http_body(const struct ps_http_request *request, size_t *ret_size_bytes)
{
    *ret_size_bytes = request->body.used;
    return request->body.data;
}
