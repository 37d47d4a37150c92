/* SPDX-License-Identifier: BSD-3-Clause */
#include "dpdk/offload_spell_priv.h"

#include <netinet/in.h>
#include <rte_ethdev.h>
#include <string.h>

#define ETH_BYTES 14u
#define UDP_BYTES 8u

static void say_ip(struct nic_sentence *s, struct rte_flow_item *item,
                   const struct nic_match *match)
{
    item->type = match->is_v6 ? RTE_FLOW_ITEM_TYPE_IPV6 : RTE_FLOW_ITEM_TYPE_IPV4;
    if (!match->has_address)
        return;
    if (match->is_v6) {
        memcpy(s->v6.hdr.dst_addr, match->address.bytes, NIC_ADDRESS_BYTES);
        memset(s->v6_mask.hdr.dst_addr, 0xff, NIC_ADDRESS_BYTES);
        item->spec = &s->v6;
        item->mask = &s->v6_mask;
        return;
    }
    memcpy(&s->v4.hdr.dst_addr, match->address.bytes + NIC_V4_PREFIX / 8,
           sizeof(s->v4.hdr.dst_addr));
    s->v4_mask.hdr.dst_addr = UINT32_MAX;
    item->spec = &s->v4;
    item->mask = &s->v4_mask;
}

static void say_port(struct nic_sentence *s, struct rte_flow_item *item,
                     const struct nic_match *match)
{
    if (match->is_udp) {
        item->type = RTE_FLOW_ITEM_TYPE_UDP;
        s->udp.hdr.dst_port = rte_cpu_to_be_16(match->port);
        s->udp_mask.hdr.dst_port = rte_cpu_to_be_16(match->port_mask);
        item->spec = &s->udp;
        item->mask = &s->udp_mask;
        return;
    }
    item->type = RTE_FLOW_ITEM_TYPE_TCP;
    s->tcp.hdr.dst_port = rte_cpu_to_be_16(match->port);
    s->tcp_mask.hdr.dst_port = rte_cpu_to_be_16(match->port_mask);
    item->spec = &s->tcp;
    item->mask = &s->tcp_mask;
}

static void say_media(struct nic_sentence *s, struct rte_flow_item *item,
                      const struct nic_match *match, enum nic_form form)
{
    const size_t skip = form == NIC_FORM_KEY ? offsetof(struct nic_opening, media_key) : 0;

    s->opening.magic = rte_cpu_to_le_32(PPD_MAGIC);
    s->opening.version = rte_cpu_to_le_32(PPD_VERSION);
    s->opening.media_key = rte_cpu_to_le_64(match->media_key);
    memset(&s->opening_mask, 0xff, sizeof(s->opening_mask));
    s->raw = (struct rte_flow_item_raw){
        .relative = 1,
        .offset = (int32_t)skip,
        .length = (uint16_t)(sizeof(s->opening) - skip),
        .pattern = (const uint8_t *)&s->opening + skip,
    };
    s->raw_mask = (struct rte_flow_item_raw){
        .relative = 1,
        .search = 1,
        .offset = -1,
        .limit = UINT16_MAX,
        .length = UINT16_MAX,
        .pattern = (const uint8_t *)&s->opening_mask + skip,
    };
    *item = (struct rte_flow_item){ .type = RTE_FLOW_ITEM_TYPE_RAW,
                                    .spec = &s->raw,
                                    .mask = &s->raw_mask };
}

static void put_be16(uint8_t *at, size_t value)
{
    at[0] = (uint8_t)(value >> 8);
    at[1] = (uint8_t)value;
}

