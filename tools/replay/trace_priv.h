/* SPDX-License-Identifier: BSD-3-Clause */
/* tools/replay/trace_priv.h - lines become requests; for trace.c. */
#ifndef PS_TOOLS_REPLAY_TRACE_PRIV_H
#define PS_TOOLS_REPLAY_TRACE_PRIV_H

#include "tools/replay/trace.h"

/** Requests as the lines are, each idx its place among them. @return As replay_trace_read(). */
int replay_trace_read_lines(struct replay_trace *trace, FILE *file, enum replay_format format,
                            struct replay_progress *progress);

#endif
