/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * host/http/http.h - the HTTP server of prestage: libmicrohttpd, polled by the loop thread.
 *
 * Handlers are registered by path prefix. A handler answers at once or suspends the request and
 * answers later. Limits (connections, header bytes, idle time) are the server's; a breach is
 * answered by libmicrohttpd or closes the connection, and counts.
 *
 * Threads: the loop thread only.
 */
#ifndef PS_HOST_HTTP_HTTP_H
#define PS_HOST_HTTP_HTTP_H

#include <netinet/in.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct ps_http;
struct ps_http_request; /* valid until answered */

struct ps_http_config {
    const char *address; /* numeric IPv4 or IPv6 */
    uint16_t port;       /* 0: any free one, see ps_http_port() */
    uint32_t connections_max;
    uint32_t idle_timeout_s;
};

typedef void (*ps_http_handler)(void *arg, struct ps_http_request *request);

/** @return 0, -EINVAL, -EADDRINUSE, -EADDRNOTAVAIL, -EACCES or -ENOMEM. */
int ps_http_create(struct ps_http **ret_http, const struct ps_http_config *cfg);
void ps_http_destroy(struct ps_http *http);
uint16_t ps_http_port(const struct ps_http *http);

/** Longest matching prefix wins; unknown paths get 404. At most 16. @return 0 or -ENOSPC. */
int ps_http_route(struct ps_http *http, const char *prefix, ps_http_handler handler, void *arg);

int ps_http_fd(const struct ps_http *http); /* epoll fd; readable when ps_http_run() has work */
int ps_http_timeout_ms(
    const struct ps_http *http); /* call run() after this long anyway; -1 never */
void ps_http_run(struct ps_http *http);

const char *ps_http_path(const struct ps_http_request *request); /* decoded once, no query */
const char *ps_http_method(const struct ps_http_request *request);
const char *ps_http_header(const struct ps_http_request *request, const char *name); /* or NULL */
const struct sockaddr *ps_http_peer(const struct ps_http_request *request);

/* The handler's own state for a suspended request; on_end is called exactly once when the request
 * is over (sent, or the client went away), suspended or not. */
void ps_http_set_user(struct ps_http_request *request, void *user,
                      void (*on_end)(void *user, bool sent_whole));
/** Leave the handler without an answer; answer later with one of the calls below. */
void ps_http_suspend(struct ps_http_request *request);

/* Answers. Each ends the handler's part; HEAD and single byte ranges (206/416) are handled inside.
 */
void ps_http_reply_text(struct ps_http_request *request, unsigned status, const char *content_type,
                        const char *text);
void ps_http_reply_fd(struct ps_http_request *request, const char *content_type, int fd,
                      uint64_t offset, uint64_t size_bytes, const char *cache_control);
/** @param retry_after_s  0: no Retry-After header. */
void ps_http_reply_error(struct ps_http_request *request, unsigned status, const char *why,
                         unsigned retry_after_s);

#endif
