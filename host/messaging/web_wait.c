/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * host/messaging/web_wait.c - requests that are answered later: long polls, event streams, and puts
 * and acknowledgements that other nodes have to confirm.
 *
 * Who is woken by a put is only marked then and served when that call is over, since a fetch within
 * a put would see a collection amid its change.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "host/base/clock.h"
#include "host/base/mem.h"
#include "host/messaging/web_priv.h"

static void wake(void *arg, int status)
{
    struct ps_web_slot *slot = arg;

    (void)status; /* that it was closed is what the fetch will say */
    if (slot->ready)
        return;
    slot->ready = true;
    slot->next = slot->web->ready;
    slot->web->ready = slot;
}

static void count(const struct ps_web_slot *slot, uint32_t by)
{
    if (slot->kind == PS_WEB_POLL)
        slot->web->status.waiting += by;
    if (slot->kind == PS_WEB_STREAM)
        slot->web->status.streams += by;
}

/* Back to the free ones, unless somebody still points at it. */
static void retire(struct ps_web_slot *slot)
{
    struct ps_web_slot **list =
        slot->kind == PS_WEB_PENDING ? &slot->web->free_pending : &slot->web->free_waiting;

    if (slot->ready || slot->in_flight)
        return;
    slot->taken = false;
    slot->next = *list;
    *list = slot;
}

static void let_go(struct ps_web_slot *slot)
{
    ps_collection_stop_waiting(&slot->waiter);
    slot->request = NULL;
    count(slot, (uint32_t)-1);
    retire(slot);
}

static void on_end(void *user, bool sent_whole)
{
    (void)sent_whole;
    let_go(user);
}

int ps_web_slots_create(struct ps_messaging_web *web)
{
    const uint32_t total = web->cfg.waiting_max + PS_WEB_PENDING_MAX;

    web->slots = ps_zalloc(total, sizeof(*web->slots));
    if (web->slots == NULL)
        return -ENOMEM;
    for (uint32_t i = 0; i < total; i++) {
        web->slots[i].web = web;
        web->slots[i].kind = i < web->cfg.waiting_max ? PS_WEB_POLL : PS_WEB_PENDING;
        retire(&web->slots[i]);
    }
    return 0;
}

struct ps_web_slot *ps_web_slot_take(struct ps_messaging_web *web, enum ps_web_slot_kind kind,
                                     struct ps_http_request *request)
{
    struct ps_web_slot **list = kind == PS_WEB_PENDING ? &web->free_pending : &web->free_waiting;
    struct ps_web_slot *slot = *list;

    if (slot == NULL)
        return NULL;
    *list = slot->next;
    *slot = (struct ps_web_slot){ .web = web, .request = request, .kind = kind, .taken = true };
    slot->waiter.wake = wake;
    slot->waiter.arg = slot;
    ps_http_set_user(request, slot, on_end);
    count(slot, 1);
    return slot;
}

void ps_web_slot_give(struct ps_web_slot *slot)
{
    ps_http_set_user(slot->request, NULL, NULL);
    let_go(slot);
}

void ps_web_slot_done(void *arg, int status, uint64_t id)
{
    struct ps_web_slot *slot = arg;
    struct ps_http_request *request = slot->request;
    const struct ps_web_format *format = slot->format;
    const struct ps_web_error error = ps_web_error_of(status, slot->verb, NULL);
    struct ps_web_text text;

    slot->in_flight = false;
    if (request == NULL) {
        retire(slot);
        return;
    }
    const bool is_put = slot->verb == PS_WEB_PUT;
    ps_web_slot_give(slot);
    if (status != 0) {
        ps_web_answer_error(request, format, &error);
    } else if (is_put) {
        const int rc = format->write_id(&text, id, false);
        ps_web_answer_text(request, 201, format, rc, &text);
    } else {
        ps_web_answer_empty(request);
    }
}

