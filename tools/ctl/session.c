/* SPDX-License-Identifier: BSD-3-Clause */
/* tools/ctl/session.c - see session.h. */
#include "tools/ctl/session.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "tools/ctl/json.h"
#include "tools/ctl/table.h"

int ctl_fail_connection(const struct ctl_session *session, int error)
{
    const char *hint = "is prestaged running, and does it say the same control.socket?";

    if (error == -EACCES)
        hint = "run as root or the daemon's user, or join its group";
    if (error == -ETIMEDOUT)
        hint = "it is there and does not answer; see its log";
    if (error == -EPROTO || error == -EBADMSG || error == -EMSGSIZE)
        hint = "what listens there is no prestaged, or of another version";
    fprintf(stderr, "prestagectl: cannot talk to the daemon at %s: %s\n  %s (--socket PATH)\n",
            session->socket, strerror(-error), hint);
    return EXIT_NO_DAEMON;
}

static int refuse(const char *method, const struct ps_msg_value *error)
{
    const bool is_pair = ps_msg_type_of(error) == PS_MSG_ARRAY && ps_msg_count(error) == 2;

    fprintf(stderr, "prestagectl: %s: ", method);
    if (is_pair) {
        ctl_put_text(stderr, ps_msg_at(error, 1));
        fputs(" (", stderr);
        ctl_put_text(stderr, ps_msg_at(error, 0));
        fputs(")\n", stderr);
    } else {
        fputs("refused\n", stderr);
    }
    return EXIT_REFUSED;
}

int ctl_session_call(struct ctl_session *session, const char *method,
                     const struct ps_msg_writer *params, struct ctl_answer *ret_answer)
{
    if (session->fd < 0)
        session->fd = ctl_connect(session->socket);
    const int rc =
        session->fd < 0 ? session->fd : ctl_call(session->fd, method, params, ret_answer);
    if (rc != 0) {
        if (session->fd >= 0)
            close(session->fd);
        session->fd = -1;
        return ctl_fail_connection(session, rc);
    }
    if (ret_answer->error == NULL)
        return EXIT_OK;
    refuse(method, ret_answer->error);
    ctl_answer_fini(ret_answer);
    return EXIT_REFUSED;
}

int ctl_learn_api(struct ctl_session *session)
{
    return session->api.msg != NULL
               ? EXIT_OK
               : ctl_session_call(session, "api.describe", NULL, &session->api);
}

const struct ps_msg_value *ctl_rows_of(const struct ps_msg_value *method, const char *what)
{
    const struct ps_msg_value *rows = ps_msg_get(method, what);

    return rows != NULL && ps_msg_type_of(rows) == PS_MSG_ARRAY ? rows : NULL;
}

const struct ps_msg_value *ctl_session_method(const struct ctl_session *session, const char *name)
{
    const struct ps_msg_value *method = ctl_find_method(session->api.result, name);

    if (method == NULL)
        fprintf(stderr,
                "prestagectl: no command `%s`, and the daemon has no such method; see --help\n",
                name);
    return method;
}

void ctl_session_fini(struct ctl_session *session)
{
    ctl_answer_fini(&session->api);
    if (session->fd >= 0)
        close(session->fd);
}
