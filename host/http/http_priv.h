/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * host/http/http_priv.h - what the server, its requests and its answers know of each other.
 *
 * Threads: the loop thread only.
 */
#ifndef PS_HOST_HTTP_HTTP_PRIV_H
#define PS_HOST_HTTP_HTTP_PRIV_H

#include <microhttpd.h>

#include "host/http/http.h"

struct ps_http_request {
    struct ps_http *http;
    struct MHD_Connection *connection;
    struct MHD_Response *response; /* decided, not yet queued */
    unsigned status;               /* of response */
    uint64_t body_bytes;
    const char *method; /* libmicrohttpd's, for as long as the request */
    void (*on_end)(void *user, bool sent_whole);
    void *user;
    bool dispatched; /* a handler has seen it */
    bool answered;   /* a handler has answered, or there is nobody to answer */
    bool suspended;  /* its handler wants to answer later */
    bool parked;     /* suspended, and libmicrohttpd knows */
    bool any_origin;
    struct ps_http_request *next_free;
    char path[PS_HTTP_PATH_BYTES_MAX];
};

struct ps_http_route {
    char prefix[32];
    ps_http_handler handler;
    void *arg;
};

struct ps_http {
    struct ps_http_config cfg;
    struct MHD_Daemon *mhd;
    int epoll_fd; /* libmicrohttpd's own epoll, and the sockets of suspended requests */
    uint16_t port;
    bool resumed;  /* libmicrohttpd has to run again although no socket says so */
    bool stopping; /* no handler is called any more */
    struct ps_http_route routes[PS_HTTP_ROUTES_MAX];
    uint32_t route_count;
    struct ps_http_request *requests; /* connections_max */
    struct ps_http_request *free;
    struct ps_http_status status;
};

/* request.c */
enum MHD_Result ps_http_on_request(void *cls, struct MHD_Connection *connection, const char *url,
                                   const char *method, const char *version, const char *upload,
                                   size_t *upload_bytes, void **state);
void ps_http_on_completed(void *cls, struct MHD_Connection *connection, void **state,
                          enum MHD_RequestTerminationCode why);
/** The client of a suspended request went away: tell its owner, let libmicrohttpd clean up. */
void ps_http_request_gone(struct ps_http_request *request);

/** A response was decided (or NULL: close); hand the connection back if it was suspended. */
void ps_http_answered(struct ps_http_request *request);

/* path.c */
/**
 * Decode %XX once and refuse what is not one plain absolute path.
 * @return 0, -EINVAL or -ENAMETOOLONG.
 */
int ps_http_path_decode(const char *raw, char *ret_path, size_t size_bytes);

/* range.c */
enum ps_http_range { PS_HTTP_RANGE_WHOLE, PS_HTTP_RANGE_PART, PS_HTTP_RANGE_UNSATISFIABLE };
/**
 * What a Range header asks of @p size_bytes. Several ranges, other units and bad syntax mean the
 * whole, as RFC 9110 section 14.2 allows.
 */
enum ps_http_range ps_http_range_parse(const char *header, uint64_t size_bytes, uint64_t *ret_first,
                                       uint64_t *ret_count);

#endif
