/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * host/messaging/web_priv.h - what the parts of collections over HTTP know of each other: places
 * and queries, the two ways to write things down, and requests that wait.
 *
 * Threads: the loop thread only.
 */
#ifndef PS_HOST_MESSAGING_WEB_PRIV_H
#define PS_HOST_MESSAGING_WEB_PRIV_H

#include "host/messaging/web.h"

#define PS_WEB_PREFIX         "/c/"
#define PS_WEB_WAIT_S_MAX     60u
#define PS_WEB_MESSAGES_MAX   256u           /* of one answer */
#define PS_WEB_ANSWER_BYTES   (128u * 1024u) /* bodies and names of one answer, or one body */
#define PS_WEB_EVENTS_BYTES   (64u * 1024u)  /* as much again waits for a stream's client */
#define PS_WEB_ROUNDS_MAX     8u             /* fetches in a row for one stream */
#define PS_WEB_PENDING_MAX    1024u          /* puts and acknowledgements on their way */
#define PS_WEB_PING_NS        15000000000ull /* proxies drop what is silent for long */
#define PS_WEB_TICK_NS        20000000ull    /* how exact waits are */
#define PS_WEB_RETRY_MS       1000u          /* EventSource: pause before it connects again */
#define PS_WEB_BODY_BYTES_MAX (PS_COLLECTION_MESSAGE_BYTES * 2) /* base64, escapes */

/* ---- web_place.c: what a path names ---- */

struct ps_web_place {
    uint8_t kind;                    /* enum ps_collection_kind */
    char first[PS_MEDIA_ID_MAX + 1]; /* media, or the peer's name */
    char second[PS_PROFILE_NAME_MAX + 1];
    bool has_message;
    uint64_t message;
};

/** Read a whole path. @return 0 or -ENOENT (no such place can be). */
int ps_web_place_read(const char *path, struct ps_web_place *ret_place);
/** Digits only. @return 0 or -EINVAL. */
int ps_web_number(const char *text, uint64_t max, uint64_t *ret_value);

/* ---- web_format.c, web_json.c, web_msgpack.c: how things are written down ---- */

/* A message as it was put. */
struct ps_web_put {
    const void *body;
    uint32_t body_bytes;
    uint64_t sequence; /* 0: not numbered */
    void *owned;       /* what body may point into: free() it */
};

struct ps_web_batch {
    const struct ps_message *messages;
    uint32_t count;
    uint64_t cursor;
    uint64_t now_ns;
};

struct ps_web_error {
    unsigned status;
    const char *word;
    uint64_t expected; /* 0: does not belong to it */
    uint32_t retry_ms; /* 0: trying again would not help */
};

struct ps_web_text {
    char *data; /* free() it */
    size_t size_bytes;
};

struct ps_web_format {
    const char *content_type;
    /* @return 0, -EBADMSG, -EMSGSIZE or -ENOMEM; nothing to free then. */
    int (*read_put)(const void *data, size_t size_bytes, struct ps_web_put *ret_put);
    /* What is not said stays as it is. @return 0, -EBADMSG or -ENOMEM. */
    int (*read_limits)(const void *data, size_t size_bytes, struct ps_collection_limits *limits);
    /* @return 0 or -ENOMEM. */
    int (*write_id)(struct ps_web_text *ret_text, uint64_t id, bool is_duplicate);
    int (*write_batch)(struct ps_web_text *ret_text, const struct ps_web_batch *batch);
    int (*write_error)(struct ps_web_text *ret_text, const struct ps_web_error *error);
};

extern const struct ps_web_format ps_web_json, ps_web_msgpack;
/** One message as a line of JSON: the data of an event. @return 0 or -ENOMEM. */
int ps_web_json_event(struct ps_web_text *ret_text, const struct ps_message *message,
                      uint64_t now_ns);

/** NULL: bytes without a form, the body itself. */
const struct ps_web_format *ps_web_format_of(const char *content_type);
/** In which form to answer one who accepts @p accept and sent @p content_type (either NULL). */
const struct ps_web_format *ps_web_format_for(const char *accept, const char *content_type);

/* ---- web_base64.c (RFC 4648, section 4) ---- */

/** @return the text with its NUL, to free(); NULL: no memory. */
char *ps_web_base64(const void *data, size_t size_bytes);
/** @return 0 with bytes to free(), -EBADMSG or -ENOMEM. */
int ps_web_base64_read(const char *text, size_t length, void **ret_data, size_t *ret_size_bytes);

