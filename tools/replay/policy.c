/* SPDX-License-Identifier: BSD-3-Clause */
/* tools/replay/policy.c - see policy.h. */
#include "tools/replay/policy.h"

#include <stddef.h>

const struct replay_policy *const replay_policies[] = {
    &replay_lru,   &replay_fifo,   &replay_arc,         &replay_s3fifo,
    &replay_sieve, &replay_belady, &replay_clairvoyant, NULL,
};
