/* SPDX-License-Identifier: BSD-3-Clause */
#include "host/daemon/health.h"

#include <stdio.h>
#include <string.h>

#include "host/base/assert.h"
#include "host/daemon/cluster.h"

static enum ps_health_state when(bool failed)
{
    return failed ? PS_HEALTH_FAILED : PS_HEALTH_OK;
}

/* One of several cards that is lost leaves the others; none left is another matter. */
static enum ps_health_state look_at_card(const struct ps_daemon *d)
{
    if (d->config->card.xclbin == NULL && d->config->card_count == 0)
        return PS_HEALTH_NONE;
    for (uint32_t i = 0; d->accel != NULL && i < ps_accel_card_count(d->accel); i++) {
        struct ps_accel_card_info info;

        ps_accel_card_info(d->accel, i, &info);
        if (info.state == PS_ACCEL_CARD_OK)
            return PS_HEALTH_OK;
    }
    return PS_HEALTH_FAILED;
}

static enum ps_health_state look_at_tier(const struct ps_daemon *d)
{
    struct ps_tier_status tier;

    if (d->config->tier.path == NULL)
        return PS_HEALTH_NONE;
    ps_tier_status(d->tier, &tier);
    return when(tier.dram_only);
}

static enum ps_health_state look_at_nic(const struct ps_daemon *d)
{
    struct ps_feed_status feed;

    if (d->config->demand.nic_socket == NULL && d->config->demand.nic_listen == NULL)
        return PS_HEALTH_NONE;
    ps_feed_status(d->feed, &feed);
    return when(!feed.nic_connected);
}

void ps_health_look(const struct ps_daemon *d, struct ps_health *ret_health)
{
    *ret_health =
        (struct ps_health){ .part = {
                                [PS_HEALTH_CARD] = look_at_card(d),
                                [PS_HEALTH_TIER] = look_at_tier(d),
                                [PS_HEALTH_NIC] = look_at_nic(d),
                                [PS_HEALTH_PEERS] = when(d->peers_save_error != 0),
                                [PS_HEALTH_RESERVATIONS] = when(d->leases_save_error != 0),
                                [PS_HEALTH_SPECULATION] = !d->config->speculate.enabled
                                                              ? PS_HEALTH_NONE
                                                              : when(d->resting),
                                [PS_HEALTH_MODEL] = when(d->model.error != 0),
                                [PS_HEALTH_DELIVER] = when(d->outcomes_lost > 0),
                                [PS_HEALTH_CLUSTER] = d->cluster == NULL
                                                          ? PS_HEALTH_NONE
                                                          : when(ps_cluster_complaint(d) != NULL),
                            } };
}

const char *ps_health_part_name(enum ps_health_part part)
{
    static const char *const name[PS_HEALTH_PART_COUNT] = { "card",  "tier",         "nic",
                                                            "peers", "reservations", "speculation",
                                                            "model", "deliver",      "cluster" };

    return name[part];
}

bool ps_health_is_ready(const struct ps_health *health)
{
    for (unsigned part = 0; part < PS_HEALTH_READY_COUNT; part++)
        if (health->part[part] == PS_HEALTH_FAILED)
            return false;
    return true;
}

bool ps_health_is_turning(const struct ps_daemon *d, uint64_t mono_ns)
{
    const uint64_t since_ns = d->turned_mono_ns != 0 ? d->turned_mono_ns : d->started_mono_ns;
    const uint64_t turns_ns =
        PS_HEALTH_TURNS_MISSED * ps_clock_real_ns(&d->clock, d->config->turn_ns);

    return mono_ns - since_ns <= (turns_ns > PS_HEALTH_SILENT_NS ? turns_ns : PS_HEALTH_SILENT_NS);
}

/* ---- over HTTP ---- */

static bool is_exactly(struct ps_http_request *request, const char *path)
{
    if (strcmp(ps_http_path(request), path) == 0)
        return true;
    ps_http_reply_error(request, 404, "no such path", 0);
    return false;
}

static void tell_alive(void *arg, struct ps_http_request *request)
{
    const struct ps_daemon *d = arg;

    if (!is_exactly(request, "/healthz"))
        return;
    if (ps_health_is_turning(d, ps_clock_mono_ns()))
        ps_http_reply_text(request, 200, "text/plain; charset=utf-8", "ok\n");
    else
        ps_http_reply_text(request, 503, "text/plain; charset=utf-8", "the loop does not turn\n");
}

static void tell_ready(void *arg, struct ps_http_request *request)
{
    static const char *const state[] = { "ok", "none", "failed" };
    const struct ps_daemon *d = arg;
    struct ps_health health;
    char text[128];
    size_t size = 0;

    if (!is_exactly(request, "/readyz"))
        return;
    ps_health_look(d, &health);
    const bool ready = ps_health_is_ready(&health) && ps_health_is_turning(d, ps_clock_mono_ns());
    for (unsigned part = 0; part < PS_HEALTH_READY_COUNT; part++)
        size += (size_t)snprintf(text + size, sizeof(text) - size, "%s %s\n",
                                 ps_health_part_name((enum ps_health_part)part),
                                 state[health.part[part]]);
    ps_assert(size < sizeof(text));
    ps_http_reply_text(request, ready ? 200 : 503, "text/plain; charset=utf-8", text);
}

int ps_health_serve(struct ps_daemon *d, struct ps_http *http)
{
    const int rc = ps_http_route(http, "/healthz", tell_alive, d);

    return rc == 0 ? ps_http_route(http, "/readyz", tell_ready, d) : rc;
}
