/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * host/daemon/collections.c - the API's methods of collections, for orchestrators: with all rights,
 * as the control socket's roles are what guards them.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "host/base/hash.h"
#include "host/daemon/daemon_priv.h"
#include "host/daemon/report.h"

#define FETCH_MAX   256u
#define FETCH_BYTES (256u << 10)

/* ---- parameters ---- */

static int take_resource(const struct ps_msg_value *params, struct ps_collection_id *ret_id)
{
    char media[PS_MEDIA_ID_MAX + 1], profile[PS_PROFILE_NAME_MAX + 1];

    if (ps_msg_as_name(ps_msg_get(params, "media"), media, sizeof(media)) != 0 || media[0] == '\0')
        return -EINVAL;
    *ret_id = (struct ps_collection_id){ .key = ps_hash64_name(media),
                                         .region = (uint16_t)ps_msg_u64_or(params, "region", 0),
                                         .kind = PS_COLLECTION_RESOURCE };
    if (ps_msg_get(params, "profile") == NULL)
        return 0;
    if (ps_msg_as_name(ps_msg_get(params, "profile"), profile, sizeof(profile)) != 0 ||
        profile[0] == '\0')
        return -EINVAL;
    ret_id->profile_key = ps_hash64_name(profile);
    return 0;
}

/* Either a resource's, or a peer's. */
static int take_id(const struct ps_daemon *d, const struct ps_msg_value *params,
                   struct ps_collection_id *ret_id)
{
    char peer[PS_PEER_NAME_MAX + 1];

    if (d->messaging.core == NULL)
        return -ENOTSUP;
    if (ps_msg_get(params, "peer") == NULL)
        return take_resource(params, ret_id);
    if (ps_msg_get(params, "media") != NULL || ps_msg_get(params, "profile") != NULL ||
        ps_msg_as_name(ps_msg_get(params, "peer"), peer, sizeof(peer)) != 0 || peer[0] == '\0')
        return -EINVAL;
    *ret_id = ps_messaging_peer_id(peer, strlen(peer));
    return 0;
}

static int find(const struct ps_daemon *d, const struct ps_collection_id *id,
                struct ps_collection **ret_collection)
{
    *ret_collection = ps_collection_find(ps_messaging_collections(d->messaging.core), id);
    return *ret_collection == NULL ? -ENOENT : 0;
}

/* What is not said is as of the configuration, or as it is. */
static struct ps_collection_limits take_limits(const struct ps_daemon *d,
                                               const struct ps_collection_id *id,
                                               const struct ps_msg_value *params)
{
    const uint32_t messages = (uint32_t)ps_msg_u64_or(params, "messages", 0);
    struct ps_collection_limits limits = ps_daemon_collection_limits(d, messages);
    struct ps_collection *c;
    double age_s;

    if (messages == 0 && find(d, id, &c) == 0) {
        struct ps_collection_status status;

        ps_collection_status(c, &status);
        limits = status.limits;
    }
    if (ps_msg_as_f64(ps_msg_get(params, "age_s"), &age_s) == 0)
        limits.age_ns = age_s >= 1 && age_s <= 3600 ? (uint64_t)(age_s * 1e9) : 0;
    return limits;
}

/* ---- results ---- */

static void pair_hex(struct ps_msg_writer *w, const char *key, uint64_t value)
{
    char text[17];

    snprintf(text, sizeof(text), "%016" PRIx64, value);
    ps_msg_pair_str(w, key, text);
}

struct listing {
    struct ps_msg_writer *w;
    const struct ps_daemon *d;
    uint64_t left, now_ns;
};

