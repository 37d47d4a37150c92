/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * host/messaging/rpc_priv.h - how the parts of the msgpack-RPC face hang together.
 *
 * A *client* is a connection. Requests are read in place from one buffer that all clients share,
 * and answers written into another one, sent by one call for all requests that came together. A
 * client has memory of its own only for what is cut: a request whose end has not come, answers that
 * the socket did not take. While it does not take them, nothing is read from it.
 *
 * A *wait* is a fetch that found nothing. A *job* is a request whose messages are being kept by
 * other nodes. Both are answered later: their client is *ready* then, and served at the end of the
 * poll that goes on or, if none does, of the next one, which a wake-up brings about.
 *
 * Threads: the loop thread.
 */
#ifndef PS_HOST_MESSAGING_RPC_PRIV_H
#define PS_HOST_MESSAGING_RPC_PRIV_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/queue.h>

#include "host/messaging/rpc.h"
#include "host/messaging/wheel_priv.h"
#include "host/msg/cursor.h"
#include "host/msg/msg.h"
#include "host/msg/pen.h"

#define PS_RPC_CLIENTS_MAX    65536u
#define PS_RPC_WAITS_MAX      8u   /* of one client at once */
#define PS_RPC_BATCH_MAX      256u /* messages of one put_many, fetch or ack */
#define PS_RPC_JOBS_MAX       1024u
#define PS_RPC_STRANGE_MAX    8u /* requests before hello was answered with yes */
#define PS_RPC_FETCH_BYTES    262144u
#define PS_RPC_TICK_MS        100u
#define PS_RPC_HELLO_MS_MAX   5000u
#define PS_RPC_STALL_MS_MAX   10000u /* without taking a byte of what waits for it */
#define PS_RPC_WAIT_MS_MAX    60000u
#define PS_RPC_KEPT_BYTES_MAX (128u << 20) /* of all clients together */
#define PS_RPC_IN_BYTES       262144u
/* What one message adds to the answer of a fetch, besides body and name; and what is around it. */
#define PS_RPC_MESSAGE_HEAD 64u
#define PS_RPC_ANSWER_BYTES                                                                        \
    (PS_RPC_FETCH_BYTES + PS_COLLECTION_MESSAGE_BYTES + PS_PEER_NAME_MAX +                         \
     PS_RPC_BATCH_MAX * PS_RPC_MESSAGE_HEAD + 256u)
#define PS_RPC_OUT_BYTES (2 * PS_RPC_ANSWER_BYTES)

struct ps_rpc_client;

/* Bytes between two times that a socket was ready. */
struct ps_rpc_kept {
    uint8_t *data; /* NULL: none */
    uint32_t start, end, capacity;
};

struct ps_rpc_wait {
    struct ps_collection_waiter waiter;
    struct ps_wheel_timer timer;
    struct ps_rpc_client *client; /* NULL: not in use */
    struct ps_collection_id from;
    uint64_t msgid, after;
    uint32_t max;
    int status; /* -EINPROGRESS: still waiting; else what it ended with, -ETIMEDOUT included */
};

struct ps_rpc_part {
    struct ps_rpc_job *job;
    uint64_t id;
    int status; /* -EINPROGRESS: not known yet */
};

enum ps_rpc_job_kind { PS_RPC_PUT, PS_RPC_PUT_MANY, PS_RPC_ACK };

struct ps_rpc_job {
    LIST_ENTRY(ps_rpc_job) entry; /* of its client's, or of the free; of neither when left alone */
    struct ps_messaging_rpc *rpc;
    struct ps_rpc_client *client; /* NULL: gone meanwhile */
    enum ps_rpc_job_kind kind;
    bool silent; /* a notification: no answer */
    uint64_t msgid;
    uint32_t count;   /* parts */
    uint32_t waiting; /* of those, not known yet; and one while the request is at work */
    int refusal;      /* why a put_many stopped before its end, or 0 */
    struct ps_messaging_why why;
    struct ps_rpc_part parts[PS_RPC_BATCH_MAX];
};
LIST_HEAD(ps_rpc_jobs, ps_rpc_job);

