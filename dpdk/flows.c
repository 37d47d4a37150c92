/* SPDX-License-Identifier: BSD-3-Clause */
#include "dpdk/flows.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define XXH_INLINE_ALL
#include <xxhash.h>

#include "dpdk/mem.h"
#include "dpdk/payload.h"

_Static_assert(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__, "headers are copied as they lie");

#define SYSTEM_PORTS 1024u /* below: DNS and the like, never RTP */

enum mark {
    MARK_NONE,
    MARK_TLS,
    MARK_TLS_HELLO, /* and its ClientHello was counted */
    MARK_QUIC,
    MARK_MEDIA,      /* a flow with an SSRC that came twice */
    MARK_PEER,       /* a flow with STUN checks, which may carry media too */
    MARK_RTP_LIKE,   /* a direction that had a packet like RTP */
    MARK_SSRC_ONCE,  /* an SSRC in a direction */
    MARK_SSRC_TWICE, /* or more */
};

struct slot {
    uint32_t tag;
    uint32_t mark;
};

struct nic_flows {
    struct nic_flows_config cfg;
    struct slot slots[NIC_FLOW_SLOTS];
};

/* The same for both directions of a flow, and each direction's own. */
struct flow {
    uint64_t both;
    uint64_t one_way;
};

int nic_flows_create(struct nic_flows **ret_flows, const struct nic_flows_config *cfg)
{
    struct nic_flows *flows = nic_zalloc(1, sizeof(*flows));

    if (flows == NULL)
        return -ENOMEM;
    flows->cfg = *cfg;
    *ret_flows = flows;
    return 0;
}

void nic_flows_destroy(struct nic_flows *flows)
{
    free(flows);
}

static struct flow flow_of(const struct nic_flows *flows, const struct nic_segment *s, bool is_tcp)
{
    const struct {
        struct nic_address from, to;
        uint64_t ports; /* one word, so that there is no padding to hash */
    } end[2] = { { s->client, s->server, (uint64_t)s->client_port << 16 | s->server_port },
                 { s->server, s->client, (uint64_t)s->server_port << 16 | s->client_port } };
    const unsigned lower = memcmp(&end[0], &end[1], sizeof(end[0])) > 0;
    struct flow flow;

    flow.both = XXH3_64bits_withSeed(&end[lower], sizeof(end[0]), flows->cfg.seed + is_tcp);
    flow.one_way = flow.both * 2 + lower;
    return flow;
}

static struct slot *slot_of(struct nic_flows *flows, uint64_t key)
{
    return &flows->slots[key & (NIC_FLOW_SLOTS - 1)];
}

static enum mark find(struct nic_flows *flows, uint64_t key)
{
    const struct slot *slot = slot_of(flows, key);

    return slot->tag == (uint32_t)(key >> 32) ? (enum mark)slot->mark : MARK_NONE;
}

static void set(struct nic_flows *flows, uint64_t key, enum mark mark)
{
    *slot_of(flows, key) = (struct slot){ .tag = (uint32_t)(key >> 32), .mark = mark };
}

static uint64_t ssrc_key(const struct flow *flow, uint32_t ssrc)
{
    return XXH3_64bits_withSeed(&ssrc, sizeof(ssrc), flow->one_way);
}

static uint64_t direction_key(const struct flow *flow)
{
    return XXH3_64bits_withSeed(&flow->one_way, sizeof(flow->one_way), 0);
}

static bool carries_media(enum mark mark)
{
    return mark == MARK_MEDIA || mark == MARK_PEER;
}

static enum nic_traffic tell_rtp(struct nic_flows *flows, const struct flow *flow, uint32_t ssrc,
                                 struct nic_totals *totals)
{
    const uint64_t stream = ssrc_key(flow, ssrc);
    const uint64_t direction = direction_key(flow);

    switch (find(flows, stream)) {
    case MARK_SSRC_TWICE:
        return NIC_TRAFFIC_RTP;
    case MARK_SSRC_ONCE:
        set(flows, stream, MARK_SSRC_TWICE);
        if (!carries_media(find(flows, flow->both)))
            set(flows, flow->both, MARK_MEDIA);
        totals->rtp_streams++;
        return NIC_TRAFFIC_RTP;
    default:
        break;
    }
    set(flows, stream, MARK_SSRC_ONCE);
    if (carries_media(find(flows, flow->both)))
        return NIC_TRAFFIC_RTP;
    if (find(flows, direction) == MARK_RTP_LIKE)
        return NIC_TRAFFIC_OTHER;
    set(flows, direction, MARK_RTP_LIKE);
    return NIC_TRAFFIC_RTP;
}

static enum nic_traffic tell_stun(struct nic_flows *flows, const struct flow *flow,
                                  enum nic_stun stun, struct nic_totals *totals)
{
    if (stun == NIC_STUN_CHECK && find(flows, flow->both) != MARK_PEER) {
        set(flows, flow->both, MARK_PEER);
        totals->peer_sessions++;
    }
    return NIC_TRAFFIC_STUN;
}

