/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * host/daemon/nic.c - nic.show: each connected prestage-nic, what it counts and what it may miss.
 *
 * Counters come by name, so that a newer prestage-nic's are shown too. Two of them that differ only
 * in `_packets` and `_bytes` are a class of traffic.
 */
#include "host/daemon/nic.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#define TOP_MAX        10u
#define TEXT_BYTES_MAX 192u
#define SILENT_NS_MAX  (10 * PS_NS_PER_SEC) /* and three intervals: then something is wrong */
#define PACKETS        "_packets"
#define BYTES          "_bytes"

/* ---- values ---- */

/* Texts from the wire may fill their field, and names may be any bytes. */
static void pair_text(struct ps_msg_writer *w, const char *key, const char *text, size_t size_bytes)
{
    char clean[TEXT_BYTES_MAX];
    size_t length = 0;

    for (; length < size_bytes && length + 1 < sizeof(clean) && text[length] != '\0'; length++)
        clean[length] = text[length] >= ' ' && text[length] < 0x7f ? text[length] : '?';
    clean[length] = '\0';
    ps_msg_pair_str(w, key, length > 0 ? clean : NULL);
}

static void pair_key(struct ps_msg_writer *w, const char *name, uint64_t key)
{
    char text[sizeof("0123456789abcdef")];

    snprintf(text, sizeof(text), "%016" PRIx64, key);
    ps_msg_pair_str(w, name, text);
}

/* A rate, or nil: there are no two intervals yet, or the count began anew. */
static void pair_rate(struct ps_msg_writer *w, const char *name, const struct ps_nic_view *view,
                      uint64_t now, uint64_t before, double scale)
{
    ps_msg_put_str(w, name);
    if (view->interval_ns == 0 || now < before)
        ps_msg_put_nil(w);
    else
        ps_msg_put_f64(w, scale * (double)(now - before) * 1e9 / (double)view->interval_ns);
}

static void pair_age(struct ps_msg_writer *w, const char *name, uint64_t then_ns, uint64_t now_ns)
{
    ps_msg_put_str(w, name);
    if (then_ns == 0)
        ps_msg_put_nil(w);
    else
        ps_msg_put_f64(w, now_ns > then_ns ? (double)(now_ns - then_ns) / 1e9 : 0.0);
}

/* ---- the stream ---- */

static uint64_t missing_of(const struct ps_nic_view *view)
{
    const uint64_t counted = ps_nic_view_counter(view, "media_requests");
    const uint64_t known = view->requests_before + view->requests_received;

    return counted > known ? counted - known : 0;
}

static void put_stream(struct ps_msg_writer *w, const struct ps_nic_view *view, uint64_t now_ns)
{
    char server[32];

    snprintf(server, sizeof(server), "%u.%u.%u.%u:%u", (unsigned)(view->server_v4 >> 40) & 255,
             (unsigned)(view->server_v4 >> 32) & 255, (unsigned)(view->server_v4 >> 24) & 255,
             (unsigned)(view->server_v4 >> 16) & 255, (unsigned)view->server_v4 & 65535);
    pair_text(w, "from", view->from, sizeof(view->from));
    ps_msg_pair_str(w, "server", view->server_v4 == 0 ? NULL : server);
    ps_msg_pair_bool(w, "is_demand", view->is_demand);
    pair_age(w, "connected_s", view->since_ns, now_ns);
    pair_key(w, "boot", view->boot_id);
    ps_msg_pair_u64(w, "epoch", view->epoch);
    pair_age(w, "epoch_age_s", view->last_ns, now_ns);
    ps_msg_pair_u64(w, "requests_counted", ps_nic_view_counter(view, "media_requests"));
    ps_msg_pair_u64(w, "requests_before", view->requests_before);
    ps_msg_pair_u64(w, "requests_received", view->requests_received);
    ps_msg_pair_u64(w, "requests_missing", missing_of(view));
    ps_msg_put_str(w, "unwatched_s");
    if (view->unwatched_ns == 0)
        ps_msg_put_nil(w);
    else
        ps_msg_put_f64(w, (double)view->unwatched_ns / 1e9);
}

/* ---- warnings ---- */

static void warn_if(struct ps_msg_writer *w, uint64_t count, const char *what)
{
    char text[TEXT_BYTES_MAX + sizeof("18446744073709551615 ")];

    if (count == 0)
        return;
    snprintf(text, sizeof(text), "%" PRIu64 " %s", count, what);
    ps_msg_put_str(w, text);
}

static uint64_t missed_by_ports(const struct ps_nic_view *view)
{
    uint64_t missed = 0;

    for (uint32_t i = 0; i < view->port_count; i++)
        missed += view->ports[i].missed;
    return missed;
}

