/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * host/daemon/messaging.h - collections in the daemon's life: built from the section `messaging`,
 * prepared for what is predicted, reached by peers over HTTP and msgpack-RPC and by orchestrators
 * through the API.
 *
 * Threads: the loop thread.
 */
#ifndef PS_HOST_DAEMON_MESSAGING_H
#define PS_HOST_DAEMON_MESSAGING_H

#include "host/control/metrics.h"
#include "host/daemon/keep.h"
#include "host/messaging/messaging.h"
#include "host/messaging/rpc.h"
#include "host/messaging/web.h"
#include "host/msg/msg.h"

struct ps_daemon;

/* All NULL when messaging.budget is 0. */
struct ps_daemon_messaging {
    struct ps_messaging *core;
    struct ps_keep *keep;         /* NULL: messages end with the daemon, or other nodes keep them */
    struct ps_messaging_rpc *rpc; /* NULL: not listened for */
    struct ps_messaging_web *web; /* NULL: messaging.web is false */
    struct ps_need *needs;        /* of this turn, PS_NEEDS_MAX */
    /* To the other nodes; what joins them fills it before ps_daemon_create_messaging(). */
    struct ps_messaging_link link;
};

/** @return 0 or an error that is in the log. */
int ps_daemon_create_messaging(struct ps_daemon *daemon);
/** Before the HTTP server goes. */
void ps_daemon_destroy_messaging(struct ps_daemon *daemon);
/** What peers ask by msgpack-RPC, and what is on disk now. */
void ps_daemon_poll_messaging(struct ps_daemon *daemon);
/** Once a turn: mailboxes before the crowd, and none for ever. */
void ps_daemon_tend_messaging(struct ps_daemon *daemon, uint64_t now_ns);

/** As configured, for so many messages; 0: for as many as configured. */
struct ps_collection_limits ps_daemon_collection_limits(const struct ps_daemon *daemon,
                                                        uint32_t messages_max);

/* Methods collections and collections.*; see collections.c. */
int ps_collections_list(void *daemon, const struct ps_msg_value *params, struct ps_msg_writer *w);
int ps_collections_open_one(void *daemon, const struct ps_msg_value *params,
                            struct ps_msg_writer *w);
int ps_collections_close_one(void *daemon, const struct ps_msg_value *params,
                             struct ps_msg_writer *w);
int ps_collections_put_one(void *daemon, const struct ps_msg_value *params,
                           struct ps_msg_writer *w);
int ps_collections_fetch_some(void *daemon, const struct ps_msg_value *params,
                              struct ps_msg_writer *w);
int ps_collections_ack_one(void *daemon, const struct ps_msg_value *params,
                           struct ps_msg_writer *w);

/** The map `messaging` of the status. */
void ps_messaging_put_status(struct ps_msg_writer *w, const struct ps_daemon *daemon);
void ps_messaging_put_metrics(struct ps_metrics *metrics, const struct ps_daemon *daemon);

#endif
