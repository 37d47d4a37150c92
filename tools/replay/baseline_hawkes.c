/* SPDX-License-Identifier: BSD-3-Clause */
/* tools/replay/baseline_hawkes.c - a Hawkes process with six kernels for all objects, calibrated.
 */
#include <errno.h>
#include <math.h>
#include <stdlib.h>

#include "host/base/mem.h"
#include "tools/replay/baseline.h"
#include "tools/replay/hawkes.h"

static int create(void **ret_state)
{
    struct replay_hawkes *hawkes = ps_zalloc(1, sizeof(*hawkes));

    *ret_state = hawkes;
    if (hawkes == NULL)
        return -ENOMEM;
    replay_hawkes_init(hawkes);
    return 0;
}

static void say(void *state, const struct replay_rows *rows, float *ret_said)
{
    for (uint32_t i = 0; i < rows->count; i++)
        ret_said[i] = (float)-expm1(-replay_hawkes_expect(state, rows->x[i]));
}

static int learn(void *state, const struct replay_rows *rows, const bool *happened)
{
    for (uint32_t i = 0; i < rows->count; i++)
        replay_hawkes_add(state, rows->x[i], happened[i]);
    replay_hawkes_fit(state);
    return 0;
}

const struct replay_baseline replay_baseline_hawkes = { .name = "hawkes",
                                                        .is_calibrated = true,
                                                        .create = create,
                                                        .say = say,
                                                        .learn = learn,
                                                        .destroy = free };