struct ps_rpc_client {
    struct ps_messaging_rpc *rpc;
    int fd; /* -1: free */
    uint32_t events;
    bool greeted; /* grant holds */
    bool ended;   /* it says no more */
    bool ready;   /* in rpc->ready */
    bool broken;  /* to be hung up as soon as nobody is in the middle of it */
    uint32_t strange;
    struct ps_rpc_kept in, out;
    struct ps_msg_framer framer;
    struct ps_wheel_timer timer; /* until hello, or until it takes bytes */
    struct ps_grant grant;
    struct sockaddr_storage from;
    struct ps_rpc_jobs jobs, jobs_done;
    struct ps_collection_id last; /* where the last fetch was, and where it ended */
    uint64_t last_cursor;
    struct ps_rpc_wait waits[PS_RPC_WAITS_MAX];
    TAILQ_ENTRY(ps_rpc_client) entry;       /* of the free, or of the strangers */
    TAILQ_ENTRY(ps_rpc_client) ready_entry; /* of rpc->ready */
};
TAILQ_HEAD(ps_rpc_clients, ps_rpc_client);

struct ps_messaging_rpc {
    struct ps_messaging_rpc_config cfg;
    struct ps_messaging *messaging;
    struct ps_messaging_rpc_status status;
    int epoll_fd, listen_fd, timer_fd, wake_fd, spare_fd;
    char *unix_path; /* to be removed; NULL: TCP */
    bool polling, ticks;
    uint64_t now_ns, wall_ns; /* of this poll */
    uint64_t kept_bytes;
    uint8_t *in, *out;
    struct ps_msg_pen pen; /* into out */
    struct ps_message *messages;
    struct ps_rpc_client *clients;
    struct ps_rpc_clients idle, strangers, ready;
    struct ps_rpc_job *jobs;
    uint32_t jobs_begun; /* of those, used once at least: the others are not touched */
    struct ps_rpc_jobs jobs_free;
    struct ps_wheel wheel;
};

/* ---- rpc_listen.c ---- */

/** As ps_messaging_rpc_create(). @param ret_path  Of a unix socket, to free(); else NULL. */
int ps_rpc_listen(const char *listen, int *ret_fd, char **ret_path);
/** @return the descriptor or a negative errno. */
int ps_rpc_accept(int listen_fd, struct sockaddr_storage *ret_from);

/* ---- rpc_kept.c: bytes that wait ---- */

/** Room for @p more bytes behind the last. @return where, or NULL (memory, or over all limits). */
uint8_t *ps_rpc_keep_room(struct ps_messaging_rpc *rpc, struct ps_rpc_kept *kept, uint32_t more);
/** Replace what is kept; it may point into it. @return 0 or -ENOMEM. */
int ps_rpc_keep(struct ps_messaging_rpc *rpc, struct ps_rpc_kept *kept, const uint8_t *data,
                size_t bytes);
/** Nothing is kept any more; a large buffer is freed. */
void ps_rpc_keep_none(struct ps_messaging_rpc *rpc, struct ps_rpc_kept *kept);
void ps_rpc_kept_fini(struct ps_messaging_rpc *rpc, struct ps_rpc_kept *kept);

/* ---- rpc_client.c ---- */

void ps_rpc_client_begin(struct ps_messaging_rpc *rpc, struct ps_rpc_client *client, int fd);
void ps_rpc_client_hang_up(struct ps_rpc_client *client);
/** Its socket is ready. */
void ps_rpc_client_serve(struct ps_rpc_client *client);
/** Something that it waits for has come: serve it soon. */
void ps_rpc_client_ready(struct ps_rpc_client *client);
/** Answer what has become ready. */
void ps_rpc_client_answer(struct ps_rpc_client *client);
/** Whether one more answer may be written; what is written already may be sent for that. */
bool ps_rpc_client_has_room(struct ps_rpc_client *client);

