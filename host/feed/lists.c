/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * host/feed/lists.c - the demand stream's lists, to be shown: claims, TLS names, counters, ports
 * and rules. None of them is demand. COUNTERS also ends its epoch, which is then acknowledged.
 */
#include <errno.h>
#include <string.h>

#include "host/feed/feed_priv.h"

#define ERRNO_MAX 4095 /* the kernel's */

/* Texts are shown on terminals: printable, then NULs to the end; they may fill their field. */
static bool is_text(const char *field, size_t size_bytes)
{
    size_t length = 0;

    while (length < size_bytes && field[length] >= ' ' && field[length] < 0x7f)
        length++;
    for (; length < size_bytes; length++)
        if (field[length] != '\0')
            return false;
    return true;
}

static int take_claims(struct ps_feed *feed, struct ps_nic_stream *stream,
                       const struct psd_list *list, const uint8_t *items, uint64_t now_ns)
{
    struct psd_claim claim;

    if (!ps_nic_mark_pass(&stream->boot->claims, list->epoch, list->part))
        return 0;
    for (uint32_t i = 0; i < list->count; i++) {
        memcpy(&claim, items + i * sizeof(claim), sizeof(claim));
        ps_nic_view_count(&stream->view->claims, &feed->names, PSD_NAME_MEDIA, claim.media_key,
                          claim.count, now_ns);
    }
    return 0;
}

static int take_tls_names(struct ps_feed *feed, struct ps_nic_stream *stream,
                          const struct psd_list *list, const uint8_t *items, uint64_t now_ns)
{
    struct psd_tls_name name;

    if (!ps_nic_mark_pass(&stream->boot->tls_names, list->epoch, list->part))
        return 0;
    for (uint32_t i = 0; i < list->count; i++) {
        memcpy(&name, items + i * sizeof(name), sizeof(name));
        ps_nic_view_count(&stream->view->tls_names, &feed->names, PSD_NAME_TLS_SERVER,
                          name.name_key, name.flows, now_ns);
    }
    return 0;
}

static int take_ports(struct ps_nic_view *view, const struct psd_list *list, const uint8_t *items)
{
    struct psd_port ports[PSD_PORTS_MAX];

    memcpy(ports, items, list->count * sizeof(ports[0]));
    for (uint32_t i = 0; i < list->count; i++)
        if (!is_text(ports[i].name, sizeof(ports[i].name)) ||
            !is_text(ports[i].driver, sizeof(ports[i].driver)) || ports[i].is_up > 1 ||
            ports[i].reserved != 0)
            return -EBADMSG;
    for (uint32_t i = 0; i < list->count; i++) {
        view->port_packets_before[i] = view->ports[i].packets;
        view->port_bytes_before[i] = view->ports[i].bytes;
        view->ports[i] = ports[i];
    }
    view->port_count = list->count;
    return 0;
}

static int take_rules(struct ps_nic_view *view, const struct psd_list *list, const uint8_t *items)
{
    static const uint8_t none[sizeof(((struct psd_rule *)0)->reserved)];
    struct psd_rule rule;

    for (uint32_t i = 0; i < list->count; i++) {
        memcpy(&rule, items + i * sizeof(rule), sizeof(rule));
        if (!is_text(rule.name, sizeof(rule.name)) || rule.place > PSD_RULE_HARDWARE ||
            rule.error > 0 || rule.error < -ERRNO_MAX ||
            memcmp(rule.reserved, none, sizeof(none)) != 0)
            return -EBADMSG;
        view->rules[i] = rule;
    }
    view->rule_count = list->count;
    return 0;
}

/* What was counted before the first epoch that we got is not missing: it was another's to take. */
static void account_requests(struct ps_nic_stream *stream)
{
    const uint64_t counted = ps_nic_view_counter(stream->view, "media_requests");
    struct ps_nic_boot *boot = stream->boot;

    if (!boot->knows_before) {
        boot->requests_before = counted > boot->requests_said ? counted - boot->requests_said : 0;
        boot->knows_before = true;
    }
    stream->view->requests_before = boot->requests_before;
    stream->view->requests_received = boot->requests_taken;
    stream->view->unwatched_ns = boot->unwatched_ns;
}

static int take_counters(struct ps_nic_stream *stream, const struct psd_list *list,
                         const uint8_t *items)
{
    struct ps_nic_view *view = stream->view;
    struct psd_counter counter;

    for (uint32_t i = 0; i < list->count; i++) {
        memcpy(&counter, items + i * sizeof(counter), sizeof(counter));
        if (!is_text(counter.name, sizeof(counter.name)))
            return -EBADMSG;
        view->counters_before[i] = view->counters[i].value;
        view->counters[i] = counter;
    }
    view->counter_count = list->count;
    view->epoch = list->epoch;
    account_requests(stream);
    stream->epoch = 0;
    ps_nic_stream_ack(stream, list->epoch);
    return 0;
}

int ps_nic_stream_take_list(struct ps_feed *feed, struct ps_nic_stream *stream, uint16_t type,
                            const uint8_t *body, uint32_t body_bytes, uint64_t now_ns)
{
    static const struct {
        uint32_t item_bytes, count_max;
        bool has_parts;
    } kinds[] = {
        [PSD_CLAIMS] = { sizeof(struct psd_claim), PSD_BODY_BYTES_MAX, true },
        [PSD_TLS] = { sizeof(struct psd_tls_name), PSD_BODY_BYTES_MAX, true },
        [PSD_COUNTERS] = { sizeof(struct psd_counter), PSD_COUNTERS_MAX, false },
        [PSD_PORTS] = { sizeof(struct psd_port), PSD_PORTS_MAX, false },
        [PSD_RULES] = { sizeof(struct psd_rule), PSD_RULES_MAX, false },
    };
    struct psd_list list;

    if (body_bytes < sizeof(list))
        return -EBADMSG;
    memcpy(&list, body, sizeof(list));
    if (stream->epoch == 0 || list.epoch != stream->epoch || list.count > kinds[type].count_max ||
        (list.part != 0 && !kinds[type].has_parts) ||
        body_bytes != sizeof(list) + list.count * kinds[type].item_bytes)
        return -EBADMSG;
    switch (type) {
    case PSD_CLAIMS:
        return take_claims(feed, stream, &list, body + sizeof(list), now_ns);
    case PSD_TLS:
        return take_tls_names(feed, stream, &list, body + sizeof(list), now_ns);
    case PSD_PORTS:
        return take_ports(stream->view, &list, body + sizeof(list));
    case PSD_RULES:
        return take_rules(stream->view, &list, body + sizeof(list));
    default:
        return take_counters(stream, &list, body + sizeof(list));
    }
}
