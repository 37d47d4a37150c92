/* SPDX-License-Identifier: BSD-3-Clause */
/* host/messaging/rooms.c - collections opened and closed, by whom ever, and told of. */
#include <errno.h>

#include "host/messaging/messaging_priv.h"

static void say(struct ps_messaging *m, const struct ps_collection *c,
                enum ps_messaging_event_kind kind)
{
    const struct ps_messaging_event event = { .kind = kind,
                                              .collection = c->id,
                                              .limits = c->limits };

    ps_messaging_say(m, &event);
}

int ps_messaging_open_one(struct ps_messaging *m, const struct ps_collection_id *id,
                          const struct ps_collection_limits *limits,
                          enum ps_collection_origin origin, uint64_t now_ns,
                          struct ps_collection **ret_collection)
{
    const int rc = ps_collection_open(m->set, id, limits, origin, now_ns, ret_collection);

    if (rc == 0)
        say(m, *ret_collection, PS_MESSAGING_OPEN);
    return rc;
}

void ps_messaging_close_one(struct ps_messaging *m, struct ps_collection *c)
{
    say(m, c, PS_MESSAGING_CLOSE);
    ps_collection_close(m->set, c);
}

static bool may_go(const struct ps_collection *c)
{
    return c != NULL && c->origin == PS_COLLECTION_AHEAD && !c->ahead.used && c->live == 0 &&
           c->waiters == NULL;
}

double ps_messaging_confidence(const struct ps_messaging *m, const struct ps_collection *c)
{
    return c->ahead.needed_ns < m->prepared_ns ? 0 : c->ahead.confidence;
}

bool ps_messaging_make_room(struct ps_messaging *m, double confidence)
{
    while (m->victim_count > 0) {
        const struct ps_victim *victim = &m->victims[m->victim_count - 1];
        struct ps_collection *c = ps_collection_find(m->set, &victim->id);

        if (victim->confidence >= confidence)
            return false;
        m->victim_count--;
        if (!may_go(c) || ps_messaging_confidence(m, c) >= confidence)
            continue; /* someone came, or it is surer by now */
        ps_messaging_close_one(m, c);
        m->status.ahead_closed++;
        return true;
    }
    return false;
}

int ps_messaging_find_or_open(struct ps_messaging *m, const struct ps_collection_id *id,
                              uint64_t now_ns, struct ps_collection **ret_collection)
{
    const bool is_peer = id->kind == PS_COLLECTION_PEER;
    struct ps_collection *c = ps_collection_find(m->set, id);
    int rc;

    if (c != NULL) {
        if (c->origin == PS_COLLECTION_AHEAD && !c->ahead.used)
            m->status.ahead_used++;
        c->ahead.used = true;
        *ret_collection = c;
        return 0;
    }
    if (!is_peer && !m->cfg.on_demand) {
        m->status.refused_absent++;
        return -ENOENT;
    }
    do {
        rc = ps_messaging_open_one(m, id, is_peer ? &m->cfg.peer : &m->cfg.resource,
                                   PS_COLLECTION_ON_DEMAND, now_ns, ret_collection);
    } while (rc == -ENOSPC && ps_messaging_make_room(m, 2));
    return rc;
}

/* What was opened on demand or ahead is theirs then, and stays until they close it. */
static int change(struct ps_messaging *m, struct ps_collection *c,
                  const struct ps_collection_limits *limits)
{
    int rc;

    do {
        rc = ps_collection_resize(m->set, c, limits);
    } while (rc == -ENOSPC && ps_messaging_make_room(m, 2));
    if (rc != 0)
        return rc;
    c->origin = PS_COLLECTION_ASKED;
    say(m, c, PS_MESSAGING_OPEN);
    return 0;
}

int ps_messaging_open(struct ps_messaging *m, const struct ps_grant *grant,
                      const struct ps_collection_id *id, const struct ps_collection_limits *limits,
                      uint64_t now_ns)
{
    struct ps_collection *c;
    int rc = ps_messaging_allow(m, grant, id, PS_MAY_CREATE, now_ns);

    if (rc != 0)
        return rc;
    c = ps_collection_find(m->set, id);
    if (c != NULL) {
        c->ahead.used = true; /* not to be closed to make room for itself */
        return change(m, c, limits);
    }
    do {
        rc = ps_messaging_open_one(m, id, limits, PS_COLLECTION_ASKED, now_ns, &c);
    } while (rc == -ENOSPC && ps_messaging_make_room(m, 2));
    return rc;
}

int ps_messaging_close(struct ps_messaging *m, const struct ps_grant *grant,
                       const struct ps_collection_id *id)
{
    struct ps_collection *c;
    const int rc = ps_messaging_allow(m, grant, id, PS_MAY_CREATE, 0);

    if (rc != 0)
        return rc;
    c = ps_collection_find(m->set, id);
    if (c == NULL)
        return -ENOENT;
    ps_messaging_close_one(m, c);
    return 0;
}