static void answer_poll(struct ps_web_slot *slot, uint32_t message_count, uint64_t now_ns)
{
    struct ps_http_request *request = slot->request;
    const struct ps_web_format *format = slot->format;
    struct ps_web_text text;
    const struct ps_web_batch batch = { .messages = slot->web->messages,
                                        .count = message_count,
                                        .cursor = slot->after,
                                        .now_ns = now_ns };
    const int rc = format->write_batch(&text, &batch);

    ps_web_slot_give(slot);
    ps_web_answer_text(request, 200, format, rc, &text);
}

static void fail(struct ps_web_slot *slot, int rc, const struct ps_messaging_why *why)
{
    struct ps_http_request *request = slot->request;
    const struct ps_web_format *format = slot->format;
    const struct ps_web_error error = ps_web_error_of(rc, PS_WEB_FETCH, why);
    const bool is_running = slot->kind == PS_WEB_STREAM && slot->has_begun;

    slot->web->status.errors++;
    ps_web_slot_give(slot);
    if (is_running)
        ps_http_stream_end(request); /* the client connects again, and is told why not */
    else
        ps_web_answer_error(request, format, &error);
}

/* @return 0, or why the stream has ended. */
static int put_event(struct ps_web_slot *slot, const struct ps_message *message, uint64_t now_ns)
{
    char head[48];
    struct ps_web_text text;
    int rc = ps_web_json_event(&text, message, now_ns);

    if (rc != 0)
        return rc;
    snprintf(head, sizeof(head), "id: %" PRIu64 "\ndata: ", message->position);
    rc = ps_http_stream_put(slot->request, head, strlen(head));
    if (rc == 0)
        rc = ps_http_stream_put(slot->request, text.data, text.size_bytes);
    if (rc == 0)
        rc = ps_http_stream_put(slot->request, "\n\n", 2);
    free(text.data);
    return rc;
}

static bool put_events(struct ps_web_slot *slot, uint32_t message_count, uint64_t now_ns)
{
    for (uint32_t i = 0; i < message_count; i++)
        if (put_event(slot, &slot->web->messages[i], now_ns) != 0) {
            fail(slot, -EAGAIN, NULL);
            return false;
        }
    slot->ping_ns = slot->web->cfg.real_ns() + PS_WEB_PING_NS;
    return true;
}

/* Only when the first fetch was let through: before, an error is still a status. */
static void start_stream(struct ps_web_slot *slot)
{
    char retry[32];

    slot->has_begun = true;
    slot->ping_ns = slot->web->cfg.real_ns() + PS_WEB_PING_NS;
    ps_web_add_common_headers(slot->request);
    ps_http_stream(slot->request, "text/event-stream");
    snprintf(retry, sizeof(retry), "retry: %u\n\n", PS_WEB_RETRY_MS);
    (void)ps_http_stream_put(slot->request, retry, strlen(retry)); /* only a hint */
}

/* What was fetched goes out. @return whether to fetch on. */
static bool tell(struct ps_web_slot *slot, uint32_t message_count, uint64_t now_ns)
{
    if (slot->kind == PS_WEB_STREAM && !slot->has_begun)
        start_stream(slot);
    if (slot->kind == PS_WEB_STREAM)
        return put_events(slot, message_count, now_ns);
    if (message_count > 0 || slot->until_ns == 0)
        answer_poll(slot, message_count, now_ns);
    return false;
}

/* One fetch. @return whether to go on at once. */
static bool serve_once(struct ps_web_slot *slot)
{
    struct ps_messaging_web *web = slot->web;
    const uint64_t now_ns = web->cfg.now_ns(web->cfg.arg);
    const size_t bytes_max =
        slot->kind == PS_WEB_STREAM ? PS_WEB_EVENTS_BYTES : PS_WEB_ANSWER_BYTES;
    struct ps_messaging_why why = { 0 };
    uint32_t message_count = 0;
    uint64_t cursor = slot->after;
    int rc =
        ps_messaging_fetch(web->messaging, &slot->grant, &slot->from, slot->after, web->messages,
                           slot->max, bytes_max, now_ns, &message_count, &cursor, &why);

    if (rc == 0) {
        slot->after = cursor;
        const bool goes_on = tell(slot, message_count, now_ns);

        if (slot->request == NULL || message_count > 0)
            return goes_on;
        rc = ps_messaging_wait(web->messaging, &slot->grant, &slot->from, slot->after,
                               &slot->waiter);
    }
    if (rc == -EBUSY && slot->has_begun) {
        slot->retry_ns = web->cfg.real_ns() + (why.retry_ms + 1) * PS_NS_PER_MSEC;
        return false;
    }
    if (rc != 0 && rc != -EALREADY)
        fail(slot, rc, &why);
    return rc == -EALREADY;
}