static void warn_of_ports(struct ps_msg_writer *w, const struct ps_nic_view *view)
{
    char text[TEXT_BYTES_MAX];

    for (uint32_t i = 0; i < view->port_count; i++) {
        if (view->ports[i].is_up == 1)
            continue;
        snprintf(text, sizeof(text), "port %.*s has no link: nothing is counted there",
                 (int)sizeof(view->ports[i].name), view->ports[i].name);
        ps_msg_put_str(w, text);
    }
}

/* @param silent_ns  In real time, as its interval. */
static void warn_of_silence(struct ps_msg_writer *w, const struct ps_nic_view *view,
                            uint64_t silent_ns)
{
    char text[TEXT_BYTES_MAX];

    if (silent_ns < SILENT_NS_MAX + 3 * view->interval_ns)
        return;
    snprintf(text, sizeof(text),
             "nothing came for %" PRIu64 " s: is it stopped, or the way here cut?",
             (uint64_t)(silent_ns / PS_NS_PER_SEC));
    ps_msg_put_str(w, text);
}

/* What may be missed, and what to do about it. */
static void put_warnings(struct ps_msg_writer *w, const struct ps_nic_view *view,
                         uint64_t silent_ns)
{
    const uint64_t said = ps_nic_view_counter(view, "port_missed");
    const uint64_t ports = missed_by_ports(view);
    char overflow[TEXT_BYTES_MAX];

    snprintf(overflow, sizeof(overflow),
             "requests are in a sketch only, each key overstated by at most %" PRIu64
             ": raise --keys",
             ps_nic_view_counter(view, "overflow_error"));
    ps_msg_pair_array(w, "warnings");
    warn_of_silence(w, view, silent_ns);
    warn_of_ports(w, view);
    warn_if(w, said > ports ? said : ports,
            "frames were dropped by a port, each may be a request: give it more --lcores");
    warn_if(w, ps_nic_view_counter(view, "unseen"),
            "fragments, losses and cuts may each hide requests: does the mirror lose frames?");
    warn_if(w, ps_nic_view_counter(view, "overflow"), overflow);
    warn_if(w, ps_nic_view_counter(view, "shed_records"),
            "requests are in no record for want of room: raise --keys");
    warn_if(w, ps_nic_view_counter(view, "forward_dropped"),
            "frames would not go out of the other port: is its link up, and as fast?");
    warn_if(w, view->unwatched_ns / 1000000,
            "ms went by between the run before and this one: nobody counted");
    ps_msg_close(w);
}

/* ---- tables ---- */

/* In an operator's words where the system's are about something else. */
static const char *why_of(int32_t error)
{
    if (error == 0)
        return NULL;
    return error == -ENOSYS ? "the driver takes no rules" : strerror(-error);
}

static void put_ports(struct ps_msg_writer *w, const struct ps_nic_view *view)
{
    ps_msg_pair_array(w, "ports");
    for (uint32_t i = 0; i < view->port_count; i++) {
        const struct psd_port *port = &view->ports[i];

        ps_msg_open_map(w);
        pair_text(w, "name", port->name, sizeof(port->name));
        pair_text(w, "driver", port->driver, sizeof(port->driver));
        ps_msg_pair_bool(w, "up", port->is_up == 1);
        ps_msg_put_str(w, "speed_mbps");
        if (port->speed_mbps == 0)
            ps_msg_put_nil(w);
        else
            ps_msg_put_u64(w, port->speed_mbps);
        ps_msg_pair_u64(w, "queues", port->queues);
        ps_msg_pair_u64(w, "packets", port->packets);
        ps_msg_pair_u64(w, "bytes", port->bytes);
        ps_msg_pair_u64(w, "missed", port->missed);
        ps_msg_pair_u64(w, "errors", port->errors);
        pair_rate(w, "packets_per_s", view, port->packets, view->port_packets_before[i], 1);
        pair_rate(w, "bits_per_s", view, port->bytes, view->port_bytes_before[i], 8);
        ps_msg_close(w);
    }
    ps_msg_close(w);
}

static size_t name_length(const struct psd_counter *counter)
{
    return strnlen(counter->name, sizeof(counter->name));
}

static bool ends_with(const struct psd_counter *counter, const char *suffix)
{
    const size_t length = name_length(counter), end = strlen(suffix);

    return length > end && memcmp(counter->name + length - end, suffix, end) == 0;
}

