/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * tests/unit/host/messaging/web_fixture.h - collections over HTTP without the collections: a
 * mailbox that says what the test tells it to, clocks that the test turns, and a real server.
 */
#ifndef PS_TESTS_WEB_FIXTURE_H
#define PS_TESTS_WEB_FIXTURE_H

#include "host/base/hash.h"
#include "host/base/mem.h"
#include "host/messaging/web.h"
#include "tests/unit/host/http/raw_client.h"

#define BOX_MAX 64u
#define SECOND  1000000000ull

/* ---- the mailbox ---- */

struct box_message {
    uint64_t id, position, sequence;
    char body[70000];
    uint32_t body_bytes;
};

static struct {
    struct box_message messages[BOX_MAX];
    uint32_t count;
    uint64_t last;
    int put_rc, fetch_rc, take_rc, open_rc; /* what to say instead */
    struct ps_messaging_why why;
    struct ps_messaging_done done; /* of the last put or acknowledgement */
    struct ps_collection_id id;    /* of the last call */
    struct ps_collection_limits limits;
    struct ps_collection_waiter *waiters;
    unsigned fetches, closed;
    char peer[PS_PEER_NAME_MAX + 1];
} box;

static void box_wake(int status)
{
    while (box.waiters != NULL) {
        struct ps_collection_waiter *waiter = box.waiters;

        ps_collection_stop_waiting(waiter);
        waiter->wake(waiter->arg, status);
    }
}

static void box_add(const void *body, size_t size_bytes, uint64_t sequence)
{
    PS_REQUIRE(box.count < BOX_MAX && size_bytes <= sizeof(box.messages[0].body));
    struct box_message *message = &box.messages[box.count++];

    *message = (struct box_message){ .id = 1000 + box.last + 1,
                                     .position = box.last + 1,
                                     .sequence = sequence,
                                     .body_bytes = (uint32_t)size_bytes };
    box.last++;
    if (size_bytes > 0)
        memcpy(message->body, body, size_bytes);
    box_wake(0);
}

void ps_collection_stop_waiting(struct ps_collection_waiter *waiter)
{
    if (waiter->link == NULL)
        return;
    *waiter->link = waiter->next;
    if (waiter->next != NULL)
        waiter->next->link = waiter->link;
    waiter->link = NULL;
}

struct ps_collections *ps_messaging_collections(struct ps_messaging *m)
{
    return (struct ps_collections *)m;
}

struct ps_collection *ps_collection_find(const struct ps_collections *set,
                                         const struct ps_collection_id *id)
{
    (void)id;
    return box.limits.messages_max == 0 ? NULL : (struct ps_collection *)(uintptr_t)set;
}

void ps_collection_status(const struct ps_collection *collection,
                          struct ps_collection_status *ret_status)
{
    (void)collection;
    *ret_status = (struct ps_collection_status){ .limits = box.limits };
}

struct ps_collection_id ps_messaging_resource_id(const struct ps_messaging *m,
                                                 const struct ps_resource *resource,
                                                 uint32_t region)
{
    (void)m;
    return (struct ps_collection_id){ .key = resource->media_key,
                                      .profile_key = resource->profile_key,
                                      .region = (uint16_t)region,
                                      .kind = PS_COLLECTION_RESOURCE };
}

struct ps_collection_id ps_messaging_peer_id(const char *name, size_t length)
{
    return (struct ps_collection_id){ .key = ps_hash64(name, length), .kind = PS_COLLECTION_PEER };
}

int ps_messaging_put(struct ps_messaging *m, const struct ps_grant *grant,
                     const struct ps_collection_id *to, uint64_t sequence, const void *body,
                     uint32_t body_bytes, const struct ps_messaging_done *done, uint64_t now_ns,
                     uint64_t *ret_id, struct ps_messaging_why *ret_why)
{
    (void)m;
    (void)now_ns;
    box.id = *to;
    box.done = *done;
    snprintf(box.peer, sizeof(box.peer), "%s", grant->peer);
    *ret_why = box.why;
    *ret_id = 77;
    if (box.put_rc != 0)
        return box.put_rc;
    box_add(body, body_bytes, sequence);
    *ret_id = box.messages[box.count - 1].id;
    return 0;
}

