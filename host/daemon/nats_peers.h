/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * host/daemon/nats_peers.h - peers that reach collections by NATS.
 *
 * What a peer publishes to ps.peer.EDGE.KEY are the bytes of a connection of its own to the
 * msgpack-RPC face, and what that says is published to _INBOX.KEY.rpc: the same methods, tokens and
 * rates as over TCP. KEY is the peer's; the server lets nobody else use it (prestage-nats peer). An
 * empty message either way: the connection is over, and the next begins with hello.
 *
 * Limits: peers at once (the longest silent one gives way), and silence. Threads: the loop thread.
 */
#ifndef PS_HOST_DAEMON_NATS_PEERS_H
#define PS_HOST_DAEMON_NATS_PEERS_H

#include <stdint.h>

#define PS_NATS_PEERS_MAX 1024u

struct ps_daemon;
struct ps_nats_peers;

/** @return 0 or -ENOMEM. */
int ps_nats_peers_create(struct ps_nats_peers **ret_peers, struct ps_daemon *daemon);
/** NULL is allowed. Before the RPC face. */
void ps_nats_peers_destroy(struct ps_nats_peers *peers);
int ps_nats_peers_fd(const struct ps_nats_peers *peers); /* epoll */
/** What connections said goes to their peers. */
void ps_nats_peers_poll(struct ps_nats_peers *peers, uint64_t mono_ns);
/** A peer's message. @param daemon  As ps_cluster_config.arg. */
void ps_nats_peers_message(void *daemon, uint64_t peer_key, const void *data, uint32_t size_bytes);
uint32_t ps_nats_peers_count(const struct ps_nats_peers *peers);

#endif
