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

/* A name and a value that live as long as the request. */
struct ps_http_note {
    struct ps_http_note *next;
    const char *name; /* the caller's */
    bool is_there;    /* of an argument that was looked for */
    char value[];
};

/* Bytes that came in, or are to go out. */
struct ps_http_bytes {
    char *data;
    size_t at; /* of the first that was not taken yet */
    size_t used;
    size_t capacity; /* counted in held_bytes */
};

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
    bool streaming;    /* the answer is a stream */
    bool stream_ended; /* by its owner */
    bool cut;          /* nothing more goes out, not even what is there */
    unsigned refusal;  /* status that the body has earned, told when it has ended; 0: none */
    uint32_t body_bytes_max;
    uint32_t header_count;
    bool headers_lost;           /* for want of memory: there is no answer then */
    struct ps_http_bytes body;   /* what the client sent */
    struct ps_http_bytes stream; /* what it has not read yet */
    struct ps_http_note *arguments, *headers;
    struct ps_http_request *next_free;
    char path[PS_HTTP_PATH_BYTES_MAX];
};

struct ps_http_route {
    char prefix[32];
    uint32_t methods; /* beyond GET and HEAD */
    uint32_t body_bytes_max;
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
/** The client of a parked request went away: tell its owner, let libmicrohttpd clean up. */
void ps_http_request_gone(struct ps_http_request *request);
/** Take the connection from libmicrohttpd until ps_http_unpark(); its client is watched. */
void ps_http_park(struct ps_http_request *request);
/** Also of one that is not parked. */
void ps_http_unpark(struct ps_http_request *request);
/** A response was decided (or NULL: close); hand the connection back if it was suspended. */
void ps_http_answered(struct ps_http_request *request);

/* body.c */
/** Refuse by the headers alone what the route does not take; the request is answered then. */
void ps_http_body_begin(struct ps_http_request *request, uint32_t body_bytes_max);
/** More of it. @return whether the rest is wanted; otherwise the connection has to be closed. */
bool ps_http_body_more(struct ps_http_request *request, const char *bytes, size_t count);

/* stream.c */
struct MHD_Response *ps_http_stream_response(struct ps_http_request *request); /* NULL: no memory */

/* bytes.c */
/** Append. @return 0, -ENOBUFS (more than @p bytes_max, or than all may hold) or -ENOMEM. */
int ps_http_bytes_add(struct ps_http *http, struct ps_http_bytes *to, const void *bytes,
                      size_t count, size_t bytes_max);
void ps_http_bytes_free(struct ps_http *http, struct ps_http_bytes *bytes);

/* notes.c */
void ps_http_notes_free(struct ps_http_note **notes);

/* path.c */
/** One percent-encoded byte or plain one, @p at moved behind it; -EINVAL: not hexadecimal. */
int ps_http_next_byte(const char **at);
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
