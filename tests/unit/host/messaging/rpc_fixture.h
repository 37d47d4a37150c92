/* SPDX-License-Identifier: BSD-3-Clause */
/* tests/unit/host/messaging/rpc_fixture.h - a server on a unix socket, and peers to talk to it. */
#ifndef PS_TESTS_RPC_FIXTURE_H
#define PS_TESTS_RPC_FIXTURE_H

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "host/base/hash.h"
#include "host/base/mem.h"
#include "host/messaging/rpc_priv.h"
#include "tests/support/ps_test.h"
#include "tools/peer_client.h"

#define SEC     UINT64_C(1000000000)
#define NOW     (UINT64_C(1700000000) * SEC)
#define LATER   (NOW + 3600 * SEC)
#define TICKETS 1024u
#define ROOM    (1u << 20)

/* A node: collections, their face, and other nodes that keep what they are told to. */
struct node {
    struct ps_messaging *messaging;
    struct ps_messaging_rpc *rpc;
    uint64_t now_ns;
    uint64_t until_ns; /* of the grants given out from now on */
    uint32_t actions;
    bool revoked; /* all that was granted */
    int keep;     /* what the link says: 0 or -EAGAIN */
    uint64_t tickets[TICKETS];
    uint32_t ticket_count;
    char folder[32], path[48];
};

static const struct ps_peer_place room_one = { .media = "clip", .profile = "hd" };
static const struct ps_peer_place own = { 0 };

static inline uint64_t node_now(void *arg)
{
    return ((const struct node *)arg)->now_ns;
}

/* A token is a peer's name. */
static inline int node_check(void *arg, const char *token, size_t length,
                             const struct sockaddr *from, struct ps_grant *ret_grant)
{
    const struct node *node = arg;

    if (from != NULL || length == 0 || length > PS_PEER_NAME_MAX || token[0] == '!')
        return -EACCES;
    *ret_grant = (struct ps_grant){ .peer_key = ps_hash64(token, length),
                                    .actions = node->actions,
                                    .region = PS_GRANT_ANY_REGION,
                                    .until_ns = node->until_ns };
    memcpy(ret_grant->peer, token, length);
    return 0;
}

static inline int node_holds(void *arg, const struct ps_grant *grant)
{
    (void)grant;
    return ((const struct node *)arg)->revoked ? -EACCES : 0;
}

static inline int node_keep(void *arg, const struct ps_messaging_event *event, uint64_t ticket)
{
    struct node *node = arg;

    (void)event;
    if (node->keep != 0 || ticket == 0)
        return node->keep;
    PS_REQUIRE(node->ticket_count < TICKETS);
    node->tickets[node->ticket_count++] = ticket;
    return 0;
}

/* All that was to be kept is kept, or is not. */
static inline void node_kept(struct node *node, int status)
{
    const uint32_t count = node->ticket_count;

    node->ticket_count = 0;
    for (uint32_t i = 0; i < count; i++)
        ps_messaging_kept(node->messaging, node->tickets[i], status, node->now_ns);
}

static inline struct ps_messaging_rpc_config node_face(struct node *node, uint32_t clients_max)
{
    return (struct ps_messaging_rpc_config){
        .listen = node->path,
        .clients_max = clients_max,
        .gate = { .check = node_check, .holds = node_holds, .arg = node },
        .now_ns = node_now,
        .wall_ns = node_now,
        .arg = node
    };
}

/* @param linked  With other nodes: puts are done when node_kept() is called. */
static inline void node_begin(struct node *node, bool linked, uint32_t clients_max)
{
    const struct ps_collection_limits limits = { .messages_max = 1024,
                                                 .bytes_max = 1u << 20,
                                                 .message_bytes_max = PS_COLLECTION_MESSAGE_BYTES,
                                                 .age_ns = 60 * SEC };
    const struct ps_messaging_config cfg = { .budget_bytes = 16u << 20,
                                             .collections_max = 64,
                                             .resource = limits,
                                             .peer = limits,
                                             .messages_per_peer = 4,
                                             .messages_ahead_max = 1024,
                                             .threshold = 0.5,
                                             .puts_per_s = 1e6,
                                             .fetches_per_s = 1e6,
                                             .meet_ns = 60 * SEC,
                                             .idle_ns = 600 * SEC,
                                             .on_demand = true };
    const struct ps_messaging_link link = { .keep = node_keep, .arg = node };

    *node = (struct node){ .now_ns = NOW, .until_ns = LATER, .actions = PS_MAY_ALL };
    snprintf(node->folder, sizeof(node->folder), "/tmp/ps-rpc-XXXXXX");
    PS_REQUIRE(mkdtemp(node->folder) != NULL);
    snprintf(node->path, sizeof(node->path), "%s/s", node->folder);
    PS_REQUIRE(ps_messaging_create(&node->messaging, &cfg, linked ? &link : NULL) == 0);
    const struct ps_messaging_rpc_config face = node_face(node, clients_max);
    PS_REQUIRE(ps_messaging_rpc_create(&node->rpc, node->messaging, &face) == 0);
}