static void put_collection(void *arg, struct ps_collection *collection)
{
    static const char *const origins[] = { "ahead", "on_demand", "asked" };
    struct listing *listing = arg;
    struct ps_msg_writer *w = listing->w;
    struct ps_collection_status s;

    if (listing->left == 0)
        return;
    listing->left--;
    ps_collection_status(collection, &s);
    ps_msg_open_map(w);
    ps_msg_pair_str(w, "kind", s.id.kind == PS_COLLECTION_PEER ? "peer" : "resource");
    pair_hex(w, "key", s.id.key);
    ps_report_resource(w, listing->d, s.id.key, s.id.profile_key);
    ps_msg_pair_u64(w, "region", s.id.region);
    ps_msg_pair_str(w, "origin", origins[s.origin]);
    ps_msg_pair_u64(w, "messages", s.messages);
    ps_msg_pair_u64(w, "messages_max", s.limits.messages_max);
    ps_msg_pair_u64(w, "bytes", s.bytes);
    ps_msg_pair_u64(w, "bytes_max", s.limits.bytes_max);
    ps_msg_pair_f64(w, "age_s", (double)s.limits.age_ns / 1e9);
    ps_msg_pair_f64(w, "open_s", (double)(listing->now_ns - s.opened_ns) / 1e9);
    ps_msg_pair_f64(w, "idle_s", (double)(listing->now_ns - s.used_ns) / 1e9);
    ps_msg_pair_u64(w, "put", s.put);
    ps_msg_pair_u64(w, "fetched", s.fetched);
    ps_msg_pair_u64(w, "acknowledged", s.acknowledged);
    ps_msg_pair_u64(w, "expired", s.expired);
    ps_msg_pair_u64(w, "refused", s.refused_full + s.refused_order);
    ps_msg_pair_u64(w, "duplicates", s.duplicates);
    ps_msg_close(w);
}

int ps_collections_list(void *arg, const struct ps_msg_value *params, struct ps_msg_writer *w)
{
    struct ps_daemon *d = arg;
    struct listing listing = { .w = w,
                               .d = d,
                               .left = ps_msg_u64_or(params, "limit", PS_CONTROL_LIMIT_DEFAULT),
                               .now_ns = ps_clock_now_ns(&d->clock) };

    if (d->messaging.core == NULL)
        return -ENOTSUP;
    ps_msg_open_array(w);
    ps_collections_each(ps_messaging_collections(d->messaging.core), put_collection, &listing);
    ps_msg_close(w);
    return 0;
}

int ps_collections_open_one(void *arg, const struct ps_msg_value *params, struct ps_msg_writer *w)
{
    struct ps_daemon *d = arg;
    struct ps_collection_id id;
    struct ps_collection *c = NULL;
    int rc = take_id(d, params, &id);

    if (rc != 0)
        return rc;
    const struct ps_collection_limits limits = take_limits(d, &id, params);
    rc = ps_messaging_open(d->messaging.core, NULL, &id, &limits, ps_clock_now_ns(&d->clock));
    if (rc == 0)
        rc = find(d, &id, &c);
    if (rc != 0)
        return rc;
    struct listing one = { .w = w, .d = d, .left = 1, .now_ns = ps_clock_now_ns(&d->clock) };
    put_collection(&one, c);
    return 0;
}

int ps_collections_close_one(void *arg, const struct ps_msg_value *params, struct ps_msg_writer *w)
{
    struct ps_daemon *d = arg;
    struct ps_collection_id id;
    struct ps_collection_status status;
    struct ps_collection *c;
    int rc = take_id(d, params, &id);

    if (rc == 0)
        rc = find(d, &id, &c);
    if (rc != 0)
        return rc;
    ps_collection_status(c, &status);
    rc = ps_messaging_close(d->messaging.core, NULL, &id);
    if (rc != 0)
        return rc;
    ps_msg_open_map(w);
    ps_msg_pair_u64(w, "messages", status.messages);
    ps_msg_close(w);
    return 0;
}

