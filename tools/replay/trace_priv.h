/* SPDX-License-Identifier: BSD-3-Clause */
/* tools/replay/trace_priv.h - lines become requests; for trace.c. */
#ifndef PS_TOOLS_REPLAY_TRACE_PRIV_H
#define PS_TOOLS_REPLAY_TRACE_PRIV_H

#include "tools/replay/trace.h"

struct replay_text;

/** Requests as the lines are, each idx its place among them. @return As replay_trace_read(). */
int replay_trace_read_lines(struct replay_trace *trace, struct replay_text *text,
                            enum replay_format format);

/** replay_trace_read() from an open text. */
int replay_trace_read_text(struct replay_trace *ret_trace, struct replay_text *text,
                           enum replay_format format);

#endif
