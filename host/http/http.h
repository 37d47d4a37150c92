/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * host/http/http.h - the HTTP server of prestage: libmicrohttpd, polled by the loop thread.
 *
 * Handlers are registered by path prefix. A handler answers at once or suspends the request and
 * answers later. Limits (connections, header bytes, idle time) are the server's; a breach is
 * answered by libmicrohttpd or closes the connection, and counts.
 *
 * GET and HEAD, without a body; other methods and bodies only where a route allows them. Paths are
 * decoded once; what could make two paths out of one (NUL, control bytes, an encoded slash, dot
 * segments) is refused before a handler sees it. A client that closes its side while its request is
 * suspended counts as gone: half-closing clients get no late answer.
 *
 * SIGPIPE is ignored for the process by ps_http_create(), as sending to a closed peer needs.
 *
 * Threads: the loop thread only.
 */
#ifndef PS_HOST_HTTP_HTTP_H
#define PS_HOST_HTTP_HTTP_H

#include <netinet/in.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define PS_HTTP_ROUTES_MAX      16u
#define PS_HTTP_PATH_BYTES_MAX  512u   /* decoded, with its NUL; longer: 414 */
#define PS_HTTP_HEADER_BYTES    16384u /* memory of one connection, its headers included */
#define PS_HTTP_CONNECTIONS_MAX 65536u
#define PS_HTTP_HEADERS_MAX     8u          /* ps_http_add_header() of one answer */
#define PS_HTTP_HELD_BYTES_MAX  (64u << 20) /* bodies and streams of all clients together */

struct ps_http;
struct ps_http_request; /* valid until its on_end has returned */

struct ps_http_config {
    const char *address;      /* numeric IPv4 or IPv6 */
    uint16_t port;            /* 0: any free one, see ps_http_port() */
    uint32_t connections_max; /* 1..PS_HTTP_CONNECTIONS_MAX; more wait to be accepted */
    uint32_t idle_timeout_s;  /* without progress, unless suspended; 0: never */
};

struct ps_http_status {
    uint64_t requests;   /* reached us with complete headers */
    uint64_t refused;    /* of those, answered 4xx before any handler */
    uint64_t unrouted;   /* of those, 404 for want of a handler */
    uint64_t gone;       /* clients that went away while suspended */
    uint64_t bytes;      /* bodies sent whole */
    uint64_t cut;        /* streams ended because their client did not read */
    uint64_t held_bytes; /* of bodies and streams now, up to PS_HTTP_HELD_BYTES_MAX */
    uint32_t live;       /* requests now */
};

typedef void (*ps_http_handler)(void *arg, struct ps_http_request *request);

#define PS_HTTP_ADDRESS_BYTES_MAX 46u /* INET6_ADDRSTRLEN, its NUL included */

/**
 * Take ADDRESS:PORT or [ADDRESS]:PORT apart. The address itself is looked at by ps_http_create().
 * @param ret_address  PS_HTTP_ADDRESS_BYTES_MAX of room.
 * @return 0 or -EINVAL.
 */
int ps_http_split_address(const char *text, char *ret_address, uint16_t *ret_port);

/** @return 0, -EINVAL, -EADDRINUSE, -EADDRNOTAVAIL, -EACCES or -ENOMEM. */
int ps_http_create(struct ps_http **ret_http, const struct ps_http_config *cfg);
void ps_http_destroy(struct ps_http *http);
uint16_t ps_http_port(const struct ps_http *http);

/** Longest matching prefix wins; unknown paths get 404. At most 16. @return 0 or -ENOSPC. */
int ps_http_route(struct ps_http *http, const char *prefix, ps_http_handler handler, void *arg);
/* Methods of a route beyond GET and HEAD, and how large a body may be. */
#define PS_HTTP_POST           1u
#define PS_HTTP_PUT            2u
#define PS_HTTP_DELETE         4u
#define PS_HTTP_OPTIONS        8u /* preflight of browsers (Fetch standard, CORS) */
#define PS_HTTP_BODY_BYTES_MAX 262144u

