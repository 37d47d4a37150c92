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

#include "tools/replay/agents.h"
#include "tools/replay/trace.h"

struct replay_inputs {
    const char *trace, *hints, *rates; /* files; NULL: not given */
    enum replay_format format;
    uint32_t without; /* see groups.h */
    struct replay_agents agents;
    bool progress;
};

/* For struct replay_option; @p options begins with struct replay_inputs. */
bool replay_take_trace(void *options, const char *value);
bool replay_take_hints(void *options, const char *value);
bool replay_take_rates(void *options, const char *value);
bool replay_take_format(void *options, const char *value);
bool replay_take_without(void *options, const char *value);
bool replay_take_progress(void *options, const char *value);
bool replay_take_agents(void *options, const char *value);
bool replay_take_liars(void *options, const char *value);
bool replay_take_agents_seed(void *options, const char *value);

/* Rows of an option table, for those who hear agents. */
#define REPLAY_AGENTS_OPTIONS                                                                      \
    { "agents", "PERCENT", replay_take_agents,                                                     \
      "of the viewers, that get an agent that announces what they will\n"                          \
      "ask for: three more runs, with the honest, with all, with liars only" },                    \
        { "liars", "PERCENT", replay_take_liars, "of the agents, that lie; 0" },                   \
    {                                                                                              \
        "agents-seed", "N", replay_take_agents_seed, "who has one, and what they say; 1"           \
    }

#endif