/* Nobody waits at this socket for other nodes: it says that the message is on its way. */
int ps_collections_put_one(void *arg, const struct ps_msg_value *params, struct ps_msg_writer *w)
{
    struct ps_daemon *d = arg;
    struct ps_collection_id to;
    const char *body;
    size_t body_bytes;
    uint64_t message_id = 0;
    int rc = take_id(d, params, &to);

    if (rc == 0)
        rc = ps_msg_as_bytes(ps_msg_get(params, "body"), &body, &body_bytes);
    if (rc != 0)
        return rc == -ENOENT ? -EINVAL : rc;
    rc = ps_messaging_put(d->messaging.core, NULL, &to, 0, body, (uint32_t)body_bytes, NULL,
                          ps_clock_now_ns(&d->clock), &message_id, NULL);
    if (rc != 0 && rc != -EINPROGRESS)
        return rc;
    ps_msg_open_map(w);
    ps_msg_pair_u64(w, "id", message_id);
    ps_msg_pair_bool(w, "kept", rc == 0);
    ps_msg_close(w);
    return 0;
}

static void put_text(struct ps_msg_writer *w, const char *key, const void *text, uint32_t bytes)
{
    static char copy[PS_COLLECTION_MESSAGE_BYTES + 1]; /* one thread; too much for its stack */

    memcpy(copy, text, bytes);
    copy[bytes] = '\0';
    ps_msg_pair_str(w, key, copy);
}

static void put_message(struct ps_msg_writer *w, const struct ps_message *message, uint64_t now_ns)
{
    ps_msg_open_map(w);
    ps_msg_pair_u64(w, "id", message->id);
    ps_msg_pair_u64(w, "position", message->position);
    put_text(w, "from", message->peer, message->peer_bytes);
    ps_msg_pair_u64(w, "sequence", message->sequence);
    ps_msg_pair_f64(w, "age_s", (double)(now_ns - message->put_ns) / 1e9);
    put_text(w, "body", message->body, message->body_bytes);
    ps_msg_close(w);
}

/* To look at a collection opens none. */
int ps_collections_fetch_some(void *arg, const struct ps_msg_value *params, struct ps_msg_writer *w)
{
    static struct ps_message messages[FETCH_MAX]; /* one thread */
    struct ps_daemon *d = arg;
    const uint64_t now_ns = ps_clock_now_ns(&d->clock);
    struct ps_collection_id from;
    struct ps_collection *c;
    uint64_t cursor = 0;
    uint32_t count = 0;
    int rc = take_id(d, params, &from);

    if (rc == 0)
        rc = find(d, &from, &c);
    if (rc == 0)
        rc = ps_messaging_fetch(d->messaging.core, NULL, &from, ps_msg_u64_or(params, "after", 0),
                                messages,
                                (uint32_t)ps_msg_u64_or(params, "limit", PS_CONTROL_LIMIT_DEFAULT),
                                FETCH_BYTES, now_ns, &count, &cursor, NULL);
    if (rc != 0)
        return rc;
    ps_msg_open_map(w);
    ps_msg_pair_array(w, "messages");
    for (uint32_t i = 0; i < count; i++)
        put_message(w, &messages[i], now_ns);
    ps_msg_close(w);
    ps_msg_pair_u64(w, "cursor", cursor);
    ps_msg_close(w);
    return 0;
}

int ps_collections_ack_one(void *arg, const struct ps_msg_value *params, struct ps_msg_writer *w)
{
    struct ps_daemon *d = arg;
    struct ps_collection_id from;
    const uint64_t id = ps_msg_u64_or(params, "id", 0);
    int rc = take_id(d, params, &from);

    if (rc == 0)
        rc = ps_messaging_acknowledge(d->messaging.core, NULL, &from, id, NULL,
                                      ps_clock_now_ns(&d->clock));
    if (rc != 0 && rc != -EINPROGRESS)
        return rc;
    ps_msg_open_map(w);
    ps_msg_pair_bool(w, "taken", ps_messaging_is_ours(d->messaging.core, id));
    ps_msg_close(w);
    return 0;
}
