/* SPDX-License-Identifier: BSD-3-Clause */
/* tools/replay/baseline_base.c - says of every object the share that came true so far. */
#include <errno.h>
#include <stdlib.h>

#include "host/base/mem.h"
#include "tools/replay/baseline.h"

struct base {
    uint64_t rows, happened;
};

static int create(void **ret_state)
{
    *ret_state = ps_zalloc(1, sizeof(struct base));
    return *ret_state != NULL ? 0 : -ENOMEM;
}

static void say(void *state, const struct replay_rows *rows, float *ret_said)
{
    const struct base *base = state;
    const double share = ((double)base->happened + 1.0) / ((double)base->rows + 2.0);

    for (uint32_t i = 0; i < rows->count; i++)
        ret_said[i] = (float)share;
}

static int learn(void *state, const struct replay_rows *rows, const bool *happened)
{
    struct base *base = state;

    base->rows += rows->count;
    for (uint32_t i = 0; i < rows->count; i++)
        base->happened += happened[i];
    return 0;
}

const struct replay_baseline replay_baseline_base = {
    .name = "base", .create = create, .say = say, .learn = learn, .destroy = free
};
