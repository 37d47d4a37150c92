/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * host/control/control.h - the daemon's API: msgpack-RPC on a unix socket.
 *
 * host/control/commands.def is the table of methods; dispatch, checks of parameters and roles,
 * api.describe, docs/api.md and prestagectl's tables come from it. What a method does is a function
 * of struct ps_control_handlers, which daemon/wire.c fills.
 *
 * Who may: root and the daemon's own user have every role; a peer whose primary group is the
 * daemon's may operate; whoever else the socket's mode (0660) lets in may read.
 *
 * Limits: clients, bytes of a request and of what waits to be read are bounded; a client that does
 * not read is not listened to, and dropped after PS_CONTROL_STALL_NS.
 *
 * Threads: the loop thread only; nothing blocks.
 */
#ifndef PS_HOST_CONTROL_CONTROL_H
#define PS_HOST_CONTROL_CONTROL_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "host/msg/msg.h"

#define PS_CONTROL_CLIENTS_MAX       64u
#define PS_CONTROL_REQUEST_BYTES_MAX (64u << 10)
#define PS_CONTROL_BACKLOG_BYTES     (1u << 20) /* unread answers; beyond it we stop listening */
#define PS_CONTROL_STALL_NS          10000000000ull
#define PS_CONTROL_LIMIT_DEFAULT     50u /* of methods with a `limit` */

enum ps_control_role { PS_CONTROL_READ, PS_CONTROL_OPERATE, PS_CONTROL_ADMIN };

/*
 * One function per method of commands.def. Each puts exactly one value, of the documented shape,
 * into @p result. Parameters were checked against the table; @p params is a map or NULL.
 *
 * @return 0, or a negative errno that the table lists for the method (another one is answered as
 *         `failed`). A NULL function is answered as `unsupported`; api.describe is answered here.
 *         A handler must not destroy the control.
 */
typedef int (*ps_control_handler)(void *arg, const struct ps_msg_value *params,
                                  struct ps_msg_writer *result);

struct ps_control_handlers {
#define PS_METHOD(id, ...) ps_control_handler id;
#include "host/control/commands.def"
};

struct ps_control_config {
    const char *path;                           /* of the socket; its directory must exist */
    const struct ps_control_handlers *handlers; /* copied */
    void *arg;                                  /* for the handlers and `closed` */
    /** A connection ended, whoever ended it; ps_control_destroy() calls it of none. May be NULL. */
    void (*closed)(void *arg, uint64_t caller);
    const char *version; /* of the daemon; outlives the control */
};

struct ps_control_status {
    uint64_t clients; /* now */
    uint64_t requests, errors;
    uint64_t refused_clients; /* too many */
    uint64_t dropped_clients; /* broke the protocol or did not read */
};

struct ps_control;

/**
 * Listen. A socket that a dead daemon left behind is replaced.
 * @return 0, -EADDRINUSE (a daemon answers there), -EEXIST (something else has that name),
 *         -ENAMETOOLONG, -ENOENT, -EACCES or -ENOMEM.
 */
int ps_control_create(struct ps_control **ret_control, const struct ps_control_config *cfg);
/** Hang up and remove the socket. NULL is allowed. */
void ps_control_destroy(struct ps_control *control);

/** epoll fd; readable when ps_control_poll() has work. */
int ps_control_fd(const struct ps_control *control);
/** Serve what is there; also once a turn. @param now_ns Real time (ps_clock_mono_ns()). */
void ps_control_poll(struct ps_control *control, uint64_t now_ns);

/**
 * Within a handler: which connection asks. Numbers begin at 1 and are not used again.
 */
uint64_t ps_control_caller(const struct ps_control *control);

void ps_control_status(const struct ps_control *control, struct ps_control_status *ret_status);

/** The table of methods as docs/api.md. */
void ps_control_write_markdown(FILE *out);

#endif
