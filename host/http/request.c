/* SPDX-License-Identifier: BSD-3-Clause */
/* host/http/request.c - one request from its headers to its end. */
#include <errno.h>
#include <string.h>
#include <sys/epoll.h>

#include "host/base/assert.h"
#include "host/base/mem.h"
#include "host/http/http_priv.h"

static struct ps_http_request *request_take(struct ps_http *http, struct MHD_Connection *connection,
                                            const char *method)
{
    struct ps_http_request *request = http->free;

    if (request == NULL)
        return NULL;
    http->free = request->next_free;
    *request = (struct ps_http_request){ .http = http, .connection = connection, .method = method };
    http->status.requests++;
    http->status.live++;
    return request;
}

static void request_give(struct ps_http_request *request)
{
    struct ps_http *http = request->http;

    request->next_free = http->free;
    http->free = request;
    http->status.live--;
}

/* The owner hears of the end once, whichever way it comes. */
static void tell_end(struct ps_http_request *request, bool sent_whole)
{
    void (*on_end)(void *, bool) = request->on_end;

    request->on_end = NULL;
    if (on_end != NULL)
        on_end(request->user, sent_whole);
}

static const struct ps_http_route *route_of(const struct ps_http *http, const char *path)
{
    const struct ps_http_route *best = NULL;
    size_t best_bytes = 0;

    for (uint32_t i = 0; i < http->route_count; i++) {
        const size_t bytes = strlen(http->routes[i].prefix);

        if (bytes > best_bytes && strncmp(path, http->routes[i].prefix, bytes) == 0) {
            best = &http->routes[i];
            best_bytes = bytes;
        }
    }
    return best;
}

static const struct method {
    const char *name;
    uint32_t bit; /* 0: every route has it */
} methods[] = {
    { MHD_HTTP_METHOD_GET, 0 },
    { MHD_HTTP_METHOD_HEAD, 0 },
    { MHD_HTTP_METHOD_POST, PS_HTTP_POST },
    { MHD_HTTP_METHOD_PUT, PS_HTTP_PUT },
    { MHD_HTTP_METHOD_DELETE, PS_HTTP_DELETE },
    { MHD_HTTP_METHOD_OPTIONS, PS_HTTP_OPTIONS },
};

static bool is_allowed(const struct method *method, const struct ps_http_route *route)
{
    return method->bit == 0 || (route != NULL && (route->methods & method->bit) != 0);
}

static const struct method *method_of(const char *name)
{
    for (size_t i = 0; i < PS_ARRAY_LEN(methods); i++)
        if (strcmp(name, methods[i].name) == 0)
            return &methods[i];
    return NULL;
}

static void refuse_method(struct ps_http_request *request, const struct ps_http_route *route)
{
    char allowed[64] = "";

    for (size_t i = 0; i < PS_ARRAY_LEN(methods); i++)
        if (is_allowed(&methods[i], route)) {
            strcat(allowed, i == 0 ? "" : ", "); /* all six fit */
            strcat(allowed, methods[i].name);
        }
    ps_http_add_header(request, MHD_HTTP_HEADER_ALLOW, allowed);
    ps_http_reply_error(request, MHD_HTTP_METHOD_NOT_ALLOWED, "this method is not for this path",
                        0);
}

/* Answers what no handler has to see. Answered this early, libmicrohttpd closes the connection,
 * which spares us from reading bodies. */
static void refuse_early(struct ps_http_request *request, const char *url)
{
    const int rc = ps_http_path_decode(url, request->path, sizeof(request->path));
    const struct ps_http_route *route = rc == 0 ? route_of(request->http, request->path) : NULL;
    const struct method *method = method_of(request->method);

    request->any_origin = route != NULL && (route->methods & PS_HTTP_OPTIONS) != 0;
    if (method == NULL || !is_allowed(method, route))
        refuse_method(request, route);
    else
        ps_http_body_begin(request, method->bit == 0 ? 0 : route->body_bytes_max);
    if (!request->answered && rc == -ENAMETOOLONG)
        ps_http_reply_error(request, MHD_HTTP_URI_TOO_LONG, "path too long", 0);
    else if (!request->answered && rc != 0)
        ps_http_reply_error(request, MHD_HTTP_BAD_REQUEST, "bad path", 0);
    request->http->status.refused += request->answered;
}

static void dispatch(struct ps_http_request *request)
{
    const struct ps_http_route *route = route_of(request->http, request->path);

    request->dispatched = true;
    if (request->refusal != 0) {
        request->http->status.refused++;
        ps_http_reply_error(request, request->refusal, "no room for the body", 1);
        return;
    }
    if (route == NULL) {
        request->http->status.unrouted++;
        ps_http_reply_error(request, MHD_HTTP_NOT_FOUND, "no such path", 0);
        return;
    }
    route->handler(route->arg, request);
    ps_assert(request->answered || request->suspended);
}

/* No response although answered: there was no memory for one, or nobody is left to read it. */
static enum MHD_Result queue_response(struct ps_http_request *request)
{
    struct MHD_Response *response = request->response;

