/* SPDX-License-Identifier: BSD-3-Clause */
#include "host/daemon/neighbours.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "host/base/log.h"
#include "host/daemon/cluster.h"
#include "host/daemon/daemon_priv.h"

#define FETCH_MS 5000u

static bool is_shared(const struct ps_daemon *d, const struct ps_segment_key *key)
{
    return d->cluster != NULL && key->index != PS_SEGMENT_INIT && key->variant == PS_VARIANT_NONE;
}

static struct ps_wanted *find(const struct ps_daemon *d, const struct ps_segment_key *key)
{
    struct ps_neighbours *n = d->neighbours;

    for (uint32_t i = 0; n->status.wanted > 0 && i < PS_NEIGHBOURS_WANTED_MAX; i++)
        if (n->wanted[i].state != PS_WANTED_NOT &&
            memcmp(&n->wanted[i].request.key, key, sizeof(*key)) == 0)
            return &n->wanted[i];
    return NULL;
}

static struct ps_wanted *enter(struct ps_daemon *d, const struct ps_make_request *request,
                               uint64_t now_ns)
{
    struct ps_neighbours *n = d->neighbours;

    for (uint32_t i = 0; i < PS_NEIGHBOURS_WANTED_MAX; i++) {
        if (n->wanted[i].state != PS_WANTED_NOT)
            continue;
        n->wanted[i] = (struct ps_wanted){ .state = PS_WANTED_CLAIMED,
                                           .request = *request,
                                           .begun_ns = now_ns };
        n->status.wanted++;
        return &n->wanted[i];
    }
    return NULL;
}

static void leave(struct ps_daemon *d, struct ps_wanted *w)
{
    w->state = PS_WANTED_NOT;
    d->neighbours->status.wanted--;
}

/* ---- how it ends ---- */

/* Neither made nor fetched. A bet is as if it had never been; a viewer is told. */
static void fail(struct ps_daemon *d, const struct ps_wanted *w, int rc)
{
    ps_ledger_unstage(d->ledger, w->request.meta.prediction_id);
    if (w->request.queue == PS_QUEUE_REAL_TIME)
        ps_daemon_add_outcome(d, &w->request.key, rc);
}

static void make_here(struct ps_daemon *d, struct ps_wanted *w, bool is_ours)
{
    const struct ps_wanted ended = *w;
    int rc;

    leave(d, w);
    rc = ended.abandoned
             ? -ECANCELED
             : ps_pipeline_make(d->pipeline, &ended.request, ps_clock_now_ns(&d->clock));
    if (rc == 0 || rc == -EALREADY)
        return;
    if (is_ours)
        ps_cluster_gave_up(d->cluster, &ended.request.key);
    if (!ended.abandoned)
        fail(d, &ended, rc);
}

static int begin_fetch(struct ps_daemon *d, const struct ps_segment_key *key)
{
    char at[PS_CLUSTER_URL_MAX], url[PS_FETCH_URL_MAX], text[PS_CLUSTER_KEY_TEXT];
    struct ps_fetch_request request = { .key = *key, .url = url, .timeout_ms = FETCH_MS };
    int rc = ps_cluster_where(d->cluster, key, at, &request.size_bytes, &request.crc32c);

    if (rc != 0)
        return rc;
    ps_cluster_key_text(key, text);
    snprintf(url, sizeof(url), "%s" PS_CLUSTER_SEGMENTS "%s", at, text);
    request.bearer = ps_daemon_node_token(d);
    return ps_fetch_begin(d->neighbours->fetches, &request);
}

void ps_neighbours_fetched(void *arg, const struct ps_segment_key *key, int status,
                           const void *data, uint32_t size_bytes)
{
    struct ps_daemon *d = arg;
    struct ps_neighbours_status *count = &d->neighbours->status;
    const uint64_t now_ns = ps_clock_now_ns(&d->clock);
    struct ps_wanted *w = find(d, key);

    if (w == NULL)
        return;
    if (status == 0)
        status = ps_tier_put(d->tier, key, &w->request.meta, data, size_bytes, now_ns);
    if (status == 0) {
        const struct ps_wanted ended = *w;

        leave(d, w);
        count->fetched++;
        count->fetched_bytes += size_bytes;
        ps_ledger_settle(d->ledger, ended.request.meta.prediction_id,
                         ended.promoted ? PS_FATE_LATE : PS_FATE_STORED, 0, now_ns);
        ps_daemon_add_outcome(d, key, 0);
        return;
    }
    count->fetch_failed++;
    count->refused += status == -EBADMSG;
    ps_warn("cluster", "fetch_failed", "media=%016" PRIx64 " index=%d status=\"%s\"",
            key->media_key, key->index, strerror(-status));
    ps_cluster_refute(d->cluster, key);
    w->state = PS_WANTED_CLAIMED; /* by us, then, unless somebody else has it as well */
    ps_cluster_claim(d->cluster, key);
}

/* ---- who makes it ---- */

