/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * host/daemon/agents.h - peers' own agents in the daemon's life: keys, datagrams, and the API.
 *
 * What an agent says becomes a forward look whose source is the address it came from, as a keyed
 * hash like that of every peer: so its word is held against what that peer then does, and a peer
 * that opted out is not listened to. The one secret that agents' keys are made from, and which keys
 * are revoked, are in the state directory.
 *
 * Threads: the loop thread.
 */
#ifndef PS_HOST_DAEMON_AGENTS_H
#define PS_HOST_DAEMON_AGENTS_H

#include "host/feed/agents.h"
#include "host/msg/msg.h"

struct ps_daemon;
struct ps_metrics;

/** Secret and socket, if configured. @return 0 or an error that is in the log. */
int ps_daemon_create_agents(struct ps_daemon *daemon);
void ps_daemon_destroy_agents(struct ps_daemon *daemon);
/** Take what came. */
void ps_daemon_poll_agents(struct ps_daemon *daemon);

/* Methods agents.enrol, agents.revoke and agents.status. */
int ps_agents_enrol(void *daemon, const struct ps_msg_value *params, struct ps_msg_writer *w);
int ps_agents_revoke(void *daemon, const struct ps_msg_value *params, struct ps_msg_writer *w);
int ps_agents_show(void *daemon, const struct ps_msg_value *params, struct ps_msg_writer *w);

void ps_agents_put_metrics(struct ps_metrics *m, const struct ps_daemon *daemon);

#endif
