/* SPDX-License-Identifier: BSD-3-Clause */
/* host/messaging/web_answer.c - how things went, in status codes and words. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "host/base/mem.h"
#include "host/messaging/web_priv.h"

struct ps_web_error ps_web_error_of(int rc, enum ps_web_verb verb,
                                    const struct ps_messaging_why *why)
{
    static const struct {
        int rc;
        struct ps_web_error error;
    } table[] = {
        { -EACCES, { 403, "forbidden", 0, 0 } },
        { -ENOENT, { 404, "absent", 0, 0 } },
        { -EBADMSG, { 400, "malformed", 0, 0 } },
        { -EINVAL, { 400, "malformed", 0, 0 } },
        { -EMSGSIZE, { 413, "too_large", 0, 0 } },
        { -ERANGE, { 409, "order", 0, 0 } },
        { -EBUSY, { 429, "rate", 0, 1000 } },
        { -ENOSPC, { 507, "full", 0, 0 } },
        { -EAGAIN, { 503, "busy", 0, 1000 } },
        { -EHOSTUNREACH, { 503, "unreachable", 0, 1000 } },
        { -ENOMEM, { 503, "busy", 0, 1000 } },
    };
    struct ps_web_error error = { 500, "internal", 0, 0 };

    for (size_t i = 0; i < PS_ARRAY_LEN(table); i++)
        if (table[i].rc == rc)
            error = table[i].error;
    if (rc == -ENOENT && verb == PS_WEB_TAKE)
        error.word = "gone"; /* taken by another, or expired */
    if (rc == -EBUSY && verb == PS_WEB_OPEN)
        return (struct ps_web_error){ 409, "in_use", 0, 0 }; /* it holds more than the limits */
    if (why != NULL && rc == -ERANGE)
        error.expected = why->expected;
    if (why != NULL && why->retry_ms > 0 && (rc == -EBUSY || rc == -ENOSPC))
        error.retry_ms = why->retry_ms;
    return error;
}

void ps_web_add_common_headers(struct ps_http_request *request)
{
    /* "private" is what RFC 6750, 2.3 asks for when the token is in the URL. */
    ps_http_add_header(request, "Cache-Control", "private, no-store");
    ps_http_add_header(request, "Access-Control-Expose-Headers", "Retry-After, WWW-Authenticate");
}

void ps_web_answer_text(struct ps_http_request *request, unsigned status,
                        const struct ps_web_format *format, int rc, struct ps_web_text *text)
{
    if (rc != 0) {
        ps_http_reply_error(request, 503, "no memory", 1);
        return;
    }
    ps_web_add_common_headers(request);
    ps_http_reply_copy(request, status, format->content_type, text->data, text->size_bytes);
    free(text->data);
}

void ps_web_answer_error(struct ps_http_request *request, const struct ps_web_format *format,
                         const struct ps_web_error *error)
{
    struct ps_web_text text;
    char seconds[16];
    const int rc = format->write_error(&text, error);

    if (error->status == 401)
        ps_http_add_header(request, "WWW-Authenticate", "Bearer error=\"invalid_token\"");
    if (error->retry_ms > 0) {
        snprintf(seconds, sizeof(seconds), "%u", (error->retry_ms + 999) / 1000);
        ps_http_add_header(request, "Retry-After", seconds);
    }
    ps_web_answer_text(request, error->status, format, rc, &text);
}

void ps_web_answer_empty(struct ps_http_request *request)
{
    ps_web_add_common_headers(request);
    ps_http_reply_copy(request, 204, NULL, "", 0);
}

void ps_web_answer_preflight(struct ps_http_request *request)
{
    ps_http_add_header(request, "Access-Control-Allow-Methods", "GET, POST, PUT, DELETE");
    ps_http_add_header(request, "Access-Control-Allow-Headers",
                       "Authorization, Content-Type, Last-Event-ID");
    ps_http_add_header(request, "Access-Control-Max-Age", "7200");
    ps_http_reply_copy(request, 204, NULL, "", 0);
}
