/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * tests/bench/crowd_server.c - collections behind msgpack-RPC and nothing else, where the
 * whole daemon would be too much. A token is a peer's name here, and allows everything.
 *
 * Usage: crowd-server LISTEN. Says `port=N` when it serves; SIGTERM ends it.
 */
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "host/base/clock.h"
#include "host/base/hash.h"
#include "host/base/mem.h"
#include "host/messaging/rpc.h"

#define BUDGET_BYTES (512ull << 20)
#define HOUR_NS      (3600 * PS_NS_PER_SEC)

static volatile sig_atomic_t ended;

static void end(int number)
{
    (void)number;
    ended = 1;
}

static uint64_t now_ns(void *arg)
{
    return ps_clock_now_ns(arg);
}

static int check(void *arg, const char *token, size_t length, const struct sockaddr *from,
                 struct ps_grant *ret_grant)
{
    (void)from;
    if (length == 0 || length > PS_PEER_NAME_MAX || memcmp(token, "bad", 3) == 0)
        return -EACCES;
    *ret_grant = (struct ps_grant){ .peer_key = ps_hash64(token, length),
                                    .actions = PS_MAY_ALL,
                                    .region = PS_GRANT_ANY_REGION,
                                    .until_ns = ps_clock_now_ns(arg) + HOUR_NS };
    memcpy(ret_grant->peer, token, length);
    return 0;
}

/* As the daemon's are by default: 1 KiB a message, 8 KiB at most. */
static struct ps_collection_limits limits_of(uint32_t messages)
{
    return (struct ps_collection_limits){ .messages_max = messages,
                                          .bytes_max = messages * 1024,
                                          .message_bytes_max = 8192,
                                          .age_ns = 120 * PS_NS_PER_SEC };
}

static struct ps_messaging *create_messaging(void)
{
    const struct ps_messaging_config cfg = { .budget_bytes = BUDGET_BYTES,
                                             .collections_max = 32768,
                                             .resource = limits_of(256),
                                             .peer = limits_of(16),
                                             .messages_per_peer = 4,
                                             .messages_ahead_max = 16384,
                                             .threshold = 0.3,
                                             .puts_per_s = 1e6,
                                             .fetches_per_s = 1e6,
                                             .meet_ns = 60 * PS_NS_PER_SEC,
                                             .idle_ns = 600 * PS_NS_PER_SEC,
                                             .on_demand = true };
    struct ps_messaging *messaging;

    return ps_messaging_create(&messaging, &cfg, NULL) == 0 ? messaging : NULL;
}

/* Turns as the daemon does, a few times a second; serves as soon as there is something to serve. */
static void run(struct ps_messaging *messaging, struct ps_messaging_rpc *rpc,
                struct ps_clock *clock)
{
    struct pollfd fd = { .fd = ps_messaging_rpc_fd(rpc), .events = POLLIN };
    uint64_t turn_ns = 0;

    while (!ended) {
        poll(&fd, 1, 100);
        const uint64_t now = ps_clock_now_ns(clock);
        if (now > turn_ns + PS_NS_PER_SEC / 4) {
            ps_messaging_prepare(messaging, NULL, 0, now);
            turn_ns = now;
        }
        ps_messaging_rpc_poll(rpc);
    }
}

int main(int argc, char **argv)
{
    struct ps_clock clock;
    struct ps_messaging_rpc *rpc;

    if (argc != 2)
        return EXIT_FAILURE;
    signal(SIGTERM, end);
    ps_clock_init(&clock, 1);
    struct ps_messaging *messaging = create_messaging();
    const struct ps_messaging_rpc_config cfg = { .listen = argv[1],
                                                 .clients_max = 16384,
                                                 .gate = { .check = check, .arg = &clock },
                                                 .now_ns = now_ns,
                                                 .wall_ns = now_ns,
                                                 .arg = &clock };
    if (messaging == NULL || ps_messaging_rpc_create(&rpc, messaging, &cfg) != 0)
        return EXIT_FAILURE;
    printf("port=%u\n", ps_messaging_rpc_port(rpc));
    fflush(stdout);
    run(messaging, rpc, &clock);
    ps_messaging_rpc_destroy(rpc);
    ps_messaging_destroy(messaging);
    return EXIT_SUCCESS;
}
