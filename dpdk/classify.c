/* SPDX-License-Identifier: BSD-3-Clause */
#include "dpdk/classify.h"

#include <netinet/in.h>
#include <string.h>

#define ETHERNET_BYTES   14u
#define ETHERTYPE_V4     0x0800u
#define ETHERTYPE_V6     0x86ddu
#define ETHERTYPE_CVLAN  0x8100u
#define ETHERTYPE_SVLAN  0x88a8u
#define ETHERTYPE_QINQ   0x9100u /* as switches tagged before 802.1ad */
#define V4_BYTES_MIN     20u
#define V4_FRAGMENT_MASK 0x3fffu /* more fragments, and the offset */
#define V6_BYTES         40u
#define TCP_BYTES_MIN    20u
#define UDP_BYTES        8u
#define VXLAN_PORT       4789u
#define VXLAN_BYTES      8u
#define VXLAN_HAS_VNI    0x08u
#define GTPU_PORT        2152u
#define GTPU_BYTES       8u
#define GTPU_VERSION     0xf0u /* of the first byte: version 1, */
#define GTPU_IS_V1       0x30u /* and GTP rather than GTP' */
#define GTPU_OPTIONS     0x07u /* any of these bits adds four bytes, */
#define GTPU_EXTENSION   0x04u /* of which this one makes the last a type */
#define GTPU_PACKET      255u

/*
 * A segment to a server of ours goes through here without a call; tunnels, fragments and datagrams
 * have copies of their own to call, so that they do not slow it down.
 */
#define HOT  inline __attribute__((always_inline))
#define COLD __attribute__((noinline))

/* What is left of a frame while its headers are taken off. */
struct cursor {
    const uint8_t *at;
    uint32_t captured_bytes;
    uint32_t real_bytes; /* by the IP header; 0 until it is read */
};

struct network {
    struct nic_address from;
    struct nic_address to;
    uint8_t protocol;
    bool is_fragment;
};

static uint16_t be16(const uint8_t *at)
{
    return (uint16_t)(at[0] << 8 | at[1]);
}

static uint32_t be32(const uint8_t *at)
{
    return (uint32_t)be16(at) << 16 | be16(at + 2);
}

static HOT void take(struct cursor *c, uint32_t bytes)
{
    c->at += bytes;
    c->captured_bytes -= bytes;
    c->real_bytes -= bytes;
}

/* The IP header knows where the packet ends: what follows is padding, what lacks was cut off. */
static HOT void set_real_bytes(struct cursor *c, uint32_t bytes)
{
    /* Segments merged beyond 64 KiB carry a length of 0: then the capture is all we know. */
    c->real_bytes = bytes != 0 ? bytes : c->captured_bytes;
    if (c->captured_bytes > c->real_bytes)
        c->captured_bytes = c->real_bytes;
}

static bool is_vlan(uint16_t ethertype)
{
    return ethertype == ETHERTYPE_CVLAN || ethertype == ETHERTYPE_SVLAN ||
           ethertype == ETHERTYPE_QINQ;
}

static HOT bool take_ethernet(struct cursor *c, uint16_t *ret_ethertype)
{
    uint16_t ethertype;

    if (c->captured_bytes < ETHERNET_BYTES)
        return false;
    ethertype = be16(c->at + 12);
    take(c, ETHERNET_BYTES);
    for (uint32_t i = 0; i < NIC_VLAN_TAGS_MAX; i++) {
        if (!is_vlan(ethertype))
            break;
        if (c->captured_bytes < 4)
            return false;
        ethertype = be16(c->at + 2);
        take(c, 4);
    }
    *ret_ethertype = ethertype;
    return true;
}

static HOT bool take_v4(struct cursor *c, struct network *n)
{
    uint32_t header_bytes;

    if (c->captured_bytes < V4_BYTES_MIN || c->at[0] >> 4 != 4)
        return false;
    header_bytes = (c->at[0] & 15u) * 4u;
    if (header_bytes < V4_BYTES_MIN || c->captured_bytes < header_bytes)
        return false;
    n->from = nic_address_from_v4(c->at + 12);
    n->to = nic_address_from_v4(c->at + 16);
    n->protocol = c->at[9];
    n->is_fragment = (be16(c->at + 6) & V4_FRAGMENT_MASK) != 0;
    set_real_bytes(c, be16(c->at + 2));
    if (c->captured_bytes < header_bytes)
        return false;
    take(c, header_bytes);
    return true;
}

static bool is_v6_extension(uint8_t protocol)
{
    return protocol == IPPROTO_HOPOPTS || protocol == IPPROTO_ROUTING ||
           protocol == IPPROTO_DSTOPTS || protocol == IPPROTO_FRAGMENT;
}

