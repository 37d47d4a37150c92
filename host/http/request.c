/* SPDX-License-Identifier: BSD-3-Clause */
/* host/http/request.c - one request from its headers to its end. */
#include <errno.h>
#include <string.h>
#include <sys/epoll.h>

#include "host/base/assert.h"
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

static bool has_body(struct MHD_Connection *connection)
{
    const char *length =
        MHD_lookup_connection_value(connection, MHD_HEADER_KIND, MHD_HTTP_HEADER_CONTENT_LENGTH);

    return (length != NULL && strcmp(length, "0") != 0) ||
           MHD_lookup_connection_value(connection, MHD_HEADER_KIND,
                                       MHD_HTTP_HEADER_TRANSFER_ENCODING) != NULL;
}

/* Answers what no handler has to see. Answered this early, libmicrohttpd closes the connection,
 * which spares us from reading bodies. */
static void refuse_early(struct ps_http_request *request, const char *url)
{
    const int rc = ps_http_path_decode(url, request->path, sizeof(request->path));

    if (strcmp(request->method, MHD_HTTP_METHOD_GET) != 0 &&
        strcmp(request->method, MHD_HTTP_METHOD_HEAD) != 0)
        ps_http_reply_error(request, MHD_HTTP_METHOD_NOT_ALLOWED, "only GET and HEAD", 0);
    else if (has_body(request->connection))
        ps_http_reply_error(request, MHD_HTTP_CONTENT_TOO_LARGE, "no body is taken", 0);
    else if (rc == -ENAMETOOLONG)
        ps_http_reply_error(request, MHD_HTTP_URI_TOO_LONG, "path too long", 0);
    else if (rc != 0)
        ps_http_reply_error(request, MHD_HTTP_BAD_REQUEST, "bad path", 0);
    else
        return;
    request->http->status.refused++;
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

static void dispatch(struct ps_http_request *request)
{
    const struct ps_http_route *route = route_of(request->http, request->path);

    request->dispatched = true;
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

/* Only now, as a handler may suspend a request and still answer it before it returns. */
static void park(struct ps_http_request *request)
{
    request->parked = true;
    MHD_suspend_connection(request->connection);
    watch_peer(request);
}

enum MHD_Result ps_http_on_request(void *cls, struct MHD_Connection *connection, const char *url,
                                   const char *method, const char *version, const char *upload,
                                   size_t *upload_bytes, void **state)
{
    struct ps_http *http = cls;
    struct ps_http_request *request = *state;

    (void)version;
    (void)upload;
    if (request == NULL) {
        request = request_take(http, connection, method);
        if (request == NULL)
            return MHD_NO;
        *state = request;
        refuse_early(request, url);
        return request->answered ? queue_response(request) : MHD_YES;
    }
    *upload_bytes = 0;
    if (!request->dispatched) {
        if (http->stopping)
            return MHD_NO;
        dispatch(request);
    }
    if (!request->suspended)
        return queue_response(request);
    park(request);
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
    if (!request->parked)
        return;
    request->parked = false;
    unwatch_peer(request);
    request->http->resumed = true;
    MHD_resume_connection(request->connection);
}

void ps_http_request_gone(struct ps_http_request *request)
{
    if (!request->parked)
        return;
    request->http->status.gone++;
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
