/* SPDX-License-Identifier: BSD-3-Clause */
/* host/daemon/elsewhere.c - what other edges' viewers ask for, and what that says of ours. */
#include <errno.h>
#include <math.h>

#include "host/base/hash.h"
#include "host/base/mem.h"
#include "host/cluster/cluster.h"
#include "host/daemon/cluster.h"
#include "host/daemon/daemon_priv.h"

/*
 * Edges are told apart by so many places: the predictor is asked about each at every start, and
 * holds so many looks of each at most. Edges that share a place are believed together.
 */
#define SOURCES      16u
#define TOLD         8192u /* looks remembered, so that a title is not announced every turn */
#define AHEAD_NS     PS_HORIZON_NS(PS_HORIZON_15MIN)
#define LOOKS_A_TURN 256u

/* A start elsewhere is as good as a coin's throw here, until the predictor knows better. */
#define ONE_START 0.5

struct ps_elsewhere {
    struct {
        uint64_t hash; /* of source and resource */
        uint64_t until_ns;
    } told[TOLD];
    bool heard[SOURCES];
    uint32_t looks; /* of this turn */
};

int ps_elsewhere_create(struct ps_elsewhere **ret_elsewhere)
{
    *ret_elsewhere = ps_zalloc(1, sizeof(**ret_elsewhere));
    return *ret_elsewhere == NULL ? -ENOMEM : 0;
}

static uint64_t source_key(uint32_t source)
{
    static const char name[] = "prestage: another edge";

    return ps_hash64_name(name) + source;
}

/* @return whether this was said within its window already. */
static bool was_told(struct ps_elsewhere *e, uint32_t source, const struct ps_resource *resource,
                     uint64_t now_ns)
{
    const uint64_t words[] = { source, resource->media_key, resource->profile_key };
    const uint64_t hash = ps_hash64(words, sizeof(words));

    if (e->told[hash % TOLD].hash == hash && now_ns < e->told[hash % TOLD].until_ns)
        return true;
    e->told[hash % TOLD].hash = hash;
    e->told[hash % TOLD].until_ns = now_ns + AHEAD_NS;
    return false;
}

void ps_elsewhere_demand(void *arg, uint16_t node, const struct ps_demand_sample *samples,
                         uint32_t count)
{
    struct ps_daemon *d = arg;
    struct ps_elsewhere *e = d->elsewhere;
    struct ps_neighbours_status *status = &d->neighbours->status;
    const uint64_t now_ns = ps_clock_now_ns(&d->clock);
    const uint32_t source = node % SOURCES;

    for (uint32_t i = 0; i < count && e->looks < LOOKS_A_TURN; i++) {
        const struct ps_demand_sample *s = &samples[i];

        if (ps_catalogue_by_key(d->catalogue, s->resource.media_key) == NULL ||
            ps_daemon_profile(d, s->resource.profile_key) == NULL ||
            was_told(e, source, &s->resource, now_ns))
            continue;
        const struct ps_forward_look look = {
            .source_key = source_key(source),
            .due_ns = now_ns,
            .until_ns = now_ns + AHEAD_NS,
            .resource = s->resource,
            .peer = s->peer,
            .probability = (float)(1.0 - pow(ONE_START, s->starts)),
        };
        e->heard[source] = true;
        e->looks++;
        if (ps_predict_look(d->predict, &look, now_ns) == 0)
            status->looks++;
        else
            status->looks_refused++;
    }
}

void ps_daemon_share_demand(struct ps_daemon *d, uint64_t now_ns)
{
    struct ps_elsewhere *e = d->elsewhere;

    if (d->cluster == NULL)
        return;
    e->looks = 0;
    ps_cluster_share(d->cluster, &d->demand);
    for (uint32_t i = 0; i < d->demand.count; i++)
        for (uint32_t source = 0; d->demand.samples[i].starts > 0 && source < SOURCES; source++)
            if (e->heard[source])
                ps_predict_kept(d->predict, source_key(source),
                                d->demand.samples[i].resource.media_key, now_ns);
}
