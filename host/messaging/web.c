/* SPDX-License-Identifier: BSD-3-Clause */
/* host/messaging/web.c - requests below /c/: who asks, for which collection, and for what. */
#include "host/messaging/web.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "host/base/assert.h"
#include "host/base/clock.h"
#include "host/base/hash.h"
#include "host/base/mem.h"
#include "host/messaging/web_priv.h"

#define PS_WEB_METHODS (PS_HTTP_POST | PS_HTTP_PUT | PS_HTTP_DELETE | PS_HTTP_OPTIONS)

/* One request, understood. */
struct call {
    struct ps_messaging_web *web;
    struct ps_http_request *request;
    const struct ps_web_format *format; /* of the answer */
    struct ps_grant grant;
    struct ps_web_place place;
    struct ps_collection_id id;
    uint64_t now_ns;
};

static void refuse(const struct call *call, const struct ps_web_error *error)
{
    call->web->status.errors++;
    ps_web_answer_error(call->request, call->format, error);
}

static void fail(const struct call *call, int rc, enum ps_web_verb verb,
                 const struct ps_messaging_why *why)
{
    const struct ps_web_error error = ps_web_error_of(rc, verb, why);

    refuse(call, &error);
}

/* A number of the query; absent: as it was. */
static int argument(const struct call *call, const char *name, uint64_t max, uint64_t *value)
{
    const char *text = ps_http_argument(call->request, name);

    return text == NULL ? 0 : ps_web_number(text, max, value);
}

/* ---- who, and where ---- */

/* One of two places (RFC 6750, 2): EventSource cannot set headers. NULL: none, or both. */
static const char *token_of(struct ps_http_request *request)
{
    const char *header = ps_http_header(request, "Authorization");
    const char *argument_text = ps_http_argument(request, "access_token");

    if (header == NULL)
        return argument_text;
    if (argument_text != NULL || strncasecmp(header, "Bearer ", 7) != 0)
        return NULL;
    return header + 7 + strspn(header + 7, " ");
}

static bool is_let_in(struct call *call)
{
    static const struct ps_web_error no_token = { 401, "token", 0, 0 };
    struct ps_messaging_web *web = call->web;
    const char *token = token_of(call->request);

    if (token != NULL && web->cfg.gate.check(web->cfg.gate.arg, token, strlen(token),
                                             ps_http_peer(call->request), &call->grant) == 0)
        return true;
    web->status.refused_tokens++;
    refuse(call, &no_token);
    return false;
}

/* The region that is asked for, else the token's, else that of the address. */
static int find_region(const struct call *call, uint32_t *ret_region)
{
    const struct ps_messaging_web_config *cfg = &call->web->cfg;
    uint64_t region = call->grant.region;
    const int rc = argument(call, "region", UINT16_MAX, &region);

    if (rc == 0 && region == PS_GRANT_ANY_REGION)
        region = cfg->region_of == NULL ? 0 : cfg->region_of(cfg->arg, ps_http_peer(call->request));
    *ret_region = (uint32_t)region;
    return rc;
}

static int find_place(struct call *call)
{
    struct ps_web_place *place = &call->place;
    uint32_t region = 0;
    int rc = ps_web_place_read(ps_http_path(call->request), place);

    if (rc != 0)
        return rc;
    if (place->kind == PS_COLLECTION_PEER) {
        call->id = ps_messaging_peer_id(place->first, strlen(place->first));
        return 0;
    }
    rc = find_region(call, &region);
    const struct ps_resource resource = { .media_key = ps_hash64_name(place->first),
                                          .profile_key = ps_hash64_name(place->second) };
    if (rc == 0)
        call->id = ps_messaging_resource_id(call->web->messaging, &resource, region);
    return rc;
}

/* ---- what ---- */

/* What is no JSON and no msgpack is the message itself. */
static int read_put(const struct call *call, struct ps_web_put *ret_put)
{
    size_t size_bytes = 0;
    const void *body = ps_http_body(call->request, &size_bytes);
    const struct ps_web_format *format =
        ps_web_format_of(ps_http_header(call->request, "Content-Type"));

    if (format != NULL)
        return format->read_put(body, size_bytes, ret_put);
    *ret_put = (struct ps_web_put){ .body = body, .body_bytes = (uint32_t)size_bytes };
    return argument(call, "sequence", UINT64_MAX, &ret_put->sequence);
}

