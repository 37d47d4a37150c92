/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * host/daemon/looks.h - forward looks: who says that something will be wanted, and when.
 *
 * Orchestrators bring them through the API (method looks.put), peers' agents as datagrams
 * (host/daemon/agents.h). A look is a claim, never demand; the
 * predictor weighs each source by how its earlier looks came true. Every look is counted once, as
 * taken, late (past its time), early (too far ahead), refused (not a look) or full (too many wait).
 *
 * Threads: the loop thread.
 */
#ifndef PS_HOST_DAEMON_LOOKS_H
#define PS_HOST_DAEMON_LOOKS_H

#include <stdint.h>

#include "host/msg/msg.h"
#include "host/plan/forward_look.h"

struct ps_daemon;

struct ps_looks {
    uint64_t taken, late, early, refused, full;
};

/** Method looks.put. @return 0, -EINVAL, -ENOENT, -ERANGE or -ENOSPC. */
int ps_looks_put(void *daemon, const struct ps_msg_value *params, struct ps_msg_writer *w);

/** Hand a look to the predictor, and count it. @return 0, -EINVAL, -ERANGE (too far ahead) or
 * -ENOSPC. */
int ps_looks_take(struct ps_daemon *daemon, const struct ps_forward_look *look, uint64_t now_ns);

/** The counters, as map `looks` into an open map. */
void ps_looks_report(struct ps_msg_writer *w, const struct ps_looks *looks);

#endif