static HOT bool take_v6_extensions(struct cursor *c, struct network *n)
{
    for (uint32_t i = 0; i < NIC_IPV6_EXTENSIONS_MAX && is_v6_extension(n->protocol); i++) {
        uint32_t bytes = 8;

        if (c->captured_bytes < bytes)
            return false;
        if (n->protocol != IPPROTO_FRAGMENT)
            bytes += c->at[1] * 8u;
        else if ((be16(c->at + 2) & ~6u) != 0) /* an offset, or more to come */
            n->is_fragment = true;
        n->protocol = c->at[0];
        if (n->is_fragment)
            return true;
        if (c->captured_bytes < bytes)
            return false;
        take(c, bytes);
    }
    return true;
}

static HOT bool take_v6(struct cursor *c, struct network *n)
{
    uint16_t body_bytes;

    if (c->captured_bytes < V6_BYTES || c->at[0] >> 4 != 6)
        return false;
    memcpy(n->from.bytes, c->at + 8, NIC_ADDRESS_BYTES);
    memcpy(n->to.bytes, c->at + 24, NIC_ADDRESS_BYTES);
    n->protocol = c->at[6];
    n->is_fragment = false;
    body_bytes = be16(c->at + 4);
    set_real_bytes(c, body_bytes != 0 ? V6_BYTES + body_bytes : 0);
    take(c, V6_BYTES);
    return take_v6_extensions(c, n);
}

static HOT bool take_frame(struct cursor *c, struct network *n)
{
    uint16_t ethertype;

    if (!take_ethernet(c, &ethertype))
        return false;
    return ethertype == ETHERTYPE_V4   ? take_v4(c, n)
           : ethertype == ETHERTYPE_V6 ? take_v6(c, n)
                                       : false;
}

/* The last byte of each extension is the type of the next; 0 is none. */
static bool take_gtpu_extensions(struct cursor *c, uint8_t type)
{
    for (uint32_t i = 0; type != 0; i++) {
        uint32_t bytes;

        if (i == NIC_GTPU_EXTENSIONS_MAX || c->captured_bytes == 0)
            return false;
        bytes = c->at[0] * 4u;
        if (bytes == 0 || c->captured_bytes < bytes)
            return false;
        type = c->at[bytes - 1];
        take(c, bytes);
    }
    return true;
}

/* The inner packet follows without a frame; its first half byte says which IP it is. */
static bool take_gtpu(struct cursor *c, struct network *n)
{
    const uint8_t flags = c->at[0];
    uint8_t extension = 0;

    take(c, GTPU_BYTES);
    if ((flags & GTPU_OPTIONS) != 0) {
        if (c->captured_bytes < 4)
            return false;
        extension = (flags & GTPU_EXTENSION) != 0 ? c->at[3] : 0;
        take(c, 4);
    }
    if (!take_gtpu_extensions(c, extension) || c->captured_bytes == 0)
        return false;
    return c->at[0] >> 4 == 4 ? take_v4(c, n) : take_v6(c, n);
}

/* Put the inner packet, if this is a tunnel to open, in the outer one's place. */
static bool take_tunnel(const struct nic_tunnels *tunnels, struct cursor *c, struct network *n,
                        bool *ret_is_tunnel)
{
    const uint8_t *body = c->at + UDP_BYTES;
    uint16_t port;

    *ret_is_tunnel = false;
    if (c->captured_bytes < UDP_BYTES + VXLAN_BYTES)
        return true;
    port = be16(c->at + 2);
    if (tunnels->vxlan && port == VXLAN_PORT && (body[0] & VXLAN_HAS_VNI) != 0) {
        *ret_is_tunnel = true;
        take(c, UDP_BYTES + VXLAN_BYTES);
        return take_frame(c, n);
    }
    if (tunnels->gtpu && port == GTPU_PORT && (body[0] & GTPU_VERSION) == GTPU_IS_V1 &&
        body[1] == GTPU_PACKET) {
        *ret_is_tunnel = true;
        take(c, UDP_BYTES);
        return take_gtpu(c, n);
    }
    return true;
}

static COLD bool take_tunnels(const struct nic_tunnels *tunnels, struct cursor *c,
                              struct network *n)
{
    bool is_tunnel = true;

    for (uint32_t i = 0; i < NIC_TUNNELS_MAX && is_tunnel; i++) {
        if (n->protocol != IPPROTO_UDP || n->is_fragment)
            break;
        if (!take_tunnel(tunnels, c, n, &is_tunnel))
            return false;
    }
    return true;
}