/* How a put or acknowledgement went, if it has gone at all yet. */
static void settle(const struct call *call, struct ps_web_slot *slot, int rc, uint64_t id,
                   const struct ps_messaging_why *why)
{
    const enum ps_web_verb verb = slot->verb;
    struct ps_web_text text;

    if (rc == -EINPROGRESS) {
        ps_http_suspend(call->request);
        return;
    }
    slot->in_flight = false;
    ps_web_slot_give(slot);
    if (rc != 0 && rc != -EALREADY) {
        fail(call, rc, verb, why);
    } else if (verb == PS_WEB_PUT) {
        const int written = call->format->write_id(&text, id, rc == -EALREADY);
        ps_web_answer_text(call->request, rc == 0 ? 201 : 200, call->format, written, &text);
    } else {
        ps_web_answer_empty(call->request);
    }
}

static struct ps_web_slot *begin(const struct call *call, enum ps_web_verb verb)
{
    struct ps_web_slot *slot = ps_web_slot_take(call->web, PS_WEB_PENDING, call->request);

    if (slot == NULL) {
        fail(call, -EAGAIN, verb, NULL);
        return NULL;
    }
    slot->format = call->format;
    slot->verb = verb;
    slot->in_flight = true;
    return slot;
}

static void put(const struct call *call)
{
    struct ps_web_put message;
    struct ps_messaging_why why = { 0 };
    uint64_t id = 0;
    int rc = read_put(call, &message);

    if (rc != 0) {
        fail(call, rc, PS_WEB_PUT, NULL);
        return;
    }
    struct ps_web_slot *slot = begin(call, PS_WEB_PUT);
    const struct ps_messaging_done done = { .done = ps_web_slot_done, .arg = slot };
    if (slot != NULL) {
        rc = ps_messaging_put(call->web->messaging, &call->grant, &call->id, message.sequence,
                              message.body, message.body_bytes, &done, call->now_ns, &id, &why);
        settle(call, slot, rc, id, &why);
    }
    free(message.owned);
}

static void take(const struct call *call)
{
    struct ps_web_slot *slot = begin(call, PS_WEB_TAKE);
    const struct ps_messaging_done done = { .done = ps_web_slot_done, .arg = slot };

    if (slot != NULL)
        settle(call, slot,
               ps_messaging_acknowledge(call->web->messaging, &call->grant, &call->id,
                                        call->place.message, &done, call->now_ns),
               0, NULL);
}

static bool wants_events(const struct ps_http_request *request)
{
    const char *accept = ps_http_header(request, "Accept");

    return accept != NULL && strcasestr(accept, "text/event-stream") != NULL;
}

/* From where on: an EventSource that connects again says so in a header. */
static int read_cursor(const struct call *call, uint64_t *ret_after)
{
    const char *last = ps_http_header(call->request, "Last-Event-ID");

    *ret_after = 0;
    if (last != NULL && *last != '\0')
        return ps_web_number(last, UINT64_MAX, ret_after);
    return argument(call, "after", UINT64_MAX, ret_after);
}

static void fetch(const struct call *call)
{
    const bool is_get = strcmp(ps_http_method(call->request), "GET") == 0;
    const bool is_stream = is_get && wants_events(call->request);
    uint64_t after = 0, max = PS_WEB_MESSAGES_MAX, wait_s = 0;

    if (read_cursor(call, &after) != 0 || argument(call, "wait", PS_WEB_WAIT_S_MAX, &wait_s) != 0 ||
        argument(call, "max", PS_WEB_MESSAGES_MAX, &max) != 0 || max == 0) {
        fail(call, -EINVAL, PS_WEB_FETCH, NULL);
        return;
    }
    struct ps_web_slot *slot =
        ps_web_slot_take(call->web, is_stream ? PS_WEB_STREAM : PS_WEB_POLL, call->request);
    if (slot == NULL) {
        fail(call, -EAGAIN, PS_WEB_FETCH, NULL);
        return;
    }
    slot->format = call->format;
    slot->grant = call->grant;
    slot->from = call->id;
    slot->after = after;
    slot->max = (uint32_t)max;
    ps_web_slot_begin(slot, is_get ? (uint32_t)wait_s : 0);
}