void ps_neighbours_claimed(void *arg, const struct ps_segment_key *key, enum ps_cluster_claim how,
                           const char *url)
{
    struct ps_daemon *d = arg;
    struct ps_wanted *w = find(d, key);

    (void)url; /* where() says what must be known besides */
    if (w == NULL || w->state != PS_WANTED_CLAIMED)
        return;
    if (how != PS_CLUSTER_ELSEWHERE) {
        make_here(d, w, how == PS_CLUSTER_MINE);
        return;
    }
    if (w->abandoned) {
        leave(d, w);
        return;
    }
    const int rc = begin_fetch(d, key);
    if (rc == 0) {
        w->state = PS_WANTED_FETCHED;
    } else if (w->request.queue == PS_QUEUE_REAL_TIME) {
        w->state = PS_WANTED_AWAITED;
        w->until_ns = ps_clock_mono_ns() + PS_NEIGHBOURS_PATIENCE_NS;
    } else {
        d->neighbours->status.left++;
        ps_ledger_unstage(d->ledger, w->request.meta.prediction_id);
        leave(d, w);
    }
}

void ps_neighbours_changed(void *arg, const struct ps_segment_key *key)
{
    struct ps_daemon *d = arg;
    struct ps_wanted *w = find(d, key);

    if (w == NULL || w->state != PS_WANTED_AWAITED)
        return;
    w->state = PS_WANTED_CLAIMED; /* fetched if it is made, claimed if it was given up */
    ps_cluster_claim(d->cluster, key);
}

void ps_neighbours_tend(struct ps_daemon *d, uint64_t now_ns)
{
    struct ps_neighbours *n = d->neighbours;
    const uint64_t mono_ns = ps_clock_mono_ns();

    (void)now_ns;
    for (uint32_t i = 0; n->status.wanted > 0 && i < PS_NEIGHBOURS_WANTED_MAX; i++) {
        struct ps_wanted *w = &n->wanted[i];

        if (w->state != PS_WANTED_AWAITED || mono_ns < w->until_ns)
            continue;
        n->status.impatient++;
        make_here(d, w, false);
    }
}

static bool has_room(const struct ps_daemon *d, const struct ps_make_request *request)
{
    uint32_t bets = 0;

    if (request->queue == PS_QUEUE_REAL_TIME)
        return true;
    for (uint32_t i = 0; i < PS_NEIGHBOURS_WANTED_MAX; i++)
        bets += d->neighbours->wanted[i].state != PS_WANTED_NOT &&
                d->neighbours->wanted[i].request.queue == PS_QUEUE_SPECULATIVE;
    return bets < ps_pipeline_speculative_room(d->pipeline);
}

static int join(struct ps_wanted *w, const struct ps_make_request *request)
{
    w->abandoned = false;
    if (request->queue == PS_QUEUE_REAL_TIME && w->request.queue == PS_QUEUE_SPECULATIVE) {
        w->request.queue = PS_QUEUE_REAL_TIME;
        w->request.deadline_ns = request->deadline_ns;
        w->request.meta.class = request->meta.class;
        w->promoted = true;
    }
    return -EALREADY;
}

int ps_neighbours_make(struct ps_daemon *d, const struct ps_make_request *request, uint64_t now_ns)
{
    struct ps_wanted *w;

    if (!is_shared(d, &request->key) || ps_pipeline_is_making(d->pipeline, &request->key))
        return ps_pipeline_make(d->pipeline, request, now_ns);
    w = find(d, &request->key);
    if (w != NULL)
        return join(w, request);
    if (!has_room(d, request))
        return -EAGAIN;
    if (request->queue == PS_QUEUE_SPECULATIVE && ps_cluster_is_making(d->cluster, &request->key)) {
        d->neighbours->status.left++;
        return -EALREADY;
    }
    w = enter(d, request, now_ns);
    if (w == NULL)
        return ps_pipeline_make(d->pipeline, request, now_ns);
    ps_cluster_claim(d->cluster, &request->key); /* may be answered from within */
    return 0;
}

bool ps_neighbours_have(const struct ps_daemon *d, const struct ps_segment_key *key)
{
    char url[PS_CLUSTER_URL_MAX];
    uint32_t size_bytes, crc32c;

    return is_shared(d, key) && ps_cluster_where(d->cluster, key, url, &size_bytes, &crc32c) == 0;
}

bool ps_neighbours_want(const struct ps_daemon *d, const struct ps_segment_key *key)
{
    return d->cluster != NULL && find(d, key) != NULL;
}

void ps_neighbours_unwanted(struct ps_daemon *d, const struct ps_segment_key *key)
{
    struct ps_wanted *w = d->cluster == NULL ? NULL : find(d, key);

    if (w == NULL || w->request.queue != PS_QUEUE_REAL_TIME || w->promoted)
        return; /* what was bet on is wanted by the bet */
    if (w->state == PS_WANTED_AWAITED)
        leave(d, w);
    else
        w->abandoned = w->state == PS_WANTED_CLAIMED;
}

/* ---- what we have ---- */

void ps_neighbours_made(struct ps_daemon *d, const struct ps_segment_key *key, int status)
{
    uint32_t size_bytes, crc32c;

    if (!is_shared(d, key))
        return;
    if (status == 0 && ps_tier_describe(d->tier, key, &size_bytes, &crc32c) == 0)
        ps_cluster_made(d->cluster, key, size_bytes, crc32c);
    else
        ps_cluster_gave_up(d->cluster, key);
}

void ps_neighbours_gone(struct ps_daemon *d, const struct ps_segment_key *key)
{
    if (is_shared(d, key))
        ps_cluster_gave_up(d->cluster, key);
}
