/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * tools/replay/inputs.h - the options that several subcommands have: what to read, and how.
 *
 * A subcommand's options begin with this struct, so that the same functions take them. What is
 * pointed to belongs to the command line. Threads: none.
 */
#ifndef PS_TOOLS_REPLAY_INPUTS_H
#define PS_TOOLS_REPLAY_INPUTS_H

#include <stdbool.h>
#include <stdint.h>

#include "tools/replay/trace.h"

struct replay_inputs {
    const char *trace, *hints, *rates; /* files; NULL: not given */
    enum replay_format format;
    uint32_t without; /* see groups.h */
    bool progress;
};

/* For struct replay_option; @p options begins with struct replay_inputs. */
bool replay_take_trace(void *options, const char *value);
bool replay_take_hints(void *options, const char *value);
bool replay_take_rates(void *options, const char *value);
bool replay_take_format(void *options, const char *value);
bool replay_take_without(void *options, const char *value);
bool replay_take_progress(void *options, const char *value);

#endif
