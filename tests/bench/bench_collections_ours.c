/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * tests/bench/bench_collections_ours.c - prestage's collections over msgpack-RPC: put, fetch, ack.
 *
 * The whole daemon, and tokens that it issued. Messages are numbered, so that a retry would be told
 * from a new one; the others do not do that here.
 *
 * Acknowledging the batch before, putting one (each message a request of its own, as with the
 * others) and fetching one go out together; two such batches are under way.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/bench/bench_collections.h"
#include "tools/peer_client.h"

#define TIMEOUT_MS 5000u

static const struct ps_peer_place place = { .media = "bench", .profile = "hd" };

struct ids {
    uint32_t count;
    uint64_t id[DEPTH];
};

static pid_t pid;
static struct ps_peer both, putter, drainer;
static struct ids ids[2];
static uint64_t sequence, put_sequence;

static void must(int rc, const char *what)
{
    if (rc != 0) {
        fprintf(stderr, "prestage: %s\n", strerror(-rc));
        die(what);
    }
}

/* No card and no media: what is measured is the daemon's loop with collections, tokens and all. */
static void write_config(const char *folder, uint16_t port)
{
    char path[256];

    snprintf(path, sizeof(path), "%s/prestage.conf", folder);
    FILE *file = fopen(path, "w");
    if (file == NULL)
        die(path);
    fprintf(file,
            "listen:\n  address: 127.0.0.1\n  port: 0\n"
            "tier:\n  dram: 32MiB\n"
            "control:\n  socket: %s/control.sock\n"
            "messaging:\n  budget: 256MiB\n  listen: 127.0.0.1:%u\n"
            "  messages: %u\n  puts: 1000000\n  fetches: 1000000\n"
            "speculate:\n  enabled: false\n"
            "profiles:\n  - name: hd\n    kind: copy\n"
            "media:\n  - id: bench\n    url: file:///nonexistent.mp4\n",
            folder, port, HOLD);
    fclose(file);
}

/* A token for putting and fetching of this resource, and nothing else. */
static void issue_token(const char *folder, const char *peer, char *ret_token, int bytes)
{
    char command[512];

    snprintf(command, sizeof(command),
             "%s --socket %s/control.sock token issue %s put,fetch media=%s profile=%s",
             getenv("PS_BENCH_CTL"), folder, peer, place.media, place.profile);
    FILE *told = popen(command, "r");
    if (told == NULL || fgets(ret_token, bytes, told) == NULL || pclose(told) != 0)
        die("issuing a token");
    ret_token[strcspn(ret_token, "\n")] = '\0';
}

static void enter(struct ps_peer *peer, const char *where, const char *folder, const char *name)
{
    struct ps_peer_answer answer;
    char token[2048];

    issue_token(folder, name, token, sizeof(token));
    must(ps_peer_connect(peer, where, TIMEOUT_MS, PS_PEER_ROOM_BYTES), "connecting");
    ps_peer_hello(peer, token);
    must(ps_peer_ask(peer, &answer), "hello");
}

static bool start(const char *folder)
{
    char where[32], config[256];
    const uint16_t port = free_port();
    char *argv[] = { getenv("PS_BENCH_PRESTAGED"), "--config", config, NULL };

    snprintf(where, sizeof(where), "127.0.0.1:%u", port);
    snprintf(config, sizeof(config), "%s/prestage.conf", folder);
    write_config(folder, port);
    pid = spawn(argv, folder, "prestage");
    wait_for_port(port);
    enter(&both, where, folder, "both");
    enter(&putter, where, folder, "putter");
    enter(&drainer, where, folder, "drainer");
    return true;
}

static void take_one(struct ps_peer *peer, struct ps_peer_answer *answer, const char *what)
{
    must(ps_peer_take(peer, answer), what);
    if (answer->refused) {
        ps_msg_take_array(&answer->what);
        const struct ps_msg_text code = ps_msg_take_str(&answer->what);
        fprintf(stderr, "prestage: %.*s\n", (int)code.size_bytes, code.data);
        die(what);
    }
}

static void take_messages(struct ps_peer *peer, struct ids *those)
{
    struct ps_peer_message messages[DEPTH];
    struct ps_peer_answer answer;
    uint64_t cursor;

    take_one(peer, &answer, "fetch");
    those->count = ps_peer_messages(&answer, messages, DEPTH, &cursor);
    for (uint32_t i = 0; i < those->count; i++) {
        arrived(messages[i].body.data, messages[i].body.size_bytes);
        those->id[i] = messages[i].id;
    }
}

static void take_claims(struct ps_peer *peer, uint32_t count)
{
    struct ps_peer_answer answer;
    uint32_t claimed = 0;

    take_one(peer, &answer, "ack");
    ps_msg_take_map(&answer.what);
    ps_msg_take_str(&answer.what);
    for (uint32_t left = ps_msg_take_array(&answer.what); left > 0; left--)
        claimed += ps_msg_take_bool(&answer.what);
    if (claimed != count)
        die("prestage: not all acknowledged");
}

static void send_batch(const struct ids *acked, uint64_t first, uint32_t puts, uint32_t body_bytes)
{
    if (acked->count > 0)
        ps_peer_ack(&both, &place, acked->id, acked->count);
    for (uint32_t i = 0; i < puts; i++)
        ps_peer_put(&both, &place, ++sequence, make_body(first + i, body_bytes), body_bytes);
    ps_peer_fetch(&both, &place, DEPTH, 0);
    must(ps_peer_flush(&both), "writing");
}

static void take_batch(uint32_t acks, uint32_t puts, struct ids *fetched)
{
    struct ps_peer_answer answer;

    if (acks > 0)
        take_claims(&both, acks);
    for (uint32_t i = 0; i < puts; i++)
        take_one(&both, &answer, "put");
    take_messages(&both, fetched);
}

static void run_round(uint32_t messages, uint32_t body_bytes)
{
    const uint32_t batches = messages / DEPTH;
    uint32_t acks[2] = { 0 };

    for (uint32_t b = 0; b < batches + 4; b++) {
        struct ids *mine = &ids[b % 2];
        const bool puts_before = b >= 2 && b - 2 < batches;
        if (b >= 2)
            take_batch(acks[b % 2], puts_before ? DEPTH : 0, mine);
        if (b >= batches + 2 && mine->count > 0)
            die("prestage: more came than was put");
        acks[b % 2] = mine->count;
        if (b < batches + 2)
            send_batch(mine, (uint64_t)b * DEPTH, b < batches ? DEPTH : 0, body_bytes);
    }
}

static void put(const void *body, uint32_t body_bytes)
{
    struct ps_peer_answer answer;

    ps_peer_put(&putter, &place, ++put_sequence, body, body_bytes);
    must(ps_peer_flush(&putter), "writing");
    take_one(&putter, &answer, "put");
}

static void drain(uint32_t wait_ms)
{
    struct ids drained;

    ps_peer_fetch(&drainer, &place, DEPTH, wait_ms);
    must(ps_peer_flush(&drainer), "writing");
    take_messages(&drainer, &drained);
    if (drained.count == 0)
        return;
    ps_peer_ack(&drainer, &place, drained.id, drained.count);
    must(ps_peer_flush(&drainer), "writing");
    take_claims(&drainer, drained.count);
}

static pid_t server(void)
{
    return pid;
}

static void stop(void)
{
    ps_peer_close(&both);
    ps_peer_close(&putter);
    ps_peer_close(&drainer);
    end(pid);
}

const struct side side_ours = { "prestage", start, run_round, put, drain, server, stop };
