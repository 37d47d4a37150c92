/* SPDX-License-Identifier: BSD-3-Clause */
/* host/messaging/rights.c - what a grant allows with which collection. */
#include <errno.h>

#include "host/messaging/messaging_priv.h"

/* A peer reads its own answers and no others; it writes to those it met. */
static bool allows_peers(const struct ps_messaging *m, const struct ps_grant *grant,
                         const struct ps_collection_id *id, enum ps_action action, uint64_t now_ns)
{
    if (action == PS_MAY_FETCH)
        return id->key == grant->peer_key;
    return action == PS_MAY_PUT && (grant->actions & PS_MAY_PUT) != 0 &&
           ps_meetings_has(&m->meetings, grant->peer_key, id->key, now_ns);
}

/* Peers whose region has no collection of its own meet in that of region 0. */
static bool allows_resource(const struct ps_messaging *m, const struct ps_grant *grant,
                            const struct ps_collection_id *id, enum ps_action action)
{
    const bool region =
        grant->region == PS_GRANT_ANY_REGION || id->region == 0 || id->region == grant->region;
    const bool profile = grant->profile_key == 0 || grant->profile_key == id->profile_key;

    if ((grant->actions & (uint32_t)action) == 0 || !region || !profile)
        return false;
    if (grant->media_key != 0)
        return grant->media_key == id->key;
    return m->cfg.is_of_tenant == NULL || m->cfg.is_of_tenant(m->cfg.arg, id->key, grant->tenant);
}

int ps_messaging_allow(struct ps_messaging *m, const struct ps_grant *grant,
                       const struct ps_collection_id *id, enum ps_action action, uint64_t now_ns)
{
    bool allowed = grant == NULL;

    if (!allowed && id->kind == PS_COLLECTION_PEER)
        allowed = allows_peers(m, grant, id, action, now_ns);
    else if (!allowed && id->kind == PS_COLLECTION_RESOURCE)
        allowed = allows_resource(m, grant, id, action);
    if (allowed)
        return 0;
    m->status.refused_rights++;
    return -EACCES;
}
