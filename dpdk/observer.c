/* SPDX-License-Identifier: BSD-3-Clause */
#include "dpdk/observer.h"

#include <assert.h>
#include <errno.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include "dpdk/claims.h"
#include "dpdk/count.h"
#include "dpdk/flows.h"
#include "dpdk/mem.h"
#include "dpdk/offload.h"
#include "dpdk/requests.h"
#include "dpdk/tls_names.h"

/* A request that was found, on its way to its count. */
struct pending {
    uint32_t media_bytes;
    uint32_t profile_bytes;
    char names[2 * PSD_NAME_BYTES_MAX + 1]; /* MEDIA/ or MEDIA/PROFILE */
};

struct nic_observer {
    /* Written by the control thread (release), read by the worker (acquire): servers for each
     * burst, regions for each request. */
    const struct nic_servers *_Atomic servers;
    const struct nic_regions *_Atomic regions;
    struct nic_requests *requests;
    struct nic_flows *flows;
    struct nic_count_table *counts;
    struct nic_claims *claims;
    struct nic_tls_names *tls_names; /* NULL: not asked for */
    struct nic_name_queue *names;
    struct nic_offload *offload;
    uint32_t worker_idx;
    uint64_t epoch; /* of the burst in hand */
    uint32_t mark;  /* of the frame in hand */
    struct nic_key keys[NIC_BURST];
    enum nic_request_kind kinds[NIC_BURST];
    struct pending pending[NIC_BURST]; /* what else is known of each key */
    uint32_t pending_count;
    struct nic_totals totals[2]; /* by side: see epoch.h for whose it is */
};

static struct nic_totals *totals_of(struct nic_observer *o, uint64_t epoch)
{
    return &o->totals[epoch & 1];
}

static uint16_t region_of(struct nic_observer *o, const struct nic_segment *segment)
{
    return nic_region_find(atomic_load_explicit(&o->regions, memory_order_acquire),
                           &segment->client);
}

static void count_claim(void *arg, const struct nic_segment *segment,
                        const struct ppd_header *header)
{
    struct nic_observer *o = arg;

    if (o->offload != NULL &&
        nic_offload_counts_claim(o->offload, o->worker_idx, o->mark, header->media_key))
        totals_of(o, o->epoch)->claims_marked++;
    else
        nic_claims_add(o->claims, header, region_of(o, segment), o->epoch);
}

static void count_tls_name(void *arg, const struct nic_tls_name *name)
{
    struct nic_observer *o = arg;

    if (nic_tls_names_add(o->tls_names, name, o->epoch, o->names) != 0)
        totals_of(o, o->epoch)->names_shed++;
}

/* What is not for a watched server. */
static int create_side_road(struct nic_observer *o, const struct nic_observer_config *cfg)
{
    const struct nic_flows_config flows = { .seed = cfg->seed,
                                            .claimed = count_claim,
                                            .named = cfg->sni ? count_tls_name : NULL,
                                            .arg = o };
    int rc = nic_flows_create(&o->flows, &flows);

    if (rc == 0)
        rc = nic_claims_create(&o->claims, cfg->seed);
    if (rc == 0 && cfg->sni)
        rc = nic_tls_names_create(&o->tls_names, cfg->seed);
    return rc;
}

int nic_observer_create(struct nic_observer **ret_observer, const struct nic_observer_config *cfg)
{
    struct nic_observer *o = nic_zalloc(1, sizeof(*o));
    int rc;

    if (o == NULL)
        return -ENOMEM;
    atomic_init(&o->servers, cfg->servers);
    o->offload = cfg->offload;
    o->worker_idx = cfg->worker_idx;
    atomic_init(&o->regions, cfg->regions);
    rc = nic_requests_create(&o->requests, &cfg->media_template, cfg->seed);
    if (rc == 0)
        rc = nic_count_create(&o->counts, cfg->keys, cfg->seed);
    if (rc == 0)
        rc = nic_name_queue_create(&o->names);
    if (rc == 0)
        rc = create_side_road(o, cfg);
    if (rc != 0) {
        nic_observer_destroy(o);
        return rc;
    }
    *ret_observer = o;
    return 0;
}