/**
 * As ps_http_route(), for more than reading. The handler is called when the body is there in whole;
 * a longer one than @p body_bytes_max is answered with 413 and the connection closed, without
 * waiting for its end. Other methods: 405. With PS_HTTP_OPTIONS, pages of every origin may read
 * those refusals, which no handler sees.
 */
int ps_http_route_methods(struct ps_http *http, const char *prefix, uint32_t methods,
                          uint32_t body_bytes_max, ps_http_handler handler, void *arg);

/** Forget the handler of exactly @p prefix, for when its owner goes first. */
void ps_http_unroute(struct ps_http *http, const char *prefix);
uint32_t ps_http_connections_max(const struct ps_http *http); /* bounds the requests at once, too */
void ps_http_status(const struct ps_http *http, struct ps_http_status *ret_status);

int ps_http_fd(const struct ps_http *http); /* epoll fd; readable when ps_http_run() has work */
int ps_http_timeout_ms(
    const struct ps_http *http); /* call run() after this long anyway; -1 never */
void ps_http_run(struct ps_http *http);

const char *ps_http_path(const struct ps_http_request *request); /* decoded once, no query */
const char *ps_http_method(const struct ps_http_request *request);
const char *ps_http_header(const struct ps_http_request *request, const char *name); /* or NULL */
/** One argument of the query, decoded; NULL: not there, or not to be decoded. Valid until on_end.
 */
const char *ps_http_argument(struct ps_http_request *request, const char *name);
/** The body, valid until the answer; NULL and 0: none. */
const void *ps_http_body(const struct ps_http_request *request, size_t *ret_size_bytes);
const struct sockaddr *ps_http_peer(const struct ps_http_request *request);

/* The handler's own state for a suspended request; on_end is called exactly once when the request
 * is over (sent, or the client went away), suspended or not. */
void ps_http_set_user(struct ps_http_request *request, void *user,
                      void (*on_end)(void *user, bool sent_whole));
/** Let pages of every origin read the answer (players in browsers). Before the answer. */
void ps_http_allow_any_origin(struct ps_http_request *request);
/** Bytes of the answer's body: all of them, or those of the range. For use in on_end. */
uint64_t ps_http_body_bytes(const struct ps_http_request *request);
/** Leave the handler without an answer; answer later with one of the calls below. */
void ps_http_suspend(struct ps_http_request *request);

/* Answers. Each ends the handler's part; HEAD and single byte ranges (206/416) are handled inside.
 * The bytes are not copied: they must stay as they are until on_end. */
void ps_http_reply_text(struct ps_http_request *request, unsigned status, const char *content_type,
                        const char *text);
void ps_http_reply_bytes(struct ps_http_request *request, const char *content_type,
                         const void *bytes, uint64_t size_bytes, const char *cache_control);
/** The bytes are copied; any status; for small answers. */
void ps_http_reply_copy(struct ps_http_request *request, unsigned status, const char *content_type,
                        const void *bytes, size_t size_bytes);
/** A header of the answer to come; before the answer. Copied, but for the name. */
void ps_http_add_header(struct ps_http_request *request, const char *name, const char *value);

/*
 * An answer that goes on: bytes are sent as they are put in (server-sent events). What a client
 * does not read is bounded; one that lets PS_HTTP_STREAM_BYTES_MAX pile up is cut off.
 */
#define PS_HTTP_STREAM_BYTES_MAX 262144u
void ps_http_stream(struct ps_http_request *request, const char *content_type);
/**
 * Copied. On_end is not called in it.
 * @return 0, -ENOBUFS (the client does not read: cut off), -ENOMEM, or -EPIPE (it is gone).
 */
int ps_http_stream_put(struct ps_http_request *request, const void *bytes, size_t size_bytes);
/** Bytes put in that the client's connection has not taken yet. */
size_t ps_http_stream_left(const struct ps_http_request *request);
/** Nothing more comes; on_end follows when the rest is sent. */
void ps_http_stream_end(struct ps_http_request *request);

/** @param retry_after_s  0: no Retry-After header. */
void ps_http_reply_error(struct ps_http_request *request, unsigned status, const char *why,
                         unsigned retry_after_s);

#endif
