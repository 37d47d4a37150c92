/* SPDX-License-Identifier: BSD-3-Clause */
/* tools/ctl/agents.c - see agents.h. */
#include "tools/ctl/agents.h"

#include <stdio.h>

#include "tools/ctl/json.h"
#include "tools/ctl/table.h"

int ctl_agents_enrol(struct ctl_session *session)
{
    struct ctl_answer answer = { 0 };
    const int status = ctl_session_call(session, "agents.enrol", NULL, &answer);

    if (status == EXIT_OK && session->json) {
        ctl_json_write(stdout, answer.result);
    } else if (status == EXIT_OK) {
        ctl_put_text(stdout, ps_msg_get(answer.result, "key_id"));
        fputs(":", stdout);
        ctl_put_text(stdout, ps_msg_get(answer.result, "key"));
        fputs("\n", stdout);
    }
    ctl_answer_fini(&answer);
    return status;
}
