/* SPDX-License-Identifier: BSD-3-Clause */
/* host/messaging/messaging.c - the parts of messaging, from beginning to end. */
#include "host/messaging/messaging.h"

#include <errno.h>
#include <stdlib.h>

#include "host/base/hash.h"
#include "host/base/mem.h"
#include "host/messaging/messaging_priv.h"

static bool config_is_good(const struct ps_messaging_config *cfg)
{
    struct ps_collection_layout layout;

    return ps_collection_lay_out(&cfg->resource, &layout) == 0 &&
           ps_collection_lay_out(&cfg->peer, &layout) == 0 && cfg->messages_per_peer > 0 &&
           cfg->messages_ahead_max <= PS_COLLECTION_MESSAGES_MAX && cfg->idle_ns > 0;
}

static int create_parts(struct ps_messaging *m)
{
    const struct ps_collections_config set = { .budget_bytes = m->cfg.budget_bytes,
                                               .collections_max = m->cfg.collections_max,
                                               .node = m->cfg.node,
                                               .first = m->cfg.first };
    int rc = ps_collections_create(&m->set, &set);

    if (rc == 0)
        rc = ps_meetings_init(&m->meetings);
    if (rc == 0)
        rc = ps_rates_init(&m->rates, m->cfg.puts_per_s, m->cfg.fetches_per_s);
    if (rc == 0 && m->link.keep != NULL)
        rc = ps_tickets_init(&m->tickets);
    if (rc != 0)
        return rc;
    m->victims = ps_zalloc(PS_MESSAGING_VICTIMS, sizeof(*m->victims));
    return m->victims == NULL ? -ENOMEM : 0;
}

int ps_messaging_create(struct ps_messaging **ret_m, const struct ps_messaging_config *cfg,
                        const struct ps_messaging_link *link)
{
    if (!config_is_good(cfg))
        return -EINVAL;
    struct ps_messaging *m = ps_zalloc(1, sizeof(*m));
    if (m == NULL)
        return -ENOMEM;
    m->cfg = *cfg;
    if (cfg->keep_ns == 0)
        m->cfg.keep_ns = PS_MESSAGING_KEEP_NS;
    if (link != NULL)
        m->link = *link;
    const int rc = create_parts(m);
    if (rc != 0) {
        ps_messaging_destroy(m);
        return rc;
    }
    *ret_m = m;
    return 0;
}

void ps_messaging_destroy(struct ps_messaging *m)
{
    if (m == NULL)
        return;
    free(m->victims);
    ps_tickets_fini(&m->tickets);
    ps_rates_fini(&m->rates);
    ps_meetings_fini(&m->meetings);
    ps_collections_destroy(m->set);
    free(m);
}

struct ps_collection_id ps_messaging_resource_id(const struct ps_messaging *m,
                                                 const struct ps_resource *resource,
                                                 uint32_t region)
{
    struct ps_collection_id id = { .key = resource->media_key,
                                   .profile_key = resource->profile_key,
                                   .region = region > UINT16_MAX ? 0 : (uint16_t)region,
                                   .kind = PS_COLLECTION_RESOURCE };

    if (id.region != 0 && ps_collection_find(m->set, &id) == NULL)
        id.region = 0;
    return id;
}

struct ps_collection_id ps_messaging_peer_id(const char *name, size_t length)
{
    return (struct ps_collection_id){ .key = ps_hash64(name, length), .kind = PS_COLLECTION_PEER };
}

void ps_messaging_set_node(struct ps_messaging *m, uint16_t node)
{
    m->cfg.node = node;
    ps_collections_set_node(m->set, node);
}

struct ps_collections *ps_messaging_collections(struct ps_messaging *m)
{
    return m->set;
}

void ps_messaging_status(const struct ps_messaging *m, struct ps_messaging_status *ret_status)
{
    *ret_status = m->status;
    ps_collections_status(m->set, &ret_status->set);
    ret_status->meetings = m->meetings.count;
    ret_status->tickets = m->tickets.count;
}