void nic_observer_destroy(struct nic_observer *observer)
{
    if (observer == NULL)
        return;
    nic_name_queue_destroy(observer->names);
    nic_count_destroy(observer->counts);
    nic_tls_names_destroy(observer->tls_names);
    nic_claims_destroy(observer->claims);
    nic_flows_destroy(observer->flows);
    nic_requests_destroy(observer->requests);
    free(observer);
}

void nic_observer_set_regions(struct nic_observer *observer, const struct nic_regions *regions)
{
    atomic_store_explicit(&observer->regions, regions, memory_order_release);
}

void nic_observer_set_servers(struct nic_observer *observer, const struct nic_servers *servers)
{
    atomic_store_explicit(&observer->servers, servers, memory_order_release);
}

/* Both names or neither are passed on; without room it is tried with the key's next request. */
static void pass_names(struct nic_observer *o, struct nic_count_entry *entry,
                       const struct pending *p)
{
    struct nic_name name = nic_name_make(PSD_NAME_MEDIA, p->names, p->media_bytes);
    int rc = nic_name_queue_put(o->names, &name);

    if (rc == 0 && p->profile_bytes > 0) {
        name = nic_name_make(PSD_NAME_PROFILE, p->names + p->media_bytes + 1, p->profile_bytes);
        rc = nic_name_queue_put(o->names, &name);
    }
    if (rc == 0)
        nic_count_set_named(entry);
    else
        totals_of(o, o->epoch)->names_shed++;
}

static void count_pending(struct nic_observer *o)
{
    struct nic_totals *totals = totals_of(o, o->epoch);
    struct nic_count_entry *entries[NIC_BURST];

    nic_count_add(o->counts, o->keys, o->kinds, o->pending_count, o->epoch, entries);
    for (uint32_t i = 0; i < o->pending_count; i++) {
        if (entries[i] == NULL)
            totals->shed_records++;
        else if (!nic_count_is_named(entries[i]))
            pass_names(o, entries[i], &o->pending[i]);
    }
    totals->keyed += o->pending_count;
    o->pending_count = 0;
}

/* The request's names lie in the parser, which goes on to the next. */
static void keep_request(void *arg, const struct nic_segment *segment,
                         const struct nic_request *request)
{
    struct nic_observer *o = arg;
    const uint32_t at = o->pending_count++;
    struct pending *p = &o->pending[at];

    o->kinds[at] = request->kind;
    o->keys[at] = (struct nic_key){
        .media_key = nic_name_key(request->media, request->media_bytes),
        .profile_key =
            request->profile_bytes > 0 ? nic_name_key(request->profile, request->profile_bytes) : 0,
        .region = region_of(o, segment),
    };

    p->media_bytes = request->media_bytes;
    p->profile_bytes = request->profile_bytes;
    memcpy(p->names, request->media, request->media_bytes + 1 + request->profile_bytes);
    if (o->pending_count == NIC_BURST)
        count_pending(o);
}

/* A frame that is classified, on its way to be read. */
struct sight {
    enum nic_class class;
    struct nic_segment segment;
    uint64_t flow; /* of a segment with something to read */
};

static bool has_request_bytes(const struct sight *sight)
{
    return sight->class == NIC_CLASS_SEGMENT && nic_requests_may_read(&sight->segment);
}

static void look_at(const struct nic_observer *o, const struct nic_servers *servers,
                    const struct nic_frame *frame, struct sight *ret_sight)
{
    ret_sight->class = nic_classify(servers, frame->at, frame->bytes, &ret_sight->segment);
    if (has_request_bytes(ret_sight))
        ret_sight->flow = nic_requests_flow(o->requests, &ret_sight->segment);
}