static bool is_watched(const struct nic_servers *servers, const struct nic_address *to,
                       uint16_t port)
{
    for (uint32_t i = 0; i < servers->count; i++)
        if (nic_endpoint_matches(&servers->list[i], to, port))
            return true;
    return false;
}

/* A later fragment has no port. */
static bool is_watched_on_some_port(const struct nic_servers *servers, const struct nic_address *to)
{
    for (uint32_t i = 0; i < servers->count; i++)
        if (nic_endpoint_matches(&servers->list[i], to, servers->list[i].port))
            return true;
    return false;
}

static HOT bool take_tcp(struct cursor *c, const struct network *n, struct nic_segment *s)
{
    uint32_t header_bytes;

    if (c->captured_bytes < TCP_BYTES_MIN)
        return false;
    header_bytes = (uint32_t)(c->at[12] >> 4) * 4u;
    if (header_bytes < TCP_BYTES_MIN || c->captured_bytes < header_bytes)
        return false;
    s->client = n->from;
    s->server = n->to;
    s->client_port = be16(c->at);
    s->server_port = be16(c->at + 2);
    s->flags = c->at[13];
    s->seq = be32(c->at + 4) + ((s->flags & NIC_TCP_SYN) != 0 ? 1u : 0u);
    take(c, header_bytes);
    s->payload = c->at;
    s->payload_bytes = c->captured_bytes;
    s->lost_bytes = c->real_bytes - c->captured_bytes;
    return true;
}

/* Its length field may tell of fewer bytes than the packet has; 0 is what merging leaves. */
static bool take_udp(struct cursor *c, const struct network *n, struct nic_segment *s)
{
    uint32_t bytes;

    if (c->captured_bytes < UDP_BYTES)
        return false;
    bytes = be16(c->at + 4);
    if (bytes != 0 && (bytes < UDP_BYTES || bytes > c->real_bytes))
        return false;
    s->client = n->from;
    s->server = n->to;
    s->client_port = be16(c->at);
    s->server_port = be16(c->at + 2);
    s->seq = 0;
    s->flags = 0;
    if (bytes != 0)
        set_real_bytes(c, bytes);
    take(c, UDP_BYTES);
    s->payload = c->at;
    s->payload_bytes = c->captured_bytes;
    s->lost_bytes = c->real_bytes - c->captured_bytes;
    return true;
}

/* A tunnel in pieces may go to anybody. */
static bool may_hide_request(const struct nic_servers *servers, const struct network *n)
{
    if (n->protocol == IPPROTO_UDP)
        return servers->tunnels.vxlan || servers->tunnels.gtpu;
    return n->protocol == IPPROTO_TCP && is_watched_on_some_port(servers, &n->to);
}

static HOT enum nic_class tell_tcp(const struct nic_servers *servers, struct cursor *c,
                                   const struct network *n, struct nic_segment *ret_segment)
{
    if (!take_tcp(c, n, ret_segment))
        return NIC_CLASS_OTHER;
    if (is_watched(servers, &n->to, ret_segment->server_port))
        return NIC_CLASS_SEGMENT;
    return is_watched(servers, &n->from, ret_segment->client_port) ? NIC_CLASS_RESPONSE
                                                                   : NIC_CLASS_TCP;
}

/* Reads the frame anew: handing over what is read would keep it out of registers above. */
static COLD enum nic_class tell_rest(const struct nic_servers *servers, const uint8_t *frame,
                                     uint32_t frame_bytes, struct nic_segment *ret_segment)
{
    struct cursor c = { .at = frame, .captured_bytes = frame_bytes, .real_bytes = frame_bytes };
    struct network n;

    if (!take_frame(&c, &n) || !take_tunnels(&servers->tunnels, &c, &n))
        return NIC_CLASS_OTHER;
    if (n.is_fragment)
        return may_hide_request(servers, &n) ? NIC_CLASS_FRAGMENT : NIC_CLASS_PIECE;
    if (n.protocol == IPPROTO_TCP)
        return tell_tcp(servers, &c, &n, ret_segment);
    if (n.protocol != IPPROTO_UDP || !take_udp(&c, &n, ret_segment))
        return NIC_CLASS_OTHER;
    return NIC_CLASS_UDP;
}

enum nic_class nic_classify(const struct nic_servers *servers, const uint8_t *frame,
                            uint32_t frame_bytes, struct nic_segment *ret_segment)
{
    struct cursor c = { .at = frame, .captured_bytes = frame_bytes, .real_bytes = frame_bytes };
    struct network n;

    if (!take_frame(&c, &n))
        return NIC_CLASS_OTHER;
    if (n.protocol == IPPROTO_TCP && !n.is_fragment)
        return tell_tcp(servers, &c, &n, ret_segment);
    return tell_rest(servers, frame, frame_bytes, ret_segment);
}
