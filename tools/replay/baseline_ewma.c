/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * tools/replay/baseline_ewma.c - an object's rate as a moving average with a half-life of an hour,
 * and its requests as independent of one another.
 */
#include <math.h>
#include <stddef.h>

#include "tools/replay/baseline.h"

static int create(void **ret_state)
{
    *ret_state = NULL;
    return 0;
}

static void say(void *state, const struct replay_rows *rows, float *ret_said)
{
    const float per_tick = (float)(M_LN2 / 3600.0 * (double)REPLAY_TICK_NS / 1e9);

    (void)state;
    for (uint32_t i = 0; i < rows->count; i++)
        ret_said[i] = -expm1f(-rows->x[i][REPLAY_X_EWMA] * per_tick);
}

static int learn(void *state, const struct replay_rows *rows, const bool *happened)
{
    (void)state;
    (void)rows;
    (void)happened;
    return 0;
}

static void destroy(void *state)
{
    (void)state;
}

const struct replay_baseline replay_baseline_ewma = {
    .name = "ewma", .create = create, .say = say, .learn = learn, .destroy = destroy
};
const struct replay_baseline replay_baseline_ewma_isotonic = { .name = "ewma_isotonic",
                                                               .is_calibrated = true,
                                                               .create = create,
                                                               .say = say,
                                                               .learn = learn,
                                                               .destroy = destroy };
