/* SPDX-License-Identifier: BSD-3-Clause */
/* host/deliver/deliver.c - the delivery as a whole: its life, answers that come later, time-outs.
 */
#include "host/deliver/deliver.h"

#include <errno.h>
#include <stdlib.h>

#include "host/base/assert.h"
#include "host/base/mem.h"
#include "host/deliver/deliver_priv.h"

const uint32_t ps_deliver_latency_ms[PS_DELIVER_LATENCY_BUCKETS] = {
    1, 2, 5, 10, 20, 50, 100, 200, 300, 500, 1000, 2000, 5000, 10000, 20000, 60000,
};

static bool is_valid(const struct ps_deliver_config *cfg)
{
    return cfg->http != NULL && cfg->catalogue != NULL && cfg->tier != NULL &&
           (cfg->profiles != NULL || cfg->profile_count == 0) &&
           cfg->profile_count <= PS_PROFILES_MAX && cfg->waiting_max > 0 &&
           cfg->waiting_max <= PS_HTTP_CONNECTIONS_MAX && cfg->wait_ns_max > 0 &&
           cfg->want_segment != NULL && cfg->want_media != NULL && cfg->now_ns != NULL &&
           cfg->real_ns != NULL;
}

static int start(struct ps_deliver *deliver)
{
    deliver->exchange_count = ps_http_connections_max(deliver->cfg.http);
    deliver->exchanges = ps_zalloc(deliver->exchange_count, sizeof(*deliver->exchanges));
    if (deliver->exchanges == NULL)
        return -ENOMEM;
    for (uint32_t i = deliver->exchange_count; i-- > 0;) {
        deliver->exchanges[i].next = deliver->free;
        deliver->free = &deliver->exchanges[i];
    }
    const int rc = ps_waiters_init(&deliver->waiters, deliver->cfg.waiting_max);
    if (rc != 0)
        return rc;
    return ps_http_route(deliver->cfg.http, PS_REQUEST_PREFIX, ps_deliver_on_request, deliver);
}

int ps_deliver_create(struct ps_deliver **ret_deliver, const struct ps_deliver_config *cfg)
{
    if (!is_valid(cfg))
        return -EINVAL;
    struct ps_deliver *deliver = ps_zalloc(1, sizeof(*deliver));
    if (deliver == NULL)
        return -ENOMEM;
    deliver->cfg = *cfg;
    const int rc = start(deliver);
    if (rc != 0) {
        ps_deliver_destroy(deliver);
        return rc;
    }
    *ret_deliver = deliver;
    return 0;
}

/* What is being sent goes on without its pin: the server outlives us only to be taken down. */
static void abandon(struct ps_exchange *exchange)
{
    ps_http_set_user(exchange->request, NULL, NULL);
    if (exchange->waiting)
        ps_http_reply_error(exchange->request, 503, "shutting down", 1);
    if (exchange->pinned)
        ps_tier_release(exchange->deliver->cfg.tier, &exchange->ref);
}

void ps_deliver_destroy(struct ps_deliver *deliver)
{
    if (deliver == NULL)
        return;
    ps_http_unroute(deliver->cfg.http, PS_REQUEST_PREFIX);
    for (uint32_t i = 0; deliver->exchanges != NULL && i < deliver->exchange_count; i++)
        if (deliver->exchanges[i].request != NULL)
            abandon(&deliver->exchanges[i]);
    ps_waiters_fini(&deliver->waiters);
    free(deliver->exchanges);
    free(deliver);
}

/* Taken out first, so that who has to wait again is not met a second time. */
static void resolve(struct ps_deliver *deliver, const struct ps_segment_key *key, int status)
{
    struct ps_exchange *exchange = ps_waiters_take(&deliver->waiters, key);

    while (exchange != NULL) {
        struct ps_exchange *next = exchange->next;

        if (status == 0 || exchange->reading)
            ps_exchange_proceed(exchange);
        else
            ps_exchange_refuse(exchange, status);
        exchange = next;
    }
}

void ps_deliver_resolve(struct ps_deliver *deliver, const struct ps_segment_key *key, int status,
                        uint64_t now_ns)
{
    (void)now_ns;
    ps_assert(status <= 0);
    resolve(deliver, key, status);
}

void ps_deliver_resolve_media(struct ps_deliver *deliver, const struct ps_media *media, int status,
                              uint64_t now_ns)
{
    const struct ps_segment_key key = { .media_key = media->key, .index = PS_DELIVER_PROBE };

    (void)now_ns;
    ps_assert(status <= 0);
    resolve(deliver, &key, status == 0 && media->state != PS_MEDIA_READY ? -EIO : status);
}

void ps_deliver_tick(struct ps_deliver *deliver, uint64_t now_ns)
{
    const uint64_t real_ns = deliver->cfg.real_ns();

    (void)now_ns;
    for (uint32_t i = 0; i < deliver->exchange_count; i++) {
        struct ps_exchange *exchange = &deliver->exchanges[i];

        if (exchange->request == NULL || !exchange->waiting ||
            real_ns - exchange->started_real_ns < deliver->cfg.wait_ns_max)
            continue;
        ps_exchange_stop_waiting(exchange);
        ps_exchange_refuse(exchange, -ETIMEDOUT);
    }
}

void ps_deliver_status(const struct ps_deliver *deliver, struct ps_deliver_status *ret_status)
{
    *ret_status = deliver->status;
    ret_status->waiting = deliver->waiters.count;
}
