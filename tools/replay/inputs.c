/* SPDX-License-Identifier: BSD-3-Clause */
/* tools/replay/inputs.c - see inputs.h. */
#include "tools/replay/inputs.h"

#include "tools/replay/groups.h"

bool replay_take_trace(void *options, const char *value)
{
    ((struct replay_inputs *)options)->trace = value;
    return true;
}

bool replay_take_hints(void *options, const char *value)
{
    ((struct replay_inputs *)options)->hints = value;
    return true;
}

bool replay_take_rates(void *options, const char *value)
{
    ((struct replay_inputs *)options)->rates = value;
    return true;
}

bool replay_take_format(void *options, const char *value)
{
    return replay_format_parse(value, &((struct replay_inputs *)options)->format) == 0;
}

bool replay_take_without(void *options, const char *value)
{
    return replay_groups_parse(value, &((struct replay_inputs *)options)->without) == 0;
}

bool replay_take_progress(void *options, const char *value)
{
    (void)value;
    ((struct replay_inputs *)options)->progress = true;
    return true;
}