    if (response == NULL)
        return MHD_NO;
    request->response = NULL;
    const enum MHD_Result ok = MHD_queue_response(request->connection, request->status, response);
    MHD_destroy_response(response);
    return ok;
}

/* A suspended connection is in nobody's epoll set, so its end would go unseen: watch it here. */
static void watch_peer(struct ps_http_request *request)
{
    struct epoll_event event = { .events = EPOLLRDHUP | EPOLLONESHOT, .data.ptr = request };
    const int fd =
        MHD_get_connection_info(request->connection, MHD_CONNECTION_INFO_CONNECTION_FD)->connect_fd;

    /* Failing costs only this early notice; the answer's writing finds out, too. */
    (void)epoll_ctl(request->http->epoll_fd, EPOLL_CTL_ADD, fd, &event);
}

static void unwatch_peer(struct ps_http_request *request)
{
    const int fd =
        MHD_get_connection_info(request->connection, MHD_CONNECTION_INFO_CONNECTION_FD)->connect_fd;

    (void)epoll_ctl(request->http->epoll_fd, EPOLL_CTL_DEL, fd, NULL);
}

void ps_http_park(struct ps_http_request *request)
{
    request->parked = true;
    MHD_suspend_connection(request->connection);
    watch_peer(request);
}

void ps_http_unpark(struct ps_http_request *request)
{
    if (!request->parked)
        return;
    request->parked = false;
    unwatch_peer(request);
    request->http->resumed = true;
    MHD_resume_connection(request->connection);
}

enum MHD_Result ps_http_on_request(void *cls, struct MHD_Connection *connection, const char *url,
                                   const char *method, const char *version, const char *upload,
                                   size_t *upload_bytes, void **state)
{
    struct ps_http *http = cls;
    struct ps_http_request *request = *state;

    (void)version;
    if (request == NULL) {
        request = request_take(http, connection, method);
        if (request == NULL)
            return MHD_NO;
        *state = request;
        refuse_early(request, url);
        return request->answered ? queue_response(request) : MHD_YES;
    }
    if (*upload_bytes > 0) {
        const size_t count = *upload_bytes;

        *upload_bytes = 0;
        return ps_http_body_more(request, upload, count) ? MHD_YES : MHD_NO;
    }
    if (!request->dispatched) {
        if (http->stopping)
            return MHD_NO;
        dispatch(request);
    }
    if (!request->suspended)
        return queue_response(request);
    ps_http_park(request); /* only now: a handler may suspend and still answer before it returns */
    return MHD_YES;
}

void ps_http_on_completed(void *cls, struct MHD_Connection *connection, void **state,
                          enum MHD_RequestTerminationCode why)
{
    struct ps_http *http = cls;
    struct ps_http_request *request = *state;
    const bool sent_whole = why == MHD_REQUEST_TERMINATED_COMPLETED_OK;

    (void)connection;
    if (request == NULL)
        return;
    *state = NULL;
    if (sent_whole)
        http->status.bytes += request->body_bytes;
    tell_end(request, sent_whole);
    if (request->response != NULL)
        MHD_destroy_response(request->response);
    ps_http_bytes_free(http, &request->body);
    ps_http_bytes_free(http, &request->stream);
    ps_http_notes_free(&request->arguments);
    ps_http_notes_free(&request->headers);
    request_give(request);
}

void ps_http_suspend(struct ps_http_request *request)
{
    ps_assert(request->dispatched && !request->answered && !request->suspended);
    request->suspended = true;
}

void ps_http_answered(struct ps_http_request *request)
{
    request->answered = true;
    request->suspended = false;
    ps_http_bytes_free(request->http, &request->body);
    ps_http_unpark(request);
}

void ps_http_request_gone(struct ps_http_request *request)
{
    if (!request->parked)
        return;
    request->http->status.gone++;
    request->cut = true; /* a stream's reader says so */
    tell_end(request, false);
    ps_http_answered(request); /* without a response: libmicrohttpd closes */
}

const char *ps_http_path(const struct ps_http_request *request)
{
    return request->path;
}

const char *ps_http_method(const struct ps_http_request *request)
{
    return request->method;
}

const char *ps_http_header(const struct ps_http_request *request, const char *name)
{
    return MHD_lookup_connection_value(request->connection, MHD_HEADER_KIND, name);
}

const struct sockaddr *ps_http_peer(const struct ps_http_request *request)
{
    return MHD_get_connection_info(request->connection, MHD_CONNECTION_INFO_CLIENT_ADDRESS)
        ->client_addr;
}

uint64_t ps_http_body_bytes(const struct ps_http_request *request)
{
    return request->body_bytes;
}

void ps_http_allow_any_origin(struct ps_http_request *request)
{
    request->any_origin = true;
}

void ps_http_set_user(struct ps_http_request *request, void *user,
                      void (*on_end)(void *user, bool sent_whole))
{
    request->user = user;
    request->on_end = on_end;
}
