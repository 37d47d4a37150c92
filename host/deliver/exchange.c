/* SPDX-License-Identifier: BSD-3-Clause */
/* host/deliver/exchange.c - one viewer's request: find it, wait for it, send it, count it. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "host/base/assert.h"
#include "host/deliver/deliver_priv.h"
#include "host/media/playlist.h"

#define PLAYLIST_TYPE "application/vnd.apple.mpegurl"
#define RETRY_AFTER_S 1u
#define BUSY_RETRY_S  5u

/* A segment's URL does not name its version, so caches may keep it for a while only. */
#define SEGMENT_CACHE "public, max-age=60"
#define PRIVATE_CACHE "private, max-age=60"

static void give(struct ps_exchange *exchange)
{
    struct ps_deliver *deliver = exchange->deliver;

    exchange->request = NULL;
    exchange->next = deliver->free;
    deliver->free = exchange;
}

static void count_latency(struct ps_deliver *deliver, uint64_t real_ns)
{
    uint32_t bucket = 0;

    while (bucket < PS_DELIVER_LATENCY_BUCKETS &&
           real_ns > ps_deliver_latency_ms[bucket] * UINT64_C(1000000))
        bucket++;
    deliver->status.latency[bucket]++;
    deliver->status.latency_sum_ns += real_ns;
}

void ps_exchange_stop_waiting(struct ps_exchange *exchange)
{
    struct ps_deliver *deliver = exchange->deliver;
    const bool made = exchange->kind == PS_REQUEST_SEGMENT && !exchange->reading;

    ps_waiters_remove(&deliver->waiters, exchange);
    if (made && deliver->cfg.unwanted != NULL &&
        !ps_waiters_has_maker(&deliver->waiters, &exchange->key))
        deliver->cfg.unwanted(deliver->cfg.arg, &exchange->key);
}

static void on_end(void *user, bool sent_whole)
{
    struct ps_exchange *exchange = user;
    struct ps_deliver *deliver = exchange->deliver;

    if (exchange->waiting)
        ps_exchange_stop_waiting(exchange);
    if (!sent_whole)
        deliver->status.client_gone++;
    else
        deliver->status.bytes += ps_http_body_bytes(exchange->request);
    if (exchange->pinned) {
        ps_tier_release(deliver->cfg.tier, &exchange->ref);
        if (sent_whole && exchange->kind == PS_REQUEST_SEGMENT)
            count_latency(deliver, deliver->cfg.real_ns() - exchange->started_real_ns);
    }
    give(exchange);
}

void ps_exchange_refuse(struct ps_exchange *exchange, int rc)
{
    struct ps_deliver_status *status = &exchange->deliver->status;

    switch (rc) {
    case -ENOENT:
    case -ENODATA:
        status->not_found++;
        ps_http_reply_error(exchange->request, 404, "no such media or segment", 0);
        break;
    case -EACCES:
        status->denied++;
        ps_http_reply_error(exchange->request, 403, "not allowed", 0);
        break;
    case -ENOTSUP:
    case -EBADMSG:
        status->refused++;
        ps_http_reply_error(exchange->request, 502, "the source cannot be used", 0);
        break;
    case -ETIMEDOUT:
        status->timed_out++;
        ps_http_reply_error(exchange->request, 504, "not ready in time", RETRY_AFTER_S);
        break;
    case -EBUSY:
        status->refused++;
        ps_http_reply_error(exchange->request, 503, "too busy to have it ready in time",
                            BUSY_RETRY_S);
        break;
    default:
        status->refused++;
        ps_http_reply_error(exchange->request, 503, "not possible now", RETRY_AFTER_S);
        break;
    }
}

static int wait_for(struct ps_exchange *exchange, bool reading)
{
    const int rc = ps_waiters_add(&exchange->deliver->waiters, exchange);

    if (rc != 0)
        return rc;
    exchange->reading = reading;
    if (!exchange->suspended)
        ps_http_suspend(exchange->request);
    exchange->suspended = true;
    return 0;
}

/*
 * Wait for what has to be made; the first to wait has it begun.
 * @return 0 (begun now), 1 (somebody had begun it) or a negative errno to refuse with.
 */
static int begin_or_join(struct ps_exchange *exchange, int (*begin)(struct ps_exchange *exchange))
{
    struct ps_waiters *waiters = &exchange->deliver->waiters;
    const bool joins = ps_waiters_has_maker(waiters, &exchange->key);
    int rc = wait_for(exchange, false);

    if (rc != 0 || joins)
        return rc != 0 ? rc : 1;
    rc = begin(exchange);
    if (rc >= 0)
        return rc;
    if (!exchange->waiting) /* resolved from within: answered already */
        return 0;
    ps_waiters_remove(waiters, exchange);
    return rc;
}

