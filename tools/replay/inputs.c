/* SPDX-License-Identifier: BSD-3-Clause */
/* tools/replay/inputs.c - see inputs.h. */
#include "tools/replay/inputs.h"

#include <errno.h>
#include <stdlib.h>

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

static bool take_percent(double *ret, const char *value)
{
    char *end;

    *ret = strtod(value, &end);
    return end != value && *end == '\0' && *ret >= 0.0 && *ret <= 100.0;
}

bool replay_take_agents(void *options, const char *value)
{
    return take_percent(&((struct replay_inputs *)options)->agents.share, value);
}

bool replay_take_liars(void *options, const char *value)
{
    return take_percent(&((struct replay_inputs *)options)->agents.liars, value);
}

bool replay_take_agents_seed(void *options, const char *value)
{
    char *end;

    errno = 0;
    ((struct replay_inputs *)options)->agents.seed = strtoull(value, &end, 10);
    return errno == 0 && value[0] >= '0' && value[0] <= '9' && *end == '\0';
}
