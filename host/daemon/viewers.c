/* SPDX-License-Identifier: BSD-3-Clause */
/* host/daemon/viewers.c - viewers by token: who may have what, and in which variants. */
#include <errno.h>
#include <string.h>

#include "host/daemon/daemon_priv.h"
#include "host/watermark/codes.h"
#include "host/watermark/key.h"

int ps_daemon_admit(void *arg, const struct ps_deliver_asker *asker, uint32_t *ret_viewer)
{
    struct ps_daemon *d = arg;
    const struct ps_token_want want = { .action = PS_MAY_VIEW,
                                        .media_key = asker->media_key,
                                        .profile_key = asker->profile_key,
                                        .region = PS_GRANT_ANY_REGION,
                                        .tenant = asker->tenant };
    struct ps_grant grant;

    *ret_viewer = 0;
    if (asker->token == NULL)
        return d->config->tokens.delivery == PS_CONFIG_DELIVERY_REQUIRED ? -EACCES : 0;
    int rc = ps_daemon_check_token(d, asker->token, strlen(asker->token), asker->from, &grant);
    if (rc == 0)
        rc = ps_tokens_allow(d->tokens, &grant, &want, ps_daemon_wall_ns(), NULL);
    if (rc == 0)
        *ret_viewer = grant.mark;
    return rc;
}

/* Beyond the longest code there is nothing to choose by. */
char ps_daemon_variant_of(void *arg, uint64_t media_key, uint32_t viewer, int32_t index)
{
    const struct ps_daemon *d = arg;
    const uint64_t key = ps_mark_key(d->mark_secret, media_key);
    const int bit = ps_codes_bit_of(key, d->config->tokens.colluders, viewer, (uint32_t)index);

    return bit == 0 ? PS_VARIANT_B : PS_VARIANT_A;
}
