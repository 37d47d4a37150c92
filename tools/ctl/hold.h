/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * tools/ctl/hold.h - keep a lease of pool.reserve for as long as this process lives.
 *
 * Threads: the main thread; it waits in here.
 */
#ifndef PS_TOOLS_CTL_HOLD_H
#define PS_TOOLS_CTL_HOLD_H

#include "host/msg/msg.h"

#define CTL_HOLD_PATIENCE_S 25 /* less than the daemon keeps a lease with a key for */

struct ctl_hold {
    const char *socket;
    const struct ps_msg_writer *params; /* of the call of pool.reserve */
    uint64_t ttl_s;                     /* of those; 0: not given */
    int *fd; /* connection that the lease is bound to; another one after a restart */
};

/**
 * Renew the lease in good time until SIGINT or SIGTERM, then give it back. When the daemon goes
 * away it is asked for again, for CTL_HOLD_PATIENCE_S.
 *
 * @param granted  Result of pool.reserve.
 * @return 0 (given back); -ESTALE (the daemon has it no more, and refuses to give it again; said to
 *         stderr) or what ctl_connect() or ctl_call() said.
 */
int ctl_hold(const struct ctl_hold *hold, const struct ps_msg_value *granted);

#endif
