/* SPDX-License-Identifier: BSD-3-Clause */
/* tools/ctl/token.c - see token.h. */
#include "tools/ctl/token.h"

#include <stdio.h>
#include <string.h>

#include "tools/ctl/json.h"
#include "tools/ctl/table.h"

int ctl_token_issue(struct ctl_session *session, const struct ps_msg_writer *params)
{
    struct ctl_answer answer = { 0 };
    const int status = ctl_session_call(session, "token.issue", params, &answer);

    if (status == EXIT_OK && session->json) {
        ctl_json_write(stdout, answer.result);
    } else if (status == EXIT_OK) {
        ctl_put_text(stdout, ps_msg_get(answer.result, "token"));
        fputs("\n", stdout);
    }
    ctl_answer_fini(&answer);
    return status;
}

bool ctl_token_read(char *ret_text, size_t room_bytes)
{
    if (fgets(ret_text, (int)room_bytes, stdin) == NULL)
        return false;
    const size_t length = strcspn(ret_text, "\r\n");
    const bool is_whole = ret_text[length] != '\0' || length + 1 < room_bytes;

    ret_text[length] = '\0';
    return is_whole && length > 0;
}