static inline void node_end(struct node *node)
{
    ps_messaging_rpc_destroy(node->rpc);
    ps_messaging_destroy(node->messaging);
    CU_ASSERT_EQUAL(rmdir(node->folder), 0); /* its socket is gone */
}

static inline struct ps_messaging_rpc_status node_status(const struct node *node)
{
    struct ps_messaging_rpc_status status;

    ps_messaging_rpc_status(node->rpc, &status);
    return status;
}

/* As the loop does: only when there is something. */
static inline void node_poll(struct node *node)
{
    struct pollfd fd = { .fd = ps_messaging_rpc_fd(node->rpc), .events = POLLIN };

    for (int i = 0; i < 16 && poll(&fd, 1, 0) == 1; i++)
        ps_messaging_rpc_poll(node->rpc);
}

/* A connection that has not said anything. */
static inline void knock(struct node *node, struct ps_peer *peer)
{
    PS_REQUIRE(ps_peer_connect(peer, node->path, 1000, ROOM) == 0);
    node_poll(node);
}

/* One answer that must be here now. */
static inline struct ps_peer_answer hear(struct node *node, struct ps_peer *peer)
{
    struct ps_peer_answer answer = { 0 };

    node_poll(node);
    PS_REQUIRE(ps_peer_take_now(peer, &answer) == 0);
    return answer;
}

/* What was written, and its answer. */
static inline struct ps_peer_answer ask(struct node *node, struct ps_peer *peer)
{
    PS_REQUIRE(ps_peer_flush(peer) == 0);
    return hear(node, peer);
}

static inline void enter(struct node *node, struct ps_peer *peer, const char *name)
{
    knock(node, peer);
    ps_peer_hello(peer, name);
    PS_REQUIRE(!ask(node, peer).refused);
}

static inline bool is_silent(struct node *node, struct ps_peer *peer)
{
    struct ps_peer_answer answer;

    node_poll(node);
    return ps_peer_take_now(peer, &answer) == -EAGAIN;
}

static inline bool is_hung_up(struct node *node, struct ps_peer *peer)
{
    struct ps_peer_answer answer;
    int rc;

    node_poll(node);
    while ((rc = ps_peer_take_now(peer, &answer)) == 0)
        continue;
    return rc == -ECONNRESET || rc == -EPIPE;
}

/* The code of a refusal; "" when it was none. */
static inline const char *code(struct ps_peer_answer answer)
{
    static char text[32];

    text[0] = '\0';
    if (!answer.refused)
        return text;
    ps_msg_take_array(&answer.what);
    const struct ps_msg_text word = ps_msg_take_str(&answer.what);
    snprintf(text, sizeof(text), "%.*s", (int)word.size_bytes, word.data);
    return text;
}

/* A number of an answer's map; 0: it has none of that name. */
static inline uint64_t number(struct ps_peer_answer answer, const char *key)
{
    for (uint32_t pairs = ps_msg_take_map(&answer.what); pairs > 0; pairs--) {
        if (ps_msg_text_is(ps_msg_take_str(&answer.what), key))
            return ps_msg_take_u64(&answer.what);
        ps_msg_skip(&answer.what);
    }
    return 0;
}

/* Bytes as they are, for what a client library would not say. */
static inline void say(struct ps_peer *peer, const void *bytes, size_t count)
{
    PS_REQUIRE(send(peer->fd, bytes, count, MSG_NOSIGNAL) == (ssize_t)count);
}
#define SAY(peer, text) say(peer, text, sizeof(text) - 1)

/* First letters of the bodies of a fetch's answer. */
static inline const char *bodies(struct ps_peer_answer answer)
{
    static char letters[PS_RPC_BATCH_MAX + 1];
    static struct ps_peer_message messages[PS_RPC_BATCH_MAX];
    uint64_t cursor;
    const uint32_t count = ps_peer_messages(&answer, messages, PS_RPC_BATCH_MAX, &cursor);

    for (uint32_t i = 0; i < count; i++)
        letters[i] = messages[i].body.data[0];
    letters[count] = '\0';
    return answer.refused ? "refused" : letters;
}

#endif