/* ---- web_answer.c ---- */

enum ps_web_verb { PS_WEB_PUT, PS_WEB_FETCH, PS_WEB_TAKE, PS_WEB_OPEN, PS_WEB_CLOSE };

/** What a failure of the messaging module is to a client. @param why  May be NULL. */
struct ps_web_error ps_web_error_of(int rc, enum ps_web_verb verb,
                                    const struct ps_messaging_why *why);
void ps_web_answer_error(struct ps_http_request *request, const struct ps_web_format *format,
                         const struct ps_web_error *error);
/** Without memory for the text: 503. Frees it. */
void ps_web_answer_text(struct ps_http_request *request, unsigned status,
                        const struct ps_web_format *format, int rc, struct ps_web_text *text);
void ps_web_add_common_headers(struct ps_http_request *request);
void ps_web_answer_empty(struct ps_http_request *request);
/** What browsers ask before they send Authorization. */
void ps_web_answer_preflight(struct ps_http_request *request);

/* ---- web_call.c: who asks, and for which collection ---- */

struct ps_web_call {
    struct ps_messaging_web *web;
    struct ps_http_request *request;
    const struct ps_web_format *format; /* of the answer */
    struct ps_grant grant;
    struct ps_web_place place;
    struct ps_collection_id id;
    uint64_t now_ns;
};

/** By its token; otherwise the request is answered. */
bool ps_web_call_admit(struct ps_web_call *call);
/** What its path and query name. @return 0, -ENOENT or -EINVAL. */
int ps_web_call_find(struct ps_web_call *call);
/** A number of the query; absent: as it was. @return 0 or -EINVAL. */
int ps_web_call_number(const struct ps_web_call *call, const char *name, uint64_t max,
                       uint64_t *value);
/** Answer with an error. @param why  May be NULL. */
void ps_web_call_fail(const struct ps_web_call *call, int rc, enum ps_web_verb verb,
                      const struct ps_messaging_why *why);

/* ---- web_wait.c: requests that are answered later ---- */

enum ps_web_slot_kind { PS_WEB_POLL, PS_WEB_STREAM, PS_WEB_PENDING };

struct ps_web_slot {
    struct ps_messaging_web *web;
    struct ps_http_request *request; /* NULL: the client is gone */
    const struct ps_web_format *format;
    struct ps_grant grant;
    struct ps_collection_id from;
    struct ps_collection_waiter waiter;
    uint64_t after;
    uint64_t until_ns; /* real time: when to answer a poll without messages; 0: at once */
    uint64_t retry_ns; /* real time: when to fetch again; 0: when woken */
    uint64_t ping_ns;  /* real time: when a stream has to show a sign of life */
    uint32_t max;
    enum ps_web_slot_kind kind;
    enum ps_web_verb verb; /* of one pending */
    bool taken, ready;
    bool has_begun; /* suspended, or its stream has begun: errors of the moment are waited out */
    bool in_flight; /* `done` will be called */
    struct ps_web_slot *next; /* of the free ones, or of the ready ones */
};

struct ps_messaging_web {
    struct ps_messaging_web_config cfg;
    struct ps_messaging *messaging;
    struct ps_web_slot *slots; /* waiting_max that wait, PS_WEB_PENDING_MAX that are in flight */
    struct ps_web_slot *free_waiting, *free_pending;
    struct ps_web_slot *ready; /* woken, not served yet */
    uint64_t tick_ns;          /* real time of the next look at all slots */
    struct ps_messaging_web_status status;
    struct ps_message messages[PS_WEB_MESSAGES_MAX]; /* of the fetch at hand */
};

/** @return 0 or -ENOMEM. */
int ps_web_slots_create(struct ps_messaging_web *web);
/** A slot that holds the request; NULL: none is left. */
struct ps_web_slot *ps_web_slot_take(struct ps_messaging_web *web, enum ps_web_slot_kind kind,
                                     struct ps_http_request *request);
/** The request is somebody else's again, or over. */
void ps_web_slot_give(struct ps_web_slot *slot);
/** The `done` of puts and acknowledgements. */
void ps_web_slot_done(void *arg, int status, uint64_t id);
/** Answer a poll or a stream with what is there; what is to come is waited for. */
void ps_web_slot_begin(struct ps_web_slot *slot, uint32_t wait_s);
/** Serve those who were woken. */
void ps_web_serve_ready(struct ps_messaging_web *web);
void ps_web_end_all(struct ps_messaging_web *web);

#endif
