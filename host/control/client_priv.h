/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * host/control/client_priv.h - one connection: its bytes in and out, within bounds.
 *
 * Threads: the loop thread only; nothing blocks.
 */
#ifndef PS_HOST_CONTROL_CLIENT_PRIV_H
#define PS_HOST_CONTROL_CLIENT_PRIV_H

#include "host/control/dispatch_priv.h"

#define PS_CONTROL_BATCH_MAX 16u /* requests of a client in one poll: others get a turn */

struct ps_control_client {
    int fd; /* -1: this place is free */
    uint64_t id;
    enum ps_control_role role;
    uint32_t events; /* that epoll was told to watch */
    bool ended;      /* the peer will send no more */

    char *in; /* what came and is not answered: in_start..in_end */
    size_t in_start, in_end, in_capacity;
    struct ps_msg_framer framer; /* of the message at in_start */

    char *out; /* answers that wait: out_start..out_end */
    size_t out_start, out_end, out_capacity;
    uint64_t out_moved_ns; /* when the peer last took some, or had none to take */
};

/** Take over @p fd. */
void ps_control_client_init(struct ps_control_client *client, int fd, enum ps_control_role role,
                            uint64_t id, uint64_t now_ns);
/** Close and free; the place is free again. */
void ps_control_client_fini(struct ps_control_client *client);

/**
 * Send, read and answer what is possible now; sets what epoll should watch in @p ret_events.
 * @return 0; -ECONNRESET (is over, in good order or not), -EBADMSG or -EMSGSIZE (broke the
 *         protocol) or -ENOMEM: in each case to be closed.
 */
int ps_control_client_serve(struct ps_control_client *client, struct ps_control_dispatch *dispatch,
                            uint64_t now_ns, uint32_t *ret_events);

/** Whether answers have waited too long for the peer to read. */
bool ps_control_client_stalls(const struct ps_control_client *client, uint64_t now_ns);

#endif
