/* SPDX-License-Identifier: BSD-3-Clause */
#include "dpdk/requests.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define XXH_INLINE_ALL
#include <xxhash.h>

#include "dpdk/mem.h"

/* A line whose end has not come: all that is needed to go on with the next segment. */
struct cut {
    uint64_t flow; /* 0: free */
    uint32_t begin_seq;
    uint32_t next_seq;
    uint32_t opened_tick;
    struct nic_http http;
};

struct nic_requests {
    struct nic_template media_template;
    uint64_t seed;
    uint64_t *seen; /* hash of (flow, seq of the request's first byte) */
    struct cut *cuts;
    uint32_t open_count; /* of cuts; while 0 the table is not touched */
    uint32_t tick;
};

/* One segment on its way through the parser. */
struct reading {
    const struct nic_segment *segment;
    struct nic_totals *totals;
    nic_found_fn *found;
    void *arg;
    uint64_t flow;
    uint32_t begin_seq; /* seq of the byte at the parser's position 0 */
    bool joins;         /* began with the rest of an open line, */
    uint32_t join_at;   /* whose first byte has this position */
};

int nic_requests_create(struct nic_requests **ret_requests,
                        const struct nic_template *media_template, uint64_t seed)
{
    struct nic_requests *r = nic_zalloc(1, sizeof(*r));

    if (r == NULL)
        goto fail;
    r->media_template = *media_template;
    r->seed = seed;
    r->seen = nic_zalloc(NIC_SEEN_SLOTS, sizeof(*r->seen));
    if (r->seen == NULL)
        goto fail;
    r->cuts = nic_zalloc(NIC_CUT_SLOTS, sizeof(*r->cuts));
    if (r->cuts == NULL)
        goto fail;
    *ret_requests = r;
    return 0;

fail:
    nic_requests_destroy(r);
    return -ENOMEM;
}

void nic_requests_destroy(struct nic_requests *requests)
{
    if (requests == NULL)
        return;
    free(requests->cuts);
    free(requests->seen);
    free(requests);
}

/* What a request is remembered by. The flow is a keyed hash already: this needs but mix. */
static uint64_t mark_of(uint64_t flow, uint32_t seq)
{
    const uint64_t mixed = (flow ^ seq) * 0x9e3779b97f4a7c15ull; /* 2^64 / phi, made odd */

    return mixed ^ mixed >> 32;
}

static uint64_t *seen_slot(const struct nic_requests *r, uint64_t mark)
{
    return &r->seen[mark & (NIC_SEEN_SLOTS - 1)];
}

bool nic_requests_may_read(const struct nic_segment *segment)
{
    return segment->payload_bytes > 0 || segment->lost_bytes > 0 ||
           (segment->flags & (NIC_TCP_SYN | NIC_TCP_FIN | NIC_TCP_RST)) != 0;
}

uint64_t nic_requests_flow(const struct nic_requests *requests, const struct nic_segment *segment)
{
    const uint64_t tuple[] = { segment->client.words[0], segment->client.words[1],
                               segment->server.words[0], segment->server.words[1],
                               (uint64_t)segment->client_port << 16 | segment->server_port };
    const uint64_t hash = XXH3_64bits_withSeed(tuple, sizeof(tuple), requests->seed);
    const uint64_t flow = hash != 0 ? hash : 1; /* 0 marks a free slot */

    __builtin_prefetch(seen_slot(requests, mark_of(flow, segment->seq)), 1);
    return flow;
}

static bool is_seen(const struct nic_requests *r, uint64_t flow, uint32_t seq)
{
    const uint64_t mark = mark_of(flow, seq);

    return *seen_slot(r, mark) == mark;
}

static struct cut *cut_slot(struct nic_requests *r, uint64_t flow)
{
    return &r->cuts[flow & (NIC_CUT_SLOTS - 1)];
}

static struct cut *find_cut(struct nic_requests *r, uint64_t flow)
{
    struct cut *cut;

    if (r->open_count == 0)
        return NULL;
    cut = cut_slot(r, flow);
    return cut->flow == flow ? cut : NULL;
}

static void close_cut(struct nic_requests *r, struct cut *cut)
{
    cut->flow = 0;
    r->open_count--;
}

static void give_up_cut(struct nic_requests *r, struct cut *cut, struct nic_totals *totals)
{
    close_cut(r, cut);
    totals->cut++;
    totals->unseen++;
}

/* Whether the parser is still in the line that an earlier segment began. */
static bool is_joining(const struct reading *reading, const struct nic_http *http)
{
    return reading->joins && http->line_at == reading->join_at;
}

