/* SPDX-License-Identifier: BSD-3-Clause */
/* host/http/http.c - the server: listening, routes, and turns of libmicrohttpd. */
#include <arpa/inet.h>
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <unistd.h>

#include "host/base/assert.h"
#include "host/base/mem.h"
#include "host/http/http_priv.h"

#define PS_HTTP_BACKLOG 1024
#define PS_HTTP_EVENTS  64 /* clients gone in one turn; the rest waits for the next */

union address {
    struct sockaddr any;
    struct sockaddr_in v4;
    struct sockaddr_in6 v6;
};

static int parse_address(const struct ps_http_config *cfg, union address *ret_address,
                         socklen_t *ret_bytes)
{
    memset(ret_address, 0, sizeof(*ret_address));
    if (inet_pton(AF_INET, cfg->address, &ret_address->v4.sin_addr) == 1) {
        ret_address->v4.sin_family = AF_INET;
        ret_address->v4.sin_port = htons(cfg->port);
        *ret_bytes = sizeof(ret_address->v4);
        return 0;
    }
    if (inet_pton(AF_INET6, cfg->address, &ret_address->v6.sin6_addr) == 1) {
        ret_address->v6.sin6_family = AF_INET6;
        ret_address->v6.sin6_port = htons(cfg->port);
        *ret_bytes = sizeof(ret_address->v6);
        return 0;
    }
    return -EINVAL;
}

/* "::" takes IPv4 as well, whatever the system's default is. */
static int bind_listener(int fd, const union address *address, socklen_t bytes)
{
    const int on = 1, off = 0;

    if (setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on)) != 0)
        return -errno;
    if (address->any.sa_family == AF_INET6 &&
        setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &off, sizeof(off)) != 0)
        return -errno;
    if (bind(fd, &address->any, bytes) != 0 || listen(fd, PS_HTTP_BACKLOG) != 0)
        return -errno;
    return 0;
}

