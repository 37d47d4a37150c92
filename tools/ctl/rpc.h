/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * tools/ctl/rpc.h - one call of the daemon's API, waited for.
 *
 * Threads: one at a time per connection. Blocks, at most CTL_TIMEOUT_S for each answer.
 */
#ifndef PS_TOOLS_CTL_RPC_H
#define PS_TOOLS_CTL_RPC_H

#include "host/msg/msg.h"

#define CTL_TIMEOUT_S 10

struct ctl_answer {
    struct ps_msg *msg;                /* owns what follows */
    const struct ps_msg_value *error;  /* NULL, or [code, message] */
    const struct ps_msg_value *result; /* when error is NULL */
};

/** @return a connected socket to close(2), or a negative errno. */
int ctl_connect(const char *path);

/**
 * @param params  One map, or NULL for none.
 * @return 0 (an answer, perhaps an error), -ETIMEDOUT, -EPROTO (not the daemon's language),
 *         -ECONNRESET or another negative errno.
 */
int ctl_call(int fd, const char *method, const struct ps_msg_writer *params,
             struct ctl_answer *ret_answer);
void ctl_answer_fini(struct ctl_answer *answer);

#endif
