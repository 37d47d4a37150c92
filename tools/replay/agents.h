/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * tools/replay/agents.h - some of a trace's viewers get an agent that announces what they will ask
 * for, and some of these agents lie.
 *
 * Honest agents read their own viewer's future in the trace: of seven requests in ten they tell 1
 * to 15 minutes before, within a minute of the right time, one in four as a window; beside them
 * they announce one thing for each ten requests that their viewer then does not ask for. A liar
 * announces four things for each request of its viewer that this one never asks for: half of them
 * always the same few, the others anything. Nobody names what the trace did not name before.
 *
 * What one agent says follows from the seed and its viewer's name alone: who else speaks does not
 * change it. Threads: none.
 */
#ifndef PS_TOOLS_REPLAY_AGENTS_H
#define PS_TOOLS_REPLAY_AGENTS_H

#include "tools/replay/hints.h"
#include "tools/replay/trace.h"

/* Who is heard. */
enum replay_voices {
    REPLAY_VOICES_HONEST = 1,
    REPLAY_VOICES_LIARS = 2,
    REPLAY_VOICES_ALL = 3,
};

struct replay_agents {
    double share; /* percent of the viewers that are told apart; 0: no agents */
    double liars; /* percent of these */
    uint64_t seed;
};

/** What the agents say, as if read from a file. @return 0, -EFBIG or -ENOMEM; fini in every case.
 */
int replay_agents_speak(struct replay_hints *ret_hints, const struct replay_trace *trace,
                        const struct replay_agents *agents, enum replay_voices voices);

/** Viewers with an agent, and how many of these lie. */
void replay_agents_count(const struct replay_trace *trace, const struct replay_agents *agents,
                         uint32_t *ret_agents, uint32_t *ret_liars);

#endif