static bool is_behind(const struct ps_web_slot *slot)
{
    return slot->kind == PS_WEB_STREAM && slot->has_begun &&
           ps_http_stream_left(slot->request) > PS_WEB_EVENTS_BYTES;
}

/* A token may have been revoked since the request was let in. */
static bool holds(const struct ps_web_slot *slot)
{
    const struct ps_messaging_gate *gate = &slot->web->cfg.gate;

    return gate->holds == NULL || gate->holds(gate->arg, &slot->grant) == 0;
}

static void serve(struct ps_web_slot *slot)
{
    unsigned rounds = 0;
    bool goes_on = true;

    ps_collection_stop_waiting(&slot->waiter);
    slot->retry_ns = 0;
    if (slot->has_begun && !holds(slot)) {
        fail(slot, -EACCES, NULL);
        return;
    }
    while (goes_on && rounds++ < PS_WEB_ROUNDS_MAX && !is_behind(slot))
        goes_on = serve_once(slot);
    if (goes_on) /* its client reads slowly, or there is more than is fair to the others */
        slot->retry_ns = slot->web->cfg.real_ns() + PS_WEB_TICK_NS;
}

void ps_web_slot_begin(struct ps_web_slot *slot, uint32_t wait_s)
{
    if (wait_s > 0)
        slot->until_ns = slot->web->cfg.real_ns() + wait_s * PS_NS_PER_SEC;
    serve(slot);
    if (slot->request != NULL && slot->kind == PS_WEB_POLL) {
        slot->has_begun = true;
        ps_http_suspend(slot->request);
    }
}

void ps_web_serve_ready(struct ps_messaging_web *web)
{
    while (web->ready != NULL) {
        struct ps_web_slot *slot = web->ready;

        web->ready = slot->next;
        slot->ready = false;
        if (slot->request == NULL) {
            retire(slot);
            continue;
        }
        serve(slot);
    }
}

static void tend(struct ps_web_slot *slot, uint64_t real_ns, uint64_t wall_ns)
{
    struct ps_messaging_web *web = slot->web;
    const bool is_due = slot->retry_ns != 0 && real_ns >= slot->retry_ns;

    if (wall_ns >= slot->grant.until_ns) {
        fail(slot, -EACCES, NULL);
    } else if (slot->kind == PS_WEB_POLL && real_ns >= slot->until_ns) {
        answer_poll(slot, 0, web->cfg.now_ns(web->cfg.arg));
    } else if (is_due) {
        serve(slot);
    } else if (slot->kind == PS_WEB_STREAM && real_ns >= slot->ping_ns) {
        slot->ping_ns = real_ns + PS_WEB_PING_NS;
        if (ps_http_stream_put(slot->request, ":\n\n", 3) != 0)
            fail(slot, -EAGAIN, NULL);
    }
}

void ps_messaging_web_tick(struct ps_messaging_web *web)
{
    const uint64_t real_ns = web->cfg.real_ns();

    ps_web_serve_ready(web);
    if (real_ns < web->tick_ns)
        return;
    web->tick_ns = real_ns + PS_WEB_TICK_NS;
    const uint64_t wall_ns = web->cfg.wall_ns(web->cfg.arg);
    for (uint32_t i = 0; i < web->cfg.waiting_max; i++)
        if (web->slots[i].taken && web->slots[i].request != NULL)
            tend(&web->slots[i], real_ns, wall_ns);
}

void ps_web_end_all(struct ps_messaging_web *web)
{
    for (uint32_t i = 0; i < web->cfg.waiting_max + PS_WEB_PENDING_MAX; i++) {
        struct ps_web_slot *slot = &web->slots[i];

        if (slot->taken && slot->request != NULL)
            fail(slot, -EAGAIN, NULL);
    }
}