static int begin_probe(struct ps_exchange *exchange)
{
    const struct ps_deliver_config *cfg = &exchange->deliver->cfg;

    return cfg->want_media(cfg->arg, exchange->media, cfg->now_ns(cfg->arg));
}

static int begin_segment(struct ps_exchange *exchange)
{
    const struct ps_deliver_config *cfg = &exchange->deliver->cfg;

    return cfg->want_segment(cfg->arg, &exchange->key, cfg->now_ns(cfg->arg));
}

static const char *media_type(const struct ps_exchange *exchange)
{
    if (exchange->kind == PS_REQUEST_SEGMENT)
        return "video/iso.segment";
    return exchange->profile->kind == PS_PROFILE_AUDIO ? "audio/mp4" : "video/mp4";
}

static void send_segment(struct ps_exchange *exchange)
{
    const struct ps_deliver_config *cfg = &exchange->deliver->cfg;
    const struct ps_tier_ref *ref = &exchange->ref;

    exchange->pinned = true; /* until on_end: the answer is sent from the tier's own pages */
    if (ref->first_use && ref->prediction_id != 0 && cfg->used != NULL)
        cfg->used(cfg->arg, &exchange->key, ref->prediction_id, exchange->made,
                  cfg->now_ns(cfg->arg));
    ps_http_reply_bytes(exchange->request, media_type(exchange), ref->data, ref->size_bytes,
                        exchange->has_token ? PRIVATE_CACHE : SEGMENT_CACHE);
}

/* A segment is a hit, a wait or a miss by what its request found first. */
static void count_found(struct ps_exchange *exchange, uint64_t *counter)
{
    if (exchange->kind == PS_REQUEST_SEGMENT && !exchange->found)
        (*counter)++;
    exchange->found = true;
}

static void serve(struct ps_exchange *exchange)
{
    const struct ps_deliver_config *cfg = &exchange->deliver->cfg;
    struct ps_deliver_status *status = &exchange->deliver->status;
    int rc = ps_tier_get(cfg->tier, &exchange->key, cfg->now_ns(cfg->arg), &exchange->ref);

    if (rc == 0) {
        count_found(exchange, &status->hits);
        send_segment(exchange);
        return;
    }
    if (rc == -EINPROGRESS) {
        count_found(exchange, &status->hits);
        rc = wait_for(exchange, true);
    } else if (rc == -ENOENT) {
        const bool begun = ps_waiters_has_maker(&exchange->deliver->waiters, &exchange->key);

        exchange->made = true;
        rc = begin_or_join(exchange, begin_segment);
        count_found(exchange, begun || rc == 1 ? &status->waits_making : &status->misses);
    }
    if (rc < 0)
        ps_exchange_refuse(exchange, rc);
}

static int carry(const struct ps_exchange *exchange, char **text)
{
    char *carrying = ps_deliver_carry(*text, exchange->carried);

    free(*text);
    *text = carrying;
    return carrying == NULL ? -ENOMEM : 0;
}

static void send_playlist(struct ps_exchange *exchange)
{
    const struct ps_deliver_config *cfg = &exchange->deliver->cfg;
    char *text = NULL;
    int rc = exchange->kind == PS_REQUEST_MASTER
                 ? ps_playlist_master(exchange->media, cfg->profiles, cfg->profile_count, &text)
                 : ps_playlist_media(exchange->media, exchange->profile, &text);

    if (rc == 0 && exchange->carried != NULL)
        rc = carry(exchange, &text);
    if (rc != 0) {
        ps_exchange_refuse(exchange, rc);
        return;
    }
    if (exchange->has_token)
        ps_http_add_header(exchange->request, "Cache-Control", "private, no-store");
    ps_http_reply_text(exchange->request, 200, PLAYLIST_TYPE, text);
    free(text);
}

/* Whether the source has what is asked for in this profile; only now are its facts known. */
static bool exists(const struct ps_exchange *exchange)
{
    if (exchange->profile == NULL)
        return true;
    const uint32_t count = ps_media_segment_count(exchange->media, exchange->profile);

    return exchange->kind == PS_REQUEST_SEGMENT ? (uint32_t)exchange->index < count : count > 0;
}

/* The init segment is the same in both. */
static char variant_of(const struct ps_exchange *exchange)
{
    const struct ps_deliver_config *cfg = &exchange->deliver->cfg;

    if (!exchange->profile->marked)
        return PS_VARIANT_NONE;
    if (exchange->viewer == 0 || exchange->index < 0 || cfg->variant_of == NULL)
        return PS_VARIANT_A;
    return cfg->variant_of(cfg->arg, exchange->media->key, exchange->viewer, exchange->index);
}

