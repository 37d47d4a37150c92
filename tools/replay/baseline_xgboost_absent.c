/* SPDX-License-Identifier: BSD-3-Clause */
/* tools/replay/baseline_xgboost_absent.c - in place of baseline_xgboost.c without libxgboost. */
#include <errno.h>
#include <stddef.h>

#include "tools/replay/baseline.h"

static int create(void **ret_state)
{
    *ret_state = NULL;
    return -ENOTSUP;
}

const struct replay_baseline replay_baseline_xgboost = { .name = "xgboost", .create = create };
