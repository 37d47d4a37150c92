/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * tests/bench/bench_collections_nats.c - NATS JetStream: js_PublishAsync, pull fetch, ack.
 *
 * A stream in memory that holds as many messages as the others; a user who may publish, fetch and
 * acknowledge there and do nothing else. Two batches of publishes may be without their answer;
 * acknowledgements are not answered at all, which is the faster of the two forms that NATS has. Its
 * threads share the server's core, as ours and Redis' do.
 */
#include <nats/nats.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "host/base/clock.h"
#include "tests/bench/bench_collections.h"

#define STREAM   "BENCH"
#define SUBJECT  "c.bench"
#define CONSUMER "d"

static pid_t pid;
static uint16_t port;
static natsConnection *conn;
static jsCtx *js;
static natsSubscription *sub;

static void must(natsStatus status, const char *what)
{
    if (status != NATS_OK) {
        fprintf(stderr, "nats: %s\n", natsStatus_GetText(status));
        die(what);
    }
}

/* Closing braces have lines of their own: this server's parser wants them so. */
static void write_config(const char *path, const char *folder)
{
    FILE *file = fopen(path, "w");

    if (file == NULL)
        die(path);
    fprintf(file,
            "listen: 127.0.0.1:%u\n"
            "jetstream {\n  store_dir: \"%s/nats\"\n  max_mem: 1G\n}\n"
            "authorization {\n  users = [\n"
            "    { user: admin, password: secret }\n"
            "    { user: bench, password: secret, permissions: {\n"
            "      publish: [\"c.>\", \"$JS.ACK." STREAM ".>\",\n"
            "        \"$JS.API.CONSUMER.MSG.NEXT." STREAM "." CONSUMER "\",\n"
            "        \"$JS.API.CONSUMER.INFO." STREAM "." CONSUMER "\"]\n"
            "      subscribe: [\"_INBOX.>\"]\n    }\n    }\n  ]\n}\n",
            port, folder);
    fclose(file);
}

static natsConnection *enter(const char *user)
{
    natsOptions *options;
    natsConnection *c;
    char url[64];

    snprintf(url, sizeof(url), "nats://%s:secret@127.0.0.1:%u", user, port);
    must(natsOptions_Create(&options), "options");
    must(natsOptions_SetURL(options, url), "url");
    must(natsConnection_Connect(&c, options), "connect");
    natsOptions_Destroy(options);
    return c;
}

static void add_stream(jsCtx *admin_js, const char *name, const char *subject)
{
    const char *subjects[] = { subject };
    jsStreamConfig stream;
    jsConsumerConfig consumer;
    jsConsumerInfo *info;

    jsStreamConfig_Init(&stream);
    stream.Name = name;
    stream.Subjects = subjects;
    stream.SubjectsLen = 1;
    stream.Storage = js_MemoryStorage;
    stream.MaxMsgs = HOLD;
    stream.Discard = js_DiscardOld;
    jsConsumerConfig_Init(&consumer);
    consumer.Durable = CONSUMER;
    consumer.AckPolicy = js_AckExplicit;
    consumer.MaxAckPending = HOLD;
    must(js_AddStream(NULL, admin_js, &stream, NULL, NULL), "stream");
    must(js_AddConsumer(&info, admin_js, name, &consumer, NULL, NULL), "consumer");
    jsConsumerInfo_Destroy(info);
}

static void create_stream(void)
{
    natsConnection *admin = enter("admin");
    jsCtx *admin_js;

    must(natsConnection_JetStream(&admin_js, admin, NULL), "jetstream");
    add_stream(admin_js, STREAM, SUBJECT);
    jsCtx_Destroy(admin_js);
    natsConnection_Destroy(admin);
}

