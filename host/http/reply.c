/* SPDX-License-Identifier: BSD-3-Clause */
/* host/http/reply.c - answers: a text, a range of a file, or an error with its reason. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "host/base/assert.h"
#include "host/http/http_priv.h"

/* A response and whether everything so far could be put into it. */
struct draft {
    struct MHD_Response *response;
    bool whole;
};

static void add(struct draft *draft, const char *name, const char *value)
{
    draft->whole = draft->whole && MHD_add_response_header(draft->response, name, value) == MHD_YES;
}

/* Half a header is worse than a closed connection: without memory there is no response. */
static void finish(struct ps_http_request *request, struct draft *draft, unsigned status,
                   uint64_t body_bytes)
{
    ps_assert(!request->answered);
    if (request->any_origin)
        add(draft, MHD_HTTP_HEADER_ACCESS_CONTROL_ALLOW_ORIGIN, "*");
    for (const struct ps_http_note *header = request->headers; header; header = header->next)
        add(draft, header->name, header->value);
    draft->whole = draft->whole && !request->headers_lost;
    if (draft->whole) {
        request->response = draft->response;
        request->status = status;
        request->body_bytes = strcmp(request->method, MHD_HTTP_METHOD_HEAD) == 0 ? 0 : body_bytes;
    } else if (draft->response != NULL) {
        MHD_destroy_response(draft->response);
    }
    ps_http_answered(request);
}

static struct draft draft_copy(const char *content_type, const void *bytes, size_t size_bytes)
{
    /* MHD_RESPMEM_MUST_COPY only reads; its prototype forgets to say so. */
    struct MHD_Response *response = MHD_create_response_from_buffer(
        size_bytes, (void *)(uintptr_t)bytes, MHD_RESPMEM_MUST_COPY);
    struct draft draft = { response, response != NULL };

    if (content_type != NULL)
        add(&draft, MHD_HTTP_HEADER_CONTENT_TYPE, content_type);
    return draft;
}

static struct draft draft_text(const char *content_type, const char *text)
{
    return draft_copy(content_type, text, strlen(text));
}

void ps_http_reply_copy(struct ps_http_request *request, unsigned status, const char *content_type,
                        const void *bytes, size_t size_bytes)
{
    struct draft draft = draft_copy(content_type, bytes, size_bytes);

    finish(request, &draft, status, size_bytes);
}

void ps_http_reply_text(struct ps_http_request *request, unsigned status, const char *content_type,
                        const char *text)
{
    ps_http_reply_copy(request, status, content_type, text, strlen(text));
}

void ps_http_stream(struct ps_http_request *request, const char *content_type)
{
    struct MHD_Response *response = ps_http_stream_response(request);
    struct draft draft = { response, response != NULL };

    add(&draft, MHD_HTTP_HEADER_CONTENT_TYPE, content_type);
    request->streaming = true;
    finish(request, &draft, MHD_HTTP_OK, 0);
}

void ps_http_reply_error(struct ps_http_request *request, unsigned status, const char *why,
                         unsigned retry_after_s)
{
    char text[256];
    char seconds[16];

    snprintf(text, sizeof(text), "%u %s\n", status, why);
    struct draft draft = draft_text("text/plain; charset=utf-8", text);
    add(&draft, MHD_HTTP_HEADER_CACHE_CONTROL, "no-store");
    if (retry_after_s > 0) {
        snprintf(seconds, sizeof(seconds), "%u", retry_after_s);
        add(&draft, MHD_HTTP_HEADER_RETRY_AFTER, seconds);
    }
    finish(request, &draft, status, strlen(text));
}

static void reply_unsatisfiable(struct ps_http_request *request, uint64_t size_bytes)
{
    char range[64];
    struct draft draft = draft_text("text/plain; charset=utf-8", "416 no such range\n");

    snprintf(range, sizeof(range), "bytes */%" PRIu64, size_bytes);
    add(&draft, MHD_HTTP_HEADER_CONTENT_RANGE, range);
    finish(request, &draft, MHD_HTTP_RANGE_NOT_SATISFIABLE, 18);
}

/*
 * Not MHD_create_response_from_fd: with sendfile(2), libmicrohttpd 0.9.75 takes a short count for a
 * full socket and waits for an edge of epoll that may never come; the answer then hangs after
 * 64 KiB until the connection times out. send(2) from the pinned bytes has no such gap.
 */
static struct draft draft_bytes(const void *bytes, uint64_t size_bytes)
{
    /* MHD_RESPMEM_PERSISTENT only reads; its prototype forgets to say so. */
    struct MHD_Response *response = MHD_create_response_from_buffer(
        size_bytes, (void *)(uintptr_t)bytes, MHD_RESPMEM_PERSISTENT);

    return (struct draft){ response, response != NULL };
}

void ps_http_reply_bytes(struct ps_http_request *request, const char *content_type,
                         const void *bytes, uint64_t size_bytes, const char *cache_control)
{
    uint64_t first = 0, count = size_bytes;
    /* No validators are sent, so whatever If-Range holds cannot match: the whole is due. */
    const char *asked = ps_http_header(request, MHD_HTTP_HEADER_IF_RANGE) != NULL
                            ? NULL
                            : ps_http_header(request, MHD_HTTP_HEADER_RANGE);
    const enum ps_http_range range = ps_http_range_parse(asked, size_bytes, &first, &count);

    if (range == PS_HTTP_RANGE_UNSATISFIABLE) {
        reply_unsatisfiable(request, size_bytes);
        return;
    }
    struct draft draft = draft_bytes((const uint8_t *)bytes + first, count);
    add(&draft, MHD_HTTP_HEADER_CONTENT_TYPE, content_type);
    add(&draft, MHD_HTTP_HEADER_ACCEPT_RANGES, "bytes");
    if (cache_control != NULL)
        add(&draft, MHD_HTTP_HEADER_CACHE_CONTROL, cache_control);
    if (range == PS_HTTP_RANGE_PART) {
        char text[96];

        snprintf(text, sizeof(text), "bytes %" PRIu64 "-%" PRIu64 "/%" PRIu64, first,
                 first + count - 1, size_bytes);
        add(&draft, MHD_HTTP_HEADER_CONTENT_RANGE, text);
    }
    finish(request, &draft, range == PS_HTTP_RANGE_PART ? MHD_HTTP_PARTIAL_CONTENT : MHD_HTTP_OK,
           count);
}