int ps_messaging_fetch(struct ps_messaging *m, const struct ps_grant *grant,
                       const struct ps_collection_id *from, uint64_t after,
                       struct ps_message *ret_messages, uint32_t max, size_t bytes_max,
                       uint64_t now_ns, uint32_t *ret_count, uint64_t *ret_cursor,
                       struct ps_messaging_why *ret_why)
{
    size_t bytes = 0;

    (void)m;
    (void)grant;
    box.id = *from;
    box.fetches++;
    *ret_why = box.why;
    *ret_cursor = after;
    *ret_count = 0;
    for (uint32_t i = 0; i < box.count && *ret_count < max && box.fetch_rc == 0; i++) {
        const struct box_message *message = &box.messages[i];

        bytes += message->body_bytes;
        if (message->position <= after || (*ret_count > 0 && bytes > bytes_max))
            continue;
        ret_messages[(*ret_count)++] = (struct ps_message){ .id = message->id,
                                                            .position = message->position,
                                                            .sequence = message->sequence,
                                                            .put_ns = now_ns - 5000000,
                                                            .body_bytes = message->body_bytes,
                                                            .peer = "bob.",
                                                            .peer_bytes = 3,
                                                            .body = message->body };
        *ret_cursor = message->position;
    }
    return box.fetch_rc;
}

int ps_messaging_wait(struct ps_messaging *m, const struct ps_grant *grant,
                      const struct ps_collection_id *from, uint64_t after,
                      struct ps_collection_waiter *waiter)
{
    (void)m;
    (void)grant;
    (void)from;
    if (box.last > after)
        return -EALREADY;
    waiter->next = box.waiters;
    waiter->link = &box.waiters;
    if (waiter->next != NULL)
        waiter->next->link = &waiter->next;
    box.waiters = waiter;
    return 0;
}

int ps_messaging_acknowledge(struct ps_messaging *m, const struct ps_grant *grant,
                             const struct ps_collection_id *from, uint64_t id,
                             const struct ps_messaging_done *done, uint64_t now_ns)
{
    (void)m;
    (void)grant;
    (void)now_ns;
    box.id = *from;
    box.done = *done;
    if (box.take_rc != 0)
        return box.take_rc;
    for (uint32_t i = 0; i < box.count; i++)
        if (box.messages[i].id == id) {
            box.messages[i] = box.messages[--box.count];
            return 0;
        }
    return -ENOENT;
}

int ps_messaging_open(struct ps_messaging *m, const struct ps_grant *grant,
                      const struct ps_collection_id *id, const struct ps_collection_limits *limits,
                      uint64_t now_ns)
{
    (void)m;
    (void)grant;
    (void)now_ns;
    box.id = *id;
    if (box.open_rc == 0)
        box.limits = *limits;
    return box.open_rc;
}

int ps_messaging_close(struct ps_messaging *m, const struct ps_grant *grant,
                       const struct ps_collection_id *id)
{
    (void)m;
    (void)grant;
    box.id = *id;
    box.closed++;
    box_wake(-ENOENT);
    return box.open_rc;
}

/* ---- the server, and its clocks ---- */

static struct ps_http *http;
static struct ps_messaging_web *web;
static uint64_t real_now_ns, wall_now_ns;

static uint64_t tell_real(void)
{
    return real_now_ns;
}

static uint64_t tell_now(void *arg)
{
    (void)arg;
    return wall_now_ns;
}

static uint16_t region_nine(void *arg, const struct sockaddr *address)
{
    (void)arg;
    CU_ASSERT_EQUAL(address->sa_family, AF_INET);
    return 9;
}