/* A frame that the rule would match. @return Its bytes. */
static size_t draw_frame(struct nic_sentence *s, const struct nic_match *match)
{
    const size_t ip_bytes = match->is_v6 ? 40 : 20;
    const size_t udp_at = ETH_BYTES + ip_bytes;
    const size_t bytes = udp_at + UDP_BYTES + sizeof(s->opening);
    const struct nic_opening opening = { .magic = rte_cpu_to_le_32(PPD_MAGIC),
                                         .version = rte_cpu_to_le_32(PPD_VERSION),
                                         .media_key = rte_cpu_to_le_64(match->media_key) };
    uint8_t *ip = s->frame + ETH_BYTES;

    put_be16(s->frame + 12, match->is_v6 ? RTE_ETHER_TYPE_IPV6 : RTE_ETHER_TYPE_IPV4);
    ip[0] = match->is_v6 ? 0x60 : 0x45;
    ip[match->is_v6 ? 6 : 9] = IPPROTO_UDP;
    put_be16(ip + (match->is_v6 ? 4 : 2), match->is_v6 ? bytes - udp_at : bytes - ETH_BYTES);
    put_be16(s->frame + udp_at + 2, match->port);
    put_be16(s->frame_mask + udp_at + 2, match->port_mask);
    put_be16(s->frame + udp_at + 4, bytes - udp_at);
    memcpy(s->frame + udp_at + UDP_BYTES, &opening, sizeof(opening));
    memset(s->frame_mask + bytes - sizeof(opening.media_key), 0xff, sizeof(opening.media_key));
    return bytes;
}

static void write_hex(char *hex, const uint8_t *at, size_t bytes)
{
    static const char digits[] = "0123456789ABCDEF";

    for (size_t i = 0; i < bytes; i++) {
        *hex++ = digits[at[i] >> 4];
        *hex++ = digits[at[i] & 15];
    }
    *hex = '\0';
}

static void say_frame(struct nic_sentence *s, const struct nic_match *match)
{
    const size_t bytes = draw_frame(s, match);

    write_hex(s->hex, s->frame, bytes);
    write_hex(s->hex_mask, s->frame_mask, bytes);
    s->raw = (struct rte_flow_item_raw){ .length = (uint16_t)(2 * bytes),
                                         .pattern = (const uint8_t *)s->hex };
    s->raw_mask =
        (struct rte_flow_item_raw){ .length = UINT16_MAX, .pattern = (const uint8_t *)s->hex_mask };
    s->items[0] = (struct rte_flow_item){ .type = RTE_FLOW_ITEM_TYPE_RAW,
                                          .spec = &s->raw,
                                          .mask = &s->raw_mask };
}

static void say_headers(struct nic_sentence *s, const struct nic_match *match, enum nic_form form)
{
    s->items[0].type = RTE_FLOW_ITEM_TYPE_ETH;
    say_ip(s, &s->items[1], match);
    say_port(s, &s->items[2], match);
    if (match->has_media)
        say_media(s, &s->items[3], match, form);
}

static void say_fate(struct nic_sentence *s, struct rte_flow_action *action,
                     enum rte_flow_action_type fate, const struct nic_flow_port *port)
{
    action->type = fate;
    if (fate == RTE_FLOW_ACTION_TYPE_QUEUE)
        action->conf = &s->queue;
    if (fate != RTE_FLOW_ACTION_TYPE_RSS)
        return;
    for (uint16_t q = 0; q < port->queues; q++)
        s->queues[q] = q;
    s->rss = (struct rte_flow_action_rss){ .func = RTE_ETH_HASH_FUNCTION_DEFAULT,
                                           .types = port->rss_types,
                                           .key_len = port->rss_key_bytes,
                                           .key = port->rss_key,
                                           .queue_num = port->queues,
                                           .queue = s->queues };
    action->conf = &s->rss;
}

void nic_spell(struct nic_sentence *s, const struct nic_flow_port *port,
               const struct nic_match *match, uint32_t mark, const struct nic_spelling *spelling)
{
    struct rte_flow_action *action = s->actions;

    *s = (struct nic_sentence){ .attr = { .ingress = 1 } };
    if (spelling->with_priority)
        s->attr.priority = match->priority;
    if (spelling->form == NIC_FORM_FRAME)
        say_frame(s, match);
    else
        say_headers(s, match, spelling->form);
    *action++ = (struct rte_flow_action){ .type = RTE_FLOW_ACTION_TYPE_COUNT, .conf = &s->count };
    if (mark != 0) {
        s->mark.id = mark;
        *action++ = (struct rte_flow_action){ .type = RTE_FLOW_ACTION_TYPE_MARK, .conf = &s->mark };
    }
    say_fate(s, action, spelling->fate, port);
}
