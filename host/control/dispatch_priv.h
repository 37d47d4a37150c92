/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * host/control/dispatch_priv.h - from one request's bytes to its answer's bytes; no sockets.
 *
 * Threads: one at a time per struct ps_control_dispatch.
 */
#ifndef PS_HOST_CONTROL_DISPATCH_PRIV_H
#define PS_HOST_CONTROL_DISPATCH_PRIV_H

#include "host/control/control.h"

struct ps_control_dispatch {
    struct ps_control_handlers handlers;
    void *arg;
    const char *version;
    struct ps_msg_writer result; /* of the handler; kept for its memory */
    struct ps_msg_writer answer; /* what goes out; empty after a notification */
    uint64_t requests, errors;
    uint64_t caller; /* id of the connection that is served */
};

void ps_control_dispatch_init(struct ps_control_dispatch *dispatch,
                              const struct ps_control_config *cfg);
void ps_control_dispatch_fini(struct ps_control_dispatch *dispatch);

/**
 * Answer one framed message into dispatch->answer.
 * @return 0; -EBADMSG (no msgpack-RPC: hang up) or -ENOMEM.
 */
int ps_control_dispatch_one(struct ps_control_dispatch *dispatch, enum ps_control_role role,
                            const void *request, size_t size_bytes);

#endif