/* "alice": of any region; "bob": of region 4; for another minute. */
static int check_token(void *arg, const char *token, size_t length, const struct sockaddr *from,
                       struct ps_grant *ret_grant)
{
    (void)arg;
    CU_ASSERT_PTR_NOT_NULL(from);
    if ((length != 5 || memcmp(token, "alice", 5) != 0) &&
        (length != 3 || memcmp(token, "bob", 3) != 0))
        return -EACCES;
    *ret_grant = (struct ps_grant){ .region = length == 5 ? PS_GRANT_ANY_REGION : 4,
                                    .until_ns = wall_now_ns + 60 * SECOND };
    memcpy(ret_grant->peer, token, length);
    return 0;
}

static bool revoked;

static int check_still(void *arg, const struct ps_grant *grant)
{
    (void)arg;
    CU_ASSERT_TRUE(grant->peer[0] != '\0');
    return revoked ? -EACCES : 0;
}

static struct ps_messaging_web_config web_config(void)
{
    return (struct ps_messaging_web_config){ .http = http,
                                             .gate = { .check = check_token, .holds = check_still },
                                             .waiting_max = 4,
                                             .now_ns = tell_now,
                                             .wall_ns = tell_now,
                                             .real_ns = tell_real,
                                             .region_of = region_nine };
}

static void set_up(void)
{
    const struct ps_http_config cfg = { .address = "127.0.0.1", .connections_max = 16 };

    memset(&box, 0, sizeof(box));
    revoked = false;
    real_now_ns = wall_now_ns = 1000 * SECOND;
    PS_REQUIRE(ps_http_create(&http, &cfg) == 0);
    const struct ps_messaging_web_config settings = web_config();
    PS_REQUIRE(ps_messaging_web_create(&web, (struct ps_messaging *)&box, &settings) == 0);
}

static struct ps_messaging_web_status web_status(void)
{
    struct ps_messaging_web_status status;

    raw_settle(http);
    ps_messaging_web_status(web, &status);
    return status;
}

static void tear_down(void)
{
    struct ps_http_status status;

    CU_ASSERT_EQUAL(web_status().waiting + web_status().streams, 0);
    ps_messaging_web_destroy(web);
    ps_http_status(http, &status);
    CU_ASSERT_EQUAL(status.live, 0);
    ps_http_destroy(http);
}

/* Time goes by, for waits and for tokens. */
static inline void pass(uint64_t ns)
{
    real_now_ns += ns;
    wall_now_ns += ns;
    ps_messaging_web_tick(web);
    raw_settle(http);
}

static inline void send_request(struct raw_client *client, const char *method, const char *path,
                                const char *headers, const void *body, size_t body_bytes)
{
    char head[1024];
    const int bytes =
        snprintf(head, sizeof(head), "%s %s HTTP/1.1\r\nHost: t\r\n%sContent-Length: %zu\r\n\r\n",
                 method, path, headers, body_bytes);

    raw_send_bytes(client, head, (size_t)bytes);
    if (body_bytes > 0)
        raw_send_bytes(client, body, body_bytes);
}

/* One request on a connection of its own. */
static inline int ask_bytes(const char *method, const char *path, const char *headers,
                            const void *body, size_t body_bytes, struct raw_answer *ret_answer)
{
    struct raw_client client;

    raw_open(&client, ps_http_port(http));
    send_request(&client, method, path, headers, body, body_bytes);
    const bool answered = raw_answer(http, &client, true, ret_answer);
    raw_close(&client);
    return answered ? ret_answer->status : -1;
}

#define ALICE      "Authorization: Bearer alice\r\n"
#define ALICE_JSON ALICE "Content-Type: application/json\r\n"

/* As ask_bytes() for Alice, with JSON, when status and body matter. */
static inline int ask(const char *method, const char *path, const char *json, char *ret_body,
                      size_t size_bytes)
{
    struct raw_answer answer;
    const int status = ask_bytes(method, path, ALICE_JSON, json, strlen(json), &answer);

    if (ret_body != NULL)
        snprintf(ret_body, size_bytes, "%s", answer.body == NULL ? "" : answer.body);
    free(answer.body);
    return status;
}

#endif
