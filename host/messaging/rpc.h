/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * host/messaging/rpc.h - collections over msgpack-RPC on TCP or a unix socket, for peers with
 * programs of their own.
 *
 * A connection says hello with a token, which names the peer and what it may do for the whole
 * connection (until the token expires); then put, fetch, wait, ack, open and close, pipelined, with
 * answers in any order. Messages travel in batches. docs/collections.md has the methods.
 *
 * Limits: connections, bytes of a request, of what waits to be read, requests before hello, and
 * time until hello. Threads: the loop thread; nothing blocks.
 */
#ifndef PS_HOST_MESSAGING_RPC_H
#define PS_HOST_MESSAGING_RPC_H

#include <stdint.h>
#include <sys/socket.h>

#include "host/messaging/messaging.h"

#define PS_MESSAGING_RPC_BYTES_MAX 131072u /* of one request */

/* How this room checks a token: the daemon joins it with host/token. */
struct ps_messaging_gate {
    /* @return 0 or -EACCES. */
    int (*check)(void *arg, const char *token, size_t length, const struct sockaddr *from,
                 struct ps_grant *ret_grant);
    /* Is a grant that was given still good at this use, apart from its until_ns? A token may have
     * been revoked. @return 0 or -EACCES. NULL: it is. */
    int (*holds)(void *arg, const struct ps_grant *grant);
    void *arg;
};

struct ps_messaging_rpc;

struct ps_messaging_rpc_config {
    const char *listen; /* ADDRESS:PORT, [ADDRESS]:PORT, or a path with a slash: unix */
    uint32_t clients_max;
    struct ps_messaging_gate gate;
    uint64_t (*now_ns)(void *arg);  /* the loop's */
    uint64_t (*wall_ns)(void *arg); /* until when grants are good */
    void *arg;
};

struct ps_messaging_rpc_status {
    uint64_t clients, connections, requests, errors;
    uint64_t refused_clients, refused_tokens, dropped_clients;
};

/** @return 0, -EINVAL, -EADDRINUSE, -EADDRNOTAVAIL, -EACCES or -ENOMEM. */
int ps_messaging_rpc_create(struct ps_messaging_rpc **ret_rpc, struct ps_messaging *messaging,
                            const struct ps_messaging_rpc_config *cfg);
/** Before the messaging that it speaks for; what is not kept by then is answered to nobody, and
 * must not be said any more. NULL is allowed. */
void ps_messaging_rpc_destroy(struct ps_messaging_rpc *rpc);
int ps_messaging_rpc_fd(const struct ps_messaging_rpc *rpc); /* epoll */
uint16_t ps_messaging_rpc_port(const struct ps_messaging_rpc *rpc);
/** A connection that came another way; @p fd is closed here in the end, also on failure.
 * @return 0 or -ENOSPC. */
int ps_messaging_rpc_adopt(struct ps_messaging_rpc *rpc, int fd);
void ps_messaging_rpc_poll(struct ps_messaging_rpc *rpc);
void ps_messaging_rpc_status(const struct ps_messaging_rpc *rpc,
                             struct ps_messaging_rpc_status *ret_status);

#endif