static enum nic_traffic read_sight(struct nic_observer *o, const struct sight *sight,
                                   struct nic_totals *totals)
{
    switch (sight->class) {
    case NIC_CLASS_SEGMENT:
        if (has_request_bytes(sight))
            nic_requests_feed(o->requests, &sight->segment, sight->flow, totals, keep_request, o);
        return NIC_TRAFFIC_HTTP;
    case NIC_CLASS_RESPONSE:
        return NIC_TRAFFIC_RESPONSE;
    case NIC_CLASS_FRAGMENT:
        totals->unseen++;
        return NIC_TRAFFIC_FRAGMENTS;
    case NIC_CLASS_PIECE:
        return NIC_TRAFFIC_FRAGMENTS;
    case NIC_CLASS_TCP:
        return nic_flows_tell(o->flows, &sight->segment, true, totals);
    case NIC_CLASS_UDP:
        return nic_flows_tell(o->flows, &sight->segment, false, totals);
    case NIC_CLASS_OTHER:
        break;
    }
    return NIC_TRAFFIC_OTHER;
}

/* Each pass asks for the cache lines that the next one reads. */
void nic_observer_burst(struct nic_observer *observer, const struct nic_frame *frames,
                        uint32_t count, uint64_t epoch)
{
    const struct nic_servers *servers =
        atomic_load_explicit(&observer->servers, memory_order_acquire);
    struct nic_totals *totals = totals_of(observer, epoch);
    struct sight sights[NIC_BURST];

    assert(count <= NIC_BURST);
    observer->epoch = epoch;
    for (uint32_t i = 0; i < count; i++)
        __builtin_prefetch(frames[i].at);
    for (uint32_t i = 0; i < count; i++)
        look_at(observer, servers, &frames[i], &sights[i]);
    for (uint32_t i = 0; i < count; i++) {
        enum nic_traffic traffic;

        observer->mark = frames[i].mark;
        traffic = read_sight(observer, &sights[i], totals);
        totals->packets++;
        totals->bytes += frames[i].bytes;
        totals->traffic[traffic].packets++;
        totals->traffic[traffic].bytes += frames[i].bytes;
    }
    count_pending(observer);
}

void nic_observer_dropped(struct nic_observer *observer, uint64_t count, uint64_t epoch)
{
    totals_of(observer, epoch)->forward_dropped += count;
}

void nic_observer_tick(struct nic_observer *observer, uint64_t epoch)
{
    nic_requests_tick(observer->requests, totals_of(observer, epoch));
}

void nic_observer_end(struct nic_observer *observer, uint64_t epoch)
{
    nic_requests_end(observer->requests, totals_of(observer, epoch));
}

static void add_record(void *arg, const struct psd_record *record)
{
    nic_batch_add(arg, record);
}

static void add_claim(void *arg, const struct psd_claim *claim)
{
    nic_batch_add_claim(arg, claim);
}

static void add_tls_name(void *arg, const struct psd_tls_name *name)
{
    nic_batch_add_tls_name(arg, name);
}

static void drain_side_road(struct nic_observer *o, uint64_t epoch, struct nic_batch *batch)
{
    struct nic_totals *totals = totals_of(o, epoch);
    const struct nic_claims_sums claims = nic_claims_drain(o->claims, epoch, add_claim, batch);

    assert(claims.drained + claims.shed + totals->claims_marked ==
           totals->traffic[NIC_TRAFFIC_PEER_DEMAND].packets);
    totals->claims_shed = claims.shed;
    if (o->tls_names != NULL)
        totals->tls_names_shed = nic_tls_names_drain(o->tls_names, epoch, add_tls_name, batch);
}

uint32_t nic_observer_drain(struct nic_observer *observer, uint64_t epoch, struct nic_batch *batch,
                            struct nic_names *names)
{
    struct nic_totals *totals = totals_of(observer, epoch);
    struct nic_count_sums sums;
    struct nic_name name;
    uint32_t refused = 0;

    while (nic_name_queue_take(observer->names, &name) == 0)
        refused += nic_names_add(names, &name) != 0;
    sums = nic_count_drain(observer->counts, epoch, add_record, batch);
    assert(sums.drained + sums.overflow == totals->keyed);
    totals->drained = sums.drained;
    totals->overflow = sums.overflow;
    totals->overflow_error = sums.overflow_error;
    totals->promoted = sums.promoted;
    drain_side_road(observer, epoch, batch);
    nic_totals_add(&batch->totals, totals);
    *totals = (struct nic_totals){ 0 };
    return refused;
}
