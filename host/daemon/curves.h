/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * host/daemon/curves.h - the daemon's demand curves: fed each turn, kept over a restart, shown.
 * Threads: the loop thread.
 */
#ifndef PS_HOST_DAEMON_CURVES_H
#define PS_HOST_DAEMON_CURVES_H

#include "host/daemon/daemon_priv.h"

/** The curves, with what an earlier life learned. @return 0 or -ENOMEM. */
int ps_daemon_create_curves(struct ps_daemon *daemon);
/** Once a turn: learn the turn's demand; now and then, save. */
void ps_daemon_tend_curves(struct ps_daemon *daemon, uint64_t now_ns);
/** The end: save them, if there is where to, and destroy them. */
void ps_daemon_leave_curves(struct ps_daemon *daemon);

/** demand.curves; @p arg is the daemon. */
int ps_daemon_show_curves(void *arg, const struct ps_msg_value *params, struct ps_msg_writer *w);

#endif