/* ---- rpc_request.c ---- */

enum ps_rpc_param {
    PS_RPC_MEDIA,
    PS_RPC_PROFILE,
    PS_RPC_PEER,
    PS_RPC_BODY,
    PS_RPC_TOKEN,
    PS_RPC_TEXTS, /* how many of those above */
    PS_RPC_REGION = PS_RPC_TEXTS,
    PS_RPC_SEQUENCE,
    PS_RPC_AFTER,
    PS_RPC_NEXT, /* a flag */
    PS_RPC_MAX,
    PS_RPC_WAIT_MS,
    PS_RPC_MESSAGES,
    PS_RPC_BYTES,
    PS_RPC_MESSAGE_BYTES,
    PS_RPC_AGE_S,
    PS_RPC_NUMBERS_END,
    PS_RPC_IDS = PS_RPC_NUMBERS_END,
    PS_RPC_BODIES,
    PS_RPC_PARAMS,
};

/* One request, taken apart; texts and lists point into it. */
struct ps_rpc_request {
    uint64_t msgid;
    bool silent;
    uint32_t given; /* set of 1 << enum ps_rpc_param */
    struct ps_msg_text texts[PS_RPC_TEXTS];
    uint64_t numbers[PS_RPC_NUMBERS_END]; /* 0 when not given */
    struct ps_msg_cursor list;            /* items of ids or bodies */
    uint32_t list_count;
};

/** Whether what hello granted is still worth something. */
bool ps_rpc_grant_holds(const struct ps_rpc_client *client);
/** Take one whole request, do it, and write its answer. @return 0, or -EBADMSG: no RPC at all. */
int ps_rpc_request(struct ps_rpc_client *client, const void *data, size_t bytes);

/* ---- rpc_answer.c ---- */

/** [1, msgid, nil, ... the result follows. */
void ps_rpc_answer_begin(struct ps_messaging_rpc *rpc, uint64_t msgid);
/** Of a refused request. @param why  May be NULL. */
void ps_rpc_answer_error(struct ps_messaging_rpc *rpc, uint64_t msgid, int error,
                         const struct ps_messaging_why *why);
/** [code, message] or [code, message, {what helps}]. */
void ps_rpc_put_error(struct ps_msg_pen *pen, int error, const struct ps_messaging_why *why);
/** {id} or {id, duplicate}. */
void ps_rpc_put_id(struct ps_msg_pen *pen, uint64_t id, bool duplicate);
/** {messages: [...], cursor}. */
void ps_rpc_put_messages(struct ps_msg_pen *pen, const struct ps_message *messages, uint32_t count,
                         uint64_t cursor, uint64_t now_ns);

/* ---- rpc_methods.c: each answers, or says why not ---- */

/** @return 0, or why not; with *ret_why then. */
typedef int ps_rpc_method(struct ps_rpc_client *client, const struct ps_rpc_request *request,
                          struct ps_messaging_why *ret_why);
ps_rpc_method ps_rpc_hello, ps_rpc_ping, ps_rpc_open, ps_rpc_close;
ps_rpc_method ps_rpc_put, ps_rpc_put_many, ps_rpc_ack; /* rpc_jobs.c */
ps_rpc_method ps_rpc_fetch;                            /* rpc_waits.c */

/** Which collection a request means. @return 0 or -EINVAL. */
int ps_rpc_target(const struct ps_rpc_client *client, const struct ps_rpc_request *request,
                  struct ps_collection_id *ret_id);

/* ---- rpc_jobs.c ---- */

/** Answer the jobs that are done. */
void ps_rpc_jobs_answer(struct ps_rpc_client *client);
/** Their client is gone; they end in silence. */
void ps_rpc_jobs_leave(struct ps_rpc_client *client);

/* ---- rpc_waits.c ---- */

/** Answer the fetches that have something, or whose time is over. */
void ps_rpc_waits_answer(struct ps_rpc_client *client);
void ps_rpc_waits_leave(struct ps_rpc_client *client);

#endif