static int open_listener(const struct ps_http_config *cfg, int *ret_fd, uint16_t *ret_port)
{
    union address address;
    socklen_t bytes = 0;
    int rc = parse_address(cfg, &address, &bytes);

    if (rc != 0)
        return rc;
    const int fd = socket(address.any.sa_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (fd < 0)
        return -errno;
    rc = bind_listener(fd, &address, bytes);
    if (rc == 0 && getsockname(fd, &address.any, &bytes) != 0)
        rc = -errno;
    if (rc != 0) {
        close(fd);
        return rc;
    }
    *ret_port =
        ntohs(address.any.sa_family == AF_INET ? address.v4.sin_port : address.v6.sin6_port);
    *ret_fd = fd;
    return 0;
}

/* Paths are decoded by ps_http_path_decode(): libmicrohttpd's own way lets %00 cut them short. */
static size_t leave_raw(void *cls, struct MHD_Connection *connection, char *text)
{
    (void)cls;
    (void)connection;
    return strlen(text);
}

static struct MHD_Daemon *start_mhd(struct ps_http *http, int listen_fd)
{
    return MHD_start_daemon(
        MHD_USE_EPOLL | MHD_ALLOW_SUSPEND_RESUME, 0, NULL, NULL, ps_http_on_request, http,
        MHD_OPTION_LISTEN_SOCKET, listen_fd, MHD_OPTION_CONNECTION_LIMIT,
        (unsigned)http->cfg.connections_max, MHD_OPTION_CONNECTION_MEMORY_LIMIT,
        (size_t)PS_HTTP_HEADER_BYTES, MHD_OPTION_CONNECTION_TIMEOUT,
        (unsigned)http->cfg.idle_timeout_s, MHD_OPTION_NOTIFY_COMPLETED, ps_http_on_completed, http,
        MHD_OPTION_UNESCAPE_CALLBACK, leave_raw, NULL, MHD_OPTION_STRICT_FOR_CLIENT, 1,
        MHD_OPTION_SIGPIPE_HANDLED_BY_APP, 1, MHD_OPTION_END);
}

static int join_epoll(struct ps_http *http)
{
    struct epoll_event event = { .events = EPOLLIN, .data.ptr = http };
    const int mhd_fd = MHD_get_daemon_info(http->mhd, MHD_DAEMON_INFO_EPOLL_FD)->epoll_fd;

    http->epoll_fd = epoll_create1(EPOLL_CLOEXEC);
    if (http->epoll_fd < 0 || epoll_ctl(http->epoll_fd, EPOLL_CTL_ADD, mhd_fd, &event) != 0)
        return -errno;
    return 0;
}

static struct ps_http *allocate(const struct ps_http_config *cfg)
{
    struct ps_http *http = ps_zalloc(1, sizeof(*http));

    if (http == NULL)
        return NULL;
    http->cfg = *cfg;
    http->cfg.address = NULL; /* the caller's; not needed any more */
    http->epoll_fd = -1;
    http->requests = ps_zalloc(cfg->connections_max, sizeof(*http->requests));
    if (http->requests == NULL) {
        free(http);
        return NULL;
    }
    for (uint32_t i = cfg->connections_max; i-- > 0;) {
        http->requests[i].next_free = http->free;
        http->free = &http->requests[i];
    }
    return http;
}

static int start(struct ps_http *http, const struct ps_http_config *cfg)
{
    int listen_fd = -1;
    int rc = open_listener(cfg, &listen_fd, &http->port);

    if (rc != 0)
        return rc;
    signal(SIGPIPE, SIG_IGN);
    http->mhd = start_mhd(http, listen_fd); /* from here on libmicrohttpd's to close */
    if (http->mhd == NULL)
        return -ENOMEM;
    return join_epoll(http);
}

int ps_http_create(struct ps_http **ret_http, const struct ps_http_config *cfg)
{
    if (cfg->address == NULL || cfg->connections_max == 0 ||
        cfg->connections_max > PS_HTTP_CONNECTIONS_MAX)
        return -EINVAL;
    struct ps_http *http = allocate(cfg);
    if (http == NULL)
        return -ENOMEM;
    const int rc = start(http, cfg);
    if (rc != 0) {
        ps_http_destroy(http);
        return rc;
    }
    *ret_http = http;
    return 0;
}

/* libmicrohttpd aborts the process when it is stopped with a connection suspended. */
static void end_suspended(struct ps_http *http)
{
    http->stopping = true;
    for (uint32_t i = 0; i < http->cfg.connections_max; i++)
        ps_http_request_gone(&http->requests[i]);
    for (int i = 0; http->resumed && i < 2; i++) /* one run takes them back, one writes */
        MHD_run(http->mhd);
}

void ps_http_destroy(struct ps_http *http)
{
    if (http == NULL)
        return;
    if (http->mhd != NULL) {
        end_suspended(http);
        MHD_stop_daemon(http->mhd);
    }
    if (http->epoll_fd >= 0)
        close(http->epoll_fd);
    free(http->requests);
    free(http);
}

uint16_t ps_http_port(const struct ps_http *http)
{
    return http->port;
}

uint32_t ps_http_connections_max(const struct ps_http *http)
{
    return http->cfg.connections_max;
}

int ps_http_route_methods(struct ps_http *http, const char *prefix, uint32_t methods,
                          uint32_t body_bytes_max, ps_http_handler handler, void *arg)
{
    struct ps_http_route *route = &http->routes[http->route_count];

    ps_assert(prefix[0] == '/' && strlen(prefix) < sizeof(route->prefix));
    ps_assert(body_bytes_max <= PS_HTTP_BODY_BYTES_MAX);
    if (http->route_count == PS_HTTP_ROUTES_MAX)
        return -ENOSPC;
    snprintf(route->prefix, sizeof(route->prefix), "%s", prefix);
    route->methods = methods;
    route->body_bytes_max = body_bytes_max;
    route->handler = handler;
    route->arg = arg;
    http->route_count++;
    return 0;
}

int ps_http_route(struct ps_http *http, const char *prefix, ps_http_handler handler, void *arg)
{
    return ps_http_route_methods(http, prefix, 0, 0, handler, arg);
}

void ps_http_unroute(struct ps_http *http, const char *prefix)
{
    for (uint32_t i = 0; i < http->route_count; i++)
        if (strcmp(http->routes[i].prefix, prefix) == 0) {
            http->routes[i] = http->routes[--http->route_count];
            return;
        }
}

int ps_http_fd(const struct ps_http *http)
{
    return http->epoll_fd;
}

int ps_http_timeout_ms(const struct ps_http *http)
{
    MHD_UNSIGNED_LONG_LONG ms = 0;

    if (http->resumed)
        return 0;
    if (MHD_get_timeout(http->mhd, &ms) != MHD_YES)
        return -1;
    return ms > INT32_MAX ? INT32_MAX : (int)ms;
}

void ps_http_run(struct ps_http *http)
{
    struct epoll_event events[PS_HTTP_EVENTS];
    const int count = epoll_wait(http->epoll_fd, events, PS_HTTP_EVENTS, 0);

    for (int i = 0; i < count; i++)
        if (events[i].data.ptr != http)
            ps_http_request_gone(events[i].data.ptr);
    http->resumed = false; /* cleared before: a handler may resume another request */
    MHD_run(http->mhd);
}

void ps_http_status(const struct ps_http *http, struct ps_http_status *ret_status)
{
    *ret_status = http->status;
}