static bool is_rtp(const struct nic_segment *s, const struct nic_payload *payload,
                   uint32_t *ret_ssrc)
{
    return s->client_port >= SYSTEM_PORTS && s->server_port >= SYSTEM_PORTS &&
           nic_payload_is_rtp(payload, ret_ssrc);
}

static enum nic_traffic tell_peer_demand(const struct nic_flows *flows, const struct nic_segment *s,
                                         const struct nic_payload *payload)
{
    struct ppd_header header;

    memcpy(&header, payload->at, sizeof(header));
    flows->cfg.claimed(flows->cfg.arg, s, &header);
    return NIC_TRAFFIC_PEER_DEMAND;
}

static enum nic_traffic tell_udp(struct nic_flows *flows, const struct nic_segment *s,
                                 const struct nic_payload *payload, struct nic_totals *totals)
{
    const struct flow flow = flow_of(flows, s, false);
    const enum nic_stun stun = nic_payload_stun(payload, false);
    uint32_t ssrc;

    if (s->server_port == PPD_PORT && nic_payload_is_peer_demand(payload))
        return tell_peer_demand(flows, s, payload);
    if (stun != NIC_STUN_NONE)
        return tell_stun(flows, &flow, stun, totals);
    if (find(flows, flow.both) == MARK_QUIC)
        return NIC_TRAFFIC_QUIC;
    if (nic_payload_opens_quic(payload)) {
        set(flows, flow.both, MARK_QUIC);
        return NIC_TRAFFIC_QUIC;
    }
    if (nic_payload_is_rtcp(payload))
        return NIC_TRAFFIC_RTCP;
    if (is_rtp(s, payload, &ssrc))
        return tell_rtp(flows, &flow, ssrc, totals);
    return NIC_TRAFFIC_OTHER;
}

static bool is_tls(enum mark mark)
{
    return mark == MARK_TLS || mark == MARK_TLS_HELLO;
}

/* @return The flow's mark after this packet. */
static enum mark count_hello(const struct nic_flows *flows, const struct nic_payload *payload,
                             struct nic_totals *totals)
{
    struct nic_tls_name name;

    switch (nic_tls_hello(payload, &name)) {
    case NIC_HELLO_NONE:
        return MARK_TLS;
    case NIC_HELLO_CUT:
        totals->tls_hellos_cut++;
        return MARK_TLS_HELLO;
    case NIC_HELLO_NAMED:
        flows->cfg.named(flows->cfg.arg, &name);
        break;
    case NIC_HELLO_UNNAMED:
        break;
    }
    totals->tls_hellos++;
    return MARK_TLS_HELLO;
}

static enum nic_traffic tell_tls(struct nic_flows *flows, const struct flow *flow, enum mark before,
                                 const struct nic_payload *payload, struct nic_totals *totals)
{
    enum mark mark = before == MARK_NONE ? MARK_TLS : before;

    if (mark == MARK_TLS && flows->cfg.named != NULL)
        mark = count_hello(flows, payload, totals);
    if (mark != before)
        set(flows, flow->both, mark);
    return NIC_TRAFFIC_TLS;
}

static enum nic_traffic tell_tcp(struct nic_flows *flows, const struct nic_segment *s,
                                 const struct nic_payload *payload, struct nic_totals *totals)
{
    const struct flow flow = flow_of(flows, s, true);
    enum mark mark = find(flows, flow.both);
    enum nic_stun stun;

    if ((s->flags & (NIC_TCP_SYN | NIC_TCP_ACK)) == NIC_TCP_SYN && is_tls(mark)) {
        mark = MARK_NONE;
        set(flows, flow.both, mark);
    }
    if (payload->bytes == 0)
        return NIC_TRAFFIC_OTHER;
    stun = nic_payload_stun(payload, true);
    if (stun != NIC_STUN_NONE)
        return tell_stun(flows, &flow, stun, totals);
    if (is_tls(mark) || nic_payload_is_tls(payload))
        return tell_tls(flows, &flow, mark, payload, totals);
    return NIC_TRAFFIC_OTHER;
}

enum nic_traffic nic_flows_tell(struct nic_flows *flows, const struct nic_segment *segment,
                                bool is_tcp, struct nic_totals *totals)
{
    const struct nic_payload payload = { .at = segment->payload,
                                         .bytes = segment->payload_bytes,
                                         .real_bytes =
                                             segment->payload_bytes + segment->lost_bytes };

    if (payload.bytes == 0 && (segment->flags & NIC_TCP_SYN) == 0)
        return NIC_TRAFFIC_OTHER;
    return is_tcp ? tell_tcp(flows, segment, &payload, totals)
                  : tell_udp(flows, segment, &payload, totals);
}
