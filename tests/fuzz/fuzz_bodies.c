/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * tests/fuzz/fuzz_bodies.c - a client of the HTTP server, its bodies, and collections behind it.
 *
 * Input: a byte of options (1: the client reads nothing, 2: it goes without waiting, 4: it says no
 * more but stays until its waits are over), one that seeds the cuts, then what it sends on one
 * connection, in pieces. A body that a handler sees is within the route's bound; when the client is
 * gone nothing is left of it: no request, no byte, nobody who waits.
 */
#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "host/http/http_priv.h"
#include "host/messaging/web.h"
#include "tests/fuzz/fuzz.h"

#define BODY_MAX        64u
#define INPUT_BYTES_MAX 8192u
#define READ_NOTHING    1u
#define GO_AT_ONCE      2u
#define STAY            4u
#define SECOND          UINT64_C(1000000000)
#define CLOSE_MAX       64u
#define TURNS_MAX       10000u

static struct ps_http *http;
static struct ps_messaging *messaging;
static struct ps_messaging_web *web;
static uint64_t fuzz_now_ns = 1000 * SECOND;

static uint64_t now_ns(void *arg)
{
    (void)arg;
    return fuzz_now_ns;
}

static uint64_t real_ns(void)
{
    return fuzz_now_ns;
}

/* The token is the peer's name and everything it may do. */
static int check_token(void *arg, const char *token, size_t length, const struct sockaddr *from,
                       struct ps_grant *ret_grant)
{
    (void)arg;
    FUZZ_REQUIRE(from != NULL && strlen(token) == length);
    if (length < 2 || length > 8 || token[0] < '0' || token[0] > '9')
        return -EACCES;
    *ret_grant = (struct ps_grant){ .peer_key = length,
                                    .actions = (uint32_t)(token[0] - '0'),
                                    .region = PS_GRANT_ANY_REGION,
                                    .until_ns = fuzz_now_ns + 30 * SECOND };
    memcpy(ret_grant->peer, token, length);
    ret_grant->peer_key = ps_messaging_peer_id(token, length).key;
    return 0;
}

/* A body and an argument come back; or a stream of them. */
static void on_echo(void *arg, struct ps_http_request *request)
{
    size_t bytes = 0;
    const void *body = ps_http_body(request, &bytes);
    const char *argument = ps_http_argument(request, "a");

    (void)arg;
    FUZZ_REQUIRE(bytes <= BODY_MAX && (body == NULL) == (bytes == 0));
    FUZZ_REQUIRE(argument == ps_http_argument(request, "a"));
    if (argument != NULL)
        ps_http_add_header(request, "X-A", "there");
    if (ps_http_header(request, "X-Stream") == NULL) {
        ps_http_reply_copy(request, 200, "text/plain", body == NULL ? "" : body, bytes);
        return;
    }
    ps_http_stream(request, "text/plain");
    FUZZ_REQUIRE(
        ps_http_stream_put(request, ps_http_path(request), strlen(ps_http_path(request))) == 0);
    ps_http_stream_end(request);
}

static void set_up(void)
{
    const struct ps_http_config cfg = { .address = "127.0.0.1", .connections_max = 4 };
    const struct ps_collection_limits limits = { 8, 4096, 1024, 10 * SECOND };
    const struct ps_messaging_config messaging_cfg = { .budget_bytes = 1 << 20,
                                                       .collections_max = 8,
                                                       .resource = limits,
                                                       .peer = limits,
                                                       .messages_per_peer = 1,
                                                       .messages_ahead_max = 8,
                                                       .threshold = 0.5,
                                                       .puts_per_s = 2,
                                                       .fetches_per_s = 2,
                                                       .meet_ns = 10 * SECOND,
                                                       .idle_ns = 10 * SECOND,
                                                       .on_demand = true };

    FUZZ_REQUIRE(ps_http_create(&http, &cfg) == 0);
    FUZZ_REQUIRE(ps_http_route_methods(http, "/b/", PS_HTTP_POST | PS_HTTP_OPTIONS, BODY_MAX,
                                       on_echo, NULL) == 0);
    FUZZ_REQUIRE(ps_http_route(http, "/r", on_echo, NULL) == 0);
    FUZZ_REQUIRE(ps_messaging_create(&messaging, &messaging_cfg, NULL) == 0);
    const struct ps_messaging_web_config web_cfg = { .http = http,
                                                     .gate = { .check = check_token },
                                                     .waiting_max = 4,
                                                     .now_ns = now_ns,
                                                     .wall_ns = now_ns,
                                                     .real_ns = real_ns };
    FUZZ_REQUIRE(ps_messaging_web_create(&web, messaging, &web_cfg) == 0);
}

