/* SPDX-License-Identifier: BSD-3-Clause */
/* Stands in for store_uring.c where liburing is not there to build with. */
#include <errno.h>

#include "host/tier/store_priv.h"

int ps_tier_store_uring_create(struct ps_tier_store **ret_store,
                               const struct ps_tier_store_config *cfg)
{
    (void)ret_store;
    (void)cfg;
    return -ENOTSUP;
}