/* The segment ended within a line: keep the parser until the rest comes. */
static void keep_cut(struct nic_requests *r, const struct reading *reading,
                     const struct nic_http *http)
{
    const uint32_t next_seq = reading->begin_seq + http->position;
    const uint32_t line_seq = reading->begin_seq + http->line_at;
    struct cut *cut = cut_slot(r, reading->flow);

    if (is_seen(r, reading->flow, line_seq))
        return; /* a part of what was counted, sent again */
    if (cut->flow == reading->flow) {
        if ((int32_t)(next_seq - cut->next_seq) <= 0)
            return; /* sent again: we are further already */
        if (cut->begin_seq + cut->http.line_at == line_seq)
            close_cut(r, cut); /* sent again, with more of the same line */
    }
    if (cut->flow != 0)
        give_up_cut(r, cut, reading->totals);
    r->open_count++;
    cut->flow = reading->flow;
    cut->begin_seq = reading->begin_seq;
    cut->next_seq = next_seq;
    cut->opened_tick = r->tick;
    cut->http = *http;
}

static void handle(struct nic_requests *r, const struct reading *reading,
                   const struct nic_http *http, enum nic_http_event event,
                   const struct nic_request *request)
{
    const bool is_request = event == NIC_HTTP_REQUEST;
    const uint64_t mark = mark_of(reading->flow, reading->begin_seq + http->line_at);
    uint64_t *slot = seen_slot(r, mark);

    if (*slot == mark) {
        reading->totals->dups += is_request;
        return;
    }
    *slot = mark;
    reading->totals->malformed += !is_request;
    if (!is_request)
        return;
    reading->totals->media_requests++;
    reading->totals->cut += is_joining(reading, http);
    reading->totals->joined += is_joining(reading, http);
    reading->found(reading->arg, reading->segment, request);
}

static void read_bytes(struct nic_requests *r, const struct reading *reading, struct nic_http *http,
                       const uint8_t *bytes, size_t count)
{
    struct nic_request request;
    enum nic_http_event event;

    while (count > 0) {
        const size_t taken =
            nic_http_feed(http, &r->media_template, bytes, count, &event, &request);
        if (event != NIC_HTTP_MORE)
            handle(r, reading, http, event, &request);
        bytes += taken;
        count -= taken;
    }
    reading->totals->unseen += reading->segment->lost_bytes > 0;
    if (reading->segment->lost_bytes == 0 && nic_http_is_within_line(http))
        keep_cut(r, reading, http);
}

/*
 * Whether the segment goes on where the open line stops. If not, it lies before (sent again: then
 * it is read by itself, and may hold the whole line) or beyond (what is between may still come).
 */
static bool continues(const struct nic_segment *s, const struct cut *cut)
{
    const uint32_t line_seq = cut->begin_seq + cut->http.line_at;

    return cut->next_seq - s->seq < s->payload_bytes && (int32_t)(s->seq - line_seq) > 0;
}

static void read_payload(struct nic_requests *r, struct reading *reading, struct cut *cut)
{
    const struct nic_segment *s = reading->segment;
    struct nic_http http;
    uint32_t skip_bytes = 0;

    nic_http_init(&http);
    if (cut != NULL && continues(s, cut)) {
        skip_bytes = cut->next_seq - s->seq;
        http = cut->http;
        reading->begin_seq = cut->begin_seq;
        reading->joins = true;
        reading->join_at = http.line_at;
        close_cut(r, cut);
    }
    read_bytes(r, reading, &http, s->payload + skip_bytes, s->payload_bytes - skip_bytes);
}

/* A connection that ends or begins anew will not send the rest of a line. */
static void read_flags(struct nic_requests *r, uint64_t flow, const struct nic_segment *s,
                       struct nic_totals *totals)
{
    struct cut *cut = find_cut(r, flow);

    if (cut == NULL)
        return;
    if ((s->flags & (NIC_TCP_SYN | NIC_TCP_RST)) != 0 ||
        ((s->flags & NIC_TCP_FIN) != 0 && s->seq + s->payload_bytes == cut->next_seq)) {
        close_cut(r, cut);
        totals->cut++;
    }
}

void nic_requests_feed(struct nic_requests *requests, const struct nic_segment *segment,
                       uint64_t flow, struct nic_totals *totals, nic_found_fn *found, void *arg)
{
    struct reading reading = {
        .segment = segment,
        .totals = totals,
        .found = found,
        .arg = arg,
        .flow = flow,
        .begin_seq = segment->seq,
    };

    if ((segment->flags & NIC_TCP_SYN) != 0)
        read_flags(requests, reading.flow, segment, totals);
    if (segment->payload_bytes > 0 || segment->lost_bytes > 0)
        read_payload(requests, &reading, find_cut(requests, reading.flow));
    if ((segment->flags & (NIC_TCP_FIN | NIC_TCP_RST)) != 0)
        read_flags(requests, reading.flow, segment, totals);
}

static void give_up_older(struct nic_requests *r, uint32_t age_min, struct nic_totals *totals)
{
    for (uint32_t i = 0; i < NIC_CUT_SLOTS && r->open_count > 0; i++)
        if (r->cuts[i].flow != 0 && r->tick - r->cuts[i].opened_tick >= age_min)
            give_up_cut(r, &r->cuts[i], totals);
}

void nic_requests_tick(struct nic_requests *requests, struct nic_totals *totals)
{
    requests->tick++;
    give_up_older(requests, NIC_CUT_AGE_MAX, totals);
}

void nic_requests_end(struct nic_requests *requests, struct nic_totals *totals)
{
    give_up_older(requests, 0, totals);
}