/* Not by TCP: a hundred thousand connections a minute would use up the ports. */
static int join_client(void)
{
    const struct sockaddr_in address = { .sin_family = AF_INET };
    int ends[2];

    FUZZ_REQUIRE(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, ends) == 0);
    FUZZ_REQUIRE(MHD_add_connection(http->mhd, ends[0], (const struct sockaddr *)&address,
                                    sizeof(address)) == MHD_YES);
    return ends[1];
}

static void settle(void)
{
    struct pollfd poll_fd = { .fd = ps_http_fd(http), .events = POLLIN };
    unsigned turns = 0;

    do {
        ps_http_run(http);
        ps_messaging_web_tick(web);
        FUZZ_REQUIRE(turns++ < TURNS_MAX);
    } while (ps_http_timeout_ms(http) == 0 || poll(&poll_fd, 1, 0) == 1);
}

static void read_all(int fd)
{
    char bytes[4096];

    while (recv(fd, bytes, sizeof(bytes), 0) > 0)
        settle();
}

static void talk(int fd, const uint8_t *bytes, size_t count, uint8_t options, uint32_t random)
{
    const uint32_t longest = 1 + fuzz_random(&random) % 1024;

    for (size_t at = 0; at < count;) {
        const size_t wanted = fuzz_random(&random) % longest + 1;
        const ssize_t sent =
            send(fd, bytes + at, wanted < count - at ? wanted : count - at, MSG_NOSIGNAL);

        if (sent <= 0)
            break; /* the server has closed, or does not read */
        at += (size_t)sent;
        if ((options & GO_AT_ONCE) == 0)
            settle();
        if ((options & READ_NOTHING) == 0)
            read_all(fd);
    }
}

static void stay(int fd)
{
    for (unsigned i = 0; i < 8; i++) {
        fuzz_now_ns += 8 * SECOND; /* tokens, waits and pauses end one after the other */
        settle();
        read_all(fd);
    }
}

static struct ps_collection_id to_close[CLOSE_MAX];
static uint32_t to_close_count;

static void note(void *arg, struct ps_collection *collection)
{
    struct ps_collection_status status;

    (void)arg;
    ps_collection_status(collection, &status);
    FUZZ_REQUIRE(to_close_count < CLOSE_MAX && status.messages <= status.limits.messages_max);
    to_close[to_close_count++] = status.id;
}

/* Each input begins with nothing there, an hour after the one before. */
static void forget(void)
{
    to_close_count = 0;
    ps_collections_each(ps_messaging_collections(messaging), note, NULL);
    for (uint32_t i = 0; i < to_close_count; i++)
        FUZZ_REQUIRE(ps_messaging_close(messaging, NULL, &to_close[i]) == 0);
    fuzz_now_ns += 3600 * SECOND;
    ps_messaging_prepare(messaging, NULL, 0, fuzz_now_ns);
}

static void require_nothing_left(void)
{
    struct ps_messaging_web_status web_status;
    struct ps_http_status status;

    ps_http_status(http, &status);
    ps_messaging_web_status(web, &web_status);
    FUZZ_REQUIRE(status.live == (fuzz_breaks ? 1 : 0));
    FUZZ_REQUIRE(status.held_bytes == 0);
    FUZZ_REQUIRE(web_status.waiting == 0 && web_status.streams == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct fuzz_input input = { data, size };
    const uint8_t options = fuzz_take_u8(&input);
    const uint32_t random = fuzz_take_u8(&input) + 1u;
    size_t count;
    const uint8_t *bytes = fuzz_take(&input, INPUT_BYTES_MAX, &count);

    if (http == NULL)
        set_up();
    const int fd = join_client();
    talk(fd, bytes, count, options, random);
    if ((options & STAY) != 0)
        stay(fd);
    close(fd);
    settle();
    require_nothing_left();
    forget();
    return 0;
}
