/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * tests/bench/bench_collections_redis.c - Redis Streams: XADD with MAXLEN, XREADGROUP, XACK.
 *
 * No persistence; a user of an ACL that allows these commands on these keys. Acknowledging the
 * batch before, adding one and reading one go out together; two such batches are under way.
 */
#include <hiredis/hiredis.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/bench/bench_collections.h"

#define KEY      "c:bench"
#define GROUP    "g"
#define ID_BYTES 32u

/* Ids that were read and are to be acknowledged. */
struct ids {
    uint32_t count;
    size_t bytes[DEPTH];
    char text[DEPTH][ID_BYTES];
};

static pid_t pid;
static uint16_t port;
static redisContext *both, *putter, *drainer;
static struct ids ids[2], drained;

static void must(const redisReply *reply, const char *what)
{
    if (reply == NULL || reply->type == REDIS_REPLY_ERROR) {
        fprintf(stderr, "redis: %s\n", reply == NULL ? "no answer" : reply->str);
        die(what);
    }
}

static redisContext *enter(void)
{
    redisContext *c = redisConnect("127.0.0.1", port);

    if (c == NULL || c->err != 0)
        die("connecting to redis");
    redisReply *reply = redisCommand(c, "AUTH bench secret");
    must(reply, "AUTH");
    freeReplyObject(reply);
    return c;
}

static bool start(const char *folder)
{
    char digits[8];
    char *argv[] = { "redis-server", "--port", digits,         "--bind",      "127.0.0.1",
                     "--save",       "",       "--appendonly", "no",          "--user",
                     "default",      "off",    "--user",       "bench",       "on",
                     ">secret",      "~c:*",   "+xadd",        "+xreadgroup", "+xack",
                     "+xgroup",      NULL };

    port = free_port();
    snprintf(digits, sizeof(digits), "%u", port);
    pid = spawn(argv, folder, "redis");
    wait_for_port(port);
    both = enter();
    putter = enter();
    drainer = enter();
    redisReply *reply = redisCommand(both, "XGROUP CREATE " KEY " " GROUP " 0 MKSTREAM");
    must(reply, "XGROUP");
    freeReplyObject(reply);
    return true;
}

static void send_put(redisContext *c, const void *body, uint32_t body_bytes)
{
    static const char *argv[] = { "XADD", KEY, "MAXLEN", "~", "65536", "*", "b", NULL };
    static size_t bytes[] = { 4, sizeof(KEY) - 1, 6, 1, 5, 1, 1, 0 };

    argv[7] = body;
    bytes[7] = body_bytes;
    redisAppendCommandArgv(c, 8, argv, bytes);
}

static void send_acks(redisContext *c, const struct ids *those)
{
    const char *argv[3 + DEPTH] = { "XACK", KEY, GROUP };
    size_t bytes[3 + DEPTH] = { 4, sizeof(KEY) - 1, sizeof(GROUP) - 1 };

    if (those->count == 0)
        return;
    for (uint32_t i = 0; i < those->count; i++) {
        argv[3 + i] = those->text[i];
        bytes[3 + i] = those->bytes[i];
    }
    redisAppendCommandArgv(c, (int)(3 + those->count), argv, bytes);
}

static redisReply *take(redisContext *c, const char *what)
{
    void *reply = NULL;

    if (redisGetReply(c, &reply) != REDIS_OK)
        die(what);
    must(reply, what);
    return reply;
}

/* [[key, [[id, [field, value]], ...]]], or nil. */
static void take_messages(redisContext *c, struct ids *those)
{
    redisReply *reply = take(c, "XREADGROUP");

    those->count = 0;
    if (reply->type == REDIS_REPLY_ARRAY) {
        const redisReply *entries = reply->element[0]->element[1];
        for (size_t i = 0; i < entries->elements; i++) {
            const redisReply *id = entries->element[i]->element[0];
            const redisReply *value = entries->element[i]->element[1]->element[1];
            arrived(value->str, (uint64_t)value->len);
            memcpy(those->text[those->count], id->str, (size_t)id->len + 1);
            those->bytes[those->count++] = (size_t)id->len;
        }
    }
    freeReplyObject(reply);
}

static void send_batch(struct ids *acked, uint64_t first, uint32_t puts, uint32_t body_bytes)
{
    send_acks(both, acked);
    for (uint32_t i = 0; i < puts; i++)
        send_put(both, make_body(first + i, body_bytes), body_bytes);
    redisAppendCommand(both, "XREADGROUP GROUP " GROUP " c COUNT %u STREAMS " KEY " >", DEPTH);
    for (int done = 0; done == 0;)
        if (redisBufferWrite(both, &done) != REDIS_OK)
            die("writing to redis");
}

static void take_batch(uint32_t acks, uint32_t puts, struct ids *fetched)
{
    if (acks > 0) {
        redisReply *reply = take(both, "XACK");
        if (reply->integer != acks)
            die("redis: not all acknowledged");
        freeReplyObject(reply);
    }
    for (uint32_t i = 0; i < puts; i++)
        freeReplyObject(take(both, "XADD"));
    take_messages(both, fetched);
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
            die("redis: more came than was put");
        acks[b % 2] = mine->count;
        if (b < batches + 2)
            send_batch(mine, (uint64_t)b * DEPTH, b < batches ? DEPTH : 0, body_bytes);
    }
}

static void put(const void *body, uint32_t body_bytes)
{
    send_put(putter, body, body_bytes);
    freeReplyObject(take(putter, "XADD"));
}

static void drain(uint32_t wait_ms)
{
    redisAppendCommand(drainer, "XREADGROUP GROUP " GROUP " c COUNT %u BLOCK %u STREAMS " KEY " >",
                       DEPTH, wait_ms);
    take_messages(drainer, &drained);
    send_acks(drainer, &drained);
    if (drained.count > 0)
        freeReplyObject(take(drainer, "XACK"));
}

static pid_t server(void)
{
    return pid;
}

static void stop(void)
{
    redisFree(both);
    redisFree(putter);
    redisFree(drainer);
    end(pid);
}

const struct side side_redis = { "redis", start, run_round, put, drain, server, stop };