static bool start(const char *folder)
{
    char config[256];
    char *argv[] = { "nats-server", "-c", config, NULL };
    jsOptions options;
    jsSubOptions bind;

    port = free_port();
    snprintf(config, sizeof(config), "%s/nats.conf", folder);
    write_config(config, folder);
    pid = spawn(argv, folder, "nats");
    wait_for_port(port);
    must(nats_Open(-1), "nats");
    create_stream();
    conn = enter("bench");
    jsOptions_Init(&options);
    options.PublishAsync.MaxPending = 2 * DEPTH;
    options.PublishAsync.StallWait = 5000;
    must(natsConnection_JetStream(&js, conn, &options), "jetstream");
    jsSubOptions_Init(&bind);
    bind.Stream = STREAM;
    bind.Consumer = CONSUMER;
    must(js_PullSubscribe(&sub, js, SUBJECT, CONSUMER, NULL, &bind, NULL), "subscribe");
    return true;
}

static int by_time(const void *a, const void *b)
{
    const double x = *(const double *)a, y = *(const double *)b;

    return (x > y) - (x < y);
}

/* Stream and consumer: what a collection is. */
void nats_open(uint32_t count, double *ret_p50_us, double *ret_p99_us)
{
    natsConnection *admin = enter("admin");
    double *times_us = calloc(count, sizeof(*times_us));
    jsCtx *admin_js;

    must(natsConnection_JetStream(&admin_js, admin, NULL), "jetstream");
    for (uint32_t i = 0; i < count && times_us != NULL; i++) {
        char name[32], subject[32];
        const uint64_t start_ns = ps_clock_mono_ns();

        snprintf(name, sizeof(name), "CROWD-%u", i);
        snprintf(subject, sizeof(subject), "crowd.%u", i);
        add_stream(admin_js, name, subject);
        times_us[i] = (double)(ps_clock_mono_ns() - start_ns) / 1e3;
    }
    if (times_us == NULL)
        die("memory");
    qsort(times_us, count, sizeof(*times_us), by_time);
    *ret_p50_us = times_us[count / 2];
    *ret_p99_us = times_us[count * 99 / 100];
    free(times_us);
    jsCtx_Destroy(admin_js);
    natsConnection_Destroy(admin);
}

/* @return how many came. */
static uint32_t take_messages(uint32_t wait_ms)
{
    natsMsgList list = { 0 };
    const natsStatus status = natsSubscription_Fetch(&list, sub, (int)DEPTH, wait_ms, NULL);

    if (status != NATS_OK && status != NATS_TIMEOUT)
        must(status, "fetch");
    for (int i = 0; i < list.Count; i++) {
        arrived(natsMsg_GetData(list.Msgs[i]), (uint64_t)natsMsg_GetDataLength(list.Msgs[i]));
        must(natsMsg_Ack(list.Msgs[i], NULL), "ack");
    }
    const uint32_t count = (uint32_t)list.Count;
    natsMsgList_Destroy(&list);
    return count;
}

static void run_round(uint32_t messages, uint32_t body_bytes)
{
    uint32_t put_count = 0, taken = 0;

    while (taken < messages) {
        for (uint32_t i = 0; i < DEPTH && put_count < messages; i++, put_count++)
            must(js_PublishAsync(js, SUBJECT, make_body(put_count, body_bytes), (int)body_bytes,
                                 NULL),
                 "publish");
        if (put_count >= 2 * DEPTH || put_count == messages)
            taken += take_messages(5000);
    }
    must(js_PublishAsyncComplete(js, NULL), "complete");
    must(natsConnection_Flush(conn), "flush"); /* acknowledgements are at the server */
}

static void put(const void *body, uint32_t body_bytes)
{
    jsPubAck *ack;

    must(js_Publish(&ack, js, SUBJECT, body, (int)body_bytes, NULL, NULL), "publish");
    jsPubAck_Destroy(ack);
}

static pid_t server(void)
{
    return pid;
}

static void drain(uint32_t wait_ms)
{
    take_messages(wait_ms);
}

static void stop(void)
{
    natsSubscription_Destroy(sub);
    jsCtx_Destroy(js);
    natsConnection_Destroy(conn);
    nats_Close();
    end(pid);
}

const struct side side_nats = { "jetstream", start, run_round, put, drain, server, stop };
