/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * tools/ctl/agents.h - a key for one more peer's agent, as the file that it reads.
 * Threads: one.
 */
#ifndef PS_TOOLS_CTL_AGENTS_H
#define PS_TOOLS_CTL_AGENTS_H

#include "tools/ctl/session.h"

/** Print `KEYID:KEY`; with --json what the method gives. @return The exit status. */
int ctl_agents_enrol(struct ctl_session *session);

#endif
