/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * tests/fuzz/fuzz_collections_rpc.c - peers that say what they like in msgpack-RPC: answered or
 * hung up on, never harm, and what they put does not depend on how their bytes were cut.
 *
 * Input: a byte of options, one that seeds the cuts, then connections, each 16 bits of length and
 * its bytes; all stay open to the end. One server gets each connection's bytes at once, another in
 * pieces with a poll after each. A token's first byte says what it allows, its rest names the peer.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "host/base/hash.h"
#include "host/messaging/rpc.h"
#include "host/msg/msg.h"
#include "tests/fuzz/fuzz.h"
#include "tests/fuzz/pool.h"

#define CONNECTIONS_MAX 4u
#define PIECE_BYTES_MAX 48u
#define TICKETS_MAX     64u
#define NOW_NS          1000000000000ull
#define ANSWERS_BYTES   (1u << 20)

enum options {
    GREETED = 1, /* each connection has said hello before its bytes */
    LINKED = 2,  /* other nodes keep what is put, or fail to */
    SHORT = 4,   /* grants end before they begin */
};

struct node {
    struct ps_messaging *messaging;
    struct ps_messaging_rpc *rpc;
    uint8_t options;
    uint64_t tickets[TICKETS_MAX];
    uint32_t ticket_count;
    uint32_t random;
};

static const uint8_t hello[] = "\x94\x00\x07\xa5hello\x91\x81\xa5token\xa4\x1f"
                               "ann";

static char folder[] = "/tmp/fuzz-rpc-XXXXXX";
static char path[sizeof(folder) + 8];

static void remove_folder(void)
{
    unlink(path);
    rmdir(folder);
}

static void make_folder(void)
{
    if (path[0] != '\0')
        return;
    FUZZ_REQUIRE(mkdtemp(folder) != NULL);
    snprintf(path, sizeof(path), "%s/rpc", folder);
    atexit(remove_folder);
}

static uint64_t now_ns(void *arg)
{
    (void)arg;
    return NOW_NS;
}

static int check(void *arg, const char *token, size_t length, const struct sockaddr *from,
                 struct ps_grant *ret_grant)
{
    const struct node *node = arg;

    FUZZ_REQUIRE(from == NULL); /* a unix socket */
    if (length < 2 || length > PS_PEER_NAME_MAX || memchr(token, '\0', length) != NULL)
        return -EACCES;
    *ret_grant = (struct ps_grant){
        .peer_key = ps_hash64(token + 1, length - 1),
        .actions = (uint8_t)token[0] & PS_MAY_ALL,
        .region = PS_GRANT_ANY_REGION,
        .until_ns = (node->options & SHORT) != 0 ? NOW_NS : NOW_NS + 1,
    };
    memcpy(ret_grant->peer, token + 1, length - 1);
    return 0;
}

static int keep(void *arg, const struct ps_messaging_event *event, uint64_t ticket)
{
    struct node *node = arg;

    FUZZ_REQUIRE(event->kind <= PS_MESSAGING_CLOSE);
    if (ticket == 0)
        return 0;
    if (node->ticket_count == TICKETS_MAX)
        return -EAGAIN;
    node->tickets[node->ticket_count++] = ticket;
    return 0;
}

static void create(struct node *node, uint8_t options, uint32_t seed)
{
    const struct ps_collection_limits limits = {
        .messages_max = 16, .bytes_max = 65536, .message_bytes_max = 2048, .age_ns = 60000000000
    };
    const struct ps_messaging_config cfg = { .budget_bytes = 2u << 20,
                                             .collections_max = 16,
                                             .node = 1,
                                             .resource = limits,
                                             .peer = limits,
                                             .messages_per_peer = 2,
                                             .messages_ahead_max = 64,
                                             .threshold = 0.5,
                                             .puts_per_s = 10,
                                             .fetches_per_s = 1000,
                                             .meet_ns = 1000000000,
                                             .idle_ns = 10000000000,
                                             .on_demand = true };
    const struct ps_messaging_link link = { .keep = keep, .arg = node };
    const struct ps_messaging_rpc_config face = { .listen = path,
                                                  .clients_max = CONNECTIONS_MAX,
                                                  .gate = { .check = check, .arg = node },
                                                  .now_ns = now_ns,
                                                  .wall_ns = now_ns };

    *node = (struct node){ .options = options, .random = seed };
    FUZZ_REQUIRE(
        ps_messaging_create(&node->messaging, &cfg, (options & LINKED) != 0 ? &link : NULL) == 0);
    FUZZ_REQUIRE(ps_messaging_rpc_create(&node->rpc, node->messaging, &face) == 0);
}

/* Some of what is on its way arrives, or fails, and not in order. */
static void poll_node(struct node *node)
{
    ps_messaging_rpc_poll(node->rpc);
    while (node->ticket_count > 0 && fuzz_random(&node->random) % 4 != 0) {
        const uint32_t i = fuzz_random(&node->random) % node->ticket_count;
        const uint64_t ticket = node->tickets[i];

        node->tickets[i] = node->tickets[--node->ticket_count];
        ps_messaging_kept(node->messaging, ticket,
                          fuzz_random(&node->random) % 4 == 0 ? -EAGAIN : 0, NOW_NS);
    }
}

static int connect_to(struct node *node)
{
    struct sockaddr_un address = { .sun_family = AF_UNIX };
    const int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

    FUZZ_REQUIRE(fd >= 0);
    memcpy(address.sun_path, path, sizeof(path));
    FUZZ_REQUIRE(connect(fd, (const struct sockaddr *)&address, sizeof(address)) == 0);
    poll_node(node);
    return fd;
}

