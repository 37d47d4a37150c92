/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * tools/ctl/commands.h - the commands of prestagectl: those with a page of their own, and every
 * method of the daemon.
 */
#ifndef PS_TOOLS_CTL_COMMANDS_H
#define PS_TOOLS_CTL_COMMANDS_H

#include "tools/ctl/session.h"

/**
 * Run one and show what came of it.
 * @param words  The command and what follows it; ends in NULL.
 * @return enum ctl_exit.
 */
int ctl_run(struct ctl_session *session, char **words);

/** Say on standard output what the daemon knows of a command; nothing when none is there. */
void ctl_explain(struct ctl_session *session, const char *command);

#endif