static void ask(struct ps_exchange *exchange)
{
    const struct ps_profile *profile = exchange->profile;

    exchange->asked = true;
    if (profile == NULL)
        return;
    exchange->deliver->status.starts += exchange->kind == PS_REQUEST_MEDIA_PLAYLIST;
    exchange->deliver->status.segments += exchange->kind == PS_REQUEST_SEGMENT;
    if (exchange->kind == PS_REQUEST_MEDIA_PLAYLIST)
        return;
    exchange->key = (struct ps_segment_key){
        .media_key = exchange->media->key,
        .media_version = exchange->media->info.version,
        .profile_key = profile->key,
        .profile_version = profile->version,
        .index = exchange->index,
        .variant = variant_of(exchange),
    };
}

static void answer(struct ps_exchange *exchange)
{
    if (exchange->kind == PS_REQUEST_MASTER || exchange->kind == PS_REQUEST_MEDIA_PLAYLIST)
        send_playlist(exchange);
    else
        serve(exchange);
}

/*
 * Asked for the first time. The viewer is served before anybody hears of it: what is made for
 * others because of this request must find the source's open connection taken.
 */
static void answer_and_tell(struct ps_exchange *exchange)
{
    const struct ps_deliver_config *cfg = &exchange->deliver->cfg;
    const struct ps_profile *profile = exchange->profile;
    const struct ps_media *media = exchange->media;
    const struct ps_peer_class peer = exchange->peer;
    const uint64_t peer_key = exchange->peer_key;
    const int32_t index = exchange->index;

    ask(exchange);
    answer(exchange); /* may be the end of the exchange */
    if (profile != NULL && cfg->requested != NULL)
        cfg->requested(cfg->arg, &(struct ps_resource){ media->key, profile->key }, index, &peer,
                       peer_key, cfg->now_ns(cfg->arg));
}

void ps_exchange_proceed(struct ps_exchange *exchange)
{
    if (exchange->media->state != PS_MEDIA_READY) {
        exchange->key =
            (struct ps_segment_key){ .media_key = exchange->media->key, .index = PS_DELIVER_PROBE };
        const int rc = begin_or_join(exchange, begin_probe);
        if (rc < 0)
            ps_exchange_refuse(exchange, rc);
        return;
    }
    if (!exists(exchange)) {
        ps_exchange_refuse(exchange, -ENOENT);
        return;
    }
    if (exchange->asked)
        answer(exchange);
    else
        answer_and_tell(exchange);
}

static const struct ps_profile *find_profile(const struct ps_deliver_config *cfg, const char *name)
{
    for (uint32_t i = 0; i < cfg->profile_count; i++)
        if (strcmp(cfg->profiles[i].name, name) == 0)
            return &cfg->profiles[i];
    return NULL;
}

/* One per connection, and a connection has one request at a time: there is always a free one. */
static struct ps_exchange *take(struct ps_deliver *deliver, struct ps_http_request *request)
{
    struct ps_exchange *exchange = deliver->free;

    ps_assert(exchange != NULL);
    deliver->free = exchange->next;
    *exchange = (struct ps_exchange){ .deliver = deliver,
                                      .request = request,
                                      .started_real_ns = deliver->cfg.real_ns() };
    if (deliver->cfg.classify != NULL)
        deliver->cfg.classify(deliver->cfg.arg, ps_http_peer(request),
                              ps_http_header(request, "User-Agent"), &exchange->peer,
                              &exchange->peer_key);
    ps_http_set_user(request, exchange, on_end);
    return exchange;
}

void ps_deliver_on_request(void *arg, struct ps_http_request *request)
{
    struct ps_deliver *deliver = arg;
    struct ps_request_path path;

    deliver->status.requests++;
    ps_http_allow_any_origin(request);
    struct ps_exchange *exchange = take(deliver, request);
    const int rc = ps_request_path_parse(ps_http_path(request), &path);
    if (rc == -EINVAL) {
        deliver->status.bad_requests++;
        ps_http_reply_error(request, 400, "bad name or number in path", 0);
        return;
    }
    if (rc == 0) {
        exchange->kind = path.kind;
        exchange->index = path.kind == PS_REQUEST_MEDIA_PLAYLIST ? PS_DELIVER_PLAYLIST : path.index;
        exchange->media = ps_catalogue_by_id(deliver->cfg.catalogue, path.media);
        exchange->profile = find_profile(&deliver->cfg, path.profile);
    }
    if (rc == 0 && ps_exchange_admit(exchange, &path) != 0)
        ps_exchange_refuse(exchange, -EACCES);
    else if (exchange->media == NULL ||
             (exchange->profile == NULL && path.kind != PS_REQUEST_MASTER))
        ps_exchange_refuse(exchange, -ENOENT);
    else
        ps_exchange_proceed(exchange);
}