/* Every answer is one: [1, number, error, result], of which one is nil. */
static void hear(int fd)
{
    static uint8_t answers[ANSWERS_BYTES];
    size_t bytes = 0;
    ssize_t n;

    while ((n = recv(fd, answers + bytes, sizeof(answers) - bytes, MSG_DONTWAIT)) > 0)
        bytes += (size_t)n;
    for (size_t at = 0; at < bytes;) {
        struct ps_msg_framer framer = { 0 };
        const ssize_t size = ps_msg_frame(&framer, answers + at, bytes - at);
        struct ps_msg *msg;

        FUZZ_REQUIRE(size > 0);
        FUZZ_REQUIRE(ps_msg_read(&msg, answers + at, (size_t)size) == 0);
        const struct ps_msg_value *root = ps_msg_root(msg);
        FUZZ_REQUIRE(ps_msg_count(root) == 4);
        FUZZ_REQUIRE((ps_msg_type_of(ps_msg_at(root, 2)) == PS_MSG_NIL) !=
                     (ps_msg_type_of(ps_msg_at(root, 3)) == PS_MSG_NIL));
        ps_msg_destroy(msg);
        at += (size_t)size;
    }
}

static bool say(int fd, const uint8_t *bytes, size_t count)
{
    const ssize_t sent = send(fd, bytes, count, MSG_NOSIGNAL | MSG_DONTWAIT);

    FUZZ_REQUIRE(sent == (ssize_t)count || (sent < 0 && (errno == EPIPE || errno == ECONNRESET)));
    return sent >= 0;
}

/* @param random  NULL: all of it at once. */
static void say_all(struct node *node, int fd, const uint8_t *bytes, size_t count, uint32_t *random)
{
    while (count > 0) {
        const size_t wanted = random == NULL ? count : 1 + fuzz_random(random) % PIECE_BYTES_MAX;
        const size_t piece = wanted < count ? wanted : count;

        if (!say(fd, bytes, piece))
            return;
        poll_node(node);
        bytes += piece;
        count -= piece;
    }
}

struct made {
    struct ps_messaging_status messaging;
    struct ps_messaging_rpc_status rpc;
};

static void run(struct fuzz_input input, uint32_t *random, struct made *ret_made)
{
    const uint8_t options = fuzz_take_u8(&input);
    const uint8_t seed = fuzz_take_u8(&input);
    int fds[CONNECTIONS_MAX];
    uint32_t count = 0;
    struct node node;

    create(&node, options, seed + 1u);
    for (; count < CONNECTIONS_MAX && input.left > 0; count++) {
        const uint16_t wanted = fuzz_take_u16(&input);
        size_t got;
        const uint8_t *bytes = fuzz_take(&input, wanted, &got);

        fds[count] = connect_to(&node);
        if ((options & GREETED) != 0)
            say_all(&node, fds[count], hello, sizeof(hello) - 1, NULL);
        say_all(&node, fds[count], bytes, got, random);
    }
    for (uint32_t i = 0; i < 3; i++)
        poll_node(&node);
    for (uint32_t i = 0; i < count; i++) {
        hear(fds[i]);
        close(fds[i]);
        poll_node(&node);
    }
    poll_node(&node);
    ps_messaging_status(node.messaging, &ret_made->messaging);
    ps_messaging_rpc_status(node.rpc, &ret_made->rpc);
    ps_messaging_rpc_destroy(node.rpc);
    ps_messaging_destroy(node.messaging);
    fuzz_pool_require_free();
}

static void require_sense(const struct made *made)
{
    FUZZ_REQUIRE(made->rpc.clients == 0);
    FUZZ_REQUIRE(made->rpc.errors <= made->rpc.requests);
    FUZZ_REQUIRE(made->messaging.acknowledged <= made->messaging.put);
    FUZZ_REQUIRE(made->messaging.set.taken_bytes <= made->messaging.set.budget_bytes);
}

/* A fetch that waits sees more or less of what is put meanwhile; all else is the same. */
static void require_same(const struct made *a, const struct made *b)
{
    FUZZ_REQUIRE(a->rpc.requests == b->rpc.requests + fuzz_breaks);
    FUZZ_REQUIRE(a->rpc.connections == b->rpc.connections);
    FUZZ_REQUIRE(a->rpc.refused_tokens == b->rpc.refused_tokens);
    FUZZ_REQUIRE(a->rpc.dropped_clients == b->rpc.dropped_clients);
    FUZZ_REQUIRE(a->messaging.put == b->messaging.put);
    FUZZ_REQUIRE(a->messaging.acknowledged == b->messaging.acknowledged);
    FUZZ_REQUIRE(a->messaging.set.messages == b->messaging.set.messages);
    FUZZ_REQUIRE(a->messaging.set.collections == b->messaging.set.collections);
    FUZZ_REQUIRE(a->messaging.set.duplicates == b->messaging.set.duplicates);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const struct fuzz_input input = { data, size };
    uint32_t random = size > 1 ? data[1] + 1u : 1u;
    const bool linked = size > 0 && (data[0] & LINKED) != 0;
    struct made at_once, in_pieces;

    make_folder();
    run(input, NULL, &at_once);
    run(input, &random, &in_pieces);
    require_sense(&at_once);
    require_sense(&in_pieces);
    if (!linked)
        require_same(&at_once, &in_pieces);
    else
        FUZZ_REQUIRE(!fuzz_breaks);
    return 0;
}
