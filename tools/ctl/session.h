/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * tools/ctl/session.h - one talk with the daemon: connected when first needed, its API asked once.
 *
 * What goes wrong is said on standard error, with what to do about it. Threads: one.
 */
#ifndef PS_TOOLS_CTL_SESSION_H
#define PS_TOOLS_CTL_SESSION_H

#include <stdbool.h>

#include "tools/ctl/rpc.h"

enum ctl_exit {
    EXIT_OK = 0,
    EXIT_REFUSED = 1, /* the daemon answered with an error */
    EXIT_USAGE = 2,
    EXIT_NO_DAEMON = 3, /* none there, or it does not speak with us */
};

struct ctl_session {
    const char *socket;
    bool json;
    bool hold;             /* pool.reserve: as long as we live */
    bool why;              /* predictions: what makes them so */
    unsigned count;        /* pages of top; 0: no end */
    int fd;                /* -1: not connected */
    struct ctl_answer api; /* of api.describe */
};

/** Say that there is no talking. @return EXIT_NO_DAEMON. */
int ctl_fail_connection(const struct ctl_session *session, int error);

/** @return EXIT_OK, with ret_answer to be finished, or what was said to stderr. */
int ctl_session_call(struct ctl_session *session, const char *method,
                     const struct ps_msg_writer *params, struct ctl_answer *ret_answer);

/** Fill session->api unless it is. @return As ctl_session_call(). */
int ctl_learn_api(struct ctl_session *session);

/** What the daemon says of a method; NULL, and said so, when it has none. After ctl_learn_api(). */
const struct ps_msg_value *ctl_session_method(const struct ctl_session *session, const char *name);

/** A method's list: "params", "fields" or "errors"; NULL when it has none. */
const struct ps_msg_value *ctl_rows_of(const struct ps_msg_value *method, const char *what);

/** Close it. */
void ctl_session_fini(struct ctl_session *session);

#endif
