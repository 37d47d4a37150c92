/* SPDX-License-Identifier: BSD-3-Clause */
/* host/messaging/web.c - requests below /c/: what they ask for, and its life. */
#include "host/messaging/web.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "host/base/assert.h"
#include "host/base/clock.h"
#include "host/base/mem.h"
#include "host/messaging/web_priv.h"

#define PS_WEB_METHODS (PS_HTTP_POST | PS_HTTP_PUT | PS_HTTP_DELETE | PS_HTTP_OPTIONS)

/* What is no JSON and no msgpack is the message itself. */
static int read_put(const struct ps_web_call *call, struct ps_web_put *ret_put)
{
    size_t size_bytes = 0;
    const void *body = ps_http_body(call->request, &size_bytes);
    const struct ps_web_format *format =
        ps_web_format_of(ps_http_header(call->request, "Content-Type"));

    if (format != NULL)
        return format->read_put(body, size_bytes, ret_put);
    *ret_put = (struct ps_web_put){ .body = body, .body_bytes = (uint32_t)size_bytes };
    return ps_web_call_number(call, "sequence", UINT64_MAX, &ret_put->sequence);
}

/* How a put or acknowledgement went, if it has gone at all yet. */
static void settle(const struct ps_web_call *call, struct ps_web_slot *slot, int rc, uint64_t id,
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
        ps_web_call_fail(call, rc, verb, why);
    } else if (verb == PS_WEB_PUT) {
        const int written = call->format->write_id(&text, id, rc == -EALREADY);
        ps_web_answer_text(call->request, rc == 0 ? 201 : 200, call->format, written, &text);
    } else {
        ps_web_answer_empty(call->request);
    }
}

static struct ps_web_slot *begin(const struct ps_web_call *call, enum ps_web_verb verb)
{
    struct ps_web_slot *slot = ps_web_slot_take(call->web, PS_WEB_PENDING, call->request);

    if (slot == NULL) {
        ps_web_call_fail(call, -EAGAIN, verb, NULL);
        return NULL;
    }
    slot->format = call->format;
    slot->verb = verb;
    slot->in_flight = true;
    return slot;
}

static void put(const struct ps_web_call *call)
{
    struct ps_web_put message;
    struct ps_messaging_why why = { 0 };
    uint64_t id = 0;
    int rc = read_put(call, &message);

    if (rc != 0) {
        ps_web_call_fail(call, rc, PS_WEB_PUT, NULL);
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

static void take(const struct ps_web_call *call)
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
static int read_cursor(const struct ps_web_call *call, uint64_t *ret_after)
{
    const char *last = ps_http_header(call->request, "Last-Event-ID");

    *ret_after = 0;
    if (last != NULL && *last != '\0')
        return ps_web_number(last, UINT64_MAX, ret_after);
    return ps_web_call_number(call, "after", UINT64_MAX, ret_after);
}

static void fetch(const struct ps_web_call *call)
{
    const bool is_get = strcmp(ps_http_method(call->request), "GET") == 0;
    const bool is_stream = is_get && wants_events(call->request);
    uint64_t after = 0, max = PS_WEB_MESSAGES_MAX, wait_s = 0;

    if (read_cursor(call, &after) != 0 ||
        ps_web_call_number(call, "wait", PS_WEB_WAIT_S_MAX, &wait_s) != 0 ||
        ps_web_call_number(call, "max", PS_WEB_MESSAGES_MAX, &max) != 0 || max == 0) {
        ps_web_call_fail(call, -EINVAL, PS_WEB_FETCH, NULL);
        return;
    }
    struct ps_web_slot *slot =
        ps_web_slot_take(call->web, is_stream ? PS_WEB_STREAM : PS_WEB_POLL, call->request);
    if (slot == NULL) {
        ps_web_call_fail(call, -EAGAIN, PS_WEB_FETCH, NULL);
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

static int open_collection(const struct ps_web_call *call)
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

static void govern(const struct ps_web_call *call, enum ps_web_verb verb)
{
    const int rc = verb == PS_WEB_OPEN
                       ? open_collection(call)
                       : ps_messaging_close(call->web->messaging, &call->grant, &call->id);

    if (rc == 0)
        ps_web_answer_empty(call->request);
    else
        ps_web_call_fail(call, rc, verb, NULL);
}

static void dispatch(const struct ps_web_call *call)
{
    const char *method = ps_http_method(call->request);
    const bool is_delete = strcmp(method, "DELETE") == 0;

    if (call->place.has_message && is_delete)
        take(call);
    else if (call->place.has_message)
        ps_web_call_fail(call, -ENOENT, PS_WEB_FETCH, NULL);
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
    struct ps_web_call call = { .web = arg, .request = request };

    call.web->status.requests++;
    if (strcmp(ps_http_method(request), "OPTIONS") == 0) {
        ps_web_answer_preflight(request);
        return;
    }
    call.format = ps_web_format_for(ps_http_header(request, "Accept"),
                                    ps_http_header(request, "Content-Type"));
    call.now_ns = call.web->cfg.now_ns(call.web->cfg.arg);
    if (!ps_web_call_admit(&call))
        return;
    const int rc = ps_web_call_find(&call);
    if (rc != 0)
        ps_web_call_fail(&call, rc, PS_WEB_FETCH, NULL);
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