/* Whether counters @p i and the next are one class's packets and bytes. */
static bool is_class(const struct ps_nic_view *view, uint32_t i)
{
    const struct psd_counter *packets = &view->counters[i], *bytes = packets + 1;

    return i + 1 < view->counter_count && ends_with(packets, PACKETS) && ends_with(bytes, BYTES) &&
           name_length(packets) - strlen(PACKETS) == name_length(bytes) - strlen(BYTES) &&
           memcmp(packets->name, bytes->name, name_length(packets) - strlen(PACKETS)) == 0;
}

static void put_classes(struct ps_msg_writer *w, const struct ps_nic_view *view)
{
    ps_msg_pair_array(w, "classes");
    for (uint32_t i = 0; i < view->counter_count; i++) {
        const struct psd_counter *packets = &view->counters[i], *bytes = packets + 1;

        if (!is_class(view, i))
            continue;
        ps_msg_open_map(w);
        pair_text(w, "name", packets->name, name_length(packets) - strlen(PACKETS));
        ps_msg_pair_u64(w, "packets", packets->value);
        ps_msg_pair_u64(w, "bytes", bytes->value);
        pair_rate(w, "packets_per_s", view, packets->value, view->counters_before[i], 1);
        pair_rate(w, "bits_per_s", view, bytes->value, view->counters_before[i + 1], 8);
        ps_msg_close(w);
    }
    ps_msg_close(w);
}

static void put_counters(struct ps_msg_writer *w, const struct ps_nic_view *view)
{
    ps_msg_pair_array(w, "counters");
    for (uint32_t i = 0; i < view->counter_count; i++) {
        const struct psd_counter *counter = &view->counters[i];

        if (is_class(view, i)) {
            i++; /* and the bytes of it */
            continue;
        }
        ps_msg_open_map(w);
        pair_text(w, "name", counter->name, sizeof(counter->name));
        ps_msg_pair_u64(w, "value", counter->value);
        pair_rate(w, "per_s", view, counter->value, view->counters_before[i], 1);
        ps_msg_close(w);
    }
    ps_msg_close(w);
}

static void put_rules(struct ps_msg_writer *w, const struct ps_nic_view *view)
{
    ps_msg_pair_array(w, "rules");
    for (uint32_t i = 0; i < view->rule_count; i++) {
        const struct psd_rule *rule = &view->rules[i];

        ps_msg_open_map(w);
        pair_text(w, "name", rule->name, sizeof(rule->name));
        ps_msg_pair_str(w, "place", rule->place == PSD_RULE_HARDWARE ? "hardware" : "software");
        ps_msg_pair_u64(w, "packets", rule->packets);
        ps_msg_pair_u64(w, "bytes", rule->bytes);
        ps_msg_pair_str(w, "why", why_of(rule->error));
        ps_msg_close(w);
    }
    ps_msg_close(w);
}

static void put_top(struct ps_msg_writer *w, const char *name, const char *counts,
                    const struct ps_top *top, uint64_t now_ns)
{
    struct ps_top_item best[TOP_MAX];
    const uint32_t count = ps_top_best(top, now_ns, best, TOP_MAX);

    ps_msg_pair_array(w, name);
    for (uint32_t i = 0; i < count; i++) {
        ps_msg_open_map(w);
        pair_text(w, "name", best[i].entry->name, best[i].entry->name_bytes);
        pair_key(w, "key", best[i].entry->key);
        ps_msg_pair_u64(w, counts, best[i].count);
        ps_msg_close(w);
    }
    ps_msg_close(w);
}

/* The loop's clock may run faster than real time. */
static uint64_t silent_ns(const struct ps_daemon *d, const struct ps_nic_view *view,
                          uint64_t now_ns)
{
    if (view->last_ns == 0 || now_ns < view->last_ns)
        return 0;
    return ps_clock_real_ns(&d->clock, now_ns - view->last_ns);
}

int ps_nic_show(void *arg, const struct ps_msg_value *params, struct ps_msg_writer *w)
{
    const struct ps_daemon *d = arg;
    const uint64_t now_ns = ps_clock_now_ns(&d->clock);

    (void)params;
    ps_msg_open_array(w);
    for (uint32_t i = 0; i < PS_FEED_NIC_CONNECTIONS_MAX; i++) {
        const struct ps_nic_view *view = ps_feed_nic(d->feed, i);

        if (view == NULL)
            continue;
        ps_msg_open_map(w);
        put_stream(w, view, now_ns);
        put_warnings(w, view, silent_ns(d, view, now_ns));
        put_ports(w, view);
        put_classes(w, view);
        put_counters(w, view);
        put_rules(w, view);
        put_top(w, "media", "requests", &view->media, now_ns);
        put_top(w, "claims", "count", &view->claims, now_ns);
        put_top(w, "tls_names", "flows", &view->tls_names, now_ns);
        ps_msg_close(w);
    }
    ps_msg_close(w);
    return 0;
}
