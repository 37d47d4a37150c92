/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * tools/ctl/token.h - capability tokens on the command line: issue, check, revoke, keys, reload.
 * Threads: one.
 */
#ifndef PS_TOOLS_CTL_TOKEN_H
#define PS_TOOLS_CTL_TOKEN_H

#include "tools/ctl/session.h"

/** Print the token alone, for scripts; with --json what the method gives. @return The exit status.
 */
int ctl_token_issue(struct ctl_session *session, const struct ps_msg_writer *params);

/** A token of standard input, for what should not stand on a command line. @return false: none, or
 * too long. */
bool ctl_token_read(char *ret_text, size_t room_bytes);

#endif