/* What was not said of a collection that is not there yet; the control API's defaults are alike. */
static const struct ps_collection_limits default_limits = {
    .messages_max = 256,
    .bytes_max = 256 * 1024,
    .message_bytes_max = 8192,
    .age_ns = 120 * PS_NS_PER_SEC,
};

static int open_collection(const struct call *call)
{
    const struct ps_collection *there =
        ps_collection_find(ps_messaging_collections(call->web->messaging), &call->id);
    const struct ps_web_format *format =
        ps_web_format_of(ps_http_header(call->request, "Content-Type"));
    struct ps_collection_limits limits = default_limits;
    size_t size_bytes = 0;
    const void *body = ps_http_body(call->request, &size_bytes);
    int rc = 0;

    if (there != NULL) {
        struct ps_collection_status status;

        ps_collection_status(there, &status);
        limits = status.limits;
    }
    if (size_bytes > 0)
        rc = (format == NULL ? &ps_web_json : format)->read_limits(body, size_bytes, &limits);
    return rc != 0 ? rc
                   : ps_messaging_open(call->web->messaging, &call->grant, &call->id, &limits,
                                       call->now_ns);
}

static void govern(const struct call *call, enum ps_web_verb verb)
{
    const int rc = verb == PS_WEB_OPEN
                       ? open_collection(call)
                       : ps_messaging_close(call->web->messaging, &call->grant, &call->id);

    if (rc == 0)
        ps_web_answer_empty(call->request);
    else
        fail(call, rc, verb, NULL);
}

static void dispatch(const struct call *call)
{
    const char *method = ps_http_method(call->request);
    const bool is_delete = strcmp(method, "DELETE") == 0;

    if (call->place.has_message && is_delete)
        take(call);
    else if (call->place.has_message)
        fail(call, -ENOENT, PS_WEB_FETCH, NULL);
    else if (strcmp(method, "POST") == 0)
        put(call);
    else if (strcmp(method, "PUT") == 0)
        govern(call, PS_WEB_OPEN);
    else if (is_delete)
        govern(call, PS_WEB_CLOSE);
    else
        fetch(call);
}

static void on_request(void *arg, struct ps_http_request *request)
{
    struct call call = { .web = arg, .request = request };

    call.web->status.requests++;
    if (strcmp(ps_http_method(request), "OPTIONS") == 0) {
        ps_web_answer_preflight(request);
        return;
    }
    call.format = ps_web_format_for(ps_http_header(request, "Accept"),
                                    ps_http_header(request, "Content-Type"));
    call.now_ns = call.web->cfg.now_ns(call.web->cfg.arg);
    if (!is_let_in(&call))
        return;
    const int rc = find_place(&call);
    if (rc != 0)
        fail(&call, rc, PS_WEB_FETCH, NULL);
    else
        dispatch(&call);
    ps_web_serve_ready(call.web);
}

/* ---- its life ---- */

int ps_messaging_web_create(struct ps_messaging_web **ret_web, struct ps_messaging *messaging,
                            const struct ps_messaging_web_config *cfg)
{
    if (cfg->waiting_max == 0 || cfg->waiting_max > PS_HTTP_CONNECTIONS_MAX)
        return -EINVAL;
    ps_assert(cfg->http != NULL && cfg->gate.check != NULL && cfg->now_ns != NULL &&
              cfg->wall_ns != NULL && cfg->real_ns != NULL);
    struct ps_messaging_web *web = ps_zalloc(1, sizeof(*web));
    if (web == NULL)
        return -ENOMEM;
    web->cfg = *cfg;
    web->messaging = messaging;
    int rc = ps_web_slots_create(web);
    if (rc == 0)
        rc = ps_http_route_methods(cfg->http, PS_WEB_PREFIX, PS_WEB_METHODS, PS_WEB_BODY_BYTES_MAX,
                                   on_request, web);
    if (rc != 0) {
        free(web->slots);
        free(web);
        return rc;
    }
    *ret_web = web;
    return 0;
}

void ps_messaging_web_destroy(struct ps_messaging_web *web)
{
    if (web == NULL)
        return;
    ps_http_unroute(web->cfg.http, PS_WEB_PREFIX);
    ps_web_end_all(web);
    free(web->slots);
    free(web);
}

void ps_messaging_web_status(const struct ps_messaging_web *web,
                             struct ps_messaging_web_status *ret_status)
{
    *ret_status = web->status;
}
